"""The spider behind ``scrapy due``: all that is due, in the order of its worth, within a time."""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from citekeep.durations import seconds_of
from citekeep.exceptions import InputError
from citekeep.inputs import know
from citekeep.sources import AskedSources, articles_first, read_asked
from spiders.feed import FeedSpider

if TYPE_CHECKING:
    from collections.abc import Mapping


LOOK_AGAIN = 2.0  # seconds until it is looked again whether something is due, while the ledger alone has work


class AllDueSpider(FeedSpider):
    """Do all that is due: feeds, new articles and those to revisit, then links; the ledger is worked beside, and behind.

    -a for=TIME    ask for nothing more after so long: 90s, 30m, 2h, 1d; what is left is due for the next run

    Without a sources.toml, what is in archive.db is looked at.
    """

    name = "due"
    min_priority = 0
    arguments = ("for",)

    @classmethod
    def read_sources(cls, arguments: Mapping[str, str], path: str) -> AskedSources:
        """Return the sources of a file, none where there is no file; faults raise InputError."""
        know(arguments, cls.arguments, cls.name)
        if arguments.get("for") and not seconds_of(arguments["for"]):
            raise InputError(f"for={arguments['for'][:40]} is no time such as 90s, 30m, 2h or 1d.")
        return read_asked(Path(path), {}) if Path(path).exists() else AskedSources(sources=None)

    async def ask(self) -> None:
        """Make what is due to be looked at come first, then articles."""
        seconds = seconds_of(self.given.get("for") or "")
        self.until = time.monotonic() + seconds if seconds else math.inf
        await super().ask()
        await self.crawler.archive.writer.run(articles_first)  # type: ignore[attr-defined]

    async def wait_for_others(self) -> bool:
        """Go on within a time that was named while the ledger has work: saves take longer than what wishes for them."""
        left = self.until - time.monotonic()
        if left <= 0 or left == math.inf or not self.crawler.archive.ledger_has_work():  # type: ignore[attr-defined]
            return False
        await asyncio.sleep(min(left, LOOK_AGAIN))
        return True
