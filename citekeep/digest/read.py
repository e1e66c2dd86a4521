"""A digest, read from archive.db: the counts, the alarms, and a section for each kind of thing that happened."""

from __future__ import annotations

import sqlite3

from citekeep import clock
from citekeep.digest.articles import changed_articles, new_articles, unread_articles
from citekeep.digest.data import Digest, RunLine
from citekeep.digest.ledger import lost_snapshots, refused_saves, waiting_saves
from citekeep.digest.links import died, not_checked, paused_sites, revived
from citekeep.digest.past_alarms import raised_and_over
from citekeep.digest.span import Span
from citekeep.health import summaries
from citekeep.health.alarms import standing

SHOWN = 50  # items of a section, at most
RUNS_SHOWN = 50

_RUNS = """
SELECT id, spider, started_at, finished_at, finish_reason FROM crawls
WHERE id IN (SELECT value FROM json_each(:runs)) ORDER BY id DESC LIMIT :limit
"""


def digest(connection: sqlite3.Connection, span: Span, *, shown: int = SHOWN) -> Digest:
    """Return the digest of a span; each section has at most ``shown`` items, and says how many there are."""
    read = (
        new_articles, unread_articles, changed_articles, died, revived, refused_saves, lost_snapshots, waiting_saves, not_checked,
        paused_sites, raised_and_over,
    )  # fmt: skip
    return Digest(
        from_at=span.from_at,
        until_at=span.until_at,
        made_at=clock.now(),
        run_total=len(span.crawl_ids),
        runs=tuple(RunLine(run=row[0], spider=row[1], started_at=row[2], finished_at=row[3], finish_reason=row[4])
                   for row in connection.execute(_RUNS, span.values | {"limit": RUNS_SHOWN})),
        counts=counts(connection, span),
        alarms=tuple(standing(connection)),
        sections=tuple(one(connection, span, shown) for one in read),
    )  # fmt: skip


def counts(connection: sqlite3.Connection, span: Span) -> dict[str, int]:
    """Return the counts of a span, and what waits at its end (now, where the last run was not summed up)."""
    found = summaries.totals(connection, span.crawl_ids)
    found |= summaries.other_counts(connection, span.crawl_ids, span.marks)
    row = connection.execute(
        "SELECT saves_waiting, links_due FROM run_summaries WHERE made_at IS NOT NULL"
        " AND crawl_id IN (SELECT value FROM json_each(:runs)) ORDER BY crawl_id DESC LIMIT 1",
        span.values,
    ).fetchone()
    return found | dict(zip(("saves_waiting", "links_due"), row or summaries.waiting(connection), strict=True))
