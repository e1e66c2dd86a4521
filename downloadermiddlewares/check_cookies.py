"""A cookie jar for each check, thrown away with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.exceptions import NotConfigured

from citekeep.signals import check_finished

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http.cookies import CookieJar


class CheckCookiesMiddleware(CookiesMiddleware):
    """Scrapy's cookies, with one jar per check: no site sees in one check what it was told in another.

    Requests name their jar in ``meta["cookiejar"]``; it is dropped once the check is finished, so that the number
    of jars stays that of the checks in flight.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware; without COOKIES_ENABLED it is NotConfigured."""
        if not crawler.settings.getbool("COOKIES_ENABLED"):
            raise NotConfigured("COOKIES_ENABLED is off.")
        middleware = super().from_crawler(crawler)
        crawler.signals.connect(middleware.drop_jar, signal=check_finished)
        return middleware

    def _process_cookies(self, cookies: Iterable[Any], *, jar: CookieJar, request: Request) -> None:
        # Scrapy asks tldextract here, which fetches the Public Suffix List over the network, in the event loop. A jar
        # that lives for one check needs no such list: nothing set for all of ".com" outlives the page that set it.
        for cookie in cookies:
            jar.set_cookie_if_ok(cookie, request)

    def drop_jar(self, cookiejar: str) -> None:
        """Forget the jar of a finished check."""
        self.jars.pop(cookiejar, None)
