"""The run itself as a row of ``crawls``, and the frontier that it works."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from scrapy import signals
from scrapy.statscollectors import MemoryStatsCollector

from citekeep import crawls, run_lock, runs
from citekeep.exceptions import ArchiveError
from citekeep.frontier import LocalFrontier
from citekeep.health import summaries
from citekeep.pace import PaceRules
from citekeep.requisites.items import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)


class Counts(MemoryStatsCollector):
    """Scrapy's stats, of which most calls go to ``inc_value``, without its look for outdated arguments at each."""

    __getattribute__ = object.__getattribute__


class RecordCrawl:
    """Begins a run before its spider starts, lets its heart beat, and ends it with its reason and stats."""

    def __init__(
        self,
        archive: Any,
        stats: Any,
        *,
        frontier: dict[str, Any],
        vantage: str | None,
        capped: Callable[[], list[str]] = list,
    ) -> None:
        self.archive = archive
        self.stats = stats
        self.frontier_terms = frontier
        self.vantage = vantage
        self.capped = capped
        self.run = uuid4().hex
        self.lock = run_lock.hold(archive.data_dir, self.run)
        self.heart: asyncio.Task[None] | None = None
        self.finished = self.recorded = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension with the run begun and ``crawler.archive.frontier`` set."""
        settings, archive = crawler.settings, crawler.archive  # type: ignore[attr-defined]
        spider: Any = crawler.spider or crawler.spidercls
        terms = frontier_terms(settings) | {
            "min_priority": getattr(spider, "min_priority", 0),
            "asked_only": bool(getattr(spider, "asked_only", False)),
        }
        extension = cls(
            archive, crawler.stats, frontier=terms, vantage=settings.get("VANTAGE") or None,
            capped=lambda: sorted(crawler.pace.capped) if hasattr(crawler, "pace") else [],
        )  # fmt: skip
        extension.begin(spider.name, run_arguments(spider), collection=getattr(spider, "collection", None))
        archive.on_close(extension.archive_closes)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def begin(self, spider: str, arguments: dict[str, str], *, collection: str | None) -> None:
        """Begin the run: before the engine starts, so that waiting for the transaction blocks nothing."""
        writer = self.archive.writer
        terms = {"collection": collection, "vantage": self.vantage}
        crawl = runs.begin(writer, self.archive.data_dir, self.run, spider, arguments, **terms)
        self.archive.crawl_id, self.archive.run = crawl.crawl_id, self.run
        self.archive.resumed_since = crawl.since_at if crawl.resumes_id is not None else None
        self.archive.frontier = LocalFrontier(writer, holder=self.run, crawl_id=crawl.crawl_id, **self.frontier_terms)
        if crawl.resumes_id is not None:
            logger.info("Going on with run %s, which was stopped or interrupted", crawl.resumes_id)

    def spider_opened(self) -> None:
        """Let the heart beat."""
        self.heart = asyncio.ensure_future(self.beat())

    async def beat(self) -> None:
        """Say that this run is alive, again and again."""
        while True:
            await asyncio.sleep(runs.HEARTBEAT)
            try:
                await self.archive.writer.run(crawls.beat, self.archive.crawl_id)
            except ArchiveError:
                logger.exception("The run's sign of life could not be recorded")

    async def spider_closed(self, reason: str) -> None:
        """End the run."""
        if self.heart is not None:
            self.heart.cancel()
        if self.archive.failure is None:
            try:
                noted = await self.archive.frontier.note_waiting(self.capped())
                self.stats.set_value("pace/not_asked", noted)
            except ArchiveError:
                logger.exception("Why links were not asked could not be recorded")
        await self._finish(reason)

    async def archive_closes(self) -> None:
        """End a run whose spider never opened, count what it did now that the ledger is at rest, let go of its lock."""
        try:
            if not self.finished:
                await self._finish("not_started")
            await self.archive.writer.run(lambda connection: summaries.sum_up(connection, again=self.archive.crawl_id))
        finally:
            self.archive.frontier.close()
            self._let_go()

    def _let_go(self) -> None:
        run_lock.let_go(self.archive.data_dir, self.run, self.lock, recorded=self.recorded)

    async def _finish(self, reason: str) -> None:
        self.finished = True
        stats = {name: value for name, value in self.stats.get_stats().items() if isinstance(value, str | int | float)}
        await self.archive.writer.run(
            lambda connection: crawls.finish(connection, self.archive.crawl_id, reason=reason, stats=stats)
        )
        self.recorded = True


def run_arguments(spider: Any) -> dict[str, str]:
    """Return what a run was asked for, without paths: equal for the same command, so that it can be gone on with."""
    asked = getattr(spider, "asked", None)
    return asked.arguments() if asked is not None else {}


def frontier_terms(settings: BaseSettings) -> dict[str, Any]:
    """Return the terms on which this run claims sites."""
    return {
        "seconds": settings.getfloat("LEASE_SECONDS"),
        "delay_ms": round(settings.getfloat("DOWNLOAD_DELAY") * 1000),
        "sites_only": settings.getlist("SITES_ONLY"),
        "pace": PaceRules.of(settings),
        "robots_max_age": settings.getfloat("ROBOTSTXT_MAX_AGE"),
        "requisites": requisite_limits(settings),
    }


def requisite_limits(settings: BaseSettings) -> Limits | None:
    """Return what an article's page may cost, None where requisites are not asked for."""
    if not settings.getbool("REQUISITES_ENABLED"):
        return None
    return Limits(
        number=settings.getint("REQUISITES_PER_ARTICLE"),
        most_bytes=settings.getint("REQUISITES_MAXSIZE"),
        one_bytes=settings.getint("REQUISITE_MAXSIZE"),
        again=settings.getfloat("REQUISITE_AGAIN_DAYS") * 86_400,
        within=settings.getfloat("REQUISITES_WITHIN"),
    )
