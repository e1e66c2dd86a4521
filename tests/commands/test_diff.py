"""``scrapy diff`` and the versions of an article: any two texts that are kept, in any spelling, in every format."""

import asyncio
import importlib.util
import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from lxml import html

from citekeep import database
from tests.forked import forked

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("archive_fixture", ROOT / "tests" / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

CORRECTED = "[/i] Corrected"  # no markup, whatever a terminal's tables may think
ADDED = "https://office.example/correction"
ARTICLE, SOURCE = "https://news.example/emigration", "https://statistics.example/tables/2021"
SNAPSHOT = "https://web.archive.org/web/20210114083015/https://news.example/emigration"
TEXTS = (
    "The town lost fifteen hundred people in 2021.\nThe mayor denied it.\nSo the office said.",
    "The town lost fifteen hundred people in 2021.\nThe mayor denied it.\nSo the office said.",
    "The town lost twelve hundred people in 2021, the office said.\nThe mayor \x1b[31mdenied <b>it</b>.\nCorrected on Tuesday.",
    "The town lost fifteen hundred people in 2021.\nThe mayor denied it.\nSo the office said.",
)
AT = ("2022-01-10T08:00:00Z", "2022-01-11T08:00:00Z", "2022-02-01T08:00:00Z", "2022-03-01T08:00:00Z")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("diff")
    asyncio.run(fill_archive(path))
    return path


async def fill_archive(path):
    writer = database.Writer(path / "archive.db")
    _, frontier = fill.begin(writer)
    for number, (text, at) in enumerate(zip(TEXTS, AT, strict=True)):
        title, cites = (CORRECTED, [SOURCE, ADDED]) if number == 2 else ("A title", [SOURCE])
        told = {
            ARTICLE: {
                "extracted": fill.extraction(text, cites=cites, title=title),
                "checked_at": at,
                "body": f"{number}",
            }
        }
        await fill.archive(frontier, ARTICLE, cites=cites, outcomes=told)
        writer.run_sync(lambda c: c.execute("UPDATE links SET next_check_at = '2020-01-01T00:00:00Z' WHERE id = 1"))
    await writer.aclose()
    with closing(database.connect(path / "archive.db")) as connection, connection:
        connection.execute(
            "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality, document_id)"
            " VALUES (1, 'wayback', ?, '2021-01-14T08:30:15Z', 'cdx', '2022-03-01T08:00:00Z', 200, 'verified', 1)",
            (SNAPSHOT,),
        )


def diff(folder, *arguments):
    return forked(
        [sys.executable, "-m", "scrapy", "diff", *arguments],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "160"}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_the_versions_of_an_article(folder):
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        found = connection.execute(
            "SELECT version, first_seen_at, last_seen_at, readings, title, title_before, seen_before FROM article_versions"
        ).fetchall()
    assert found == [
        (1, AT[0], AT[1], 2, "A title", None, 0),
        (2, AT[2], AT[2], 1, CORRECTED, "A title", 0),
        (1, AT[3], AT[3], 1, "A title", CORRECTED, 1),
    ]


def test_a_list_of_what_is_kept(folder):
    done = diff(folder, "news.example/emigration", "--list", "--format", "json")
    assert done.returncode == 0, done.stderr
    kept = json.loads(done.stdout)
    assert [one["at"] for one in kept] == ["2021-01-14T08:30:15Z", *AT]
    assert (kept[0]["kind"], kept[0]["url"]) == ("snapshot", SNAPSHOT)
    table = diff(folder, ARTICLE, "--list").stdout
    assert "as before" in table
    assert CORRECTED in table


def test_two_times_in_a_terminal(folder):
    done = diff(folder, ARTICLE, "2022-01", "2022-02")
    assert done.returncode == 0, done.stderr
    assert "[-fifteen-] {+twelve+} hundred people" in done.stdout
    assert f"The title was “A title” and is “{CORRECTED}”." in done.stdout
    assert "\x1b" not in done.stdout


def test_two_versions_by_their_numbers_with_the_links_that_came_and_went(folder):
    told = json.loads(diff(folder, ARTICLE, "version:1", "version:2", "--format", "json").stdout)
    assert (told["from"]["at"], told["to"]["at"]) == (AT[0], AT[2])
    assert told["links"] == {"added": [ADDED], "removed": []}
    shown = diff(folder, ARTICLE, "version:2", "last").stdout
    assert f"Links removed: {ADDED}." in shown
    assert "version 2" in shown
    assert "(version 2)" in diff(folder, ARTICLE, "--list").stdout


def test_a_snapshot_and_a_check_as_json(folder):
    names = [one["name"] for one in json.loads(diff(folder, ARTICLE, "--list", "--format", "json").stdout)]
    for version in (SNAPSHOT, names[0], "first"):
        told = json.loads(diff(folder, ARTICLE, version, names[3], "--format", "json").stdout)
        assert (told["from"]["at"], told["to"]["at"]) == ("2021-01-14T08:30:15Z", AT[2])
        assert told["title_changed"] is True
        assert {"similarity", "method", "words_gained", "words_lost"} <= set(told)
        assert told["lost"]["fifteen"] == 1
    same = diff(folder, ARTICLE)
    assert "The text is the same, word for word." in same.stdout, "the first and the last are"


def test_a_page_that_stands_alone_and_a_unified_diff(folder):
    tree = html.fromstring(diff(folder, ARTICLE, "first", "2022-02", "--format", "html").stdout)
    assert not tree.xpath("//script | //link | //img | //b")
    assert [one.text.strip() for one in tree.xpath("//del")][:1] == ["fifteen"]
    assert "denied <b>it</b>" in tree.text_content()
    lines = diff(folder, ARTICLE, "first", "2022-02", "--format", "diff").stdout.splitlines()
    assert lines[0].startswith("--- snapshot:1")
    assert "-So the office said." in lines
    assert "+Corrected on Tuesday." in lines


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["https://never.example/"], "is not in this archive"),
        ([SOURCE], "There is nothing to compare"),
        ([ARTICLE, "yesterday"], "names no version"),
        ([ARTICLE, "2026-13"], "names no version"),
        ([ARTICLE, "2026-11-23T10:00:00Z9"], "names no version"),
        ([ARTICLE, "2019"], "No text was seen by 2019"),
        ([ARTICLE, "version:9"], "There is no version:9: the last is version:2"),
        ([ARTICLE, "cited"], "No snapshot that was read back"),
        ([ARTICLE, "a", "b", "c"], "Name one URL"),
        ([ARTICLE, "first", "--list"], "--list takes one URL"),
        (["javascript:alert(1)"], ""),
    ],
)
def test_bad_input_is_told_in_a_sentence(folder, arguments, said):
    done = diff(folder, *arguments)
    assert done.returncode == 2
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_without_an_archive(tmp_path):
    assert diff(tmp_path, ARTICLE).returncode == 4
