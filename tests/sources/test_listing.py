"""What feeds, sitemaps and section pages list."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.sources import listing
from citekeep.sources.listing import Entry, read_listing

HERE = "https://paper.test/feeds/all"

RSS = b"""
<?xml version="1.0" encoding="windows-1251"?>
<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"
  xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Paper</title><link>https://paper.test/</link><atom:link rel="self" href="https://paper.test/rss"/>
<image><url>https://paper.test/logo.png</url></image>
<item><title>\xcf\xf0\xe8\xe2\xe5\xf2 &amp; more</title><link> /a/1?utm_source=rss </link>
  <pubDate>Tue, 24 Nov 2026 01:00:00 +0300</pubDate><guid isPermaLink="false">17</guid></item>
<item><title>Two</title><guid>https://paper.test/a/2</guid><dc:date>2026-11-23</dc:date></item>
<item><title>Three</title><link>https://feeds.test/~r/3</link>
  <feedburner:origLink>https://paper.test/a/3</feedburner:origLink></item>
<item><title>None</title><guid isPermaLink="false">x</guid></item>
<item><title>Mail</title><link>mailto:a@b.test</link></item>
<item><title>Again</title><link>https://paper.test/a/2</link></item>
</channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://paper.test/news/">
<entry><id>tag:paper.test,1</id><link rel="self" href="self"/><link href="one"/><title type="html">One</title>
<published>2026-11-24T00:00:00Z</published><updated>2026-11-24T02:00:00Z</updated></entry>
<entry><id>https://paper.test/two</id><updated>2026-11-22T02:00:00Z</updated></entry></feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<item rdf:about="https://paper.test/r/1"><title>R</title></item></rdf:RDF>"""

NEWS = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><image:image><image:loc>https://paper.test/p.jpg</image:loc></image:image><loc>https://paper.test/n/1</loc>
<lastmod>2026-11-24</lastmod><news:news><news:publication_date>2026-11-23T10:00Z</news:publication_date>
<news:title>News</news:title></news:news></url></urlset>"""

INDEX = b"""<sitemapindex><sitemap><loc>https://paper.test/s1.xml.gz</loc><lastmod>2026-11-01</lastmod></sitemap></sitemapindex>"""


@pytest.mark.parametrize(
    ("body", "dated_by", "entries"),
    [
        (
            RSS,
            "feed",
            [
                Entry(url="https://paper.test/a/1?utm_source=rss", title="Привет & more",
                      published="Tue, 24 Nov 2026 01:00:00 +0300"),
                Entry(url="https://paper.test/a/2", title="Two", published="2026-11-23"),
                Entry(url="https://paper.test/a/3", title="Three"),
            ],
        ),
        (
            ATOM,
            "feed",
            [
                Entry(url="https://paper.test/news/one", title="One", published="2026-11-24T00:00:00Z",
                      changed="2026-11-24T02:00:00Z"),
                Entry(url="https://paper.test/two", changed="2026-11-22T02:00:00Z"),
            ],
        ),
        (RDF, "feed", [Entry(url="https://paper.test/r/1", title="R")]),
        (
            NEWS,
            "sitemap",
            [Entry(url="https://paper.test/n/1", title="News", published="2026-11-23T10:00Z", changed="2026-11-24")],
        ),
    ],
)  # fmt: skip
def test_entries(body, dated_by, entries):
    for sent in (body, gzip.compress(body)):
        found = read_listing(sent, HERE, kind="feed")
        assert found.entries == entries
        assert (found.outcome, found.dated_by, found.cut) == ("entries", dated_by, False)


def test_an_index_names_maps():
    found = read_listing(INDEX, HERE, kind="sitemap")
    assert found.maps == [Entry(url="https://paper.test/s1.xml.gz", changed="2026-11-01")]
    assert found.entries == []


