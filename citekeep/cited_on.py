"""From when to when a citation can have been made, from the dates that are known: a pure function.

An article is cited from as it was published, unless something says otherwise: what it cites is younger, it was seen
without the citation, a reference says when it was looked at. Days are YYYY-MM-DD throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

LATER_BY = 1
"""Days by which a date must be later than another to count as later: two clocks in two zones differ by less."""


_CLAIMS = frozenset({"accessed", "published", "feed", "guess"})
"""Bases that name one day, without having seen the citation then."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one citation. All but seen_on may be unknown (None).

    seen_on: day of the first check that found it. absent_on: of the last check before that showed the article without it.
    memento_on: of the earliest capture of the article that has it; memento_absent_on: of the last one before without it.
    accessed_on: the reference's own. published_on, published_basis: the article's.
    link_on: before this day what it cites was not there, by the date in its URL; page_on: by what its page says.
    """

    seen_on: str
    absent_on: str | None = None
    memento_on: str | None = None
    memento_absent_on: str | None = None
    accessed_on: str | None = None
    published_on: str | None = None
    published_basis: str | None = None
    link_on: str | None = None
    page_on: str | None = None


@dataclass(frozen=True)
class Interval:
    """The citation was made not before ``earliest`` (None: unknown) and not after ``latest``; basis as in citations."""

    earliest: str | None
    latest: str
    basis: str


def interval(facts: Facts) -> Interval:
    """Return when a citation was made. earliest is never after latest."""
    by_memento = facts.memento_on is not None and facts.memento_on < facts.seen_on
    latest = facts.memento_on if by_memento and facts.memento_on else facts.seen_on
    absent = max((day for day in (facts.absent_on, facts.memento_absent_on) if day and day <= latest), default=None)
    found = _stated(facts, latest, absent)
    if found is None and absent is not None:
        by_checks = not by_memento and absent == facts.absent_on
        found = Interval(absent, latest, "between_checks" if by_checks else "memento")
    elif found is None:
        found = Interval(None, latest, "memento") if by_memento else _by_guess(facts, latest)
    if found.basis in _CLAIMS:
        return _after_the_claim(found, facts.link_on or facts.page_on, absent, latest)
    return _bounded(found, facts.link_on)


def _stated(facts: Facts, latest: str, absent: str | None) -> Interval | None:
    """Return the day that the reference or the article names, unless the article was seen without it after that day."""
    if facts.accessed_on is not None and not _is_later(facts.accessed_on, facts.seen_on):
        return Interval(facts.accessed_on, facts.accessed_on, "accessed")
    on = facts.published_on
    if on is None or facts.published_basis in {None, "guess"} or _is_later(on, latest) or (absent and absent > on):
        return None
    return Interval(on, on, "feed" if facts.published_basis == "feed" else "published")


def _by_guess(facts: Facts, latest: str) -> Interval:
    if facts.published_basis == "guess" and facts.published_on is not None and facts.published_on <= latest:
        return Interval(facts.published_on, latest, "guess")
    return Interval(None, latest, "first_seen")


def _after_the_claim(found: Interval, link_on: str | None, absent: str | None, latest: str) -> Interval:
    """Return what is left of a claim where what is cited was not there yet on that day."""
    if link_on is None or link_on > latest or found.earliest is None or not _is_later(link_on, found.earliest):
        return found
    return Interval(max(link_on, absent or link_on), latest, "later_link")


def _bounded(found: Interval, link_on: str | None) -> Interval:
    """Move the beginning of an interval to the day in the URL of what is cited.

    The day that a page names is not used for that: pages that are edited for years, of an encyclopaedia say, name their
    first, and snapshots near that day show nothing of what was cited.
    """
    if link_on is None or link_on > found.latest or (found.earliest is not None and link_on <= found.earliest):
        return found
    return Interval(link_on, found.latest, found.basis)


def _is_later(one: str, other: str) -> bool:
    return date.fromisoformat(one) > date.fromisoformat(other) + timedelta(days=LATER_BY)
