"""Old files are brought up to date in place: rows, ids and keys stay, and what they say stays true."""

import sqlite3

import pytest
import sqlite_utils

from citekeep import database
from citekeep.exceptions import ArchiveError, NewerArchiveError
from citekeep.migrations import migrations

NOW = "2026-03-01T10:00:00Z"
ARTICLES = {  # id: published_on, published_basis
    1: ("2022-01-13", "meta"),
    2: (None, None),
    3: ("2024-01-01", "guess"),
    4: ("2021-05-05", "feed"),
    5: ("2027-05-05", "meta"),
}
CITATIONS = [  # id, article_id, earliest, latest, basis
    (7, 1, "2022-01-13", "2022-01-13", "published"),
    (9, 1, "2026-02-01", "2026-03-01", "between_checks"),
    (11, 2, None, "2026-03-01", "first_seen"),
    (12, 3, None, "2026-03-01", "first_seen"),
    (20, 4, None, "2026-03-01", "first_seen"),
    (21, 5, None, "2026-03-01", "first_seen"),
    (22, 1, None, "2026-03-01", "first_seen"),
]


def old_file(path, *, skipped=()):
    """Make an archive as the first version did, with rows that name one another."""
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="m0002_citations_and_dates")
    for migration in migrations.pending(db):
        if migration.name in skipped:
            migration.fn(db)
            migrations._record_applied(db, migration.name)
    connection = db.conn
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(
        "INSERT INTO crawls (id, run, spider, arguments, started_at, since_at, heartbeat_at, versions)"
        f" VALUES (1, 'r', 'article', '{{}}', '{NOW}', '{NOW}', '{NOW}', '{{}}')"
    )
    connection.execute("INSERT INTO sites (id, site) VALUES (1, 'news.example')")
    connection.execute(
        "INSERT INTO hosts (id, origin, host, site_id) VALUES (1, 'https://news.example', 'news.example', 1)"
    )
    for number, (on, basis) in ARTICLES.items():
        url = f"https://news.example/{number}"
        connection.execute(
            f"INSERT INTO links (id, url, request_url, host_id, site_id, first_seen_at) VALUES (?, ?, ?, 1, 1, '{NOW}')",
            (number, url, url),
        )
        connection.execute(
            "INSERT INTO articles (id, link_id, source, public, added_at, published_on, published_basis)"
            f" VALUES (?, ?, 'url', 1, '{NOW}', ?, ?)",
            (number, number, on, basis),
        )
    connection.execute(
        "INSERT INTO checks (id, link_id, turn, crawl_id, epoch, checked_at, requested_url)"
        f" VALUES (5, 1, 0, 1, 1, '{NOW}', 'https://news.example/1')"
    )
    for number, article, *dates in CITATIONS:
        connection.execute(
            "INSERT INTO citations (id, article_id, link_id, fingerprint, url_as_written, cited_via, anchor_text, sentence,"
            " before, after, paragraph, position, kind, cited_on_earliest, cited_on_latest, cited_on_basis, first_check_id,"
            " last_check_id) VALUES (?, ?, 2, ?, 'https://news.example/2', 'https://bit.example/1', 'a', 's', '', '', 0, 0,"
            " 'anchor', ?, ?, ?, 5, 5)",
            (number, article, str(number), *dates),
        )
    connection.execute(
        "INSERT INTO passages (citation_id, check_id, answer, method, compared_at)"
        f" VALUES (9, 5, 'present', 'm', '{NOW}')"
    )
    connection.execute(
        "INSERT INTO documents (id, body_sha256, extractor, extractor_version, outcome, made_at)"
        f" VALUES (3, 'x', 'e', '1', 'ok', '{NOW}')"
    )
    connection.commit()
    return db


