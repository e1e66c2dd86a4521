"""What full-text search compares: one spelling for many, the same for the index and the query."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_KEPT = (("й", "\ue000"), ("ї", "\ue001"), ("ґ", "\ue002"))  # letters of their own, not accented ones
_BACK = (*((kept, letter) for letter, kept in _KEPT), ("ё", "е"))
_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"[\u0300-\u036f\u00ad\u200b-\u200d\u2060]+")
_APOSTROPHES = re.compile(r"[’'ʼ`]")

_CYRILLIC_ENDINGS = re.compile(
    r"(?:иями|ями|ами|иях|ого|его|ому|ему|ыми|ими|ої|ою|ею|ий|ый|ой|ая|яя|ое|ее|ые|ие|ую|юю|ых|их|ым|им|ом|ем|ам|ям|"
    r"ах|ях|ов|ев|ей|ия|ию|ии|иєю|ією|ів|їв|а|я|о|е|ы|и|і|ї|у|ю|ь|й)$"
)
_ENGLISH_ENDINGS = re.compile(r"(?:ies|es|s|ing|ed)$")
_LEAST_STEM = 4  # letters that must remain


def fold(text: str | None) -> str:
    """Return text as the full-text index holds it: lower case, accents gone (й, ї, ґ stay), ё as е, endings cut.

    Case endings of Russian and Ukrainian words and plural, -ed and -ing of English ones are cut where at least four
    letters remain, so that "Россия" finds "России". It is a light stemmer: it joins more than it should now and then.
    None becomes "".
    """
    if not text:
        return ""
    lowered = _replace(unicodedata.normalize("NFC", text).lower(), _KEPT)
    bare = _replace(_MARKS.sub("", unicodedata.normalize("NFKD", lowered)), _BACK)
    return " ".join(_stem(word) for word in _WORD.findall(_APOSTROPHES.sub("", bare)))


def _replace(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for old, new in pairs:  # ten times as fast as str.translate outside ASCII
        text = text.replace(old, new)
    return text


@lru_cache(maxsize=65_536)  # words of a news archive repeat; this halves the cost of recording a text
def _stem(word: str) -> str:
    endings = _ENGLISH_ENDINGS if word.isascii() else _CYRILLIC_ENDINGS
    stem = endings.sub("", word)
    return stem if len(stem) >= _LEAST_STEM else word
