"""Redirects, each with its exchange: nothing of the way to a page is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest

from citekeep.exceptions import WithheldHopError
from citekeep.url_parts import split
from citekeep.urls import is_http, request_form, site_of, withheld

if TYPE_CHECKING:
    from scrapy.http import Response

REDIRECT_STATUS = {301, 302, 303, 307, 308}
BESIDE = {"probe", "requisite"}
"""Purposes of what is asked beside a page: where it leads is for the same."""
PER_EXCHANGE = ("exchange", "download_latency", "redirect_urls", "redirect_reasons", "depth")
"""Meta of one exchange: copied along with a redirected request it would be stale there."""


class RecordHopsMiddleware(RedirectMiddleware):
    """Follows 3xx as Scrapy does, within one check; a name and password in a Location are not sent.

    Every exchange is appended, in order, to the list ``request.meta["exchanges"]`` that all hops share. A redirected
    request keeps its cookie jar and its lease, goes out as written, and waits its turn at the site it leads to. Where
    there is no way on, the last response is returned with a flag: ``too_many_redirects`` or ``bad_redirect``. A URL that
    looks secret or would act is not asked by way of a redirect either: WithheldHopError.
    """

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Return the request of the next hop, or the response that ends the way."""
        note_exchange(request)
        try:
            onward = super().process_response(request, response)
        except (IgnoreRequest, ValueError) as error:
            # ValueError: urljoin and Request refuse a Location that is no URL.
            response.flags.append("too_many_redirects" if isinstance(error, IgnoreRequest) else "bad_redirect")
            return response
        if not isinstance(onward, Request):
            if response.status in REDIRECT_STATUS and response.headers.get("Location") is not None:
                response.flags.append("bad_redirect")
            return response
        if not is_http(onward.url):
            response.flags.append("bad_redirect")
            return response
        return self._next_hop(onward, request)

    def handle_referer(self, request: Request, response: Response) -> None:
        """Send no Referer: no browser names the redirecting page in it, and where a link was cited is nobody's affair."""
        request.headers.pop("Referer", None)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Keep the exchange of a request that failed."""
        note_exchange(request)

    def _next_hop(self, onward: Request, request: Request) -> Request:
        meta: dict[str, Any] = {key: value for key, value in onward.meta.items() if key not in PER_EXCHANGE}
        url, verbatim = request_form(onward.url)
        user = split(url).user
        if user is not None:
            url = url.replace(f"//{user}@", "//", 1)
        reason = withheld(url)
        if reason is not None:
            raise WithheldHopError(f"{request.url[:200]} leads to a URL that is not asked unasked.", reason)
        meta |= {
            "purpose": request.meta["purpose"] if request.meta.get("purpose") in BESIDE else "hop",
            "hop": request.meta.get("hop", 0) + 1,
            "download_slot": site_of(url),
            "verbatim_url": verbatim,
        }
        return Request(
            url,
            method=onward.method,
            headers=onward.headers,
            callback=request.callback,
            errback=request.errback,
            meta=meta,
            dont_filter=True,
            priority=onward.priority,
        )


def note_exchange(request: Request) -> None:
    """Append the exchange of a request to its check's list, once."""
    exchange, exchanges = request.meta.get("exchange"), request.meta.get("exchanges")
    if exchange is not None and exchanges is not None and not any(known is exchange for known in exchanges):
        exchanges.append(exchange)
