"""Ends a run while there is still room to end it well: looks at the disk again and again, off the event loop."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from citekeep.crawls import NO_ROOM
from citekeep.exceptions import NoRoomError
from citekeep.health import disk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class DiskGuard:
    """least: bytes that have to be free on the disks of ``places``. every: seconds between two looks."""

    def __init__(
        self, archive: Any, places: list[Path], *, least: int, every: float, end_crawl: Callable[[], Awaitable[None]]
    ) -> None:
        self.archive = archive
        self.places = places
        self.least = least
        self.every = every
        self.end_crawl = end_crawl
        self.task: asyncio.Task[None] | None = None
        self.ending: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension; with DISK_FREE_MIN 0 it is NotConfigured."""
        settings = crawler.settings
        least = settings.getint("DISK_FREE_MIN")
        if not least:
            raise NotConfigured("DISK_FREE_MIN is 0.")

        async def end_crawl() -> None:
            assert crawler.engine is not None
            await crawler.engine.close_spider_async(reason=NO_ROOM)

        archive = crawler.archive  # type: ignore[attr-defined]
        places = [Path(archive.path).parent, Path(settings["WARC_DIR"])]
        every = settings.getfloat("DISK_CHECK_EVERY")
        extension = cls(archive, places, least=least, every=every, end_crawl=end_crawl)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_opened(self) -> None:
        """Begin to look."""
        self.task = asyncio.ensure_future(self.watch())

    def spider_closed(self) -> None:
        """Look no more."""
        if self.task is not None:
            self.task.cancel()

    async def watch(self) -> None:
        """Look again and again; end the run, with a sentence, where too little room is left."""
        while True:
            await asyncio.sleep(self.every)
            try:
                await asyncio.to_thread(disk.check, self.places, self.least)
            except NoRoomError as error:
                logger.critical("The crawl ends: %s", error)
                self.archive.failure = str(error)
                # In a task of its own: this one is cancelled when the spider closes.
                self.ending = asyncio.ensure_future(self.end_crawl())
                return
            except OSError:
                logger.exception("The disk could not be looked at")