@pytest.mark.parametrize("skipped", [(), ("m0003_standing",)])
def test_a_file_of_the_first_version_is_brought_up_to_date_with_its_ids(tmp_path, skipped):
    path = tmp_path / "archive.db"
    old_file(path, skipped=skipped).close()
    with pytest.raises(ArchiveError, match="older Citekeep"):
        database.connect(path, read_only=True)
    connection = database.connect(path)
    found = connection.execute(
        "SELECT id, article_id, cited_on_earliest, cited_on_latest, cited_on_basis FROM citations ORDER BY id"
    ).fetchall()
    assert found == [
        (7, 1, "2022-01-13", "2022-01-13", "published"),
        (9, 1, "2026-02-01", "2026-03-01", "between_checks"),
        (11, 2, None, "2026-03-01", "first_seen"),
        (12, 3, "2024-01-01", "2026-03-01", "guess"),
        (20, 4, "2021-05-05", "2021-05-05", "feed"),
        (21, 5, None, "2026-03-01", "first_seen"),
        (22, 1, "2022-01-13", "2022-01-13", "published"),
    ]
    assert connection.execute("SELECT DISTINCT cited_via, cited_via_kind, accessed_on FROM citations").fetchall() == [
        ("https://bit.example/1", None, None)
    ]
    assert connection.execute("SELECT citation_id FROM passages").fetchall() == [(9,)]
    assert connection.execute("SELECT id, quality FROM documents").fetchall() == [(3, None)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_an_upgraded_file_has_the_schema_of_a_new_one(tmp_path):
    old_file(tmp_path / "old.db").close()
    shapes = []
    for name in ("old.db", "new.db"):
        connection = database.connect(tmp_path / name)
        shapes.append(set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")))
        connection.close()
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("cited_on_basis", "later_link", "hearsay"),
        ("cited_via_kind", "archive", "rumour"),
        ("cited_via_at", "2022-01-14T08:30:15Z", "2022-01-14"),
        ("accessed_on", "2022-01-14", "yesterday"),
    ],
)
def test_the_columns_that_were_added_take_only_what_they_mean(tmp_path, column, good, bad):
    old_file(tmp_path / "archive.db").close()
    connection = database.connect(tmp_path / "archive.db")
    connection.execute(f"UPDATE citations SET {column} = ?", (good,))
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(f"UPDATE citations SET {column} = ?", (bad,))
    connection.close()


def test_a_capture_that_an_article_names_has_an_origin_of_its_own(tmp_path):
    old_file(tmp_path / "archive.db").close()
    connection = database.connect(tmp_path / "archive.db")
    memento = (
        "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at)"
        f" VALUES (2, 'wayback', ?, '{NOW}', ?, '{NOW}')"
    )
    connection.execute(memento, ("https://web.archive.org/web/1/https://a.example/", "cited"))
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(memento, ("https://web.archive.org/web/2/https://a.example/", "hearsay"))
    assert connection.execute("PRAGMA writable_schema").fetchone() == (0,)
    connection.close()


def test_an_upgrade_that_is_interrupted_changes_nothing(tmp_path):
    path = tmp_path / "archive.db"
    db = old_file(path)
    db.conn.execute("CREATE TABLE settings (name TEXT)")  # in the way of the last step but one
    db.conn.commit()
    before = db.conn.execute("SELECT name, sql FROM sqlite_master ORDER BY 1").fetchall()
    db.close()
    with pytest.raises(ArchiveError, match="already exists"):
        database.connect(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name, sql FROM sqlite_master ORDER BY 1").fetchall() == before
    assert connection.execute("SELECT count(*) FROM citations").fetchone() == (len(CITATIONS),)
    connection.close()


def test_a_file_of_a_newer_version_is_refused_untouched(tmp_path):
    path = tmp_path / "archive.db"
    connection = database.connect(path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('citekeep', 'm0999_later', '')"
    )
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NewerArchiveError, match=r"newer Citekeep; update this checkout. Nothing was changed"):
        database.connect(path)
    assert path.read_bytes() == before
