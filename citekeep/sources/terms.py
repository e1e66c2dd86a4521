"""The terms of sources, kept as they were at each time. Functions for ``Writer.run``: a connection first."""

from __future__ import annotations

import sqlite3

TOLD = 1_000  # sources that a warcinfo names at most


def keep_terms(connection: sqlite3.Connection, now: str) -> None:
    """Make what ``sources`` says now the terms in force; those that are not any more end. now: UTC, as clock.now()."""
    connection.execute(
        "UPDATE source_terms SET until_at = ? WHERE until_at IS NULL AND terms IS NOT"
        " (SELECT t.terms FROM terms_of_sources AS t WHERE t.source_id = source_terms.source_id AND t.in_force)",
        (now,),
    )
    connection.execute(
        "INSERT INTO source_terms (source_id, from_at, terms) SELECT t.source_id, ?, t.terms FROM terms_of_sources AS t"
        " WHERE t.in_force AND NOT EXISTS (SELECT 1 FROM source_terms WHERE source_id = t.source_id AND until_at IS NULL)",
        (now,),
    )


def warcinfo_terms(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return what a warcinfo says of the sources in force, as (field, value), at most TOLD of them.

    ``isPartOf`` (Dublin Core) for each collection, ``source`` for each source: its name and its terms as JSON.
    """
    collections = connection.execute(
        "SELECT DISTINCT terms ->> 'collection' FROM source_terms WHERE until_at IS NULL"
        " AND terms ->> 'collection' IS NOT NULL ORDER BY 1 LIMIT ?",
        (TOLD,),
    )
    sources = connection.execute(
        "SELECT json_set(t.terms, '$.name', s.name) FROM source_terms AS t JOIN sources AS s ON s.id = t.source_id"
        " WHERE t.until_at IS NULL ORDER BY s.name LIMIT ?",
        (TOLD,),
    )
    return [*(("isPartOf", name) for (name,) in collections), *(("source", terms) for (terms,) in sources)]
