"""What a spider asks for articles' pages to look like themselves: site by site, under the leases that it holds anyway."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import scrapy

from citekeep.exceptions import HostFailedError, LeaseLostError
from citekeep.items import Exchange
from citekeep.requisites.items import AskedRequisite, DueRequisite
from citekeep.verdicts import Observation
from citekeep.verdicts.network_rules import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from spiders.leases import HeldLease, Leases

logger = logging.getLogger(__name__)

UNTOLD_PAUSE = 3_600  # seconds that a site is left alone that answers 429 and names no time
ACCEPT = {
    "style": "text/css,*/*;q=0.1",
    "font": "*/*",
    "image": "image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8",
    "icon": "image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8",
}
"""What browsers send: servers choose a picture's format by it."""


class Requisites:
    """A spider's part that asks requisites: of each held site one after another, once its links have been asked."""

    crawler: Crawler
    leases: Leases
    frontier: Any
    finish: Callable[[HeldLease, str], None]

    async def find_requisites(self) -> None:
        """Have each lease that is free for it name its next requisite, or know that there is none."""
        free = [held for held in self.leases if held.wants_requisite()]
        found = await asyncio.gather(
            *(self.frontier.next_requisite(held.lease.site_id, held.lease.epoch) for held in free)
        )
        for held, requisite in zip(free, found, strict=True):
            held.requisite, held.requisites = requisite, requisite is not None

    def next_requisites(self) -> Iterator[scrapy.Request]:
        """Yield a request for each requisite that was found, of sites that have rested."""
        for held in self.leases:
            if held.requisite is not None and held.rest() > 0:
                self.leases.ring(held)
                continue
            requisite, held.requisite = held.requisite, None
            if requisite is not None and not self.crawler.pace.may_ask(held.lease.site):  # type: ignore[attr-defined]
                held.leave()
            elif requisite is not None:
                held.asking = requisite
                held.lease.robots.update(requisite.robots)
                yield self._ask_requisite(held, requisite)

    def _ask_requisite(self, held: HeldLease, requisite: DueRequisite) -> scrapy.Request:
        meta = {
            "purpose": "requisite",
            "link": requisite,
            "lease": held,
            "exchanges": [],
            "robots": held.lease.robots,
            "robots_read": {},
            "requests": {},
            "cookiejar": uuid4().hex,
            "download_slot": held.lease.site,
            "download_maxsize": requisite.max_bytes,
            "verbatim_url": True,
            "terms": requisite.terms,
            "validators": requisite.known,
        }
        return scrapy.Request(
            requisite.url, callback=self.requisite_answered, errback=self.requisite_failed, meta=meta, dont_filter=True,
            headers={"Accept": ACCEPT[requisite.kind]},
        )  # fmt: skip

    def requisite_answered(self, response: Response) -> AskedRequisite:
        """Return what came of a requisite that answered, whatever it answered."""
        asked = _asked(response.meta)
        asked.final_url, asked.status, asked.body = response.url, response.status, response.body
        asked.content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")[:200] or None
        exchange: Exchange | None = response.meta.get("exchange")
        asked.error = exchange.error if exchange is not None else None
        return asked

    def requisite_failed(self, failure: Failure) -> AskedRequisite | None:
        """Return what came of a requisite that did not answer; None where its lease was lost, as nothing was asked."""
        meta = failure.request.meta  # type: ignore[attr-defined]
        if failure.check(LeaseLostError):
            self.finish(meta["lease"], meta["cookiejar"])
            return None
        asked = _asked(meta)
        asked.reason = getattr(failure.value, "reason", None)
        exchange: Exchange | None = meta.get("exchange")
        if exchange is None and failure.check(HostFailedError) and asked.exchanges:
            exchange = asked.exchanges[-1]
        if asked.reason is None:
            asked.error = (exchange.error if exchange is not None else None) or "other"
            asked.status = exchange.status if exchange is not None else None
            if exchange is None:
                logger.error("Unforeseen failure of %s", meta["link"].url, exc_info=failure.value)
        return asked


def pause_after(asked: AskedRequisite) -> float | None:
    """Return for how many seconds a site is to be left alone that asks for less, None where it does not."""
    if asked.status not in {429, 503} or not asked.exchanges:
        return None
    seen = Observation(requested_url=asked.link.url, headers=tuple(asked.exchanges[-1].headers))
    named = retry_after(seen)
    return named if named is not None else UNTOLD_PAUSE if asked.status == 429 else None


def _asked(meta: dict[str, Any]) -> AskedRequisite:
    held: HeldLease = meta["lease"]
    return AskedRequisite(
        link=meta["link"],
        epoch=held.lease.epoch,
        site_id=held.lease.site_id,
        exchanges=meta["exchanges"],
        robots_read=meta["robots_read"],
        requests=meta["requests"],
        cookiejar=meta["cookiejar"],
    )
