"""Backups of archive.db: copied while runs write, checked, then kept under a name of their own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from citekeep import clock, values
from citekeep.exceptions import ArchiveError, InputError
from citekeep.health import disk
from citekeep.health.terms import DAY
from citekeep.migrations import APPLICATION_ID

NAME = re.compile(r"archive-\d{14}\.db")
SUM = ".sha256"  # suffix of the file beside a backup, in the form of sha256sum
PARTIAL = ".partial"
PAGES = 1_000  # copied at a stretch
REST = 0.005  # seconds between two stretches, so that the disk is not kept busy
FAULTS_SHOWN = 3
BLOCK = 2**20


Progress = Callable[[float], None]
"""Called with the share that is copied."""


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What came of a backup. outcome: good, failed, damaged (archive.db itself is). path, sha256, bytes: of a good one."""

    outcome: str
    made_at: str
    took_ms: int
    reason: str | None = None
    path: Path | None = None
    bytes: int | None = None
    sha256: str | None = None
    removed: tuple[str, ...] = ()


def is_due(connection: sqlite3.Connection, every_days: float) -> bool:
    """Return whether it is time for a backup: so many days after the last good one, or after the first run."""
    if not every_days:
        return False
    row = (
        connection.execute("SELECT made_at FROM backups WHERE outcome = 'good' ORDER BY id DESC LIMIT 1").fetchone()
        or connection.execute("SELECT started_at FROM crawls ORDER BY id LIMIT 1").fetchone()
    )
    return row is not None and row[0] <= clock.after(-every_days * DAY)


def make(
    database: Path,
    folder: Path,
    *,
    keep: int,
    room: int = 0,
    progress: Progress | None = None,
    copied: Callable[[Path], None] | None = None,
) -> Backup:
    """Copy archive.db into ``folder``, check the copy, keep it under a name of its time (UTC), and return what came of it.

    It is what had been committed when it began; writers go on meanwhile. Only after a good one are older ones removed, down
    to ``keep`` with it. room: bytes that have to stay free. progress: called with the share that is copied. copied: called
    with the copy before it is checked. Raises InputError where a backup is being made already.
    """
    begun, at = time.monotonic(), clock.now()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            partial = folder / f"archive-{clock.stamp14(at)}.db{PARTIAL}"
            try:
                disk.check([folder], room and room + database.stat().st_size)
                copy(database, partial, progress)
                if copied is not None:
                    copied(partial)
                faults = find_faults(partial)
                if faults:
                    return _bad(database, faults, at, begun)
                size, digest, path = _keep(partial)
                removed = rotate(folder, keep)
            finally:
                _remove_partials(folder)
    except (OSError, sqlite3.Error, ArchiveError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error).rstrip(".")
        return Backup(outcome="failed", made_at=at, took_ms=_ms(begun), reason=f"No backup could be made: {why}.")
    return Backup(
        outcome="good", made_at=at, took_ms=_ms(begun), path=path, bytes=size, sha256=digest, removed=tuple(removed)
    )


def copy(database: Path, target: Path, progress: Progress | None = None) -> None:
    """Copy a database as it is now into a new file, stretch by stretch, by SQLite's online backup.

    A read transaction is held open: so each stretch is of the same moment, and no writer makes the copy begin anew; what
    they write meanwhile stays in the write-ahead log until the end. Raises sqlite3.Error and OSError.
    """
    uri = f"{database.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=60)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copied,
    ):
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()

        def told(_: int, remaining: int, total: int) -> None:
            if progress is not None and total:
                progress(1 - remaining / total)
            time.sleep(REST)

        source.backup(copied, pages=PAGES, progress=told)
        source.execute("ROLLBACK")
        copied.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def find_faults(path: Path) -> list[str]:
    """Return what SQLite finds wrong with a database: its structure, its indexes, its foreign keys; none: it is good."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if application != APPLICATION_ID:
                return ["it is no archive of Citekeep's"]
            rows = connection.execute(f"PRAGMA integrity_check({FAULTS_SHOWN})").fetchall()
            faults = [str(row[0]).splitlines()[0][:200] for row in rows if row[0] != "ok"]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(FAULTS_SHOWN)
            return faults + [
                f"a row of {table} names a row of {parent} that is not there" for table, _, parent, _ in orphans
            ]
    except sqlite3.Error as error:
        return [str(error)]


def check_file(path: Path) -> list[str]:
    """Return what is wrong with a backup: its sum, then as ``find_faults``. Raises InputError where it is not there."""
    if not path.is_file():
        raise InputError(f"There is no backup {path.name}.")
    beside = path.with_name(path.name + SUM)
    try:
        told = beside.read_text(encoding="ascii", errors="replace").split()[:1]
    except OSError:
        told = []
    if not told:
        return [f"its sum cannot be compared, as {beside.name} is not beside it", *find_faults(path)]
    if told != [sha256_of(path)]:
        return [f"its sum is not the one in {beside.name}", *find_faults(path)]
    return find_faults(path)


def rotate(folder: Path, keep: int) -> list[str]:
    """Remove the oldest backups until ``keep`` are left (one at least); return their names. Other files stay."""
    names = sorted(path.name for path in folder.glob("archive-*.db") if NAME.fullmatch(path.name))
    gone = names[: -max(1, keep)]
    for name in gone:
        (folder / name).unlink(missing_ok=True)
        (folder / (name + SUM)).unlink(missing_ok=True)
    return gone


def note(connection: sqlite3.Connection, made: Backup) -> None:
    """Record what came of a backup, and which older ones were removed for it. The folder is not recorded."""
    connection.execute(
        "INSERT INTO backups (made_at, name, outcome, reason, bytes, sha256, took_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            made.made_at, made.path.name if made.path else None, made.outcome, values.told(made.reason), made.bytes, made.sha256,
            made.took_ms,
        ),
    )  # fmt: skip
    connection.executemany(
        "UPDATE backups SET removed_at = ? WHERE name = ? AND removed_at IS NULL",
        [(clock.now(), name) for name in made.removed],
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _bad(database: Path, faults: list[str], at: str, begun: float) -> Backup:
    """Tell a copy that is bad from an archive that is: the archive itself is read, too."""
    own = find_faults(database)
    outcome, what = ("damaged", "archive.db is damaged") if own else ("failed", "The copy was bad, archive.db is not")
    return Backup(outcome=outcome, made_at=at, took_ms=_ms(begun), reason=f"{what}: {'; '.join(own or faults)}.")


def _keep(partial: Path) -> tuple[int, str, Path]:
    path = partial.with_name(partial.name.removesuffix(PARTIAL))
    _sync(partial)
    size, digest = partial.stat().st_size, sha256_of(partial)
    beside = path.with_name(path.name + SUM)
    beside.write_text(f"{digest}  {path.name}\n", encoding="ascii")
    _sync(beside)
    partial.rename(path)
    _sync(path.parent)
    return size, digest, path


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: what another process has begun there is not taken for left over."""
    with (folder / ".lock").open("wb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError("Another process is making a backup there; this one is not needed.") from None
        _remove_partials(folder)
        yield


def _remove_partials(folder: Path) -> None:
    for path in folder.glob(f"archive-*.db{PARTIAL}*"):
        with suppress(OSError):
            path.unlink()


def _ms(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
