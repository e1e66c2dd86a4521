"""Snapshots are read back: shown to be the page, or said not to be, and found to be gone later."""

import pytest

from citekeep import clock
from citekeep.reading import read
from citekeep.readings import not_read
from citekeep.wayback import verify
from tests import archive_fixture as fill

URL = "https://cited.example/2022/01/13/departures-of-a-year"
STORY = (
    "<html><head><title>Departures of a year</title></head><body><article><h1>Departures of a year</h1>"
    + "".join(f"<p>In the month number {n} many people left the country, the register says, and few came back.</p>"
              for n in range(12))
    + "</article></body></html>"
).encode()  # fmt: skip
PARKED = (
    b"<html><head><title>cited.example is for sale</title></head><body>Buy this domain. This domain is for sale.</body>"
)
CASINO = b"""<html><head><title>Bonus for new players</title></head><body><h1>Bonus for new players</h1><p>The best online
casino offers freespins, roulette and blackjack with live dealers, jackpot slots and a sportsbook with the highest odds.
Register today, deposit within minutes and withdraw winnings instantly. Betting experts review every bookmaker, compare poker
rooms and explain how baccarat is played, so that beginners enjoy gambling on mobile phones and tablets around the clock.</p>
</body></html>"""
AT = "20220114083015"


class Here:
    """Reads pages in this process."""

    def __init__(self):
        self.seen = []

    async def read(self, body, seen, history, **named):
        self.seen.append(seen)
        return read(body, seen, history, **named)


class Stuck:
    """Its workers are always stopped."""

    async def read(self, *_, **__):
        return not_read("timed_out", "It took longer than 20 s.")


def mementos(ledger):
    rows = ledger.rows("SELECT * FROM mementos ORDER BY memento_at")
    return {row["memento_at"][:10]: row for row in rows}


async def test_the_page_is_shown(ledger, holds):
    holds(URL, AT, body=STORY)
    await ledger.wish(URL, mode="lookup", verdict="not_found", standing="dead")
    reader = Here()
    summary = await ledger.work(reader=reader)
    (memento,) = mementos(ledger).values()
    assert (memento["quality"], memento["status"]) == ("verified", 200)
    assert memento["reason"].startswith("alive")
    assert 170 * 86_400 < clock.parse(memento["next_verify_at"]) - clock.timestamp() < 190 * 86_400
    assert ledger.states()[URL] == "verified"
    assert (summary.moved["verified"], summary.read_back) == (1, 1)
    assert reader.seen[0].words, "judged with the words of the citation, as a live page"
    (document,) = ledger.rows("SELECT * FROM documents WHERE id = ?", memento["document_id"])
    assert document["title"] == "Departures of a year"


async def test_a_wish_for_what_was_read_back_already_is_verified_at_once(ledger, holds):
    holds(URL, clock.stamp14(clock.after(-86_400)), body=STORY)
    await ledger.wish(URL)
    await ledger.work(reader=Here())
    assert ledger.story(URL) == ["wanted", "found", "verified"]
    await ledger.wish_again(URL)
    summary = await ledger.work()
    assert ledger.story(URL)[-3:] == ["wanted", "found", "verified"]
    assert (summary.moved["verified"], summary.read_back) == (1, 0)


async def test_a_save_of_a_link_that_redirects_is_verified_by_the_page_it_leads_to(ledger, archive):
    end = "https://dead.test/moved/here"
    archive.page(end, STORY, hops=(URL,))
    await ledger.wish(URL)
    await ledger.work(seconds=4_000, reader=Here())
    assert ledger.story(URL)[-2:] == ["saved", "verified"]
    (memento,) = mementos(ledger).values()
    assert memento["memento_url"].endswith(f"/{URL}")
    assert f"redirected to {end}" in memento["reason"]


