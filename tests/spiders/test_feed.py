"""Sources: what they list is archived by the same run, once; what did not change is not fetched again."""

import os
import sys

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.forked import forked
from tests.small_web import Web, ask, crawl, later


@pytest.fixture
def web():
    with Web() as web:
        yield web


FEED = """
[[source]]
name = "paper"
feed = "http://www.paper.test/rss"
collection = "cities"
contact = "mailto:web@library.test"
"""


def test_what_is_new_is_archived_once_and_an_unchanged_feed_costs_a_header(tmp_path, web):
    (tmp_path / "sources.toml").write_text(FEED)
    web.feed("/a/1", "/a/2", etag='"one"')
    web.article("/a/1", "http://other.test/report")
    web.article("/a/2")
    web.article("/report", host="other.test")
    crawl(tmp_path, web)
    assert {fields["User-Agent"].endswith("(mailto:web@library.test)") for _, _, fields in web.asked} == {True}
    assert web.paths() == [
        ("other.test", "/report"), ("www.paper.test", "/a/1"), ("www.paper.test", "/a/2"), ("www.paper.test", "/rss"),
    ]  # fmt: skip
    assert ask(
        tmp_path,
        "SELECT l.url, a.source, a.collection, a.published_on, a.published_basis, l.public FROM articles AS a"
        " JOIN links AS l ON l.id = a.link_id ORDER BY 1",
    ) == [(f"http://www.paper.test/a/{n}", "feed", "cities", "2026-11-02", "feed", 1) for n in (1, 2)]
    assert ask(tmp_path, "SELECT outcome, articles, next_look_at > looked_at FROM source_now") == [("entries", 2, 1)]
    assert ask(tmp_path, "SELECT public FROM links WHERE url LIKE '%/rss'") == [(0,)], "a feed is nobody's source"

    crawl(tmp_path, web)
    assert web.paths() == [], "nothing is due"

    later(tmp_path)
    crawl(tmp_path, web)
    assert web.paths() == [("www.paper.test", "/rss")], "articles and links are not this spider's, unless they are new"
    assert ask(tmp_path, "SELECT outcome, status FROM sources, checks ORDER BY checks.id DESC LIMIT 1") == [
        ("unchanged", 304)
    ]
    revisit = _revisit(tmp_path)
    assert revisit["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert revisit["WARC-Refers-To-Target-URI"] == revisit["WARC-Target-URI"] == "http://www.paper.test/rss"
    assert [(revisit["WARC-Refers-To-Date"],), (revisit["WARC-Date"],)] == ask(
        tmp_path, "SELECT started_at FROM captures WHERE url LIKE '%/rss' ORDER BY id"
    )
    assert rejudge(tmp_path) == 0, "what is stored of it can be judged again"

    later(tmp_path)
    web.feed("/a/1", "/a/2", "/a/3", etag='"two"')
    web.article("/a/3", "http://other.test/report")
    crawl(tmp_path, web)
    assert ("www.paper.test", "/a/3") in web.paths()
    assert ask(tmp_path, "SELECT outcome, articles FROM source_now") == [("entries", 3)]
    assert len(ask(tmp_path, "SELECT 1 FROM citations")) == 2


def _revisit(folder):
    """Return the header of the only revisit record of a server that says that nothing changed."""
    found = []
    for path in (folder / "warcs").glob("*.warc.gz"):
        with path.open("rb") as stream:
            found += [dict(one.rec_headers.headers) for one in ArchiveIterator(stream) if one.rec_type == "revisit"]
    (revisit,) = [headers for headers in found if headers["WARC-Profile"].endswith("/server-not-modified")]
    return revisit


def rejudge(folder):
    return forked(
        [sys.executable, "-m", "scrapy", "rejudge"], env=os.environ | {"CITEKEEP_DATA": str(folder)}
    ).returncode


def test_an_answer_to_a_question_that_was_not_asked_is_not_believed(tmp_path, web):
    """The server says "not modified" to whoever asks, or of another version; then it is asked for the whole again."""
    (tmp_path / "sources.toml").write_text(FEED)
    outcome = "SELECT outcome, c.status, c.error FROM sources, checks AS c ORDER BY c.id DESC LIMIT 1"
    body, fields = _feed_of(web, '"one"')
    rss = ("www.paper.test", "/rss")
    web.pages[rss] = ("", fields | {"status": 304})
    crawl(tmp_path, web)
    assert ask(tmp_path, outcome) == [("failed", 304, "bad_response")]

    web.pages[rss] = (body, fields)
    later(tmp_path)
    crawl(tmp_path, web)
    assert ask(tmp_path, outcome) == [("entries", 200, None)]

    web.asked.clear()
    web.pages[rss] = ("", {"ETag": '"of another page"', "status": 304})
    later(tmp_path)
    crawl(tmp_path, web)
    assert ask(tmp_path, outcome) == [("failed", 304, "bad_response")]
    assert _asked_with(web) == ['"one"']

    web.pages[rss] = (body, fields)
    later(tmp_path)
    crawl(tmp_path, web)
    assert _asked_with(web) == ['"one"', None], "after an answer that is none, nothing is believed to be known"
    assert ask(tmp_path, outcome) == [("entries", 200, None)]


def test_a_server_that_says_unchanged_for_ever_is_asked_for_the_whole_in_time(tmp_path, web):
    (tmp_path / "sources.toml").write_text(FEED)
    _feed_of(web, '"one"')
    crawl(tmp_path, web)
    later(tmp_path)
    crawl(tmp_path, web)
    later(tmp_path, "UPDATE checks SET checked_at = '2026-01-01T00:00:00Z'")
    later(tmp_path)
    crawl(tmp_path, web)
    later(tmp_path)
    crawl(tmp_path, web, CONDITIONAL_DAYS="0")
    assert _asked_with(web) == [None, '"one"', None, None]


def _feed_of(web, etag):
    web.feed("/a/1", etag=etag)
    web.article("/a/1")
    return web.pages["www.paper.test", "/rss"]


def _asked_with(web):
    return [fields.get("If-None-Match") for _, path, fields in web.asked if path == "/rss"]


def test_terms_hold_for_all_that_a_source_brings(tmp_path, web):
    (tmp_path / "sources.toml").write_text(
        FEED + 'depth = "article"\npublicity = "private"\nrobots = "ignore"\nrobots_reason = "asked by letter"\n'
        'user_agent = "Library"\n'
    )
    web.pages["www.paper.test", "/robots.txt"] = ("User-agent: *\nDisallow: /\n", {})
    web.feed("/a/1", etag='"one"')
    web.article("/a/1", "http://other.test/report")
    crawl(tmp_path, web)
    assert {fields["User-Agent"] for _, _, fields in web.asked} == {"Library (mailto:web@library.test)"}
    assert web.paths() == [("www.paper.test", "/a/1"), ("www.paper.test", "/rss")]
    cited = "SELECT l.url, l.public, l.last_check_id, source_id FROM citations JOIN links AS l ON l.id = link_id"
    assert ask(tmp_path, cited) == [("http://other.test/report", 0, None, 1)]


def test_a_list_that_robots_txt_forbids_is_looked_at_again_within_a_day(tmp_path, web):
    (tmp_path / "sources.toml").write_text(FEED)
    web.pages["www.paper.test", "/robots.txt"] = ("User-agent: *\nDisallow: /\n", {})
    web.feed("/a/1", etag='"one"')
    crawl(tmp_path, web)
    assert web.paths() == []
    days = "julianday(next_check_at) - julianday(checked_at)"
    ((waits, reason),) = ask(tmp_path, f"SELECT {days}, reason FROM links JOIN checks ON links.id = link_id")
    assert (reason, 0.9 < waits < 1.1) == ("robots", True)


def test_an_index_of_sitemaps_a_section_a_list_and_an_article(tmp_path, web):
    (tmp_path / "list.txt").write_text("http://www.paper.test/l/1\nnot a url\n")
    (tmp_path / "sources.toml").write_text("""
[[source]]
name = "maps"
sitemap = "http://www.paper.test/index.xml"
since = 2026-11-01
[[source]]
name = "section"
section = "http://www.paper.test/news/"
pattern = "http://www.paper.test/n/*"
[[source]]
name = "list"
list = "list.txt"
[[source]]
name = "one"
article = "http://www.paper.test/one"
""")
    web.pages["www.paper.test", "/index.xml"] = (
        "<sitemapindex><sitemap><loc>http://www.paper.test/new.xml</loc><lastmod>2026-11-20</lastmod></sitemap>"
        "<sitemap><loc>http://www.paper.test/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap></sitemapindex>", {},
    )  # fmt: skip
    web.pages["www.paper.test", "/new.xml"] = (
        "<urlset><url><loc>http://www.paper.test/m/1</loc><lastmod>2026-11-20</lastmod></url>"
        "<url><loc>http://www.paper.test/m/0</loc><lastmod>2019-11-20</lastmod></url></urlset>", {},
    )  # fmt: skip
    web.pages["www.paper.test", "/news/"] = ("<a href='/n/1'>One</a> <a href='/about'>About</a>", {})
    for path in ("/m/1", "/n/1", "/l/1", "/one"):
        web.article(path)
    done = crawl(tmp_path, web, code=6)
    assert "line 2: not a url" in done.stderr
    assert [path for _, path in web.paths()] == ["/index.xml", "/l/1", "/m/1", "/n/1", "/new.xml", "/news/", "/one"]
    assert ask(tmp_path, "SELECT name, outcome, articles FROM source_now ORDER BY 1") == [
        ("list", "entries", 1), ("maps", "entries", 1), ("one", None, 1), ("section", "entries", 1),
    ]  # fmt: skip

    (tmp_path / "sources.toml").write_text('[[source]]\nname = "one"\narticle = "http://www.paper.test/one"\n')
    later(tmp_path)
    crawl(tmp_path, web)
    assert web.paths() == []
    assert ask(tmp_path, "SELECT name FROM sources WHERE removed_at IS NULL") == [("one",)]
    assert len(ask(tmp_path, "SELECT 1 FROM articles")) == 4, "what was found stays"


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "There is no sources.toml"), ("[[source]]\nname = 'a'\n", "sources.toml, line 1: a source is one of"),
     ('[[source]]\nname = "l"\nlist = "none.txt"\n', "line 1: the list of l cannot be read")],
)  # fmt: skip
def test_a_faulty_file_is_told_and_nothing_is_asked(tmp_path, web, text, said):
    if text is not None:
        (tmp_path / "sources.toml").write_text(text)
    done = crawl(tmp_path, web, code=2)
    assert said in done.stderr
    assert web.asked == []
    assert "no source 'x'" in crawl(tmp_path, web, "-a", "source=x", code=2).stderr or text != FEED
