"""One line of progress on a terminal while a crawl runs: checked, waiting, failed, and which sites give trouble."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text
from scrapy import signals
from scrapy.exceptions import NotConfigured

from citekeep.signals import check_recorded
from citekeep.tables import plain

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from citekeep.items import Check

PERIOD = 1.0  # seconds between two counts of what waits
TROUBLE = {"dead", "dead_soft", "unknown_access", "pending"}  # verdict groups
SITES_SHOWN = 3
SITES_COUNTED = 1_000  # more are not told apart, so that memory stays bounded


class Progress:
    """Draws on standard error, which must be a terminal; anywhere else it stays quiet (NotConfigured)."""

    def __init__(self, archive: Any, console: Console, *, min_priority: int = 0) -> None:
        self.archive = archive
        self.min_priority = min_priority
        self.checked = self.failed = self.waiting = 0
        self.last = ""
        self.ended = False
        self.trouble: Counter[str] = Counter()
        self.live = Live(console=console, transient=True, auto_refresh=False)
        self.drawing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension, or NotConfigured where nobody looks on."""
        console = Console(stderr=True)
        if not console.is_terminal or not sys.stderr.isatty():
            raise NotConfigured("Standard error is no terminal.")
        spider_priority = getattr(crawler.spidercls, "min_priority", 0)
        archive = crawler.archive  # type: ignore[attr-defined]
        extension = cls(archive, console, min_priority=spider_priority)
        archive.on_close(extension.wipe)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(extension.check_recorded, signal=check_recorded)
        return extension

    def spider_opened(self) -> None:
        """Begin to draw."""
        self.live.start()
        self.drawing = asyncio.ensure_future(self._draw())

    async def spider_closed(self) -> None:
        """Say at once what the end waits for: the ledger may have jobs open at the Wayback Machine."""
        self.ended = True
        await self._count()
        self._show()

    async def wipe(self) -> None:
        """Wipe the line, so that the table stands alone."""
        if self.drawing is not None:
            self.drawing.cancel()
        self.live.stop()

    def check_recorded(self, check: Check) -> None:
        """Count a check that has been recorded."""
        self.checked += 1
        self.last = check.requested_url
        group = check.judgement.group if check.judgement else None
        if group in TROUBLE:
            self.failed += 1
            site = check.requested_url.split("/")[2] if "//" in check.requested_url else check.requested_url
            if site in self.trouble or len(self.trouble) < SITES_COUNTED:
                self.trouble[site] += 1

    async def _draw(self) -> None:
        while True:
            if not self.ended:
                await self._count()
            self._show()
            await asyncio.sleep(PERIOD)

    async def _count(self) -> None:
        self.waiting = await self.archive.frontier.waiting(self.min_priority)

    def _show(self) -> None:
        self.live.update(Text(self.line(), overflow="ellipsis", no_wrap=True), refresh=True)

    def line(self) -> str:
        """Return the line of progress."""
        parts = [f"{self.checked} checked", f"{self.waiting} waiting", f"{self.failed} with trouble"]
        if self.ended:
            parts.append("waiting for the Wayback Machine, at most SNAPSHOT_WAIT seconds")
        if self.trouble:
            parts.append(", ".join(f"{plain(site, 40)} {n}" for site, n in self.trouble.most_common(SITES_SHOWN)))
        if self.last and not self.ended:
            parts.append(plain(self.last))
        return " · ".join(parts)
