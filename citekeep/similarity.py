"""How alike two texts are: the share of the shorter one's word sequences that the other has as well."""

from __future__ import annotations

import re

SEQUENCE = 4  # words
METHOD = "share of the shorter text's sequences of four words 1"
"""Name and version of the method: raised when the same two texts would give another figure."""
_WORD = re.compile(r"\w+")


def similarity(one: str, other: str) -> float | None:
    """Return 0 (nothing in common) to 1 (one holds the other), or None where either has fewer words than a sequence.

    Measured against the shorter text, so that a page which gained comments still says what it said.
    """
    first, second = _sequences(one), _sequences(other)
    if not first or not second:
        return None
    return round(len(first & second) / min(len(first), len(second)), 3)


def _sequences(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return set(zip(*(words[start:] for start in range(SEQUENCE)), strict=False))
