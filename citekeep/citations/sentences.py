"""The sentence around a place in a text: sentencex, with what it splits too eagerly joined again."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import sentencex

WORDS_MAX = 120  # a longer "sentence" is cut around the place that was asked for
CHUNK = 8_000  # characters, of a paragraph that is longer, that are divided at a time
REACH = 3_000  # characters on each side of the place, so that a page of one endless sentence costs no more than others
_SPACE = re.compile(r"[^\S\n]")
_SPACE_BEFORE_STOP = re.compile(r"[^\S\x00-\x7f]+(?=\.)")
_LAST = 40  # characters of a sentence's end: abbreviations are shorter
_STARTS_LOW = re.compile(r"^[\"'»”’)\]]*\s*(?:[—–-]\s*)?[^\W\d_]", re.UNICODE)
_CLOSES = re.compile(r"^[)\]»”’」』）】](?!\s*[A-ZА-ЯЁ])")
_LAST_WORD = re.compile(r"(?:^|[\s(«“„\"'‘\[—–/])([^\s(«“„\"'‘\[—–/]{1,12})\.\s*$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)+[^\W\d_]")  # J.-P., U.S
_OPENED = re.compile(r"[「『][^」』]*$")
_SAID = re.compile(r"^[とっなのをがは、]")  # after a quotation: Japanese goes on
_ORDINALS = frozenset(
    ["de", "cs", "sk", "sl", "sr", "hr", "bs", "da", "no", "nb", "nn", "fi", "et", "lv", "hu", "tr", "is", "pl", "az"]
)
"""Languages that write a full stop after an ordinal number: "am 5. Mai"."""


@cache
def _abbreviations(language: str) -> frozenset[str]:
    words = tomllib.loads(Path(__file__).with_name("abbreviations.toml").read_text(encoding="utf-8"))
    return frozenset(words.get(language, words["en"]).split())


@lru_cache(maxsize=512)
def spans(text: str, language: str) -> tuple[tuple[int, int], ...]:
    """Return (start, end) of each sentence of a text, in characters, without the space around it."""
    found: list[tuple[int, int]] = []
    for start, end in _pieces(language, text):
        if found and _joins(text, *found[-1], text[start:end], language):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(_trim(text, start, end) for start, end in found if text[start:end].strip())


def _pieces(language: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield what sentencex divides a text into, asked for CHUNK characters at a time: what it takes grows with the square."""
    at = 0
    while at < len(text):
        end = at + CHUNK
        if end < len(text):
            space = max(text.rfind(" ", at + 1, end), text.rfind("\n", at + 1, end))
            end = space + 1 if space > 0 else end
        for piece in _boundaries(language, text[at:end]):
            yield at + piece["start_index"], at + piece["end_index"]
        at = end


def _boundaries(language: str, text: str) -> list[dict[str, Any]]:
    """Return what sentencex finds; nothing where it gives up.

    It panics, and says so on standard error, where white space of several bytes stands between a letter and a full stop,
    as in "A&nbsp;.": there it is given plain spaces, as many characters; and everywhere, should it panic all the same.
    """
    for attempt in (_SPACE_BEFORE_STOP.sub(lambda found: " " * len(found[0]), text), _SPACE.sub(" ", text)):
        try:
            return list(sentencex.get_sentence_boundaries(language, attempt))
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # Rust's, no Exception of Python's and in no module of its own
                raise
    return []


def sentence_at(text: str, start: int, end: int, language: str | None) -> tuple[int, int]:
    """Return (start, end) of the sentence around a place, whole where the place reaches over a boundary.

    Without a sentence there, the whole text; longer than WORDS_MAX words, cut around the place.
    """
    sentences = spans(text, language or "en")
    touched = sentences[
        bisect_right(sentences, start, key=lambda span: span[1]) : bisect_left(
            sentences, max(end, start + 1), key=lambda span: span[0]
        )
    ]
    first, last = (touched[0][0], touched[-1][1]) if touched else (0, len(text))
    first, last = min(first, start), max(last, end)
    return _cap(text, first, last, start, end)


def _joins(text: str, start: int, end: int, piece: str, language: str) -> bool:
    """Return whether a piece goes on the sentence from ``start`` to ``end``: of which the end alone is looked at."""
    letter = _STARTS_LOW.match(piece)
    if (letter is not None and piece[letter.end() - 1].islower()) or _CLOSES.match(piece):
        return True
    last = text[max(start, end - _LAST) : end]
    if _OPENED.search(last):
        return True
    if last.endswith(("」", "』")) and _SAID.match(piece):
        return True
    word = _LAST_WORD.search(last)
    return word is not None and _shortens(word[1], last[: word.start()], piece, language)


def _shortens(word: str, before: str, piece: str, language: str) -> bool:
    """Return whether the full stop after a word belongs to the word: an initial, an abbreviation, an ordinal number."""
    name = word.lower()
    if name.isdigit():
        return len(name) <= 2 and language in _ORDINALS
    if (len(name) == 1 and name.isalpha()) or _INITIALS.fullmatch(word):
        return True
    words = _abbreviations(language)
    beside_number = piece[:1].isdigit() or before[-1:].isdigit()
    return name in words or (beside_number and f"{name}#" in words)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _cap(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    first, last = max(first, start - REACH), min(last, max(end, start) + REACH)
    words = [match.span() for match in re.finditer(r"\S+", text[first:last])]
    if len(words) <= WORDS_MAX:
        return first, last
    inside = [i for i, (a, b) in enumerate(words) if first + b > start and first + a < max(end, start + 1)]
    middle = inside[0] if inside else 0
    low = max(0, min(middle - WORDS_MAX // 2, len(words) - WORDS_MAX))
    high = min(len(words), low + WORDS_MAX)
    return min(first + words[low][0], start), max(first + words[high - 1][1], end)
