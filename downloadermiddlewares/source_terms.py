"""How a source wants its pages asked: with its User-Agent and contact, through its proxy, of a feed only if it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class SourceTermsMiddleware:
    """Applies ``request.meta["terms"]`` (items.DueLink) to a request, its robots.txt, hops and probes alike.

    ``request.meta["validators"]``: "etag" and "last_modified" of the last answer, which hops send along as Scrapy copies them.
    """

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware, which reads USER_AGENT."""
        return cls(crawler.settings["USER_AGENT"])

    def process_request(self, request: Request) -> None:
        """Set the header fields and the proxy."""
        terms: dict[str, Any] = request.meta.get("terms") or {}
        agent, contact = terms.get("user_agent"), terms.get("contact")
        if agent or contact:
            request.headers["User-Agent"] = f"{agent or self.user_agent}{f' ({contact})' if contact else ''}"
        if terms.get("proxy"):
            request.meta["proxy"] = terms["proxy"]
        known = request.meta.get("validators") or {}
        if known and not request.meta.get("hop") and "purpose" not in request.meta:
            for name, field in (("etag", "If-None-Match"), ("last_modified", "If-Modified-Since")):
                if known.get(name):
                    request.headers[field] = known[name]
