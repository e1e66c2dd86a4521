"""100: text, metadata and (of articles) citations, in worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from citekeep.items import Check, Extraction

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

TEXT_STATUSES = range(200, 300)
"""Only these answers are read as documents: the text of an error page is no version of an article."""


class ExtractTextPipeline:
    """Fills in ``Check.extraction``, once for each page that came; checks without a body pass as they are."""

    def __init__(self, workers: Any, stats: Any, *, citations_limit: int) -> None:
        self.workers = workers
        self.stats = stats
        self.citations_limit = citations_limit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline; it needs extensions/open_archive."""
        limit = crawler.settings.getint("CITATIONS_PER_ARTICLE")
        return cls(crawler.archive.workers, crawler.stats, citations_limit=limit)  # type: ignore[attr-defined]

    async def process_item(self, item: Any) -> Any:
        """Return the item with what there is to read in its body."""
        if isinstance(item, Check):
            item.extraction = await self._extract(item)
            if item.extraction is not None:
                self.stats.inc_value(f"extract_text/{item.extraction.outcome}")
        return item

    async def _extract(self, check: Check) -> Extraction | None:
        link = check.link
        if link.local_body is not None:
            kind = link.local_type
            return await self._ask(link.local_body, link.request_url, want_citations=True, kind=kind)
        if not check.body or check.status not in TEXT_STATUSES or check.error == "bad_encoding":
            return None
        return await self._ask(
            check.body,
            check.final_url or check.requested_url,
            want_citations=link.is_article,
            content_type=check.content_type,
        )

    async def _ask(self, body: bytes, url: str, **named: Any) -> Extraction:
        extraction: Extraction = await self.workers.extract(body, url, citations_limit=self.citations_limit, **named)
        return extraction
