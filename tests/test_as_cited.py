"""Which snapshot shows what was cited: nearest to the day of the citation, read back first, before rather than after."""

import importlib.util
import sqlite3
from pathlib import Path

import pytest

from citekeep import clock, database
from citekeep.wayback import memento_rows

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE, LINK = "https://news.example/emigration", "https://gone.example/1"
FOUND_LATER, GUESSED = "https://news.example/undated", "https://news.example/guessed"


@pytest.fixture
async def connection(tmp_path, monkeypatch):
    """Three articles that cite LINK: one published on 2022-01-13, one without a date, one whose date is a guess."""
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer)
    await fill.archive(frontier, ARTICLE, cites=[LINK], published_on="2022-01-13", published_basis="meta")
    await fill.archive(frontier, FOUND_LATER, cites=[LINK], text="Another.")
    guessed = {"published_on": "2024-01-01", "published_basis": "guess"}
    await fill.archive(frontier, GUESSED, cites=[LINK], text="A third.", **guessed)
    await writer.aclose()
    connection = database.connect(tmp_path / "archive.db")
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture
def holds(connection):
    """Let an archive hold a memento of LINK, taken at noon of a day; return its URL."""

    def hold(day, quality="unread", status=200, service="wayback"):
        at = f"{day}T12:00:00Z"
        address = f"https://{service}.example/{clock.stamp14(at)}/{LINK}"
        connection.execute(
            "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality)"
            " SELECT id, ?, ?, ?, 'cdx', ?, ?, ? FROM links WHERE url = ?",
            (service, address, at, clock.now(), status, quality, LINK),
        )
        return address

    return hold


def as_cited(connection, article=ARTICLE):
    (row,) = connection.execute("SELECT * FROM as_cited WHERE article_url = ?", (article,)).fetchall()
    return dict(row)


def days(row):
    """Return the days of the snapshot as cited, of the one after, and of the newest."""
    return [row[name] and row[name][:10] for name in ("snapshot_at", "after_at", "newest_at")]


def link_id(connection):
    return connection.execute("SELECT id FROM links WHERE url = ?", (LINK,)).fetchone()[0]


def chosen(connection):
    """Return the day of the memento that the ledger would read back for ARTICLE's citation."""
    memento_rows.choose_as_cited(connection, link_id(connection))
    row = connection.execute(
        "SELECT m.memento_at FROM citations AS ci JOIN mementos AS m ON m.id = ci.as_cited_memento_id"
        " JOIN citation_dates AS d ON d.citation_id = ci.id WHERE d.cited_on = '2022-01-13'"
    ).fetchone()
    return row and row[0][:10]


def test_without_a_snapshot_there_is_still_a_row(connection, holds):
    holds("2022-01-13", status=404)
    holds("2022-01-13", status=301, service="other")
    holds("2022-01-14", "rejected")
    row = as_cited(connection)
    assert (row["link_url"], row["cited_on"], row["cited_on_basis"]) == (LINK, "2022-01-13", "published")
    assert days(row) == [None, None, None]
    assert row["gap_days"] is row["snapshot_state"] is row["service"] is None
    assert chosen(connection) is None


def test_the_nearest_with_its_gap_the_next_one_after_and_the_newest(connection, holds):
    for day in ("2021-06-01", "2022-01-15", "2022-02-20", "2026-05-01"):
        holds(day)
    row = as_cited(connection)
    assert days(row) == ["2022-01-15", "2022-01-15", "2026-05-01"]
    assert (row["gap_days"], row["after_gap_days"]) == (2, 2)
    assert [row["snapshot_state"], row["after_state"], row["newest_state"]] == ["unread"] * 3


@pytest.mark.parametrize(
    ("before", "after", "nearest", "gap"),
    [
        ("2022-01-13", "2022-01-14", "2022-01-13", 0),
        ("2021-12-14", "2022-01-14", "2021-12-14", -30),
        ("2021-12-13", "2022-01-14", "2022-01-14", 1),
        ("2021-12-13", "2022-03-01", "2021-12-13", -31),
    ],
)
def test_one_from_before_goes_first_while_it_is_at_most_30_days_old(connection, holds, before, after, nearest, gap):
    holds(before)
    holds(after)
    row = as_cited(connection)
    assert (days(row)[0], row["gap_days"]) == (nearest, gap)
    assert days(row)[1] == after
    assert chosen(connection) == nearest


def test_what_was_read_back_is_shown_and_what_is_nearer_is_read_next(connection, holds):
    holds("2022-01-13")
    read = holds("2023-05-01", "verified")
    row = as_cited(connection)
    assert (row["snapshot_url"], row["snapshot_state"], row["gap_days"]) == (read, "verified", 473)
    assert chosen(connection) == "2022-01-13"
    connection.execute("UPDATE mementos SET quality = 'verified'")
    assert days(as_cited(connection)) == ["2022-01-13", "2023-05-01", "2023-05-01"]


