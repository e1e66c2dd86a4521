"""What archive.db says of passages, then and now."""

import importlib.util
import json
import sqlite3
from pathlib import Path

import pytest

from citekeep import clock, database, record_passages
from citekeep.wayback import verify
from citekeep.wayback.replay import Replayed

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE, LINK = "https://news.example/emigration", "https://cited.example/count"
SENTENCE = "At least 1,500 activists left Russia, said Lev Gudkov."
THEN = "In 2021 at least 1,547 activists left Russia for Georgia, the sociologist Lev Gudkov said in an interview."
CASINO = "Welcome to the best online casino with hundreds of slots, roulette and live dealers, play now and win big."
LATER = 5 * 86_400


@pytest.fixture
async def archive(tmp_path, monkeypatch):
    """A writer, its frontier, and ``check``, which records one more check of the link."""
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    monkeypatch.setattr(clock, "_offset", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer)

    class Archive:
        cites = (fill.citation(LINK, sentence=SENTENCE, anchor="activists left Russia"),)

        async def article(self, url=ARTICLE, **link):
            outcomes = {LINK: {"extracted": fill.extraction(THEN, title="A count"), **link}}
            await fill.archive(frontier, url, cites=self.cites, outcomes=outcomes)

        async def check(self, text=None, **more):
            clock.turn(LATER)
            await frontier.add_links([LINK], public=True)
            (lease,) = await frontier.claim(1)
            extracted = fill.extraction(text) if text else None
            result = fill.result(lease, lease.links[0], frontier, extracted=extracted, body=text, **more)
            (told,) = await frontier.record([result])
            await frontier.release(lease)
            return told

        def rows(self, sql, *values):
            connection = database.connect(writer.path)
            connection.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in connection.execute(sql, values)]
            finally:
                connection.close()

        def now(self):
            (row,) = self.rows("SELECT * FROM passage_now")
            return row

        def run(self, function, *arguments):
            return writer.run_sync(function, *arguments)

    yield Archive()
    await writer.aclose()


async def test_what_is_there_and_what_is_no_longer(archive):
    await archive.article()
    row = archive.now()
    assert (row["now_answer"], row["then_answer"], row["then_reason"]) == ("present", "not_comparable", "no_snapshot")
    assert row["said"] == "there now"
    await archive.check(CASINO)
    row = archive.now()
    assert (row["then_answer"], row["then_basis"], row["now_answer"]) == ("present", "own_check", "absent")
    assert row["said"] == "no longer there"
    assert "Lev Gudkov" in json.loads(row["now_missing"])
    (similar,) = archive.rows("SELECT similarity FROM checks WHERE link_id = 2 ORDER BY id DESC LIMIT 1")
    assert similar["similarity"] == 0


async def test_a_row_is_added_where_something_changed(archive):
    await archive.article()
    await archive.check(THEN)
    await archive.check(THEN + " More was said.")
    assert len(archive.rows("SELECT id FROM passages")) == 1
    row = archive.now()
    (last,) = archive.rows("SELECT max(checked_at) AS at FROM checks")
    assert (row["now_at"], row["said"]) == (last["at"], "there now")
    assert [r["similarity"] for r in archive.rows("SELECT similarity FROM checks WHERE link_id = 2")] == [None, 1, 1]
    await archive.check(THEN.replace("1,547", "900"))
    assert archive.now()["said"] == "part of it is missing now"


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        ({"verdict": "not_found", "status": 404, "standing": "doubtful"}, "gone", "it was there; the page is gone"),
        (
            {"verdict": "bot_wall", "status": 403, "standing": "refused"},
            "refused",
            "it was there; now it cannot be told",
        ),
        (
            {"verdict": "timeout", "status": None, "standing": "doubtful"},
            "failed",
            "it was there; now it cannot be told",
        ),
    ],
)
async def test_a_page_that_is_not_seen_is_never_said_to_lack_anything(archive, outcome, reason, said):
    await archive.article()
    await archive.check(**outcome)
    row = archive.now()
    assert (row["now_answer"], row["now_reason"], row["said"]) == ("not_comparable", reason, said)


async def test_what_was_not_asked_says_nothing(archive):
    await archive.article()
    before = archive.now()
    await archive.check(verdict="robots", status=None, standing="alive", reason="robots")
    assert archive.now() == before


async def test_behind_a_paywall_nothing_is_missing(archive):
    await archive.article()
    await archive.check("The beginning of a story that only subscribers may read.", verdict="alive_restricted")
    assert archive.now()["now_reason"] == "part_read"


async def test_a_citation_that_came_after_the_check_of_its_link(archive):
    await archive.article()
    archive.cites = (fill.citation(LINK, sentence="Lev Gudkov spoke of 9,000 people.", anchor="9,000 people"),)
    await archive.article("https://other.example/story")
    found = archive.rows("SELECT article_url, now_answer FROM passage_now ORDER BY article_url")
    assert [(row["article_url"], row["now_answer"]) for row in found] == [
        (ARTICLE, "present"), ("https://other.example/story", "partly"),
    ]  # fmt: skip


async def test_the_snapshot_as_cited_speaks_for_then(archive):
    await archive.article()
    url = "https://web.archive.org/web/20220113000000/" + LINK

    def add(connection):
        connection.execute(
            "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, quality)"
            " VALUES (2, 'wayback', ?, '2022-01-13T00:00:00Z', 'cdx', ?, 'unread')",
            (url, clock.now()),
        )

    archive.run(add)
    assert archive.now()["then_reason"] == "not_read"
    unread = verify.Unread(
        memento_id=1, link_id=2, memento_url=url, memento_at="2022-01-13T00:00:00Z", url=LINK, quality="unread", tries=0,
        words=(), text=None,
    )  # fmt: skip
    outcome = verify.Outcome(
        quality="verified", reason="alive", next_verify_at=None, extraction=fill.extraction(CASINO),
        replayed=Replayed(at="2022-01-13T00:00:00Z", url=LINK, status=200, body=b"x"),
    )  # fmt: skip
    archive.run(verify.keep, unread, outcome)
    row = archive.now()
    assert (row["then_answer"], row["then_basis"], row["then_url"]) == ("absent", "memento", url)
    assert row["said"] == "there now"


async def test_a_snapshot_that_is_identical_shows_what_we_saw(archive):
    await archive.article()

    def add(connection):
        connection.execute(
            "UPDATE captures SET body_sha1 = 'ABC' WHERE check_id IN (SELECT id FROM checks WHERE link_id = 2)"
        )
        connection.execute(
            "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, digest)"
            " VALUES (2, 'wayback', 'https://web.archive.org/web/1/x', '2022-01-13T00:00:00Z', 'cdx', ?, 'ABC')",
            (clock.now(),),
        )
        return verify.note_identical(connection, "wayback")

    assert archive.run(add) == 1
    row = archive.now()
    assert (row["then_answer"], row["then_basis"], row["said"]) == ("present", "memento", "still there")


async def test_links_that_thousands_cite_cost_little(archive, monkeypatch):
    monkeypatch.setattr(record_passages, "_CITATIONS", record_passages._CITATIONS.replace("LIMIT 200", "LIMIT 2"))
    archive.cites = tuple(
        fill.citation(LINK, sentence=f"{SENTENCE} {n}", anchor=f"says {n}", position=n) for n in range(5)
    )
    await archive.article()
    assert len(archive.rows("SELECT id FROM passages")) == 2
