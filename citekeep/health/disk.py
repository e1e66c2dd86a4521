"""How much room is left, and for how long it will do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from citekeep import clock
from citekeep.exceptions import NoRoomError
from citekeep.health.terms import DAY

DAYS = 7.0  # over which the disk's growth is averaged
LEAST_DAYS = 1.0  # less is no average


def free(places: Iterable[Path]) -> int:
    """Return the bytes that an unprivileged user may still write, on the fullest of the disks that hold ``places``.

    A folder that is not there yet counts as the nearest one above it. Raises OSError.
    """
    return min(_free(place) for place in places)


def _free(place: Path) -> int:
    while not place.exists() and place != place.parent:
        place = place.parent
    left = os.statvfs(place)
    return left.f_bavail * left.f_frsize


def check(places: Iterable[Path], least: int) -> int:
    """Return how many bytes are free; raise NoRoomError, one sentence, where they are fewer than ``least`` (0: any do)."""
    left = free(places)
    if least and left < least:
        raise NoRoomError(
            f"Only {in_words(left)} are free where the archive lies; DISK_FREE_MIN asks for {in_words(least)}."
            " Make room, or put the archive on a larger disk."
        )
    return left


def days_left(connection: sqlite3.Connection, now_free: int) -> float | None:
    """Return in how many days the disk is full at the rate of the last DAYS; None where it does not fill, or none is known.

    The rate is that of the whole disk, whoever fills it.
    """
    row = connection.execute(
        "SELECT made_at, disk_free FROM run_summaries WHERE made_at >= ? AND disk_free IS NOT NULL ORDER BY made_at LIMIT 1",
        (clock.after(-DAYS * DAY),),
    ).fetchone()
    if row is None:
        return None
    days = (clock.timestamp() - clock.parse(row[0])) / DAY
    lost = row[1] - now_free
    if days < LEAST_DAYS or lost <= 0:
        return None
    return now_free / (lost / days)


def in_words(size: float) -> str:
    """Return a number of bytes for a person: "412 MiB", "3.2 GiB"."""
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}" if size < 10 * unit else f"{size / unit:,.0f} {name}"
    return f"{size:,.0f} bytes"
