"""How right the judge is on the made-up responses it was not made with: python -m benchmarks.unseen a|b|c|d [--no-title].

Prints one line for each label, macro-F1 over them, the two things that must not happen (a page that is there called
anything else, an answer that refused us called dead) and milliseconds per judgement. `--errors` prints each wrong verdict.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.shells import whole
from benchmarks.verdicts import LABELS, scores
from citekeep.verdicts import Observation, judge

HERE = Path(__file__).parent / "responses"
URL = "https://www.example.org/2019/05/minister-resigns-after-budget-vote"
TITLE = re.compile(r"(?is)<title\b.*?</title\s*>")
REFUSED = {"bot_challenge", "wall", "censor_block"}
HISTORY = "usurped"
"""Label of pages that cannot be told without what stood there before; left out of the scores."""
DEAD = {"http_404", "soft_404", "parked", "server_default", "redirect_home", "usurped"}


def cases(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (label or labels, case) of a set; labels joined by | are all right, the first is the one counted."""
    for file in sorted(HERE.glob(f"{name}_*.toml")):
        for label, rows in tomllib.loads(file.read_text(encoding="utf-8")).items():
            yield from ((row.get("label", label), row) for row in rows)


def seen(case: dict[str, Any], *, without_title: bool = False) -> Observation:
    """Return what the judge is shown of a case."""
    url = case.get("url", URL)
    final = case.get("final", url)
    content_type = case.get("type", "text/html; charset=utf-8")
    body = whole(case)
    if without_title and "xml" not in content_type:
        body = TITLE.sub("", body)
    readable = content_type.split(";")[0].split("/")[0] == "text" or "xml" in content_type or "json" in content_type
    return Observation(
        requested_url=url, final_url=final, status=case.get("status", 200), hops=((url, 302),) if final != url else (),
        headers=(("Content-Type", content_type), *case.get("headers", {}).items()), content_type=content_type,
        body=body if readable else None, magic=body.encode()[:16],
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Told:
    """One judged case: the label that is counted, what was said, whether it must never be, and why it was said."""

    name: str
    truth: str
    said: str
    broken: bool
    verdict: str
    evidence: dict[str, Any]
    milliseconds: float


def told(name: str, *, without_title: bool = False) -> Iterator[Told]:
    """Yield what the judge says of each case of a set."""
    for labels, case in cases(name):
        shown = seen(case, without_title=without_title)
        began = time.perf_counter()
        verdict = judge(shown)
        took = (time.perf_counter() - began) * 1000
        said = LABELS.get(verdict.name, verdict.name)
        right = labels.split("|")
        truth = said if said in right else right[0]
        broken = (right == ["alive"] and said != "alive") or (truth in REFUSED and said in DEAD)
        yield Told(
            name=case["name"], truth=truth, said=said, broken=broken, verdict=verdict.name,
            evidence=dict(verdict.evidence), milliseconds=took,
        )  # fmt: skip


def main() -> None:
    """Judge a set and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=["a", "b", "c", "d"])
    parser.add_argument("--no-title", action="store_true", help="judge the pages without their <title>")
    parser.add_argument("--errors", action="store_true", help="print each wrong verdict with its evidence")
    arguments = parser.parse_args()
    rows = list(told(arguments.set, without_title=arguments.no_title))
    for row in rows:
        if arguments.errors and row.said != row.truth:
            print("WRONG", row.truth, repr(row.name), row.verdict, json.dumps(row.evidence, ensure_ascii=False))
    scores([(row.truth, row.said) for row in rows if row.truth != HISTORY])
    later = [row for row in rows if row.truth == HISTORY]
    print(f"{HISTORY}, which needs earlier text: {sum(row.said == HISTORY for row in later)} of {len(later)} told")
    broken = [row.name for row in rows if row.broken]
    print(f"alive called else, or refused called dead: {len(broken)} {broken or ''}")
    took = [row.milliseconds for row in rows]
    print(f"milliseconds per judgement: median {statistics.median(took):.2f}, most {max(took):.2f}")


if __name__ == "__main__":
    main()
