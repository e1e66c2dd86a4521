"""What asks not to be archived or mined is recorded with each check, looked up, and not saved unless its source says so."""

import csv
import os
import sys

import pytest

from tests.forked import forked
from tests.small_web import ROOT, TEXT, Web, ask, crawl, later

HTML = {"Content-Type": "text/html"}
WISHES = "SELECT l.url, s.mode, s.why FROM saves AS s JOIN links AS l ON l.id = s.link_id ORDER BY 1"
KEPT = "SELECT l.url, r.signal, r.place, r.value, r.keeps FROM reservations AS r JOIN checks AS c ON c.id = r.check_id"


def page(name, head=""):
    body = f"<article><h1>{name}</h1><p>{TEXT} So says {name}.</p></article>"
    return f"<html lang=en><head><title>{name}</title>{head}</head><body>{body}</body></html>"


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody is there: the Wayback Machine cannot be reached
    with Web() as web:
        cited = [f"http://{host}.test/x" for host in ("header", "meta", "robots", "plain")]
        web.article("/a", *cited)
        web.pages["header.test", "/x"] = (
            page("header"),
            HTML | {"X-Robots-Tag": "otherbot: noindex, citekeep: noarchive"},
        )
        web.pages["meta.test", "/x"] = (page("meta", '<meta name="tdm-reservation" content="1">'), HTML)
        web.pages["robots.test", "/x"] = (page("robots"), HTML)
        web.pages["robots.test", "/robots.txt"] = (
            "User-agent: *\nContent-Signal: ai-train=no, search=no\nAllow: /\n",
            {},
        )
        web.pages["plain.test", "/x"] = (page("plain"), HTML | {"X-Robots-Tag": "noindex"})
        yield web


def archive(folder, web, **settings):
    url = "url=http://www.paper.test/a"
    return crawl(folder, web, "-a", url, spider="article", SNAPSHOTS_ENABLED="1", SNAPSHOT_WAIT="0", **settings)


