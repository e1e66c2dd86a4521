"""What an outlet edited after publication: versions of an article, and what came and went with each."""

import importlib.util
from pathlib import Path

import pytest

from citekeep import clock, database, record_versions

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).parent / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE, SOURCE, OTHER = "https://news.example/emigration", "https://statistics.example/2021", "https://office.example/"
FIRST = "The town lost fifteen hundred people, the office said."
SECOND = "The town lost twelve hundred people, the office said on Monday."


@pytest.fixture
async def writer(tmp_path):
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    await writer.aclose()


@pytest.fixture
def read(writer):
    """Return a function that has the article read once more, an hour after it was read last."""
    turned = []

    async def again(text=FIRST, title="A title", cites=(SOURCE,), body=None, **outcome):
        number = len(turned)
        frontier = fill.begin(writer, run=f"run-{number}")[1]
        told = {"extracted": fill.extraction(text, cites=cites, title=title), "body": body or f"{text}{title}{cites}"}
        assert await fill.archive(frontier, ARTICLE, cites=cites, outcomes={ARTICLE: told | outcome})
        clock.turn(3600)
        turned.append(3600)
        writer.run_sync(lambda c: c.execute("UPDATE links SET next_check_at = NULL"))

    yield again
    clock.turn(-sum(turned))


def rows(writer, sql):
    return writer.run_sync(lambda c: c.execute(sql).fetchall())


async def test_an_article_edited_twice_and_put_back_shows_version_1_again(writer, read):
    await read()
    await read(SECOND, cites=(SOURCE, OTHER))
    await read(SECOND, title="Another title", cites=(OTHER,))
    await read()
    found = rows(
        writer,
        "SELECT version, place, title, title_before, words_gained, words_lost, links, links_added, links_removed, seen_before,"
        " last_seen_at = first_seen_at FROM article_versions ORDER BY place",
    )
    assert found == [
        (1, 1, "A title", None, None, None, 1, None, None, 0, 1),
        (2, 2, "A title", None, 3, 1, 2, 1, 0, 0, 1),
        (3, 3, "Another title", "A title", 0, 0, 1, 0, 1, 0, 1),
        (1, 4, "A title", "Another title", 1, 3, 1, 1, 1, 1, 1),
    ]


async def test_a_reading_that_shows_nothing_new_costs_a_check_and_no_other_rows(writer, read):
    await read()
    tables = ("documents", "texts", "citations", "passages", "versions", "links", "articles", "mementos", "saves")
    count = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    checks = "SELECT count(*) FROM checks JOIN links AS l ON l.id = link_id WHERE l.url = "
    before = rows(writer, count)
    await read()
    await read()
    assert rows(writer, count) == before
    assert rows(writer, f"{checks}'{ARTICLE}'") == [(3,)]
    assert rows(writer, "SELECT version, readings FROM article_versions") == [(1, 3)]


async def test_markup_and_teasers_make_no_version(writer, read):
    await read(body="<p>one markup")
    await read(body="<div>another")
    await read(body="third", cites=(SOURCE, fill.citation(OTHER, kind="related", position=1)))
    assert rows(writer, "SELECT version, readings FROM article_versions") == [(1, 3)]
    assert rows(
        writer, "SELECT count(*) FROM documents JOIN checks ON document_id = documents.id WHERE link_id = 1"
    ) == [(3,)], "bytes that are others have a document of their own"
    assert rows(writer, "SELECT count(*) FROM texts WHERE text LIKE 'The town%'") == [(1,)]


async def test_a_link_that_was_put_in_place_of_another_is_an_edit(writer, read):
    await read()
    await read(cites=(OTHER,))
    assert rows(
        writer,
        "SELECT words_gained, words_lost, links_added, links_removed FROM article_versions WHERE place = 2",
    ) == [(0, 0, 1, 1)]


