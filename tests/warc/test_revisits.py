"""Identical payloads: a short record that keeps its own head and names the record that has the body."""

import pytest
import warc_exchanges as made

from citekeep.exceptions import ArchiveError
from citekeep.items import WarcRef
from citekeep.warc.reader import read
from citekeep.warc.records import REVISIT_LEAST
from citekeep.warc.writer import Earlier

BODY = b"The same text as ever. " * 100
FIRST, LATER = "https://a.test/first", "https://b.test/later"


def kinds(folder):
    return [kind for path in made.warcs(folder) for kind, _, _ in made.records(path) if kind in {"response", "revisit"}]


def test_a_payload_that_came_before_is_a_revisit_with_its_own_head(tmp_path):
    later = made.page(BODY, b"Date: Mon, 02 Mar 2026 12:00:00 GMT", b"Set-Cookie: a=1", status=b"200 Again")
    first_ref, ref = made.write(
        tmp_path,
        made.exchange(made.page(BODY), url=FIRST),
        made.exchange(later, url=LATER, at="2026-03-02T12:00:00Z"),
    )
    (path,) = made.warcs(tmp_path)
    made.check(path)
    responses = [record for record in made.records(path) if record[0] in {"response", "revisit"}]
    (_, original, _), (kind, headers, block) = responses
    assert kind == "revisit"
    assert block == later[: -len(BODY)], "the head as it came, not that of the earlier answer"
    assert headers["WARC-Profile"].endswith("/1.1/revisit/identical-payload-digest")
    assert headers["WARC-Refers-To"] == original["WARC-Record-ID"]
    assert (headers["WARC-Refers-To-Target-URI"], headers["WARC-Refers-To-Date"]) == (FIRST, made.AT)
    assert headers["WARC-Payload-Digest"] == original["WARC-Payload-Digest"]
    stored = read(tmp_path, ref, original=lambda *key: {(FIRST, made.AT): first_ref}[key])
    assert (stored.head.get("Set-Cookie"), stored.body) == ("a=1", BODY)
    assert stored.raw == block
    assert read(tmp_path, ref).body == b""


@pytest.mark.parametrize(
    "other",
    [
        made.exchange(made.chunked(BODY)),  # readers would undo a framing that the stored body does not have
        made.exchange(made.page(BODY), truncated="length"),
        made.exchange(b"HTTP/1.1 103 Early Hints\r\n\r\n" + made.page(BODY)),
        made.exchange(made.page(BODY + b"!")),
    ],
)
def test_what_is_stored_whole_all_the_same(tmp_path, other):
    _, ref = made.write(tmp_path, made.exchange(made.page(BODY)), other)
    assert kinds(tmp_path) == ["response", "response"]
    assert read(tmp_path, ref).raw == other.response_bytes
    made.check(*made.warcs(tmp_path))


def test_small_payloads_are_stored_again(tmp_path):
    small, large = b"x" * (REVISIT_LEAST - 1), b"x" * REVISIT_LEAST
    bodies = enumerate((small, small, large, large, b"", b""))
    made.write(tmp_path, *(made.exchange(made.page(body), url=f"https://a.test/{n}") for n, body in bodies))
    assert kinds(tmp_path) == ["response", "response", "response", "revisit", "response", "response"]


def test_across_runs_the_earlier_record_is_asked_for_and_read(tmp_path):
    (first,) = made.write(tmp_path, made.exchange(made.chunked(BODY), url=FIRST))
    asked = []

    def seen(digest):
        asked.append(digest)
        return Earlier(first)

    again = made.exchange(made.chunked(BODY, size=100), url=LATER)
    refs = made.write(tmp_path, again, again, seen=seen)
    assert sorted(kinds(tmp_path)) == ["response", "revisit", "revisit"]
    assert asked == [again.body_sha256], "once in a run"
    stored = read(tmp_path, refs[1], original=lambda url, date: first if (url, date) == (FIRST, made.AT) else None)
    assert stored.body == BODY
    made.check(*made.warcs(tmp_path))


def test_an_earlier_record_that_cannot_be_had_costs_no_evidence(tmp_path):
    (other,) = made.write(tmp_path, made.exchange(made.page(b"y" * 5_000)))
    answers = [
        None,
        Earlier(WarcRef(name="gone.warc.gz", offset=0, length=9)),
        Earlier(WarcRef(name=other.name, offset=other.offset + 1, length=other.length)),
        Earlier(other),  # not this payload
        RuntimeError("no database"),
    ]

    for answer in answers:

        def seen(_, answer=answer):
            if isinstance(answer, Exception):
                raise answer
            return answer

        (ref,) = made.write(tmp_path, made.exchange(made.page(BODY)), seen=seen)
        assert read(tmp_path, ref).body == BODY


def test_a_revisit_whose_record_is_not_the_right_one_is_an_error(tmp_path):
    _, ref, other = made.write(
        tmp_path,
        made.exchange(made.page(BODY)),
        made.exchange(made.page(BODY), url=LATER),
        made.exchange(made.page(b"other")),
    )
    for place, said in ((None, "not known"), (other, "not the one"), (ref, "not the one")):
        with pytest.raises(ArchiveError, match=said):
            read(tmp_path, ref, original=lambda url, date, place=place: place)


def test_an_answer_of_the_same_url_and_second_is_written_whole(tmp_path):
    """A revisit names its original by URL and second: one that has both would name itself."""
    same = made.exchange(made.page(BODY), url=FIRST)
    refs = made.write(tmp_path, same, same, made.exchange(made.page(BODY), url=FIRST, at="2026-03-02T12:00:00Z"))
    assert kinds(tmp_path) == ["response", "response", "revisit"]
    assert [read(tmp_path, ref).body for ref in refs[:2]] == [BODY, BODY]


# --- a server that says that nothing changed ---

WHOLE = made.page(BODY, b'ETag: "one"')
SAME = b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\nDate: Mon, 02 Mar 2026 12:00:00 GMT\r\n\r\n'


def test_a_304_is_a_revisit_of_the_answer_that_it_speaks_of(tmp_path):
    whole, same = made.unchanged(tmp_path, FIRST, WHOLE, SAME)
    made.check(*made.warcs(tmp_path))
    earlier, later = sorted(
        (made.records(path) for path in made.warcs(tmp_path)), key=lambda found: found[1][1]["WARC-Date"]
    )
    (original,) = [headers for kind, headers, _ in earlier if kind == "response"]
    _, (kind, headers, block), (beside, about, head), (asked, *_) = later
    assert (kind, beside, asked, block) == ("revisit", "metadata", "request", b"")
    assert headers["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert headers["WARC-Refers-To"] == original["WARC-Record-ID"]
    assert (headers["WARC-Refers-To-Target-URI"], headers["WARC-Refers-To-Date"]) == (FIRST, made.AT)
    assert headers["WARC-Payload-Digest"] == original["WARC-Payload-Digest"]
    assert (head, about["WARC-Concurrent-To"]) == (SAME, headers["WARC-Record-ID"])
    stored = read(tmp_path, same, original=lambda *_: whole)
    assert (stored.kind, stored.head, stored.body) == ("revisit", None, b"")


@pytest.mark.parametrize("first", [made.page(BODY, b'ETag: "two"'), made.page(BODY)])
def test_a_304_of_another_answer_than_the_stored_one_is_kept_as_it_came(tmp_path, first):
    _, same = made.unchanged(tmp_path, FIRST, first, SAME)
    assert kinds(tmp_path) == ["response", "response"]
    assert read(tmp_path, same).raw == SAME
