"""WARC files as rows, and which record holds a payload already: functions for ``Writer.run``, a connection first."""

from __future__ import annotations

import sqlite3

from citekeep import clock
from citekeep.items import WarcRef
from citekeep.warc.index import WarcFile
from citekeep.warc.writer import Earlier


def note_opened(connection: sqlite3.Connection, name: str, at: str) -> None:
    """Record that a file was begun."""
    connection.execute("INSERT INTO warcs (name, opened_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, at))


def note_closed(connection: sqlite3.Connection, file: WarcFile) -> None:
    """Record size, number of records and sum of a file that was closed."""
    connection.execute(
        "UPDATE warcs SET closed_at = ?, bytes = ?, records = ?, sha256 = ? WHERE name = ?",
        (clock.now(), file.bytes, file.records, file.sha256, file.name),
    )


def find_payload(connection: sqlite3.Connection, body_sha256: str) -> Earlier | None:
    """Return where the earliest record of a body lies, or None."""
    row = connection.execute(
        "SELECT w.name, c.offset, c.length, c.url, c.started_at FROM captures AS c JOIN warcs AS w ON w.id = c.warc_id"
        " WHERE c.body_sha256 = ? AND c.truncated IS NULL ORDER BY c.id LIMIT 1",
        (body_sha256,),
    ).fetchone()
    return None if row is None else Earlier(WarcRef(name=row[0], offset=row[1], length=row[2]), row[3], row[4])