def test_an_identical_copy_counts_as_read_back_and_a_person_outranks_all(connection, holds):
    holds("2022-01-13")
    identical = holds("2022-02-13", "identical")
    assert as_cited(connection)["snapshot_url"] == identical
    connection.execute(
        "INSERT INTO reviews (memento_id, quality, by, made_at) SELECT id, 'rejected', 'a person', ? FROM mementos"
        " WHERE memento_url = ?",
        (clock.now(), identical),
    )
    row = as_cited(connection)
    assert (days(row)[0], row["snapshot_state"], row["after_at"]) == ("2022-01-13", "unread", None)


def test_a_snapshot_that_is_lost_or_rejected_is_not_chosen_again(connection, holds):
    holds("2022-01-13", "lost")
    holds("2022-01-14", "rejected")
    holds("2022-02-01")
    assert chosen(connection) == "2022-02-01"
    connection.execute("UPDATE mementos SET quality = 'rejected'")
    assert chosen(connection) == "2022-02-01", "the last choice stays, to be told of"
    assert days(as_cited(connection)) == [None, None, None]


def test_archives_stand_side_by_side(connection, holds):
    holds("2022-02-20")
    other = holds("2022-01-10", service="other")
    row = as_cited(connection)
    assert (row["snapshot_url"], row["service"], row["gap_days"]) == (other, "other", -3)
    nearest = memento_rows.nearest_page(connection, link_id(connection), "wayback")
    assert nearest.at[:10] == "2022-02-20", "a wish rests on a memento of its own service"


def test_each_citation_has_its_own_day(connection, holds):
    holds("2022-01-13", "verified")
    today = clock.now()[:10]
    row = as_cited(connection, FOUND_LATER)
    assert (row["cited_on"], row["cited_on_basis"], row["cited_on_earliest"]) == (today, "first_seen", None)
    assert row["gap_days"] < -1_000
    row = as_cited(connection, GUESSED)
    assert (row["cited_on"], row["cited_on_basis"]) == ("2024-01-01", "guess")
    assert (row["cited_on_earliest"], row["cited_on_latest"]) == ("2024-01-01", today)
    holds(today, "verified")
    assert days(as_cited(connection))[0] == "2022-01-13"
    assert as_cited(connection, FOUND_LATER)["gap_days"] == 0


def test_as_cited_is_said_only_where_citation_and_snapshot_lie_close_whenever_it_was_made(connection, holds):
    def said(article=ARTICLE):
        return as_cited(connection, article)["snapshot_said"]

    assert said() is None
    holds("2022-02-12")
    assert said() == "as cited"
    connection.execute("UPDATE settings SET value = 29")
    assert said() == "nearest known"
    connection.execute("UPDATE settings SET value = 30")
    connection.execute("UPDATE citations SET cited_on_earliest = '2022-01-12' WHERE cited_on_basis = 'published'")
    assert said() == "nearest known", "the citation may be a day older"
    holds("2022-01-13")
    assert said() == "as cited"
    connection.execute("UPDATE citations SET cited_on_latest = '2022-02-12' WHERE cited_on_earliest = '2022-01-12'")
    assert said() == "nearest known", "an interval of 31 days"
    holds(clock.now()[:10], service="other")
    assert said(FOUND_LATER) == "nearest known", (
        "of the day when it was first seen, but who knows since when it is there"
    )
    holds("2024-01-01")
    assert as_cited(connection, GUESSED)["gap_days"] == 0
    assert said(GUESSED) == "nearest known", "a guess"


def test_of_what_nothing_cites_the_newest_is_taken(connection, holds):
    holds("2022-01-13")
    holds("2022-01-14")
    connection.execute("UPDATE mementos SET link_id = (SELECT id FROM links WHERE url = ?)", (ARTICLE,))
    (article,) = connection.execute("SELECT id FROM links WHERE url = ?", (ARTICLE,)).fetchone()
    assert memento_rows.nearest_page(connection, article, "wayback").at[:10] == "2022-01-14"
    assert memento_rows.cited_on(connection, article) is None
    assert memento_rows.nearest_page(connection, link_id(connection), "wayback") is None


def test_the_examples_dead_link_shows_its_page_of_2022_and_not_the_parked_one(example):
    (row,) = example.rows("select * from as_cited where link_url like '%uralwire.test%'")
    assert (row["cited_on"], row["cited_on_basis"]) == ("2022-01-13", "published")
    assert (row["snapshot_at"], row["gap_days"]) == ("2022-01-14T08:30:15Z", 1)
    assert row["snapshot_state"] in {"verified", "identical"}
    (seen,) = example.rows("select * from witness where url like '%uralwire.test%'")
    assert seen["captures"] >= 2
    assert seen["first_good_at"] <= row["snapshot_at"] <= seen["last_good_at"]
    assert row["snapshot_said"] == "as cited"


def test_the_examples_later_article_was_cited_after_the_article_was_published(example):
    (row,) = example.rows("select * from as_cited where link_url like '%five-million-departures-revisited'")
    today = example.rows("select max(substr(checked_at, 1, 10)) as day from checks")[0]["day"]
    assert (row["cited_on_basis"], row["cited_on_earliest"], row["cited_on_latest"]) == (
        "later_link",
        "2025-11-08",
        today,
    )
    assert row["cited_on"] == "2025-11-08"
    assert row["snapshot_said"] in {None, "nearest known"}
