"""Work of the ledger that can wait until no wish is due: asking archives about links, one after another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass

from citekeep import clock
from citekeep.database import Writer
from citekeep.wayback.limits import Limits
from citekeep.wayback.memento_rows import may_be_named
from citekeep.wayback.together import together

AT_ONCE = 20  # links taken from the database in one go
LULL = 600.0  # seconds until the database is asked again after it named none
RETRY = 6 * 3_600.0  # seconds until a link is asked about again after an answer that was none


@dataclass(frozen=True)
class Silent:
    """A link that an archive is to be asked about. asked_at: when it last answered about it; None: never."""

    link_id: int
    url: str
    asked_at: str | None = None


class IdleWork(ABC):
    """Asks one endpoint about links, as fast as its limits allow. at_once: how many questions at the same time."""

    at_once = 1

    def __init__(self, writer: Writer, limits: Limits, endpoint: str) -> None:
        self.writer = writer
        self.limits = limits
        self.endpoint = endpoint
        self._queue: deque[Silent] = deque()
        self._none_before = 0.0

    @abstractmethod
    async def find(self) -> list[Silent]:
        """Return up to AT_ONCE links that are to be asked about now, first those that matter most."""

    @abstractmethod
    async def ask(self, link: Silent) -> bool:
        """Ask about a link; return False where nothing could be asked now."""

    async def work_a_little(self) -> bool:
        """Ask about the next links; return whether there were any that could be asked about now."""
        if self.endpoint in self.limits.closed() or not await self._fill():
            return False
        links = list(self._queue)[: self.at_once]
        done = await together(*(self._ask(link) for link in links))
        for link in (link for link, was_done in zip(links, done, strict=True) if was_done):
            self._queue.remove(link)
        return any(done)

    async def _ask(self, link: Silent) -> bool:
        # A link may have become private since it was found.
        return not await self.writer.run(may_be_named, link.link_id, urgent=True) or await self.ask(link)

    def wait(self) -> float | None:
        """Return the seconds until the next link may be asked about; None where none is known to be due."""
        if not self._queue:
            return None
        return max(0.0, self.limits.not_before.get(self.endpoint, 0.0) - clock.timestamp())

    async def _fill(self) -> bool:
        if not self._queue and clock.timestamp() >= self._none_before:
            self._queue.extend(await self.find())
            self._none_before = 0.0 if self._queue else clock.timestamp() + LULL
        return bool(self._queue)
