"""The sites that a process holds: a person who asks for a link by name does not wait for the end of a lease."""

import importlib.util
import time
from pathlib import Path

import pytest

from citekeep import clock, database
from citekeep.frontier import RECORDED
from citekeep.inputs import AskedArticle
from spiders.leases import Leases

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).parent.parent / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

CITED = [f"https://one.test/{n}" for n in range(5)] + ["https://two.test/"]


@pytest.fixture
async def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer, run="first")
    await frontier.add_articles([AskedArticle(url="https://news.test/story", source="url")], public=True)
    (lease,) = await frontier.claim(1)
    article = fill.result(lease, lease.links[0], frontier, extracted=fill.extraction(cites=CITED))
    assert await frontier.record([article]) == [RECORDED]
    await frontier.release(lease)
    yield writer
    writer.close()


async def test_a_site_is_given_back_for_a_link_asked_for_by_name(writer):
    _, routine = fill.begin(writer, run="routine")
    leases = Leases(routine, seconds=300, most=10)
    await leases.claim()
    one = next(held for held in leases if held.lease.site == "one.test")
    one.asking = one.waiting.popleft()
    await leases.make_room()
    assert len(one.waiting) == 4, "nobody asks for anything"

    _, person = fill.begin(writer, run="person", asked_only=True)
    assert await person.add_links(["https://one.test/new"], public=False) == 1
    assert await person.claim(5) == []
    assert await person.still_asked() == 1
    await leases.make_room()
    assert not one.waiting
    assert not one.done(), "its current request goes on"
    one.asking = None
    await leases.release_done()
    (lease,) = await person.claim(5)
    assert [link.url for link in lease.links] == ["https://one.test/new"], "and nothing else"
    two = next(held for held in leases if held.lease.site == "two.test")
    assert two.waiting, "other sites are kept"


async def test_a_link_that_is_about_to_be_asked_anyway_costs_no_lease(writer):
    _, routine = fill.begin(writer, run="routine")
    leases = Leases(routine, seconds=300, most=10)
    await leases.claim()
    _, person = fill.begin(writer, run="person", asked_only=True)
    await person.add_links([CITED[3]], public=False)
    await leases.make_room()
    assert all(held.waiting for held in leases)
    one = next(held for held in leases if held.lease.site == "one.test")
    assert [link.url for link in one.waiting] == [CITED[n] for n in (3, 0, 1, 2, 4)], "it is the next"


async def test_a_run_of_a_list_leaves_a_site_to_whoever_asks_later_until_he_had_it(writer, monkeypatch):
    now = clock.timestamp()
    monkeypatch.setattr(clock, "timestamp", lambda: now)
    _, listed = fill.begin(writer, run="list", asked_only=True, links_per_lease=2)
    await listed.add_links(CITED[:5], public=False)
    leases = Leases(listed, seconds=300, most=10)
    leases.heeds_from = clock.now()
    await leases.claim()
    await leases.make_room()
    (one,) = leases
    assert len(one.waiting) == 2, "what it asked for itself is nobody else's"

    now += 1
    process = database.Writer(writer.path)
    _, person = fill.begin(process, run="person", asked_only=True)
    await person.add_links([CITED[4]], public=False)
    await leases.make_room()
    assert one.done()
    await leases.release_done()
    await leases.claim()
    assert not leases.held, "it is another's turn, who has not come yet"
    (lease,) = await person.claim(5)
    assert [link.url for link in lease.links] == [CITED[4]]
    leases.room[lease.site_id] = (lease.site, 0.0, time.monotonic() + 60)
    await leases.claim()
    assert not leases.held
    assert leases.room, "the run does not end while it waits for the site"
    await person.record([fill.result(lease, lease.links[0], person)])
    await person.release(lease)
    await leases.claim()
    (one,) = leases
    assert [link.url for link in one.waiting] == CITED[:2]
    assert not leases.room
    await leases.make_room()
    assert one.waiting, "it made room for that already"
    process.close()


async def test_a_site_is_given_back_for_a_redirect_of_another_run_and_taken_again(writer):
    _, routine = fill.begin(writer, run="routine")
    _, other = fill.begin(writer, run="other")
    woken = []
    leases = Leases(routine, seconds=300, most=10, wake=lambda: woken.append(True))
    await leases.claim()
    assert await other.borrow("one.test", 60) is False
    await leases.make_room()
    assert all(held.waiting for held in leases), "it asks there once itself"
    one = leases.of("one.test")
    one.rest_ms = 1_000
    one.guests = 1
    await leases.make_room()
    await leases.make_room()
    assert woken == [True, True]
    assert one.makes_room, "however often it is told so"
    assert not one.done(), "a redirect of its own is on the way there"
    one.guests = 0
    await leases.release_done()
    assert [held.lease.site for held in leases] == ["two.test"]
    borrowed = await other.borrow("one.test", 60)
    leases.room[borrowed.site_id] = ("one.test", 0.0, time.monotonic() + 60)
    await leases.claim()
    assert [held.lease.site for held in leases] == ["two.test"], "it is asked there now"
    await other.give_back(borrowed)
    await leases.claim()
    one = leases.of("one.test")
    assert one.rest() > 0
    one.rest_ms = 1_000
    await leases.make_room()
    assert one.waiting, "nobody wants it any more"


async def test_a_site_of_which_nothing_is_left_is_not_waited_for(writer):
    _, routine = fill.begin(writer, run="routine", min_priority=2)
    leases = Leases(routine, seconds=300, most=10)
    leases.room[1] = ("one.test", 0.0, time.monotonic() + 60)
    await leases.claim()
    assert not leases.room