def test_a_feed_that_breaks_off_says_what_came_before():
    found = read_listing(RSS[: RSS.index(b"<item><title>Three")], HERE, kind="feed")
    assert [entry.title for entry in found.entries] == ["Привет & more", "Two"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [(b"", "unreadable"), (b"<html><body>Blocked</body></html>", "unreadable"), (b"{}", "unreadable"),
     (b"<rss><channel/></rss>", "none"), (b"<feed/>", "none"), (b"<feed xmlns='x'></feed>", "none"),
     (b"\x1f\x8bbroken", "unreadable")],
)  # fmt: skip
def test_nothing_listed(body, outcome):
    assert read_listing(body, HERE, kind="feed").outcome == outcome


def test_a_bomb_is_cut_and_entities_stay_folded(monkeypatch):
    monkeypatch.setattr(listing, "UNPACKED_MAX", 1000)
    found = read_listing(gzip.compress(NEWS.replace(b"</url>", b"</url>" + b" " * 10_000_000)), HERE, kind="sitemap")
    assert (len(found.entries), found.cut) == (1, True)
    bomb = b"<!DOCTYPE r [<!ENTITY a '" + b"a" * 5000 + b"'>" + b"".join(
        b"<!ENTITY %s '%s'>" % (bytes([98 + n]), b"&%s;" % bytes([97 + n]) * 50) for n in range(9)
    ) + b"]><rss><item><link>https://a.test/&j;</link><title>&j;</title></item></rss>"  # fmt: skip
    assert sum(len(entry.url) for entry in read_listing(bomb, HERE, kind="feed").entries) < 10_000


def test_more_than_enough_entries_are_cut(monkeypatch):
    monkeypatch.setattr(listing, "ENTRIES_MAX", 3)
    body = b"<urlset>" + b"".join(b"<url><loc>https://a.test/%d</loc></url>" % n for n in range(9)) + b"</urlset>"
    found = read_listing(body, HERE, kind="sitemap")
    assert (len(found.entries), found.cut) == (3, True)


PAGE = """<base href="https://paper.test/news/"><a href="2026/one?utm_source=x">One</a> <a href="2026/one">again</a>
<a href="/about">About</a> <a href="//other.test/news/2026/x">Other</a> <a href="2026/two[1]?b">Two</a><a>no</a>
<a href="javascript:x">js</a>"""


def test_a_section_page():
    found = read_listing(PAGE.encode(), HERE, kind="section", pattern="https://paper.test/news/2026/*")
    assert [(entry.url, entry.title) for entry in found.entries] == [
        ("https://paper.test/news/2026/one?utm_source=x", "One"),
        ("https://paper.test/news/2026/two[1]?b", "Two"),
    ]
    assert read_listing(b"", HERE, kind="section", pattern="*").outcome == "unreadable"


@given(st.one_of(st.binary(), st.integers(0, len(RSS)).map(lambda at: RSS[:at] + b"<&]]>" + RSS[at:])),
       st.sampled_from(["feed", "sitemap", "section"]))  # fmt: skip
def test_any_bytes_give_an_answer(body, kind):
    found = read_listing(body, HERE, kind=kind, pattern="https://paper.test/*")
    assert found.outcome in {"entries", "none", "unreadable"}
    assert (found.outcome == "entries") == bool(found.entries or found.maps)


def test_the_pattern_of_a_section_holds_where_its_site_has_moved_to():
    body = b"""<a href="/news/2026/a">A</a> <a href="https://new.test/news/2026/b">B</a> <a href="/sport/2026/c">C</a>
        <a href="https://else.test/news/2026/d">D</a> <a href="https://paper.test/news/2026/e">E</a>"""
    told = {"kind": "section", "pattern": "https://paper.test/news/2026/*"}
    asked = "https://paper.test/news/"
    found = read_listing(body, "https://new.test/news/", asked=asked, **told)
    here = ["https://new.test/news/2026/a", "https://new.test/news/2026/b"]
    assert [entry.url for entry in found.entries] == [*here, "https://paper.test/news/2026/e"]
    assert [entry.url for entry in read_listing(body, "https://new.test/news/", **told).entries] == [
        "https://paper.test/news/2026/e"
    ]
    assert read_listing(body, "https://new.test/news/", asked="https://[", **told).outcome == "entries"
    assert read_listing(body, "https://new.test/news/", asked=asked, kind="section").outcome == "none"


