"""``scrapy review``: recorded, shown, listed, ended; bad input records nothing."""

import importlib.util
import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from citekeep import clock, database
from tests.forked import forked

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("archive_fixture", ROOT / "tests" / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE, OTHER = "https://news.example/emigration", "https://other.example/story"
WALL, LIVE = "https://wall.example/1", "https://live.example/1"
SNAPSHOT = "https://web.archive.org/web/20220114083015/https://live.example/1"
SAYS = ("--by", "A. Person", "--note", "seen in a browser")


@pytest.fixture
async def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer)
    outcomes = {WALL: {"verdict": "access_denied", "status": 403, "standing": "refused"}}
    await fill.archive(frontier, ARTICLE, cites=[WALL, LIVE], outcomes=outcomes)
    await fill.archive(frontier, OTHER, cites=[LIVE], text="Of something else.")
    await writer.aclose()
    with closing(database.connect(tmp_path / "archive.db")) as connection, connection:
        connection.execute(
            "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality)"
            " SELECT id, 'wayback', ?, '2022-01-14T08:30:15Z', 'cdx', ?, 200, 'verified' FROM links WHERE url = ?",
            (SNAPSHOT, clock.now(), LIVE),
        )
    return tmp_path


def review(folder, *arguments):
    return forked(
        [sys.executable, "-m", "scrapy", "review", *arguments],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "200"}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def ask(folder, sql):
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return connection.execute(sql).fetchall()


async def test_a_review_wins_is_listed_and_can_be_withdrawn(folder):
    done = review(folder, "http://www.wall.example/1/#x", "alive", *SAYS)
    assert (done.returncode, done.stdout) == (0, f"{WALL}: alive, by A. Person.\n"), done.stderr
    assert ask(folder, f"SELECT verdict, standing, reviewed_by FROM link_now WHERE url = '{WALL}'") == [
        ("alive", "alive", "A. Person")
    ]
    assert ask(folder, f"SELECT verdict, reviewed_by FROM link_rot WHERE url = '{WALL}'") == [("alive", "A. Person")]
    (listed,) = json.loads(review(folder, "--list", "--json").stdout)
    assert (listed["url"], listed["verdict"], listed["note"]) == (WALL, "alive", "seen in a browser")
    (other,) = json.loads(review(folder, "--disagreements", "--json").stdout)
    assert (other["judged"], other["reviewed"], other["of_rule"]) == ("access_denied", "alive", 1)
    assert "1 by 1 rule." in review(folder, "--disagreements").stdout
    assert review(folder, WALL, "--withdraw").returncode == 0
    assert ask(folder, f"SELECT verdict, standing FROM link_rot WHERE url = '{WALL}'") == [("access_denied", "refused")]
    assert review(folder, "--list").stdout == "No review is in force.\n"
    assert review(folder, WALL, "--withdraw").returncode == 2
    assert len(ask(folder, "SELECT 1 FROM reviews")) == 1, "what was said is kept"


async def test_no_word_of_anybody_is_markup_of_a_table(folder):
    note = "[/nothing] [link=https://evil.example/]here[/link] [b]"
    assert review(folder, WALL, "alive", "--by", "A. [red] Person", "--note", note).returncode == 0
    for option in ("--list", "--disagreements"):
        done = review(folder, option)
        assert done.returncode == 0, done.stderr
        assert "A. [red] Person" in done.stdout
        assert "[/nothing]" in done.stdout


async def test_a_citation_and_a_snapshot(folder):
    assert review(folder, LIVE, "content drift", "--in", ARTICLE, *SAYS, "--until", "2199-12-31").returncode == 0
    told = f"SELECT article_url, verdict, reviewed_by FROM citation_status WHERE link_url = '{LIVE}' ORDER BY 1"
    assert ask(folder, told) == [(ARTICLE, "content_drift", "A. Person"), (OTHER, "alive", None)]
    assert review(folder, SNAPSHOT.replace("https://web", "http://web"), "rejected", *SAYS).returncode == 0
    assert ask(folder, "SELECT snapshot_url FROM citation_status WHERE snapshot_url IS NOT NULL") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((WALL, "aliv", *SAYS), "is no verdict on a page. Do you mean alive"),
        ((WALL, "verified", *SAYS), "is no verdict on a page"),
        ((WALL, "robots", *SAYS), "is no verdict on a page"),
        ((SNAPSHOT, "alive", *SAYS), "A snapshot is reviewed as verified, rejected, lost"),
        ((WALL, "alive", "--by", "x"), "needs --note"),
        ((WALL, "alive", "--note", "x"), "needs --by"),
        ((WALL, "alive", *SAYS, "--until", "2020-01-01"), "is past"),
        ((WALL, "alive", *SAYS, "--until", "soon"), "is no day"),
        ((WALL, "alive", *SAYS, "--in", OTHER), "does not cite"),
        (("https://never.example/", "alive", *SAYS), "is not in this archive"),
        (("not a url", "alive", *SAYS), "not a url"),
        ((WALL,), "Name a link and a verdict"),
        (("--list", WALL), "Lists take no URL"),
        (("--list", "--disagreements"), "either"),
    ],
)
async def test_bad_input_is_one_sentence_and_records_nothing(folder, arguments, said):
    done = review(folder, *arguments)
    assert done.returncode == 2
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert ask(folder, "SELECT 1 FROM reviews") == []


def test_without_an_archive(tmp_path):
    assert review(tmp_path, "--list").returncode == 4
