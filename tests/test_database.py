"""How archive.db is opened, and the thread that writes it."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlite_utils

from citekeep import database
from citekeep.exceptions import ArchiveError, NewerArchiveError
from citekeep.migrations import APPLICATION_ID, migrations
from citekeep.verdicts.table import VERDICTS

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def path(tmp_path):
    return tmp_path / "archive.db"


@pytest.fixture
def writer(path):
    writer = database.Writer(path)
    yield writer
    writer.close()


def count(path, table):
    connection = database.connect(path, read_only=True)
    try:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    finally:
        connection.close()


def add_site(connection, name):
    connection.execute("INSERT INTO sites (site) VALUES (?)", (name,))
    return name


# --- opening ---


def test_a_new_file_has_the_schema_the_verdicts_and_our_mark(path):
    connection = database.connect(path)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert {name for (name,) in connection.execute("SELECT name FROM verdicts")} == {row.name for row in VERDICTS}
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_a_changed_sentence_is_told_anew(path):
    connection = database.connect(path)
    connection.execute("UPDATE verdicts SET sentence_en = 'old', strikes = 1 WHERE name = 'alive'")
    connection.close()
    connection = database.connect(path)
    found = connection.execute("SELECT sentence_en, strikes FROM verdicts WHERE name = 'alive'").fetchone()
    assert found == (VERDICTS[0].sentence_en, 0)
    connection.close()


def test_sqlite_utils_makes_the_same_schema_by_itself(path, tmp_path):
    tool = Path(sys.executable).with_name("sqlite-utils")
    subprocess.run([tool, "migrate", path, ROOT / "citekeep" / "migrations.py"], cwd=tmp_path, check=True)
    other = tmp_path / "other.db"
    database.connect(other).close()
    schemas = []
    for file in (path, other):
        connection = sqlite3.connect(file)
        schemas.append(connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall())
        connection.close()
    assert schemas[0] == schemas[1]


def test_a_newer_file_is_refused_and_untouched(path):
    connection = database.connect(path)
    connection.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('citekeep', 'm9', '')")
    connection.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(NewerArchiveError, match="newer Citekeep"):
            database.connect(path, read_only=read_only)
    assert path.read_bytes() == before


def test_what_is_no_archive_is_refused_in_one_sentence(path, tmp_path):
    path.write_bytes(b"this is no database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(ArchiveError, match="it is no SQLite database"):
        database.connect(path)
    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE notes (note TEXT)")
    connection.close()
    before = foreign.read_bytes()
    with pytest.raises(ArchiveError, match="not one of Citekeep's"):
        database.connect(foreign)
    assert foreign.read_bytes() == before
    with pytest.raises(ArchiveError, match="There is no"):
        database.connect(tmp_path / "absent.db", read_only=True)
    with pytest.raises(ArchiveError, match="Cannot open"):
        database.connect(tmp_path / "no" / "such" / "folder.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ArchiveError, match="Cannot open"):
        database.connect(tmp_path / "archive.db")


def test_read_only_cannot_write(path):
    database.connect(path).close()
    connection = database.connect(path, read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        add_site(connection, "a.example")
    connection.close()


def test_many_threads_open_a_new_file_at_once(path):
    barrier, errors = threading.Barrier(8), []

    def open_it():
        barrier.wait()
        try:
            database.connect(path).close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert count(path, "_sqlite_migrations") == len(migrations.pending(sqlite_utils.Database(memory=True)))


def test_times_enums_and_references_are_held(path):
    connection = database.connect(path)
    for sql in (
        "INSERT INTO leases VALUES ('ledger', 'run', '2026-01-01 00:00:00')",
        "INSERT INTO leases VALUES ('ledger', 'run', '2026-01-01T00:00:00.5Z')",
        "INSERT INTO hosts (origin, host, site_id) VALUES ('https://a.example', 'a.example', 99)",
        "INSERT INTO warcs (name, opened_at, bytes) VALUES ('a', '2026-01-01T00:00:00Z', 'many')",
        "INSERT INTO saves (link_id, service, state, wanted_at, changed_at)"
        " VALUES (1, 'wayback', 'archived', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(sql)
    connection.close()


# --- the writer ---


async def test_what_a_function_returns_comes_once_it_is_committed(writer, path):
    assert await writer.run(add_site, "a.example") == "a.example"
    assert count(path, "sites") == 1


async def test_jobs_share_a_transaction_and_one_that_fails_fails_alone(writer, path):
    commits = []
    writer.run_sync(lambda c: c.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None))
    names = ["a.example", "b.example", "a.example", "c.example"]
    outcomes = await asyncio.gather(*(writer.run(add_site, name) for name in names), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [str, str, sqlite3.IntegrityError, str]
    bad_sql = writer.run(lambda c: c.execute("SELECT * FROM nothing"))
    good, bad = await asyncio.gather(writer.run(add_site, "d.example"), bad_sql, return_exceptions=True)
    assert good == "d.example"
    assert isinstance(bad, sqlite3.OperationalError)
    assert count(path, "sites") == 4
    assert len(commits) == 3  # the tracing job's own, and one for each batch


async def test_an_urgent_job_does_not_wait_for_others(writer, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 30)
    slow = asyncio.ensure_future(writer.run(add_site, "a.example"))
    await asyncio.sleep(0)
    await asyncio.wait_for(writer.run(add_site, "b.example", urgent=True), 10)
    assert await asyncio.wait_for(slow, 10) == "a.example"


def test_several_loops_and_threads_at_once(writer, path):
    def work(name):
        async def many():
            await asyncio.gather(*(writer.run(add_site, f"{name}-{n}.example") for n in range(50)))

        asyncio.run(many())
        writer.run_sync(add_site, f"{name}.example")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(path, "sites") == 4 * 51


async def test_close_runs_what_is_queued_and_refuses_what_comes_after(path):
    writer = database.Writer(path)
    jobs = [asyncio.ensure_future(writer.run(add_site, f"{n}.example")) for n in range(1200)]
    await asyncio.sleep(0)
    await writer.aclose()
    assert len(await asyncio.gather(*jobs)) == 1200
    with pytest.raises(ArchiveError, match="closed"):
        await writer.run(add_site, "late.example")
    await writer.aclose()
    assert count(path, "sites") == 1200


async def test_a_caller_who_stops_waiting_withdraws_its_job(writer, path):
    gate = threading.Event()
    first = asyncio.ensure_future(writer.run(lambda c: gate.wait(10), urgent=True))
    await asyncio.sleep(0.05)
    second = asyncio.ensure_future(writer.run(add_site, "a.example"))
    await asyncio.sleep(0)
    second.cancel()
    gate.set()
    await first
    await writer.run(add_site, "b.example", urgent=True)
    assert count(path, "sites") == 1


async def test_a_lock_of_another_process_is_waited_for(path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.01)
    writer = database.Writer(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    job = asyncio.ensure_future(writer.run(add_site, "a.example", urgent=True))
    done, _ = await asyncio.wait([job], timeout=0.3)
    assert not done
    other.execute("COMMIT")
    other.close()
    assert await asyncio.wait_for(job, 10) == "a.example"
    await writer.aclose()


async def test_a_lock_that_stays_is_told_after_the_patience(path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.01)
    writer = database.Writer(path, locked_patience=0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveError, match="locked"):
        await writer.run(add_site, "a.example", urgent=True)
    other.execute("ROLLBACK")
    other.close()
    assert await writer.run(add_site, "a.example", urgent=True) == "a.example"
    await writer.aclose()


async def test_a_full_disk_fails_the_whole_batch_and_leaves_nothing_half_written(writer, path):
    """SQLite's own page limit gives the same SQLITE_FULL as a full disk."""
    (pages,) = writer.run_sync(lambda c: c.execute("PRAGMA page_count").fetchone())
    writer.run_sync(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone())

    def add_much(connection, name):
        add_site(connection, name)
        connection.execute(
            "INSERT INTO texts (text_sha256, text, title_folded, folded) VALUES (?, ?, '', '')", (name, name * 9999)
        )

    jobs = [writer.run(add_site, "small.example"), writer.run(add_much, "big.example")]
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ArchiveError, ArchiveError]
    assert count(path, "sites") == 0
    writer.run_sync(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
    assert await writer.run(add_site, "small.example") == "small.example"
