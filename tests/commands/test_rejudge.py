"""``scrapy rejudge``: what is stored is judged anew from its WARCs; earlier rows stay, nobody is asked."""

import asyncio
import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from citekeep import database
from citekeep.rejudging import rows
from citekeep.rejudging.run import Place, Rejudging, Terms
from citekeep.schedule import Rules
from citekeep.verdicts.table import RULES_VERSION
from citekeep.workers import Workers
from tests.forked import forked
from tests.running import copy_of

ROOT = Path(__file__).resolve().parents[2]

OLDER = f"""
UPDATE judgements SET rules_version = {RULES_VERSION - 1};
UPDATE documents SET extractor_version = 'an older one', title = 'Of an older extractor';
"""
WRONG = """
UPDATE judgements SET verdict = 'not_found', evidence = '{"rule": "a_hasty_rule", "matched": "?", "where": "text"}'
WHERE verdict = 'alive';
UPDATE links SET standing = 'doubtful', strikes = 1, last_strike_at = (
    SELECT checked_at FROM checks WHERE id = last_check_id), next_check_at = '2031-01-01T00:00:00Z'
WHERE standing = 'alive';
"""
SEEN = """
SELECT l.url, j.verdict, j.flags, j.evidence, l.standing, l.strikes, l.alive_until, l.dead_by, d.title, t.text_sha256
FROM checks AS c JOIN links AS l ON l.id = c.link_id
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
LEFT JOIN documents AS d ON d.id = c.document_id LEFT JOIN texts AS t ON t.id = d.text_id
ORDER BY c.id
"""
CITED = "SELECT link_id, sentence, kind, fingerprint FROM citations ORDER BY id"


@pytest.fixture(scope="module")
def archived(tmp_path_factory, example):
    return copy_of(example, tmp_path_factory.mktemp("rejudge") / "data").folder


@pytest.fixture
def older(archived, tmp_path):
    """An archive that older rules judged and an older extractor read; alive pages were judged wrong."""
    folder = tmp_path / "older"
    shutil.copytree(archived, folder)
    change(folder, OLDER + WRONG)
    return folder


def change(folder, script):
    with closing(database.connect(folder / "archive.db")) as connection, connection:
        connection.executescript(script)


def ask(folder, sql):
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        found = connection.execute(sql).fetchall()
    return [tuple(json.loads(cell) if str(cell).startswith("{") else cell for cell in row) for row in found]


def rejudge(folder, *arguments):
    return forked(
        [sys.executable, "-m", "scrapy", "rejudge", *arguments],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "200"}, capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip


def test_what_older_rules_judged_is_judged_as_a_check_of_today_judged_it(archived, older):
    before, documents = ask(older, SEEN), ask(older, "SELECT count(*) FROM documents")
    dry = rejudge(older, "--dry-run")
    assert (dry.returncode, ask(older, SEEN)) == (0, before), dry.stderr
    assert "would be changed" in dry.stdout

    done = rejudge(older, "--json")
    assert done.returncode == 0, done.stderr
    assert ask(older, SEEN) == ask(archived, SEEN)
    assert ask(older, CITED) == ask(archived, CITED)
    told = json.loads(done.stdout)
    wrong = [row for row in before if row[3]["rule"] == "a_hasty_rule"]
    assert told["changed"] == len(wrong) == len(told["changes"]) > 0
    assert told["standings"] == [{"before": "doubtful", "now": "alive", "links": len(wrong)}]
    assert {change["before_rule"] for change in told["changes"]} == {"a_hasty_rule"}
    assert ask(older, "SELECT DISTINCT before_rule, before_verdict FROM judgement_changes") == [
        ("a_hasty_rule", "not_found")
    ]
    assert ask(older, "SELECT count(*) FROM documents WHERE title = 'Of an older extractor'") == documents, (
        "none is lost"
    )

    again = rejudge(older)
    assert again.stdout == "Everything that is stored is judged by the rules of today.\n"


def test_an_article_that_older_rules_did_not_see_gets_its_text_its_date_and_its_citations(archived, tmp_path):
    folder = tmp_path / "unseen"
    shutil.copytree(archived, folder)
    change(
        folder,
        f"""
        PRAGMA foreign_keys = OFF;
        UPDATE judgements SET rules_version = {RULES_VERSION - 1};
        UPDATE judgements SET verdict = 'soft_404' WHERE check_id IN (
            SELECT c.id FROM checks AS c JOIN articles AS a ON a.link_id = c.link_id);
        UPDATE articles SET last_document_id = NULL, published_text = NULL, published_on = NULL, published_at = NULL,
            published_basis = NULL;
        DELETE FROM citations;
        DELETE FROM passages;
        DELETE FROM versions;
        """,
    )
    assert rejudge(folder).returncode == 0
    for what in (
        "SELECT last_document_id, published_on, published_at, published_basis FROM articles",
        "SELECT link_id, sentence, kind, fingerprint, cited_on_earliest, cited_on_latest FROM citations ORDER BY position",
        "SELECT text_id, title, links FROM versions",
    ):
        assert ask(folder, what) == ask(archived, what) != []


