"""When a page says it was published, and how it says so: structured data first, a guess only as a guess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from citekeep import clock
from citekeep.dates import json_ld, meta
from citekeep.dates.elements import BYLINE_MAX, MODIFIED, Page
from citekeep.dates.in_url import date_in, not_before
from citekeep.dates.texts import Reading, read

__all__ = ["KEPT", "Published", "Reading", "date_in", "not_before", "published", "published_in_text", "read"]

KEPT = 100
"""Characters of a date as found."""

_HEAD = 8_000  # characters in which the head of a plain text lies, and lines
_HEAD_LINES = 20
_SOMEWHERE = 26 * 3_600  # seconds: so far from noon in Greenwich it is the same day somewhere (UTC-12 to UTC+14)


@dataclass(frozen=True)
class Published:
    """A date of publication. text: as found. on: YYYY-MM-DD. at: UTC, only where time and zone were given."""

    text: str
    on: str
    at: str | None
    basis: str


def published(root: Any, url: str, guess: str | None, *, language: str | None = None) -> Published | None:
    """Return when a page says it was published: from JSON-LD, meta, an element, its URL, or a guess; None without any.

    guess: what an extractor makes of the page. language: of the page, ISO 639-1. A date that can be read in two ways
    ("03/04/2022") counts where another one on the page tells which; else it is a guess, as is what stands beside the
    headline without saying what day it is. A date of modification is none of publication.
    """
    page = Page(root, language)
    double: list[tuple[str, str, Reading]] = []
    for basis, text in _claims(root, url, page):
        reading = read(text, language)
        if reading is None:
            continue
        if reading.other is None:
            return _told(double, reading) or _published(basis, text, _at_home(reading, url))
        double.append((basis, text, reading))
    byline = None if double else page.byline()
    for guessed in (*(text for _, text, _ in double), byline, None if double else page.loose(), guess):
        reading = read(guessed, language) if guessed else None
        if guessed and reading is not None:
            return _published("guess", guessed, reading)
    return None


def published_in_text(text: str, url: str, *, language: str | None = None) -> Published | None:
    """Return when a plain text was published: by its URL, else a guess by a short line at its head; None without any."""
    dated = date_in(url)
    if dated is not None:
        return _published("url", *dated)
    for line in text[:_HEAD].splitlines()[:_HEAD_LINES]:
        short = len(line) <= BYLINE_MAX and "://" not in line and not MODIFIED.search(line)
        reading = read(line, language) if short else None
        if reading is not None:
            return _published("guess", line, reading)
    return None


def _claims(root: Any, url: str, page: Page) -> Iterator[tuple[str, str]]:
    for basis, texts in (
        ("json_ld", json_ld.published_in(root, url)),
        ("meta", meta.published_in(root)),
        ("time_element", page.times()),
    ):
        for text in texts:
            yield basis, text
    dated = date_in(url)
    if dated is not None:
        yield "url", dated[0]


def _at_home(reading: Reading, url: str) -> Reading:
    """Return a moment with the day that the publisher's clock showed, where the URL names the neighbouring day.

    A time in UTC names the day in Greenwich; a paper files an evening's story under the day before.
    """
    dated = date_in(url) if reading.at is not None else None
    if dated is not None and dated[1].on != reading.on:
        noon = datetime(dated[1].on.year, dated[1].on.month, dated[1].on.day, 12, tzinfo=UTC).timestamp()
        if abs(clock.parse(reading.at or "") - noon) <= _SOMEWHERE:
            return Reading(dated[1].on, reading.at)
    return reading


def _told(double: list[tuple[str, str, Reading]], sure: Reading) -> Published | None:
    """Return the first date with two readings of which a sure one tells which is meant."""
    for basis, text, reading in double:
        if sure.on in {reading.on, reading.other}:
            return _published(basis, text, Reading(sure.on, reading.at if reading.on == sure.on else None))
    return None


def _published(basis: str, text: str, reading: Reading) -> Published:
    return Published(" ".join(text.split())[:KEPT], reading.on.isoformat(), reading.at, basis)
