"""Links as text: read as RFC 6690 and RFC 8288 write them, and never a crash or a stall whatever the text."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from citekeep.wayback import link_format
from citekeep.wayback.link_format import Link, parse

TIMEMAP = """<http://a.example.org>;rel="original",
 <http://arxiv.example.net/timemap/http://a.example.org>
   ; rel="self";type="application/link-format"
   ; from="Tue, 20 Jun 2000 18:02:59 GMT" ; until="Wed, 09 Apr 2008 20:30:51 GMT",
 <http://arxiv.example.net/timegate/http://a.example.org> ; rel="timegate",
 <http://arxiv.example.net/web/20000620180259/http://a.example.org>
   ; rel="first memento";datetime="Tue, 20 Jun 2000 18:02:59 GMT"
   ; license="http://creativecommons.org/publicdomain/zero/1.0/",
 <http://arxiv.example.net/web/20091027204954/http://a.example.org> ; REL=memento; datetime="Tue, 27 Oct 2009 20:49:54 GMT"
"""


def test_a_timemap():
    links = parse(TIMEMAP)
    assert [sorted(link.relations) for link in links] == [
        ["original"], ["self"], ["timegate"], ["first", "memento"], ["memento"],
    ]  # fmt: skip
    assert links[1].attributes["until"] == "Wed, 09 Apr 2008 20:30:51 GMT"
    assert links[4].uri == "http://arxiv.example.net/web/20091027204954/http://a.example.org"


def test_commas_and_semicolons_belong_to_addresses_and_quoted_values():
    (one, two) = parse('<http://a.test/x,y;z?a,b>; title="a, <b>; c \\" d"; rel=memento, <http://b.test/>')
    assert one == Link("http://a.test/x,y;z?a,b", {"title": 'a, <b>; c " d', "rel": "memento"})
    assert two == Link("http://b.test/", {})


def test_of_an_attribute_that_is_there_twice_the_first_counts():
    assert parse('<a>; rel="memento"; rel="original"')[0].relations == {"memento"}


@pytest.mark.parametrize(
    ("text", "uris"),
    [
        ("", []),
        ("<html><body>Not found</body></html>", []),
        ("<a", []),
        ("<a>; rel=memento, nonsense, <b>", ["a", "b"]),
        ("<a> rel=memento, <b>", ["b"]),
        ('<a>; rel="memento, <b>; rel=memento', ["b"]),
        ("<a>,,<b>", ["a", "b"]),
        ("<a>;, <b>", ["b"]),
        ("<>; rel=memento", [""]),
    ],
)
def test_what_is_no_link_is_passed_over(text, uris):
    assert [link.uri for link in parse(text)] == uris


PIECES = st.sampled_from(
    ["<", ">", "<a>", ";", ",", "=", '"', "\\", " ", "\n", "rel", '="memento"', "datetime", "ё", "\x00"]
)


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join)))
@example('<a>;b="\\')
def test_any_text_can_be_read(text):
    links = parse(text)
    assert len(links) <= text.count("<")
    assert all(not set(link.uri) & set("<>") for link in links)


URIS = st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs", "Zs", "Cc"]), min_size=1, max_size=30)
NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(URIS.map(str.strip).filter(bool), st.dictionaries(NAMES, VALUES, max_size=4)), max_size=6))
def test_what_is_written_is_read(links):
    def quoted(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = ",\n".join(f"<{uri}>" + "".join(f"; {k}={quoted(v)}" for k, v in told.items()) for uri, told in links)
    assert [(link.uri, link.attributes) for link in parse(text)] == links


@pytest.mark.parametrize(
    "piece", ["<a", "<a>;", '<a>;a="', '<a>;a="\\', "<a>; ", ", ", "<a>,", ';a="\\"', "<a>;" + "b" * 9, " ", '"<', ",<"]
)
def test_a_hostile_text_takes_no_longer_than_its_length(piece):
    begun = time.process_time()
    parse("<x>; rel=a" + piece * (2_000_000 // len(piece)))
    assert time.process_time() - begun < 5


def test_a_text_without_end_is_cut(monkeypatch):
    monkeypatch.setattr(link_format, "LINKS_MAX", 3)
    assert len(parse("<a>," * 10)) == 3
