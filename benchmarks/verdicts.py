"""How right and how fast the judge is on labelled responses: python -m benchmarks.verdicts DIRECTORY [--no-title].

DIRECTORY holds verdicts.jsonl (id, label, url, final_url, redirects, status, headers, body or body_ref) and pages/.
Nothing but the response is given to the judge: no history, no words of a citation, no extraction. Prints one line for
each label, macro-F1, the confusions, and milliseconds per judgement.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import re
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from citekeep.verdicts import Observation, judge
from citekeep.verdicts.observation import text_of

LABELS = {
    "alive": "alive", "alive_restricted": "alive", "alive_unverified": "alive",
    "not_found": "http_404", "gone": "http_404",
    "soft_404": "soft_404",
    "parked": "parked", "domain_for_sale": "parked", "expired_registration": "parked",
    "blocked_page": "censor_block",
    "bot_wall": "bot_challenge", "rate_limited": "bot_challenge",
    "access_denied": "wall", "paywall_or_login": "wall", "consent_wall": "wall",
    "hosting_placeholder": "server_default", "unclaimed_host": "server_default", "account_suspended": "server_default",
    "redirect_to_home": "redirect_home",
    "server_error": "server_error",
    "js_shell": "js_shell", "empty": "js_shell",
}  # fmt: skip


def observation(row: dict[str, Any], data: Path, *, without_title: bool) -> Observation:
    """Return what the judge is shown of one row."""
    if row.get("body_ref"):
        body = gzip.decompress(next((data / "pages").rglob(f"{row['body_ref']}*.gz")).read_bytes())
    elif row.get("body_b64"):
        body = base64.b64decode(row["body_b64"])
    else:
        body = (row.get("body") or "").encode("utf-8")
    headers = [(str(name), str(value)) for name, value in row["headers"].items()]
    content_type = next((value for name, value in headers if name.lower() == "content-type"), None)
    text = text_of(body, content_type, "utf-8" if row.get("body") else None)
    if without_title and text:
        text = re.sub(r"(?is)<title\b.*?</title\s*>", "", text)
    hops = [(row["url"], status) for status, _ in row["redirects"]]
    return Observation(
        requested_url=row["url"], final_url=row["final_url"], status=row["status"], headers=tuple(headers),
        hops=tuple(hops), body=text, magic=body[:16],
    )  # fmt: skip


def scores(pairs: list[tuple[str, str]]) -> float:
    """Print precision, recall and F1 of each label; return macro-F1."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for truth, said in pairs:
        found[truth][said] += 1
    f1s = []
    for label in sorted(found):
        right, true, said = found[label][label], sum(found[label].values()), sum(c[label] for c in found.values())
        f1s.append(2 * right / (true + said))
        others = ", ".join(f"{name} {n}" for name, n in found[label].most_common() if name != label)
        print(f"{label:15} n {true:4}  P {right / max(said, 1):.3f}  R {right / true:.3f}  F1 {f1s[-1]:.3f}  {others}")
    macro = sum(f1s) / len(f1s)
    print(f"macro-F1 {macro:.3f}  accuracy {sum(t == s for t, s in pairs) / len(pairs):.3f}  rows {len(pairs)}")
    return macro


def main() -> None:
    """Judge every row and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--no-title", action="store_true", help="judge the pages without their <title>")
    parser.add_argument("--errors", action="store_true", help="print each wrong verdict with its evidence")
    parser.add_argument("--json", type=Path, help="write {id: verdict} here")
    arguments = parser.parse_args()
    data = arguments.directory / "data" if (arguments.directory / "data").is_dir() else arguments.directory
    pairs, took, verdicts = [], [], {}
    for line in (data / "verdicts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        seen = observation(row, data, without_title=arguments.no_title)
        began = time.perf_counter()
        verdict = judge(seen)
        took.append((time.perf_counter() - began) * 1000)
        said = LABELS.get(verdict.name, verdict.name)
        pairs.append((row["label"], said))
        verdicts[row["id"]] = {"verdict": said}
        if arguments.errors and said != row["label"]:
            print("WRONG", row["id"], row["sub"], verdict.name, json.dumps(verdict.evidence, ensure_ascii=False))
    scores(pairs)
    took.sort()
    print(f"milliseconds per judgement: median {statistics.median(took):.2f}, p99 {took[int(len(took) * 0.99)]:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(verdicts), encoding="utf-8")


if __name__ == "__main__":
    main()
