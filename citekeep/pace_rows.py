"""The pace of sites as rows of ``sites``, and what was not asked for because of it. A connection first, for ``Writer.run``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from citekeep import clock
from citekeep.failures import ONLY_WAITS
from citekeep.items import Result
from citekeep.pace import Pace, PaceRules, capped, heeded
from citekeep.verdicts.table import RULES_VERSION

COLUMNS = ("delay_ms", "paused_at", "paused_until", "pause_reason", "refused", "walls", "pleas", "answered")
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM sites WHERE site = ?"  # noqa: S608 - fixed names
_UPDATE = f"UPDATE sites SET {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE site = ?"  # noqa: S608
SLOW_MOST = 10_000  # sites that are remembered as paused or slow
NOTED_AT_ONCE = 500  # links in one transaction


def record_pace(connection: sqlite3.Connection, result: Result, rules: PaceRules, now: str) -> None:
    """Count the requests of a check against their sites' day, and change the pace of each site that its signs are of."""
    count_requests(connection, result.requests, rules, now)
    for site in dict.fromkeys(sign["site"] for sign in result.signs):
        before = pace_of(connection, site)
        if before is not None:
            pace = heeded(before, result.signs, site, link_id=result.link_id, rules=rules, now=now)
            if pace != before:
                _keep(connection, site, pace)


def count_requests(connection: sqlite3.Connection, requests: Mapping[str, int], rules: PaceRules, now: str) -> None:
    """Count requests, {site: number}, against the day of their sites; a site that has had as many as it may is paused."""
    for site, number in requests.items():
        row = connection.execute(_COUNT, {"site": site, "n": number, "today": now[:10]}).fetchone()
        if row is not None and rules.per_day and row[0] >= rules.per_day:
            _keep(connection, site, capped(pace_of(connection, site) or Pace(), now=now))


_COUNT = """
UPDATE sites SET requests = iif(requests_on = :today, requests, 0) + :n, requests_on = :today
WHERE site = :site RETURNING requests
"""


def pace_of(connection: sqlite3.Connection, site: str) -> Pace | None:
    """Return the pace of a site, None where it is not known."""
    row = connection.execute(_SELECT, (site,)).fetchone()
    return None if row is None else Pace.of(dict(zip(COLUMNS, row, strict=True)))


def _keep(connection: sqlite3.Connection, site: str, pace: Pace) -> None:
    values = [getattr(pace, name) for name in COLUMNS]
    values[COLUMNS.index("refused")] = json.dumps(pace.refused) if pace.refused else None
    values[COLUMNS.index("answered")] = int(pace.answered)
    connection.execute(_UPDATE, (*values, site))


_LEASED = f"""
SELECT {", ".join(COLUMNS)}, iif(requests_on = ?, requests, 0) AS requests, asked_at, rest_ms FROM sites WHERE id = ?
"""  # noqa: S608 - fixed names


def of_lease(connection: sqlite3.Connection, site_id: int, now: str) -> dict[str, Any]:
    """Return a site's pace as plain data for a lease, with "requests" made today; "asked_at", "rest_ms": of when it was
    given back.
    """
    row = connection.execute(_LEASED, (now[:10], site_id)).fetchone()
    pace = dict(zip((*COLUMNS, "requests", "asked_at", "rest_ms"), row, strict=True))
    return pace | {"refused": json.loads(pace["refused"]) if pace["refused"] else []}


