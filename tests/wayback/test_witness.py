"""History as witness: what the index lists is kept, asked once, extended later, and read as proof of life and death."""

import pytest

from citekeep import clock
from citekeep.wayback import memento_rows, witness
from citekeep.wayback.terms import SERVICE

URL = "https://gone.test/page"
OTHER = "https://other.test/page"
DAY = 86_400.0
DEAD = {"verdict": "not_found", "standing": "dead", "status": 404}
WALL = {"verdict": "access_denied", "standing": "refused", "status": 403}


@pytest.fixture
def cite(ledger):
    """Let an article cite links that nobody wishes to save or to look up."""

    async def cited(*urls, **outcome):
        await ledger.wish(*urls, mode=None, **outcome)

    return cited


def view(ledger, url=URL):
    rows = ledger.rows("SELECT * FROM witness WHERE url = ?", url)
    return rows[0] if rows else None


async def test_life_and_death_with_dates_from_before_anyone_looked(ledger, cite, holds):
    holds(URL, "20190101000000", "20220301000000")
    holds(URL, "20200101000000", status=503)  # between two good ones: it proves nothing
    holds(URL, "20220401000000", status=301)
    holds(URL, "20220501000000", status=403)
    holds(URL, "20220601000000", "20230601000000", status=404)
    await cite(URL, **DEAD)
    await ledger.work()
    row = view(ledger)
    assert (row["captures"], row["standing"]) == (7, "dead")
    assert (row["first_good_at"], row["last_good_at"]) == ("2019-01-01T00:00:00Z", "2022-03-01T00:00:00Z")
    assert row["last_good_url"] == f"https://web.archive.org/web/20220301000000/{URL}"
    assert (row["error_at"], row["error_status"]) == ("2022-05-01T00:00:00Z", 403)
    assert row["gone_at"] == "2022-06-01T00:00:00Z"
    assert row["asked_at"] == ledger.rows("SELECT asked_at FROM lookups")[0]["asked_at"]
    assert ledger.rows("SELECT count(*) AS n FROM saves") == [{"n": 0}], "to ask is not to wish"


async def test_what_was_read_back_as_another_page_is_no_sign_of_life(ledger, cite, holds):
    holds(URL, "20190101000000", "20230301000000")
    holds(URL, "20220601000000", status=410)
    await cite(URL, **DEAD)
    await ledger.work()
    assert view(ledger)["gone_at"] is None
    sql = "UPDATE mementos SET quality = 'rejected' WHERE memento_at LIKE '2023%'"
    await ledger.writer.run(lambda c: c.execute(sql) and None)
    row = view(ledger)
    assert (row["last_good_at"], row["gone_at"]) == ("2019-01-01T00:00:00Z", "2022-06-01T00:00:00Z")


async def test_nothing_listed_is_an_answer_too(ledger, cite):
    await cite(URL, **DEAD)
    await ledger.work()
    row = view(ledger)
    assert (row["captures"], row["last_good_at"], row["gone_at"]) == (0, None, None)
    assert row["asked_at"]


async def test_of_links_that_nobody_asked_about_nothing_is_said(ledger, cite):
    await cite(URL)
    await ledger.work()
    assert view(ledger) is None


async def test_it_is_asked_once_remembered_and_extended_when_it_is_old(ledger, cite, holds, archive):
    holds(URL, "20190101000000")
    await cite(URL, **DEAD)
    summary = await ledger.work()
    (first,) = ledger.rows("SELECT * FROM lookups")
    assert (summary.lookups, first["rows"], first["from_at"]) == (1, 1, None)
    clock.turn(29 * DAY)
    assert (await ledger.work()).lookups == 0
    holds(URL, "20261015000000", status=404)
    clock.turn(2 * DAY)
    assert (await ledger.work()).lookups == 1
    second = ledger.rows("SELECT * FROM lookups ORDER BY id")[1]
    assert (second["rows"], second["from_at"]) == (1, clock.text(clock.parse(first["asked_at"]) - witness.OVERLAP))
    assert f"from={clock.stamp14(second['from_at'])}" in archive.log.urls()[-1]
    row = view(ledger)
    assert (row["captures"], row["last_good_at"]) == (2, "2019-01-01T00:00:00Z")
    assert row["gone_at"] == "2026-10-15T00:00:00Z"


