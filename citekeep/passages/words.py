"""Words of a text: one spelling for many, their stems, and which language they are of."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from citekeep.folding import fold
from citekeep.passages.scripts import script_of

_LINES = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
GRAMMAR: dict[str, frozenset[str]] = {name: frozenset(line.split()) for name, line in _LINES["grammar"].items()}
POINTING: frozenset[str] = frozenset(word for line in _LINES["pointing"].values() for word in line.split())
EMPTY: frozenset[str] = frozenset(word for words in GRAMMAR.values() for word in words)
"""Words of grammar in any language: they name nothing."""

_QUOTES = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'", "‘": "'", "‛": "'"})
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u00ad]")
_OWNER = re.compile(r"(?<=\w)'s\b", re.IGNORECASE)
_ELIDED = re.compile(r"\b(?:[ldjmnstc]|qu|jusqu|lorsqu)'(?=[^\W\d_])", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)*")
_LEAST_STEM = 4
CONTENT_LETTERS = 4  # shorter words of an anchor are seldom what it is about


def plain(text: str) -> str:
    """Return a text in one spelling: NFKC, straight apostrophes, hyphens for dashes, no invisible letters."""
    one = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    one = _DASHES.sub(lambda dash: "" if dash[0] == "\u00ad" else "-", one)
    return re.sub(r"[\u200b-\u200f\u2060\ufeff\u0301]", "", one)


def tokens(text: str) -> list[str]:
    """Return the words of a ``plain`` text as written; what belongs to whom ("Navalny's") and French elisions cut off."""
    return _WORD.findall(_ELIDED.sub("", _OWNER.sub("", text)))


def lowered(word: str) -> str:
    """Return a word in lower case, ё as е and ґ as г: printers and spelling reforms differ in them."""
    return word.lower().replace("ё", "е").replace("ґ", "г")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return a word without case, accents and ending."""
    lower = lowered(word)
    if not lower.isascii() and script_of(lower) == "cyrillic":
        return fold(lower)
    bare = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c)).replace("ß", "ss")
    folded = fold(bare)
    cut = _endings().sub("", folded)
    return cut if len(cut) >= _LEAST_STEM else folded


@cache
def _endings() -> re.Pattern[str]:
    known = {ending for line in _LINES["endings"].values() for ending in line.split()}
    bare = {"".join(c for c in unicodedata.normalize("NFKD", one) if not unicodedata.combining(c)) for one in known}
    return re.compile(f"(?:{'|'.join(sorted(bare, key=len, reverse=True))})$")


def content(text: str) -> list[str]:
    """Return the words of an anchor that can be looked for on a page: none of grammar, none of pointing and saying."""
    found = [word for word in tokens(plain(text)) if len(word) >= CONTENT_LETTERS and not word.isdigit()]
    return [w for w in dict.fromkeys(found) if w.lower() not in EMPTY and w.lower() not in POINTING]


def language_of(text: str, declared: str | None = None) -> str | None:
    """Return the language of a text: by its words of grammar, else as declared (ISO 639-1), unless its letters deny it."""
    words = [word.lower() for word in tokens(plain(text[:6_000]))]
    counts = {name: sum(word in known for word in words) for name, known in GRAMMAR.items()}
    ranked = sorted(counts, key=lambda name: counts[name], reverse=True)
    best, second = ranked[0], ranked[1]
    if len(words) >= 5 and counts[best] >= max(2, len(words) / 12) and counts[best] >= counts[second] * 1.25:
        return best
    given = (declared or "").partition("-")[0].lower() or None
    fits = {"cyrillic": {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn"}}.get(script_of(text))
    if given and fits is not None:
        return given if given in fits else None
    return given if given not in {"ru", "uk", "be", "bg"} else None


def read_numbers(section: str) -> dict[str, float]:
    """Return {word: value} of a section of words.toml."""
    return {word: float(value) for value, line in _LINES[section].items() for word in line.split()}


@cache
def _same() -> tuple[tuple[str, str], ...]:
    pairs = [(start, name) for name, line in _LINES["same"].items() for start in line.split()]
    return tuple(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))


@lru_cache(maxsize=65_536)
def known_as(word: str) -> str | None:
    """Return one name for a place or a body that languages name differently; None for any other word."""
    lower = word.lower()
    for start, name in _same():
        if lower.startswith(start) and len(lower) - len(start) <= (3 if len(start) >= LETTERS_WITH_CASES else 0):
            return name
    return None


LETTERS_WITH_CASES = 4
"""Of the beginning of such a word: shorter ones (us, оон) stand as they are."""