async def test_a_parked_page_is_rejected_and_the_next_best_is_read(ledger, holds):
    holds(URL, "20220113100000", body=PARKED)
    holds(URL, "20220220100000", body=STORY)
    await ledger.wish(URL, mode="lookup", verdict="not_found", standing="dead")
    await ledger.work(reader=Here())
    found = mementos(ledger)
    assert (found["2022-01-13"]["quality"], found["2022-02-20"]["quality"]) == ("rejected", "verified")
    assert "sale" in found["2022-01-13"]["reason"]
    (row,) = ledger.rows("SELECT snapshot_at, snapshot_state FROM citation_status WHERE link_url = ?", URL)
    assert (row["snapshot_at"][:10], row["snapshot_state"]) == ("2022-02-20", "verified")


async def test_a_capture_of_an_error_page_under_status_200_is_rejected(ledger, holds):
    holds(URL, AT, body=b"<html><head><title>404 Not Found</title></head><body><h1>Page not found</h1></body></html>")
    await ledger.wish(URL, mode="lookup", verdict="not_found", standing="dead")
    await ledger.work(reader=Here())
    assert mementos(ledger)["2022-01-14"]["quality"] == "rejected"
    assert ledger.states()[URL] == "rejected"


def ours(page):
    """What a check of ours saw at the link before: the text of a page."""
    return {"extracted": fill.extraction(page.decode().partition("<p>")[2])}


async def test_a_capture_of_what_somebody_else_shows_there_is_rejected_and_made_once(ledger, archive):
    """The page was there when we looked, and somebody else's when it was saved: the next look has nothing to take it for."""
    archive.page(URL, CASINO)
    await ledger.wish(URL, **ours(STORY))
    await ledger.work(seconds=4_000, reader=Here())
    assert ledger.story(URL)[-2:] == ["saved", "rejected"]
    (memento,) = mementos(ledger).values()
    assert (memento["quality"], memento["reason"].partition(":")[0]) == ("rejected", "usurped")
    (link,) = ledger.rows("SELECT alive_until_basis FROM links WHERE url = ?", URL)
    assert link["alive_until_basis"] == "own_check", "a casino is no proof of the page's life"

    await found_now(ledger, "usurped")
    clock.turn(86_400)
    await ledger.wish_again(URL)
    await ledger.work(seconds=4_000, reader=Here())
    assert ledger.story(URL)[-3:] == ["wanted", "found", "rejected"], "what it shows now is kept, once a month"

    archive.page(URL, STORY)
    await found_now(ledger, "alive")
    clock.turn(86_400)
    await ledger.wish_again(URL)
    await ledger.work(seconds=4_000, reader=Here())
    assert ledger.story(URL)[-2:] == ["saved", "verified"], "it came back: the casino's capture is none of it"


async def found_now(ledger, verdict):
    """Let the last check of the link have found something else."""
    sql = "UPDATE judgements SET verdict = ? WHERE check_id = (SELECT last_check_id FROM links WHERE url = ?)"
    await ledger.writer.run(lambda c: c.execute(sql, (verdict, URL)), urgent=True)


async def test_a_capture_of_an_edited_page_is_the_page(ledger, archive):
    edited = STORY.replace(b"<h1>Departures of a year</h1>", b"<h1>Those who left</h1><p>Corrected on Friday.</p>")
    archive.page(URL, edited)
    await ledger.wish(URL, **ours(STORY))
    await ledger.work(seconds=4_000, reader=Here())
    assert ledger.story(URL)[-2:] == ["saved", "verified"]


async def test_a_capture_is_not_held_against_what_we_saw_later(ledger, holds):
    holds(URL, AT, body=STORY)
    await ledger.wish(URL, mode="lookup", **ours(CASINO))
    await ledger.work(reader=Here())
    assert mementos(ledger)["2022-01-14"]["quality"] == "verified"


