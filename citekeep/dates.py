"""When a page says it was published, and how it says so: structured data first, a guess only as a guess."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from citekeep import clock

_META = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date_published",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publish_date",
    "publishdate",
    "pubdate",
    "publication_date",
    "article.published",
    "citation_publication_date",
    "citation_date",
    "mediator_published_time",
    "cxenseparse:recs:publishtime",
    "date",
)
"""Names of meta elements that hold a publication date, the most dependable first."""

_ISO = re.compile(
    r"^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_BASIC = re.compile(r"^\s*(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?\s*$")
_IN_URL = re.compile(r"/(19[89]\d|20\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?:[/_.-]|$)")
_JSON_MAX = 2**20
_DEPTH = 12


@dataclass(frozen=True)
class Published:
    """A date of publication. text: as found. on: YYYY-MM-DD. at: UTC, only where time and zone were given."""

    text: str
    on: str
    at: str | None
    basis: str


def published(root: Any, url: str, guess: str | None) -> Published | None:
    """Return when a page says it was published: from JSON-LD, meta, a time element, its URL, or the extractor's guess."""
    for basis, texts in (("json_ld", _json_ld(root)), ("meta", _meta(root)), ("time_element", _time_elements(root))):
        for text in texts:
            found = read(text, basis)
            if found is not None:
                return found
    dated = _IN_URL.search(url)
    if dated is not None:
        found = read("-".join(dated.groups()), "url")
        if found is not None:
            return Published(dated[0].strip("/-_."), found.on, None, "url")
    return read(guess, "guess") if guess else None


def read(text: str, basis: str) -> Published | None:
    """Return the date that an ISO 8601 text (or one much like it) names, or None where it names none that can be."""
    match = _ISO.match(text) or _BASIC.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        on = date(int(year), int(month), int(day))
        if not 1990 <= on.year <= datetime.fromtimestamp(clock.timestamp(), UTC).year + 1:
            return None
        at = None
        if hour is not None and zone is not None:
            at = _utc(on, int(hour), int(minute), int(second or 0), zone)
    except (ValueError, OverflowError):
        return None
    return Published(text.strip()[:100], on.isoformat(), at, basis)


def _utc(on: date, hour: int, minute: int, second: int, zone: str) -> str:
    offset = "+00:00" if zone.upper() in {"Z", "UTC", "GMT"} else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    moment = datetime.fromisoformat(f"{on.isoformat()}T{hour:02d}:{minute:02d}:{second:02d}{offset}")
    return clock.text(moment.timestamp())


def _json_ld(root: Any) -> Iterator[str]:
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = (script.text or "")[:_JSON_MAX]
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            yield from re.findall(r'"datePublished"\s*:\s*"([^"]{4,60})"', text)[:1]
            continue
        yield from _published_in(data, 0)


def _published_in(data: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(data, dict):
        kind = str(data.get("@type", ""))
        value = data.get("datePublished") or (data.get("dateCreated") if "Article" in kind else None)
        if isinstance(value, str) and not re.search(r"Comment|Review|VideoObject|ImageObject", kind):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _published_in(data.get(key), depth + 1)
    elif isinstance(data, list):
        for item in data[:200]:
            yield from _published_in(item, depth + 1)


def _meta(root: Any) -> Iterator[str]:
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        content = element.get("content") or element.get("datetime")
        if content and name in _META:
            found.setdefault(name, content)
    return (found[name] for name in _META if name in found)


def _time_elements(root: Any) -> Iterator[str]:
    """Yield the moments of time elements that say they are the publication, then that of a lone one."""
    times = [element for element in root.iter("time") if element.get("datetime")]
    for element in times:
        says = (
            f"{element.get('itemprop') or ''} {element.get('class') or ''} {element.get('pubdate') is not None}".lower()
        )
        if "publi" in says or "true" in says:
            yield element.get("datetime")
    if len(times) == 1:
        yield times[0].get("datetime")
