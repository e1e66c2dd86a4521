"""What a page is compared with: good texts of it, and none that is newer than our last good look."""

import pytest

import tests.archive_fixture as fill
from citekeep import clock, database
from citekeep.earlier_texts import earlier_texts
from citekeep.record_document import store_document

URL = "https://cited.test/a/page"
DAYS = {day: f"2026-0{day}-01T00:00:00Z" for day in range(1, 9)}
"""The first of each month."""


@pytest.fixture
async def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    monkeypatch.setattr(clock, "_offset", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    told = {"extracted": fill.extraction("Of March."), "checked_at": DAYS[3]}
    await fill.archive(fill.begin(writer)[1], "https://article.test/", cites=[URL], outcomes={URL: told})
    yield writer
    await writer.aclose()


def hold(writer, at, text, quality="verified"):
    """Keep a memento that shows a text."""

    def keep(connection):
        (link_id,) = connection.execute("SELECT id FROM links WHERE url = ?", (URL,)).fetchone()
        document_id = store_document(connection, fill.extraction(text), text.encode(), at)
        return connection.execute(
            "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality, document_id)"
            " VALUES (?, 'wayback', ?, ?3, 'cdx', ?3, 200, ?, ?) RETURNING id",
            (link_id, f"https://web.archive.org/web/{at}/{URL}", at, quality, document_id),
        ).fetchone()[0]

    return writer.run_sync(keep)


def earlier(writer, *at, **named):
    def ask(connection):
        (link_id,) = connection.execute("SELECT id FROM links WHERE url = ?", (URL,)).fetchone()
        return [one["text"] for one in earlier_texts(connection, link_id, *at, **named)]

    return writer.run_sync(ask)


async def test_only_what_is_older_counts(writer):
    hold(writer, DAYS[2], "Of February.")
    assert earlier(writer) == ["Of February.", "Of March."]
    assert earlier(writer, DAYS[3]) == ["Of February.", "Of March."]
    assert earlier(writer, "2026-02-28T00:00:00Z") == ["Of February."]
    assert earlier(writer, DAYS[1]) == []


async def test_a_snapshot_of_after_our_last_good_look_may_be_what_is_to_be_found_out(writer):
    hold(writer, DAYS[5], "Of somebody else.")
    assert earlier(writer) == ["Of March."]


async def test_where_we_never_had_a_good_look_a_snapshot_tells(writer):
    writer.run_sync(lambda c: c.execute("UPDATE judgements SET verdict = 'not_found'"))
    hold(writer, DAYS[5], "Of May.")
    hold(writer, DAYS[6], "Of June.", quality="rejected")
    assert earlier(writer) == ["Of May."]


async def test_a_snapshot_is_not_compared_with_itself(writer):
    memento = hold(writer, DAYS[2], "Of February.")
    assert earlier(writer, DAYS[2], but=memento) == []


async def test_what_newer_rules_no_longer_hold_for_alive_is_no_earlier_text(writer):
    writer.run_sync(
        lambda c: c.execute(
            "INSERT INTO judgements (check_id, rules_version, verdict, flags, evidence, judged_at)"
            " SELECT check_id, rules_version + 1, 'usurped', '[]', '{}', judged_at FROM judgements"
        )
    )
    assert earlier(writer) == []
