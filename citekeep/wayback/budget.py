"""How fast each endpoint may be asked: 80 % of the documented limits, counted in the database so that restarts know."""

from __future__ import annotations

import sqlite3
from collections import deque
from dataclasses import dataclass
from math import ceil

from citekeep import clock

SHARE = 0.8  # the Archive asks clients to stay at 80 % of its limits (agreed for EDGI's client, June 2026)
PEAK = 0.85  # within any one minute: a little more, else a wait for a slow answer could never be made up for
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
    "memento": Rate(12),  # of any other archive: hardly one names a limit, and ours are few questions
}


class Pace:
    """One endpoint's pace in this process: SHARE of its limit on average, after a pause a few at once, and never more than
    PEAK of it, rounded up, within any sixty seconds. What other runs spent is in the database; see ``take``.
    """

    def __init__(self, per_minute: float) -> None:
        self._per_second = per_minute * SHARE / MINUTE
        self._most = ceil(per_minute * PEAK)
        self._bucket = self._full = max(1.0, (self._most - 1) / 2)
        self._filled_at = clock.timestamp()
        self._times: deque[float] = deque(maxlen=self._most)

    def wait(self) -> float:
        """Return the seconds until one more may be asked; 0.0 for now."""
        now = clock.timestamp()
        self._bucket = min(self._full, self._bucket + max(0.0, now - self._filled_at) * self._per_second)
        self._filled_at = now
        missing = (1.0 - self._bucket) / self._per_second
        crowded = self._times[0] + MINUTE - now if len(self._times) == self._most else 0.0
        return max(0.0, missing, crowded)

    def spend(self) -> None:
        """Count one that is asked now."""
        self._bucket -= 1.0
        self._times.append(clock.timestamp())


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
        allowed = int(rate.per_minute)  # what this run asks is paced already; this holds over the runs before it
        if this + last * (1 - into / MINUTE) + 1 > allowed:
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


def remember_quota(connection: sqlite3.Connection, service: str, endpoint: str, per_day: int) -> None:
    """Keep what the service told that it allows us a day."""
    connection.execute(
        "INSERT INTO quotas (service, endpoint, per_day, told_at) VALUES (?, ?, ?, ?) ON CONFLICT (service, endpoint)"
        " DO UPDATE SET per_day = excluded.per_day, told_at = excluded.told_at",
        (service, endpoint, max(0, per_day), clock.now()),
    )


def known_quota(connection: sqlite3.Connection, service: str, endpoint: str) -> int | None:
    """Return what the service last told that it allows us a day, or None where it never did."""
    row = connection.execute(
        "SELECT per_day FROM quotas WHERE service = ? AND endpoint = ?", (service, endpoint)
    ).fetchone()
    return row[0] if row else None


def keys_refused(connection: sqlite3.Connection, service: str) -> None:
    """Note that the service did not take our keys."""
    connection.execute(
        "INSERT INTO refused_keys (service, since, times) VALUES (?, ?, 1)"
        " ON CONFLICT (service) DO UPDATE SET times = times + 1",
        (service, clock.now()),
    )


def keys_taken(connection: sqlite3.Connection, service: str) -> None:
    """Forget that keys were refused: they were taken, or nobody uses any."""
    connection.execute("DELETE FROM refused_keys WHERE service = ?", (service,))


def most_a_day(endpoint: str) -> float | None:
    """Return the most requests that are made to an endpoint a day, by its pace; None where that has no limit."""
    rate = RATES[endpoint].per_minute
    return None if rate is None else rate * SHARE * 86_400 / MINUTE


def _used(connection: sqlite3.Connection, service: str, endpoint: str, window: str) -> int:
    row = connection.execute(
        "SELECT used FROM counters WHERE service = ? AND endpoint = ? AND window = ?", (service, endpoint, window)
    ).fetchone()
    return row[0] if row else 0


def _until(this: int, last: int, allowed: int, into: float) -> float:
    """Return the seconds until the estimate leaves room for one more."""
    if this + 1 > allowed or not last:
        return MINUTE - into + 1
    share = (allowed - 1 - this) / last  # of the last minute that may still count
    return max(1.0, (1 - share) * MINUTE - into)
