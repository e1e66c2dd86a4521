"""Whether something is as it was: with what a server is asked (RFC 9110, section 13), and which answer is believed.

Only of what lists articles and of what a page needs to look like itself. Cited pages and articles are always asked for whole: a
verdict rests on what was seen, and "not modified" is what a server says of a page that it does not show.

What is known of the last whole answer is a plain dict: etag, last_modified, body_sha256, whole_at (UTC).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from citekeep import clock

FIELDS = (("etag", "If-None-Match"), ("last_modified", "If-Modified-Since"))
LENGTH_MAX = 300  # characters of a validator; a longer one would be sent cut, and is no use


def told_by(headers: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Return "etag" and "last_modified" of a head, None for what it does not tell."""
    fields = {name.lower(): value.strip() for name, value in headers}
    kept = {"etag": fields.get("etag"), "last_modified": fields.get("last-modified")}
    return {
        name: value if value and len(value) <= LENGTH_MAX and value.isprintable() else None
        for name, value in kept.items()
    }


def fields_of(known: Mapping[str, Any], days: float) -> dict[str, str]:
    """Return the header fields to ask with; none where no whole answer of the last ``days`` days is known."""
    if not known.get("body_sha256") or (known.get("whole_at") or "") <= clock.after(-days * 86_400):
        return {}
    return {field: known[name] for name, field in FIELDS if known.get(name)}


def is_believed(asked: Mapping[str, Any], headers: Iterable[tuple[str, str]]) -> bool:
    """Return whether a 304 speaks of what was asked about: it names no other version (RFC 9110, section 15.4.5)."""
    told = told_by(headers)["etag"]
    return told is None or not asked.get("etag") or _weak(told) == _weak(asked["etag"])


def is_of(asked: Mapping[str, Any], headers: Iterable[tuple[str, str]]) -> bool:
    """Return whether a stored head is that of the answer which was asked about."""
    told = told_by(headers)
    return all(told[name] == asked.get(name) for name, _ in FIELDS if asked.get(name))


def _weak(etag: str) -> str:
    return etag.removeprefix("W/")
