"""Asks the public advisories, through pip-audit, about every package that uv.lock names: all groups, all platforms.

Exit codes: 0 each was asked about and none has a known fault; 1 some have; 3 not every one could be asked about, and of
the others none has. pip-audit itself says "No known vulnerabilities found" where it could ask about none at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
PIP_AUDIT = "pip-audit==2.10.1"
SECONDS = 300
CLEAN, FAULTY, NOT_ASKED = 0, 1, 3


def verdict(answers: list[dict[str, Any]], wanted: int) -> tuple[int, list[str]]:
    """Return the exit code and lines for a person, of pip-audit's ``dependencies`` and the number of packages asked about."""
    faulty = [(one, fault) for one in answers for fault in one.get("vulns", [])]
    asked = sum("vulns" in one for one in answers)
    lines = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version yet'}"
        for one, fault in faulty
    ]
    lines.append(f"{asked} of {wanted} packages were asked about: {len(faulty)} known faults.")
    if faulty:
        return FAULTY, lines
    if asked < wanted or not wanted:
        lines.append("Skipped: the advisories could not be had for the others, so nothing is said of them.")
        return NOT_ASKED, lines
    return CLEAN, lines


def _packages() -> list[str]:
    """Return "name==version" of every package that uv.lock names, whatever platform it is for."""
    export = ["export", "--frozen", "--quiet", "--all-groups", "--no-emit-project", "--no-hashes", "--no-annotate"]
    text = subprocess.run([UV, *export], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = {line.partition(";")[0].strip() for line in text.splitlines()}
    return sorted(line for line in lines if "==" in line)


def _rounds(packages: list[str]) -> Iterator[list[str]]:
    """Yield the packages in lists, none of which holds two versions of one: pip-audit refuses such a list."""
    left = packages
    while left:
        now = list({name.partition("==")[0]: name for name in reversed(left)}.values())
        yield now
        left = [name for name in left if name not in now]


def _ask(packages: list[str], folder: Path) -> tuple[list[dict[str, Any]], str]:
    """Return pip-audit's answers, and where there are none its last words."""
    asked, out = folder / "packages.txt", folder / "answers.json"
    out.unlink(missing_ok=True)
    asked.write_text("\n".join(packages) + "\n", encoding="utf-8")
    run = [UV, "tool", "run", "--system-certs", "--from", PIP_AUDIT, "pip-audit", "--disable-pip", "--no-deps"]
    run += ["--progress-spinner", "off", "-f", "json", "-o", out, "-r", asked]
    try:
        done = subprocess.run(run, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return [], f"No answer within {SECONDS} s."
    if not out.exists():
        return [], "".join(done.stderr.strip().splitlines()[-1:])
    return json.loads(out.read_text(encoding="utf-8"))["dependencies"], ""


def main() -> int:
    """Audit the lock and print what came of it."""
    packages = _packages()
    answers: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for some in _rounds(packages):
            told, words = _ask(some, Path(folder))
            answers += told
            if words:
                print(words)
    code, lines = verdict(answers, len(packages))
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
