"""The loop that brings records in: articles first, then captures of what is cited, address by address, a few at once."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from pebble import ProcessExpired

from citekeep.database import Writer
from citekeep.earlier_texts import earlier_texts
from citekeep.exceptions import ArchiveError
from citekeep.ingest.index import Index, Record
from citekeep.ingest.keep import Past, Target, keep, known, others
from citekeep.ingest.open import Opened
from citekeep.ingest.plan import Limits, Way, way_of
from citekeep.ingest.take import Job, TooLargeError, history_of, take
from citekeep.items import Check, DueLink, Judgement
from citekeep.readings import not_read
from citekeep.results import capture_of, result_of
from citekeep.schedule import Rules
from citekeep.verdicts.table import BY_NAME, RULES_VERSION
from citekeep.workers import Workers

AT_ONCE = 8  # addresses for each worker: most of them wait for the commit of a batch
ONE_BY_ONE = 20  # checks of one link that are recorded each by itself; of more, so many at a time
_COST_A_WORKER = (TimeoutError, ProcessExpired, BrokenProcessPool, MemoryError)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How records are brought in.

    patterns: of URLs that are articles. all_links: whether pages that nothing cites come in, too. public, collection: of the
    articles. citations_limit: CITATIONS_PER_ARTICLE.
    """

    warcs: Path
    rules: Rules
    limits: Limits
    citations_limit: int
    patterns: tuple[re.Pattern[str], ...] = ()
    all_links: bool = False
    public: bool = False
    collection: str | None = None


@dataclass(kw_only=True)
class Summary:
    """What came in. articles: that are new; versions: checks of articles. groups: checks by group of their verdict."""

    articles: int = 0
    versions: int = 0
    checks: int = 0
    citations: int = 0
    documents: int = 0
    first_at: str | None = None
    last_at: str | None = None
    groups: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[str, int, str]] = field(default_factory=list)


_LINK = """
SELECT l.id, a.id IS NOT NULL, EXISTS (SELECT 1 FROM source_pages WHERE link_id = l.id),
    (SELECT anchor_text || ' ' || sentence FROM citations
     WHERE link_id = l.id AND kind IN ('anchor', 'plain_text', 'footnote') ORDER BY id LIMIT 1)
FROM links AS l LEFT JOIN articles AS a ON a.link_id = l.id WHERE l.url = ?
"""


@dataclass(frozen=True)
class _Link:
    link_id: int | None = None
    is_article: bool = False
    lists: bool = False
    words: str | None = None


