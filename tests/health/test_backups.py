"""Backups: copied while a run writes, checked, restored; a bad copy is told and removes nothing."""

import hashlib
import os
import sqlite3
import threading
from contextlib import closing

import pytest

from citekeep import clock, database
from citekeep.exceptions import InputError
from citekeep.health import backups, checks
from citekeep.health.after_run import back_up
from tests.archive_fixture import archive, begin


def rows(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def fill(writer, megabytes):
    def add(connection):
        connection.execute("INSERT INTO sites (id, site) VALUES (1, 'filler.test')")
        for number in range(megabytes):
            connection.execute(
                "INSERT INTO hosts (origin, host, site_id, robots_body) VALUES (?, 'filler.test', 1, ?)",
                (f"https://filler.test:{number}", os.urandom(1_000_000)),
            )

    writer.run_sync(add)


async def test_one_made_while_a_run_writes_is_of_one_moment_and_restores(tmp_path, writer):
    fill(writer, 30)
    _, frontier = begin(writer)
    await archive(frontier, "https://news.test/before", cites=["https://cited.test/1"])
    stop, counted = threading.Event(), []

    def write():
        # Two rows in one transaction, again and again: a copy that has one without the other is of two moments.
        while not stop.is_set():
            writer.run_sync(_add_two, len(counted))
            counted.append(1)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        shares = []
        made = backups.make(tmp_path / "archive.db", tmp_path / "backups", keep=3, progress=shares.append)
        written_by_then = len(counted)
    finally:
        stop.set()
        thread.join()
    assert (made.outcome, made.reason) == ("good", None)
    assert written_by_then > 5, "the writer was not held up"
    assert len(shares) > 3
    assert shares == sorted(shares), "no stretch began anew"
    assert hashlib.sha256(made.path.read_bytes()).hexdigest() == made.sha256
    assert (tmp_path / "backups" / f"{made.path.name}.sha256").read_text() == f"{made.sha256}  {made.path.name}\n"
    assert sorted(os.listdir(tmp_path / "backups")) == [".lock", made.path.name, f"{made.path.name}.sha256"]
    assert rows(made.path, "SELECT count(*) % 2 FROM counters WHERE service = 'pair'") == [(0,)]

    restored = tmp_path / "elsewhere" / "archive.db"
    restored.parent.mkdir()
    restored.write_bytes(made.path.read_bytes())
    with closing(database.connect(restored)) as connection:
        assert connection.execute("SELECT url FROM article_texts").fetchall() == [("https://news.test/before",)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    again = database.Writer(restored)
    _, frontier = begin(again, run="run-2")
    assert await archive(frontier, "https://news.test/after") == 1, "a run goes on with it"
    again.close()


def _add_two(connection, number):
    for half in "ab":
        connection.execute("INSERT INTO counters VALUES ('pair', ?, ?, 0)", (half, str(number)))


def test_a_copy_that_was_corrupted_is_told_and_removes_no_older_one(tmp_path, writer, terms):
    fill(writer, 2)
    with closing(database.connect(tmp_path / "archive.db")) as connection:
        first = back_up(connection, terms(backup_keep=1))
        assert first.outcome == "good"

        def corrupt(path):
            with path.open("r+b") as stream:
                stream.seek(8192)
                stream.write(b"\xff" * 40_000)

        bad = backups.make(tmp_path / "archive.db", tmp_path / "backups", keep=1, copied=corrupt)
        backups.note(connection, bad)
        assert (bad.outcome, bad.path) == ("failed", None)
        assert bad.reason.startswith("The copy was bad, archive.db is not: ")
        assert connection.execute("SELECT outcome, name IS NULL FROM backups ORDER BY id").fetchall() == [
            ("good", 0), ("failed", 1),
        ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "backups").glob("*.db*")) == [
        first.path.name, f"{first.path.name}.sha256",
    ]  # fmt: skip


def test_an_archive_that_is_damaged_is_told_apart_from_a_bad_copy(tmp_path, writer):
    fill(writer, 2)
    writer.run_sync(lambda connection: None)
    writer.close()
    with (tmp_path / "archive.db").open("r+b") as stream:
        stream.seek(200 * 4096)
        stream.write(b"\xff" * 300_000)
    made = backups.make(tmp_path / "archive.db", tmp_path / "backups", keep=1)
    assert made.outcome in {"damaged", "failed"}
    assert made.outcome == "damaged", made.reason
    assert made.reason.startswith("archive.db is damaged: ")


def test_a_row_without_its_parent_is_a_fault(tmp_path, writer):
    writer.close()
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(
            "INSERT INTO reviews (link_id, verdict, by, made_at) VALUES (77, 'alive', 'x', '2026-01-01T00:00:00Z')"
        )
    assert backups.find_faults(tmp_path / "archive.db") == ["a row of reviews names a row of links that is not there"]


def test_the_oldest_go_and_nothing_else_does(tmp_path, writer, monkeypatch):
    folder = tmp_path / "backups"
    folder.mkdir()
    others = [folder / name for name in ("archive.db", "archive-old.db", "archive-20260101000000.db.keep", "notes.txt")]
    for path in others:
        path.write_text("mine")
    (folder / "archive-20200101000000.db.partial").write_text("left by a run that was killed")
    at = clock.timestamp()
    names = []
    for days in range(4):
        monkeypatch.setattr("citekeep.clock.timestamp", lambda days=days: at + days * 86_400)
        made = backups.make(tmp_path / "archive.db", folder, keep=2)
        names.append(made.path.name)
    assert list(made.removed) == [names[1]]
    left = sorted(path.name for path in folder.iterdir() if path not in others and path.name != ".lock")
    assert left == sorted([names[2], names[3], f"{names[2]}.sha256", f"{names[3]}.sha256"])
    assert all(path.exists() for path in others)


def test_no_room_is_told_before_anything_is_copied(tmp_path, writer):
    made = backups.make(tmp_path / "archive.db", tmp_path / "backups", keep=2, room=10**18)
    assert made.outcome == "failed"
    assert "DISK_FREE_MIN" in made.reason
    assert list((tmp_path / "backups").glob("*.db*")) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path, writer):
    (tmp_path / "file").write_text("")
    made = backups.make(tmp_path / "archive.db", tmp_path / "file" / "backups", keep=2)
    assert (made.outcome, made.reason) == ("failed", "No backup could be made: Not a directory.")