def test_an_older_archive_is_brought_up_to_date_by_it_and_not_by_a_dry_run(archived, tmp_path):
    folder = tmp_path / "older-schema"
    shutil.copytree(archived, folder)
    change(folder, "DELETE FROM _sqlite_migrations WHERE name LIKE 'm0019%'; DROP INDEX sites_wanted;"
        "ALTER TABLE sites DROP COLUMN wanted_at; ALTER TABLE sites DROP COLUMN rest_ms;")  # fmt: skip
    dry = rejudge(folder, "--dry-run")
    assert (dry.returncode, "`scrapy health` brings it up to date" in dry.stderr) == (4, True)
    assert rejudge(folder).returncode == 0
    assert rejudge(folder, "--dry-run").returncode == 0


def test_a_link_of_which_nothing_changed_is_due_when_it_was(archived, older):
    change(older, "UPDATE links SET next_check_at = '2030-05-05T05:05:05Z' WHERE standing <> 'doubtful'")
    assert rejudge(older).returncode == 0
    left = ask(older, "SELECT count(*) FROM links WHERE next_check_at = '2030-05-05T05:05:05Z'")
    assert left == ask(archived, "SELECT count(*) FROM links WHERE standing NOT IN ('doubtful', 'alive')")
    assert ask(older, "SELECT count(*) FROM links WHERE next_check_at > '2030-12-31'") == [(0,)]


def test_what_people_said_and_our_own_outages_stay(older):
    change(
        older,
        "INSERT INTO reviews (link_id, verdict, by, made_at) SELECT id, 'soft_404', 'A. Person', '2026-01-01T00:00:00Z'"
        " FROM links WHERE id = 3;"
        'UPDATE judgements SET verdict = \'local\', evidence = \'{"rule": "own_outage", "was": {}}\' WHERE check_id = 2;',
    )
    assert rejudge(older).returncode == 0
    assert ask(older, "SELECT verdict, reviewed_by FROM link_now WHERE link_id = 3") == [("soft_404", "A. Person")]
    assert ask(older, "SELECT rules_version, verdict FROM judgements WHERE check_id = 2") == [
        (RULES_VERSION - 1, "local")
    ]


def test_a_damaged_record_and_a_lost_file_are_told_and_leave_the_judgement(older):
    name, offset, check_id, url = ask(
        older,
        "SELECT w.name, p.offset, p.check_id, l.url FROM captures AS p JOIN warcs AS w ON w.id = p.warc_id"
        " JOIN checks AS c ON c.id = p.check_id JOIN links AS l ON l.id = c.link_id WHERE p.body_sha256 = c.body_sha256"
        " AND c.document_id IS NOT NULL"
        " ORDER BY p.id DESC LIMIT 1",
    )[0]
    with (older / "warcs" / name).open("r+b") as stream:
        stream.seek(offset + 40)
        stream.write(b"\0" * 40)
    done = rejudge(older)
    assert done.returncode == 5
    assert "1 check could not be read again" in done.stdout
    assert url[:40] in done.stdout
    assert ask(older, f"SELECT max(rules_version) FROM judgements WHERE check_id = {check_id}") == [
        (RULES_VERSION - 1,)
    ]
    kept = f"SELECT count(DISTINCT check_id) FROM judgements WHERE rules_version = {RULES_VERSION - 1}"
    assert ask(older, kept)[0][0] > 1

    change(older, f"DELETE FROM judgements WHERE rules_version = {RULES_VERSION}")
    shutil.rmtree(older / "warcs")
    done = rejudge(older, "--json")
    assert done.returncode == 5
    assert all("cannot be read" in one["why"] for one in json.loads(done.stdout)["damaged"])


@pytest.mark.parametrize("after", [1, 2, 3])
async def test_stopped_after_any_check_the_next_run_goes_on(archived, older, after):
    await run(older, stop_after=after)
    assert rows_left(older) > 0
    await run(older)
    assert rows_left(older) == 0
    assert ask(older, SEEN) == ask(archived, SEEN)


def rows_left(folder):
    with closing(database.connect(folder / "archive.db", read_only=True)) as connection:
        return rows.count_outdated(connection)[0]


async def run(folder, stop_after=None):
    stop = asyncio.Event()
    terms = Terms(
        place=Place(database=folder / "archive.db", warcs=folder / "warcs", body_max=20 * 2**20),
        rules=Rules(), citations_limit=5_000, redirects_most=10,
    )  # fmt: skip
    workers, writer = Workers(count=1), database.Writer(folder / "archive.db")

    def told(summary):
        if summary.checks == stop_after:
            stop.set()

    try:
        with closing(database.connect(folder / "archive.db", read_only=True)) as connection:
            await Rejudging(connection, writer, workers, terms, stop=stop, told=told).run()
    finally:
        await workers.close()
        await writer.aclose()


def test_bad_input_is_one_sentence(tmp_path):
    assert rejudge(tmp_path, "https://a.example/").returncode == 2
    missing = rejudge(tmp_path)
    assert (missing.returncode, missing.stderr.count("\n")) == (4, 1)
