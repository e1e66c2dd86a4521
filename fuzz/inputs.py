"""Inputs for the targets: what lies in fuzz/corpus/, and what is made of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 64 * 2**10
"""Bytes of an input. What is longer is cut before it is parsed, or costs in proportion."""

_TOKENS = CORPUS / "tokens"


@cache
def corpus(target: str) -> list[Path]:
    """Return a target's files: seeds, and what once made it fail (``crash-*``, ``hang-*``)."""
    return sorted(path for path in (CORPUS / target).glob("*") if path.is_file())


@cache
def tokens(target: str) -> list[bytes]:
    """Return the words of a target's language, one a line in fuzz/corpus/tokens/TARGET, escaped as Python's bytes are."""
    path = _TOKENS / target
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return [line.encode("ascii").decode("unicode_escape").encode("latin-1") for line in lines if line]


def strategy(target: str) -> st.SearchStrategy[bytes]:
    """Return bytes at random, and what ``changed`` makes: hypothesis draws its number, which is fast."""
    return st.binary(max_size=100) | st.integers(0, 2**63).map(lambda number: changed(target, number))


def changed(target: str, number: int) -> bytes:
    """Return a file of the corpus, or words of the target's language, with some changes: the same for the same number."""
    rng = random.Random(number)
    seeds = [path.read_bytes()[:LONGEST] for path in corpus(target)]
    words = tokens(target) or [b"\x00"]
    data = rng.choice(seeds) if seeds and rng.random() < 0.8 else b"".join(rng.choices(words, k=rng.randrange(40)))
    for _ in range(rng.choice((1, 1, 2, 3, 5, 10, 30))):
        start = rng.randrange(len(data) + 1)
        end = min(start + rng.choice((0, 0, 1, 4, 20, 200, 5_000)), len(data))
        piece = rng.choice(_PIECES)(rng, words, data)
        data = data[:start] + piece + data[end:]
    return data[:LONGEST]


_PIECES: tuple[Callable[[random.Random, list[bytes], bytes], bytes], ...] = (
    lambda rng, words, data: rng.choice(words),
    lambda rng, words, data: b"".join(rng.choices(words, k=rng.randrange(8))),
    lambda rng, words, data: rng.choice(words) * rng.choice((2, 3, 10, 100, 1_000, 10_000)),
    lambda rng, words, data: b"".join(rng.choices(words, k=rng.choice((2, 3)))) * rng.choice((10, 300, 20_000)),
    lambda rng, words, data: rng.randbytes(rng.randrange(9)),
    lambda rng, words, data: data[rng.randrange(len(data) + 1) :][: rng.choice((1, 10, 100, 1_000))],
    lambda rng, words, data: data[rng.randrange(len(data) + 1) :][: rng.choice((1, 5, 30))] * rng.choice((5, 50, 500)),
    lambda rng, words, data: b"",
)
"""What may stand in a changed place: words, one word or some again and again, noise, another part of the input, nothing."""
