"""Alarms that were raised, or were over, in a span."""

from __future__ import annotations

import sqlite3

from citekeep.cards.lines import Line
from citekeep.digest.data import Item, Section
from citekeep.digest.span import Span
from citekeep.health.alarms import select


def raised_and_over(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return the alarms of the span that are over by now; those that stand are told first of all."""
    found = select(connection, "cleared_at BETWEEN ? AND ?", span.from_at, span.until_at)
    items = [
        Item(
            headline=f"{one.name.replace('_', ' ')}{f': {one.subject}' if one.subject else ''}",
            lines=(Line("Said", one.sentence), Line("Raised", one.raised_at), Line("Over", one.cleared_at or "")),
            facts=one.as_json(),
        )
        for one in found[:shown]
    ]
    about = "What they told of no longer holds." if found else "No alarm ended."
    return Section(name="alarms_over", title="Alarms that are over", about=about, total=len(found), items=tuple(items))
