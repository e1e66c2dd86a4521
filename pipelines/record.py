"""400: records a check with all that belongs to it, in one transaction."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import DropItem

from citekeep.exceptions import ArchiveError
from citekeep.frontier import RECORDED
from citekeep.items import Check, Exchange
from citekeep.requisites.items import AskedRequisite
from citekeep.results import capture_of, result_of
from citekeep.signals import check_recorded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler
    from scrapy.signalmanager import SignalManager

logger = logging.getLogger(__name__)

ARCHIVE_FAILED = "archive_failed"  # the finish reason for which ``scrapy crawl`` exits with 4


class RecordPipeline:
    """Turns a Check into a Result and waits until it is committed.

    The records of its exchanges are flushed first: so no row names a WARC record that is not there.
    """

    def __init__(
        self, archive: Any, stats: Any, signals: SignalManager, end_crawl: Callable[[str], Awaitable[None]]
    ) -> None:
        self.archive = archive
        self.stats = stats
        self.signals = signals
        self.end_crawl = end_crawl
        self.ending: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline; it needs extensions/open_archive."""

        async def end_crawl(reason: str) -> None:
            assert crawler.engine is not None
            await crawler.engine.close_spider_async(reason=reason)

        return cls(crawler.archive, crawler.stats, crawler.signals, end_crawl)  # type: ignore[attr-defined]

    async def process_item(self, item: Any) -> Any:
        """Return the item once it is committed; a stale turn or a lost lease drops it: its link is due again.

        So does an ArchiveError (a full disk), which ends the crawl: what cannot be kept must not be asked for.
        """
        if not isinstance(item, Check):
            return item
        try:
            captures = await captures_of(item.exchanges)
            (outcome,) = await self.archive.frontier.record([result_of(item, captures, self.archive.crawl_id)])
        except ArchiveError as error:
            self._fail(error)
            raise DropItem(f"{item.link.url}: not recorded, it is due again: {error}") from error
        self.stats.inc_value(f"record/{outcome}")
        self.signals.send_catch_log(check_recorded, check=item, outcome=outcome)
        release_bytes(item)
        if outcome != RECORDED:
            raise DropItem(f"{item.link.url}: {outcome}; it is due again")
        return item

    def _fail(self, error: ArchiveError) -> None:
        """End the crawl, once. In a task of its own: the engine waits for its items before it has closed the spider."""
        if self.ending is None:
            logger.critical("The crawl ends: %s", error)
            self.archive.failure = str(error)
            self.ending = asyncio.ensure_future(self.end_crawl(ARCHIVE_FAILED))


async def captures_of(exchanges: list[Exchange]) -> list[dict[str, Any]]:
    """Return exchanges as Result.captures has them, once their records are flushed. Raises ArchiveError."""
    return [await _capture(exchange) for exchange in exchanges]


async def _capture(exchange: Exchange) -> dict[str, Any]:
    written = exchange.written
    warc = await asyncio.shield(written) if written is not None else None
    return capture_of(exchange, warc)


def release_bytes(check: Check | AskedRequisite) -> None:
    """Let go of what is in the WARC now, so that memory does not grow with items that Scrapy still holds."""
    check.body = b""
    for exchange in check.exchanges:
        exchange.request_bytes = exchange.response_bytes = b""
