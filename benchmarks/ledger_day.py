"""``python -m benchmarks.ledger_day``: a day of the ledger on a hurried clock, against the stand-in Wayback Machine.

How much of each documented rate is used, in which sixty seconds it was most, what bound it where it is not the rate, and
how often "too many requests" was answered, which has to be never. The worker, the client and the stand-in are the real
ones, over real sockets; what passes at once is waiting alone (sandbox/hurry.py). Options: ``--hours N`` (default 24),
``--seed N``, ``--scenario NAME`` (default: all).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from benchmarks.live_like import FATES, HOUR, MINUTE, Day, Scenario, world
from citekeep import clock, database, reading
from citekeep.wayback.keyless import THREAD
from citekeep.wayback.keys import Keys
from citekeep.wayback.terms import LOOKUPS_AT_ONCE
from citekeep.wayback.worker import Terms, Worker
from sandbox.alone import NOON
from sandbox.hurry import HurriedLoop
from sandbox.run import KEYS
from sandbox.wayback import StandIn
from sandbox.wayback.limits import Rates

DAY = 86_400.0
SCENARIOS = {
    "saves": Scenario("an account with quota left; captures take 8 to 25 s"),
    "slow saves": Scenario("captures take 5 to 90 s, one in fifty some minutes", takes=(5.0, 90.0), minutes=0.02),
    "slow index": Scenario("the index takes 15 to 50 s, as it was seen to", index=(15.0, 50.0)),
    "quota": Scenario("an account with 3,000 captures a day", rates=lambda: Rates(day=3_000)),
    "no keys": Scenario("anonymous saves", keys=False, links=180),
    "look-ups": Scenario("links that can no longer be saved", mode="lookup", links=1_900),
    "histories": Scenario("dead links whose history was never asked", mode="history", links=1_900),
}
PER_DAY = {"save": ("captures", "day"), "anonymous": ("anonymous", "anonymous_day")}


class InPlace:
    """Reads pages where it is asked to: the stand-in's are small."""

    async def read(self, body: bytes, seen: Any, history: dict[str, Any], **named: Any) -> reading.Reading:
        """Return the reading of a body."""
        return reading.read(body, seen, history, **named)


def fill(path: Path, scenario: Scenario, hours: float, draw: random.Random) -> None:
    """Write links and their wishes straight into the tables, more than the hours can serve."""
    number, now = int(scenario.links * hours), clock.now()
    fates = draw.choices(list(FATES), [share for share, _, _ in FATES.values()], k=number)
    urls = [f"https://live.test/{fate}/{n}" for n, fate in enumerate(fates)]
    standing = "dead" if scenario.mode == "history" else None
    connection = database.connect(path)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO sites (id, site) VALUES (1, 'live.test')")
    connection.execute("INSERT INTO hosts (id, origin, host, site_id) VALUES (1, 'https://live.test', 'live.test', 1)")
    connection.executemany(
        "INSERT INTO links (id, url, request_url, host_id, site_id, first_seen_at, public, standing)"
        " VALUES (?, ?, ?, 1, 1, ?, 1, ?)",
        [(n, url, url, now, standing) for n, url in enumerate(urls, 1)],
    )
    if scenario.mode != "history":
        connection.executemany(
            "INSERT INTO saves (link_id, service, mode, state, wanted_at, changed_at)"
            " VALUES (?, 'wayback', ?, 'wanted', ?, ?)",
            [(n, scenario.mode, now, now) for n in range(1, number + 1)],
        )
    connection.execute("COMMIT")
    connection.close()


async def work(scenario: Scenario, hours: float, seed: int) -> tuple[Day, StandIn]:
    """Work the ledger for so many hours; return what was asked, and the stand-in."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        fill(path, scenario, hours, draw)
        async with world(Path(folder), scenario, draw) as (standin, day):
            writer = BusyWriter(path)
            loop = asyncio.get_running_loop()
            assert isinstance(loop, HurriedLoop)
            loop.selector.busy = lambda: writer.waiting > 0 or (saving_in_a_thread() and not day.answering)
            keys = Keys(*KEYS.values()) if scenario.keys else None
            terms = Terms(user_agent="Citekeep")
            worker = Worker(writer, keys=keys, terms=terms, stop=asyncio.Event(), reader=InPlace())
            await worker.work(until_idle=False, deadline=clock.timestamp() + hours * HOUR)
            await writer.run(tell, day, urgent=True)
            await writer.aclose()
            return day, standin


def tell(connection: sqlite3.Connection, day: Day) -> None:
    """Write down how the wishes stand."""
    day.states = dict(connection.execute("SELECT state, count(*) FROM saves GROUP BY state ORDER BY count(*) DESC"))
    told = "SELECT count(*) FROM save_events WHERE reason LIKE '%limit of active Save Page Now sessions%'"
    (day.crowded,) = connection.execute(told).fetchone()


def run(scenario: Scenario, hours: float, seed: int) -> tuple[Day, StandIn]:
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


def bound_by(pool: str, scenario: Scenario, hours: float, day: Day, standin: StandIn) -> str:
    """Return what kept the ledger from asking more of a pool."""
    rates = standin.limits.rates
    if pool in PER_DAY:
        what, limit = PER_DAY[pool]
        used = day.most_in_a_day(what)
        if used >= getattr(rates, limit) * 0.79:
            return f"the day: {used:,} of {getattr(rates, limit):,} captures"
    if pool in {"save", "anonymous", "index"} and day.share(pool, getattr(rates, pool), hours) >= 0.75:
        return "its rate"
    in_use = day.captured / (rates.sessions * hours * HOUR)
    if pool == "save" and in_use >= 0.8:
        return f"{rates.sessions} sessions, {in_use:.0%} in use"
    looking = day.looked / (LOOKUPS_AT_ONCE * hours * HOUR)
    if pool == "index" and looking >= 0.8:
        return f"{LOOKUPS_AT_ONCE} questions at once, {looking:.0%} in use"
    if pool == "anonymous":
        return f"one capture after another, {day.captured / (hours * HOUR):.0%} of the time"
    return "what there is to ask"


def report(
    console: Console, name: str, scenario: Scenario, hours: float, found: tuple[Day, StandIn], took: float
) -> None:
    """Print what was asked of each endpoint."""
    day, standin = found
    console.print(f"\n{name}: {scenario.told} ({hours:g} hours in {took:.0f} s)")
    table = Table("Endpoint", "Asked", "Allowed a minute", "Used", "Fullest hour", "Fullest 60 s", "429s", "Bound by")
    for pool in day.asked:
        allowed = getattr(standin.limits.rates, pool, None) or standin.limits.rates.status_day / DAY * MINUTE
        table.add_row(
            pool, f"{len(day.asked[pool]):,}", f"{allowed:.3g}", f"{day.share(pool, allowed, hours):.1%}",
            f"{day.fullest_hour(pool) / (allowed * 60):.1%}", str(day.fullest_minute(pool)),
            str(standin.limits.throttled[pool]), bound_by(pool, scenario, hours, day, standin),
        )  # fmt: skip
    console.print(table)
    console.print(", ".join(f"{number:,} {state}" for state, number in day.states.items()))
    console.print(f"{day.crowded} submissions were refused for want of a session")


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
