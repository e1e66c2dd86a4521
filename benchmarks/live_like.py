"""A Wayback Machine whose answers take as long as the live service's, and a note of what was asked of it and when."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citekeep import clock
from sandbox.alone import NOON, alone
from sandbox.certificates import Certificates
from sandbox.fetch import Fetched
from sandbox.server import Request, Response
from sandbox.wayback import StandIn
from sandbox.wayback.clock import Clock
from sandbox.wayback.jobs import KEPT
from sandbox.wayback.limits import Rates

HOUR, MINUTE = 3_600.0, 60.0
SPANS = {"/save": (1.0, 4.0), "/save/status": (0.1, 0.6), "/web": (0.2, 2.0)}
"""Seconds that an answer takes, by the beginning of its path (the index: see Scenario).

A save without keys is answered once it is done, besides.
"""

FATES: dict[str, tuple[float, str | None, dict[str, Any]]] = {
    "good": (0.866, None, {}),
    "not-found": (0.05, "error", {"code": "error:not-found"}),
    "no-access": (0.03, "error", {"code": "error:no-access"}),
    "browsing-timeout": (0.03, "error", {"code": "error:browsing-timeout"}),
    "no-captures": (0.01, "error", {"code": "error:no-captures"}),
    "no-host": (0.01, "refuse", {"code": "error:invalid-host-resolution"}),
    "lost": (0.002, "lost", {}),
    "late": (0.002, "status", {"status": 520, "captured": True}),
}
"""What Save Page Now makes of a page: {name: (share, script, its options)}. That it does each of these was seen; how often
depends on the pages, and is set here so that there is enough of each.
"""


@dataclass(frozen=True)
class Scenario:
    """Links, and what the service is like. mode: of their wishes; "history": none, but the links are dead.

    links: an hour, more than can be served. takes: seconds that a capture takes, from and to. minutes: share of captures
    that take two to five minutes. index: seconds that it takes to answer. keys, rates: see the stand-in.
    """

    told: str
    mode: str = "save"
    links: int = 460
    takes: tuple[float, float] = (8.0, 25.0)
    minutes: float = 0.0
    index: tuple[float, float] = (0.5, 5.0)
    keys: bool = True
    rates: Callable[[], Rates] = Rates


class OurClock(Clock):
    """Citekeep's own clock, for both."""

    def now(self) -> float:
        """Return its time."""
        return clock.timestamp()


@dataclass
class Day:
    """When what was asked, by pool. captured, looked: seconds that captures and answers of the index
    took. answering: answers that take their time now.

    days: {(what, UTC day): how many of it}. states: {state: wishes} in the end. crowded: submissions that were refused
    because all sessions were in use.
    """

    asked: dict[str, list[float]] = field(default_factory=dict)
    captured: float = 0.0
    looked: float = 0.0
    answering: int = 0
    days: Counter[tuple[str, str]] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    crowded: int = 0

    def count(self, pool: str) -> None:
        """Count a request now."""
        self.asked.setdefault(pool, []).append(clock.timestamp())

    def share(self, pool: str, per_minute: float, hours: float) -> float:
        """Return how much was asked of what may be asked in so many hours."""
        return len(self.asked.get(pool, ())) / (per_minute * 60 * hours)

    def most_in_a_day(self, what: str) -> int:
        """Return the most that was counted of something in one UTC day."""
        return max((used for (counted, _), used in self.days.items() if counted == what), default=0)

    def fullest_hour(self, pool: str) -> int:
        """Return the most that was asked in one hour of the run."""
        return max(Counter(int((at - NOON) // HOUR) for at in self.asked[pool]).values())

    def fullest_minute(self, pool: str) -> int:
        """Return the most that was asked within any sixty seconds."""
        times, first, most = self.asked[pool], 0, 0
        for number, at in enumerate(times):
            while times[first] <= at - MINUTE:
                first += 1
            most = max(most, number - first + 1)
        return most


def live_like(handle: Any, scenario: Scenario, day: Day, draw: random.Random) -> Any:
    """Return a handler whose answers take as long as the live service's; see SPANS."""
    spans = {**SPANS, "/cdx": scenario.index}

    async def answer(request: Request) -> Response:
        span = next((spans[path] for path in sorted(spans, reverse=True) if request.path.startswith(path)), (0.1, 0.2))
        if request.path.startswith("/save/status"):
            day.count("status")
        response: Response = await handle(request)
        seconds = response.delay + draw.uniform(*span)
        day.looked += seconds if request.path.startswith("/cdx") else 0.0
        day.answering += 1
        await asyncio.sleep(seconds)
        day.answering -= 1
        response.delay = 0.0
        return response

    return answer


async def show(url: str) -> Fetched:
    """Return the page that the archive's crawler finds at a URL: an article."""
    sentence = f"What was said of {url} on that day is told here at some length, with the names of those who said it. "
    body = f"<html><head><title>A report</title></head><body><article><p>{sentence * 12}</p></article></body></html>"
    return Fetched(
        final_url=url, status=200, headers=[("Content-Type", "text/html; charset=utf-8")], body=body.encode()
    )


def watch(standin: StandIn, scenario: Scenario, day: Day, draw: random.Random) -> None:
    """Let the stand-in be as the scenario says, and write down what is asked of it."""
    standin.limits.rates = scenario.rates()
    for name, (_, script, options) in FATES.items():
        if script is not None:
            standin.script(f"https://live.test/{name}/*", script, **options)
    jobs, limits = standin.jobs, standin.limits
    allow, count, begin = limits.allow, limits.count, jobs.start

    def counted(pool: str) -> bool:
        day.count(pool)
        return bool(allow(pool))

    async def start(*args: Any, **named: Any) -> Any:
        long = draw.random() < scenario.minutes
        jobs.seconds = draw.uniform(120.0, 300.0) if long else draw.uniform(*scenario.takes)
        day.captured += jobs.seconds
        jobs.jobs = {name: job for name, job in jobs.jobs.items() if job.ends + KEPT > clock.timestamp()}
        return await begin(*args, **named)

    def counted_of_the_day(what: str) -> None:
        day.days[what, standin.clock.day()] += 1
        count(what)

    vars(limits).update(allow=counted, count=counted_of_the_day)
    vars(jobs).update(start=start, fetch=show)


@asynccontextmanager
async def world(folder: Path, scenario: Scenario, draw: random.Random) -> AsyncIterator[tuple[StandIn, Day]]:
    """Run a stand-in as the scenario says, found by the environment as the real one is."""
    day = Day()
    async with alone(folder, Certificates({}), OurClock()) as running:
        watch(running.standin, scenario, day, draw)
        running.proxy.handlers = {
            host: live_like(handle, scenario, day, draw) for host, handle in running.proxy.handlers.items()
        }
        os.environ.update(running.environment())
        yield running.standin, day
