"""Times that people write: "90s", "30m", "6h", "1d", "2w"."""

from __future__ import annotations

import re

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d{1,6})\s*([smhdw])")


def seconds_of(text: str) -> int | None:
    """Return the seconds of a time such as "30m", None for what is none."""
    found = _DURATION.fullmatch(text.strip())
    return int(found[1]) * UNITS[found[2]] if found else None


def in_words(seconds: float) -> str:
    """Return a time for a person, in its largest whole unit: "3 h", "12 min", "40 s", "9 days"."""
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{seconds:.0f} s"
