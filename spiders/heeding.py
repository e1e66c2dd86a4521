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
        if held.count(check.requests.get(held.lease.site, 0)) >= rules.per_day > 0:
            held.pace = capped(held.pace, now=now)
        if not held.pace.is_paused(now):
            return
        until = held.pace.paused_until or now
        seconds = clock.parse(until) - clock.parse(now)
        if seconds <= SHORT_PAUSE and held.waiting:
            held.ready_at = time.monotonic() + seconds
        else:
            held.leave(until)
