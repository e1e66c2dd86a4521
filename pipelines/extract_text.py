"""100: text, metadata and (of articles) citations, in worker processes; and the verdict, which needs the body as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from citekeep.items import Check, Exchange
from citekeep.readings import TEXT_STATUSES, wanted_of
from citekeep.unchanged import told_by
from citekeep.verdicts import observation_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from citekeep.workers import Workers

NAMED_TIMES = 5
"""Of what is beyond REQUISITES_PER_ARTICLE, so many times as much is named row by row; the rest is counted."""
AT_ONCE = 1_024
"""Bytes: the body of an error page that is no longer is judged in the event loop (200), sooner than it is sent away."""


class ExtractTextPipeline:
    """Fills in ``Check.extraction`` and ``Check.verdict``: a body goes to a worker once, and is read there for both."""

    def __init__(
        self, workers: Workers, stats: Any, *, citations_limit: int, requisites_limit: int | None, texts: bool = True
    ) -> None:
        self.workers = workers
        self.texts = texts
        self.stats = stats
        self.citations_limit = citations_limit
        self.requisites_limit = requisites_limit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline; it needs extensions/open_archive."""
        settings, archive = crawler.settings, crawler.archive  # type: ignore[attr-defined]
        named = NAMED_TIMES * settings.getint("REQUISITES_PER_ARTICLE")
        return cls(
            archive.workers,
            crawler.stats,
            citations_limit=settings.getint("CITATIONS_PER_ARTICLE"),
            requisites_limit=named if settings.getbool("REQUISITES_ENABLED") else None,
            texts=settings.getbool("EXTRACT_ENABLED"),
        )

    async def process_item(self, item: Any) -> Any:
        """Return the item with what there is to read in its body; checks without one pass as they are."""
        if isinstance(item, Check):
            await self._read(item)
        return item

    async def _read(self, check: Check) -> None:
        link = check.link
        body = check.body if link.local_body is None else link.local_body
        answered = body and check.status in TEXT_STATUSES
        read_for_text = self.texts or link.is_article or link.local_body is not None
        wanted = wanted_of(check, self.citations_limit) if read_for_text else None
        lists = link.listing if answered else None
        alone = answered and check.error != "bad_encoding" and not read_for_text
        if wanted is None and lists is None and not alone and len(body) <= AT_ONCE:
            return
        history = link.history
        seen = observation_of(check, words=tuple(history.get("words") or ()))
        reading = await self.workers.read(
            body, seen, history, encoding=check.encoding, wanted=wanted, listing=lists, requisites=self._needed(check)
        )
        check.verdict = reading.verdict
        check.reservations = list(reading.reservations)
        if reading.listing is not None:
            page = _page(check)
            check.listing = reading.listing.plain() | (told_by(page.headers) if page is not None else {})
        if reading.requisites is not None:
            needed = reading.requisites
            check.requisites = {"wanted": [(one.url, one.kind) for one in needed.wanted], "more": needed.more}
        if wanted is not None and reading.extraction is not None:
            check.extraction = reading.extraction
            self.stats.inc_value(f"extract_text/{reading.extraction.outcome}")

    def _needed(self, check: Check) -> int | None:
        """Return how many requisites are named at most; None where they are not to be found out, or are known already."""
        link = check.link
        if not link.is_article or link.local_body is not None or "html" not in (check.content_type or "html").lower():
            return None
        same = sha256_of_page(check) == link.history.get("last_body_sha256")
        return None if same and link.history.get("requisites_known") else self.requisites_limit


def sha256_of_page(check: Check) -> str | None:
    """Return the digest of the page's body as it came, hex."""
    page = _page(check)
    return page.body_sha256 if page is not None else None


def _page(check: Check) -> Exchange | None:
    return next((one for one in reversed(check.exchanges) if one.purpose in {"page", "hop"}), None)
