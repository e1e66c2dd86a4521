"""What a spider asks beside a page, for those who judge it: under the same lease, at the same pace, kept like the rest."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import scrapy

from citekeep.exceptions import LeaseLostError, NotAskedError
from citekeep.urls import site_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from citekeep.items import Check
    from spiders.leases import Leases

logger = logging.getLogger(__name__)


class Probing:
    """A spider's part that probes."""

    crawler: Crawler
    leases: Leases
    ended: bool

    async def probe(self, check: Check, url: str) -> Response | None:
        """Ask an address beside a check's own, under the same lease and at the same pace; its exchanges are the check's.

        Returns what came, None where nothing did: the last of ``check.exchanges`` says why. Raises NotAskedError where it
        may not be asked (robots.txt, the address guard), LeaseLostError where nothing may be asked any more.
        """
        held = self.leases.held.get(check.site_id)
        if held is None or self.ended:
            raise LeaseLostError(f"The site of {check.requested_url} is not held any more.")
        meta = {
            "purpose": "probe",
            "lease": held,
            "exchanges": check.exchanges,
            "robots": held.lease.robots,
            "robots_read": check.robots_read,
            "requests": check.requests,
            "cookiejar": check.cookiejar,
            "download_slot": site_of(url),
            "verbatim_url": True,
            "terms": check.link.terms,
        }
        asked = len(check.exchanges)
        try:
            return await self.crawler.engine.download_async(scrapy.Request(url, meta=meta, dont_filter=True))
        except (LeaseLostError, NotAskedError):
            raise
        except Exception as error:
            logger.debug("The probe %s failed: %s", url, type(error).__name__)
            if len(check.exchanges) == asked:  # nothing went out: the run ends, or the failure is ours
                raise LeaseLostError(f"{url} was not asked: {type(error).__name__}.") from error
            return None

    def probes_known(self, check: Check) -> dict[str, dict[str, Any]]:
        """Return what is remembered of the hosts of a check's site: {origin: {key: fact}}; what is added is remembered."""
        held = self.leases.held.get(check.site_id)
        return held.lease.probes if held is not None else {}
