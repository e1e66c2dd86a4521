"""What the stand-in allows within a minute and a day, as the service documents it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from sandbox.http import Response
from sandbox.wayback.clock import Clock


@dataclass
class Rates:
    """Save Page Now's document of October 2025, and what was measured in 2026. per_minute of: save, anonymous, index
    (CDX and TimeMaps together). url_day: captures of one URL, over all accounts. sessions: at the same time."""

    save: int = 7
    anonymous: int = 3
    index: int = 30
    url_day: int = 5
    day: int = 30_000
    anonymous_day: int = 200
    sessions: int = 3


class Limits:
    """Counts what was asked. throttled: how often the answer was 429, by pool."""

    def __init__(self, clock: Clock, rates: Rates) -> None:
        self.clock = clock
        self.rates = rates
        self.throttled: Counter[str] = Counter()
        self._asked: dict[str, deque[float]] = {"save": deque(), "anonymous": deque(), "index": deque()}
        self._days: Counter[tuple[str, str]] = Counter()

    def allow(self, pool: str) -> bool:
        """Count a request of a pool; False where the last minute holds too many already."""
        asked, now = self._asked[pool], self.clock.now()
        while asked and asked[0] <= now - 60:
            asked.popleft()
        if len(asked) >= getattr(self.rates, pool):
            self.throttled[pool] += 1
            return False
        asked.append(now)
        return True

    def count(self, what: str) -> int:
        """Count something of today and return how often it came today, this time included."""
        self._days[what, self.clock.day()] += 1
        return self.today(what)

    def today(self, what: str) -> int:
        """Return how often something came today."""
        return self._days[what, self.clock.day()]


TOO_MANY = b"""<html><body><h1>429 Too Many Requests</h1>
You have sent too many requests in a given amount of time.
</body></html>"""


def too_many(retry_after: str | None = None) -> Response:
    """Return the answer to one request too many: HTML, usually without Retry-After."""
    headers = [("Content-Type", "text/html")] + ([("Retry-After", retry_after)] if retry_after else [])
    return Response(status=429, headers=headers, body=TOO_MANY)
