"""Opens what several components share, and closes it last."""

from __future__ import annotations

import gc
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from citekeep.database import Writer
from citekeep.dating import say_as_cited_within
from citekeep.schedule import Rules
from citekeep.standing import be_patient
from citekeep.verdicts import fingerprints
from citekeep.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

COLLECTED = 10_000
"""Objects made and kept until cycles are looked for. Python's 700 cost a twentieth of the event loop's time, and kept no more
memory free (600 pages of 1 MB: 298 MiB at most, 296 with this)."""


class Archive:
    """What several components share, found as ``crawler.archive``.

    writer: the one thread that writes archive.db. workers: the pool that extracts and judges. warcs: the WARC writer,
    set by extensions/write_warc. frontier, crawl_id, run (its random id): set by extensions/record_crawl.
    resumed_since: when the interrupted run began that this one goes on with, or None. ledger_sentence: what was in the
    way of the ledger, for a person, or None. ledger_has_work: whether this run has something to do there soon.
    failure: why nothing more can be kept and the run ends, a sentence, or None.
    """

    def __init__(self, path: str, *, workers: Workers) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.data_dir = self.path.parent
        self.writer = Writer(self.path)
        self.workers = workers
        self.warcs: Any = None
        self.frontier: Any = None
        self.crawl_id: int = 0
        self.run = ""
        self.ledger_has_work: Callable[[], bool] = lambda: False
        self.ledger_sentence: str | None = None
        self.failure: str | None = None
        self.resumed_since: str | None = None
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def on_close(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Have ``closer`` awaited when the archive closes; the last registered is closed first."""
        self._closers.append(closer)

    async def close(self) -> None:
        """Close what was opened, in reverse order; a failure to close one thing keeps nothing else open."""
        while self._closers:
            closer = self._closers.pop()
            try:
                await closer()
            except Exception:
                logger.exception("Could not close %s", closer)


class OpenArchive:
    """Sets ``crawler.archive`` before any other component is built, and closes it once the engine has stopped."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.started = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Open archive.db (made and migrated where needed); what cannot be opened raises ArchiveError."""
        settings = crawler.settings
        lists = fingerprints.paths_of(settings)
        for path, row in fingerprints.use(lists):
            logger.warning("%s, line %d is not used: %s", path, row.line, row.why)
        workers = Workers(
            count=settings.getint("EXTRACT_WORKERS") or None,
            timeout=settings.getfloat("EXTRACT_TIMEOUT"),
            memory_bytes=settings.getint("EXTRACT_MEMORY"),
            fingerprints=lists,
        )
        archive = Archive(settings["ARCHIVE_DB"], workers=workers)
        archive.writer.run_sync(be_patient, Rules.of(settings))
        archive.writer.run_sync(say_as_cited_within, settings.getint("AS_CITED_WITHIN_DAYS"))
        archive.on_close(archive.writer.aclose)
        archive.on_close(archive.workers.close)
        crawler.archive = archive  # type: ignore[attr-defined]
        extension = cls(archive)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.request_scheduled, signal=signals.request_scheduled)
        crawler.signals.connect(extension.engine_stopped, signal=signals.engine_stopped)
        return extension

    def spider_opened(self) -> None:
        """Have the collector of reference cycles leave alone what was loaded by now, and come more rarely."""
        gc.collect()
        gc.freeze()  # going through all of it again would hold up the event loop each time
        gc.set_threshold(COLLECTED)

    def request_scheduled(self) -> None:
        """Let the workers load while the first page is on its way; a run for which nothing is due needs none."""
        if not self.started:
            self.started = True
            self.archive.workers.start()

    async def engine_stopped(self) -> None:
        """Close the archive: nothing is recorded after this."""
        await self.archive.close()
