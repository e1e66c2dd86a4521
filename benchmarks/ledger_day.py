"""``python -m benchmarks.ledger_day``: a day of the ledger on a turned clock, against the stand-in Wayback Machine.

How much of each documented rate is used, in which hour it was most, what bound it, and how often "too many requests"
was answered, which has to be never. The worker, the client and the stand-in are the real ones, over real sockets; what
passes at once is waiting alone (sandbox/hurry.py). Options: ``--hours N`` (default 24), ``--seed N``,
``--scenario NAME`` (default: all).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from citekeep import clock, database
from citekeep.wayback.keyless import THREAD
from citekeep.wayback.keys import Keys
from citekeep.wayback.worker import Terms, Worker
from sandbox.alone import NOON, alone
from sandbox.certificates import Certificates
from sandbox.hurry import HurriedLoop
from sandbox.run import KEYS
from sandbox.server import Request, Response
from sandbox.wayback.clock import Clock
from sandbox.wayback.limits import Rates

HOUR = 3_600.0
Found = tuple["Day", Any]


@dataclass(frozen=True)
class Scenario:
    """Wishes of one mode, and what the service is like. takes: seconds that a capture takes, from and to.

    wishes: an hour, more than can be served. keys, rates: see the stand-in.
    """

    told: str
    mode: str = "save"
    wishes: int = 460
    takes: tuple[float, float] = (8.0, 25.0)
    keys: bool = True
    rates: Callable[[], Rates] = Rates


SCENARIOS = {
    "saves": Scenario("an account with quota left; captures take 8 to 25 s"),
    "slow saves": Scenario("captures take 17 to 50 s, as they were measured to: sessions bind", takes=(17.0, 50.0)),
    "quota": Scenario("an account with 3,000 captures a day", rates=lambda: Rates(day=3_000)),
    "no keys": Scenario("anonymous saves", keys=False, wishes=180),
    "look-ups": Scenario("links that can no longer be saved", mode="lookup", wishes=1_900),
}
POOLS = {"save": "save", "anonymous": "anonymous", "index": "index", "playback": "playback"}


class OurClock(Clock):
    """Citekeep's own clock, for both."""

    def now(self) -> float:
        """Return its time."""
        return clock.timestamp()


