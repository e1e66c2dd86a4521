"""How a spider keeps to the pace of the sites that it holds, and to the pauses of others."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from citekeep import clock
from citekeep.pace import capped, heeded

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from citekeep.items import Check
    from citekeep.requisites.items import AskedRequisite
    from spiders.leases import HeldLease, Leases

SHORT_PAUSE = 60  # seconds that are waited out; for a longer pause a site is given back
SLOWED_AGE = 10.0  # seconds until it is read again which sites others found to be paused or slow


class Heeding:
    """A spider's part that heeds what its sites ask."""

    crawler: Crawler
    leases: Leases
    frontier: Any
    slowed_at = -math.inf

    async def claim(self) -> None:
        """Claim sites, others than those that this run has asked as often as it may."""
        pace: Any = self.crawler.pace  # type: ignore[attr-defined]
        if time.monotonic() - self.slowed_at >= SLOWED_AGE:
            self.slowed_at = time.monotonic()
            pace.slowed = await self.frontier.slowed()
        await self.leases.claim(sorted(pace.capped))

    def heed(self, held: HeldLease, check: Check) -> None:
        """Change the pace of the sites that a check tells of, as the recorder does, and leave one that is paused now.

        Its other links stay due. A short pause is waited out.
        """
        rules, now, link_id = self.crawler.pace.rules, clock.now(), check.link.link_id  # type: ignore[attr-defined]
        told = {sign["site"] for sign in check.signs}
        for other in self.leases if told else ():
            if other.lease.site in told:
                other.pace = heeded(other.pace, check.signs, other.lease.site, link_id=link_id, rules=rules, now=now)
        self._count(held, check.requests)
        if not held.pace.is_paused(now):
            return
        until = held.pace.paused_until or now
        seconds = clock.parse(until) - clock.parse(now)
        if seconds <= SHORT_PAUSE and held.waiting:
            held.ready_at = time.monotonic() + seconds
        else:
            held.leave(until)

    def heed_requisite(self, held: HeldLease, asked: AskedRequisite, pause: float | None) -> None:
        """Count what a requisite cost its site, and leave a site that asks for less or has had its requests of the day.

        pause: seconds, or None.
        """
        rules, now = self.crawler.pace.rules, clock.now()  # type: ignore[attr-defined]
        self._count(held, asked.requests)
        if pause is not None:
            held.leave(clock.after(min(pause, rules.longest_wait)))
        elif held.pace.is_paused(now):
            held.leave(held.pace.paused_until)

    def _count(self, held: HeldLease, requests: dict[str, int]) -> None:
        rules: Any = self.crawler.pace.rules  # type: ignore[attr-defined]
        if held.count(requests.get(held.lease.site, 0)) >= rules.per_day > 0:
            held.pace = capped(held.pace, now=clock.now())
