"""Schema, dictionary, docs and database say the same."""

import re
from pathlib import Path

import pytest

from citekeep import database, dictionary

ROOT = Path(__file__).resolve().parent.parent
PROMISED = {
    "article_texts": "url, text, title, author, published_at, language, site_name",
    "citation_status": "article_url, link_url, url_as_written, anchor_text, sentence, kind, is_external, status, "
    "verdict, verdict_group, standing, checked_at, snapshot_url, snapshot_at, snapshot_state, position, not_saved, "
    "reviewed_by, still_cited",
    "link_rot": "url, host, site, status, verdict, verdict_group, standing, strikes, checked_at, next_check_at, "
    "citing_articles, reviewed_by",
}


@pytest.fixture
def connection(tmp_path):
    connection = database.connect(tmp_path / "archive.db")
    yield connection
    connection.close()


def schema(connection):
    hidden = r"sqlite_.*|_sqlite_.*|texts_search_.*"
    found = connection.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    return {
        name: (kind, [row[1] for row in connection.execute(f"PRAGMA table_info({name})")])
        for name, kind in found
        if not re.fullmatch(hidden, name)
    }


def test_every_table_view_and_column_is_explained_and_nothing_else(connection):
    told = {
        name: ("view" if name in dictionary.VIEWS else "table", list(columns))
        for name, (_, columns) in dictionary.TABLES.items()
    }
    there = schema(connection)
    assert {name: (kind, sorted(columns)) for name, (kind, columns) in told.items()} == {
        name: (kind, sorted(columns)) for name, (kind, columns) in there.items()
    }


def test_the_database_holds_the_dictionary(connection):
    assert set(connection.execute("SELECT * FROM dictionary")) == set(dictionary.rows())


@pytest.mark.parametrize("view", sorted(PROMISED))
def test_the_views_that_others_rely_on_keep_their_columns(connection, view):
    assert ", ".join(schema(connection)[view][1]) == PROMISED[view]


def test_every_index_tells_the_query_it_serves():
    for path in (ROOT / "citekeep" / "schema").rglob("*.sql"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.match(r"CREATE (UNIQUE )?INDEX", line):
                above = next(
                    lines[n] for n in range(number - 1, -1, -1) if not re.match(r"CREATE .*INDEX|    WHERE", lines[n])
                )
                assert above.startswith("--"), line


def test_times_and_tables_are_strict(connection):
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        if not name.startswith(("sqlite_", "_sqlite_", "texts_search")):
            assert "STRICT" in sql, name
            for column in re.findall(r"^\s+(\w+_at|until|claimed_until|paused_until) ", sql, re.MULTILINE):
                assert re.search(rf"CHECK \({column} GLOB", sql), f"{name}.{column}"
