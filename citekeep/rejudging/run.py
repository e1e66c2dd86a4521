"""The loop that judges stored checks anew: link by link, a few at once, in worker processes; killed, the next run goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from typing import Any

from pebble import ProcessExpired

from citekeep.database import Writer
from citekeep.earlier_texts import earlier_memento
from citekeep.exceptions import ArchiveError
from citekeep.items import Extraction
from citekeep.rejudging import rows
from citekeep.rejudging.keep import Kept, keep_check, keep_link
from citekeep.rejudging.rows import Capture, Stored, StoredLink
from citekeep.rejudging.standing import Course, Judged
from citekeep.rejudging.stored import Judged as Told
from citekeep.rejudging.stored import Place, judge_stored
from citekeep.schedule import Rules
from citekeep.standing import failures
from citekeep.values import text_sha256
from citekeep.verdicts.earlier import TEXT_LIMIT
from citekeep.verdicts.table import BY_NAME, SHOWING
from citekeep.workers import Workers

LINKS_AT_ONCE = 200  # ids read at a time
SHOWN = 1_000  # changes and damaged records that are told one by one; the others are counted


@dataclass(frozen=True, kw_only=True)
class Change:
    """A check that is judged otherwise than before."""

    url: str
    checked_at: str
    before: str
    before_rule: str
    verdict: str
    rule: str


@dataclass(kw_only=True)
class Summary:
    """What came of it. Counts are of checks; changed counts those that ``changes`` shows and those beyond SHOWN."""

    checks: int = 0
    changed: int = 0
    documents: int = 0
    unread: int = 0
    standings: Counter[tuple[str, str]] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    damaged: list[tuple[str, str, str]] = field(default_factory=list)
    rules: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """By (rule before, verdict before, rule, verdict): how many changed so."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How a run goes on. place: where captures lie.

    citations_limit: CITATIONS_PER_ARTICLE. redirects_most: REDIRECT_MAX_TIMES.
    """

    place: Place
    rules: Rules
    citations_limit: int
    redirects_most: int


class Rejudging:
    """One run; without a writer a dry one, which keeps nothing. ``stop`` set ends it after the checks in hand."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        writer: Writer | None,
        workers: Workers,
        terms: Terms,
        *,
        stop: asyncio.Event,
        told: Callable[[Summary], None] = lambda _: None,
    ) -> None:
        self.connection = connection
        self.writer = writer
        self.workers = workers
        self.terms = terms
        self.stop = stop
        self.told = told
        self.summary = Summary()

    async def run(self) -> Summary:
        """Judge all that is outdated; return what came of it."""
        after = 0
        while not self.stop.is_set() and (ids := rows.outdated_links(self.connection, after, LINKS_AT_ONCE)):
            waiting = iter(ids)
            tasks = [asyncio.ensure_future(self._links(waiting)) for _ in range(self.workers.count + 1)]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
            after = ids[-1]
        return self.summary

    async def _links(self, waiting: Any) -> None:
        for link_id in waiting:
            if self.stop.is_set():
                return
            while not await self._link(rows.stored_link(self.connection, link_id)):
                pass  # it was checked meanwhile: once more, with that check

    async def _link(self, link: StoredLink) -> bool:
        """Judge the outdated checks of a link; return whether what holds of it could be stored."""
        own: list[dict[str, Any]] = []
        failed = failures(self.connection, link.link_id)
        was, now = (Course(self.terms.rules, failed, link.article_since) for _ in range(2))
        waiting: Kept | None = None
        for stored in link.checks:
            if self.stop.is_set():
                return True
            kept, retry_after = await self._check(link, stored, own) if stored.outdated else (None, None)
            text = self._text(stored, kept)
            if text and BY_NAME[kept.verdict if kept else stored.verdict].group == "alive":
                own = [
                    {"basis": "own_check", "id": stored.check_id, "at": stored.checked_at, "text": text[:TEXT_LIMIT]}
                ]
            was.add(Judged(at=stored.checked_at, verdict=stored.verdict, text_sha256=stored.text_sha256))
            seen = text_sha256(text) if kept and kept.extraction and text else stored.text_sha256
            verdict = kept.verdict if kept else stored.verdict
            judged = Judged(at=stored.checked_at, verdict=verdict, text_sha256=seen, retry_after=retry_after)
            struck = now.add(judged)
            if kept is None:
                continue
            if waiting is not None:
                await self._keep(keep_check, link, waiting)
            waiting = replace(kept, evidence=kept.evidence | {"struck": True}) if struck else kept
        return await self._conclude(link, waiting, was, now)

    async def _conclude(self, link: StoredLink, waiting: Kept | None, was: Course, now: Course) -> bool:
        """Store the last check with what holds of its link, where the new verdicts conclude something else."""
        before, after = ((c.standing.standing, c.standing.strikes, c.last and c.last.verdict) for c in (was, now))
        if before == after:
            return await self._keep(keep_link, link, waiting, None) is not False
        if await self._keep(keep_link, link, waiting, now.standing) is False:
            return False
        if before[0] != after[0]:
            self.summary.standings[(before[0] or "not_checked", after[0] or "not_checked")] += 1
        return True

    def _text(self, stored: Stored, kept: Kept | None) -> str | None:
        """Return the text that a check saw, as it is extracted now; the beginning of it where it was extracted before."""
        if kept is not None and kept.extraction is not None:
            return kept.extraction.text if kept.extraction.outcome == "ok" else None
        return rows.text_of_document(self.connection, stored.document_id)

    async def _check(
        self, link: StoredLink, stored: Stored, own: list[dict[str, Any]]
    ) -> tuple[Kept | None, float | None]:
        """Judge one check; (None, None) where its records cannot be read: it stays as it was judged."""
        captures = rows.captures_of(self.connection, stored.check_id)
        seen = rows.observation_of(stored, captures, link.words, self.terms.redirects_most)
        page = next((one for one in reversed(captures) if one.purpose in {"page", "hop"}), None)
        wanted = self._wanted(link, stored)
        last = own[0]["at"] if own else stored.checked_at
        history = {"earlier": earlier_memento(self.connection, link.link_id, last) + own}
        try:
            found = await self._judge(seen, history, page, self._probes(link, stored), wanted)
        except ArchiveError as error:
            self._damaged(link, stored, str(error))
            return None, None
        if found is None:
            self.summary.unread += 1
            return None, None
        kept = _kept(link, stored, found)
        self._count(link, kept)
        return kept, found.retry_after

    async def _judge(
        self,
        seen: Any,
        history: dict[str, Any],
        page: Capture | None,
        probes: dict[str, tuple[Capture, str]],
        wanted: dict[str, Any] | None,
    ) -> Told | None:
        """Return what a worker says; where the page costs it, what one says that only judges; None where that fails, too."""
        for once in (wanted, None) if wanted is not None else (None,):
            try:
                return await self.workers.run(judge_stored, self.terms.place, seen, history, page, probes, once)
            except (TimeoutError, ProcessExpired, BrokenProcessPool, MemoryError):
                continue
        return None

    def _wanted(self, link: StoredLink, stored: Stored) -> dict[str, Any] | None:
        """Return what is to be extracted, as pipelines/extract_text.py wants it; None where there was no document."""
        if stored.document_id is None or not stored.kept:
            return None
        return {"want_citations": link.is_article, "citations_limit": self.terms.citations_limit}

    def _probes(self, link: StoredLink, stored: Stored) -> dict[str, tuple[Capture, str]]:
        """Return by kind what was asked beside a page. Raises ArchiveError where an answer was not kept."""
        found = {}
        for kind, fact in (stored.evidence.get("probes") or {}).items():
            url = str(fact.get("url") or "")
            exchanges = rows.probe_of(self.connection, link, stored, url)
            if not exchanges and fact.get("status") is not None:
                raise ArchiveError(f"What {url} answered, which was asked beside it, is not kept.")
            last = exchanges[-1] if exchanges else rows.unanswered(url, stored.checked_at, fact.get("error"))
            found[kind] = (last, url)
        return found

    async def _keep(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if self.writer is None:  # a dry run
            return None
        return await self.writer.run(function, *arguments)

    # --- what is told ---

    def _count(self, link: StoredLink, kept: Kept) -> None:
        summary, stored = self.summary, kept.stored
        summary.checks += 1
        summary.documents += kept.extraction is not None
        if kept.verdict != stored.verdict:
            before, after = str(stored.evidence.get("rule")), str(kept.evidence.get("rule"))
            summary.changed += 1
            summary.rules[(before, stored.verdict, after, kept.verdict)] += 1
            if len(summary.changes) < SHOWN:
                summary.changes.append(
                    Change(
                        url=link.url, checked_at=stored.checked_at, before=stored.verdict, before_rule=before,
                        verdict=kept.verdict, rule=after,
                    )
                )  # fmt: skip
        self.told(summary)

    def _damaged(self, link: StoredLink, stored: Stored, why: str) -> None:
        if len(self.summary.damaged) < SHOWN:
            self.summary.damaged.append((link.url, stored.checked_at, why))
        self.summary.unread += 1
        self.told(self.summary)


def _kept(link: StoredLink, stored: Stored, found: Told) -> Kept:
    shown_now = link.is_article and found.verdict.name in SHOWING and stored.verdict not in SHOWING
    return Kept(
        stored=stored,
        verdict=found.verdict.name,
        group=found.verdict.group,
        flags=found.verdict.flags,
        evidence=found.verdict.evidence,
        extraction=_better(stored, found.extraction),
        shown=found.extraction if shown_now else None,
    )


def _better(stored: Stored, extraction: Extraction | None) -> Extraction | None:
    """Return an extraction that is worth a document, None where it is not: what failed is no better than what was there."""
    if extraction is None or extraction.outcome in {"timed_out", "crashed"}:
        return None
    return extraction if extraction.extractor_version != stored.extractor_version else None
