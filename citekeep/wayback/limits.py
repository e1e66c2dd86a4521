"""What may be asked now: the pace of each endpoint, its outages, and the account's quota."""

from __future__ import annotations

import logging

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import WaybackError, WaybackKeysError, WaybackThrottledError
from citekeep.wayback import budget
from citekeep.wayback.spn import SavePageNow

logger = logging.getLogger(__name__)

OUTAGE_WAIT = 900.0  # seconds
THROTTLED_WAIT = 60.0


class Limits:
    """Kept for one run of the ledger; what was spent is in the database.

    not_before: endpoint -> clock.timestamp() until which nothing is asked of it. sentence: what is in the way, for a
    person. reserve: share of the account's daily quota that is left to others.
    """

    def __init__(self, writer: Writer, service: str, *, reserve: float) -> None:
        self.writer = writer
        self.service = service
        self.reserve = reserve
        self.not_before: dict[str, float] = {}
        self.failures = 0
        self.quota_left: int | None = None
        self.sentence: str | None = None

    async def may_ask(self, endpoint: str) -> bool:
        """Count a request and return True, or return False where it is too early for one."""
        if self.not_before.get(endpoint, 0.0) > clock.timestamp():
            return False
        wait = await self.writer.run(budget.take, self.service, endpoint, urgent=True)
        if wait > 0:
            self.not_before[endpoint] = clock.timestamp() + wait
            return False
        return True

    def close(self, endpoint: str, error: WaybackError) -> None:
        """Ask nothing of an endpoint for a while: as long as it said, longer each time it says nothing."""
        self.failures += 1
        usual = THROTTLED_WAIT if isinstance(error, WaybackThrottledError) else OUTAGE_WAIT
        wait = max(error.retry_after or 0.0, usual * 2 ** min(self.failures - 1, 4))
        self.not_before[endpoint] = clock.timestamp() + wait
        self.sentence = f"{error} Nothing is asked of it until {clock.after(wait)}; the wishes wait."
        logger.warning("%s", self.sentence)

    def closed(self) -> set[str]:
        """Return the endpoints of which nothing is asked for now."""
        return {name for name, at in self.not_before.items() if at > clock.timestamp()}

    async def has_quota(self, spn: SavePageNow | None) -> bool:
        """Return whether the account has captures left beyond the reserve; asked anew once used up."""
        if spn is None:
            return True
        if self.quota_left is None or self.quota_left <= 0:
            try:
                user = await spn.user()
            except WaybackKeysError as error:
                self.not_before["save"] = clock.timestamp() + 86_400
                self.sentence = str(error)
                return False
            except WaybackError as error:
                self.close("save", error)
                return False
            daily = user.daily_captures_limit
            left = None if daily is None else int(daily * (1 - self.reserve)) - (user.daily_captures or 0)
            free = user.available if user.available is not None else 1
            if free <= 0 or (left is not None and left <= 0):
                wait = 20.0 if free <= 0 else 86_400 - clock.timestamp() % 86_400
                self.not_before["save"] = clock.timestamp() + wait
                return False
            self.quota_left = min(free, left) if left is not None else free
        self.quota_left -= 1
        return True
