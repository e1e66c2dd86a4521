"""How a source wants its pages asked: with its User-Agent and contact, through its proxy, of a feed only if it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from citekeep.unchanged import fields_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class SourceTermsMiddleware:
    """Applies ``request.meta["terms"]`` (items.DueLink) to a request, its robots.txt, hops and probes alike.

    ``request.meta["validators"]``: what is known of the last whole answer (citekeep/unchanged.py); where a server is asked
    by it whether that holds, ``request.meta["asked_about"]`` is the same. Hops carry both along, as Scrapy copies them.
    """

    def __init__(self, user_agent: str, conditional_days: float) -> None:
        self.user_agent = user_agent
        self.conditional_days = conditional_days

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware, which reads USER_AGENT and CONDITIONAL_DAYS."""
        return cls(crawler.settings["USER_AGENT"], crawler.settings.getfloat("CONDITIONAL_DAYS"))

    def process_request(self, request: Request) -> None:
        """Set the header fields and the proxy."""
        terms: dict[str, Any] = request.meta.get("terms") or {}
        agent, contact = terms.get("user_agent"), terms.get("contact")
        if agent or contact:
            request.headers["User-Agent"] = f"{agent or self.user_agent}{f' ({contact})' if contact else ''}"
        if terms.get("proxy"):
            request.meta["proxy"] = terms["proxy"]
        known = request.meta.get("validators") or {}
        if known and not request.meta.get("hop"):
            fields = fields_of(known, self.conditional_days)
            request.headers.update(fields)
            request.meta["asked_about"] = known if fields else None
