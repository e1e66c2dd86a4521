"""Two texts compared: how alike they are, which words came and went, and paragraph by paragraph what changed. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from citekeep.similarity import METHOD, similarity

SAME, LOST, GAINED = "same", "lost", "gained"
Part = tuple[str, str]
"""SAME, LOST or GAINED, and the text that is so."""

PARAGRAPHS_MAX = 4_000
"""Paragraphs of a text that are compared one by one, the first: what is beyond is one paragraph. Ten times a long report."""
WORDS_MAX = 1_500
"""Words of a changed paragraph that are compared one by one; a longer one is shown as lost and as gained, whole."""
ALIKE = 0.4
"""Share of words from which a lost and a gained paragraph are one that was edited."""
AHEAD = 20  # paragraphs that came in before an edited one, at most
LISTED = 40  # words gained and lost that are named, the most frequent first

_WORD = re.compile(r"\w+")
_PIECE = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")  # a word with the space after it: spaces alone would match anywhere


@dataclass(frozen=True)
class Block:
    """A paragraph as it stands beside its other version. kind: same, lost, gained or edited; parts: of an edited one."""

    kind: str
    parts: tuple[Part, ...]

    @property
    def before(self) -> str:
        """The paragraph as it was, "" where it is new."""
        return "".join(text for kind, text in self.parts if kind != GAINED)

    @property
    def after(self) -> str:
        """The paragraph as it is, "" where it is gone."""
        return "".join(text for kind, text in self.parts if kind != LOST)


@dataclass(frozen=True)
class Drift:
    """How a text differs from an earlier one.

    similarity: see citekeep/similarity.py, by ``method``; None where a text is too short. words_gained, words_lost: how
    many; gained, lost: which, with their number, the most frequent LISTED. blocks: all paragraphs.
    """

    similarity: float | None
    words_gained: int
    words_lost: int
    gained: dict[str, int]
    lost: dict[str, int]
    blocks: list[Block] = field(repr=False)
    method: str = METHOD

    @property
    def same(self) -> bool:
        """Whether the texts are the same, paragraph by paragraph."""
        return all(block.kind == SAME for block in self.blocks)

    def as_json(self) -> dict[str, Any]:
        """Return it with the paragraphs that changed."""
        changed = [
            {"kind": block.kind, "before": block.before or None, "after": block.after or None}
            for block in self.blocks
            if block.kind != SAME
        ]
        return {
            "similarity": self.similarity, "method": self.method, "words_gained": self.words_gained,
            "words_lost": self.words_lost, "gained": self.gained, "lost": self.lost, "paragraphs": changed,
        }  # fmt: skip


def compare(before: str, after: str) -> Drift:
    """Return how one text differs from an earlier one."""
    gained, lost = _words_between(before, after)
    return Drift(
        similarity=1.0 if before == after else similarity(before, after),
        words_gained=gained.total(),
        words_lost=lost.total(),
        gained=dict(gained.most_common(LISTED)),
        lost=dict(lost.most_common(LISTED)),
        blocks=list(_blocks(_paragraphs(before), _paragraphs(after))),
    )


def words_changed(before: str, after: str) -> tuple[int, int]:
    """Return how many words a text gained and lost, wherever they stand."""
    gained, lost = _words_between(before, after)
    return gained.total(), lost.total()


def _words_between(before: str, after: str) -> tuple[Counter[str], Counter[str]]:
    here, there = Counter(_WORD.findall(after.lower())), Counter(_WORD.findall(before.lower()))
    return here - there, there - here


def _paragraphs(text: str) -> list[str]:
    found = [line.strip() for line in text.split("\n") if line.strip()]
    return found if len(found) <= PARAGRAPHS_MAX else [*found[:PARAGRAPHS_MAX], " ".join(found[PARAGRAPHS_MAX:])]


def _blocks(before: list[str], after: list[str]) -> Iterator[Block]:
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (Block(SAME, ((SAME, text),)) for text in before[a:b])
        else:
            yield from _changed(before[a:b], after[c:d])


def _changed(lost: list[str], gained: list[str]) -> Iterator[Block]:
    """Yield what became of paragraphs: edited ones side by side, in order, the others as lost or gained."""
    counted = [Counter(_WORD.findall(text.lower())) for text in gained]
    place = 0
    for text in lost:
        words = Counter(_WORD.findall(text.lower()))
        ahead = range(place, min(len(gained), place + AHEAD))
        found = next((number for number in ahead if _alike(words, counted[number])), None)
        if found is None:
            yield Block(LOST, ((LOST, text),))
            continue
        yield from (Block(GAINED, ((GAINED, new),)) for new in gained[place:found])
        yield Block("edited", tuple(_parts(text, gained[found])))
        place = found + 1
    yield from (Block(GAINED, ((GAINED, new),)) for new in gained[place:])


def _alike(one: Counter[str], other: Counter[str]) -> bool:
    longer = max(one.total(), other.total())
    return bool(longer) and (one & other).total() / longer >= ALIKE


def _parts(before: str, after: str) -> Iterator[Part]:
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    if max(len(old), len(new)) > 2 * WORDS_MAX:
        yield (LOST, before)
        yield (GAINED, after)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield (SAME, "".join(old[a:b]))
            continue
        if a < b:
            yield (LOST, "".join(old[a:b]))
        if c < d:
            yield (GAINED, "".join(new[c:d]))
