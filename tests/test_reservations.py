"""What pages reserve: header fields, meta elements, robots.txt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.reservations import MOST, SIGNALS, VALUE_MAX, in_head, in_headers, in_robots, keeps_from_saving


def signals(found):
    return [one["signal"] for one in found]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("noarchive", ["noarchive"]),
        ("NoIndex, NOARCHIVE", ["noindex", "noarchive"]),
        ("nocache", ["noarchive"]),
        ("none", ["noindex"]),
        ("all", []),
        ("googlebot: noarchive", []),
        ("googlebot: noarchive, citekeep: noai", ["noai"]),
        ("googlebot: noindex, noarchive", []),
        ("ia_archiver: noarchive", ["noarchive"]),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noarchive", ["noarchive"]),
        ("max-snippet:-1, noimageai", ["noimageai"]),
        ("noarchivex", []),
        (":::,,,", []),
        ("", []),
    ],
)
def test_x_robots_tag(value, expected):
    assert signals(in_headers([("Server", "x"), ("X-Robots-Tag", value)])) == expected


def test_several_fields_and_tdm():
    fields = [("x-robots-tag", "otherbot: noarchive"), ("X-ROBOTS-TAG", "noai"), ("TDM-Reservation", " 1 "),
              ("tdm-policy", "https://a.test/policy.json")]  # fmt: skip
    assert signals(in_headers(fields)) == ["noai", "tdm-reservation", "tdm-policy"]
    assert in_headers([("tdm-reservation", "0")]) == []
    assert in_headers([("tdm-reservation", "1")])[0] == {
        "signal": "tdm-reservation", "place": "header tdm-reservation", "value": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (b'<meta name="robots" content="noarchive">', ["noarchive"]),
        (b"<META content='index, NOARCHIVE' NAME=Robots>", ["noarchive"]),
        (b"<meta name=robots content=noai,noimageai />", ["noai", "noimageai"]),
        (b'<meta name="googlebot" content="noarchive">', []),
        (b'<meta name="ia_archiver" content="noarchive">', ["noarchive"]),
        (b'<meta name="citekeep" content="noarchive">', ["noarchive"]),
        (b'<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://a.test/p">',
         ["tdm-reservation", "tdm-policy"]),
        (b'<!-- <meta name="robots" content="noarchive"> -->', []),
        (b'<!-- <meta name="robots" content="noarchive">', []),
        (b'<meta property="og:title" content="robots noarchive">', []),
        (b'<meta name="description" content="noarchive">', []),
        (b"<p>noarchive</p>", []),
        ("<meta name='robots' content='noarchive'>".encode("utf-16"), []),
    ],
)  # fmt: skip
def test_meta(html, expected):
    assert signals(in_head(html)) == expected


@pytest.mark.parametrize(
    ("robots", "expected"),
    [
        (b"User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n", ["ai-train=no"]),
        (b"User-agent: *\nContent-signal:search=no,ai-input = no # told\n", ["search=no", "ai-input=no"]),
        (b"User-agent: GPTBot\nContent-Signal: ai-train=no\n", []),
        (b"User-agent: GPTBot\nUser-agent: *\nContent-Signal: ai-train=no\n", ["ai-train=no"]),
        (b"User-agent: *\nUser-agent: GPTBot\nContent-Signal: ai-train=no\n", ["ai-train=no"]),
        (b"User-agent: *\nDisallow: /x\nUser-agent: GPTBot\nContent-Signal: ai-train=no\n", []),
        (b"# Content-Signal: ai-train=no\n", []),
        (b"\xff\xfe\x00", []),
    ],
)
def test_content_signal(robots, expected):
    assert signals(in_robots(robots)) == expected


def test_what_keeps_from_saving_is_a_setting():
    found = in_headers([("X-Robots-Tag", "noindex, noarchive")])
    assert keeps_from_saving(found, ["noai"]) is None
    assert keeps_from_saving(found, ["noarchive", "noai"])["signal"] == "noarchive"


BYTES = st.binary(max_size=300) | st.text("<meta nm='robots\" content=noarchive,:-!/>\n", max_size=300).map(str.encode)


@given(BYTES, st.text(max_size=400))
def test_whatever_comes_is_bounded_and_known(body, text):
    for found in (in_head(body), in_robots(body), in_headers([("X-Robots-Tag", text), ("tdm-policy", text)])):
        assert len(found) <= MOST
        assert all(one["signal"] in SIGNALS and len(one["value"]) <= VALUE_MAX for one in found)


@pytest.mark.parametrize(
    "body", [b"<meta " * 50_000, b"<meta a='" * 30_000, b"<!--" * 60_000, b"<meta " + b"a=b " * 60_000]
)
def test_hostile_pages_are_read_all_the_same(body):
    assert in_head(body) == []
