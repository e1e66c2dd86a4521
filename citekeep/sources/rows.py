"""Sources as rows: what sources.toml says now, made true in archive.db. Functions for ``Writer.run``: a connection first."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from citekeep import clock, values
from citekeep.link_rows import ensure_link
from citekeep.sources.source import Source
from citekeep.sources.terms import keep_terms
from citekeep.sources.withdraw import withdraw

BROUGHT = 1
"""Priority of what a source has brought: before routine, after what was asked for by name."""


@dataclass
class Changes:
    """What a sync changed: names of sources. asked: articles that were made due."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    asked: int = 0


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms a source adds articles. found: articles.source. public, collection: as in Source."""

    found: str
    public: bool
    collection: str | None


_FIELDS = (
    "kind", "pattern", "collection", "every", "since", "depth", "public", "robots", "robots_reason", "signals",
    "signals_reason", "legal_basis", "rights", "user_agent", "contact", "proxy",
)  # fmt: skip
_COLUMNS = tuple("every_s" if name == "every" else name for name in _FIELDS)

_UPSERT = f"""
INSERT INTO sources (name, link_id, added_at, {", ".join(_COLUMNS)})
VALUES (?, ?, ?, {", ".join("?" for _ in _COLUMNS)})
ON CONFLICT (name) DO UPDATE SET
    removed_at = NULL, link_id = excluded.link_id, {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
RETURNING id
"""  # noqa: S608 - fixed names


def sync(
    connection: sqlite3.Connection, sources: Sequence[Source], lists: Mapping[str, Sequence[str]] | None = None
) -> Changes:
    """Make the sources of archive.db those that were read; what is new is due now, what is gone is not looked at again.

    lists: the URLs of sources that are lists, by name, as their files have them now.
    Nothing that a source has brought is forgotten: its articles and what they cite stay, and are checked as before. Where it
    was public and is private now, they are private, too.
    """
    now = clock.now()
    changes = Changes()
    public = {name for (name,) in connection.execute("SELECT name FROM sources WHERE public = 1")}
    for source in sources:
        _sync_one(connection, source, (lists or {}).get(source.name, ()), changes, now)
    names = {source.name for source in sources}
    for source_id, name in connection.execute("SELECT id, name FROM sources WHERE removed_at IS NULL").fetchall():
        if name not in names:
            connection.execute("UPDATE sources SET removed_at = ? WHERE id = ?", (now, source_id))
            _leave_pages(connection, source_id, keep=None, now=now)
            changes.removed.append(name)
    for name in public & {source.name for source in sources if not source.public}:
        (source_id,) = connection.execute("SELECT id FROM sources WHERE name = ?", (name,)).fetchone()
        withdraw(connection, source_id)
    keep_terms(connection, now)
    return changes


def _sync_one(connection: sqlite3.Connection, source: Source, urls: Sequence[str], changes: Changes, now: str) -> None:
    link_id = None
    if source.kind != "list":
        link_id = ensure_link(connection, source.place, public=source.kind == "article" and source.public, now=now)
    wanted = tuple(getattr(source, name) for name in _FIELDS)
    before = connection.execute(
        f"SELECT id, link_id, removed_at, {', '.join(_COLUMNS)} FROM sources WHERE name = ?",  # noqa: S608 - fixed names
        (source.name,),
    ).fetchone()
    if before is not None and before[1:] == (link_id, None, *wanted):
        changes.asked += _add_list(connection, before[0], source, urls, now)
        return
    (source_id,) = connection.execute(_UPSERT, (source.name, link_id, now, *wanted)).fetchone()
    (changes.added if before is None or before[2] else changes.changed).append(source.name)
    if link_id is None:
        _leave_pages(connection, source_id, keep=None, now=now)
        changes.asked += _add_list(connection, source_id, source, urls, now)
        return
    connection.execute("UPDATE links SET source_id = ? WHERE id = ?", (source_id, link_id))
    if source.kind == "article":
        terms = Terms(found="url", public=source.public, collection=source.collection)
        changes.asked += add_article(connection, source_id, source.place, terms, now=now)[1]
        return
    _leave_pages(connection, source_id, keep=link_id, now=now)
    add_page(connection, source_id, link_id, now=now)
    connection.execute("UPDATE links SET next_check_at = ?, priority = ? WHERE id = ?", (now, BROUGHT, link_id))


def _add_list(connection: sqlite3.Connection, source_id: int, source: Source, urls: Sequence[str], now: str) -> int:
    terms = Terms(found="list", public=source.public, collection=source.collection)
    due = sum(add_article(connection, source_id, url, terms, now=now)[1] for url in urls)
    if urls:
        connection.execute(
            "UPDATE sources SET looked_at = ?1, outcome = 'entries', new_at = iif(?2, ?1, new_at) WHERE id = ?3",
            (now, due, source_id),
        )
    return due


def add_page(
    connection: sqlite3.Connection, source_id: int, link_id: int, *, now: str, changed_text: str | None = None
) -> bool:
    """Add a page that lists for a source; return whether it is new, or says that it changed since it was added."""
    before = connection.execute(
        "SELECT changed_text, gone_at FROM source_pages WHERE source_id = ? AND link_id = ?", (source_id, link_id)
    ).fetchone()
    connection.execute(
        "INSERT INTO source_pages (source_id, link_id, changed_text, found_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (source_id, link_id) DO UPDATE SET changed_text = excluded.changed_text, gone_at = NULL",
        (source_id, link_id, changed_text, now),
    )
    return before is None or before[1] is not None or before[0] != changed_text


def _leave_pages(connection: sqlite3.Connection, source_id: int, *, keep: int | None, now: str) -> None:
    """Look no more at the pages of a source, unless another source has them or an article cites them."""
    connection.execute(
        "UPDATE source_pages SET gone_at = ? WHERE source_id = ? AND gone_at IS NULL AND link_id IS NOT ?",
        (now, source_id, keep),
    )
    connection.execute(
        "UPDATE links SET next_check_at = NULL, priority = 0 WHERE id IN ("
        " SELECT link_id FROM source_pages WHERE source_id = ? AND gone_at IS NOT NULL"
        " EXCEPT SELECT link_id FROM source_pages WHERE gone_at IS NULL EXCEPT SELECT link_id FROM citations"
        " EXCEPT SELECT link_id FROM articles)",
        (source_id,),
    )


def add_article(
    connection: sqlite3.Connection, source_id: int, url: str, terms: Terms, *, now: str, changed_text: str | None = None
) -> tuple[int, bool]:
    """Add an article that a source lists; return its id, and whether it is due now: it is new, or said to be changed.

    Feeds there are that date everything anew at each look. So an article that was read twice without a change is asked for
    its date's sake once in HEEDED_AGAIN at most.
    """
    link_id = ensure_link(connection, url, public=terms.public, now=now)
    known = connection.execute("SELECT id FROM articles WHERE link_id = ?", (link_id,)).fetchone()
    (article_id,) = connection.execute(_ARTICLE, (link_id, terms.found, terms.public, terms.collection, now)).fetchone()
    connection.execute(TAKE_OVER, (source_id, link_id))
    before = connection.execute(
        "SELECT changed_text FROM source_articles WHERE source_id = ? AND article_id = ?", (source_id, article_id)
    ).fetchone()
    changed = before is not None and changed_text is not None and before[0] not in {None, changed_text}
    if changed and connection.execute(_IS_QUIET, (article_id, clock.after(-HEEDED_AGAIN))).fetchone() is not None:
        changed, changed_text = False, before[0]  # it counts as changed at a later look, if it still says so
    connection.execute(_LISTED, (source_id, article_id, now, now, values.text(changed_text)))
    if known is None or changed:
        connection.execute(
            "UPDATE links SET next_check_at = ?, priority = max(priority, ?) WHERE id = ?", (now, BROUGHT, link_id)
        )
    return int(article_id), known is None or changed


HEEDED_AGAIN = 86_400
"""Seconds from the last check of a quiet article on in which another date of it is not heeded."""
_IS_QUIET = """
SELECT 1 FROM articles AS a JOIN links AS l ON l.id = a.link_id JOIN checks AS c ON c.id = l.last_check_id
JOIN versions AS v ON v.id = (SELECT id FROM versions WHERE article_id = a.id ORDER BY place DESC LIMIT 1)
WHERE a.id = ? AND v.readings >= 2 AND c.checked_at > ?
"""
TAKE_OVER = """
UPDATE links SET source_id = ? WHERE id = ?
    AND (source_id IS NULL OR source_id IN (SELECT id FROM sources WHERE removed_at IS NOT NULL))
"""
"""The terms of a source hold until it is left out of sources.toml and another has what it had."""

_ARTICLE = """
INSERT INTO articles (link_id, source, public, collection, added_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (link_id) DO UPDATE SET
    public = max(public, excluded.public), collection = coalesce(collection, excluded.collection)
RETURNING id
"""

_LISTED = """
INSERT INTO source_articles (source_id, article_id, first_listed_at, last_listed_at, changed_text) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (source_id, article_id) DO UPDATE SET
    last_listed_at = excluded.last_listed_at, changed_text = coalesce(excluded.changed_text, changed_text)
"""
