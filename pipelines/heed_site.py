"""350: says what a check tells of how fast its site may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from citekeep import clock
from citekeep.items import Check
from citekeep.pace import signs_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class HeedSitePipeline:
    """Fills in ``Check.signs``: the recorder and the spider change the site's pace by them."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline; it needs a spider with leases (spiders/due.py)."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Return the item with its signs."""
        if isinstance(item, Check) and item.exchanges:
            held = self.crawler.spider.leases.held.get(item.site_id)
            if held is not None:
                item.signs = signs_of(item, held.lease.site, held.pace, clock.timestamp())
        return item
