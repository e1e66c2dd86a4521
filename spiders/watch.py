"""The run's own network, watched: where it fails, the run pauses, takes back what it held against others, and waits."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import scrapy

from citekeep import clock
from citekeep.exceptions import ArchiveError, InputError, NotAskedError
from citekeep.outage import Failed, Outage
from citekeep.urls import origin_of, site_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler

    from citekeep.items import Check

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0  # seconds between two questions whether the network is back; doubled
UNTOLD = 60.0  # seconds that a run waits at most where it knows of no address that ever answered
CONTROL_TIMEOUT = 10.0  # seconds for one of them

_STAY = ("standing", "strikes", "last_strike_at")


class Watch:
    """crawler: its engine asks the controls. frontier: takes checks back. priority: that such links get.

    patience: seconds after which the run ends rather than waits. over: called when it may go on. give_up: called with a
    sentence when it may not.
    """

    def __init__(
        self,
        crawler: Crawler,
        frontier: Any,
        *,
        priority: int,
        over: Callable[[], None],
        give_up: Callable[[str], None],
    ) -> None:
        self.crawler = crawler
        self.frontier = frontier
        self.outage = Outage(crawler.settings.getlist("CONTROL_URLS"))
        self.patience = crawler.settings.getfloat("OUTAGE_PATIENCE")
        self.priority = priority
        self.over, self.give_up = over, give_up
        self.task: asyncio.Task[None] | None = None
        self.addresses: list[str] = []
        self.back_at = ""
        self.given_up = False

    @property
    def holds(self) -> bool:
        """Whether nothing is to be asked: our network is down, or it is being found out whether it is."""
        return self.task is not None and not self.task.done()

    def saw(self, check: Check) -> None:
        """Note how a check ended, once it is recorded."""
        if check.reason is not None or check.link.local_body is not None or check.link.terms.get("proxy"):
            return  # a source's own proxy says nothing of our network, and what it hides is not to be asked from here
        if check.status is not None:
            self._success(check)
            return
        before = {name: check.link.history.get(name) for name in _STAY}
        failed = Failed(
            link_id=check.link.link_id,
            turn=check.link.turn,
            site=_site(check),
            error=check.error or "other",
            before=before,
            ended=check.ended,
        )
        self.outage.failure(failed)
        if self.holds:
            return  # taken back, or forgotten, with the others
        if check.checked_at <= self.back_at:  # asked while the network was down
            self.task = asyncio.ensure_future(self._do(self._take_back))
        elif self.outage.suspected() is not None:
            self.task = asyncio.ensure_future(self._do(self._find_out))

    def close(self) -> None:
        """Wait for nothing any more."""
        if self.task is not None and not self.given_up:  # then all that is left to do is to take back what still ends
            self.task.cancel()

    def _success(self, check: Check) -> None:
        try:
            self.outage.success(_site(check), origin_of(check.final_url or check.requested_url), check.ended)
        except InputError:
            return

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except ArchiveError as error:
            self.give_up(str(error))
        finally:
            asyncio.get_running_loop().call_soon(self.over)  # once this task is done, and nothing is held any more

    async def _find_out(self) -> None:
        self.addresses = self.outage.ask() or await self.frontier.controls()
        if await self._reachable():
            self.outage.take()  # they failed by themselves
        else:
            await self._wait_for_network()

    async def _wait_for_network(self) -> None:
        error, sites = self.outage.suspected(), len({failed.site for failed in self.outage.failures})
        logger.warning(
            "The run pauses: %d sites failed at once (%s), and no control address answers: this seems to be our network.",
            sites,
            error,
        )
        patience = self.patience if self.addresses else min(self.patience, UNTOLD)
        self.crawler.stats.inc_value("watch/outages")
        begun, wait = time.monotonic(), FIRST_WAIT
        while time.monotonic() - begun < patience:
            await self._take_back()
            await asyncio.sleep(min(wait, max(0.0, begun + patience - time.monotonic())))
            wait = min(2 * wait, LONGEST_WAIT)
            if await self._reachable():
                self.back_at = clock.now()
                await self._take_back()
                logger.warning("The run goes on: the network is back after %.0f s.", time.monotonic() - begun)
                return
        self.given_up = True
        self.back_at = clock.now()  # what was asked before fails for the same reason, if it ends later
        await self._take_back()
        told = "" if self.addresses else " No address is known to answer; CONTROL_URLS can name some."
        self.give_up(f"Our own network seems to be down: nothing has answered for {patience:g} seconds.{told}")

    async def _take_back(self) -> None:
        """Have what failed since anything answered judged as ours."""
        while taken := self.outage.take():  # more may have ended meanwhile
            sites = len({failed.site for failed in taken})
            why = f"{sites} different sites failed while control addresses failed too: our own network"
            number = await self.frontier.take_back(taken, why, self.priority)
            self.crawler.stats.inc_value("watch/taken_back", number)

    async def _reachable(self) -> bool:
        """Return whether any control answers, whatever it answers."""
        return any(await asyncio.gather(*(self._answers(address) for address in self.addresses)))

    async def _answers(self, url: str) -> bool:
        meta = {"purpose": "robots", "control": True, "dont_redirect": True, "download_timeout": CONTROL_TIMEOUT}
        request = scrapy.Request(url, meta=meta, dont_filter=True)
        request.meta["download_slot"] = f"control {url}"
        try:
            await self.crawler.engine.download_async(request)
        except NotAskedError:  # a name that our own rules refuse was resolved
            return True
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing answered
            exchange = request.meta.get("exchange")
            logger.debug("Control %s: %s", url, type(error).__name__)
            return exchange is not None and exchange.status is not None
        return True


def _site(check: Check) -> str:
    try:
        return site_of(check.requested_url)
    except InputError:
        return check.requested_url
