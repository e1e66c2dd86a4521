"""Words looked for in all of archive.db: an address of one's own, say, that a server wrote into its page."""

from __future__ import annotations

import sqlite3

_TABLES = """
SELECT t.name FROM sqlite_master AS t
WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL %' AND NOT EXISTS (
    SELECT 1 FROM sqlite_master AS v
    WHERE v.sql LIKE 'CREATE VIRTUAL %' AND t.name LIKE v.name || '\\_%' ESCAPE '\\' AND t.name <> v.name)
ORDER BY t.name
"""
"""Without the indexes of full texts: what they index stands in other tables."""


def rows_with(connection: sqlite3.Connection, word: str) -> list[tuple[str, str, int]]:
    """Return (table, column, rows) wherever a word stands, whatever the case of its ASCII letters."""
    found = []
    for (table,) in connection.execute(_TABLES).fetchall():
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        counts = ", ".join(f'total(instr(lower(CAST("{column}" AS TEXT)), lower(?1)) > 0)' for column in columns)
        totals = connection.execute(f'SELECT {counts} FROM "{table}"', (word,)).fetchone()  # noqa: S608 - our own names
        found += [(table, column, int(total)) for column, total in zip(columns, totals, strict=True) if total]
    return found
