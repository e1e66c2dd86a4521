"""One question put to an archive, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Finding:
    """question: for a person. counted: how many things it was asked of. wrong: what is not as it should be, one each.

    told: numbers that say how much was tried.
    """

    question: str
    counted: int = 0
    wrong: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)

    def check(self, holds: bool, sentence: str) -> None:
        """Count one thing, wrong with a sentence where it does not hold."""
        self.counted += 1
        if not holds:
            self.wrong.append(sentence)
