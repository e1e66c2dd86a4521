"""What runs cost, and by what it grows: with what is done in them, not with the age of the archive."""

from __future__ import annotations

from statistics import correlation, median
from typing import Any

from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.known import Known
from benchmarks.quarter.runs import Run
from benchmarks.quarter.world import DAY

GROWTH = 1.5  # times that it may cost in the last third of the time what it cost in the first: SQLite steps
GROWTH_CPU = 2.0  # seconds of the processor vary with what else is at work on a machine
LEAST = 8  # pieces of work in a run, and runs in a third, from which on a figure for each piece means something
SIZES = ((1, 99), (100, 199), (200, 399), (400, 10**9))  # of runs, by the work done in them


def cost(known: Known) -> Finding:
    """A run for which nothing is due costs as much at the end as at the beginning; so does each piece of work in the others.

    Work is what a run wrote: checks, look-ups in the Wayback Machine, and steps of wishes. What it costs is what the run
    costs above one that has nothing to do.
    """
    finding = Finding("run times follow what is due, not the age of the archive")
    idle = [run for run in _plain(known) if run.idle]
    busy = [
        run for run in _plain(known) if not run.idle and run.step > 1 and run.work >= LEAST
    ]  # the first makes the schema
    if len(idle) > 1:
        _compare(finding, "an idle run", [_steps(idle[0])], [_steps(idle[-1])], [idle[0].cpu], [idle[-1].cpu])
    if idle:
        base, cpu = min(_steps(run) for run in idle), min(run.cpu for run in idle)
        first, last = _thirds(known, busy)
        finding.told = {"idle runs": [_row(known, run) for run in idle]} | _by_size(first, last)
        if len(first) >= LEAST <= len(last):
            _compare(
                finding, "a piece of work",
                [(_steps(run) - base) / run.work for run in first], [(_steps(run) - base) / run.work for run in last],
                [(run.cpu - cpu) / run.work for run in first], [(run.cpu - cpu) / run.work for run in last],
            )  # fmt: skip
    if len(busy) >= LEAST and len({run.work for run in busy}) > 1:
        work = [run.work for run in busy]
        finding.told["correlation with work done"] = {
            "SQLite steps": round(correlation(work, [_steps(run) for run in busy]), 2),
            "CPU s": round(correlation(work, [run.cpu for run in busy]), 2),
        }
    return finding


def _plain(known: Known) -> list[Run]:
    """Return the runs that were alone, had a network, and came to their end."""
    beside = {run.beside for run in known.runs.done}
    return [run for run in known.runs.done
            if run.name == "due" and not run.killed and not run.dark and run.beside is None
            and run.number not in beside and run.steps is not None]  # fmt: skip


def _thirds(known: Known, runs: list[Run]) -> tuple[list[Run], list[Run]]:
    """Return the runs of the first and of the last third of the time: of a quarter, its first and its last month."""
    third = known.world.days * DAY / 3
    return (
        [run for run in runs if run.begun <= known.world.begins + third],
        [run for run in runs if run.begun > known.world.begins + 2 * third],
    )


def _compare(
    finding: Finding, of: str, first: list[float], last: list[float], cpu_first: list[float], cpu_last: list[float]
) -> None:
    """Check that the medians did not grow, and tell them."""
    steps, steps_last, cpu, cpu_last_ = (median(values) for values in (first, last, cpu_first, cpu_last))
    finding.check(
        steps_last <= GROWTH * steps, f"{of}: {steps:,.0f} steps of SQLite at first, {steps_last:,.0f} at last"
    )
    finding.check(cpu_last_ <= GROWTH_CPU * cpu, f"{of}: {cpu:.3f} s of CPU at first, {cpu_last_:.3f} at last")
    finding.told[of] = {
        "SQLite steps, first third": round(steps), "last third": round(steps_last),
        "CPU s, first third": round(cpu, 4), "CPU s, last third": round(cpu_last_, 4),
    }  # fmt: skip


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


def _steps(run: Run) -> int:
    assert run.steps is not None
    return run.steps


def _row(known: Known, run: Run) -> dict[str, Any]:
    at = run.begun
    checks = sum(check.at <= at for every in known.checks.values() for check in every)
    return {"day": round((at - known.world.begins) / DAY), "checks in the archive": checks, "wishes that wait": run.waiting,
            "work done": run.work, "seconds": round(run.seconds, 1), "CPU s": round(run.cpu, 2),
            "SQLite steps": run.steps}  # fmt: skip
