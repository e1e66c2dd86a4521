"""The ledger, worked beside a crawl: the same coroutine as ``scrapy snapshots``."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from citekeep import clock
from citekeep.signals import check_recorded
from citekeep.wayback import verify
from citekeep.wayback.archives import parse_archives
from citekeep.wayback.keys import WHERE_TO_GET, Keys, find_keys
from citekeep.wayback.worker import SERVICE, Summary, Terms, Worker

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

FINISHED = "finished"


class WorkLedger:
    """Starts with the spider, woken by each recorded check; a normal end waits for it, any other stops it."""

    def __init__(self, archive: Any, *, keys: Keys | None, terms: Terms, wait: float) -> None:
        self.archive = archive
        self.keys = keys
        self.terms = terms
        self.wait = wait
        self.stop, self.wake = asyncio.Event(), asyncio.Event()
        self.task: asyncio.Task[Summary] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension; with SNAPSHOTS_ENABLED off it is NotConfigured."""
        settings = crawler.settings
        if not settings.getbool("SNAPSHOTS_ENABLED"):
            raise NotConfigured("SNAPSHOTS_ENABLED is off.")
        terms = Terms(
            user_agent=settings["USER_AGENT"],
            max_age=settings.getfloat("SNAPSHOT_MAX_AGE_DAYS") * 86_400,
            reserve=settings.getfloat("SNAPSHOT_QUOTA_RESERVE"),
            archives=parse_archives(settings.getlist("MEMENTO_ARCHIVES")),
        )
        archive = crawler.archive  # type: ignore[attr-defined]
        extension = cls(archive, keys=find_keys(), terms=terms, wait=settings.getfloat("SNAPSHOT_WAIT"))
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(extension.check_recorded, signal=check_recorded)
        return extension

    def spider_opened(self) -> None:
        """Begin to work the ledger."""
        if self.keys is None:
            logger.warning("No keys for Save Page Now. Get keys at %s", WHERE_TO_GET)
        worker = Worker(
            self.archive.writer,
            keys=self.keys,
            terms=self.terms,
            stop=self.stop,
            wake=self.wake,
            reader=self.archive.workers,
            holder=self.archive.run,
        )
        self.worker = worker
        self.task = asyncio.ensure_future(worker.work(until_idle=False))
        self.archive.ledger_has_work = self.has_work

    def has_work(self) -> bool:
        """Return whether this run works the ledger and has something to do there now or within the next minute."""
        return self.task is not None and not self.task.done() and self.worker.has_work()

    def check_recorded(self) -> None:
        """Wake the ledger: there may be a new wish."""
        self.wake.set()

    async def spider_closed(self, reason: str) -> None:
        """Wait up to SNAPSHOT_WAIT for what is open after a normal end; stop at once after any other."""
        if self.task is None:
            return
        if reason == FINISHED and self.wait > 0:
            await self._wait_for_open()
        self.stop.set()
        try:
            self.archive.ledger_sentence = (await self.task).sentence
        except Exception as error:
            logger.exception("The ledger stopped; its wishes wait for the next run")
            self.archive.ledger_sentence = (
                f"The ledger stopped: {str(error).rstrip('.') or type(error).__name__}; the log has more."
            )

    async def _wait_for_open(self) -> None:
        end = asyncio.get_running_loop().time() + self.wait
        assert self.task is not None
        while asyncio.get_running_loop().time() < end and not self.task.done():
            if not await self.archive.writer.run(open_soon, self.wait, urgent=True):
                return
            await asyncio.wait({self.task}, timeout=0.5)


def open_soon(connection: Any, within: float) -> bool:
    """Return whether a wish of a public link, or a reading of a snapshot, has its time within so many seconds."""
    at = verify.next_due(connection, SERVICE)
    return at is not None and at <= clock.after(within)
