"""What came of saves in a span: refused, lost; and what waits now."""

from __future__ import annotations

import sqlite3

from citekeep.cards.lines import Line
from citekeep.digest.data import Item, Section
from citekeep.digest.span import Span
from citekeep.wayback.states import STATES

REASON_MAX = 300  # characters

_EVENTS = """
SELECT l.url, e.at, coalesce(e.reason, ''), m.memento_url
FROM save_events AS e
JOIN saves AS s ON s.id = e.save_id
JOIN links AS l ON l.id = s.link_id
LEFT JOIN mementos AS m ON m.id = s.memento_id
WHERE e.id > :saves_after AND e.id <= :saves_until AND e.to_state = :state
ORDER BY e.id LIMIT :limit
"""

_COUNT = "SELECT count(*) FROM save_events WHERE id > :saves_after AND id <= :saves_until AND to_state = :state"


def refused_saves(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return the links that the archive refused to save for good, each with its reason, verbatim."""
    about = "The archive will not save them; the reason is in its own words. Our own WARCs have what we fetched."
    return _section(
        connection, span, shown, "refused", ("refused_saves", "Saves refused", about, "No save was refused.")
    )


def lost_snapshots(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return the snapshots that were good once and are gone."""
    about = f"Read back and good once, and gone since. {STATES['lost'].advice}"
    return _section(
        connection, span, shown, "lost", ("lost_snapshots", "Snapshots lost", about, "No snapshot was lost.")
    )


def _section(
    connection: sqlite3.Connection, span: Span, shown: int, state: str, told: tuple[str, str, str, str]
) -> Section:
    values = span.values | {"state": state, "limit": shown}
    (total,) = connection.execute(_COUNT, values).fetchone()
    items = []
    for url, at, reason, memento in connection.execute(_EVENTS, values):
        lines = [Line("At", at), Line("Reason", reason[:REASON_MAX] or "none was given", quoted=bool(reason))]
        if memento:
            lines.append(Line("Snapshot", memento, url=memento))
        facts = {"url": url, "at": at, "reason": reason, "snapshot": memento}
        items.append(Item(headline=url, url=url, language="en", lines=tuple(lines), facts=facts))
    name, title, about, none = told
    return Section(name=name, title=title, about=about if total else none, total=total, items=tuple(items))


_WAITING = """
SELECT state, count(*), min(wanted_at), min(next_attempt_at)
FROM saves AS s JOIN links AS l ON l.id = s.link_id AND l.public = 1
WHERE state IN ('wanted', 'deferred', 'submitting', 'submitted', 'unknown') GROUP BY state ORDER BY 2 DESC
"""


def waiting_saves(connection: sqlite3.Connection, _: Span, shown: int) -> Section:
    """Return the open wishes for snapshots as they are now, by state."""
    rows = connection.execute(_WAITING).fetchall()
    items = []
    for state, number, wanted, next_at in rows[:shown]:
        lines = [Line("Means", STATES[state].meaning), Line("Oldest", wanted)]
        lines += [Line("Next", next_at)] if next_at else []
        facts = {"state": state, "saves": number, "oldest_at": wanted, "next_at": next_at}
        items.append(Item(headline=f"{state}: {number:,}", lines=tuple(lines), facts=facts))
    return Section(
        name="waiting_saves", title="Saves that wait",
        about="As they are now; `scrapy snapshots` goes on with them." if rows else "No save waits.",
        total=len(rows), items=tuple(items),
    )  # fmt: skip
