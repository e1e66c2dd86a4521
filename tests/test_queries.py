"""The questions of queries/ against an archive that was filled through the frontier, and what the browser shows."""

import importlib.util
import json
import sqlite3
from pathlib import Path

import pytest

from citekeep import clock, database, dictionary
from web import browse
from web.metadata import metadata, queries, question

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE = "https://news.example/emigration"
DEAD, WALL, LIVE = "https://gone.example/1", "https://wall.example/1", "https://live.example/1"


@pytest.fixture
async def connection(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer)
    outcomes = {
        DEAD: {"verdict": "not_found", "status": 404, "standing": "dead", "wish": "lookup"},
        WALL: {"verdict": "access_denied", "status": 403, "standing": "refused"},
    }
    dated = {"published_on": "2022-01-13", "published_basis": "meta"}
    await fill.archive(frontier, ARTICLE, cites=[DEAD, WALL, LIVE], outcomes=outcomes, **dated)
    await fill.archive(frontier, "https://other.example/story", cites=[LIVE], text="Of something else.")
    await writer.aclose()
    connection = database.connect(tmp_path / "archive.db")
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


def add_memento(connection, url, at, quality="unread", status=200):
    address = f"https://web.archive.org/web/{clock.stamp14(at)}/{url}"
    connection.execute(
        "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality)"
        " SELECT id, 'wayback', ?, ?, 'cdx', ?, ?, ? FROM links WHERE url = ?",
        (address, at, clock.now(), status, quality, url),
    )
    return address


def ask(connection, name, **values):
    sql = queries()[name]["sql"]
    return [dict(row) for row in connection.execute(sql, {"words": None} | values)]


def test_questions_in_plain_words():
    assert len(queries()) >= 7
    for name, query in queries().items():
        assert query["title"].partition("?")[1], name
        assert query["sql"].startswith("-- " + query["title"][:20]), name


async def test_no_longer_there(connection):
    (row,) = ask(connection, "no_longer_there")
    assert (row["link_url"], row["standing"], row["snapshot_state"]) == (DEAD, "dead", "wanted")


async def test_nowhere_archived(connection):
    found = {row["link_url"]: row["citing_articles"] for row in ask(connection, "nowhere_archived")}
    assert found == {DEAD: 1, WALL: 1, LIVE: 2}
    add_memento(connection, DEAD, "2022-01-14T10:00:00Z")
    assert DEAD not in {row["link_url"] for row in ask(connection, "nowhere_archived")}


async def test_rot_by_year(connection):
    first, second = ask(connection, "rot_by_year")
    assert first == {
        "year": "2022", "links": 3, "answer": 1, "look_gone": 1, "held_for_dead": 1, "refuse_us": 1, "not_known": 0,
    }  # fmt: skip
    assert (second["year"], second["answer"]) == ("no date", 1)


async def test_most_cited_sites(connection):
    found = ask(connection, "most_cited_sites")
    assert found[0] | {"last_checked_at": ""} == {
        "site": "live.example", "citing_articles": 2, "links": 1, "answer": 1, "last_checked_at": "",
    }  # fmt: skip
    assert len(found) == 3


async def test_search(connection):
    assert [row["url"] for row in ask(connection, "search", words="emigra*")] == [ARTICLE]
    assert ask(connection, "search") == ask(connection, "search", words="journalis* OR журналист*")
    assert ask(connection, "search", words="nothing") == []


async def test_the_snapshot_of_a_citation_is_the_good_one_nearest_to_its_date(connection):
    def shown():
        row = connection.execute("SELECT * FROM citation_status WHERE link_url = ?", (DEAD,)).fetchone()
        return row["snapshot_url"], row["snapshot_state"]

    add_memento(connection, DEAD, "2023-05-01T00:00:00Z", "rejected")
    add_memento(connection, DEAD, "2022-01-13T00:00:00Z", status=404)
    assert shown() == (None, "wanted")
    parked = add_memento(connection, DEAD, "2023-06-01T00:00:00Z")
    assert shown() == (parked, "unread")
    near = add_memento(connection, DEAD, "2022-01-14T00:00:00Z")
    assert shown() == (near, "unread")
    read = add_memento(connection, DEAD, "2022-03-01T00:00:00Z", "verified")
    assert shown() == (read, "verified")
    connection.execute("UPDATE mementos SET quality = 'verified' WHERE memento_url = ?", (near,))
    assert shown() == (near, "verified")
    connection.execute(
        "INSERT INTO reviews (memento_id, quality, by, made_at) SELECT id, 'rejected', 'a person', ? FROM mementos"
        " WHERE memento_url = ?",
        (clock.now(), near),
    )
    assert shown() == (read, "verified")


async def test_a_person_outranks_the_machine_while_the_review_is_in_force(connection):
    def verdicts():
        one = connection.execute("SELECT verdict, standing FROM link_rot WHERE url = ?", (WALL,)).fetchone()
        two = connection.execute("SELECT verdict FROM citation_status WHERE link_url = ?", (WALL,)).fetchone()
        return (*one, *two)

    machine = verdicts()
    assert machine[1] == "refused"
    review = "INSERT INTO reviews (link_id, verdict, by, made_at, until) SELECT id, ?, 'a person', ?, ? FROM links WHERE url = ?"
    connection.execute(review, ("not_found", clock.now(), "2020-01-01T00:00:00Z", WALL))
    assert verdicts() == machine
    connection.execute(review, ("alive", clock.now(), None, WALL))
    assert verdicts() == ("alive", "alive", "alive")


def test_the_browser_shows_the_dictionary_and_the_questions():
    shown = metadata("archive")["databases"]["archive"]
    assert {name for name, table in shown["tables"].items() if not table.get("hidden")} == set(dictionary.TABLES)
    assert shown["tables"]["link_rot"]["columns"]["strikes"]
    assert set(shown["queries"]) == {path.stem for path in (browse.ROOT / "queries").glob("*.sql")}
    json.dumps(shown)
    line = browse.command(Path("archive.db"), Path("metadata.json"), [])
    assert "--immutable" not in line
    assert line[line.index("--host") + 1] == "127.0.0.1"
    assert line[line.index("allow_download") + 1] == "off"


def test_a_question_is_the_first_comment_alone():
    assert question("-- Which\n-- ones?\nSELECT 1 -- not this\n") == "Which ones?"
