"""Dates in the path of a URL: what most newspapers and blogs put there is the day of publication."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from citekeep.dates.texts import Reading, read

_PATTERNS = (
    re.compile(r"(?<!\d)((?:19[89]|20\d)\d)([/_-])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?=[/_.-]|[a-z]|$)"),
    re.compile(r"(?<!\d)((?:19[89]|20\d)\d)(/)([a-z]{3})/(0?[1-9]|[12]\d|3[01])(?=/|$)"),
    re.compile(r"(?<=[/_-])(20\d\d)()(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)"),
)
"""/2022/01/13/, -2022-01-13, /2022/jan/13/ (of British papers), /20220113/: year, mark, month, day."""
_MONTH = re.compile(r"/((?:19[89]|20\d)\d)/(0[1-9]|1[0-2])/")
_PATH_MAX = 2_000
_ENGLISH = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def date_in(url: str) -> tuple[str, Reading] | None:
    """Return (the date as the URL's path has it, what it names), None where there is none. Never raises."""
    path = _path(url)
    for pattern in _PATTERNS:
        for match in pattern.finditer(path):
            year, _, month, day = match.groups()
            number = _ENGLISH.index(month) + 1 if month in _ENGLISH else month
            found = read(f"{year}-{number}-{day}") if str(number).isdecimal() else None
            if found is not None:
                return match[0].strip("/_-"), found
    return None


def not_before(url: str) -> str | None:
    """Return the first day (YYYY-MM-DD) that a URL's date can mean: of the month, where it names no day; or None."""
    whole = date_in(url)
    if whole is not None:
        return whole[1].on.isoformat()
    month = _MONTH.search(_path(url))
    found = read(f"{month[1]}-{month[2]}-01") if month else None
    return found.on.isoformat() if found else None


def _path(url: str) -> str:
    try:
        return unquote(urlsplit(url).path[:_PATH_MAX]).lower()
    except ValueError:
        return ""
