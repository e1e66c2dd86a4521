"""WARC files as rows, and which record holds a payload already. Functions for ``Writer.run`` take a connection first."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from citekeep import clock
from citekeep.database import connect
from citekeep.items import WarcRef
from citekeep.sources.terms import warcinfo_terms
from citekeep.warc.index import WarcFile
from citekeep.warc.repair import measure
from citekeep.warc.writer import PREFIX, Earlier


def note_opened(connection: sqlite3.Connection, name: str, at: str) -> None:
    """Record that a file was begun."""
    connection.execute("INSERT INTO warcs (name, opened_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, at))


def note_closed(connection: sqlite3.Connection, file: WarcFile) -> None:
    """Record size, number of records and sum of a file that was closed, also of one that no row named yet."""
    now = clock.now()
    connection.execute(
        "INSERT INTO warcs (name, opened_at, closed_at, bytes, records, sha256) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name)"
        " DO UPDATE SET closed_at = excluded.closed_at, bytes = excluded.bytes, records = excluded.records,"
        " sha256 = excluded.sha256",
        (file.name, now, now, file.bytes, file.records, file.sha256),
    )


def sum_up(connection: sqlite3.Connection, directory: Path) -> None:
    """Note the sums of files that a run closed and could not say so: it was killed, or the database's disk was full.

    Reads them; raises OSError.
    """
    known = dict(connection.execute("SELECT name, closed_at FROM warcs").fetchall())
    for path in sorted(directory.glob(f"{PREFIX}*.warc.gz")):
        if known.get(path.name) is None:  # one that is open has another name
            note_closed(connection, measure(path))


def find_payload(connection: sqlite3.Connection, body_sha256: str) -> Earlier | None:
    """Return where the earliest record of a body lies, or None."""
    row = connection.execute(
        "SELECT w.name, c.offset, c.length FROM captures AS c JOIN warcs AS w ON w.id = c.warc_id"
        " WHERE c.body_sha256 = ? AND c.truncated IS NULL ORDER BY c.id LIMIT 1",
        (body_sha256,),
    ).fetchone()
    return None if row is None else Earlier(WarcRef(name=row[0], offset=row[1], length=row[2]))


def find_original(connection: sqlite3.Connection, body_sha256: str, url: str, date: str) -> WarcRef | None:
    """Return where the record lies that a revisit of this body refers to by (url, date), or None."""
    row = connection.execute(
        "SELECT w.name, c.offset, c.length FROM captures AS c JOIN warcs AS w ON w.id = c.warc_id"
        " WHERE c.body_sha256 = ? AND c.url = ? AND c.started_at = ? AND c.truncated IS NULL ORDER BY c.id LIMIT 1",
        (body_sha256, url, date),
    ).fetchone()
    return None if row is None else WarcRef(name=row[0], offset=row[1], length=row[2])


ANSWERS_LOOKED_AT = 5
"""Of one body from one URL: its later answers are told apart by their validators."""


def find_answers(connection: sqlite3.Connection, body_sha256: str, url: str) -> list[WarcRef]:
    """Return where answers of a URL with this body lie, the last first."""
    rows = connection.execute(
        "SELECT w.name, c.offset, c.length FROM captures AS c JOIN warcs AS w ON w.id = c.warc_id"
        " WHERE c.body_sha256 = ? AND c.url = ? AND c.truncated IS NULL ORDER BY c.id DESC LIMIT ?",
        (body_sha256, url, ANSWERS_LOOKED_AT),
    )
    return [WarcRef(name=name, offset=offset, length=length) for name, offset, length in rows]


class Payloads:
    """Answers from a connection of its own, opened read-only with the first question: the database's writer is not asked.

    For one thread at a time. Raises ArchiveError or sqlite3.Error where archive.db cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None

    def find(self, body_sha256: str) -> Earlier | None:
        """Return where the earliest committed record of a body lies, or None."""
        return find_payload(self._open(), body_sha256)

    def answers(self, body_sha256: str, url: str) -> list[WarcRef]:
        """Return where committed answers of a URL with this body lie, the last first."""
        return find_answers(self._open(), body_sha256, url)

    def terms(self) -> list[tuple[str, str]]:
        """Return what a warcinfo says of the sources and their terms, as committed."""
        return warcinfo_terms(self._open())

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self.path, read_only=True)
        return self._connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
