"""Words of a text in any script: what has no spaces between words is taken letter by letter."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = re.compile(r"['`’ʼ´\u00ad\u061c\u200b-\u200f\u2060\ufeff]")


def _marks() -> str:
    """Return the combining marks of the basic plane as a character class: they stand within words, and \\w lacks them."""
    found = [code for code in range(0x300, 0xFE30) if unicodedata.category(chr(code)).startswith("M")]
    ranges: list[list[int]] = []
    for code in found:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


_MARKS = _marks()
_HAN = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
_PLAIN = re.compile(r"\w+")
_TOKEN = re.compile(rf"[{_HAN}{_SOUTH_EAST}][{_MARKS}]*|(?:(?![{_HAN}{_SOUTH_EAST}])[\w{_MARKS}])+")
_SOME_MARK = re.compile(rf"[{_MARKS}{_HAN}{_SOUTH_EAST}]")
_WEIGHTS = ((re.compile(rf"[{_HAN}]"), 0.5), (re.compile(rf"[{_SOUTH_EAST}]"), 0.25))
"""How much of a word a letter is: two characters of Chinese or Japanese, four syllable parts of Thai make about one."""


def words_of(text: str) -> list[str]:
    """Return a text as lower-case words, one spelling for many (NFKC; apostrophes and zero-width characters gone).

    Of scripts without spaces between words, each letter is a word.
    """
    if text.isascii():
        return _PLAIN.findall(text.replace("'", "").replace("`", "").lower())
    one = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text)).lower()
    return (_TOKEN if _SOME_MARK.search(one) else _PLAIN).findall(one)


def size_of(words: list[str]) -> float:
    """Return how many words these would be in a script with spaces."""
    size = float(len(words))
    for letters, weight in _WEIGHTS:
        size -= (1 - weight) * sum(1 for word in words if word > "\u0dff" and letters.match(word))
    return size
