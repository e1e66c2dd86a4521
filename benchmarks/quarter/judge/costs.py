"""What runs cost, and by what it grows: with what is done in them, not with the age of the archive."""

from __future__ import annotations

from collections.abc import Callable
from statistics import correlation, median
from typing import Any

from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.known import Known, seconds
from benchmarks.quarter.runs import Run
from benchmarks.quarter.world import DAY

GROWTH = 2.0
"""Times that it may cost in the last third of the time what it cost in the first: a check reads its own link's history, and
seconds of the processor vary with what else is at work on a machine."""
LEAST = 8  # pieces of work in a run, and runs in a third, from which on a figure for each piece means something
SIZES = ((1, 99), (100, 199), (200, 399), (400, 10**9))  # of runs, by the work done in them


def cost(known: Known) -> Finding:
    """A run for which nothing is due costs as much at the end as at the beginning; so does what is done in the others.

    Wishes for snapshots that wait for their turn (the account's quota of a day is small here) are due in each run, which
    chooses among them: an idle run may cost as many times more as more of them wait.

    What is done in a run are its checks, and the steps of the ledger: look-ups in the Wayback Machine, moves of wishes. What
    each costs above an idle run is fitted to the first third of the time, and tells what the last third should cost.
    """
    finding = Finding("run times follow what is due, not the age of the archive")
    plain = _plain(known)
    idle = [run for run in plain if run.idle]
    busy = [run for run in plain if not run.idle and run.step > 1 and run.work >= LEAST]  # the first makes the schema
    first, last = _thirds(known, busy)
    if idle:
        finding.told = {"idle runs": [_row(known, run) for run in idle]} | _by_size(first, last)
    for name, of in (("SQLite steps", _steps), ("CPU s", _cpu)):
        if len(idle) > 1:
            begun, ended = of(idle[0]), of(idle[-1])
            more = max(1.0, idle[-1].waiting / max(1, idle[0].waiting))
            told = f"an idle run: {begun:,.1f} {name} at first, {ended:,.1f} at last, with {more:.1f} times the wishes"
            finding.check(ended <= GROWTH * more * begun, told)
        if idle and len(first) >= LEAST <= len(last):
            _compare(finding, name, of, min(of(run) for run in idle), first, last)
    if len(busy) >= LEAST and len({run.work for run in busy}) > 1:
        work = [run.work for run in busy]
        finding.told["correlation with work done"] = {
            "SQLite steps": round(correlation(work, [_steps(run) for run in busy]), 2),
            "CPU s": round(correlation(work, [run.cpu for run in busy]), 2),
        }
    return finding


def _plain(known: Known) -> list[Run]:
    """Return the runs that were alone, had a network, came to their end, and made no backup, which is a copy of it all."""
    beside = {run.beside for run in known.runs.done}
    copies = [seconds(at) for (at,) in known.ask("SELECT made_at FROM backups")]
    return [run for run in known.runs.done
            if run.name == "due" and not run.killed and not run.dark and run.beside is None
            and run.number not in beside and run.steps is not None
            and not any(run.begun - 1 <= at <= run.ended for at in copies)]  # fmt: skip


def _thirds(known: Known, runs: list[Run]) -> tuple[list[Run], list[Run]]:
    """Return the runs of the first and of the last third of the time: of a quarter, its first and its last month."""
    third = known.world.days * DAY / 3
    return (
        [run for run in runs if run.begun <= known.world.begins + third],
        [run for run in runs if run.begun > known.world.begins + 2 * third],
    )


def _compare(
    finding: Finding,
    name: str,
    of: Callable[[Run], float],
    base: float,
    first: list[Run],
    last: list[Run],
) -> None:
    """Check that the last third costs what the first says of so many checks and steps of the ledger, and tell both."""
    check, step = _fit([(run.checks, run.work - run.checks, of(run) - base) for run in first])
    expected = sum(base + check * run.checks + step * (run.work - run.checks) for run in last)
    found = sum(of(run) for run in last)
    finding.check(found <= GROWTH * expected, f"busy runs: {found:,.1f} {name} in the last third, not {expected:,.1f}")
    finding.told[f"{name} in the last third"] = {
        "found": round(found, 1), "expected of the first": round(expected, 1), "an idle run": round(base, 2),
        "a check": round(check, 4), "a step of the ledger": round(step, 4),
    }  # fmt: skip


def _fit(rows: list[tuple[int, int, float]]) -> tuple[float, float]:
    """Return what one of the first and one of the second costs, by least squares; nothing costs less than nothing."""
    aa, ab, bb = (sum(row[i] * row[j] for row in rows) for i, j in ((0, 0), (0, 1), (1, 1)))
    ac, bc = (sum(row[i] * row[2] for row in rows) for i in (0, 1))
    determinant = aa * bb - ab * ab
    first, second = ((bb * ac - ab * bc) / determinant, (aa * bc - ab * ac) / determinant) if determinant else (-1, -1)
    if first < 0 or second < 0:
        return (ac / aa, 0.0) if second < first or not bb else (0.0, bc / bb)
    return first, second


def _by_size(first: list[Run], last: list[Run]) -> dict[str, Any]:
    """Return what runs cost in the first and in the last third, by how much was done in them."""
    rows = []
    for least, most in SIZES:
        for name, some in (("first third", first), ("last third", last)):
            found = [run for run in some if least <= run.work <= most]
            if found:
                rows.append({
                    "work": f"{least} to {most}" if most < 10**9 else f"{least} and more", "in the": name,
                    "runs": len(found), "work, median": round(median(run.work for run in found)),
                    "seconds": round(median(run.seconds for run in found), 1),
                    "CPU s": round(median(run.cpu for run in found), 1),
                    "SQLite steps": round(median(_steps(run) for run in found)),
                })  # fmt: skip
    return {"busy runs": rows} if rows else {}


def _steps(run: Run) -> float:
    assert run.steps is not None
    return run.steps


def _cpu(run: Run) -> float:
    return run.cpu


def _row(known: Known, run: Run) -> dict[str, Any]:
    at = run.begun
    checks = sum(check.at <= at for every in known.checks.values() for check in every)
    return {"day": round((at - known.world.begins) / DAY), "checks in the archive": checks, "wishes that wait": run.waiting,
            "work done": run.work, "seconds": round(run.seconds, 1), "CPU s": round(run.cpu, 2),
            "SQLite steps": run.steps}  # fmt: skip
