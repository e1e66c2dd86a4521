"""``python -m benchmarks.quarter``: ninety days of an archive in minutes, and whether all of it is as it should be.

Forty made-up outlets publish, edit, move and die; ``scrapy due`` runs once a night on a turned clock, over real sockets, some
runs killed, some beside each other, some without a network; the Wayback Machine is a stand-in with outages of its own. At
the end the archive is held against what the world knows of itself. The exit code is 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.quarter.days import Plan, live, running
from benchmarks.quarter.judge import Finding, judge
from benchmarks.quarter.world import DAY, World

SHOWN = 12  # of what is wrong, for each question


def quarter(folder: Path, *, outlets: int, days: float, plan: Plan) -> list[Finding]:
    """Live through a world in a folder of its own and return what is found at the end, or at Ctrl-C."""
    begins = time.time() - (days + 1) * DAY
    world = World(outlets=outlets, days=days, begins=begins, seed=plan.seed)
    with running(world, folder) as runs:
        try:
            live(runs, plan, lambda line: print(line, file=sys.stderr, flush=True))
        except KeyboardInterrupt:
            print("Stopped: what was lived through by now is judged.", file=sys.stderr, flush=True)
            runs.finish()
        return judge(runs)


def main() -> int:
    """Read the command line, and print what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quarter", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--outlets", type=int, default=40, help="so many of them (40)")
    parser.add_argument("--days", type=float, default=90, help="so many days (90)")
    parser.add_argument("--runs", type=int, default=1, help="runs a day (1)")
    parser.add_argument("--kills", type=float, default=0.15, help="share of the runs that are killed (0.15)")
    parser.add_argument("--beside", type=float, default=0.1, help="share that has a second run beside it (0.1)")
    parser.add_argument("--dark", type=float, default=0.03, help="share that finds our own network down (0.03)")
    parser.add_argument("--seed", type=int, default=1, help="of the world and of all that befalls it (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found there, too")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep the archive there: a folder that is not there yet"
    )
    options = parser.parse_args()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # as Ctrl-C, also of one that was started in the background
    plan = Plan(runs=options.runs, kills=options.kills, beside=options.beside, dark=options.dark, seed=options.seed)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="citekeep-quarter-") as place:
        found = quarter(options.keep or Path(place) / "q", outlets=options.outlets, days=options.days, plan=plan)
    report(found)
    wrong = sum(len(finding.wrong) for finding in found)
    took = round(time.monotonic() - begun)
    print(f"{wrong} things are wrong; {options.days:g} days in {took} s (seed {options.seed}).")
    if options.json is not None:
        told = {"outlets": options.outlets, "days": options.days, **asdict(plan), "seconds": took, "wrong": wrong}
        told["found"] = [asdict(finding) for finding in found]
        options.json.write_text(json.dumps(told, indent=2), encoding="utf-8")
    return int(wrong > 0)


def report(found: list[Finding]) -> None:
    """Print a line for each question, with what is wrong below it."""
    for finding in found:
        print(f"{'wrong' if finding.wrong else 'right':6} {finding.question}: {finding.counted:,} looked at")
        for name, value in finding.told.items():
            rows = value if isinstance(value, list) else [value]
            for row in rows:
                print(f"       {name}: {row}")
        for sentence in finding.wrong[:SHOWN]:
            print(f"     ! {sentence}")
        if len(finding.wrong) > SHOWN:
            print(f"     ! ... and {len(finding.wrong) - SHOWN} more")


if __name__ == "__main__":
    sys.exit(main())
