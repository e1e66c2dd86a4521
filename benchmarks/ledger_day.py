"""``python -m benchmarks.ledger_day``: a day of the ledger on a turned clock, against the stand-in Wayback Machine.

How much of each documented rate is used, in which hour it was most, what bound it, and how often "too many requests"
was answered, which has to be never. The worker, the client and the stand-in are the real ones, over real sockets; time
passes in the stand-in's answers and in the worker's pauses alone. Options: ``--hours N`` (default 24), ``--seed N``,
``--scenario NAME`` (default: all).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from citekeep import clock, database
from citekeep.wayback import worker as worker_module
from citekeep.wayback.keys import Keys
from citekeep.wayback.worker import Terms, Worker
from sandbox.alone import NOON, alone
from sandbox.certificates import Certificates
from sandbox.run import KEYS
from sandbox.server import Request, Response
from sandbox.wayback.clock import Clock
from sandbox.wayback.limits import Rates

HOUR, DAY = 3_600.0, 86_400.0
STEP = 0.05  # share of the pages that Save Page Now fails to capture, as codes seen in measured runs


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

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        clock.turn(seconds)


@dataclass
class Day:
    """What was asked of each pool, hour by hour and in its fullest minute."""

    hours: dict[str, Counter[int]] = field(default_factory=dict)
    minutes: dict[str, Counter[int]] = field(default_factory=dict)

    def count(self, pool: str) -> None:
        """Count a request now."""
        now = clock.timestamp() - NOON
        self.hours.setdefault(pool, Counter())[int(now // HOUR)] += 1
        self.minutes.setdefault(pool, Counter())[int(now // 60)] += 1


def live_like(handle: Any, draw: random.Random) -> Any:
    """Return a handler whose answers take as long as the live service's: saves 1 to 4 s, the index up to 5 s."""
    spans = {"/save": (1.0, 4.0), "/save/status": (0.1, 0.6), "/cdx": (0.4, 5.0), "/web": (0.2, 2.0)}

    async def answer(request: Request) -> Response:
        span = next((spans[path] for path in sorted(spans, reverse=True) if request.path.startswith(path)), (0.1, 0.2))
        response: Response = await handle(request)
        clock.turn(draw.uniform(*span))
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
        running.proxy.handlers = {host: live_like(handle, draw) for host, handle in running.proxy.handlers.items()}
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


async def run(scenario: Scenario, hours: float, seed: int) -> tuple[Day, Any, float]:
    """Work the ledger for so many hours of the clock; return what was asked, the stand-in and the real seconds."""
    draw = random.Random(seed)
    clock.turn(NOON + seed * 0.001 - clock.timestamp())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        wish(path, scenario, hours)
        async with world(Path(folder), scenario, draw) as (running, day):
            writer = database.Writer(path)
            keys = Keys(*KEYS.values()) if scenario.keys else None
            worker = Worker(writer, keys=keys, terms=Terms(user_agent="Citekeep"), stop=asyncio.Event())
            worker._sleep = turn  # type: ignore[method-assign]
            begun = time.monotonic()
            await worker.work(until_idle=False, deadline=clock.timestamp() + hours * HOUR)
            took = time.monotonic() - begun
            await writer.aclose()
            return day, running.standin, took


async def turn(pause: float | None) -> None:
    """Let a pause pass on the turned clock."""
    clock.turn(pause or HOUR)
    await asyncio.sleep(0)


def report(console: Console, name: str, scenario: Scenario, hours: float, found: tuple[Day, Any, float]) -> None:
    """Print what was asked of each endpoint."""
    day, standin, took = found
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
    database.BATCH_SECONDS = 0.0
    worker_module.LEASE_SECONDS = 10 * DAY
    for name, scenario in SCENARIOS.items():
        if options.scenario in {None, name}:
            report(
                Console(width=120),
                name,
                scenario,
                options.hours,
                asyncio.run(run(scenario, options.hours, options.seed)),
            )


if __name__ == "__main__":
    main()
