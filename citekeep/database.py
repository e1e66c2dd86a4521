"""archive.db: how it is opened, and the one thread of a process that writes it.

Write-ahead log, so that readers never wait for the writer; synchronous=NORMAL, so that a kill loses nothing that was
committed and a power cut at most the last transactions, never the file. Times are those of citekeep/clock.py.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlite_utils

from citekeep import dictionary
from citekeep.batches import BatchThread, Job, answer
from citekeep.exceptions import ArchiveError, NewerArchiveError
from citekeep.folding import fold
from citekeep.migrations import APPLICATION_ID, migrations
from citekeep.verdicts.table import VERDICTS

logger = logging.getLogger(__name__)

T = TypeVar("T")

BUSY_TIMEOUT = 30.0  # seconds that one statement waits for another process's transaction
LOCKED_PATIENCE = 600.0  # seconds that a batch is tried again while the database stays locked
BATCH_JOBS = 500
BATCH_SECONDS = 0.05


def connect(path: str | Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Return a connection to archive.db, made and migrated to today's schema unless it is opened read-only.

    Rows are tuples, foreign keys are on, transactions are explicit (BEGIN IMMEDIATE). The SQL function ``fold`` is what
    the full-text index was built with. Raises NewerArchiveError where a newer Citekeep wrote the file, ArchiveError,
    one sentence, where it cannot be opened or is no archive. Close it; it may be used by one thread at a time.
    """
    path = Path(path)
    if read_only and not path.exists():
        raise ArchiveError(f"There is no {path} yet: archive an article first.")
    connection = None
    try:
        connection = _open(path, read_only=read_only)
        _prepare(connection, path, read_only=read_only)
    except (sqlite3.Error, OSError) as error:
        if connection is not None:
            connection.close()
        raise ArchiveError(f"Cannot open {path}: {_why(error)}.") from error
    except ArchiveError:
        assert connection is not None
        connection.close()
        raise
    return connection


def bring_up_to_date(path: str | Path) -> None:
    """Migrate an archive that is there to today's schema. Raises ArchiveError as ``connect`` does, also where there is none."""
    if not Path(path).exists():
        connect(path, read_only=True)
    connect(path).close()


def _open(path: Path, *, read_only: bool) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.create_function("fold", 1, fold, deterministic=True)
    connection.execute("PRAGMA foreign_keys = ON")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        return "it is no SQLite database"
    return str(error)


class _Database(sqlite_utils.Database):
    """Runs the scripts of migrations in time that grows with their length: the library's own grows with its square."""

    def executescript(self, sql: str) -> sqlite3.Cursor:
        """Run a script in the transaction that is open; return the cursor of its last statement."""
        cursor, begun = self.conn.cursor(), ""
        for part in sql.split(";"):
            begun += f"{part};"
            if sqlite3.complete_statement(begun):
                cursor, begun = self.execute(begun), ""
        return self.execute(begun) if begun else cursor  # what is incomplete raises


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    """Refuse what is not an archive or is newer, before anything is written; then bring it up to date."""
    database = _Database(connection)
    known = {migration.name for migration in migrations.pending(sqlite_utils.Database(memory=True))}
    applied = {migration.name for migration in migrations.applied(database)}
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if objects and not applied and application != APPLICATION_ID:
        raise ArchiveError(f"{path} is a database, but not one of Citekeep's; name another file in ARCHIVE_DB.")
    if applied - known:
        raise NewerArchiveError(f"{path} was written by a newer Citekeep; update this checkout. Nothing was changed.")
    if read_only:
        if known - applied:
            raise ArchiveError(f"{path} was written by an older Citekeep; `scrapy health` brings it up to date.")
        return
    _turn_on_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    if known - applied or not _is_told(connection):
        with transaction(connection):  # two processes that open a new file at once must not both migrate it
            _bring_up_to_date(connection, database)


def _turn_on_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite's busy handler does not wait for this one statement, so we do."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_locked(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


_VERDICT_COLUMNS = (
    "name", "group", "position", "strikes", "rot_strict", "rot_broad", "rot_pew_2024", "cs1_url_status",
    "sentence_en", "sentence_ru", "sentence_uk", "since_ruleset",
)  # fmt: skip
_VERDICT_NAMES = ", ".join(f'"{column}"' for column in _VERDICT_COLUMNS)


def _verdict_rows() -> list[tuple[Any, ...]]:
    return [tuple(getattr(row, column) for column in _VERDICT_COLUMNS) for row in VERDICTS]


