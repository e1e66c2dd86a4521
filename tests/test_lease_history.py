"""What a lease tells a worker of a link's past: earlier texts, witnesses, and what was asked beside its neighbours."""

import json

import pytest

import tests.archive_fixture as fill
from citekeep import clock, database
from citekeep.inputs import AskedArticle
from citekeep.probing import MAX_AGE
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.moves import Moves
from citekeep.wayback.terms import Summary

URL = "https://cited.test/a/page"
ARTICLE = "https://article.test/"
DAY = 86_400


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    monkeypatch.setattr(clock, "_offset", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


def run(writer, sql, *values):
    return writer.run_sync(lambda c: c.execute(sql, values).fetchall())


async def claim(writer, name, url=URL):
    """Return (frontier, lease, link) of a run that finds the link due."""
    run(writer, "UPDATE links SET next_check_at = ? WHERE url = ?", clock.now(), url)
    _, frontier = fill.begin(writer, run=name)
    for lease in await frontier.claim(10):
        for link in lease.links:
            if link.url == url:
                return frontier, lease, link
    raise AssertionError(f"{url} is not due")


async def check(writer, name, **told):
    frontier, lease, link = await claim(writer, name)
    result = fill.result(lease, link, frontier, **told)
    assert await frontier.record([result]) == ["recorded"]
    await frontier.release(lease)
    return link


@pytest.fixture
async def cited(writer):
    await fill.archive(
        fill.begin(writer)[1], ARTICLE, cites=[URL], outcomes={URL: {"extracted": fill.extraction("First.")}}
    )
    return writer


async def test_the_last_text_of_a_page_that_was_alive_travels_with_its_link(cited):
    clock.turn(DAY)
    link = await check(cited, "2", body="two", extracted=fill.extraction("Second."))
    assert [(e["basis"], e["text"]) for e in link.history["earlier"]] == [("own_check", "First.")]
    clock.turn(DAY)
    link = await check(
        cited, "3", verdict="soft_404", standing="doubtful", body="three", extracted=fill.extraction("Not found.")
    )
    assert [e["text"] for e in link.history["earlier"]] == ["Second."]
    clock.turn(DAY)
    link = await check(cited, "4")
    assert [e["text"] for e in link.history["earlier"]] == ["Second."], "what was not alive is no earlier text"
    ((check_id, at),) = run(cited, "SELECT id, checked_at FROM checks WHERE turn = 1 AND link_id = ?", link.link_id)
    assert (link.history["earlier"][0]["id"], link.history["earlier"][0]["at"]) == (check_id, at)


async def test_the_snapshot_of_a_citation_goes_first_once_it_was_read_back_and_is_good(cited):
    ((link_id, document_id),) = run(
        cited,
        "SELECT c.link_id, c.document_id FROM checks AS c JOIN links AS l ON l.id = c.link_id WHERE l.url = ?",
        URL,
    )
    run(
        cited,
        "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, document_id)"
        " VALUES (?, 'wayback', 'https://web.archive.org/web/1/x', '2022-01-14T00:00:00Z', 'cdx', ?, 200, ?)",
        link_id, clock.now(), document_id,
    )  # fmt: skip
    _, _, link = await claim(cited, "2")
    assert [e["basis"] for e in link.history["earlier"]] == ["own_check"]
    run(cited, "UPDATE mementos SET quality = 'verified'")
    run(cited, "UPDATE sites SET claimed_by = NULL, claimed_until = NULL")
    _, _, link = await claim(cited, "3")
    assert [(e["basis"], e["at"]) for e in link.history["earlier"][:1]] == [("memento", "2022-01-14T00:00:00Z")]


async def test_a_snapshot_of_what_somebody_else_shows_now_is_no_earlier_text(cited):
    clock.turn(DAY)
    link = await check(
        cited, "2", verdict="usurped", standing="doubtful", body="c", extracted=fill.extraction("Casino.")
    )
    ((document_id,),) = run(cited, "SELECT document_id FROM checks WHERE link_id = ? AND turn = 1", link.link_id)
    clock.turn(DAY)
    run(
        cited,
        "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality, document_id)"
        " VALUES (?1, 'wayback', 'https://web.archive.org/web/1/x', ?2, 'saved', ?2, 200, 'verified', ?3)",
        link.link_id, clock.now(), document_id,
    )  # fmt: skip
    clock.turn(30 * DAY)
    _, _, link = await claim(cited, "3")
    assert [(e["basis"], e["text"]) for e in link.history["earlier"]] == [("own_check", "First.")]


async def test_a_link_that_is_new_has_no_past(writer):
    _, frontier = fill.begin(writer)
    await frontier.add_articles([AskedArticle(url=ARTICLE, source="url")], public=True)
    (lease,) = await frontier.claim(1)
    assert lease.links[0].history["earlier"] == []
    assert lease.links[0].history["witnessed"] is False
    assert lease.probes == {}


async def test_a_job_that_failed_in_the_same_way_is_told_of(cited):
    clock.turn(DAY)
    link = await check(cited, "2", verdict="timeout", standing="unreachable_from_here", status=None, error="timeout")
    run(
        cited,
        "INSERT INTO saves (link_id, service, state, wanted_at, changed_at) VALUES (?1, 'wayback', 'refused', ?2, ?2)",
        link.link_id, clock.now(),
    )  # fmt: skip
    answer = json.dumps({"status": "error", "status_ext": "error:read-timeout"})
    run(
        cited,
        "INSERT INTO save_events (save_id, at, to_state, reason, answer) VALUES (1, ?, 'refused', 'error: x', ?)",
        clock.now(), answer,
    )  # fmt: skip
    clock.turn(DAY)
    link = await check(cited, "3", verdict="timeout", standing="unreachable_from_here", status=None, error="timeout")
    assert link.history["witnessed"] is True
    clock.turn(DAY)
    await check(cited, "4")
    _, _, link = await claim(cited, "5")
    assert link.history["witnessed"] is False, "it was alive since"


async def test_what_was_asked_of_a_host_is_remembered_for_its_links_and_for_a_while(cited):
    origin, fact = "https://cited.test", {"status": 404, "at": clock.now(), "sketch": [1, 2]}
    frontier, lease, link = await claim(cited, "2")
    result = fill.result(lease, link, frontier)
    result.probes = {origin: {"sibling:/a/*": fact}, "https://unknown.test": {"root:": fact}}
    await frontier.record([result])
    await frontier.release(lease)
    clock.turn(DAY)
    more = {"status": 200, "at": clock.now(), "sketch": []}
    frontier, lease, link = await claim(cited, "3")
    assert lease.probes == {origin: {"sibling:/a/*": fact}}
    result = fill.result(lease, link, frontier)
    result.probes = {origin: {"root:": more}}
    await frontier.record([result])
    await frontier.release(lease)
    _, lease, _ = await claim(cited, "4")
    assert lease.probes == {origin: {"sibling:/a/*": fact, "root:": more}}
    clock.turn(MAX_AGE + 1)
    run(cited, "UPDATE sites SET claimed_by = NULL, claimed_until = NULL")
    _, lease, _ = await claim(cited, "5")
    assert lease.probes == {}


@pytest.mark.parametrize(("code", "standing"), [("error:not-found", "dead"), ("error:no-access", "doubtful")])
async def test_a_job_that_failed_as_our_check_did_is_enough(cited, code, standing):
    clock.turn(DAY)
    link = await check(cited, "2", verdict="not_found", standing="doubtful", status=404)
    run(
        cited,
        "INSERT INTO saves (link_id, service, state, wanted_at, changed_at, next_attempt_at)"
        " VALUES (?1, 'wayback', 'submitting', ?2, ?2, ?2)",
        link.link_id, clock.now(),
    )  # fmt: skip
    wish = Wanted(
        save_id=1,
        link_id=link.link_id,
        url=URL,
        mode="save",
        state="submitting",
        job_id=None,
        attempts=1,
        submitted_at=None,
    )
    moves = Moves(cited, Summary())
    await moves.to(wish, "refused", reason=f"{code}: what it said", answer={"status": "error", "status_ext": code})
    told = "SELECT standing, standing_basis, dead_by_basis FROM links WHERE url = ?"
    basis = ("save_job", "own_check") if standing == "dead" else (None, None)
    assert run(cited, told, URL) == [(standing, *basis)]
    clock.turn(4 * DAY)
    await check(cited, "3")
    assert run(cited, told, URL) == [("alive", None, None)], "one success clears"