async def test_a_verified_snapshot_that_is_excluded_later_is_lost(ledger, holds, standin):
    holds(URL, AT, body=STORY)
    await ledger.wish(URL, mode="lookup", verdict="not_found", standing="dead")
    await ledger.work(reader=Here())
    standin.excluded["cited.example"] = "excluded"
    clock.turn(verify.GOOD_FOR + 60)
    await ledger.work(reader=Here())
    memento = mementos(ledger)["2022-01-14"]
    assert (memento["quality"], memento["reason"]) == ("lost", verify.MISSING["excluded"])
    assert ledger.story(URL)[-3:] == ["found", "verified", "lost"]
    (row,) = ledger.rows("SELECT snapshot_url FROM citation_status WHERE link_url = ?", URL)
    assert row["snapshot_url"] is None, "nobody is sent to what is gone"
    standin.excluded.clear()
    clock.turn(verify.GOOD_FOR + 60)
    await ledger.work(reader=Here())
    assert mementos(ledger)["2022-01-14"]["quality"] == "verified"


async def test_a_new_capture_is_tried_again_until_it_can_be_shown(ledger, archive):
    archive.page(URL, STORY)
    archive.standin.jobs.index_lag = 3_000.0
    await ledger.wish(URL)
    await ledger.work(reader=Here())
    assert ledger.states()[URL] == "saved"
    memento = next(iter(mementos(ledger).values()))
    assert (memento["quality"], memento["tries"] > 0) == ("unread", True)
    for _ in range(4):
        clock.turn(3_600)
        await ledger.work(reader=Here())
    assert ledger.states()[URL] == "verified"


async def test_what_never_can_be_shown_is_rejected_in_the_end(ledger, archive):
    archive.page(URL, STORY)
    archive.standin.jobs.index_lag = 1e9
    await ledger.wish(URL)
    for _ in range(len(verify.NOT_YET) + 2):
        await ledger.work(reader=Here())
        clock.turn(2 * 86_400)
    assert ledger.states()[URL] == "rejected"


async def test_a_page_that_costs_its_worker_stays_unread(ledger, holds):
    holds(URL, AT, body=STORY)
    await ledger.wish(URL, mode="lookup", verdict="not_found", standing="dead")
    await ledger.work(reader=Stuck())
    memento = mementos(ledger)["2022-01-14"]
    assert (memento["quality"], ledger.states()[URL]) == ("unread", "found")
    assert memento["next_verify_at"] > clock.now()


async def test_our_own_capture_with_the_same_digest_needs_no_request(ledger, holds, archive):
    holds(URL, AT, body=STORY)
    await ledger.wish(URL, mode="lookup", verdict="alive")
    digest = archive.standin.captures.of(URL, archive.standin.clock.now())[0].digest
    await ledger.writer.run(
        lambda c: c.execute("UPDATE captures SET body_sha1 = ? WHERE check_id IN (SELECT c.id FROM checks c"
                            " JOIN links l ON l.id = c.link_id WHERE l.url = ?)", (digest, URL)), urgent=True,
    )  # fmt: skip
    reader = Here()
    summary = await ledger.work(reader=reader)
    assert mementos(ledger)["2022-01-14"]["quality"] == "identical"
    assert ledger.states()[URL] == "verified"
    assert (reader.seen, summary.read_back) == ([], 0)
    assert not any("id_/" in url for url in archive.log.urls())


async def test_a_private_link_is_never_read_back(ledger, holds, archive):
    holds(URL, AT, body=STORY)
    await ledger.wish(URL, mode="lookup", verdict="not_found", standing="dead")
    await ledger.work()
    await ledger.writer.run(lambda c: c.execute("UPDATE links SET public = 0 WHERE url = ?", (URL,)), urgent=True)
    before = len(archive.log)
    await ledger.work(reader=Here())
    assert len(archive.log) == before


@pytest.mark.parametrize("quality", ["verified", "identical", "lost"])
def test_what_was_good_and_shows_nothing_is_lost(quality):
    one = verify.Unread(
        memento_id=1, link_id=1, memento_url="", memento_at="2022-01-14T08:30:15Z", url=URL, quality=quality, tries=9,
        words=(), text=None,
    )  # fmt: skip
    outcome = verify.missing(one, verify.Replayed(missing="not_there"))
    assert outcome.quality == "lost"
    assert outcome.next_verify_at > clock.now(), "it may come back"