def test_two_at_once_are_one(tmp_path, writer):
    begun, go_on = threading.Event(), threading.Event()

    def wait(_):
        begun.set()
        go_on.wait(20)

    made = []
    thread = threading.Thread(
        target=lambda: made.append(backups.make(tmp_path / "archive.db", tmp_path / "b", keep=2, copied=wait))
    )
    thread.start()
    assert begun.wait(20)
    with pytest.raises(InputError, match="Another process is making a backup"):
        backups.make(tmp_path / "archive.db", tmp_path / "b", keep=2)
    go_on.set()
    thread.join()
    assert made[0].outcome == "good", "the second did not remove what the first was copying"


def test_an_old_backup_is_checked_before_it_is_needed(tmp_path, writer):
    made = backups.make(tmp_path / "archive.db", tmp_path / "backups", keep=2)
    assert backups.check_file(made.path) == []
    with made.path.open("r+b") as stream:
        stream.seek(100)
        stream.write(b"\x00\x01")
    assert backups.check_file(made.path)[0].startswith("its sum is not the one in archive-")
    (tmp_path / "backups" / f"{made.path.name}.sha256").unlink()
    assert "cannot be compared" in backups.check_file(made.path)[0]
    with pytest.raises(InputError, match=r"There is no backup none.db"):
        backups.check_file(tmp_path / "none.db")


@pytest.mark.parametrize(("age", "due"), [(6.9, False), (7.1, True)])
def test_it_is_due_so_many_days_after_the_first_run_or_the_last_good_one(tmp_path, writer, age, due):
    ask = lambda: writer.run_sync(backups.is_due, 7)  # noqa: E731
    assert not ask(), "nothing to keep yet"
    begin(writer)
    writer.run_sync(lambda c: c.execute("UPDATE crawls SET started_at = ?", (clock.after(-age * 86_400),)))
    assert ask() is due
    assert not writer.run_sync(backups.is_due, 0)
    writer.run_sync(backups.note, backups.Backup(outcome="failed", made_at=clock.now(), took_ms=1, reason="x"))
    assert ask() is due, "one that failed is none"
    writer.run_sync(
        lambda c: c.execute(
            "INSERT INTO backups (made_at, name, outcome) VALUES (?, 'n', 'good')", (clock.after(-age * 86_400),)
        )
    )
    assert ask() is due


@pytest.mark.parametrize(("extra", "rows"), [(False, [("failed",)]), (True, [])])
def test_a_copy_that_fails_elsewhere_is_no_alarm(writer, terms, tmp_path, extra, rows):
    blocked = tmp_path / "no-folder"
    blocked.write_text("")
    known = terms(backup_dir=tmp_path / "backups" if extra else blocked)

    with closing(database.connect(tmp_path / "archive.db")) as connection:
        made = back_up(connection, known, folder=blocked if extra else None)
        assert (made.outcome, made.reason) == ("failed", "No backup could be made: File exists.")
        assert connection.execute("SELECT outcome FROM backups").fetchall() == rows
        assert [found.name for found in checks.integrity(connection, known)] == ["backup_failed"] * len(rows)
