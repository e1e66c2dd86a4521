"""The sentence around a place in a text: sentencex, with what it splits too eagerly joined again."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import Any

import sentencex

WORDS_MAX = 120  # a longer "sentence" is cut around the place that was asked for
REACH = 3_000  # characters on each side of the place, so that a page of one endless sentence costs no more than others
_SPACE = re.compile(r"[^\S\n]")
_SPACE_BEFORE_STOP = re.compile(r"[^\S\x00-\x7f]+(?=\.)")
_LAST = 40  # characters of a sentence's end: abbreviations are shorter
_JOINS_BEFORE = re.compile(r"^[\"'»”’)\]]*\s*(?:[—–-]\s*)?[^\W\d_]", re.UNICODE)
_INITIAL = re.compile(
    r"(?:^|[\s(«“\"])(?:[^\W\d_]|им|гр|г|ул|ст|т|д|п|тыс|млн|млрд|руб|см|ср|др|пр|Mr|Mrs|Ms|Dr|Prof|St|No|Gen|Sen|Rep|Gov|vs|Inc|Jr|Sr)\.\s*$"
)


@lru_cache(maxsize=512)
def spans(text: str, language: str) -> tuple[tuple[int, int], ...]:
    """Return (start, end) of each sentence of a text, in characters, without the space around it."""
    found: list[tuple[int, int]] = []
    for piece in _boundaries(language, text):
        start, end = piece["start_index"], piece["end_index"]
        if found and _joins(text, *found[-1], text[start:end]):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(_trim(text, start, end) for start, end in found if text[start:end].strip())


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


def _joins(text: str, start: int, end: int, piece: str) -> bool:
    """Return whether a piece goes on the sentence from ``start`` to ``end``: of which the end alone is looked at."""
    letter = _JOINS_BEFORE.match(piece)
    if letter is not None and piece[letter.end() - 1].islower():
        return True
    cut = max(start, end - _LAST)
    return _INITIAL.search(text[cut:end], int(cut > start)) is not None


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
