"""What looks at feeds and sitemaps make due, and what they do not: no look costs more than is new."""

import dataclasses

import pytest

from citekeep import clock, crawls, database
from citekeep.sources import Source
from citekeep.sources.asked import AskedSources
from citekeep.sources.rows import sync
from tests.archive_fixture import archive, begin, extraction, result

FEED, INDEX = "https://paper.test/rss", "https://paper.test/sitemap.xml"
ARTICLE, CITED, OTHER = "https://paper.test/1", "https://cited.test/x", "https://other.test/y"


FAILED = {
    None: ("not_found", 404, "doubtful"),
    "dead": ("not_found", 404, "dead"),
    503: ("server_error", 503, "doubtful"),
    304: ("alive_unverified", 304, "alive"),
}


@pytest.fixture
async def world(tmp_path, monkeypatch):
    now = {"at": clock.parse("2026-01-01T12:00:00Z")}
    monkeypatch.setattr(clock, "timestamp", lambda: now["at"])
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    yield World(writer, now)
    await writer.aclose()


class World:
    """An archive with a turning clock, and a web of lists and pages as they are told."""

    def __init__(self, writer, now):
        self.writer, self.now, self.runs = writer, now, 0

    def ask(self, sql, *values):
        return self.writer.run_sync(lambda c: c.execute(sql, values).fetchall())

    def name(self, *sources):
        return self.writer.run_sync(sync, sources)

    def later(self, days):
        self.now["at"] += days * 86_400

    async def run(self, lists=None, cites=(CITED,), outcomes=None):
        """Check all that is due; lists: {URL: entries or maps, or None for a 404}. Return the URLs that were asked."""
        self.runs += 1
        crawl, frontier = begin(self.writer, spider="due", run=f"run-{self.runs}")
        asked = []
        while leases := await frontier.claim(10):
            for lease in leases:
                for link in lease.links:
                    asked.append(link.url)
                    await frontier.record([self._result(frontier, lease, link, lists or {}, cites, outcomes or {})])
                await frontier.release(lease)
        self.writer.run_sync(lambda c: crawls.finish(c, crawl.crawl_id, reason="finished", stats={}))
        return sorted(asked)

    def _result(self, frontier, lease, link, lists, cites, outcomes):
        if link.url in lists and not isinstance(lists[link.url], dict):
            verdict, status, standing = FAILED[lists[link.url]]
            return result(lease, link, frontier, verdict=verdict, status=status, standing=standing)
        told = {"extracted": extraction(cites=cites)} if link.is_article else {}
        found = result(lease, link, frontier, **(told | outcomes.get(link.url, {})))
        if link.url not in lists:
            return found
        empty = {
            "outcome": "entries",
            "dated_by": "feed",
            "entries": [],
            "maps": [],
            "etag": None,
            "last_modified": None,
        }
        return dataclasses.replace(found, listing=empty | lists[link.url])


def feed(**more):
    return Source(name="paper", kind="feed", place=FEED, line=1, every=3_600, **more)


def entries(*urls, published="2026-01-01", changed=None):
    return {"entries": [{"url": url, "title": None, "published": published, "changed": changed} for url in urls]}


async def test_a_look_at_an_article_asks_only_what_it_cites_anew(world):
    world.name(feed())
    refused = {CITED: {"verdict": "access_denied", "status": 403, "standing": "refused"}}
    assert await world.run({FEED: entries(ARTICLE)}, outcomes=refused) == [CITED, ARTICLE, FEED]
    world.later(1)
    world.ask("UPDATE links SET next_check_at = ? WHERE url = ?", clock.now(), ARTICLE)
    assert await world.run({FEED: entries(ARTICLE)}) == [ARTICLE, FEED], "what is refused has its own time"
    world.later(1)
    world.ask("UPDATE links SET next_check_at = ? WHERE url = ?", clock.now(), ARTICLE)
    again = {ARTICLE: {"body": "2", "extracted": extraction("More.", cites=[CITED, OTHER])}}
    assert await world.run({FEED: entries(ARTICLE)}, outcomes=again) == [OTHER, ARTICLE, FEED]


