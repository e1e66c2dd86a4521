"""The frontier: which links are due, who may ask them, and what came of it. A port, and its local implementation.

Eleven awaitable calls, whose arguments and answers are plain data (citekeep/items.py), so that they can be served to
workers elsewhere. On one machine they are archive.db, shared by several processes: a claim is a lease on a site, so
that one process at a time asks it. Only the recorder's clock, that of the process with the database, judges leases.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from citekeep import claims, lending, pace_rows
from citekeep.asking import ask_articles, ask_links, still_asked
from citekeep.database import Writer, connect
from citekeep.due_requisites import next_of
from citekeep.exceptions import ArchiveError
from citekeep.inputs import AskedArticle
from citekeep.items import Borrowed, Lease, Result
from citekeep.outage import Failed, take_back
from citekeep.pace import PaceRules
from citekeep.record import LEASE_LOST, RECORDED, STALE_TURN, record
from citekeep.record_requisites import record_requisite
from citekeep.requisites.items import DueRequisite, Limits, RequisiteResult

__all__ = ["LEASE_LOST", "RECORDED", "STALE_TURN", "Frontier", "LocalFrontier"]

ASKED_AT_ONCE = 500  # articles in one transaction: a list of a million must not hold the write lock for minutes


class Frontier(Protocol):
    """What a worker needs of the frontier, wherever it is."""

    async def claim(self, n: int, without: Sequence[str] = ()) -> list[Lease]:
        """Return leases on up to ``n`` sites with due links, the most wanted first; [] when nothing is free and due.

        without: sites that are left alone.
        """

    async def extend(self, held: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return those of the (site_id, epoch) that are still held; they run for their full seconds from now."""

    async def asked_for(self) -> list[tuple[int, int | None, str]]:
        """Return (site_id, link_id, since when) of links that are asked for by name while this run holds their site: of each
        site the one that was asked for last, by whomever. link_id None: another run wants to borrow the site.
        """

    async def held_elsewhere(self, site_ids: Sequence[int]) -> list[int]:
        """Return those of the sites that another run holds."""

    async def record(self, results: Sequence[Result]) -> list[str]:
        """Return the outcome of each Result (RECORDED, STALE_TURN, LEASE_LOST) once all of them are committed.

        May be repeated at will: what was recorded is not recorded again.
        """

    async def next_requisite(self, site_id: int, epoch: int) -> DueRequisite | None:
        """Return what is to be asked next of a held site for an article's page to look like itself; None: nothing now."""

    async def record_requisite(self, result: RequisiteResult) -> str:
        """Return the outcome of a requisite's asking, as ``record`` does, once it is committed."""

    async def release(self, lease: Lease, not_before: str | None = None, rest_ms: int | None = None) -> None:
        """Give a site back; not_before: when it may be claimed again (None: at once). rest_ms: the pause between two requests
        at which it was asked, which whoever claims it next keeps before his first.
        """

    async def borrow(self, site: str, seconds: float) -> Borrowed | bool:
        """Claim a site for one request that a link of another one leads to; see lending.borrow."""

    async def give_back(self, borrowed: Borrowed, rest_ms: int | None = None) -> None:
        """Release what was borrowed; rest_ms: as in ``release``."""

    async def pause_of(self, site: str) -> dict[str, str] | None:
        """Return until when a site is to be left alone, whoever found that out, and why; None where it is not."""


