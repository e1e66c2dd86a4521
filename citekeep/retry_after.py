"""Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which counts from when the answer was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\d{1,300}(?:\.\d*)?", re.ASCII)
LONGEST = 100 * 366 * 86_400.0
"""Seconds; more is cut to this, so that no sum with it overflows. What a run makes of it is its own to bound."""


def seconds_in(headers: Iterable[tuple[str, str]], now: float | None = None) -> float | None:
    """Return the seconds that an answer asks to wait, from 0 to LONGEST, None where it names no time. Never raises.

    headers: (name, value) in order; of several the first counts. now: seconds since the epoch, for an answer without a Date
    of its own; None: then a date says nothing.
    """
    value = date = None
    for name, text in headers:
        lowered = name.lower()
        if lowered == "retry-after" and value is None:
            value = text.strip()
        elif lowered == "date" and date is None:
            date = text.strip()
    if not value:
        return None
    if _SECONDS.fullmatch(value):
        return min(float(value), LONGEST)
    until, sent = _moment(value), _moment(date)
    since = now if sent is None else sent
    if until is None or since is None:
        return None
    return min(max(0.0, until - since), LONGEST)


def _moment(value: str | None) -> float | None:
    """Return a date of HTTP in seconds since the epoch, None where it is none. One without a zone is in UTC, as all are."""
    try:
        found = parsedate_to_datetime(value[:100]) if value else None
        if found is None:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
