"""Numbers and dates of a text as values, however they are written: 1,500, 1 500, 1.5 thousand, fifteen hundred.

Modest on purpose: a number in words is read where it is one word, a ten with its unit, or a count of hundreds, thousands,
millions or billions. What can be read in two ways ("1.500") has two values. Times of day, numbers within a name (Il-76) and
ordinals are no figures.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from citekeep.passages.words import EMPTY, plain, read_numbers

_SPACE = " \u00a0\u2009\u202f"
_NUMBER = re.compile(
    rf"(?<![\w.,:/'-])(?:\d{{1,3}}(?:[{_SPACE},.']\d{{3}})+|\d{{1,15}})(?:[.,]\d{{1,6}})?(?![\w:/]|[.,]\d|-(?=[A-Za-z]))"
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_GROUPED = re.compile(rf"\d{{1,3}}(?:[{_SPACE},.']\d{{3}})+")
_UNIT = re.compile(r"[\s-]{0,2}([^\W\d_]{1,20})")
_YEARS = range(1_900, 2_101)
SMALL_WORDS = 13
"""Numbers in words below this one are said of anything: they are no figure to look for, though one that is found."""
ROUND_DIGITS = 2
"""Digits that a round number must have to stand for one that rounds to it: 1,500 for 1,547, but not 1,000 for 1,400."""


@dataclass(frozen=True)
class Figure:
    """written: as it stands in the text. values: what it may mean. is_year: it may be but the year of something."""

    written: str
    values: frozenset[float]
    is_year: bool = False
    in_words: bool = False


@dataclass(frozen=True)
class Day:
    """A date with its month; day or year may be missing (None)."""

    written: str
    month: int
    day: int | None
    year: int | None

    def agrees(self, other: Day) -> bool:
        """Return whether two dates may be one: what both tell is the same."""
        both = ((self.day, other.day), (self.year, other.year))
        return self.month == other.month and all(one is None or two is None or one == two for one, two in both)


def figures(text: str) -> tuple[list[Figure], list[Day]]:
    """Return the numbers and the dates of a text; what belongs to a date is no number."""
    one = plain(text)
    days, one = _days(one)
    found = []
    for match in _NUMBER.finditer(one):
        values, written = _values(match[0]), match[0]
        times, word = _multiplier(one, match.end())
        year = not times and match[0].isdigit() and len(match[0]) == 4 and int(match[0]) in _YEARS
        if times:
            values, written = frozenset(value * times for value in values), f"{written} {word}"
        found.append(Figure(written, values, is_year=year))
    return found + _in_words(one), days


def _values(written: str) -> frozenset[float]:
    grouped = _GROUPED.match(written)
    bare = re.sub(rf"[{_SPACE}']", "", written)
    marks = re.findall(r"[.,]", bare)
    found = set()
    if grouped and grouped[0] == written:
        found.add(float(re.sub(r"[.,]", "", bare)))
    if len(marks) == 1:  # a decimal mark, or one between thousands
        found.add(float(bare.replace(",", ".")))
    elif len(marks) > 1 and grouped and grouped[0] != written:
        whole = re.sub(r"[.,]", "", bare[: bare.rindex(marks[-1])])
        found.add(float(f"{whole}.{bare[bare.rindex(marks[-1]) + 1 :]}"))
    if not marks:
        found.add(float(bare))
    return frozenset(found or {float(re.sub(r"[.,]", "", bare))})


def _multiplier(text: str, at: int) -> tuple[float | None, str]:
    match = _UNIT.match(text, at)
    if match is None:
        return None, ""
    return _multipliers().get(match[1].lower()), match[1]


@cache
def _multipliers() -> dict[str, float]:
    return read_numbers("multipliers")


@cache
def _small() -> dict[str, float]:
    return read_numbers("numbers")


@cache
def _halves() -> dict[str, float]:
    return read_numbers("halves")


def _in_words(text: str) -> list[Figure]:
    """Return the numbers that are written as words."""
    found: list[Figure] = []
    words = list(_WORD.finditer(text))
    lower = [match[0].lower() for match in words]
    place = 0
    while place < len(words):
        value, used = _spoken(lower, place)
        if value is None:
            place += 1
            continue
        written = text[words[place].start() : words[place + used - 1].end()]
        if "\n" not in written and len(written) <= 60:
            found.append(Figure(written, frozenset([value]), in_words=value < SMALL_WORDS))
        place += used
    return found


_ARTICLES = frozenset({"a", "ein", "eine"})
_BETWEEN_HALF = frozenset({"a", "un", "une", "einen", "eine"})
_A_THOUSAND = frozenset({"тысяча", "тысячу", "тисяча", "тисячу"})


def _spoken(words: list[str], place: int) -> tuple[float | None, int]:
    """Return a number that begins at a word, and of how many words it is."""
    small, times = _small(), _multipliers()
    if words[place] in _halves():
        return _half(words, place)
    following = words[place + 1] if place + 1 < len(words) else ""
    value = 1.0 if words[place] in _ARTICLES and following in times else small.get(words[place])
    if value is None:
        return (1_000.0, 1) if words[place] in _A_THOUSAND else (None, 1)
    used = 1
    if value >= 20 and value < 100 and 0 < small.get(following, 0) < 10:
        value, used = value + small[following], 2
        following = words[place + used] if place + used < len(words) else ""
    if tuple(words[place + used : place + used + 3]) == ("and", "a", "half"):
        value, used = value + 0.5, used + 3
        following = words[place + used] if place + used < len(words) else ""
    if following in times and len(following) > 2:
        value, used = value * times[following], used + 1
    return value, used


def _half(words: list[str], place: int) -> tuple[float | None, int]:
    """Return what "half a million" and "полтора миллиона" come to: a half and what it is a half of."""
    if words[place] == "полмиллиона":
        return 500_000.0, 1
    for after in (1, 2):  # an article may stand between
        unit = words[place + after] if place + after < len(words) else ""
        if unit in _multipliers():
            return _halves()[words[place]] * _multipliers()[unit], after + 1
        if unit not in _BETWEEN_HALF:
            break
    return None, 1


# --- dates ---

_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?!\d)")
_DAY = r"(?:(\d{1,2})(?:st|nd|rd|th|er|-го|-е|\.)?)"
_BEFORE = re.compile(rf"(?<!\d){_DAY}\s(?:of\s|de\s)?([^\W\d_]{{3,12}})\.?(?:,?\s((?:19|20)\d\d)(?!\d))?")
_AFTER = re.compile(r"\b([^\W\d_]{3,12})\.?\s(\d{1,2})(?:st|nd|rd|th)?(?![\d.,]\d|\d)(?:,?\s((?:19|20)\d\d)(?!\d))?")
_MONTH_YEAR = re.compile(r"\b([^\W\d_]{3,12})\.?,?\s((?:19|20)\d\d)(?!\d)")
_MONTHS = Path(__file__).resolve().parent.parent / "dates" / "months.toml"
_CASES = {"январ": 1, "феврал": 2, "март": 3, "апрел": 4, "июн": 6, "июл": 7, "август": 8, "сентябр": 9, "октябр": 10,
          "ноябр": 11, "декабр": 12}  # fmt: skip
"""Russian names of months without the endings of their cases ("в январе"), which that list leaves out."""


@cache
def _months() -> dict[str, int]:
    data = tomllib.loads(_MONTHS.read_text(encoding="utf-8"))["months"]
    return {
        word: int(number) for number, words in data.items() for word in words if len(word) >= 3 and word not in EMPTY
    }


def month_of(word: str) -> int | None:
    """Return the number of a month by its name in one of many languages, None for what is none."""
    lower = word.lower()
    return _months().get(lower) or next((n for start, n in _CASES.items() if lower.startswith(start)), None)


def _days(text: str) -> tuple[list[Day], str]:
    """Return the dates of a text, and the text without them."""
    found: list[Day] = []

    def keep(written: str, year: str | None, month: int | None, day: str | None) -> str:
        if month is None or not 1 <= month <= 12 or (day is not None and not 1 <= int(day) <= 31):
            return written
        found.append(Day(written, month, int(day) if day else None, int(year) if year else None))
        return " ; "

    text = _ISO.sub(lambda m: keep(m[0], m[1], int(m[2]), m[3]), text)
    text = _DOTTED.sub(lambda m: keep(m[0], m[3], int(m[2]), m[1]), text)
    text = _BEFORE.sub(lambda m: keep(m[0], m[3], month_of(m[2]), m[1]), text)
    text = _AFTER.sub(lambda m: keep(m[0], m[3], month_of(m[1]), m[2]), text)
    text = _MONTH_YEAR.sub(lambda m: keep(m[0], m[2], month_of(m[1]), None), text)
    return found, text


def is_there(wanted: Figure, there: set[float]) -> bool:
    """Return whether a number is among those of a page, or stands there less rounded."""
    if wanted.values & there:
        return True
    for value in wanted.values:
        digits = f"{value:.0f}".rstrip("0")
        if value >= 100 and value == int(value) and value % 10 == 0 and len(digits) >= ROUND_DIGITS:
            unit = 10.0 ** (len(f"{value:.0f}") - len(digits))
            if any(abs(other - value) <= unit / 2 and other != value for other in there):
                return True
    return False
