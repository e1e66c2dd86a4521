"""A cookie jar for each check, thrown away with it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.exceptions import NotConfigured

from citekeep.exceptions import InputError
from citekeep.signals import check_finished
from citekeep.urls import site_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.http.cookies import CookieJar


# The standard library passes over a response's cookies where one has "Max-Age" without a number, and shows a traceback of
# it on standard error as a warning: any site could fill a terminal with them.
warnings.filterwarnings("ignore", message="http.cookiejar bug!", category=UserWarning)

COOKIES_KEPT = 50
"""Of one check. A browser keeps at least 50 of a domain (RFC 6265 section 6.1); what a server sets, each further request
has to carry."""

COOKIE_SIZE = 4096  # characters of name and value, the same


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

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Set the Cookie header, of what this check was told."""
        if request.cookies or request.headers.get("Cookie") or request.meta.get("cookiejar") in self.jars:
            super().process_request(request)

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Keep what an answer sets."""
        if response.headers.get("Set-Cookie") or response.headers.get("Set-Cookie2"):
            return super().process_response(request, response)
        return response

    def _process_cookies(self, cookies: Iterable[Any], *, jar: CookieJar, request: Request) -> None:
        # Scrapy asks tldextract here, which fetches the Public Suffix List over the network, in the event loop.
        for cookie in cookies:
            small = len(cookie.name) + len(cookie.value or "") <= COOKIE_SIZE
            if small and len(jar) < COOKIES_KEPT and _may_set(cookie, request):
                jar.set_cookie_if_ok(cookie, request)

    def drop_jar(self, cookiejar: str) -> None:
        """Forget the jar of a finished check."""
        self.jars.pop(cookiejar, None)


def _may_set(cookie: Any, request: Request) -> bool:
    """Return whether a cookie stays within the site that set it: none is for all of ".co.uk" (RFC 6265 section 5.3)."""
    if not cookie.domain_specified:
        return True
    try:
        return site_of(f"http://{cookie.domain.removeprefix('.')}/") == site_of(request.url)
    except InputError:
        return False
