"""What may be asked now: the pace of each endpoint, its outages, and the account's quota."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import WaybackError, WaybackKeysError, WaybackUnreachableError
from citekeep.wayback import budget
from citekeep.wayback.spn import SavePageNow, User

logger = logging.getLogger(__name__)

FIRST_WAITS: dict[type[WaybackError], float] = {
    WaybackUnreachableError: 120.0
}  # seconds after the first failure, by its class
USUAL_WAIT = 60.0  # after any other, 429 among them; doubled with each failure in a row
DOUBLINGS = 5
DAY = 86_400.0
UNPACED = 600.0  # a minute, of an endpoint without a limit of its own
SESSIONS_WAIT = 3.0  # seconds until a session may be free: as often as the status endpoint may well be asked


class Limits:
    """Kept for one run of the ledger; what was spent is in the database.

    not_before: endpoint -> clock.timestamp() until which nothing is asked of it. sentence: what is in the way, for a
    person. reserve: share of the account's daily quota that is left to others. quota: captures a day that the account may
    ask for, once it has told; else None.
    """

    def __init__(self, writer: Writer, service: str, *, reserve: float) -> None:
        self.writer = writer
        self.service = service
        self.reserve = reserve
        self.not_before: dict[str, float] = {}
        self.failures: Counter[str] = Counter()
        self.sentence: str | None = None
        self.quota: int | None = None
        self._paces: dict[str, budget.Pace] = {}
        self._gates: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._out_until: dict[str, float] = {}
        self._keyless = False
        self._left: int | None = None  # captures that may be asked for before the account is asked about again

    async def may_ask(self, endpoint: str) -> bool:
        """Count a request and return True, or return False where it is too early for one."""
        async with self._gates[endpoint]:  # else all that ask at the same time would be given the same place
            if endpoint in self.closed():
                return False
            pace = self._pace(endpoint)
            wait = pace.wait() or await self.writer.run(budget.take, self.service, endpoint, urgent=True)
            if wait > 0:
                self.shut(endpoint, wait)
                return False
            pace.spend()
            return True

    def _pace(self, endpoint: str) -> budget.Pace:
        return self._paces.setdefault(endpoint, budget.Pace(budget.RATES[endpoint].per_minute or UNPACED))

    async def may_save(self, spn: SavePageNow | None) -> bool:
        """Count a submission and return True, or return False where the pace, the account or an outage forbid one."""
        endpoint = self.save_endpoint(spn)
        if spn is None and not self._keyless:
            self._keyless = True
            await self.writer.run(budget.keys_taken, self.service)
        if endpoint in self.closed() or (spn is not None and not await self._has_quota(spn)):
            return False
        if not await self.may_ask(endpoint):
            return False
        if self._left is not None:
            self._left -= 1
        return True

    @staticmethod
    def save_endpoint(spn: SavePageNow | None) -> str:
        """Return where pages are saved, with keys or without."""
        return "save" if spn is not None else "save_keyless"

    def shut(self, endpoint: str, seconds: float, sentence: str | None = None) -> None:
        """Ask nothing of an endpoint for so long; where it is shut for longer already, that stands."""
        self.not_before[endpoint] = max(self.not_before.get(endpoint, 0.0), clock.timestamp() + seconds)
        if sentence is not None:
            self.sentence = f"{sentence} Nothing is asked of it until {clock.after(seconds)}; the wishes wait."
            logger.warning("%s", self.sentence)

    def failed(self, endpoint: str, error: WaybackError) -> float:
        """Ask nothing of an endpoint for a while: as long as it said, longer with each failure in a row. Return seconds.

        What was asked at the same time and failed, too, is one failure with it.
        Keys that are refused once more are not tried again by this run: the service was seen to refuse good keys in an
        overload, once.
        """
        if clock.timestamp() >= self._out_until.get(endpoint, 0.0):
            self.failures[endpoint] += 1
        usual = FIRST_WAITS.get(type(error), USUAL_WAIT) * 2 ** min(self.failures[endpoint] - 1, DOUBLINGS)
        wait = max(error.retry_after or 0.0, usual)
        if isinstance(error, WaybackKeysError) and self.failures[endpoint] > 1:
            wait = DAY
        self._out_until[endpoint] = clock.timestamp() + wait
        self.shut(endpoint, wait, str(error))
        return wait

    def answered(self, endpoint: str) -> None:
        """Forget the failures of an endpoint: it has answered."""
        self.failures.pop(endpoint, None)

    def closed(self) -> set[str]:
        """Return the endpoints of which nothing is asked for now."""
        return {name for name, at in self.not_before.items() if at > clock.timestamp()}

    async def _has_quota(self, spn: SavePageNow) -> bool:
        """Return whether the account has captures left beyond the reserve; it is asked anew once they are used up."""
        if self._left is not None and self._left > 0:
            return True
        if not await self.may_ask("status"):
            return False
        try:
            user = await spn.user()
        except WaybackError as error:
            if isinstance(error, WaybackKeysError):
                await self.writer.run(budget.keys_refused, self.service)
            self.failed("save", error)
            return False
        self.answered("save")
        await self.writer.run(budget.keys_taken, self.service)
        self.quota = user.daily_captures_limit
        if self.quota is not None:
            await self.writer.run(budget.remember_quota, self.service, "save", self.quota)
        self._left = left_of(user, self.reserve)
        if self._left > 0:
            return True
        if user.available is not None and user.available <= 0:
            self.shut("save", SESSIONS_WAIT)
        else:
            used, daily = user.daily_captures, user.daily_captures_limit
            told = f"The account has used {used} of {daily} captures of today, all but its reserve."
            self.shut("save", DAY - clock.timestamp() % DAY, told)
        return False


def left_of(user: User, reserve: float) -> int:
    """Return how many captures may be asked for at once: the free sessions, as far as today's quota reaches."""
    free = user.available if user.available is not None else 1
    if user.daily_captures_limit is None:
        return max(0, free)
    return max(0, min(free, int(user.daily_captures_limit * (1 - reserve)) - (user.daily_captures or 0)))
