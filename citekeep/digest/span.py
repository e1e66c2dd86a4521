"""Which runs, and which rows of the ledger, a digest tells of."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from typing import Any

from citekeep import clock
from citekeep.durations import seconds_of
from citekeep.exceptions import InputError
from citekeep.health import summaries

ROW_ID_MOST = 2**63 - 1  # SQLite has no larger integer
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, kw_only=True)
class Span:
    """crawl_ids: runs, in their order. marks: rows of the ledger, as summaries.marks_of has them. from_at, until_at: UTC."""

    crawl_ids: tuple[int, ...]
    marks: dict[str, int]
    from_at: str
    until_at: str

    @property
    def values(self) -> dict[str, Any]:
        """What the queries of health/summaries.py are asked with."""
        return {
            "runs": json.dumps(list(self.crawl_ids)),
            "from_at": self.from_at,
            "until_at": self.until_at,
            **self.marks,
        }


def of_run(connection: sqlite3.Connection, crawl_id: int) -> Span:
    """Return the span of one run, with what came of the ledger since the run before was summed up. Raises InputError."""
    row = (
        None
        if crawl_id > ROW_ID_MOST
        else connection.execute(
            "SELECT c.started_at, c.finished_at, r.made_at FROM crawls AS c LEFT JOIN run_summaries AS r ON r.crawl_id = c.id"
            " WHERE c.id = ?",
            (crawl_id,),
        ).fetchone()
    )
    if row is None:
        raise InputError(f"There is no run {crawl_id}; `scrapy digest --runs` lists the last ones.")
    marks = summaries.marks_of(connection, crawl_id)
    return Span(crawl_ids=(crawl_id,), marks=marks, from_at=row[0], until_at=row[2] or row[1] or clock.now())


def last(connection: sqlite3.Connection) -> Span:
    """Return the span of the last run that has ended, else of the one that goes on. Raises InputError where none ran."""
    row = connection.execute("SELECT id FROM crawls ORDER BY finished_at IS NULL, id DESC LIMIT 1").fetchone()
    if row is None:
        raise InputError("No run yet: the first one fills this archive.")
    return of_run(connection, row[0])


def since(connection: sqlite3.Connection, text: str) -> Span:
    """Return the span from a time on: a day, a full time (UTC), or so long ago ("24h", "7d"). Raises InputError."""
    at = _time(text)
    if at > clock.now():
        raise InputError(f"--since {text[:40]!r} has not come yet.")
    rows = connection.execute(
        "SELECT id FROM crawls WHERE coalesce(finished_at, heartbeat_at) >= ? ORDER BY id", (at,)
    ).fetchall()
    marks: dict[str, int] = {}
    for name, (table, column) in _TABLES.items():
        (before,) = connection.execute(
            f"SELECT coalesce((SELECT id FROM {table} WHERE {column} < ? ORDER BY {column} DESC, id DESC LIMIT 1), 0)",  # noqa: S608
            (at,),
        ).fetchone()
        (end,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()  # noqa: S608 - ours
        marks |= {f"{name}_after": before, f"{name}_until": end}
    return Span(crawl_ids=tuple(row[0] for row in rows), marks=marks, from_at=at, until_at=clock.now())


_TABLES = {"saves": ("save_events", "at"), "lookups": ("lookups", "asked_at"), "standings": ("standing_changes", "at")}


def _time(text: str) -> str:
    seconds = seconds_of(text)
    at = f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text
    try:
        return clock.text(clock.parse(at)) if seconds is None else clock.after(-seconds)
    except (ValueError, OverflowError):
        raise InputError(
            f"--since {text[:40]!r} is no time such as 2026-11-23, 2026-11-23T06:00:00Z (UTC), 24h or 7d."
        ) from None
