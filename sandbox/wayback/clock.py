"""The stand-in's clock: real time, until a test turns it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock:
    """Seconds since 1970 UTC. at: where it stands still, to be moved by ``turn`` alone; None: real time goes on."""

    def __init__(self, at: float | None = None) -> None:
        self._still = at
        self._turned = 0.0

    def now(self) -> float:
        """Return the time in seconds."""
        return (time.time() if self._still is None else self._still) + self._turned

    def turn(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._turned += seconds

    def stamp(self) -> str:
        """Return the time as 14 digits."""
        return stamp_of(self.now())

    def day(self) -> str:
        """Return the UTC day as 8 digits: the service's limits of a day are reset at its end."""
        return self.stamp()[:8]


def stamp_of(seconds: float) -> str:
    """Return a time as 14 digits, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%d%H%M%S")


def seconds_of(stamp: str) -> float:
    """Return the time that 1 to 14 digits begin. Raises ValueError for an impossible one."""
    padded = stamp + "00000101000000"[len(stamp) :]
    return datetime.strptime(padded, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()


def http_date(stamp: str) -> str:
    """Return 14 digits as a date of HTTP."""
    return format_datetime(datetime.fromtimestamp(seconds_of(stamp), UTC), usegmt=True)
