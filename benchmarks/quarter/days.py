"""A quarter, day by day: what time it is, what fails, which runs are started, and which of them are killed."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults.kills import DELAYS
from benchmarks.faults.points import CRAWL, POINTS, TORN
from benchmarks.quarter.runs import Run, Runs
from benchmarks.quarter.serve import Serving
from benchmarks.quarter.world import DAY, HOUR, World

SECONDS = (1.0, 8.0)  # of a run, within which a kill from outside comes

ELSEWHERE: tuple[tuple[Any, ...], ...] = (
    ("status", {"at": "save", "status": 503}, {"at": "index", "status": 503}, {"at": "status", "status": 502}),
    ("refuse", {"code": "error:blocked", "message": "This host is on the list of blocked sites."}),
    ("lost", {}),
    ("status", {"at": "save", "status": 429, "retry_after": 3_600, "times": 2}),
    ("hang", {"captured": True, "times": 1}),
    ("error", {"code": "error:no-captures", "message": "Couldn't capture the page."}),
    ("reset", {"captured": True, "times": 2}),
)
"""What befalls the stand-in Wayback Machine, one after another: a mode of sandbox/wayback/scripts.py with its options."""


@dataclass(frozen=True)
class Plan:
    """How a quarter goes: runs a day, shares of them that are killed and that have a second beside them.

    idle: after these shares of all steps a second run, for which nothing is due, is measured.
    """

    runs: int = 1
    kills: float = 0.15
    beside: float = 0.1
    dark: float = 0.03
    seed: int = 1
    idle: tuple[float, ...] = (0.05, 0.35, 0.65, 1.0)


@contextmanager
def running(world: World, folder: Path) -> Iterator[Runs]:
    """Yield the runs of a world that is served from a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="world", daemon=True)
    thread.start()

    def call(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    serving = Serving(world)
    runs = Runs(world, serving, folder)
    call(serving.start())
    call(runs.proxy.start())
    try:
        yield runs
    finally:
        runs.close()
        call(runs.proxy.close())
        call(serving.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def live(runs: Runs, plan: Plan, say: Callable[[str], None]) -> None:
    """Live through a world's time, run after run, then once more until nothing is left to be finished."""
    chance = random.Random(f"days {plan.seed}")
    steps = round(runs.world.days * plan.runs)
    idle = {max(1, round(share * steps)) for share in plan.idle}
    for step in range(1, steps + 1):
        last = step == steps
        at = runs.world.begins + step * DAY / plan.runs - chance.uniform(0, HOUR)
        runs.turn(at)
        runs.serving.dark = not last and step > 2 and chance.random() < plan.dark
        _befall(runs, step, steps, chance)
        _one_step(runs, step, plan, chance, calm=last or step in idle)
        runs.serving.dark = False
        if step in idle:
            runs.wait(runs.start("due", step)).idle = True
        if step % 10 == 0 or last:
            say(f"day {step / plan.runs:.0f}: {len(runs.done)} runs, {len(runs.serving.log)} requests")


def _befall(runs: Runs, step: int, steps: int, chance: random.Random) -> None:
    """Have something befall the Wayback Machine in every other part of the time."""
    runs.standin.scripts.clear()
    part = 2 * len(ELSEWHERE) * step // (steps + 1)
    if part % 2 == 0 or step == steps:
        return
    mode, *options = ELSEWHERE[part // 2]
    for option in options:
        runs.standin.script(
            chance.choice(("*", "*[02468]*")) if mode in {"refuse", "lost", "error"} else "*", mode, **option
        )


def _one_step(runs: Runs, step: int, plan: Plan, chance: random.Random, *, calm: bool) -> None:
    fault, moment = None, None
    if not calm and chance.random() < plan.kills:
        fault, moment = _choose(chance)
    first = runs.start("due", step, fault=fault)
    second = None
    if not calm and chance.random() < plan.beside:
        name = chance.choice(("due", "due", "snapshots", "feed"))
        second = runs.start(name, step, beside=first.number)
    if moment is not None:
        runs.kill(first, moment)
    runs.wait(first)
    if second is not None:
        runs.wait(second)
    at_once = chance.random() < 0.5  # drawn for any run, so that a seed tells the rest whoever is killed in time
    if first.killed and at_once:  # else the next comes in time
        runs.wait(runs.start("due", step))


def _choose(chance: random.Random) -> tuple[dict[str, Any] | None, float | None]:
    """Return a fault that kills at a point of production code, or after how many seconds to kill from outside."""
    if chance.random() < 0.4:
        return None, chance.uniform(*SECONDS)
    point = chance.choice([point for point in POINTS if CRAWL in point.commands])
    when = chance.choice(point.whens)
    delay = 0.0 if when == TORN else chance.choice(DELAYS)
    call = chance.randint(1, 3 * point.calls)
    return {"point": point.target, "when": when, "call": call, "delay": delay}, None


def hung(runs: list[Run]) -> list[Run]:
    """Return the runs that had to be ended because they took too long."""
    return [run for run in runs if run.output.startswith("It hung")]
