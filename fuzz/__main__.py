"""``python -m fuzz [--seconds N] [--engine hypothesis|atheris] [TARGET ...]``: fuzz, and print what came of it."""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from fuzz.one import ENGINES, HANG, Figures
from fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent
GRACE = 90.0  # seconds beyond its own that a process may take to load, and to end


def main() -> int:
    """Return 0 where nothing failed, 1 where something did, 2 where the engine is not installed."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz the parsers of what strangers wrote.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"all, or of: {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=float, default=10, help="for each target (default: 10)")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="hypothesis", help="default: hypothesis")
    parser.add_argument("--out", type=Path, default=ROOT / "fuzz" / "out", help="where inputs that fail are put")
    asked = parser.parse_args()
    unknown = set(asked.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}")
    if asked.engine == "atheris" and importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: uv sync --group fuzz (Linux, Python 3.11 to 3.13).", file=sys.stderr)
        return 2
    print(f"{'target':<16}{'inputs':>10}{'slowest':>10}  failures ({asked.engine}; a hang is more than {HANG:g} s)")
    total = failed = 0
    for target in asked.targets or TARGETS:
        inputs, failures = _run(target, asked.engine, asked.seconds, asked.out.resolve() / target)
        total, failed = total + inputs, failed + failures
    print(f"{len(asked.targets or TARGETS)} targets, {total:,} inputs, {failed} failures")
    return 1 if failed else 0


def _run(target: str, engine: str, seconds: float, folder: Path) -> tuple[int, int]:
    """Fuzz one target in a process of its own and print a line of it; return its numbers of inputs and of failures."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in ("figures.json", "slowest"):
        (folder / left).unlink(missing_ok=True)
    command = [sys.executable, "-m", "fuzz.one", target, engine, str(seconds), str(folder)]
    with (folder / "log").open("wb") as log:
        try:
            code = subprocess.run(
                command, cwd=ROOT, stdout=log, stderr=log, timeout=seconds + GRACE, check=False
            ).returncode
            end = "" if code == 0 else f"the process ended with {code}, see {folder / 'log'}"
        except subprocess.TimeoutExpired:
            end = "the process had to be ended"
    path = folder / "figures.json"
    figures = Figures(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Figures()
    failures = [f"{place} ({name})" for place, name in figures.failures.items()]
    if end:
        failures.append(f"{end}; its last input: {_keep_current(folder)}")
    print(f"{target:<16}{figures.inputs:>10,}{figures.slowest:>9.3f}s  {'; '.join(failures)}", flush=True)
    return figures.inputs, len(failures)


def _keep_current(folder: Path) -> str:
    """Take the input that was under way when a process died out of its file; return the name of the new one."""
    path = folder / "current"
    if not path.exists():
        return "none"
    raw = path.read_bytes()
    (folder / "died").write_bytes(raw[8 : 8 + int.from_bytes(raw[:8], "big")])
    return "died"


if __name__ == "__main__":
    raise SystemExit(main())
