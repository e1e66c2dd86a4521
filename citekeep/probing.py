"""Which address a probe asks, and what is remembered of its answer: per host, so that no directory is asked twice.

Pure. What is worth asking is decided in citekeep/verdicts/probes.py, who asks in spiders/due.py.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from citekeep import clock, urls
from citekeep.exceptions import InputError
from citekeep.verdicts import Observation, judge, with_page
from citekeep.verdicts.page import Page
from citekeep.verdicts.platforms import post_probe, said_of_post
from citekeep.verdicts.probes import fact_of, other_address

LETTERS = string.ascii_lowercase
LETTER_COUNT = 25
"""Letters of an address that nobody can have made: as many as B. Hoyt's soft-404 detector takes."""

MAX_AGE = 30 * 86_400.0
"""Seconds that a host's answer is believed: how a server treats what it does not have changes with its software."""

KEPT = 40  # answers of one host that are remembered, the newest
_ENDINGS = ("html", "htm", "shtml", "php", "asp", "aspx", "jsp", "cfm")


def probe_url(kind: str, url: str, error: str | None, letters: str) -> str | None:
    """Return the address that a probe of a link's URL asks, None where there is none. letters: LETTER_COUNT random ones."""
    if kind == "other":
        return other_address(url, error)
    if kind == "post":
        return post_probe(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = "/" if kind == "root" else _directory(parts.path) + letters + _ending(parts.path)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def cache_key(kind: str, url: str) -> tuple[str, str] | None:
    """Return (origin, key) under which an answer holds for other links too; None where it holds for this one alone."""
    try:
        origin, path = urls.origin_of(url), urlsplit(url).path
    except (InputError, ValueError):
        return None
    if kind == "sibling":
        return origin, f"sibling:{_directory(path)}*{_ending(path)}"[:500]
    return (origin, f"{kind}:") if kind in {"root", "other"} else None


def known(kind: str, url: str, probes: Mapping[str, Mapping[str, Any]], now: float) -> dict[str, Any] | None:
    """Return a remembered answer that is fresh and tells what a probe of this link would tell; else None.

    Where a host's other address answers at all, it is asked for each link: the page may be there.
    """
    key = cache_key(kind, url)
    fact = probes.get(key[0], {}).get(key[1]) if key else None
    if fact is None or clock.parse(fact["at"]) < now - MAX_AGE:
        return None
    return dict(fact) if kind != "other" or fact.get("status") is None else None


def merged(before: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is remembered of a host after new answers: the newest of them."""
    both = {**before, **new}
    newest = sorted(both, key=lambda key: str(both[key].get("at")), reverse=True)[:KEPT]
    return {key: both[key] for key in newest}


def read_probe(kind: str, found: Observation, body: bytes, encoding: str | None, at: str) -> dict[str, Any]:
    """Return the fact that an answer to a probe comes to; never raises for bytes off the net.

    found: the answer without its body, with the words of the link's citation, which it is looked through for. at: now.
    """
    page = Page(with_page(found, body, encoding))
    verdict = judge(page.seen)
    fact = fact_of(page, verdict.name, str(verdict.evidence["rule"]), at)
    return fact | said_of_post(found.requested_url, page) if kind == "post" else fact


def _directory(path: str) -> str:
    return (path.rstrip("/").rpartition("/")[0] or "") + "/"


def _ending(path: str) -> str:
    ending = path.rpartition(".")[2].lower()
    return f".{ending}" if ending in _ENDINGS else "/" if path.endswith("/") else ""
