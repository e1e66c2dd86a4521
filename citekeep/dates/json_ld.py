"""Dates of publication in JSON-LD: which of the things that a page describes is the article, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

_JSON_MAX = 2**20
_DEPTH = 12
_LIST_MAX = 200
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage", "subjectOf")
"""Where the article may stand within another thing; lists of other stories stand elsewhere."""

_ARTICLES = re.compile(r"Article$|Article[A-Z]|Posting$|^(?:Report|Thesis|Chapter|Book|ClaimReview|Recipe|HowTo)$")
_PAGES = re.compile(
    r"(?:^Review|Page|CreativeWork|WebContent|PodcastEpisode|VideoObject|AudioObject|MediaObject|Dataset)$"
)
_NEITHER = re.compile(
    r"^(?:Comment|Answer|UserReview|ImageObject|Organization|Person|Product|Offer|Event|WebSite|.*List)$"
)
"""Types of schema.org: what is published as a text; what stands for a page; whose dates are other things' dates."""

_BROKEN = re.compile(r'"datePublished"\s*:\s*"([^"]{4,60})"')
_WRAPPED = re.compile(
    r"^\s*(?:<!--|/[/*]\s*<!\[CDATA\[(?:\s*\*/)?|<!\[CDATA\[)|(?:-->|(?:/[/*]\s*)?\]\]>(?:\s*\*/)?|;)\s*$"
)


def published_in(root: Any, url: str) -> Iterator[str]:
    """Yield the texts of datePublished: of articles before pages, of this URL before others; dateCreated at the end."""
    found: list[tuple[tuple[int, bool, int], str]] = []
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = _WRAPPED.sub("", (script.text or "")[:_JSON_MAX])
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            found += [((1, True, len(found)), value) for value in _BROKEN.findall(text)[:1]]
            continue
        for thing in _things(data, 0):
            rank = _rank(thing)
            elsewhere = not _is_of(thing, url)
            found += [((rank, elsewhere, len(found)), value) for value in _values(thing, "datePublished") if rank < 3]
            found += [((4, elsewhere, len(found)), value) for value in _values(thing, "dateCreated") if rank == 0]
    yield from (value for _, value in sorted(found))


def _things(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEPTH:
        return
    if isinstance(data, dict):
        yield data
        for key in _WITHIN:
            yield from _things(data.get(key), depth + 1)
    elif isinstance(data, list):
        for item in data[:_LIST_MAX]:
            yield from _things(item, depth + 1)


def _rank(thing: dict[str, Any]) -> int:
    """Return 0 for an article, 1 for a page, 2 for what does not say what it is, 3 for another thing."""
    kinds = thing.get("@type")
    names = [
        re.split(r"[/#:]", kind)[-1]
        for kind in (kinds if isinstance(kinds, list) else [kinds])
        if isinstance(kind, str)
    ]
    if any(_NEITHER.search(name) for name in names):
        return 3
    if any(_ARTICLES.search(name) for name in names):
        return 0
    return 2 if not names else 1 if any(_PAGES.search(name) for name in names) else 3


def _is_of(thing: dict[str, Any], url: str) -> bool:
    """Return whether a thing says that it is this URL; one that says nothing is none."""
    names = [thing.get("url"), thing.get("@id"), thing.get("mainEntityOfPage")]
    names += [name.get("@id") for name in names if isinstance(name, dict)]
    here = _end_of(url)
    return any(here and _end_of(name) == here for name in names if isinstance(name, str))


def _end_of(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _values(thing: dict[str, Any], key: str) -> Iterator[str]:
    """Yield a date as text: it may be a string, a number (an epoch), a list of them, or a typed value."""
    value = thing.get(key)
    for item in value[:3] if isinstance(value, list) else [value]:
        inner = item.get("@value") if isinstance(item, dict) else item
        if isinstance(inner, str | int) and not isinstance(inner, bool):
            yield str(inner)[:_JSON_MAX]
