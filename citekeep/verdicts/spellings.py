"""How a word of a page may stand in an address: without accents, or in Latin letters, roughly as people transcribe it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_CYRILLIC = dict(zip(
    "абвгґдеёєжзиіїйклмнопрстуўфхцчшщъыьэюя",
    (
        "a", "b", "v", "g", "g", "d", "e", "e", "e", "zh", "z", "i", "i", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s",
        "t", "u", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "i", "", "e", "iu", "ia",
    ),
    strict=True,
))  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})
_LETTERS = str.maketrans({**_CYRILLIC, "ß": "ss", "ł": "l", "ı": "i", "ø": "o", "æ": "ae", "đ": "d"})
_SAME = (
    (re.compile("shch|sch|sh"), "s"), (re.compile("zh"), "z"), (re.compile("ch"), "c"), (re.compile("kh|h"), "g"),
    (re.compile("t[sc]"), "c"), (re.compile("[yj]"), "i"), (re.compile("i+(?=[aeiou])"), ""),
)  # fmt: skip
"""What transcriptions of one letter come to, in this order."""
_MARKS = re.compile("[\u0300-\u036f]+")


def rough(word: str) -> str:
    """Return what a word of Cyrillic letters, or a transcription of it, comes to: one spelling for many."""
    text = word.translate(_LETTERS)
    for pattern, one in _SAME:
        text = pattern.sub(one, text)
    return text


def in_address(words: set[str], page: Iterable[str]) -> set[str]:
    """Return those of an address's words, of Latin letters, that are spellings of a page's words of other letters.

    Both in lower case."""
    sought = {word for word in words if word.isascii()}
    if not sought:
        return set()
    known: set[str] = set()
    roughly: set[str] = set()
    for word in page:
        if word.isascii():
            continue
        if word[0] in _CYRILLIC:
            roughly.add(rough(word))
        else:
            known.add(word.translate(_UMLAUTS))
            known.add(_MARKS.sub("", unicodedata.normalize("NFKD", word.translate(_LETTERS))))
    return {word for word in sought if word in known or (len(word) > 2 and rough(word) in roughly)}
