"""How fast each endpoint may be asked: 80 % of the documented limits, counted in the database so that restarts know."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from citekeep import clock

SHARE = 0.8  # the Archive asks clients to stay at 80 % of its limits (agreed for EDGI's client, June 2026)
MINUTE = 60.0


@dataclass(frozen=True)
class Rate:
    """Requests per minute and per UTC day that the service documents; None: not limited."""

    per_minute: float | None
    per_day: float | None = None


RATES: dict[str, Rate] = {
    "cdx": Rate(30),  # with TimeMaps; EDGI and the Archive, June 2026
    "replay": Rate(60),  # about 600 are allowed: there is no hurry
    "save": Rate(7, 30_000),  # Save Page Now 2 with keys, API document of October 2025; the day's quota is asked for
    "save_keyless": Rate(3, 200),
    "status": Rate(60, 70_000),  # daily_status_limit was seen at 70,000 in September 2026
}


def take(connection: sqlite3.Connection, service: str, endpoint: str) -> float:
    """Count one request and return 0, or return the seconds to wait, counting nothing.

    The last minute is estimated from this one and the share of the one before that still lies within sixty seconds.
    """
    rate, now = RATES[endpoint], clock.timestamp()
    minute, day = int(now // MINUTE), clock.text(now)[:10]
    into = now % MINUTE
    if rate.per_minute is not None:
        this, last = (
            _used(connection, service, endpoint, f"m{minute}"),
            _used(connection, service, endpoint, f"m{minute - 1}"),
        )
        allowed = rate.per_minute * SHARE
        if this + last * (1 - into / MINUTE) + 1 > max(1.0, allowed):
            return _until(this, last, allowed, into)
    if rate.per_day is not None and _used(connection, service, endpoint, day) + 1 > rate.per_day * SHARE:
        return 86_400 - now % 86_400
    for window in (f"m{minute}", day):
        connection.execute(
            "INSERT INTO counters (service, endpoint, window, used) VALUES (?, ?, ?, 1)"
            " ON CONFLICT (service, endpoint, window) DO UPDATE SET used = used + 1",
            (service, endpoint, window),
        )
    connection.execute(
        "DELETE FROM counters WHERE service = ? AND endpoint = ? AND window LIKE 'm%' AND window < ?",
        (service, endpoint, f"m{minute - 2}"),
    )
    return 0.0


def _used(connection: sqlite3.Connection, service: str, endpoint: str, window: str) -> int:
    row = connection.execute(
        "SELECT used FROM counters WHERE service = ? AND endpoint = ? AND window = ?", (service, endpoint, window)
    ).fetchone()
    return row[0] if row else 0


def _until(this: int, last: int, allowed: float, into: float) -> float:
    """Return the seconds until the estimate leaves room for one more."""
    if this + 1 > allowed or not last:
        return MINUTE - into + 1
    share = (allowed - 1 - this) / last  # of the last minute that may still count
    return max(1.0, (1 - share) * MINUTE - into)
