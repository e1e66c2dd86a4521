"""What day, and what moment, a written date names: ISO 8601 and its kin, RFC 5322, epochs, months by name, numbers.

A form that can be read in two ways ("03/04/2022") gives both days: which of them was meant is not decided here.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from citekeep import clock

TEXT_MAX = 200
"""So much of a text is looked at: dates are short, and what is long holds more than one."""

_YEAR_LEAST = 1990  # the first web page is of 1990: nothing that cites links is older; 1970-01-01 is an empty field

_ISO = re.compile(r"\s*(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_BASIC = re.compile(r"\s*(\d{4})(\d\d)(\d\d)(?:[T_ ]?(\d\d)(\d\d)(\d\d)?)?\s*(?![\d.])")
_EPOCH = re.compile(r"\s*(\d{10})(?:\d{3}|\.\d{1,6})?\s*")
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})(?!\d)")
_VIETNAMESE = re.compile(r"(\d{1,2})\s*tháng\s*(\d{1,2})(?:\s|,|năm){1,8}(\d{4})(?!\d)", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![\d.,/-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d)")
_TIME = re.compile(
    r"[T\s,]{1,3}(?:at )?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(?:([ap])\.?m\.?)?\s*"
    r"(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?|[ECMP][SD]T)?(?![\w:])",
    re.IGNORECASE,
)
_TOKENS = re.compile(r"\d+|[^\s\d.,;:/()|\[\]–—_'’-]+")

_RFC_5322_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
"""Hours from UTC of the zones that RFC 5322 section 4.3 gives a meaning; other names of zones mean more than one."""

_BUDDHIST_ERA = 543  # years of the Thai calendar's head start
_BETWEEN_DAY_AND_MONTH = 2  # words, as in "13 de la ianuarie"


@dataclass(frozen=True)
class Reading:
    """on: the day. at: the moment in UTC, where time and zone were given. other: the second day a form can mean."""

    on: date
    at: str | None = None
    other: date | None = None


def read(text: str, language: str | None = None) -> Reading | None:
    """Return the date that a text begins with or holds, None where it holds none that can be.

    language: of the page (ISO 639-1), for names of months that two languages share. A date before 1990, or later than
    tomorrow (somewhere it is tomorrow already), is none. Never raises.
    """
    text = text[:TEXT_MAX].strip()
    for reading in (*_structured(text), *_written(unicodedata.normalize("NFKC", text), language)):
        if reading is not None and _can_be(reading.on):
            return reading if reading.other is None or _can_be(reading.other) else Reading(reading.on, reading.at)
    return None


def _can_be(on: date) -> bool:
    return on.year >= _YEAR_LEAST and on <= datetime.fromtimestamp(clock.timestamp(), UTC).date() + timedelta(days=1)


def _day(year: int | str, month: int | str, day: int | str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None


# --- forms that machines write ---


def _structured(text: str) -> Iterator[Reading | None]:
    if match := _ISO.match(text):
        yield _with_time(_day(match[1], match[3], match[4]), text[match.end() :])
    elif match := _BASIC.match(text):
        on = _day(*match.groups()[:3])
        yield _with_time(on, f"T{match[4]}:{match[5]}:{match[6] or '00'}{text[match.end() :]}" if match[4] else "")
    elif match := _EPOCH.fullmatch(text):
        moment = datetime.fromtimestamp(int(match[1]), UTC)
        yield Reading(moment.date(), clock.text(moment.timestamp()))


def _with_time(on: date | None, rest: str, other: date | None = None) -> Reading | None:
    """Return a day with the moment that the rest of its text tells; without one where time or zone is missing."""
    if on is None:
        return None
    match = _TIME.match(rest)
    return Reading(on, _moment(on, match) if match else None, other)


def _moment(on: date, match: re.Match[str]) -> str | None:
    hour, minute, second, half, zone = match.groups()
    if zone is None:
        return None
    clock_hour = int(hour) if half is None else int(hour) % 12 + (12 if half.lower() == "p" else 0)
    try:
        local = datetime(on.year, on.month, on.day, clock_hour, int(minute), min(int(second or 0), 59), tzinfo=UTC)
        return clock.text((local - _offset(zone.upper())).timestamp())
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    if zone in {"Z", "UTC", "GMT"}:
        return timedelta()
    if zone in _RFC_5322_ZONES:
        return timedelta(hours=_RFC_5322_ZONES[zone])
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        raise ValueError(f"no zone is {zone} from UTC")
    return (-1 if zone[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes)


# --- forms that people write ---


def _written(text: str, language: str | None) -> Iterator[Reading | None]:
    if match := _CJK.search(text):
        yield _with_time(_day(*match.groups()), text[match.end() :])
    if match := _VIETNAMESE.search(text):
        yield _with_time(_day(match[3], match[2], match[1]), text[match.end() :])
    yield _by_name(text, language)
    if match := _NUMBERS.search(text):
        first, mark, second, year = match.groups()
        yield _numbers(first, second, year, mark, text[match.end() :])


def _numbers(first: str, second: str, year: str, mark: str, rest: str) -> Reading | None:
    """Return 13.01.2022 and 01/13/2022 as the one day that they can be, 03/04/2022 as two; dots put the day first."""
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if day_first is None or month_first is None or mark == "." or day_first == month_first:
        return _with_time(day_first or month_first, rest)
    return _with_time(day_first, rest, month_first)


def _by_name(text: str, language: str | None) -> Reading | None:
    """Return the first date whose month is named, in the orders that languages have."""
    tokens = list(_TOKENS.finditer(text))
    words = [match[0].lower() for match in tokens]
    for place, word in enumerate(words):
        month = _month(word, language)
        if month is None:
            continue
        found = _around(words, place, month)
        if found is not None:
            on, last = found
            return _with_time(on, text[tokens[last].end() :])
    return None


def _around(words: list[str], place: int, month: int) -> tuple[date, int] | None:
    """Return the day around the month at ``place``, and the last token that belongs to it."""
    reach = _BETWEEN_DAY_AND_MONTH + 1
    before = _number(words, range(place - 1, place - 1 - reach, -1))
    after = _number(words, range(place + 1, place + 1 + reach))
    earlier = None if before is None else _number(words, range(before - 1, before - 1 - reach, -1))
    later = None if after is None else _number(words, range(after + 1, after + 1 + reach))
    orders = ((after, before, after), (later, after, later), (before, after, after), (earlier, before, place))
    for year, day, last in orders:
        if year is None or day is None or last is None or len(words[year]) != 4 or len(words[day]) > 2:
            continue
        number = int(words[year])
        on = _day(number - _BUDDHIST_ERA if 2500 <= number < 2600 else number, month, words[day])
        if on is not None:
            return on, last
    return None


def _number(words: list[str], places: range) -> int | None:
    return next((place for place in places if 0 <= place < len(words) and words[place].isdecimal()), None)


@cache
def _months() -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    data = tomllib.loads(Path(__file__).with_name("months.toml").read_text(encoding="utf-8"))
    return {word: int(number) for number, words in data["months"].items() for word in words}, data["by_language"]


def _month(word: str, language: str | None) -> int | None:
    names, by_language = _months()
    if word in by_language:
        return by_language[word].get(language or "")
    return names.get(word) or names.get(word.removeprefix("ב"))  # Hebrew: "in", written together
