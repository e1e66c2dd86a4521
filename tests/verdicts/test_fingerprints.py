"""Lists of fingerprints that others keep: read with their faults named, matched in bounded time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.exceptions import SettingsError
from citekeep.verdicts import Observation, fingerprints, judge
from citekeep.verdicts.fingerprints import pieces_of, read, use

HEAD = "name,scope,other_names,location_found,pattern_type,pattern,confidence_no_fp,expected_countries,source,exp_url,notes\n"
URL = "https://news.example/a-story"


@pytest.fixture
def listed(tmp_path):
    def use_list(*rows, head=HEAD):
        path = tmp_path / "list.csv"
        path.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return use([path])

    yield use_list
    use([])


def row(name="one", scope="nat", location="body", kind="contains", pattern="order seventeen holds"):
    quoted = pattern.replace('"', '""')
    return f'{name},{scope},,{location},{kind},"{quoted}",5,RU,own,,'


def saw(body="", *, status=200, **more):
    return judge(Observation(requested_url=URL, final_url=URL, status=status, body=body, **more))


def test_a_page_that_a_list_knows_is_a_block_page(listed):
    assert listed(row()) == []
    verdict = saw("<title>Portal</title><p>This was order seventeen holds of the ministry.</p>")
    assert (verdict.name, verdict.evidence["rule"], verdict.evidence["matched"]) == (
        "blocked_page",
        "listed_page",
        "one",
    )
    assert verdict.evidence["countries"] == "RU"
    assert saw("<title>Portal</title><p>Hello</p>").name != "blocked_page"


@pytest.mark.parametrize(
    ("kind", "pattern", "body"),
    [
        ("full", "<p>No.</p>", "<p>No.</p>"),
        ("prefix", "<html><b>Stop", "<html><b>Stop here</b>"),
        ("regexp", "<title>Error.*policy.*\\d{3}", "<title>Error</title>\n<p>policy no. 451</p>"),
        ("regexp", "(?:warning|block)\\.example/[a-z]{3,9}$", "<iframe src=//block.example/page"),
    ],
)
def test_each_pattern_type(listed, kind, pattern, body):
    assert listed(row(kind=kind, pattern=pattern)) == []
    assert saw(body).name == "blocked_page"
    assert saw(f"x{body}x" if kind in {"full", "prefix"} else "nothing").name != "blocked_page"


def test_headers_and_addresses(listed):
    listed(
        row(location="header.location", kind="prefix", pattern="http://195.0.2.1/"),
        row("two", location="dns", pattern="198.51.100.7"),
    )
    verdict = saw(status=302, headers=(("Location", "http://195.0.2.1/blocked"),))
    assert (verdict.name, verdict.evidence["where"]) == ("blocked_page", "header.location")
    verdict = judge(Observation(requested_url=URL, error="timeout", error_phase="connect", ips=("198.51.100.7",)))
    assert (verdict.name, verdict.evidence["rule"]) == ("blocked_page", "listed_address")


def test_false_positives_and_vague_words_are_what_the_list_says(listed):
    page = "<p>order seventeen holds, the press office of our museum says</p>"
    listed(row(), row("fp", scope="fp", pattern="press office of our museum"))
    assert saw(page).name != "blocked_page"
    listed(row(scope="vbw"))
    assert saw(page).name == "blocked_page"
    assert saw(f"{page}<p>{'A long report about it all. ' * 100}</p>").name != "blocked_page"


@pytest.mark.parametrize(
    "bad",
    [
        row(scope="galaxy"), row(location="footer"), row(kind="glob"), row(pattern=""), row(name=""),
        row(kind="regexp", pattern="(a+)+$"), row(kind="regexp", pattern="(x*)*y"), row(kind="regexp", pattern="[a-z]+@x"),
        row(kind="regexp", pattern="(unclosed"), row(kind="regexp", pattern="(a)\\1"), row(kind="regexp", pattern="a" * 501),
        row(pattern="a" * 4_001), row(kind="regexp", pattern="a{1,99999}"),
    ],
)  # fmt: skip
def test_bad_rows_are_said_with_their_line_and_the_rest_is_used(listed, bad):
    ((path, told),) = listed(row(), bad, row("three", pattern="third"))
    assert (path.name, told.line) == ("list.csv", 3)
    assert told.why
    assert saw("<p>third</p>").evidence["matched"] == "three"


def test_a_file_that_is_no_list_is_one_sentence(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path / "missing.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SettingsError, match="has no column"):
        read(tmp_path / "other.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(SettingsError):
        read(tmp_path / "bytes.csv")


@pytest.mark.parametrize("pattern", [".*a.*a.*a.*a.*b", "a.*b.*c.*d.*e", "(?:a|aa|aaa){0,9}b", "[ab]{0,100}c"])
def test_no_pattern_that_is_taken_runs_for_ever(listed, pattern):
    if listed(row(kind="regexp", pattern=pattern)):
        return  # refused
    began = time.process_time()
    saw("a" * 100_000)
    assert time.process_time() - began < 3


@given(st.text("ab.*+?()[]{}|\\^$1,", max_size=30))
def test_any_pattern_is_taken_or_refused(pattern):
    try:
        pieces = pieces_of(pattern)
    except ValueError:
        return
    for piece in pieces:
        piece.search("ab" * 20)


def test_nothing_is_listed_by_default():
    assert fingerprints._in_force == ()