def _is_told(connection: sqlite3.Connection) -> bool:
    """Return whether the lists that the database repeats (verdicts, dictionary) are those of this checkout."""
    verdicts = set(connection.execute(f"SELECT {_VERDICT_NAMES} FROM verdicts"))  # noqa: S608 - fixed names
    told = set(connection.execute("SELECT name, column_name, kind, description FROM dictionary"))
    return verdicts >= set(_verdict_rows()) and told == set(dictionary.rows())


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run a block as one writing transaction: committed at its end, undone where it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _bring_up_to_date(connection: sqlite3.Connection, database: sqlite_utils.Database) -> None:
    migrations.apply(database)
    updates = ", ".join(f'"{column}" = excluded."{column}"' for column in _VERDICT_COLUMNS[1:])
    connection.executemany(
        f"INSERT INTO verdicts ({_VERDICT_NAMES}) VALUES ({', '.join('?' * len(_VERDICT_COLUMNS))}) "  # noqa: S608
        f"ON CONFLICT (name) DO UPDATE SET {updates}",
        _verdict_rows(),
    )
    connection.execute("DELETE FROM dictionary")
    connection.executemany("INSERT INTO dictionary VALUES (?, ?, ?, ?)", dictionary.rows())


# --- the writer ----------------------------------------------------------------------------------------------------


class _Job(Job):
    result: Any = None

    def __init__(self, loop: Any, function: Callable[..., Any], arguments: tuple[Any, ...], *, urgent: bool) -> None:
        super().__init__(loop, urgent=urgent)
        self.function = function
        self.arguments = arguments


class Writer:
    """One thread that runs functions on one connection, many to a transaction.

    A function gets the connection and its arguments and runs inside a savepoint: if it raises, it alone is undone. Its
    future is resolved once its transaction has committed. Functions must not begin or end transactions. May be called
    from any thread and any event loop. A caller who stops waiting withdraws a job that has not begun.
    """

    def __init__(self, path: str | Path, *, locked_patience: float = LOCKED_PATIENCE) -> None:
        self.path = Path(path)
        self.locked_patience = locked_patience
        self._connection = connect(self.path)
        self._thread: BatchThread[_Job] = BatchThread(
            "archive-writer",
            self._work,
            ended=self._connection.close,
            seconds=lambda: BATCH_SECONDS,
            most=BATCH_JOBS,
        )
        self._thread.start()

    async def run(self, function: Callable[..., T], *arguments: Any, urgent: bool = False) -> T:
        """Return what ``function(connection, *arguments)`` returned, once it is committed.

        urgent: commit at once rather than with what comes within BATCH_SECONDS. Raises what the function raised, or
        ArchiveError where the transaction could not be committed: nothing of it is recorded then.
        """
        result: T = await self.put(function, *arguments, urgent=urgent)
        return result

    def put(self, function: Callable[..., T], *arguments: Any, urgent: bool = False) -> asyncio.Future[T]:
        """Queue what ``run`` runs, and return the future of what it returns."""
        job = _Job(asyncio.get_running_loop(), function, arguments, urgent=urgent)
        self._queue(job)
        future: asyncio.Future[T] = job.future
        return future

    def run_sync(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what ``run`` would, for callers without an event loop."""
        job = _Job(None, function, arguments, urgent=True)
        self._queue(job)
        result: T = job.future.result()
        return result

    def _queue(self, job: _Job) -> None:
        if not self._thread.put(job):
            raise ArchiveError("archive.db is closed already.")

    def close(self) -> None:
        """Run what is queued, commit, close the file. Blocks; may be called twice."""
        self._thread.close()

    async def aclose(self) -> None:
        """Close without blocking the event loop."""
        await self._thread.aclose()

    # --- the thread ---

    def _work(self, jobs: list[_Job]) -> None:
        """Run the jobs in one transaction and tell their callers; nothing that goes wrong may end the thread."""
        batch = [job for job in jobs if job.begin()]
        if not batch:
            return
        try:
            self._begin()
            for job in batch:
                self._run(job)
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - handed to every caller of the batch
            self._rollback()
            answer((job, ArchiveError(f"Cannot write {self.path}: {error}.")) for job in batch)
            return
        answer((job, job.result) for job in batch)

    def _begin(self) -> None:
        """Take the write lock, which other processes hold for moments; this is the only statement that waits for it."""
        deadline = time.monotonic() + self.locked_patience
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not _is_locked(error) or time.monotonic() >= deadline:
                    raise
                logger.warning("archive.db is locked by another process; trying again")
                time.sleep(0.05)
            else:
                return

    def _run(self, job: _Job) -> None:
        execute = self._connection.execute
        execute("SAVEPOINT job")
        try:
            job.result = job.function(self._connection, *job.arguments)
        except Exception as error:
            if _ends_the_transaction(error):
                raise
            job.result = error
            execute("ROLLBACK TO job")
        execute("RELEASE job")

    def _rollback(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            logger.exception("Could not roll back")


_WHOLE_BATCH = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB,
}  # fmt: skip
"""Primary result codes that concern the file, not the job (https://www.sqlite.org/rescode.html)."""


def _primary_code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _ends_the_transaction(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and _primary_code(error) in _WHOLE_BATCH


def _is_locked(error: Exception) -> bool:
    return _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
