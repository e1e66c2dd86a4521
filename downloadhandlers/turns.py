"""When a request's turn is: a site is asked by one run at a time, and not sooner after its last request than it wants."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from citekeep import clock
from citekeep.exceptions import ArchiveError, LeaseLostError, PausedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.crawler import Crawler

    from citekeep.items import Borrowed

logger = logging.getLogger(__name__)

BORROW_PAUSE = 0.5  # seconds between two tries to borrow a site
BORROW_PATIENCE, YIELD_PATIENCE = (45.0, 75.0), (0.5, 8.0)
"""Seconds until it is given up, and where the site of the link is waited for: by chance, so that of two runs that wait for one
another's sites one is the first.
"""
BORROW_AGAIN = 300.0  # seconds until the site of the link that led there is claimed again
GIVEN_BACK_KEPT = 10_000  # sites of which is remembered which lease of them was given back here


class Turns:
    """seconds: that one request takes at most."""

    def __init__(self, crawler: Crawler, seconds: float) -> None:
        self._crawler = crawler
        self._seconds = seconds
        self._gave_back: OrderedDict[int, int] = OrderedDict()

    @asynccontextmanager
    async def of(self, request: Request) -> AsyncIterator[list[Any]]:
        """Wait until a request may be sent; while this is entered, no other run asks its site. Yields the leases that must
        not have run out when it is.

        Raises LeaseLostError where another run holds for long what a redirect leads to, this run is to end, or the site is to
        be left alone: its links stay due; PausedError where that holds of another site than the link's own.
        """
        lease = request.meta.get("lease")
        if not self._has_turns(request):
            yield [lease] if lease is not None else []
            return
        async with self._held(request) as host:
            await self._heed_pause(request)
            yield [lease] if host is None else [lease, host]

    def sent(self, request: Request) -> None:
        """Count the site's delay from now: Scrapy counts from when a request leaves its queue, and then it may wait still,
        for another run or because the event loop is busy.
        """
        asyncio.get_running_loop().call_later(0, self._touch, request)  # in its next turn the bytes leave

    def _touch(self, request: Request) -> None:
        slot = self._slot(request)
        if slot is not None:
            slot.lastseen = time.monotonic()

    def _slot(self, request: Request) -> Any:
        engine = self._crawler.engine
        return None if engine is None else engine.downloader.slots.get(str(request.meta.get("download_slot")))

    def _frontier(self) -> Any:
        return getattr(getattr(self._crawler, "archive", None), "frontier", None)

    def _has_turns(self, request: Request) -> bool:
        meta = request.meta
        known = meta.get("download_slot") is not None and meta.get("lease") is not None
        return known and not meta.get("control") and self._frontier() is not None

    @asynccontextmanager
    async def _held(self, request: Request) -> AsyncIterator[Any]:
        """Have this run hold the site of a request until it ended, wherever the link that led there is: as a guest of the
        lease that it has, which is yielded, or for this request alone.
        """
        site = request.meta["download_slot"]
        if request.meta["lease"].lease.site == site:
            yield None
            return
        host = self._host(site)
        borrowed = await self._borrow(request) if host is None else None
        if borrowed is not None:
            async with self._returned(borrowed, request):
                yield None
            return
        host = host or self._host(site)  # claimed meanwhile
        if host is None:
            yield None
            return
        host.guests += 1
        try:
            await self._rest(host.rest(), request)
            yield host
        finally:
            host.guests -= 1
            self._crawler.spider.leases.wake()  # type: ignore[union-attr]

    def _host(self, site: str) -> Any:
        leases = getattr(self._crawler.spider, "leases", None)
        return leases.of(site) if leases is not None else None

    @asynccontextmanager
    async def _returned(self, borrowed: Borrowed, request: Request) -> AsyncIterator[None]:
        try:
            if self._gave_back.get(borrowed.site_id) != borrowed.epoch - 1:
                await self._rest(borrowed.rest, request)  # since another run's last request
            yield
        finally:
            await self._give_back(borrowed, request)

    async def _rest(self, seconds: float, request: Request) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._go_on(request)
            await asyncio.sleep(min(left, BORROW_PAUSE))

    def _go_on(self, request: Request) -> None:
        """Raise LeaseLostError where this run is to end: nothing more is asked."""
        spider, engine = self._crawler.spider, self._crawler.engine
        over = getattr(spider, "ended", False) or time.monotonic() >= getattr(spider, "until", math.inf)
        closing = engine is None or engine._slot is None or engine._slot.closing is not None
        if over or closing or not self._crawler.crawling:
            raise LeaseLostError(f"The run ends: {request.url} was not asked.")

    async def _heed_pause(self, request: Request) -> None:
        """Refuse what another process was asked to leave alone, though it was let through when the pause was not known yet."""
        site, lease = request.meta["download_slot"], request.meta["lease"]
        try:
            told = await self._frontier().pause_of(site)
        except ArchiveError as error:
            raise LeaseLostError(f"{request.url} was not asked: {error}") from error
        if told is None:
            return
        if lease.lease.site == site:
            lease.leave(told["until"])
            raise LeaseLostError(f"{site} is paused until {told['until']}: {request.url} was not asked.")
        raise PausedError(f"{site} is paused: {told['why']}.", reason="cap" if told["why"] == "cap" else "paused")

    async def _borrow(self, request: Request) -> Borrowed | None:
        """Claim the site of a request that a link of another one leads to, once no other run holds it: whoever does gives it
        back after its current request. Where that takes long, the site of the link is left alone for a while; where somebody
        waits for that site meanwhile, which may be the same run, it is given back soon.
        """
        site, lease = request.meta["download_slot"], request.meta["lease"]
        until = time.monotonic() + _between(BORROW_PATIENCE)
        yields = False
        while True:
            self._go_on(request)
            try:
                borrowed: Borrowed | bool = await self._frontier().borrow(site, self._seconds)
            except ArchiveError as error:
                raise LeaseLostError(f"{request.url} was not asked: {error}") from error
            if not isinstance(borrowed, bool):
                return borrowed
            if borrowed:
                return None
            if lease.wanted and not yields:
                yields, until = True, min(until, time.monotonic() + _between(YIELD_PATIENCE))
            if time.monotonic() >= until or lease.expired():
                lease.makes_room = lease.makes_room or yields
                lease.leave(None if yields else clock.after(BORROW_AGAIN))
                raise LeaseLostError(f"Another run holds {site}: {request.url} was not asked.")
            await asyncio.sleep(BORROW_PAUSE)

    async def _give_back(self, borrowed: Borrowed, request: Request) -> None:
        self._gave_back[borrowed.site_id] = borrowed.epoch
        self._gave_back.move_to_end(borrowed.site_id)
        if len(self._gave_back) > GIVEN_BACK_KEPT:
            self._gave_back.popitem(last=False)
        slot = self._slot(request)
        rest_ms = None if slot is None else round(slot.delay * 1000)
        try:
            await self._frontier().give_back(borrowed, rest_ms)
        except ArchiveError as error:
            logger.warning("A site that was borrowed for a redirect is free only when its time is over: %s", error)


def _between(seconds: tuple[float, float]) -> float:
    return random.uniform(*seconds)  # noqa: S311 - nobody has to guess it
