"""410: records what came of a requisite, in one transaction; of a style sheet, what it names is found out first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import DropItem

from citekeep.exceptions import ArchiveError
from citekeep.frontier import RECORDED
from citekeep.requisites import STYLE
from citekeep.requisites.items import AskedRequisite, RequisiteResult
from citekeep.unchanged import told_by
from pipelines.record import RecordPipeline, captures_of, release_bytes

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class RecordRequisitePipeline(RecordPipeline):
    """Turns an AskedRequisite into a RequisiteResult and waits until it is committed; its WARC records are flushed first."""

    limit = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline, which reads REQUISITES_PER_ARTICLE; it needs extensions/open_archive."""
        pipeline = super().from_crawler(crawler)
        pipeline.limit = crawler.settings.getint("REQUISITES_PER_ARTICLE")
        return pipeline

    async def process_item(self, item: Any) -> Any:
        """Return the item once it is committed; otherwise it is dropped, and due again, as in pipelines/record."""
        if not isinstance(item, AskedRequisite):
            return item
        outcome, why = _outcome(item)
        if outcome == "captured" and item.link.kind == STYLE and not _is_unchanged(item):
            item.parts = await self._parts(item)
        try:
            captures = await captures_of(item.exchanges)
            recorded = await self.archive.frontier.record_requisite(_result(item, captures, outcome, why))
        except ArchiveError as error:
            self._fail(error)
            raise DropItem(f"{item.link.url}: not recorded, it is due again: {error}") from error
        release_bytes(item)
        self.stats.inc_value(f"requisites/{outcome if recorded == RECORDED else recorded}")
        if recorded != RECORDED:
            raise DropItem(f"{item.link.url}: {recorded}; it is due again")
        return item

    async def _parts(self, item: AskedRequisite) -> list[tuple[str, str]]:
        """Return what a style sheet names; nothing where it cost its worker."""
        url = item.final_url or item.link.url
        try:
            return await self.archive.workers.parts_of(item.body, item.content_type, url, self.limit)
        except Exception as error:  # noqa: BLE001 - whatever it was, the sheet itself is kept
            logger.info("The style sheet %s could not be read: %s", url, type(error).__name__)
            return []


def _outcome(item: AskedRequisite) -> tuple[str, str | None]:
    """Return what came of it, and why, where it is not captured."""
    if item.reason is not None:
        return "left_out", item.reason
    if item.error == "too_large":
        return "left_out", item.link.over
    if item.error is not None:
        return "failed", item.error
    if item.status is not None and (200 <= item.status < 300 or _is_unchanged(item)):
        return "captured", None
    return "failed", str(item.status)


def _is_unchanged(item: AskedRequisite) -> bool:
    return bool(item.exchanges and item.exchanges[-1].unchanged)


def _validators(item: AskedRequisite, outcome: str) -> dict[str, str | None]:
    """Return by what a server can be asked about its answer; nothing of one that another address gave."""
    last = item.exchanges[-1] if item.exchanges else None
    return (
        told_by(last.headers)
        if last is not None and outcome == "captured" and last.status == 200 and not last.hop
        else {}
    )


def _result(item: AskedRequisite, captures: list[dict[str, Any]], outcome: str, why: str | None) -> RequisiteResult:
    last = next((c for c in reversed(captures) if c["purpose"] == "requisite"), None)
    return RequisiteResult(
        requisite_id=item.link.requisite_id,
        site_id=item.site_id,
        epoch=item.epoch,
        turn=item.link.turn,
        outcome=outcome,
        why=why,
        bytes=last["body_length"] if last else None,
        captures=captures,
        robots=item.robots_read,
        requests=item.requests,
        parts=item.parts,
        validators=_validators(item, outcome),
        unchanged=outcome == "captured" and _is_unchanged(item),
    )
