"""One key for a name however it is written: in Cyrillic or Latin letters, with an accent, in a case.

No library is used for that: those of Python write one alphabet in the letters of another by one standard at a time,
while a name in a newspaper follows any of them ("Zelensky", "Zelenskyy", "Selenskyj"). So a Cyrillic name is written in
each of the ways below, every Latin spelling is made coarser by one function, and names are the same if one of their keys
is. Two names that differ in vowels at their end, or in what the function joins, are taken for one another.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LEAST = 3
"""Letters of a key that tell one name from another."""

_SAME_IN_ALL = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "ie", "з": "z", "и": "i", "і": "i",
    "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ў": "u", "ф": "f", "х": "h", "ы": "i", "э": "e", "ъ": "", "ь": "", "ё": "e",
}  # fmt: skip
_ENGLISH = {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "iu", "я": "ia"}
_GERMAN = {"ж": "sch", "з": "s", "х": "ch", "ц": "z", "ч": "tsch", "ш": "sch", "щ": "schtsch", "ю": "iu", "я": "ia"}

STANDARDS: dict[str, dict[str, str]] = {
    "BGN/PCGN, of Russian": _ENGLISH,
    "Ukrainian national 2010, BGN/PCGN of Ukrainian": _ENGLISH | {"г": "h"},
    "ISO 9, its accents left out": {"ж": "z", "ц": "c", "ч": "c", "ш": "s", "щ": "s", "ю": "u", "я": "a"},
    "scholarly, its accents left out": {"ж": "z", "ц": "c", "ч": "c", "ш": "s", "щ": "sc", "ю": "iu", "я": "ia"},
    "scholarly of Ukrainian": {"ж": "z", "ц": "c", "ч": "c", "ш": "s", "щ": "sc", "ю": "iu", "я": "ia", "г": "h"},
    "German newspapers": _GERMAN,
    "German newspapers, of Ukrainian": _GERMAN | {"г": "h"},
    "French newspapers": {"ж": "j", "ц": "ts", "ч": "tch", "ш": "ch", "щ": "chtch", "ю": "iu", "я": "ia"},
}
"""How a letter is written by each, where they differ, in the coarse spelling of ``_coarse``."""

_TABLES = [str.maketrans(_SAME_IN_ALL | own) for own in STANDARDS.values()]

# Latin letters that no decomposition makes plain.
_PLAIN = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "w": "v", "y": "i",
                        "j": "i", "q": "k"})  # fmt: skip
_JOINED = (("x", "ks"), ("ph", "f"), ("kh", "h"), ("ck", "k"), ("ou", "u"), ("ie", "e"), ("io", "e"))
_DOUBLED = re.compile(r"(.)\1+")
_MARKS = re.compile(r"[\u0300-\u036f\u02b0-\u02ff'’`]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_AFTER_HUSHING = re.compile(r"(?<=[чшжщ])[её]")

_CASES = re.compile(
    r"(?:иями|ями|ами|ого|его|ому|ему|ові|еві|єві|ої|ою|ею|єю|ими|ыми|ий|ый|ій|ой|ая|яя|ое|ее|ую|юю|их|ых|им|ым|ім|ом|ем|"
    r"єм|ам|ям|ах|ях|ией|ия|ию|ии|ією|ія|ію|ії|а|я|о|е|є|у|ю|ы|и|і|ї|ь|й)$"
)


@lru_cache(maxsize=65_536)
def keys(word: str) -> frozenset[str]:
    """Return the keys of one word of a name; two words may be the same name where they have a key in common.

    A word of which too little is left (LEAST) has itself for a key, in lower case.
    """
    lower = unicodedata.normalize("NFC", word).lower()
    if not _CYRILLIC.search(lower):
        return frozenset([_key(_coarse(lower)) or lower])
    stem = _CASES.sub("", lower.replace("ґ", "г"))
    stem = stem if len(stem) >= LEAST else lower
    found = {_key(_coarse(stem.translate(table))) for table in _TABLES}
    if (broad := _AFTER_HUSHING.sub("о", stem)) != stem:  # ё is a stressed "o" there: Gorbatschow, Khrushchov
        found |= {_key(_coarse(broad.translate(table))) for table in _TABLES}
    return frozenset(found - {""}) or frozenset([lower])


def _coarse(latin: str) -> str:
    """Return a Latin spelling without accents and without what one language writes so and another otherwise."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", latin)).translate(_PLAIN)
    for written, joined in _JOINED:
        bare = bare.replace(written, joined)
    return _DOUBLED.sub(r"\1", bare)


def _key(coarse: str) -> str:
    """Return a spelling without the vowels at its end, which are those of cases; "" where too little would be left."""
    stem = coarse.rstrip("aeiou")
    return stem if len(stem) >= LEAST else coarse if len(coarse) >= LEAST else ""


def script_of(text: str) -> str:
    """Return "cyrillic", "latin" or "other": the script of most letters of a text."""
    sample = text[:4_000]
    cyrillic = len(_CYRILLIC.findall(sample))
    latin = sum(1 for letter in sample if letter.isalpha() and letter < "\u0250")
    other = sum(1 for letter in sample if letter.isalpha()) - cyrillic - latin
    return max((cyrillic, "cyrillic"), (latin, "latin"), (other, "other"))[1]
