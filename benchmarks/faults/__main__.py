"""``python -m benchmarks.faults [--kills N] [--due-kills N] [--seed S] [--only KIND,...]``: inject faults, print what survived.

Real runs of ``scrapy crawl`` and ``scrapy snapshots`` in the sandbox, each archive compared at its end with that of a run
that nothing befell. The exit code is 1 where a fault was not survived. Three hundred kills take half an hour on two cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from benchmarks.faults import disks, due, kills, trouble
from benchmarks.faults.kills import Reference, Tally
from benchmarks.faults.outcome import Outcome


def kinds(options: argparse.Namespace, reference: Reference) -> dict[str, Callable[[], list[Outcome]]]:
    """Return how each kind of fault is tried."""
    seed, times = options.seed, options.times
    return {
        "disks": lambda: disks.try_disks(reference, times=times, seed=seed),
        "locked": lambda: [trouble.database_locked(reference, seconds=options.locked, seed=seed)],
        "clock": lambda: [trouble.clock_jumps(reference, times=times, seed=seed)],
        "suspended": lambda: [trouble.suspended(reference, seconds=12.0, seed=seed + n) for n in range(times)],
        "files": lambda: [trouble.no_open_files(reference, limits=(20, 32, 40, 48, 63, 64, 66, 68, 72, 80))],
        "cut": lambda: [trouble.cut_records(reference, times=times, seed=seed)],
        "two": lambda: [trouble.several(reference, processes=2, kills=0, seed=seed)],
        "five": lambda: [trouble.several(reference, processes=5, kills=number, seed=seed) for number in (0, 8)],
    }


def main() -> int:
    """Try what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="kill -9 so many times (300)")
    parser.add_argument("--due-kills", type=int, default=100, help="kill -9 of scrapy due so many times (100)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (1)")
    parser.add_argument("--times", type=int, default=5, help="so many faults of each other kind (5)")
    parser.add_argument("--locked", type=float, default=150.0, help="seconds that the database is locked (150)")
    parser.add_argument("--at-once", type=int, default=2, help="so many archives are killed at the same time (2)")
    parser.add_argument(
        "--only", default="", help="of these kinds alone, with commas: kills, disks, locked, clock, ..."
    )
    options = parser.parse_args()
    begun = time.monotonic()
    only = options.only.split(",") if options.only else []
    reference = kills.undisturbed() if only != ["due"] else Reference({}, {})
    known = kinds(options, reference)
    only = only or ["kills", "due", *known]
    outcomes = []
    if "kills" in only:
        tally = kills.campaign(options.kills, options.seed, reference, at_once=options.at_once, say=_say)
        print_kills(tally)
        outcomes.append(Outcome("kill -9", tally.kills.total(), tally.survived.total(), broken=tally.broken))
    if "due" in only:
        tally = due.campaign(options.due_kills, options.seed, say=_say)
        print_kills(tally)
        outcomes.append(
            Outcome("kill -9 of what is due", tally.kills.total(), tally.survived.total(), broken=tally.broken)
        )
    for name in (name for name in known if name in only):
        for outcome in known[name]():
            print(outcome.line(), flush=True)
            outcomes.append(outcome)
    broken = [told for outcome in outcomes for told in outcome.broken]
    print(*broken, sep="\n")
    faults, survived = sum(o.faults for o in outcomes), sum(o.survived for o in outcomes)
    print(f"{survived} of {faults} faults survived, in {time.monotonic() - begun:.0f} s (seed {options.seed}).")
    return int(survived < faults or bool(broken))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def print_kills(tally: Tally) -> None:
    """Print the kills as a table, then what was counted on the way."""
    print(f"{'kill -9 during':28} {'kills':>6} {'survived':>9}")
    for phase, number in sorted(tally.kills.items()):
        print(f"{phase:28} {number:6} {tally.survived[phase]:9}")
    print(f"{'in all':28} {tally.kills.total():6} {tally.survived.total():9}")
    for what, number in sorted(tally.counted.items()):
        print(f"  {what}: {number}")


if __name__ == "__main__":
    sys.exit(main())
