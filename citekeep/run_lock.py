"""Whether a run on this machine is still alive: it holds a lock on a file of its own until its process ends."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import BinaryIO

from citekeep import crawls

FOLDER = "runs"


def hold(data_dir: Path, run: str) -> BinaryIO:
    """Return the open, locked file of a run; the lock ends with the process, however it ends."""
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        stream = (folder / f"{run}.lock").open("wb")
        fcntl.flock(stream, fcntl.LOCK_EX)  # waits for a moment at most: for who looked whether it is left over
        if os.fstat(stream.fileno()).st_nlink:
            return stream
        stream.close()  # another process found it not locked yet, and removed it


def let_go(data_dir: Path, run: str, stream: BinaryIO, *, recorded: bool) -> None:
    """Give the lock of a run up. recorded: its end is in archive.db; else its file stays, to tell the next run."""
    if recorded:
        (data_dir / FOLDER / f"{run}.lock").unlink(missing_ok=True)
    stream.close()


def is_dead(data_dir: Path, run: str) -> bool:
    """Return whether the process of a run of this machine has ended. Without its file nothing is known: False."""
    try:
        with (data_dir / FOLDER / f"{run}.lock").open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True


def end_dead_runs(connection: sqlite3.Connection, data_dir: Path) -> int:
    """Mark runs whose process has ended as interrupted, free their sites and the ledger; return how many there were.

    Their files stay until that is committed: see ``sweep``.
    """
    dead = [(crawl_id, run) for crawl_id, run in _unfinished(connection) if is_dead(data_dir, run)]
    for crawl_id, run in dead:
        connection.execute(
            "UPDATE crawls SET finish_reason = ?1, finished_at = max(heartbeat_at,"
            " coalesce((SELECT max(checked_at) FROM checks WHERE crawl_id = ?2), '')) WHERE id = ?2",
            (crawls.INTERRUPTED, crawl_id),
        )
        crawls.free_sites(connection, run)
        connection.execute("DELETE FROM leases WHERE holder = ?", (run,))
    return len(dead)


def sweep(connection: sqlite3.Connection, data_dir: Path) -> None:
    """Remove the files of dead runs whose end is in archive.db, and of those that were killed before they were in it.

    To be called once the end of dead runs has been committed: without its file, a run that has none there is only known
    to be dead by its heartbeats.
    """
    unfinished = {run for _, run in _unfinished(connection)}
    for path in (data_dir / FOLDER).glob("*.lock"):
        if path.stem not in unfinished:
            _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except (FileNotFoundError, BlockingIOError):
        return


def _unfinished(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    return connection.execute("SELECT id, run FROM crawls WHERE finished_at IS NULL").fetchall()