def test_an_ampersand_as_people_write_it_is_part_of_the_url():
    body = b"""<rss><channel><item><title>Caf&eacute; &nbsp;&copy; R&D</title><link>https://paper.test/a?id=1&cat=2&copy=3</link></item>
<item><title><![CDATA[A & B]]></title><link><![CDATA[https://paper.test/b?id=1&cat=2]]></link></item>
<item><title>&amp;&#38;&#x26;</title><link>https://paper.test/c?x=1&amp;y=2</link></item></channel></rss>"""
    found = read_listing(body, HERE, kind="feed").entries
    assert [one.url for one in found] == [
        "https://paper.test/a?id=1&cat=2&copy=3", "https://paper.test/b?id=1&cat=2", "https://paper.test/c?x=1&y=2",
    ]  # fmt: skip
    assert [one.title for one in found] == ["Café ©\xa0R&D".replace("©\xa0", "© "), "A & B", "&&&"]


def test_a_feed_in_utf_16_is_left_as_it_is():
    body = (
        "<?xml version='1.0' encoding='utf-16'?><rss><item><link>https://paper.test/a?x=1&amp;y=2</link></item></rss>"
    )
    (found,) = read_listing(body.encode("utf-16"), HERE, kind="feed").entries
    assert found.url == "https://paper.test/a?x=1&y=2"


def test_dates_and_links_of_other_things_in_an_entry_are_not_its_own():
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry>
<source><link href="https://blog.test/"/><updated>2020-01-01</updated><title>Blog</title></source>
<title>Own</title><link href="https://paper.test/own"/></entry></feed>"""
    assert read_listing(atom, HERE, kind="feed").entries == [Entry(url="https://paper.test/own", title="Own")]
    films = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:video="http://v">
<url><loc>https://paper.test/f</loc><video:video><video:publication_date>2019-01-01</video:publication_date>
</video:video><lastmod>2026-11-01</lastmod></url></urlset>"""
    assert read_listing(films, HERE, kind="sitemap").entries == [
        Entry(url="https://paper.test/f", changed="2026-11-01")
    ]


def test_a_guid_that_is_no_address_is_none():
    body = b"<rss><item><title>x</title><guid>12345</guid></item><item><guid>https://paper.test/1</guid></item></rss>"
    assert [one.url for one in read_listing(body, HERE, kind="feed").entries] == ["https://paper.test/1"]


@pytest.mark.parametrize("base", ["http://[bad", "http://[::1/x", "//"])
def test_a_base_that_is_no_address_is_passed_over(base):
    page = f'<html><head><base href="{base}"></head><a href="https://paper.test/a/1">One</a></html>'.encode()
    found = read_listing(page, HERE, kind="section", pattern="https://paper.test/a/*")
    assert [one.url for one in found.entries] == ["https://paper.test/a/1"]
    atom = f'<feed xml:base="{base}"><entry><link href="https://paper.test/a/1"/></entry></feed>'.encode()
    assert [one.url for one in read_listing(atom, HERE, kind="feed").entries] == ["https://paper.test/a/1"]


def test_an_ampersand_of_other_letters_is_left_alone():
    body = "<?xml version='1.0' encoding='iso-2022-jp'?><rss><item><title>うわさ</title><link>https://paper.test/1</link></item></rss>"
    (found,) = read_listing(body.encode("iso-2022-jp"), HERE, kind="feed").entries
    assert found.title == "うわさ"


def test_a_guid_without_its_host_is_an_address():
    body = b"<rss><item><guid>/2026/1</guid></item></rss>"
    assert [one.url for one in read_listing(body, HERE, kind="feed").entries] == ["https://paper.test/2026/1"]


def test_a_bomb_of_ampersands_costs_no_more_than_its_length():
    item = b"<rss><item><link>https://paper.test/1</link></item><item><title>"
    begun = time.process_time()
    found = read_listing(gzip.compress(item + b"&" * 20_000_000), HERE, kind="feed")
    assert [one.url for one in found.entries] == ["https://paper.test/1"]
    assert time.process_time() - begun < 20  # a second; with each of them mended it is half a minute and gigabytes
