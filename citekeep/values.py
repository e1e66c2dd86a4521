"""What comes off the net, made fit for a column: SQLite would refuse it, or a CHECK would, and a check be lost."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from citekeep import clock

_DATE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")

_PATH = re.compile(r"""(?<![\w:/.%?=&-])/([^\s/'"():,;<>]+)(?:/[^\s/'"():,;<>]*)+""")


def text(value: str | None) -> str | None:
    """Return text without NUL (SQLite's functions stop there) and half surrogate pairs (UTF-8 has none)."""
    if value is None:
        return None
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def words(value: str | None) -> str:
    """Return ``text``, "" for None."""
    return text(value) or ""


def told(value: str | None) -> str | None:
    """Return what an error says, as ``text``, without paths of this machine: "[path]" stands for each; None for nothing.

    A path is known by where it begins: at a folder that lies in this machine's root. Paths of URLs stay.
    """
    kept = text(value)
    return _PATH.sub(lambda path: "[path]" if _in_root(path[1]) else path[0], kept) if kept else None


@cache
def _in_root(name: str) -> bool:
    return Path("/", name).is_dir()


def text_sha256(value: str) -> str:
    """Return the key of a text in ``texts``: the hex sha256 of what is stored of it."""
    return hashlib.sha256(words(value).encode()).hexdigest()


def as_json(value: Any) -> str | None:
    """Return a list or dict as JSON, None as None; what JSON has no form for becomes its str."""
    return None if value is None else text(json.dumps(value, default=str, ensure_ascii=False))


def status(value: int | None) -> int | None:
    """Return an HTTP status of three digits; servers send others, which no column means."""
    return value if value is not None and 100 <= value <= 999 else None


def date(value: str | None) -> str | None:
    """Return a YYYY-MM-DD, None for anything else."""
    return value if value is not None and _DATE.fullmatch(value) else None


def time(value: str | None) -> str | None:
    """Return a time in the clock's form, None for anything else."""
    try:
        return clock.text(clock.parse(value)) if value else None
    except (ValueError, OverflowError):
        return None


def one_of(value: str | None, known: tuple[str, ...], other: str | None) -> str | None:
    """Return a name that is in ``known``, ``other`` for one that is not, None for None."""
    return None if value is None else value if value in known else other
