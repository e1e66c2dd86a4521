"""How fast each site is asked, by its registrable domain: Crawl-delay, back-off and pauses, and how often at most."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Self

from citekeep import clock
from citekeep.exceptions import PausedError
from citekeep.pace import PaceRules

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

SITES_KEPT = 100_000  # whose requests are counted and whose Crawl-delay is remembered; then those asked longest ago go


class PaceMiddleware:
    """Slows each request's download slot down to its site's pace; raises PausedError where it may not be asked.

    It runs after robots, so that it sees ``request.meta["crawl_delay"]`` and what robots.txt allows alone.
    ``request.meta["requests"]``: {site: number}, counts the requests of a check. ``slowed``: sites that other processes or
    runs found to be paused or slow (pace_rows.slowed), for redirects that lead there; ``crawler.pace`` is this.
    """

    def __init__(self, crawler: Crawler, rules: PaceRules, *, longest_crawl_delay: float) -> None:
        self.crawler = crawler
        self.rules = rules
        self.longest_crawl_delay = longest_crawl_delay
        self.asked: OrderedDict[str, int] = OrderedDict()
        self.floors: OrderedDict[str, float] = OrderedDict()
        self.capped: set[str] = set()
        self.slowed: dict[str, dict[str, Any]] = {}
        crawler.pace = self  # type: ignore[attr-defined]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware, which reads the settings of citekeep/pace.py and CRAWL_DELAY_MAX."""
        settings = crawler.settings
        return cls(crawler, PaceRules.of(settings), longest_crawl_delay=settings.getfloat("CRAWL_DELAY_MAX"))

    def process_request(self, request: Request) -> None:
        """Pass a request at its site's pace; raise PausedError for one that may not be asked now."""
        meta = request.meta
        if meta.get("control"):
            return
        site = meta["download_slot"]
        held = self._held(site, meta.get("lease"))
        told = self.slowed.get(site) or {} if held is None else {}
        if (told.get("paused_until") or "") > clock.now():
            why = told.get("pause_reason")
            raise PausedError(f"{site} is paused: {why}.", reason="cap" if why == "cap" else "paused")
        self._count(site, meta)
        delay_ms = told.get("delay_ms") if held is None else held.pace.delay_ms
        seconds = self._slow_down(request, site, (delay_ms or 0) / 1000)
        if held is not None:
            held.rest_ms = round(seconds * 1000)

    def _held(self, site: str, lease: Any) -> Any:
        """Return the lease on a site, though a link of another one led there; None where this run does not hold it."""
        if lease is None or lease.lease.site == site:
            return lease
        leases = getattr(self.crawler.spider, "leases", None)
        return None if leases is None else leases.of(site)

    def _count(self, site: str, meta: dict[str, Any]) -> None:
        made = self.asked.get(site, 0)
        if self.rules.per_run and made >= self.rules.per_run:
            self.capped.add(site)
            raise PausedError(f"{site} was asked {made} times by this run, as often as it may.", reason="cap")
        self.asked[site] = made + 1
        self.asked.move_to_end(site)
        if len(self.asked) > SITES_KEPT:
            self.asked.popitem(last=False)
        requests = meta.get("requests")
        if requests is not None:
            requests[site] = requests.get(site, 0) + 1

    def may_ask(self, site: str) -> bool:
        """Return whether this run may ask a site once more; notes where it may not."""
        if self.rules.per_run and self.asked.get(site, 0) >= self.rules.per_run:
            self.capped.add(site)
        return site not in self.capped

    def _slow_down(self, request: Request, site: str, delay: float) -> float:
        """Have a site asked after pauses of so many seconds, of its Crawl-delay at least; return how long they are."""
        wanted = request.meta.get("crawl_delay")
        if wanted is not None:
            self.floors[site] = max(self.floors.get(site, 0.0), min(wanted, self.longest_crawl_delay))
            self.floors.move_to_end(site)
            if len(self.floors) > SITES_KEPT:
                self.floors.popitem(last=False)
        base = self.rules.base_ms / 1000
        seconds = max(base, delay, self.floors.get(site, 0.0))
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(site)
        if slot is None and seconds == base:
            return seconds  # Scrapy makes it with DOWNLOAD_DELAY
        _, slot = downloader._get_slot(request)  # the public way, DOWNLOAD_SLOTS, is fixed at start
        if slot.delay != seconds:
            slot.delay = seconds
            slot.jitter = 0.0 if seconds > base else downloader._jitter  # Scrapy's would halve it now and then
        return seconds