async def test_an_article_asked_for_by_name_is_asked_with_all_it_cites(world):
    crawl, frontier = begin(world.writer)
    assert await archive(frontier, ARTICLE, cites=[CITED]) == 2
    world.writer.run_sync(lambda c: crawls.finish(c, crawl.crawl_id, reason="finished", stats={}))
    world.later(1)
    _, frontier = begin(world.writer, run="again")
    assert await archive(frontier, ARTICLE, cites=[CITED]) == 2


async def test_a_feed_that_dates_everything_anew_has_nothing_asked_for_ever(world):
    world.name(feed())
    asked = []
    for look in range(40):
        day = f"2026-01-01T12:{look:02}:00Z"
        asked += await world.run({FEED: entries(ARTICLE, published=day)})
        world.later(1 / 24)
    assert asked.count(ARTICLE) <= 4
    world.later(2)
    assert ARTICLE in await world.run({FEED: entries(ARTICLE, published="2026-01-05")}), "heeded again in time"


async def test_a_date_that_changes_is_heeded_where_the_article_changes(world):
    world.name(feed())
    await world.run({FEED: entries(ARTICLE, changed="1")})
    for look in range(3):
        world.later(1 / 24)
        edited = {ARTICLE: {"body": f"{look}", "extracted": extraction(f"Edit {look}.")}}
        asked = await world.run({FEED: entries(ARTICLE, changed=f"2026-01-01T1{look}")}, outcomes=edited)
        assert ARTICLE in asked


def sitemap():
    return Source(name="map", kind="sitemap", place=INDEX, line=1, every=3_600)


def index(**maps):
    return {"maps": [{"url": f"https://paper.test/{name}", "changed": day} for name, day in maps.items()]}


async def test_an_index_is_not_judged_by_its_maps(world):
    world.name(sitemap())
    gone = {f"https://paper.test/m{n}": "dead" for n in range(5)}
    named = index(**{f"m{n}": None for n in range(5)}, old="2024-01-01")
    world.ask("UPDATE sources SET since = '2020-01-01'")
    await world.run({INDEX: named, "https://paper.test/old": entries(ARTICLE), **gone})
    assert world.ask("SELECT outcome, failures FROM sources") == [("entries", 0)]
    world.later(1)
    await world.run({INDEX: None, "https://paper.test/old": entries(ARTICLE)})
    world.later(3)
    asked = await world.run({INDEX: None, "https://paper.test/old": entries(ARTICLE)})
    assert world.ask("SELECT outcome, failures FROM sources") == [("failed", 2)], "an old map mends nothing"
    assert not any(url in gone for url in asked), "a map that is gone is left until an index names it anew"


async def test_a_map_that_is_gone_and_named_still_is_looked_at_once_a_day(world):
    world.name(sitemap())
    lists = {INDEX: index(m="2026-01-01"), "https://paper.test/m": "dead"}
    asked = []
    for _ in range(24):
        asked += await world.run(lists)
        world.later(1 / 8)
    assert asked.count("https://paper.test/m") == 3
    assert "https://paper.test/m" in await world.run({INDEX: index(m="2026-01-04"), "https://paper.test/m": "dead"})


@pytest.mark.parametrize("failed", [None, 503])
async def test_a_map_that_fails_once_is_looked_at_soon_again(world, failed):
    world.name(sitemap())
    world.ask("UPDATE sources SET since = '2020-01-01'")
    await world.run({INDEX: index(m="2021-01-01"), "https://paper.test/m": failed})
    world.later(1 / 8)
    assert "https://paper.test/m" in await world.run({INDEX: 304, "https://paper.test/m": entries(ARTICLE)})


