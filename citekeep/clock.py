"""The one place where Citekeep asks what time it is.

Every time in archive.db comes from here: UTC, whole seconds, ``YYYY-MM-DDTHH:MM:SSZ``, which sorts as text. Durations
are measured with ``time.monotonic`` where they are measured and are never computed from these.
Tests turn the clock with ``turn``; a sandbox in another process is turned with it through ``offset``.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_offset = 0.0


def timestamp() -> float:
    """Return seconds since 1970-01-01 UTC, as far as the clock was turned."""
    return time.time() + _offset


def now() -> str:
    """Return the present second as ``YYYY-MM-DDTHH:MM:SSZ``."""
    return text(timestamp())


def after(seconds: float) -> str:
    """Return the second that lies ``seconds`` after now (before it, where negative)."""
    return text(timestamp() + seconds)


def text(seconds: float) -> str:
    """Return seconds since 1970-01-01 UTC as ``YYYY-MM-DDTHH:MM:SSZ``; fractions are cut off, not rounded."""
    return _second(int(seconds // 1))


@lru_cache(maxsize=256)  # the present second is asked for a dozen times for each page
def _second(seconds: int) -> str:
    return _text(datetime.fromtimestamp(seconds, UTC))


@lru_cache(maxsize=4096)  # as are the times at which sites were asked: strptime is slow
def parse(value: str) -> float:
    """Return seconds since 1970-01-01 UTC of a ``YYYY-MM-DDTHH:MM:SSZ``; anything else raises ValueError."""
    return datetime.strptime(value, _FORMAT).replace(tzinfo=UTC).timestamp()


def stamp14(value: str) -> str:
    """Return the Wayback Machine's 14 digits (UTC) for a ``YYYY-MM-DDTHH:MM:SSZ``."""
    return "".join(filter(str.isdigit, _text(datetime.strptime(value, _FORMAT))))  # noqa: DTZ007 - both forms are UTC


def from_stamp14(value: str) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SSZ`` for the Wayback Machine's 14 digits; no such time raises ValueError."""
    if len(value) != 14 or not (value.isascii() and value.isdigit()):
        raise ValueError(f"not 14 digits: {value[:40]!r}")
    return _text(datetime.strptime(value, "%Y%m%d%H%M%S"))  # noqa: DTZ007 - both forms are UTC


def _text(moment: datetime) -> str:
    """Return a moment (UTC) with four digits of its year: glibc's strftime writes fewer of the years before 1000."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def turn(seconds: float) -> None:
    """Turn the clock on (back, where negative) by ``seconds``: for tests and the sandbox alone."""
    global _offset  # noqa: PLW0603 - one clock for the process is the purpose of this module
    _offset += seconds
