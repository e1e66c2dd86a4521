"""300: says which links want to be looked up, or looked up and saved, in the Wayback Machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from citekeep.items import Check, Wish

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

SERVICE = "wayback"

MODE_BY_GROUP = {
    "alive": "save",
    "changed": "save",  # what it shows now is worth keeping, too
    "unknown_access": "lookup",  # it refused us; a save would publish the refusal
    "pending": "lookup",
    "dead": "lookup",  # too late to save; somebody may have been in time
    "dead_soft": "lookup",
}
"""What is wished for a link of each verdict group. Groups that are not here (not_checked) wish for nothing: what
Citekeep would not ask, it does not have others ask either."""


class WantSnapshotPipeline:
    """Fills in ``Check.wishes``. Saving is publishing, so nothing is wished for a link that is private."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline; SNAPSHOTS_ENABLED off makes it pass everything on without a wish."""
        return cls(enabled=crawler.settings.getbool("SNAPSHOTS_ENABLED"))

    async def process_item(self, item: Any) -> Any:
        """Return the item with its wishes."""
        if isinstance(item, Check) and self.enabled and self._may_be_named(item) and item.judgement is not None:
            mode = MODE_BY_GROUP.get(item.judgement.group)
            if mode is not None:
                item.wishes.append(Wish(service=SERVICE, mode=mode, why=f"checked: {item.judgement.verdict}"))
        return item

    def _may_be_named(self, check: Check) -> bool:
        # Whether it is private is decided where the wish is recorded: it may have been cited in public since it was claimed.
        return check.link.withheld is None and not check.link.url.startswith("urn:")