async def test_a_map_that_brings_something_is_looked_at_as_often_as_its_source_says(world):
    world.name(sitemap())
    world.ask("UPDATE sources SET since = '2020-01-01'")
    for look in range(6):
        brings = entries(f"https://paper.test/{look}")
        assert "https://paper.test/m" in await world.run({INDEX: index(m="2021-01-01"), "https://paper.test/m": brings})
        world.later(1 / 8)


async def test_what_is_due_at_no_time_by_itself_is_asked_with_its_article(world):
    world.name(feed())
    refused = {CITED: {"verdict": "address_refused", "status": None, "standing": "not_checked"}}
    await world.run({FEED: entries(ARTICLE)}, outcomes=refused)
    world.later(1)
    world.ask("UPDATE links SET next_check_at = NULL WHERE url = ?", CITED)
    world.ask("UPDATE links SET next_check_at = ? WHERE url = ?", clock.now(), ARTICLE)
    assert await world.run({FEED: entries(ARTICLE)}) == [CITED, ARTICLE, FEED]
    world.later(1)
    world.ask("UPDATE links SET next_check_at = NULL, withheld = 'looks_secret' WHERE url = ?", CITED)
    world.ask("UPDATE links SET next_check_at = ? WHERE url = ?", clock.now(), ARTICLE)
    assert await world.run({FEED: entries(ARTICLE)}) == [ARTICLE, FEED], "what is never asked costs no row each time"


async def test_old_maps_are_looked_at_seldom(world):
    world.name(sitemap())
    world.ask("UPDATE sources SET since = '2020-01-01'")
    lists = {
        INDEX: index(old="2021-01-01", new="2026-01-01"),
        "https://paper.test/old": entries(),
        "https://paper.test/new": entries(),
    }
    asked = []
    for _ in range(8):
        asked += await world.run(lists)
        world.later(1 / 12)
    assert asked.count("https://paper.test/old") == 1
    assert asked.count("https://paper.test/new") >= 6, "a tenth of its age may be more than a look later"
    changed = lists | {INDEX: index(old="2026-01-02", new="2026-01-01")}
    assert "https://paper.test/old" in await world.run(changed), "its index says that it changed"


async def test_terms_of_a_source_that_was_renamed_are_those_of_the_new_entry(world):
    world.name(feed(proxy="http://proxy.test:3128"))
    await world.run({FEED: entries(ARTICLE)})
    world.later(1)
    world.name(dataclasses.replace(feed(), name="paper2"))
    await world.run({FEED: entries(ARTICLE)})
    world.ask("UPDATE links SET next_check_at = ? WHERE url = ?", clock.now(), ARTICLE)
    world.later(1)
    await world.run({FEED: entries(ARTICLE)})
    sql = "SELECT l.url, s.name FROM links AS l JOIN sources AS s ON s.id = l.source_id ORDER BY 1"
    assert world.ask(sql) == [(CITED, "paper2"), (ARTICLE, "paper2"), (FEED, "paper2")]


async def test_maps_of_a_sitemap_that_was_renamed_are_asked_on_the_new_terms(world):
    maps = {INDEX: index(m="2026-01-01"), "https://paper.test/m": entries(ARTICLE)}
    world.name(sitemap())
    await world.run(maps)
    world.later(1)
    world.name(dataclasses.replace(sitemap(), name="map2"))
    await world.run(maps)
    sql = "SELECT s.name FROM links AS l JOIN sources AS s ON s.id = l.source_id WHERE l.url = 'https://paper.test/m'"
    assert world.ask(sql) == [("map2",)]


async def test_a_list_put_off_by_a_clock_that_ran_ahead_is_due_now(world):
    world.name(feed())
    world.later(400)
    await world.run({FEED: entries()})
    world.later(-400)
    assert await world.run({FEED: entries()}) == []
    world.writer.run_sync(lambda c: AskedSources(sources=[feed()]).begin(c))
    assert await world.run({FEED: entries()}) == [FEED]
