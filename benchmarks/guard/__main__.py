"""``python -m benchmarks.guard``: try every way inside, and print how many were tried, refused and wrong.

A real ``scrapy crawl`` asks for special addresses in every notation, names that lead to them, redirects to both, names
that change their answer, other schemes and other ports, with traps listening on loopback. Exit code 1 where a trap was
reached, or anything else became of a case than a refusal with its reason.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.guard.trial import run


def main() -> int:
    """Run, print a table, and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="citekeep-guard-") as folder:
        trial = asyncio.run(run(Path(folder)))
    print(f"{'kind':40} {'tried':>6} {'refused':>8} {'no URL':>7} {'no such name':>13} {'wrong':>6}")
    rows = {name: (k.tried, k.refused, k.no_url, k.no_name, len(k.wrong)) for name, k in trial.kinds.items()}
    sums = tuple(map(sum, zip(*rows.values(), strict=True)))
    for name, row in (rows | {"in all": sums}).items():
        print(f"{name:40} {row[0]:6} {row[1]:8} {row[2]:7} {row[3]:13} {row[4]:6}")
    wrong = {url: told for kind in trial.kinds.values() for url, told in kind.wrong.items()}
    print(f"connections to traps: {trial.reached}; to what was allowed: {trial.decoys}")
    for url, told in wrong.items():
        print(f"  {url}: {told}")
    if not sums[0]:
        print(trial.output)
    return 1 if wrong or trial.reached or not sums[0] else 0


if __name__ == "__main__":
    sys.exit(main())