class LocalFrontier:
    """The frontier of processes on one machine: archive.db itself.

    holder: the random id of this run (crawls.run). sites_only: registrable domains or patterns ("*.test") that this run
    may ask; empty: all. What has no site (a saved document) may always be taken, as nobody is asked for it.
    min_priority: links below it are left alone. asked_only: so are all that ``add_links`` did not add. links_per_lease:
    how many of a site's links one lease carries. robots_max_age: seconds that a robots.txt is believed. pace: how sites'
    paces change.
    requisites: what an article's page may cost; None: none is wanted or asked for.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        holder: str,
        crawl_id: int,
        seconds: float = 300.0,
        delay_ms: int = 1000,
        sites_only: Iterable[str] = (),
        min_priority: int = 0,
        asked_only: bool = False,
        links_per_lease: int = 20,
        robots_max_age: float = 86_400.0,
        requisites: Limits | None = None,
        pace: PaceRules | None = None,
    ) -> None:
        self.writer = writer
        self.crawl_id = crawl_id
        self.terms = claims.Terms(
            holder=holder,
            seconds=seconds,
            delay_ms=delay_ms,
            sites_only=tuple(pattern.lower() for pattern in sites_only),
            min_priority=min_priority,
            asked_only=asked_only,
            links_per_lease=links_per_lease,
            robots_max_age=robots_max_age,
            requisites=requisites is not None and not asked_only,
            pace=pace or PaceRules(base_ms=delay_ms),
        )
        self.requisites = requisites
        self._pauses: sqlite3.Connection | None = None

    async def claim(self, n: int, without: Sequence[str] = ()) -> list[Lease]:
        """Return leases on up to ``n`` sites; see Frontier."""
        return await self.writer.run(claims.claim, self.terms, n, without, urgent=True) if n > 0 else []

    async def extend(self, held: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return those that are still held; see Frontier."""
        return await self.writer.run(claims.extend, self.terms, list(held), urgent=True)

    async def record(self, results: Sequence[Result]) -> list[str]:
        """Return the outcome of each Result; see Frontier.

        Each is a transaction of its own kind: one that cannot be stored raises here, the others are recorded.
        """
        jobs = [self.writer.put(record, result, self.requisites, self.terms.pace) for result in results]
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)
        return [_or_raise(outcome) for outcome in outcomes]

    async def next_requisite(self, site_id: int, epoch: int) -> DueRequisite | None:
        """Return what is to be asked next; see Frontier."""
        if self.requisites is None:
            return None
        return await self.writer.run(next_of, site_id, epoch, self.requisites, self.terms.robots_max_age, urgent=True)

    async def record_requisite(self, result: RequisiteResult) -> str:
        """Return the outcome; see Frontier."""
        assert self.requisites is not None
        return await self.writer.run(record_requisite, result, self.requisites, self.terms.pace)

    async def release(self, lease: Lease, not_before: str | None = None, rest_ms: int | None = None) -> None:
        """Give a site back; see Frontier."""
        await self.writer.run(claims.release, self.terms, lease.site_id, lease.epoch, not_before, rest_ms, urgent=True)

    async def borrow(self, site: str, seconds: float) -> Borrowed | bool:
        """Claim a site for one request; see Frontier."""
        return await self.writer.run(lending.borrow, self.terms, site, seconds, urgent=True)

    async def give_back(self, borrowed: Borrowed, rest_ms: int | None = None) -> None:
        """Release what was borrowed; see Frontier."""
        await self.writer.run(lending.give_back, self.terms, borrowed, rest_ms, urgent=True)

    async def asked_for(self) -> list[tuple[int, int | None, str]]:
        """Return what others want of sites that this run holds; see Frontier."""
        return await self.writer.run(lending.asked_for, self.terms, urgent=True)

    async def held_elsewhere(self, site_ids: Sequence[int]) -> list[int]:
        """Return those that another run holds; see Frontier."""
        return await self.writer.run(lending.held_elsewhere, self.terms, list(site_ids), urgent=True)

    async def still_asked(self, without: Sequence[str] = ()) -> int:
        """Return how many links that ``add_links`` added are still due, on other sites than these."""
        return await self.writer.run(still_asked, without)

    async def take_back(self, failures: Sequence[Failed], why: str, priority: int) -> int:
        """Make checks that failed in an outage of ours ``local`` and due again; return how many (outage.take_back)."""
        return await self.writer.run(take_back, failures, why, priority, urgent=True)

    async def controls(self) -> list[str]:
        """Return robots.txt of a few origins that were found alive last: they are asked whether it is us."""
        return await self.writer.run(claims.controls, urgent=True)

    async def slowed(self) -> dict[str, dict[str, Any]]:
        """Return the sites that may not be asked now, or less often (pace_rows.slowed)."""
        return await self.writer.run(pace_rows.slowed, urgent=True)

    async def pause_of(self, site: str) -> dict[str, str] | None:
        """Return until when a site is to be left alone, whoever found that out, and why: {"until", "why"}; None where it is not.

        Asked before each request: a look at one row over a connection of its own, past the writer's queue. Raises ArchiveError.
        """
        try:
            if self._pauses is None:
                self._pauses = connect(self.writer.path, read_only=True)
            return pace_rows.pause_of(self._pauses, site)
        except sqlite3.Error as error:
            self.close()
            raise ArchiveError(f"archive.db cannot be read: {error}.") from error

    def close(self) -> None:
        """Close what was opened for looking; the writer is another's."""
        if self._pauses is not None:
            self._pauses.close()
            self._pauses = None

    async def note_waiting(self, capped: Sequence[str] = ()) -> int:
        """Record why links whose time came were not asked (pace_rows.note_waiting); return how many checks that made."""
        made, looked_at = 0, 1
        while looked_at:
            looked_at, noted = await self.writer.run(
                lambda connection: pace_rows.note_waiting(
                    connection,
                    crawl_id=self.crawl_id,
                    run=self.terms.holder,
                    least=self.terms.min_priority,
                    capped=capped,
                )
            )
            made += noted
        return made

    async def waiting(self, min_priority: int = 0) -> int:
        """Return how many links are due now, of at least this priority."""
        return await self.writer.run(claims.waiting, min_priority)

    async def add_articles(
        self,
        articles: Sequence[AskedArticle],
        *,
        public: bool,
        collection: str | None = None,
        since: str | None = None,
    ) -> int:
        """Make articles due now and return how many became due.

        Those that were checked since ``since`` are left alone: an interrupted run that goes on has done them. public:
        whether their links may be named elsewhere; what was public once stays so.
        """
        due = 0
        for start in range(0, len(articles), ASKED_AT_ONCE):
            part = list(articles[start : start + ASKED_AT_ONCE])
            due += await self.writer.run(ask_articles, part, public, collection, since)
        return due

    async def add_links(self, found: Sequence[str | int], *, public: bool, since: str | None = None) -> int:
        """Make links due now and return how many became due; found: URLs as written, or ids of links.

        since, public: as in ``add_articles``; a URL that was not known becomes a link.
        """
        due = 0
        for start in range(0, len(found), ASKED_AT_ONCE):
            due += await self.writer.run(ask_links, list(found[start : start + ASKED_AT_ONCE]), public, since)
        return due


def _or_raise(outcome: str | BaseException) -> str:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome
