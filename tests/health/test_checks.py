"""Canaries and the other checks: what they hold for wrong, since when, and that an alarm is raised once and ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep import clock, crawls
from citekeep.health import alarms, checks, disk, summaries
from citekeep.health.outlets import BASELINE, stopped, usual_silence
from citekeep.wayback import ledger
from tests.archive_fixture import archive, begin, extraction

DAY = 86_400.0


def names(writer, terms, **more):
    change = writer.run_sync(lambda connection: checks.check_all(connection, terms(**more)))
    return [(alarm.name, alarm.subject) for alarm in change.standing]


@pytest.mark.parametrize(
    ("newest", "before", "expected"),
    [
        ([False] * 5, [True] * 20, True),
        ([False] * 5, [True] * 5, True),
        ([False] * 5, [True] * 4, False),  # too few to know what is usual
        ([True] + [False] * 4, [True] * 20, False),
        ([False] * 5, [True] * 14 + [False] * 6, False),  # it often has none
        ([False] * 5, [True] * 15 + [False] * 5, True),
        ([False] * 5, [False] * 20, False),  # it never had any
    ],
)
def test_what_has_stopped(newest, before, expected):
    assert stopped(newest + before, 5) is expected


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 10))
def test_what_is_far_back_does_not_count(yielded, last):
    assert stopped(yielded, last) == stopped(yielded[: last + BASELINE], last)


def test_how_long_a_feed_may_be_silent():
    hours = [3_600.0 * n for n in range(30)]
    assert usual_silence(hours, 1_800, 5) == DAY, "no feed is silent before a day is over"
    assert usual_silence(hours[:4], 1_800, 5) is None, "no habit yet"
    weekdays = [DAY * (7 * week + day) for week in range(4) for day in range(5)]
    assert usual_silence(weekdays, 3_600, 5) == 6 * DAY, "a weekend is twice as long at least"
    assert usual_silence([7 * DAY * n for n in range(9)], 3_600, 5) == 35 * DAY


async def test_an_outlet_that_yields_nothing_any_more(writer, terms):
    _, frontier = begin(writer)
    writer.run_sync(
        lambda c: c.execute(
            "INSERT INTO sources (id, name, kind, depth, public, robots, added_at)"
            " VALUES (1, 'paper', 'list', 'citations', 1, 'obey', ?)", (clock.now(),)
        )
    )  # fmt: skip

    async def publish(number, **more):
        url = f"https://news.test/{number}"
        await archive(frontier, url, **more)
        writer.run_sync(
            lambda c: c.execute(
                "INSERT INTO source_articles SELECT 1, a.id, ?1, ?1, NULL FROM articles AS a"
                " JOIN links AS l ON l.id = a.link_id WHERE l.url = ?2", (clock.now(), url)
            )
        )  # fmt: skip

    for number in range(4):
        await publish(number, cites=["https://cited.test/x"])
    for number in range(4, 7):
        await publish(number)
    assert names(writer, terms, outlet_articles=3) == [("outlet_without_citations", "paper")]
    assert names(writer, terms, outlet_articles=3) == [("outlet_without_citations", "paper")]
    assert writer.run_sync(lambda c: c.execute("SELECT count(*) FROM alarms").fetchall()) == [(1,)], "raised once"
    assert names(writer, terms, outlet_articles=0) == [], "off"
    empty = extraction("")
    empty = type(empty)(**{**vars(empty), "outcome": "empty", "word_count": 0})
    for number in range(7, 10):
        await publish(number, outcomes={f"https://news.test/{number}": {"extracted": empty}})
    assert names(writer, terms, outlet_articles=3) == [("outlet_without_text", "paper")]
    told = "SELECT sentence FROM alarms WHERE cleared_at IS NULL"
    assert "https://news.test/9" in writer.run_sync(lambda c: c.execute(told).fetchone())[0]
    writer.run_sync(lambda c: c.execute("UPDATE sources SET public = 0"))
    assert names(writer, terms, outlet_articles=3) == [("outlet_without_text", "paper")]
    assert "news.test" not in writer.run_sync(lambda c: c.execute(told).fetchone())[0], "hooks tell it elsewhere"
    await publish(10, cites=["https://cited.test/x"])
    assert names(writer, terms, outlet_articles=3) == [], "over"


def feed(writer, **columns):
    row = {"failures": 0, "looked_at": clock.now(), "new_at": clock.now(), "outcome": "entries", **columns}

    def add(connection):
        connection.execute("DELETE FROM sources")
        connection.execute("INSERT OR IGNORE INTO sites (id, site) VALUES (1, 'a.test')")
        connection.execute(
            "INSERT OR IGNORE INTO hosts (id, origin, host, site_id) VALUES (1, 'https://a.test', 'a.test', 1)"
        )
        connection.execute(
            "INSERT OR IGNORE INTO links (id, url, request_url, host_id, site_id, first_seen_at)"
            " VALUES (1, 'https://a.test/rss', 'https://a.test/rss', 1, 1, ?)", (clock.now(),)
        )  # fmt: skip
        connection.execute(
            "INSERT INTO sources (id, name, kind, link_id, depth, public, robots, added_at, every_s, failures, failing_since,"
            " looked_at, new_at, outcome) VALUES (1, 'paper', 'feed', 1, 'citations', 1, 'obey', :now, 3600, :failures, :now,"
            " :looked_at, :new_at, :outcome)", row | {"now": clock.now()}
        )  # fmt: skip

    writer.run_sync(add)


def test_a_feed_that_keeps_failing(writer, terms):
    feed(writer, failures=2, outcome="failed")
    assert names(writer, terms) == []
    feed(writer, failures=3, outcome="unreadable")
    assert names(writer, terms) == [("feed_silent", "paper")]
    assert names(writer, terms, feed_failures=0) == []


def answers(writer, *states, sites=3, at=None):
    """Have Save Page Now answer so, one page after another, on so many sites."""

    def add(connection):
        for number, state in enumerate(states):
            site = number % sites + 1
            connection.execute("INSERT OR IGNORE INTO sites (id, site) VALUES (?, ?)", (site, f"s{site}.test"))
            connection.execute(
                "INSERT OR IGNORE INTO hosts (id, origin, host, site_id) VALUES (?1, 'https://s' || ?1, 's' || ?1, ?1)",
                (site,),
            )
            (link,) = connection.execute(
                "INSERT INTO links (url, request_url, host_id, site_id, first_seen_at)"
                " VALUES ('https://s/' || hex(randomblob(8)), '', ?1, ?1, ?2) RETURNING id", (site, clock.now())
            ).fetchone()  # fmt: skip
            (save,) = connection.execute(
                "INSERT INTO saves (link_id, service, state, wanted_at, changed_at) VALUES (?1, 'wayback', 'wanted', ?2, ?2)"
                " RETURNING id", (link, clock.now())
            ).fetchone()  # fmt: skip
            ledger.move(connection, save, "submitting")
            if state == "saved":
                (memento,) = connection.execute(
                    "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at)"
                    " VALUES (?1, 'wayback', 'https://web/' || ?1, ?2, 'saved', ?2) RETURNING id", (link, clock.now())
                ).fetchone()  # fmt: skip
                ledger.move(connection, save, "saved", memento_id=memento)
            else:
                ledger.move(connection, save, state, reason="error:no-access")

    writer.run_sync(add)


@pytest.mark.parametrize(
    ("states", "sites", "raised"),
    [
        (["refused"] * 3, 3, True),  # all of the last day
        (["refused"] * 2, 2, False),  # too few
        (["refused"] * 12, 1, False),  # one site that is excluded
        (["deferred"] * 12, 3, True),
        (["refused"] * 5 + ["saved"], 3, False),
        (["saved"] + ["refused"] * 9, 3, False),  # one of the last day was saved, and of the last ten
        (["saved"] + ["refused"] * 10, 3, True),
    ],
)
def test_saves_that_are_all_refused(writer, terms, states, sites, raised):
    answers(writer, *states, sites=sites)
    found = names(writer, terms)
    assert (("saves_refused", "") in found) is raised
    if raised:
        answers(writer, "saved")
        assert names(writer, terms) == [], "over"


def test_runs_that_do_not_happen(writer, terms):
    assert names(writer, terms) == [], "none was ever begun"
    begin(writer)
    assert names(writer, terms) == []
    writer.run_sync(lambda c: c.execute("UPDATE crawls SET heartbeat_at = ?", (clock.after(-3 * DAY),)))
    assert names(writer, terms) == [("runs_late", "")]
    assert names(writer, terms, runs_late_hours=0) == []


def test_a_disk_that_fills(writer, terms, monkeypatch):
    crawl, _ = begin(writer)
    writer.run_sync(lambda c: crawls.finish(c, crawl.crawl_id, reason="finished", stats={}))
    writer.run_sync(summaries.sum_up)
    writer.run_sync(
        lambda c: c.execute("UPDATE run_summaries SET disk_free = ?, made_at = ?", (100 * 2**30, clock.after(-4 * DAY)))
    )
    for left, expected in ((99, []), (96, []), (60, [("disk_filling", "")]), (101, [])):
        monkeypatch.setattr(disk, "free", lambda _, left=left: left * 2**30)
        assert names(writer, terms, disk_full_days=14) == expected, left
    monkeypatch.setattr(disk, "free", lambda _: 5)
    assert names(writer, terms, disk_free_min=6, disk_full_days=0) == [("disk_filling", "")]
    assert names(writer, terms, disk_free_min=5, disk_full_days=0) == []


def test_the_gravest_decides():
    kinds = [kind.code for kind in alarms.KINDS]
    assert kinds == sorted(set(kinds)), "each has a code of its own, in the order of gravity"
    assert min(kinds) >= 10
    assert alarms.exit_code([]) == 0
