"""Whether the quotas, the pace of single sites and the disk leave room for what is due: what ``scrapy due --status`` adds."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from citekeep import clock
from citekeep.due_plan import DAY, LATE_DAYS, Status
from citekeep.durations import in_words
from citekeep.health import disk
from citekeep.wayback import budget, capacity
from citekeep.wayback.capacity import Capacity

SITES_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class LateSite:
    """A site whose links are late. seconds: that asking them all takes at least, at its pace."""

    site: str
    links: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Room:
    """What limits a day's work. lookups_most: look-ups a day at most. pass_at: when every link was looked at once more, at
    the rate of late (UTC); None: never. disk_free: bytes; disk_days: until the disk is full, None: it does not fill.
    """

    status: Status
    lookups_most: float
    saves: Capacity
    late_sites: list[LateSite]
    disk_free: int
    disk_days: float | None

    @property
    def pass_at(self) -> str | None:
        """See the class."""
        days = self.status.pass_days
        return None if days is None or days > 36_500 else clock.after(days * DAY)

    def sentences(self) -> list[str]:
        """Return what a person wants to know, one thing each."""
        told = [f"Look-ups: {self.status.lookups:,.0f} a day, of {self.lookups_most:,.0f} at most."]
        told += [f"Saves: {sentence[:1].lower()}{sentence[1:]}" for sentence in self.saves.sentences()]
        if self.pass_at:
            told.append(f"The next full pass over all links ends about {self.pass_at[:10]}, at this rate.")
        told += [
            f"Late on {one.site}: {one.links:,} links; to ask them takes {in_words(one.seconds)} at least, at its pace."
            for one in self.late_sites
        ]
        full = "" if self.disk_days is None else f"; at this rate they are used up in {in_words(self.disk_days * DAY)}"
        return [*told, f"{disk.in_words(self.disk_free)} are free where the archive lies{full}."]

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "lookups_most": round(self.lookups_most), "saves": self.saves.as_json(), "pass_at": self.pass_at,
            "late_sites": [asdict(one) for one in self.late_sites], "disk_free": self.disk_free,
            "disk_days": None if self.disk_days is None else round(self.disk_days, 1), "sentences": self.sentences(),
        }  # fmt: skip


_LATE = """
SELECT s.site, count(*), count(*) * max(coalesce(s.delay_ms, 0), :delay) / 1000.0
FROM links AS l JOIN sites AS s ON s.id = l.site_id
WHERE l.priority IN (0, 1, 2) AND l.next_check_at <= :late GROUP BY s.id ORDER BY 2 DESC, 1 LIMIT :limit
"""


def room(
    connection: sqlite3.Connection, status: Status, *, keys: bool, reserve: float, delay: float, free: int, service: str
) -> Room:
    """Return what limits a day's work. free: bytes on the disk. delay: seconds between two requests to a site, at least."""
    quota = budget.known_quota(connection, service, "save") if keys else None
    values = {"delay": delay * 1000, "late": clock.after(-LATE_DAYS * DAY), "limit": SITES_SHOWN}
    return Room(
        status=status,
        lookups_most=budget.most_a_day("cdx") or 0.0,
        saves=Capacity(
            counts=capacity.count(connection, service), most=capacity.most(keys=keys, quota=quota, reserve=reserve)
        ),
        late_sites=[LateSite(site=r[0], links=r[1], seconds=r[2]) for r in connection.execute(_LATE, values)],
        disk_free=free,
        disk_days=disk.days_left(connection, free),
    )
