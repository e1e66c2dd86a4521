"""Runs as rows: begun, beating, finished or found interrupted. Functions for ``Writer.run``: a connection first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citekeep import clock
from citekeep.health import summaries

DEAD_AFTER = 120  # seconds without a heartbeat until a run counts as killed: four heartbeats
INTERRUPTED = "interrupted"
"""The ``finish_reason`` of a run that was killed."""

NO_ROOM = "no_room"
"""That of a run that the disk guard ended: hardly any room was left."""

UNFINISHED = (INTERRUPTED, "shutdown", "archive_failed", NO_ROOM)
"""Reasons of runs that the same command goes on with: killed, stopped by a person, ended by a full disk or before it."""


@dataclass(frozen=True, kw_only=True)
class Crawl:
    """A run. since_at: checks from this time on count as its own: its start, or that of the run it goes on with."""

    crawl_id: int
    started_at: str
    since_at: str
    resumes_id: int | None = None


def start(
    connection: sqlite3.Connection,
    *,
    run: str,
    spider: str,
    arguments: Mapping[str, str],
    versions: Mapping[str, str],
    collection: str | None = None,
    vantage: str | None = None,
) -> Crawl:
    """Begin a run and return it; killed runs are marked interrupted and their sites are free again.

    run: the random id under which it claims sites. arguments: what the spider was given, without paths. If the last
    run of this spider with these arguments was interrupted or stopped, this one goes on with it (``resumes_id``).
    """
    mark_interrupted(connection)
    now = clock.now()
    before = interrupted(connection, spider, arguments)
    since_at = before.since_at if before else now
    resumes_id = before.crawl_id if before else None
    (crawl_id,) = connection.execute(
        "INSERT INTO crawls (run, spider, arguments, started_at, since_at, heartbeat_at, resumes_id, versions, vantage,"
        " collection) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (run, spider, _key(arguments), now, since_at, now, resumes_id, _key(versions), vantage, collection),
    ).fetchone()
    summaries.begin(connection, crawl_id)
    return Crawl(crawl_id=crawl_id, started_at=now, since_at=since_at, resumes_id=resumes_id)


def beat(connection: sqlite3.Connection, crawl_id: int) -> None:
    """Say that the run is alive. One that was taken for killed meanwhile (a suspended machine) is alive again."""
    connection.execute(
        "UPDATE crawls SET heartbeat_at = ?, finished_at = NULL, finish_reason = NULL WHERE id = ?"
        " AND (finished_at IS NULL OR finish_reason = ?)",
        (clock.now(), crawl_id, INTERRUPTED),
    )


def finish(connection: sqlite3.Connection, crawl_id: int, *, reason: str, stats: Mapping[str, Any]) -> None:
    """End a run: its reason as Scrapy gives it, its stats as JSON, and the sites that it still holds set free."""
    now = clock.now()
    connection.execute(
        "UPDATE crawls SET heartbeat_at = ?, finished_at = ?, finish_reason = ?, stats = ? WHERE id = ?",
        (now, now, reason, json.dumps(dict(stats), default=str, ensure_ascii=False, sort_keys=True), crawl_id),
    )
    _free(connection, crawl_id)


def has_ended(connection: sqlite3.Connection, run: str) -> bool:
    """Return whether a run has said itself that it ended; one that was only taken for killed has not."""
    row = connection.execute("SELECT 1 FROM crawls WHERE run = ? AND finish_reason <> ?", (run, INTERRUPTED)).fetchone()
    return row is not None


def mark_interrupted(connection: sqlite3.Connection) -> int:
    """Mark runs without a heartbeat for DEAD_AFTER seconds and free their sites; return how many there were."""
    dead = connection.execute(
        "UPDATE crawls SET finished_at = heartbeat_at, finish_reason = ?"
        " WHERE finished_at IS NULL AND heartbeat_at < ? RETURNING id",
        (INTERRUPTED, clock.after(-DEAD_AFTER)),
    ).fetchall()
    for (crawl_id,) in dead:
        _free(connection, crawl_id)
    return len(dead)


def interrupted(connection: sqlite3.Connection, spider: str, arguments: Mapping[str, str]) -> Crawl | None:
    """Return the last run of this spider with these arguments if it did not come to its end, else None."""
    row = connection.execute(
        "SELECT id, started_at, since_at, resumes_id, finish_reason FROM crawls"
        " WHERE spider = ? AND arguments = ? ORDER BY id DESC LIMIT 1",
        (spider, _key(arguments)),
    ).fetchone()
    if row is None or row[4] not in UNFINISHED:
        return None
    return Crawl(crawl_id=row[0], started_at=row[1], since_at=row[2], resumes_id=row[3])


def _free(connection: sqlite3.Connection, crawl_id: int) -> None:
    connection.execute(
        "DELETE FROM leases WHERE holder = (SELECT run FROM crawls WHERE id = ?)",  # the ledger, after an unclean end
        (crawl_id,),
    )
    for (run,) in connection.execute("SELECT run FROM crawls WHERE id = ?", (crawl_id,)).fetchall():
        free_sites(connection, run)


def free_sites(connection: sqlite3.Connection, run: str) -> None:
    """Give back what a run holds that cannot do so itself any more; it may have asked until now."""
    connection.execute(
        "UPDATE sites SET claimed_by = NULL, claimed_until = NULL, asked_at = ? WHERE claimed_by = ?",
        (clock.after(1), run),
    )


def _key(values: Mapping[str, str]) -> str:
    """Return JSON in one spelling, so that equal arguments are equal text."""
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)
