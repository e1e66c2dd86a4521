"""``scrapy`` on a turned clock, with a count of what it costs SQLite: ``python -m benchmarks.quarter.entry ARGS...``.

All of production code runs as it is. FAULT is the JSON object of benchmarks/faults/victim.py; beside it may stand
``rates``, {endpoint: [a minute, a day]}: what the stand-in Wayback Machine allows, of which the real one is slower; and
``cost``, a file that gets how many steps SQLite's virtual machine made, in STEP.
"""

from __future__ import annotations

import atexit
import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from benchmarks.faults.victim import prepare

STEP = 100  # steps of SQLite's virtual machine between two counts


def count_steps(path: Path) -> None:
    """Count the steps of every connection of this process, and write their number to a file at its end."""
    real, steps = sqlite3.connect, 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = real(*arguments, **named)
        connection.set_progress_handler(step, STEP)
        return connection

    sqlite3.connect = connect  # type: ignore[assignment]
    atexit.register(lambda: path.write_text(json.dumps({"steps": steps * STEP}), encoding="utf-8"))


def allow(rates: dict[str, list[float | None]]) -> None:
    """Have the ledger keep the limits of the stand-in in place of those of the real service."""
    from citekeep.wayback import budget  # noqa: PLC0415

    budget.RATES.update({endpoint: budget.Rate(minute, day) for endpoint, (minute, day) in rates.items()})


if __name__ == "__main__":
    fault = json.loads(os.environ["FAULT"])
    prepare(fault)
    allow(fault.get("rates", {}))
    count_steps(Path(fault["cost"]))
    from scrapy.cmdline import execute

    execute(["scrapy", *sys.argv[1:]])
