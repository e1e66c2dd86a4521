"""What runs cost, and by what it grows: with what is due, not with the age of the archive."""

from __future__ import annotations

from statistics import correlation, linear_regression, median
from typing import Any

from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.known import Known
from benchmarks.quarter.runs import Run

GROWTH = 2.0  # times that a run may cost at the end what it cost at the beginning, for as much that is due


def _plain(known: Known) -> list[Run]:
    """Return the runs that were alone, had a network, and came to their end."""
    beside = {run.beside for run in known.runs.done}
    return [run for run in known.runs.done
            if run.name == "due" and not run.killed and not run.dark and run.beside is None
            and run.number not in beside and run.steps is not None]  # fmt: skip


def cost(known: Known) -> Finding:
    """A run for which nothing is due costs as much at the end as at the beginning; so does each check."""
    finding = Finding("run times follow what is due, not the age of the archive")
    idle = [run for run in _plain(known) if run.idle]
    busy = [run for run in _plain(known) if not run.idle and run.checks]
    table = [_row(known, run) for run in idle]
    waiting = known.ask("SELECT count(*) FROM saves WHERE state IN ('wanted', 'deferred')")[0][0]
    if len(idle) > 1 and not waiting:  # wishes that wait for the account's quota are something to do
        finding.check(
            _steps(idle[-1]) <= GROWTH * _steps(idle[0]),
            f"an idle run: {_steps(idle[0]):,} steps of SQLite at first, {_steps(idle[-1]):,} at last",
        )
    if len(idle) > 1:
        finding.check(
            idle[-1].cpu <= GROWTH * idle[0].cpu,
            f"an idle run: {idle[0].cpu:.1f} s of CPU at first, {idle[-1].cpu:.1f} at last",
        )
    finding.told = {"idle runs": table} | (_per_check(finding, busy) if len(busy) >= 8 else {})
    return finding


def _steps(run: Run) -> int:
    assert run.steps is not None
    return run.steps


def _row(known: Known, run: Run) -> dict[str, Any]:
    at = run.begun
    checks = sum(check.at <= at for every in known.checks.values() for check in every)
    return {"day": round((at - known.world.begins) / 86_400), "checks in the archive": checks, "checks made": run.checks,
            "CPU s": round(run.cpu, 2), "SQLite steps": run.steps}  # fmt: skip


def _per_check(finding: Finding, busy: list[Run]) -> dict[str, Any]:
    """Fit what a run costs to the checks it makes; look whether what is left grows with its number."""
    # The first quarter of the time fills the archive with what was there before: it is left out.
    busy = busy[len(busy) // 4 :]
    made, steps, cpu = [run.checks for run in busy], [_steps(run) for run in busy], [run.cpu for run in busy]
    if len(set(made)) < 2:
        return {}
    told: dict[str, Any] = {}
    for name, costs in (("SQLite steps", steps), ("CPU s", cpu)):
        slope, base = linear_regression(made, costs)
        rest = [one - base - slope * number for one, number in zip(costs, made, strict=True)]
        told[name] = {
            "for a run": round(base, 2), "for a check": round(slope, 4),
            "correlation with checks made": round(correlation(made, costs), 2),
            "correlation of the rest with age": round(correlation(rest, range(len(rest))), 2),
        }  # fmt: skip
    third = max(2, len(busy) // 3)
    first, last = (median(_steps(run) / run.checks for run in some) for some in (busy[:third], busy[-third:]))
    told["SQLite steps for each check, whole runs"] = {"first third": round(first), "last third": round(last)}
    finding.check(
        last <= GROWTH * first, f"a check: {first:,.0f} steps of SQLite in the first third, {last:,.0f} in the last"
    )
    return told