@pytest.mark.parametrize("change", ["public = 0", "withheld = 'a token in its query'", "standing = 'alive'"])
async def test_private_and_withheld_links_are_never_named_and_live_ones_need_no_witness(ledger, cite, archive, change):
    await cite(URL, **DEAD)
    await ledger.writer.run(lambda c: c.execute(f"UPDATE links SET {change}") and None)
    assert (await ledger.work()).lookups == 0
    assert archive.log.urls() == []


async def test_what_becomes_private_while_it_waits_is_not_named(ledger, cite, archive, monkeypatch):
    await cite(URL, **DEAD)
    found = witness.silent

    def then_private(connection, *args):
        links = found(connection, *args)
        connection.execute("UPDATE links SET public = 0")
        return links

    monkeypatch.setattr(witness, "silent", then_private)
    assert (await ledger.work()).lookups == 0
    assert archive.log.urls() == []


async def test_the_dead_go_first_then_the_most_cited_and_what_is_wished_anyway_is_left_out(ledger, cite):
    await cite("https://wall.test/", **WALL)
    await cite("https://b.test/", "https://a.test/", "https://known.test/", **DEAD)
    await cite("https://a.test/", **DEAD)
    await ledger.wish(OTHER, mode="lookup", **DEAD)

    def note(connection):
        (known,) = connection.execute("SELECT id FROM links WHERE url = 'https://known.test/'").fetchone()
        memento_rows.note_lookup(connection, known, SERVICE, "empty")

    await ledger.writer.run(note)
    clock.turn(31 * DAY)
    found = await ledger.writer.run(witness.silent, SERVICE, 30 * DAY, 10)
    assert [link.url for link in found] == [
        "https://a.test/", "https://b.test/", "https://known.test/", "https://wall.test/",
    ]  # fmt: skip


async def test_wishes_go_first_and_the_rest_keeps_the_pace_of_the_index(ledger, cite, archive):
    urls = [f"https://gone-{n}.test/" for n in range(40)]
    await cite(*urls, **DEAD)
    await ledger.wish(OTHER, mode="lookup", **DEAD)
    begun = clock.timestamp()
    summary = await ledger.work()
    assert summary.lookups == 41
    assert "other.test" in archive.log.urls()[0]
    assert clock.timestamp() - begun > 40
    assert not archive.standin.limits.shut_out()


async def test_a_host_that_the_archive_hides_and_an_outage_end_nothing(ledger, cite, standin):
    standin.excluded["gone.test"] = "excluded"
    await cite(URL, OTHER, **DEAD)
    await ledger.work(seconds=3_600)
    outcomes = ledger.rows(
        "SELECT l.url, k.outcome FROM lookups AS k JOIN links AS l ON l.id = k.link_id ORDER BY l.url"
    )
    assert [tuple(row.values()) for row in outcomes] == [(URL, "blocked"), (OTHER, "empty")]
    assert ledger.rows("SELECT count(*) AS n FROM saves") == [{"n": 0}]


async def test_a_question_that_fails_does_not_hold_up_the_others_and_is_asked_again(ledger, cite, standin):
    standin.script(URL, "outage", times=1)
    await cite(URL, OTHER, **DEAD)
    await ledger.work(seconds=3_600)
    sql = "SELECT l.url, k.outcome FROM lookups AS k JOIN links AS l ON l.id = k.link_id ORDER BY k.id"
    assert [tuple(row.values()) for row in ledger.rows(sql)] == [(URL, "failed"), (OTHER, "empty")]
    clock.turn(witness.RETRY)
    await ledger.work()
    assert [tuple(row.values()) for row in ledger.rows(sql)][2:] == [(URL, "empty")]