def slowed(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Return the sites that may not be asked now, or less often: {site: {"delay_ms", "paused_until", "pause_reason"}}."""
    rows = connection.execute(
        "SELECT site, delay_ms, paused_until, pause_reason FROM sites WHERE paused_until > ?"
        " UNION SELECT site, delay_ms, paused_until, pause_reason FROM sites WHERE delay_ms IS NOT NULL LIMIT ?",
        (clock.now(), SLOW_MOST),
    )
    return {site: {"delay_ms": delay, "paused_until": until, "pause_reason": why} for site, delay, until, why in rows}


def pause_of(connection: sqlite3.Connection, site: str) -> dict[str, str] | None:
    """Return until when a site is paused now, and why (pace.REASONS); None where it is not."""
    row = connection.execute(
        "SELECT paused_until, coalesce(pause_reason, '') FROM sites WHERE site = ? AND paused_until > ?",
        (site, clock.now()),
    ).fetchone()
    return None if row is None else {"until": row[0], "why": row[1]}


def lift(connection: sqlite3.Connection, site: str) -> int | None:
    """End the pause of a site; return how many links are due now that were due at its end, None where it is not paused.

    What it was paused for is not forgotten: where it walls us still, one wall pauses it for longer than before.
    """
    now = clock.now()
    row = connection.execute(
        "SELECT id, paused_until FROM sites WHERE site = ? AND paused_until > ?", (site, now)
    ).fetchone()
    if row is None:
        return None
    connection.execute("UPDATE sites SET paused_until = ?, not_before_at = NULL WHERE id = ?", (now, row[0]))
    return connection.execute(
        "UPDATE links SET next_check_at = ? WHERE site_id = ? AND next_check_at = ?", (now, *row)
    ).rowcount


# --- links whose time came and that were not asked ---

_OF_PAUSED = """
SELECT l.id, s.paused_until, s.pause_reason, s.epoch
FROM sites AS s JOIN links AS l ON l.site_id = s.id
WHERE s.paused_until > :now AND (s.claimed_until IS NULL OR s.claimed_until <= :now OR s.claimed_by = :run)
    AND l.next_check_at < s.paused_until AND (l.next_check_at <= :now OR l.priority > 0) AND l.priority >= :least
LIMIT :most
"""

_OF_CAPPED = f"""
SELECT l.id, NULL, 'run', s.epoch
FROM sites AS s JOIN links AS l ON l.site_id = s.id LEFT JOIN checks AS c ON c.id = l.last_check_id
WHERE s.site IN (SELECT value FROM json_each(:capped))
    AND (s.paused_until IS NULL OR s.paused_until <= :now)
    AND (s.claimed_until IS NULL OR s.claimed_until <= :now OR s.claimed_by = :run)
    AND (l.next_check_at <= :now OR l.priority > 0 AND l.next_check_at IS NOT NULL) AND l.priority >= :least
    AND coalesce(c.reason, '') NOT IN {ONLY_WAITS}
LIMIT :most
"""  # noqa: S608 - ours

_CHECK = f"""
INSERT INTO checks (link_id, turn, crawl_id, epoch, checked_at, requested_url, reason)
SELECT l.id, l.turn, :crawl, :epoch, :now, l.request_url, :reason
FROM links AS l LEFT JOIN checks AS c ON c.id = l.last_check_id
WHERE l.id = :link AND coalesce(c.reason, '') NOT IN {ONLY_WAITS}
RETURNING id
"""  # noqa: S608 - ours

_JUDGEMENT = """
INSERT INTO judgements (check_id, rules_version, verdict, flags, evidence, judged_at) VALUES (?, ?, ?, '[]', ?, ?)
"""

_LINK = """
UPDATE links SET turn = turn + :noted, last_check_id = coalesce(:check, last_check_id),
    standing = coalesce(standing, 'not_checked'), next_check_at = coalesce(:until, next_check_at)
WHERE id = :link
"""


def note_waiting(
    connection: sqlite3.Connection, *, crawl_id: int, run: str, least: int, capped: Sequence[str]
) -> tuple[int, int]:
    """Record why links whose time came are not asked: their site is paused, or this run has asked it as often as it may.

    Each is recorded once, as a check of group not_checked, however long it waits; it stays due, where its site is paused at
    the pause's end. Returns (links looked at, checks made), at most NOTED_AT_ONCE: repeat until nothing was looked at.
    least: the priority below which links are left alone. capped: sites of which this run may ask no more.
    """
    now = clock.now()
    values = {"now": now, "run": run, "least": least, "most": NOTED_AT_ONCE, "capped": json.dumps(list(capped))}
    rows = connection.execute(_OF_PAUSED, values).fetchall()
    rows = rows or (connection.execute(_OF_CAPPED, values).fetchall() if capped else [])
    return len(rows), sum(_note(connection, crawl_id, now, *row) for row in rows)


def _note(connection: sqlite3.Connection, crawl_id: int, now: str, link_id: int, until: str | None, why: str,
          epoch: int) -> int:  # fmt: skip
    reason = "cap" if why in {"cap", "run"} else "paused"
    row = connection.execute(
        _CHECK, {"link": link_id, "crawl": crawl_id, "epoch": epoch, "now": now, "reason": reason}
    ).fetchone()
    check_id = row[0] if row else None
    if check_id is not None:
        evidence: Mapping[str, Any] = {
            "rule": f"reason_{reason}", "matched": reason, "where": "reason", "why": why, "until": until,
        }  # fmt: skip
        connection.execute(_JUDGEMENT, (check_id, RULES_VERSION, reason, json.dumps(evidence), now))
    connection.execute(_LINK, {"noted": int(check_id is not None), "check": check_id, "until": until, "link": link_id})
    return int(check_id is not None)