class Ingesting:
    """One run over files that were opened; without a writer a dry one, which reads no page and keeps nothing.

    ``stop`` set ends it after the pages in hand.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        writer: Writer | None,
        workers: Workers,
        index: Index,
        opened: Opened,
        terms: Terms,
        *,
        crawl_id: int,
        stop: asyncio.Event,
        told: Callable[[Summary], None] = lambda _: None,
    ) -> None:
        self.connection, self.writer, self.workers = connection, writer, workers
        self.index, self.opened, self.terms = index, opened, terms
        self.crawl_id, self.stop, self.told = crawl_id, stop, told
        self.summary = Summary()

    async def run(self) -> Summary:
        """Bring in all that is to come in; return what came of it."""
        await self._each(self._articles())
        await self._each(self._links())
        self.index.count_rest()
        self.summary.left_out += self.index.read.left_out
        return self.summary

    # --- which records ---

    def _articles(self) -> Iterator[tuple[str, bool]]:
        for key, is_page in self.index.addresses():
            matches = is_page and any(pattern.match(key) for pattern in self.terms.patterns)
            if matches or self.index.is_asked(key) or self._link(key).is_article:
                yield key, True

    def _links(self) -> Iterator[tuple[str, bool]]:
        for key, is_page in self.index.addresses():
            link = self._link(key)
            if (link.link_id is not None or (self.terms.all_links and is_page)) and not link.is_article:
                yield key, False

    def _link(self, key: str) -> _Link:
        row = self.connection.execute(_LINK, (key,)).fetchone()
        return _Link() if row is None else _Link(row[0], bool(row[1]), bool(row[2]), row[3])

    async def _each(self, keys: Iterator[tuple[str, bool]]) -> None:
        tasks = [asyncio.ensure_future(self._some(keys)) for _ in range(AT_ONCE * self.workers.count)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _some(self, keys: Iterator[tuple[str, bool]]) -> None:
        for key, article in keys:
            if self.stop.is_set():
                return
            if self.index.note_done(key):
                await self._records(key, article=article)

    # --- the records of one address ---

    async def _records(self, key: str, *, article: bool) -> None:
        link = self._link(key)
        pasts: list[Past] = []
        number = 0
        for record in self.index.records_of(key):
            if self.stop.is_set():
                break
            way = self._way(record, link, article=article)
            past = await self._past(record, link, way, article=article) if way is not None else None
            if past is None:
                continue
            pasts.append(past)
            number += 1
            if number <= ONE_BY_ONE or len(pasts) >= ONE_BY_ONE:
                await self._keep(record, pasts, article=article)
                pasts = []
                link = self._link(key)
        if pasts:
            await self._keep(record, pasts, article=article)

    def _way(self, record: Record, link: _Link, *, article: bool) -> Way | None:
        why: Way | str | None = known(self.connection, record.record_id, record.url, record.at)
        if why == "already":
            for other in others(self.connection, record.record_id):
                self.index.note_used(other)
        if why is None and link.lists:
            why = "lists"
        if why is None:
            why = way_of(self.index, self.connection, record, self.terms.limits, is_article=article)
        if isinstance(why, str):
            self.summary.left_out[why] += 1
            return None
        for hop in why.hops[1:]:
            self.index.note_used(hop.record_id)
        return why

    async def _past(self, record: Record, link: _Link, way: Way, *, article: bool) -> Past | None:
        """Return a check made of records, None where they cannot be read: they are counted."""
        if self.writer is None:
            self._count_dry(record, article=article)
            return None
        for place in [hop.place for hop in way.hops] + ([way.body] if way.body else []):
            await self.opened.keep(place.name, self.index, self.writer)
        job = Job(
            warcs=self.terms.warcs,
            link=self._due_link(record, link, article=article),
            hops=way.hops,
            body=way.body,
            body_max=self.terms.limits.body_max,
            citations_limit=self.terms.citations_limit,
        )
        try:
            check = await self._take(job)
        except TooLargeError:
            self.summary.left_out["too_large"] += 1
            return None
        except ArchiveError as error:
            self._unreadable(record, str(error))
            return None
        if check is None or check.verdict is None:
            self._unreadable(record, "It cost its worker, also when it was not extracted.")
            return None
        verdict = check.verdict
        check.judgement = Judgement(
            rules_version=RULES_VERSION,
            verdict=verdict.name,
            group=verdict.group,
            flags=verdict.flags,
            evidence=verdict.evidence,
        )
        captures = [capture_of(one, hop.place) for one, hop in zip(check.exchanges, way.hops, strict=True)]
        return Past(result=result_of(check, captures, self.crawl_id), hops=way.hops, body=way.body)

    def _due_link(self, record: Record, link: _Link, *, article: bool) -> DueLink:
        earlier = [] if link.link_id is None else earlier_texts(self.connection, link.link_id, record.at)
        return DueLink(
            link_id=link.link_id or 0,
            url=record.key,
            request_url=record.url,
            is_article=article,
            history=dict(history_of(earlier, link.words)),
        )

    async def _take(self, job: Job) -> Check | None:
        """Return what a worker makes of a page; where the page costs it, what one makes of it that only judges."""
        cost = ""
        for extracting in (True, False):
            try:
                check = await self.workers.run(take, job, extracting=extracting)
            except _COST_A_WORKER as error:
                cost = "timed_out" if isinstance(error, TimeoutError) else "crashed"
                continue
            if not extracting:
                check.extraction = not_read(cost, "It cost its worker.").extraction
            return check
        return None

    async def _keep(self, record: Record, pasts: Sequence[Past], *, article: bool) -> None:
        assert self.writer is not None
        terms = self.terms
        target = Target(url=record.url, article=article, public=terms.public, collection=terms.collection)
        kept = await self.writer.run(keep, target, pasts, terms.rules)
        summary = self.summary
        summary.articles += kept.new_article
        summary.citations += kept.citations
        summary.documents += kept.documents
        self._count(kept.checks, [past.hops[0].at for past in pasts], article=article)
        for past in pasts[: kept.checks]:
            summary.groups[BY_NAME[past.result.judgement.verdict].group] += 1
        self.told(summary)

    # --- what is told ---

    def _count(self, checks: int, times: list[str], *, article: bool) -> None:
        summary = self.summary
        summary.checks += checks
        summary.versions += checks if article else 0
        if checks:
            summary.first_at = min([*times, *([summary.first_at] if summary.first_at else [])])
            summary.last_at = max([*times, *([summary.last_at] if summary.last_at else [])])

    def _count_dry(self, record: Record, *, article: bool) -> None:
        self._count(1, [record.at], article=article)
        self.told(self.summary)

    def _unreadable(self, record: Record, why: str) -> None:
        self.summary.left_out["unreadable"] += 1
        if len(self.summary.unreadable) < 1_000:
            self.summary.unreadable.append((record.url, record.offset, why))
