"""The sites that a process holds: a person who asks for a link by name does not wait for the end of a lease."""

import importlib.util
from pathlib import Path

import pytest

from citekeep import database
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
