"""What a page shows now against what it showed before: somebody else's page (usurped), or another text (content drift).

Only where earlier text is known: of a check of ours that found the page alive, or of a memento that was read back and
found good (``history["earlier"]``, the one nearest to the citation first). Pages that change by design, front pages and
live blogs, are flagged ``volatile``, never drifted.
"""

from __future__ import annotations

import math
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from citekeep.similarity import similarity
from citekeep.verdicts.addresses import is_home, path_parts
from citekeep.verdicts.page import Match, Page, Rule

OFF_TOPIC = 0.10
"""Cosine of word counts up to which a page is off topic: AlNoamany et al. 2016 (accuracy .987 with the next one)."""
SHRUNK = 0.15
"""Share of the words that is left where most are gone: their word-count change below -0.85."""
METHOD = "cosine of counts of words of five letters or more 1"
"""Shorter words, most of them of grammar, would make any two texts of a language alike: with them the median of unrelated
pages is .25, without .04, and nine of ten lie below OFF_TOPIC, where one in ten halves of the same article does."""
SEQUENCES = 0.02
"""Share of word sequences in common (citekeep/similarity.py) up to which nothing of the earlier text is left."""
ENOUGH = 30  # words counted on both sides: fewer resemble nothing
LEXICON_WORDS = 4
"""Different words of one trade that give it away where the earlier text had at most one of them."""
LONG = 5  # letters
TEXT_LIMIT = 10_000  # characters of each text

_LIVE = ('"liveblogposting"', "liveblogposting")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "THAI", "HANGUL", "CJK", "HIRAGANA", "KATAKANA",
            "GEORGIAN", "ARMENIAN", "DEVANAGARI")  # fmt: skip


@cache
def lexicon() -> dict[str, frozenset[str]]:
    """Return {trade: its words in many languages, lower case} of trades that buy expired domains."""
    read = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))
    return {
        trade: frozenset(word for words in by_language.values() for word in words)
        for trade, by_language in read.items()
    }


def is_volatile(page: Page) -> bool:
    """Return whether a page changes by design: a front page, a section's front, or one that says it is a live blog."""
    parts = path_parts(page.asked_path)
    section = len(parts) == 1 and len(parts[0]) <= 12 and parts[0].isalpha()
    return is_home(page.asked_path) or section or any(mark in page.lower for mark in _LIVE)


def terms(text: str) -> Counter[str]:
    """Return how often each word of a text occurs; pairs of characters where the script divides no words."""
    counted: Counter[str] = Counter()
    for word in _words(text[:TEXT_LIMIT].lower()):
        if _script(word[0]) in {"CJK", "HIRAGANA", "KATAKANA", "THAI"}:
            counted.update(word[at : at + 2] for at in range(max(1, len(word) - 1)))
        elif len(word) >= LONG:
            counted[word] += 1
    return counted


def cosine(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Return the cosine of two word counts, 0 (nothing in common) to 1."""
    shared = sum(count * other[word] for word, count in one.items() if word in other)
    length = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return min(1.0, shared / length) if length else 0.0


def script_of(text: str) -> str | None:
    """Return the script of most letters of a text, as Unicode names it; None where there are few letters."""
    scripts = Counter(_script(letter) for letter in text[:2_000] if letter.isalpha())
    if sum(scripts.values()) < ENOUGH:
        return None
    return scripts.most_common(1)[0][0]


def trade_of(now: str, before: str) -> tuple[str, list[str]] | None:
    """Return a trade and its words in a text, where the earlier text was not of it."""
    for trade, words in lexicon().items():
        here = _said(words, now)
        if len(here) >= LEXICON_WORDS and len(_said(words, before)) <= 1:
            return trade, sorted(here)
    return None


def _said(words: frozenset[str], text: str) -> set[str]:
    lower = text[:TEXT_LIMIT].lower()
    undivided = {word for word in words if _script(word[0]) == "THAI" and word in lower}
    return undivided | (words & set(_words(lower)))


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


@cache
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return next((script for script in _SCRIPTS if name.startswith(script)), "other")


# --- rules ---------------------------------------------------------------------------------------------------------


class _Compared:
    """A page beside one earlier text of it."""

    def __init__(self, page: Page, earlier: Mapping[str, Any]) -> None:
        text = str(earlier.get("text") or "")
        self.earlier = earlier
        self.now_text = (page.seen.text or page.markup.text)[:TEXT_LIMIT]
        self.now, self.before = terms(self.now_text), terms(text)
        self.scripts = (script_of(text), script_of(self.now_text))
        self.alike = cosine(self.now, self.before)
        self.sequences = similarity(text, self.now_text) or 0.0

    @property
    def comparable(self) -> bool:
        """Whether both texts are long enough."""
        return min(self.now.total(), self.before.total()) >= ENOUGH

    def facts(self, **more: Any) -> dict[str, Any]:
        """Return what the evidence says of the comparison."""
        told = {name: self.earlier.get(name) for name in ("basis", "id", "at")}
        return {"compared_with": told, "similarity": round(self.alike, 3), "method": METHOD, **more}


def _compared(page: Page) -> list[_Compared]:
    """Return the comparisons with all earlier texts; [] where a text was not extracted, or bears out what was cited."""
    if not 200 <= (page.status or 0) <= 299 or page.slug_found or page.seen.truncated:
        return []
    found = [_Compared(page, earlier) for earlier in page.earlier]
    return found if all(one.comparable for one in found) else []


def _usurped(page: Page) -> Match | None:
    """The page shares nothing with any earlier text, and is written in another script or for a trade of such domains."""
    compared = _compared(page)
    if not compared or not _off_topic(compared):
        return None
    nearest = compared[0]
    trade = trade_of(nearest.now_text, str(nearest.earlier.get("text")))
    if trade is not None:
        return Match(matched=" ".join(trade[1])[:200], where="text", facts=nearest.facts(trade=trade[0]))
    before, now = nearest.scripts
    changed = before is not None and now is not None and before != now
    if not changed or _says_its_host(page):
        return None
    return Match(matched=f"{before} before, {now} now", where="text", facts=nearest.facts())


def _off_topic(compared: list[_Compared]) -> bool:
    return all(one.alike <= OFF_TOPIC and one.sequences <= SEQUENCES for one in compared)


def _says_its_host(page: Page) -> bool:
    """Return whether the page is an edition of the same site in another language, as far as it says so."""
    return 'hreflang="' in page.lower


def _drifted(page: Page) -> Match | None:
    compared = _compared(page)
    if not compared or is_volatile(page):
        return None
    nearest = compared[0]
    left = nearest.now.total() / nearest.before.total()
    shrunk = left <= SHRUNK and nearest.sequences <= SEQUENCES  # what is left is no part of what was there
    if not _off_topic(compared) and not shrunk:
        return None
    return Match(
        matched=f"similarity {nearest.alike:.2f}", where="text", facts=nearest.facts(words_left=round(left, 2))
    )


HISTORY: tuple[Rule, ...] = (
    Rule("other_owner", "usurped", _usurped),
    Rule("other_text", "content_drift", _drifted),
)
