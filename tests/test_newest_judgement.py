"""What newer rules say of a stored check is what counts: nowhere does an earlier judgement of it go on to."""

import importlib.util
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from citekeep import database, dating, record_article
from citekeep.cards import words
from citekeep.cards.card import cards_of_link
from citekeep.inputs import AskedArticle
from citekeep.wayback import verify

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).parent / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

STORY = "https://news.example/story"
WAS = {"text": "The bridge was closed.", "title": "Bridge", "published_on": "2024-01-05", "published_basis": "json_ld"}
IS = {"text": "Casino and more.", "title": "news.example", "published_on": "2019-09-09", "published_basis": "json_ld"}
FIRST, LATER = "2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"
BOTH = "https://both.example/"


@pytest.fixture
async def archive(tmp_path):
    """An article that was seen twice, judged alive both times; by newer rules its address is parked the second time."""
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer)
    for at, told in ((FIRST, WAS), (LATER, IS)):
        await frontier.add_articles([AskedArticle(url=STORY, source="url")], public=True)
        (lease,) = await frontier.claim(1, ["both.example", "only.example"])
        cites = [BOTH, f"https://only.example/{at[:10]}"]
        extracted = fill.extraction(**told, cites=cites)
        seen = fill.result(lease, lease.links[0], frontier, extracted=extracted, body=told["text"], checked_at=at)
        await frontier.record([seen])
        await frontier.release(lease)
    writer.run_sync(
        lambda c: c.execute(
            "INSERT INTO judgements (check_id, rules_version, verdict, flags, evidence, judged_at)"
            " SELECT id, 2, iif(checked_at = ?, 'parked', 'alive'), '[]', '{}', ? FROM checks",
            (LATER, LATER),
        )
    )
    writer.close()
    with closing(database.connect(tmp_path / "archive.db")) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def published(connection):
    (row,) = connection.execute(
        "SELECT d.title, a.published_on FROM articles AS a LEFT JOIN documents AS d ON d.id = a.last_document_id"
    ).fetchall()
    return tuple(row)


def test_an_article_has_the_text_and_the_date_of_what_shows_it(archive):
    assert published(archive) == ("news.example", "2019-09-09")
    record_article.find_text_anew(archive, 1)
    assert published(archive) == ("Bridge", "2024-01-05")
    record_article.find_text_anew(archive, 1)
    assert published(archive) == ("Bridge", "2024-01-05")


def test_where_nothing_shows_it_it_has_none_and_what_a_person_said_stays(archive):
    archive.execute("UPDATE judgements SET verdict = 'parked' WHERE rules_version = 2")
    archive.execute("UPDATE articles SET published_on = '2020-02-02', published_basis = 'user'")
    record_article.find_text_anew(archive, 1)
    assert published(archive) == (None, "2020-02-02")


def test_a_later_check_that_shows_something_else_is_none_that_shows_the_article(archive):
    assert record_article._is_newest(archive, 1, 1)


def test_a_page_s_own_date_is_that_of_when_it_was_alive(archive):
    assert dating._page_on(archive, 1) == "2024-01-05"


def test_a_reference_names_the_page_as_it_was(archive):
    (card, *_) = cards_of_link(archive, 1, now=LATER)
    assert words.reference(card).startswith("“Bridge”, ")


def test_a_capture_of_what_is_shown_now_is_not_the_page(archive):
    archive.execute("UPDATE captures SET body_sha1 = 'A' || check_id")
    archive.executemany(
        "INSERT INTO mementos (link_id, service, memento_url, memento_at, digest, origin, found_at)"
        " VALUES (1, 'wayback', ?, ?, ?, 'cdx', ?)",
        [(f"https://web.test/{n}", LATER, f"A{n}", LATER) for n in (1, 2)],
    )
    assert verify.note_identical(archive, "wayback") == 1
    rows = archive.execute("SELECT memento_url FROM mementos WHERE quality = 'identical'").fetchall()
    assert [row[0] for row in rows] == ["https://web.test/1"]
    assert archive.execute(verify._TEXT, (1,)).fetchone()[0] == WAS["text"]


@pytest.mark.parametrize("reviewed", [False, True])
def test_what_only_something_else_cites_is_no_citation_of_the_article(archive, reviewed):
    if reviewed:
        archive.execute(
            "INSERT INTO reviews (citation_id, verdict, by, made_at) SELECT max(id), 'alive', 'A. Person', ? FROM citations",
            (LATER,),
        )
    record_article.drop_citations(archive, 1)
    found = archive.execute("SELECT l.url FROM citations AS c JOIN links AS l ON l.id = c.link_id ORDER BY c.id")
    left = [row[0] for row in found]
    assert left == [BOTH, f"https://only.example/{FIRST[:10]}", *[f"https://only.example/{LATER[:10]}"] * reviewed]
    assert archive.execute("SELECT count(*) FROM links WHERE url LIKE '%only%'").fetchone()[0] == 2
