"""300: says which links want to be looked up, or looked up and saved, in the Wayback Machine."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Self

from citekeep.items import Check, Wish
from citekeep.reservations import in_headers, in_robots, in_words, keeps_from_saving
from citekeep.urls import origin_of

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


ORIGINS_KEPT = 2_048  # whose robots.txt is remembered for what it reserves


class WantSnapshotPipeline:
    """Fills in ``Check.wishes`` and ``Check.reservations``. Saving is publishing, so nothing is wished for a link that is
    private, and no page is saved that asks not to be; whether somebody else has saved it is looked up all the same.
    """

    def __init__(self, crawler: Any, *, enabled: bool, not_saved_for: tuple[str, ...]) -> None:
        self.crawler = crawler
        self.enabled = enabled
        self.not_saved_for = not_saved_for
        self.of_origins: OrderedDict[str, list[dict[str, str]]] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline; SNAPSHOTS_ENABLED off makes it wish for nothing. It reads NOT_SAVED_FOR, too."""
        settings = crawler.settings
        return cls(
            crawler,
            enabled=settings.getbool("SNAPSHOTS_ENABLED"),
            not_saved_for=tuple(settings.getlist("NOT_SAVED_FOR")),
        )

    async def process_item(self, item: Any) -> Any:
        """Return the item with its wishes."""
        if isinstance(item, Check) and item.judgement is not None:
            kept = self._reservations(item)
            mode = MODE_BY_GROUP.get(item.judgement.group)
            if mode is not None and self.enabled and self._may_be_named(item):
                why = f"checked: {item.judgement.verdict}" + (f"; not saved: {in_words(kept)}" if kept else "")
                wish = Wish(service=SERVICE, mode="lookup" if kept else mode, why=why, reserved=kept is not None)
                item.wishes.append(wish)
        return item

    def _reservations(self, check: Check) -> Any:
        """Fill in what the page reserves; return what it is not saved for, None where nothing forbids it."""
        page = next((one for one in reversed(check.exchanges) if one.purpose in {"page", "hop"}), None)
        if page is None or not page.body_length or not 200 <= (page.status or 0) < 300:
            check.reservations = []
            return None
        found = [*in_headers(page.headers), *check.reservations, *self._of_robots(check, page.url)]
        signals = () if check.link.terms.get("signals") == "ignore" else self.not_saved_for
        check.reservations = [one | {"keeps": one["signal"] in signals} for one in found]
        return keeps_from_saving(found, signals)

    def _of_robots(self, check: Check, url: str) -> list[dict[str, str]]:
        origin = origin_of(url)
        read = check.robots_read.get(origin)
        known = self.of_origins.get(origin)
        if read is None and known is None:
            held = self.crawler.spider.leases.held.get(check.site_id)
            read = held.lease.robots.get(origin) if held is not None else None
        if read is not None:
            body = read.get("body") or b""
            known = in_robots(body) if b"content-signal" in body.lower() else []
            self.of_origins[origin] = known
            if len(self.of_origins) > ORIGINS_KEPT:
                self.of_origins.popitem(last=False)
        return known or []

    def _may_be_named(self, check: Check) -> bool:
        # Whether it is private is decided where the wish is recorded: it may have been cited in public since it was claimed.
        return check.link.withheld is None and not check.link.url.startswith("urn:")
