"""What came of one kind of fault, and the archive on which it is tried."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.faults.arena import Arena, Ended
from sandbox.run import Sandbox


@dataclass
class Outcome:
    """name: of the kind. faults, survived: how many there were. codes: exit codes. broken: what was not survived.

    skipped: why it could not be tried here, or "".
    """

    name: str
    faults: int = 0
    survived: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    skipped: str = ""

    def __post_init__(self) -> None:
        """Take counts out of JSON, whose keys are text."""
        self.codes = Counter({int(code): times for code, times in self.codes.items()})
        self.counted = Counter(self.counted)

    def add(self, what: str, told: list[str], *ended: Ended) -> None:
        """Count one fault, with what it broke and how its runs ended."""
        self.faults += 1
        self.survived += not told
        self.codes.update(run.code for run in ended)
        self.broken += [f"{self.name}, {what}: {one}" for one in told]

    def line(self) -> str:
        """Return the outcome for a person."""
        if self.skipped:
            return f"{self.name}: not tried here: {self.skipped}"
        codes = ", ".join(f"{code} ({times})" for code, times in sorted(self.codes.items()))
        counted = "".join(f"; {what}: {number}" for what, number in sorted(self.counted.items()))
        return f"{self.name}: {self.survived} of {self.faults} survived; exit codes {codes or 'none'}{counted}"


@contextmanager
def new_arena(folder: Path | None = None, **settings: Any) -> Iterator[Arena]:
    """Yield an archive that does not exist yet, with a sandbox of its own; folder: where it has to lie."""
    with tempfile.TemporaryDirectory(prefix="citekeep-faults-") as place, Sandbox.in_thread() as sandbox:
        yield Arena(sandbox, folder or Path(place), settings)


def said(ended: Ended, *codes: int) -> list[str]:
    """Return what is wrong with how a run ended: the code, or what it printed. A fault is a sentence, not a traceback."""
    told = [] if ended.code in codes else [f"exit code {ended.code}: {ended.output[-1500:]}"]
    if "Traceback" in ended.output:
        told.append(f"a traceback was printed: {ended.output[-1500:]}")
    return told