@dataclass
class Day:
    """What was asked of each pool, hour by hour and minute by minute. answering: answers that take their time now."""

    hours: dict[str, Counter[int]] = field(default_factory=dict)
    minutes: dict[str, Counter[int]] = field(default_factory=dict)
    answering: int = 0

    def count(self, pool: str) -> None:
        """Count a request now."""
        now = clock.timestamp() - NOON
        self.hours.setdefault(pool, Counter())[int(now // HOUR)] += 1
        self.minutes.setdefault(pool, Counter())[int(now // 60)] += 1


def live_like(handle: Any, day: Day, draw: random.Random) -> Any:
    """Return a handler whose answers take as long as the live service's: saves 1 to 4 s, the index up to 5 s."""
    spans = {"/save": (1.0, 4.0), "/save/status": (0.1, 0.6), "/cdx": (0.4, 5.0), "/web": (0.2, 2.0)}

    async def answer(request: Request) -> Response:
        span = next((spans[path] for path in sorted(spans, reverse=True) if request.path.startswith(path)), (0.1, 0.2))
        response: Response = await handle(request)
        day.answering += 1
        await asyncio.sleep(response.delay + draw.uniform(*span))
        day.answering -= 1
        response.delay = 0.0
        return response

    return answer


@asynccontextmanager
async def world(folder: Path, scenario: Scenario, draw: random.Random) -> AsyncIterator[tuple[Any, Day]]:
    """Run a stand-in as the scenario says, found by the environment as the real one is."""
    day = Day()
    async with alone(folder, Certificates({}), OurClock()) as running:
        standin = running.standin
        standin.limits.rates = scenario.rates()
        allow, capture_start = standin.limits.allow, standin.jobs.start

        def counted(pool: str) -> bool:
            day.count(pool)
            return bool(allow(pool))

        async def start(*args: Any, **named: Any) -> Any:
            standin.jobs.seconds = draw.uniform(*scenario.takes)
            return await capture_start(*args, **named)

        standin.limits.allow, standin.jobs.start = counted, start
        running.proxy.handlers = {host: live_like(handle, day, draw) for host, handle in running.proxy.handlers.items()}
        os.environ.update(running.environment())
        yield running, day


def wish(path: Path, scenario: Scenario, hours: float) -> None:
    """Write links and their wishes straight into the tables, more than the hours can serve."""
    number, now = int(scenario.wishes * hours), clock.now()
    connection = database.connect(path)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO sites (id, site) VALUES (1, 'live.test')")
    connection.execute("INSERT INTO hosts (id, origin, host, site_id) VALUES (1, 'https://live.test', 'live.test', 1)")
    for n in range(number):
        url = f"https://live.test/{n}"
        connection.execute(
            "INSERT INTO links (id, url, request_url, host_id, site_id, first_seen_at, public) VALUES (?, ?, ?, 1, 1, ?, 1)",
            (n + 1, url, url, now),
        )
        connection.execute(
            "INSERT INTO saves (link_id, service, mode, state, wanted_at, changed_at) VALUES (?, 'wayback', ?, 'wanted', ?, ?)",
            (n + 1, scenario.mode, now, now),
        )
    connection.execute("COMMIT")
    connection.close()


async def work(scenario: Scenario, hours: float, seed: int) -> Found:
    """Work the ledger for so many hours; return what was asked, and the stand-in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        wish(path, scenario, hours)
        async with world(Path(folder), scenario, random.Random(seed)) as (running, day):
            writer = BusyWriter(path)
            loop = asyncio.get_running_loop()
            assert isinstance(loop, HurriedLoop)
            loop.selector.busy = lambda: writer.waiting > 0 or (saving_in_a_thread() and not day.answering)
            keys = Keys(*KEYS.values()) if scenario.keys else None
            worker = Worker(writer, keys=keys, terms=Terms(user_agent="Citekeep"), stop=asyncio.Event())
            await worker.work(until_idle=False, deadline=clock.timestamp() + hours * HOUR)
            await writer.aclose()
            return day, running.standin


def run(scenario: Scenario, hours: float, seed: int) -> Found:
    """Run ``work`` on a loop of its own, with the one clock of Citekeep and the stand-in set to that loop's."""
    loop = HurriedLoop()
    begun = loop.time()
    with (
        patch.object(clock, "timestamp", lambda: NOON + loop.time() - begun),
        patch.object(database, "BATCH_SECONDS", 0.0),
        patch.dict(os.environ),
        asyncio.Runner(loop_factory=lambda: loop) as runner,
    ):
        return runner.run(work(scenario, hours, seed))


def saving_in_a_thread() -> bool:
    """Return whether waybackpy is at work, which waits in a thread."""
    return any(thread.name == THREAD for thread in threading.enumerate())


class BusyWriter(database.Writer):
    """A writer that says how many calls it has not answered."""

    waiting = 0

    async def run(self, function: Callable[..., Any], *arguments: Any, urgent: bool = False) -> Any:
        """Run a function on the connection, as ever."""
        self.waiting += 1
        try:
            return await super().run(function, *arguments, urgent=urgent)
        finally:
            self.waiting -= 1


def report(console: Console, name: str, scenario: Scenario, hours: float, found: Found, took: float) -> None:
    """Print what was asked of each endpoint."""
    day, standin = found
    console.print(f"\n{name}: {scenario.told} ({hours:g} hours in {took:.0f} s)")
    table = Table("Endpoint", "Asked", "Allowed a minute", "Used", "Fullest hour", "Fullest minute", "429s")
    for pool in POOLS:
        if pool in day.hours:
            allowed = getattr(standin.limits.rates, pool)
            asked = day.hours[pool].total()
            table.add_row(
                pool, f"{asked:,}", str(allowed), f"{asked / (allowed * 60 * hours):.1%}",
                f"{max(day.hours[pool].values()) / (allowed * 60):.1%}", str(max(day.minutes[pool].values())),
                str(standin.limits.throttled[pool]),
            )  # fmt: skip
    console.print(table)


def main() -> None:
    """Run the scenarios and print what they found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_day", description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", choices=list(SCENARIOS))
    options = parser.parse_args()
    for name, scenario in SCENARIOS.items():
        if options.scenario in {None, name}:
            begun = time.monotonic()
            found = run(scenario, options.hours, options.seed)
            report(Console(width=120), name, scenario, options.hours, found, time.monotonic() - begun)


if __name__ == "__main__":
    main()
