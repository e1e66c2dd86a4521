"""``python -m benchmarks.bounds``: all bounds at once, and what was recorded of each.

A server sends too much, too slowly, too deep or for ever, each on a host of its own; one real crawl asks all of them at
the same time. Prints each bound with its setting and default, what was sent and what was recorded, and the most memory
that the crawl and its workers took, beside that of as many ordinary pages. Exit code 1 where a case was recorded otherwise.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
from pathlib import Path

from benchmarks.bounds.hostile import MiB, cases
from benchmarks.bounds.trial import Trial, ordinary, run


def main() -> int:
    """Run, print, and return the exit code."""
    settings = importlib.import_module("settings")
    hostile = cases()
    with tempfile.TemporaryDirectory(prefix="citekeep-bounds-") as folder:
        plain = asyncio.run(run(Path(folder), ordinary(len(hostile))))
    with tempfile.TemporaryDirectory(prefix="citekeep-bounds-") as folder:
        trial = asyncio.run(run(Path(folder), hostile))
    for row in trial.rows.values():
        default = f"{row.case.setting} = {getattr(settings, row.case.setting)}" if row.case.setting else "in the code"
        told = ", ".join(sorted(row.recorded)) or "nothing"
        mark = "" if row.fine else "WRONG: "
        print(f"{row.case.bound:26} {default:36} {row.sent / MiB:8.1f} MiB sent   {mark}{told}")
    wrong = [row for row in trial.rows.values() if not row.fine]
    print(f"{len(trial.rows)} bounds tried, {len(trial.rows) - len(wrong)} recorded as they have to be")
    _memory("all of it at once", trial)
    _memory("as many ordinary pages", plain)
    return 1 if wrong else 0


def _memory(name: str, trial: Trial) -> None:
    main, worker = trial.main / MiB, trial.worker / MiB
    print(f"memory, {name}: crawl {main:.0f} MiB, the largest worker {worker:.0f} MiB, {trial.seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
