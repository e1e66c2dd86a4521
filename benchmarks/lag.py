"""How late the event loop wakes up: an extension that notes it, and its own peak memory, during a crawl."""

from __future__ import annotations

import asyncio
import json
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import signals

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

STEP = 0.01  # seconds
WARM_UP = 5.0  # seconds: worker processes start, modules load


class LoopLag:
    """Writes {"lag_ms": [...], "rss": [[checks, MiB], ...]} to the file that BENCH_LAG names when the crawl ends."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats
        self.lags: list[float] = []
        self.memory: list[tuple[int, float]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def opened(self) -> None:
        self.task = asyncio.ensure_future(self.watch())

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        noted = 0
        while True:
            asked = loop.time()
            await asyncio.sleep(STEP)
            if asked - begun > WARM_UP:
                self.lags.append((loop.time() - asked - STEP) * 1000)
            done = self.stats.get_value("record/recorded", 0)
            if done >= noted + 250:
                noted = done
                self.memory.append((done, rss()))

    def closed(self) -> None:
        self.task.cancel()
        if path := os.environ.get("BENCH_LAG"):
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            Path(path).write_text(json.dumps({"lag_ms": self.lags, "rss": self.memory, "peak": peak}), encoding="utf-8")


def rss() -> float:
    """Return this process's resident memory in MiB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
