"""What the stand-in allows within a minute and a day, as the service documents it, and what follows where it is ignored."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from sandbox.http import Headers, Response
from sandbox.wayback.clock import Clock
from sandbox.wayback.scripts import TOO_MANY

IGNORED = 60.0  # seconds of 429s, asked on without a pause, after which the address is shut out
SHUT_OUT = 3_600.0  # seconds of the first time; twice as long each time


@dataclass
class Rates:
    """Save Page Now's document of October 2025, and what was measured in 2026.

    save, anonymous, index, available, playback: requests a minute (the index shares its pool with TimeMaps).
    url_day, type_day: captures of one URL in a day, over all accounts. sessions: captures at the same time.
    retry_after, empty: how a 429 is told.
    """

    save: int = 7
    anonymous: int = 3
    index: int = 30
    playback: int = 600
    url_day: int = 5
    type_day: dict[str, int] = field(default_factory=lambda: {"application/pdf": 1})
    day: int = 30_000
    anonymous_day: int = 200
    status_day: int = 70_000
    sessions: int = 3
    retry_after: str | None = None
    empty: bool = False


class Limits:
    """Counts what was asked. throttled: how often the answer was 429, by pool. asked: how often, by pool."""

    def __init__(self, clock: Clock, rates: Rates) -> None:
        self.clock = clock
        self.rates = rates
        self.throttled: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self._asked: dict[str, deque[float]] = {}
        self._days: Counter[tuple[str, str]] = Counter()
        self._ignored: tuple[float, float] | None = None  # the first and the last of the 429s in a row
        self._shut_until = 0.0
        self._times_shut = 0

    def allow(self, pool: str) -> bool:
        """Count a request of a pool; False where the last minute holds too many already."""
        self.asked[pool] += 1
        asked, now = self._asked.setdefault(pool, deque()), self.clock.now()
        while asked and asked[0] <= now - 60:
            asked.popleft()
        if len(asked) >= getattr(self.rates, pool):
            self.throttled[pool] += 1
            self._watch(now)
            return False
        asked.append(now)
        return True

    def _watch(self, now: float) -> None:
        """Shut the address out that has gone on asking for longer than IGNORED."""
        first, last = self._ignored or (now, now)
        if now - last > IGNORED:
            first = now
        self._ignored = (first, now)
        if now - first > IGNORED:
            self._shut_until = now + SHUT_OUT * 2**self._times_shut
            self._times_shut += 1
            self._ignored = None

    def shut_out(self) -> bool:
        """Return whether no connection is accepted now."""
        return self.clock.now() < self._shut_until

    def too_many(self) -> Response:
        """Return the answer to one request too many: HTML, without Retry-After unless the rates say so."""
        wait = self.rates.retry_after
        headers: Headers = [("Content-Type", "text/html")] + ([("Retry-After", wait)] if wait else [])
        return Response(status=429, headers=headers, body=b"" if self.rates.empty else TOO_MANY.encode())

    def count(self, what: str) -> None:
        """Count something of today."""
        self._days[what, self.clock.day()] += 1

    def today(self, what: str) -> int:
        """Return how often something came today."""
        return self._days[what, self.clock.day()]
