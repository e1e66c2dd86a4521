"""The loop that every spider shares: claim sites whose links are due, ask them link after link, until none is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import scrapy
from scrapy import signals
from scrapy.exceptions import CloseSpider, DontCloseSpider

from citekeep import clock
from citekeep.asking import ASKED
from citekeep.exceptions import ArchiveError, HostFailedError, LeaseLostError
from citekeep.frontier import RECORDED
from citekeep.items import Check, DueLink, Exchange
from citekeep.requisites.items import AskedRequisite
from citekeep.signals import check_finished, check_recorded
from spiders.heeding import Heeding
from spiders.leases import HeldLease, Leases
from spiders.probing import Probing
from spiders.requisites import Requisites, pause_after
from spiders.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

logger = logging.getLogger(__name__)

ARCHIVE_FAILED = "archive_failed"  # the finish reason for which ``scrapy crawl`` exits with 4
OUTAGE = "outage"  # that of a run whose own network was gone for too long


ASK_AGAIN = 0.5  # seconds until it is looked again whether a site is free that another run holds
FAILED_PAUSE = 3600  # seconds until a site is claimed again after a check of it could not be recorded


class DueSpider(Probing, Heeding, Requisites, scrapy.Spider):
    """Base of the spiders: ``ask`` adds what this run was asked for, then everything due is taken.

    The database is the frontier: what the pipelines record (an article's citations) is due and is claimed by the
    same loop; what a killed run leaves is due for the next.
    """

    min_priority = 0
    """Links below this priority are left alone: 2 asked for by name, 1 cited by an article just read, 0 routine."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> DueSpider:
        """Return the spider with its signals connected."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.ended = False
        spider.wake = asyncio.Event()
        for signal in (signals.item_scraped, signals.item_dropped):
            crawler.signals.connect(spider.item_done, signal=signal)
        crawler.signals.connect(spider.recorded, signal=check_recorded)
        crawler.signals.connect(spider.item_failed, signal=signals.item_error)
        crawler.signals.connect(spider.spider_idle, signal=signals.spider_idle)
        return spider

    waits_for_others = False
    """Whether sites that other runs hold are waited for: a run of what is due leaves them to those."""
    leases: Leases
    watch: Watch
    ended: bool
    until = math.inf  # time.monotonic() from which on nothing more is asked
    reason = ARCHIVE_FAILED
    wake: asyncio.Event

    async def ask(self) -> None:
        """Add what this run was asked for to what is due; nothing by default."""

    async def start(self) -> AsyncIterator[Any]:
        """Yield requests and items until nothing is due and nothing is in flight, or the archive cannot be written."""
        most, seconds = self.settings.getint("CONCURRENT_REQUESTS"), self.settings.getfloat("LEASE_SECONDS")
        self.leases = Leases(self.frontier, seconds=seconds, most=most, wake=self.wake.set)
        self.watch = Watch(
            self.crawler,
            self.frontier,
            priority=ASKED if getattr(self, "asked_only", False) else self.min_priority,
            over=self.wake.set,
            give_up=self._give_up,
        )
        heart = asyncio.ensure_future(self.leases.keep())
        try:
            await self.ask()
            self.leases.heeds_from = clock.now()
            while not self.ended:
                self.wake.clear()
                if time.monotonic() >= self.until:
                    self.leases.leave_waiting()
                await self.find_requisites()
                await self.leases.release_done()
                if time.monotonic() < self.until:
                    await self.claim()
                    await self.find_requisites()  # of sites that were claimed for nothing else
                if not self.leases.held:
                    if self.watch.holds:
                        await self.wake.wait()
                    elif self.leases.room and time.monotonic() < self.until:
                        await asyncio.sleep(ASK_AGAIN)
                    elif not await self.wait_for_others():
                        return
                    continue
                if not self.watch.holds:
                    for produced in (*self._next(), *self.next_requisites()):
                        yield produced
                    if any(held.done() for held in self.leases):
                        continue
                await self._until_woken()
        except ArchiveError as error:
            self._fail(str(error))
        finally:
            heart.cancel()
            self.watch.close()

    async def _until_woken(self) -> None:
        """Return when something happened here; soon, where it is waited for what another run does."""
        others = self.leases.room or self.waits_for_others
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wake.wait(), ASK_AGAIN if others else None)

    def _fail(self, sentence: str) -> None:
        """Claim nothing more, as what would come of it cannot be kept: this machine fails, not a page."""
        if not self.ended:
            self.ended = True
            logger.critical("The crawl ends: %s", sentence)
            self.crawler.archive.failure = self.crawler.archive.failure or sentence  # type: ignore[attr-defined]

    def _give_up(self, sentence: str) -> None:
        """Claim nothing more, as our own network is gone."""
        self.reason = OUTAGE if not self.ended else self.reason
        self._fail(sentence)

    def spider_idle(self) -> None:
        """Have the run end as one that failed, where it did; not while it waits for its own network."""
        if self.ended:
            raise CloseSpider(self.reason)
        watch = getattr(self, "watch", None)
        if watch is not None and watch.holds:
            raise DontCloseSpider

    # --- leases ---

    @property
    def frontier(self) -> Any:
        """The frontier port of this run (citekeep/frontier.py)."""
        return self.crawler.archive.frontier  # type: ignore[attr-defined]

    async def wait_for_others(self) -> bool:
        """Return, after a moment, whether to claim once more though no site is free; a run of what is due does not."""
        return False

    def _next(self) -> Iterator[Any]:
        for held in self.leases:
            if held.asking is not None or not held.waiting:
                continue
            if held.rest() > 0:
                self.leases.ring(held)
            elif self.crawler.pace.may_ask(held.lease.site):  # type: ignore[attr-defined]
                held.asking = held.waiting.popleft()
                yield self._ask_link(held, held.asking)
            else:
                held.leave()
                self.wake.set()

    # --- requests and items ---

    def _ask_link(self, held: HeldLease, link: DueLink) -> Any:
        if link.withheld is not None or link.local_body is not None:
            return self._unasked(held, link)
        meta = {
            "link": link,
            "lease": held,
            "exchanges": [],
            "robots": held.lease.robots,
            "robots_read": {},
            "requests": {},
            "cookiejar": uuid4().hex,
            "download_slot": held.lease.site,
            "verbatim_url": link.verbatim,
            "started_at": clock.now(),
            "terms": link.terms,
        }
        if link.known:
            meta["validators"] = link.known
        return scrapy.Request(
            link.request_url, callback=self.answered, errback=self.failed, meta=meta, dont_filter=True
        )

    def _unasked(self, held: HeldLease, link: DueLink) -> Check:
        check = self._check(held, link, {"started_at": clock.now()})
        check.reason = link.withheld
        return check

    def _check(self, held: HeldLease, link: DueLink, meta: dict[str, Any]) -> Check:
        return Check(
            link=link,
            epoch=held.lease.epoch,
            site_id=held.lease.site_id,
            checked_at=meta["started_at"],
            requested_url=link.request_url,
            exchanges=meta.get("exchanges", []),
            robots_read=meta.get("robots_read", {}),
            requests=meta.get("requests", {}),
            cookiejar=meta.get("cookiejar", ""),
            ended=time.monotonic(),
        )

    def answered(self, response: Response) -> Check:
        """Return the Check of a link that answered, whatever it answered."""
        meta = response.meta
        check = self._check(meta["lease"], meta["link"], meta)
        exchange: Exchange | None = meta.get("exchange")
        check.final_url = response.url
        check.status = response.status
        check.body = response.body
        check.content_type = _text(response.headers.get("Content-Type"))
        check.flags = list(response.flags)
        if exchange is not None:
            check.error, check.error_phase = exchange.error, exchange.error_phase
        return check

    def failed(self, failure: Failure) -> Check | None:
        """Return the Check of a link that did not answer; None where its lease was lost, as nothing was asked."""
        meta = failure.request.meta  # type: ignore[attr-defined]
        held: HeldLease = meta["lease"]
        if failure.check(LeaseLostError):
            self.finish(held, meta.get("cookiejar", ""))
            return None
        check = self._check(held, meta["link"], meta)
        check.reason = getattr(failure.value, "reason", None)
        exchange: Exchange | None = meta.get("exchange")
        if exchange is None and failure.check(HostFailedError) and check.exchanges:
            exchange = check.exchanges[-1]  # that of robots.txt: its host is the page's
        if check.reason is None and exchange is not None:
            check.final_url = exchange.url if exchange.purpose != "robots" else None
            check.status = exchange.status
            check.error, check.error_phase = exchange.error, exchange.error_phase
        elif check.reason is None:
            check.error = "other"
            check.flags.append(f"exception:{type(failure.value).__name__}")
            logger.error("Unforeseen failure of %s", meta["link"].url, exc_info=failure.value)
        return check

    # --- when a check is over ---

    def recorded(self, check: Check, outcome: str) -> None:
        """Watch our own network by what becomes of the checks that count."""
        if outcome == RECORDED:
            self.watch.saw(check)

    def item_done(self, item: Any) -> None:
        """Take what is next of a site once its check has been recorded (or refused by the recorder)."""
        if not isinstance(item, Check | AskedRequisite):
            return
        held = self.leases.held.get(item.site_id)
        if held is None or held.asking is not item.link:
            return
        if isinstance(item, Check):
            self.heed(held, item)
            found = bool(item.requisites and item.requisites["wanted"])
            held.requisites = held.requisites or (found and not held.makes_room)
        else:
            self.heed_requisite(held, item, pause_after(item))
        self.finish(held, item.cookiejar)

    def item_failed(self, item: Any, failure: Failure) -> None:
        """Leave a site for an hour when a check of it could not be recorded: it stays due, and the run goes on.

        Where it was this machine that failed (no open files, no memory), no site is to blame, and the run ends.
        """
        if isinstance(item, Check | AskedRequisite):
            held = self.leases.held.get(item.site_id)
            ours = failure.check(OSError, MemoryError)
            if ours:
                self._fail(f"{item.link.url} could not be recorded: {failure.getErrorMessage()}.")
            elif held is not None:
                held.leave(clock.after(FAILED_PAUSE))
            self.crawler.stats.inc_value("due_spider/not_recorded")
        self.item_done(item)

    def finish(self, held: HeldLease, cookiejar: str) -> None:
        """Have what is next of a site asked."""
        held.asking = None
        self.crawler.signals.send_catch_log(check_finished, cookiejar=cookiejar)
        self.wake.set()


def _text(header: bytes | None) -> str | None:
    return header.decode("latin-1")[:200] if header else None