async def test_citations_that_an_edit_removed_keep_their_row_and_added_ones_are_dated_between_checks(writer, read):
    await read()
    await read(SECOND, cites=(OTHER,))
    found = rows(
        writer,
        "SELECT l.url, f.turn, t.turn, ci.cited_on_basis FROM citations AS ci JOIN links AS l ON l.id = ci.link_id"
        " JOIN checks AS f ON f.id = ci.first_check_id JOIN checks AS t ON t.id = ci.last_check_id ORDER BY ci.id",
    )
    assert found == [(SOURCE, 0, 0, "first_seen"), (OTHER, 1, 1, "between_checks")]


async def test_an_error_page_is_no_version(writer, read):
    await read()
    await read("Not found.", title="404", cites=(), verdict="not_found", status=404, standing="doubtful")
    await read()
    assert rows(writer, "SELECT version, readings FROM article_versions") == [(1, 2)]


async def test_what_the_next_owner_of_a_domain_shows_is_no_version_and_cites_nothing(writer, read):
    await read()
    await read("The best offers.", title="Bonus", cites=(OTHER,), verdict="usurped", standing="doubtful")
    writer.run_sync(lambda c: record_versions.find_anew(c, 1))
    assert rows(writer, "SELECT title, readings FROM article_versions") == [("A title", 1)]
    assert rows(writer, "SELECT l.url FROM citations AS ci JOIN links AS l ON l.id = ci.link_id") == [(SOURCE,)]
    said = "SELECT d.title FROM articles AS a JOIN documents AS d ON d.id = a.last_document_id"
    assert rows(writer, said) == [("A title",)]
    await read(SECOND, verdict="content_drift")
    assert rows(writer, "SELECT version, readings FROM article_versions ORDER BY place") == [(1, 1), (2, 1)]


async def test_found_anew_they_are_the_same(writer, read):
    for text, cites in ((FIRST, (SOURCE,)), (SECOND, (SOURCE, OTHER)), (FIRST, (SOURCE,)), (FIRST, (SOURCE,))):
        await read(text, cites=cites)
    before = rows(writer, "SELECT * FROM article_versions")
    writer.run_sync(lambda c: record_versions.find_anew(c, 1))
    writer.run_sync(lambda c: record_versions.find_anew(c, 2))
    assert rows(writer, "SELECT * FROM article_versions") == before
    assert [row[1] for row in before] == [1, 2, 1]


async def test_what_another_extractor_found_is_told_apart(writer, read):
    await read()
    await read(SECOND, cites=(SOURCE, OTHER))
    newer = (
        "INSERT INTO documents (body_sha256, extractor, extractor_version, outcome, text_id, title, word_count, made_at)"
        " SELECT body_sha256, extractor, '2', outcome, text_id, title, word_count, made_at FROM documents"
        " WHERE id = (SELECT document_id FROM versions WHERE place = 1) RETURNING id"
    )
    writer.run_sync(
        lambda c: c.execute(
            "UPDATE checks SET document_id = ? WHERE link_id = 1 AND turn = 0", c.execute(newer).fetchone()
        )
    )
    writer.run_sync(lambda c: record_versions.find_anew(c, 1))
    assert rows(writer, "SELECT place, other_extractor, links, links_added FROM article_versions") == [
        (1, 0, None, None),
        (2, 1, 2, None),
    ], "what an older reading cites is not known where another extractor had found it"


async def test_what_was_read_before_there_were_versions_is_told_as_far_as_it_is_known(writer, read):
    for text in (FIRST, FIRST, SECOND, FIRST):
        await read(text)
    told = (
        "SELECT version, place, first_seen_at, last_seen_at, readings, title, links, seen_before FROM article_versions"
        " ORDER BY place"
    )
    before = rows(writer, told)
    sql = (Path(__file__).parents[1] / "citekeep/schema/0008/1_versions.sql").read_text()
    insert = sql[sql.index("INSERT INTO versions") : sql.index("DROP VIEW article_versions")]
    writer.run_sync(lambda c: c.execute("DELETE FROM versions"))
    writer.run_sync(lambda c: c.execute(insert))
    assert rows(writer, told) == before
    assert [row[0] for row in before] == [1, 2, 1]