def test_it_is_recorded_and_not_saved(tmp_path, web):
    done = archive(tmp_path, web)
    assert ask(tmp_path, f"{KEPT} JOIN links AS l ON l.id = c.link_id ORDER BY 1, 2") == [
        ("http://header.test/x", "noarchive", "X-Robots-Tag", "otherbot: noindex, citekeep: noarchive", 1),
        ("http://meta.test/x", "tdm-reservation", "meta tdm-reservation", "1", 1),
        ("http://plain.test/x", "noindex", "X-Robots-Tag", "noindex", 0),
        ("http://robots.test/x", "ai-train=no", "robots.txt", "Content-Signal: ai-train=no, search=no", 1),
        ("http://robots.test/x", "search=no", "robots.txt", "Content-Signal: ai-train=no, search=no", 0),
    ]
    wishes = {url.split("/")[2].partition(".")[0]: (mode, why) for url, mode, why in ask(tmp_path, WISHES)}
    assert {name: mode for name, (mode, _) in wishes.items()} == {
        "header": "lookup", "meta": "lookup", "robots": "lookup", "plain": "save", "www": "save",
    }  # fmt: skip
    assert wishes["header"][1].endswith("not saved: the page asks not to be archived (noarchive, X-Robots-Tag)")
    assert "not saved: the page" in " ".join(done.stdout.split())
    assert ask(tmp_path, "SELECT link_url, not_saved FROM citation_status WHERE not_saved IS NOT NULL ORDER BY 1") == [
        ("http://header.test/x", "the page asks not to be archived (noarchive, X-Robots-Tag)"),
        ("http://meta.test/x", "the page asks not to be mined (tdm-reservation, meta tdm-reservation)"),
        ("http://robots.test/x", "the page asks not to be mined (ai-train=no, robots.txt)"),
    ]
    told = forked(
        [sys.executable, "-m", "scrapy", "linkrot", "http://www.paper.test/a", "--format", "csv"],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    rows = {row["link_url"]: row for row in csv.DictReader(told.stdout.splitlines())}
    assert rows["http://header.test/x"]["not_saved"].startswith("the page asks not to be archived")
    assert rows["http://plain.test/x"]["not_saved"] == ""


def test_where_links_are_judged_alone_their_wishes_are_heeded_and_the_article_is_read_all_the_same(tmp_path, web):
    archive(tmp_path, web, EXTRACT_ENABLED="0")
    modes = {url.split("/")[2].partition(".")[0]: mode for url, mode, _ in ask(tmp_path, WISHES)}
    assert modes == {"header": "lookup", "meta": "lookup", "robots": "lookup", "plain": "save", "www": "save"}
    assert ask(
        tmp_path, "SELECT l.url FROM checks AS c JOIN links AS l ON l.id = c.link_id WHERE document_id NOTNULL"
    ) == [("http://www.paper.test/a",)]
    assert ask(tmp_path, "SELECT count(*), count(DISTINCT verdict), min(verdict) FROM judgements") == [
        (5, 1, "alive_unverified")
    ]
    assert ask(tmp_path, "SELECT DISTINCT reason FROM passages") == [("not_kept",)]


def test_a_page_that_asks_later_is_not_saved_any_more_and_may_change_its_mind(tmp_path, web):
    archive(tmp_path, web)
    mode = f"SELECT mode FROM ({WISHES}) WHERE url LIKE '%plain%'"
    assert ask(tmp_path, mode) == [("save",)]
    for header, expected in (("noarchive", "lookup"), ("noindex", "save")):
        web.pages["plain.test", "/x"] = (page("plain"), HTML | {"X-Robots-Tag": header})
        later(tmp_path)
        crawl(tmp_path, web, spider="due", SNAPSHOTS_ENABLED="1", SNAPSHOT_WAIT="0")
        assert ask(tmp_path, mode) == [(expected,)]


def test_a_setting_says_what_keeps_from_saving(tmp_path, web):
    archive(tmp_path, web, NOT_SAVED_FOR="noindex")
    modes = {url.split("/")[2]: mode for url, mode, _ in ask(tmp_path, WISHES)}
    assert {host for host, mode in modes.items() if mode == "lookup"} == {"plain.test"}


def test_a_source_may_say_otherwise_with_a_reason(tmp_path, web):
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nname = "one"\narticle = "http://www.paper.test/a"\nsignals = "ignore"\n'
        'signals_reason = "deposit by law"\n'
    )
    crawl(tmp_path, web, SNAPSHOTS_ENABLED="1", SNAPSHOT_WAIT="0")
    assert {mode for _, mode, _ in ask(tmp_path, WISHES)} == {"save"}
    assert len(ask(tmp_path, f"{KEPT} JOIN links AS l ON l.id = c.link_id WHERE r.keeps = 0")) == 5
    assert ask(tmp_path, "SELECT signals, signals_reason FROM sources") == [("ignore", "deposit by law")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('signals = "ignore"', 'line 4: signals = "ignore" needs a signals_reason'),
        ('signals_reason = "x"', 'line 4: signals_reason is for signals = "ignore" alone.'),
        ('signals = "perhaps"', "line 4: signals must be 'obey' or 'ignore'."),
    ],
)
def test_a_source_needs_a_reason(tmp_path, web, line, told):
    (tmp_path / "sources.toml").write_text(f'[[source]]\nname = "one"\narticle = "http://www.paper.test/a"\n{line}\n')
    assert told in crawl(tmp_path, web, code=2).stderr


def test_a_signal_that_is_none_is_a_bad_setting(tmp_path, web):
    assert "NOT_SAVED_FOR: 'noarchiv' is none of noarchive" in crawl(
        tmp_path, web, "-a", "url=http://www.paper.test/a", spider="article", code=2, NOT_SAVED_FOR="noarchiv"
    ).stderr  # fmt: skip
