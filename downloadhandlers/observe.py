"""Scrapy's HTTP/1.1 handler plus what really happened: every exchange, good or failed, becomes an items.Exchange."""

from __future__ import annotations

import asyncio
import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Headers
from scrapy.utils._download_handlers import make_response, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached

from citekeep import clock
from citekeep.addresses import Guard, is_special_use, parse_address
from citekeep.exceptions import AddressRefusedError, LeaseLostError, SpecialUseNameError
from citekeep.open_files import raise_limit
from citekeep.signals import exchange_finished
from downloadhandlers.certificates import NotingContextFactory
from downloadhandlers.exchange import Ended, Part, describe
from downloadhandlers.turns import Turns
from downloadhandlers.wire import ObservedFactory, ObservedPool, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from citekeep.http_message import Head
    from citekeep.items import Exchange

IDLE_SECONDS = 5  # an idle connection costs an open file; Twisted's 240 s keep one for each host of four minutes


class ObservingAgent(_ScrapyAgent):
    """Scrapy's agent for one request, over a pool that notes what passes."""

    def __init__(self, *, wire: Wire, connect_timeout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wire = wire
        self.connect_timeout = connect_timeout

    def _get_agent(self, request: Request, timeout: float) -> Any:
        agent = super()._get_agent(request, min(timeout, self.connect_timeout))
        agent._pool = ObservedPool(agent._pool, self.wire)  # type: ignore[assignment]
        if not request.meta.get("proxy"):
            agent._getEndpoint = partial(LateEndpoint, agent._getEndpoint)  # type: ignore[method-assign]
        return agent


class LateEndpoint:
    """An endpoint that is made where it is connected to: most requests of a site go over a connection that is there."""

    def __init__(self, make: Callable[[Any], Any], uri: Any) -> None:
        self.make, self.uri = make, uri

    def connect(self, factory: Any) -> Any:
        """Return a Deferred of the connected protocol."""
        return self.make(self.uri).connect(factory)


class ObservingDownloadHandler(HTTP11DownloadHandler):
    """Puts the Exchange into ``request.meta["exchange"]`` and sends ``exchange_finished`` before anybody sees a result.

    What came of a response whose body stalled, was cut or grew too large is returned as a response with the flag of
    that name ("dataloss" where it was cut), so that nothing that was seen is lost. Everything else that fails raises,
    with the Exchange in the request's meta. Raises AddressRefusedError or SpecialUseNameError where the resolver let no
    address through, and LeaseLostError, with no exchange, where ``request.meta["lease"].expired()`` before the request
    was sent, or where another run holds the site that a redirect leads to.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._pool._factory = ObservedFactory
        self._pool.cachedConnectionTimeout = IDLE_SECONDS
        self._contextFactory = NotingContextFactory.from_crawler(crawler)  # type: ignore[assignment]
        self._head_limit = settings.getint("HEADERS_MAXSIZE", 256 * 2**10)
        self._connect_timeout = settings.getfloat("CONNECT_TIMEOUT", 15)
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._turns = Turns(crawler, self._timeout + self._connect_timeout)
        self._guard = Guard.parse(settings.getlist("ADDRESS_GUARD_ALLOW"))
        raise_limit()

    async def download_request(self, request: Request) -> Response:
        """Return the response, whole or as far as it came."""
        lease = request.meta.get("lease")
        if lease is not None and lease.expired():
            raise LeaseLostError(f"The lease of {request.meta.get('download_slot')} ran out before {request.url}.")
        async with self._turns.of(request) as leases:
            request.meta.pop("exchange", None)
            if request.meta.get("proxy"):
                self._judge_unresolved(request)
            started_at = clock.now()
            limit = request.meta.get("download_maxsize", self._default_maxsize) or math.inf
            sent = partial(self._turns.sent, request)
            wire = Wire(head_limit=self._head_limit, body_limit=limit, may_send=partial(_all_hold, leases), sent=sent)
            ended = await self._download(request, wire)
        wire.detach()
        if isinstance(ended.error, LeaseLostError):
            raise ended.error
        exchange, part = await describe(request, wire, ended, started_at)
        request.meta["exchange"] = exchange
        self._crawler.signals.send_catch_log(exchange_finished, exchange=exchange, request=request)
        return _outcome(request, exchange, part, ended)

    def _judge_unresolved(self, request: Request) -> None:
        """Refuse what can be judged without DNS: behind a proxy, the resolver is asked about the proxy alone."""
        parts = urlparse_cached(request)
        host = (parts.hostname or "").lower()
        if is_special_use(host) and not self._guard.names(host):
            raise SpecialUseNameError(f"{request.url}: a name of its kind is on no public network.")
        address = parse_address(host)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        reason = self._guard.refusal(host, address, port) if address is not None else None
        if reason is not None:
            raise AddressRefusedError(f"{request.url}: its address may not be asked ({reason}).")

    async def _download(self, request: Request, wire: Wire) -> Ended:
        """Return how the download ended; only its own cancellation is raised."""
        agent = ObservingAgent(
            wire=wire,
            connect_timeout=self._connect_timeout,
            contextFactory=self._contextFactory,
            connectTimeout=self._timeout,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=0,
            fail_on_dataloss=False,
            crawler=self._crawler,
        )
        task = asyncio.ensure_future(_ask(agent, request))
        total = float(request.meta.get("download_timeout") or self._timeout)
        try:
            in_time = await self._wait(task, request, wire, total)
            if not in_time:
                wire.abort()
                task.cancel()
                await asyncio.wait({task})
        except asyncio.CancelledError:
            wire.abort()
            task.cancel()
            raise
        if task.cancelled():
            return Ended(timed_out=True)
        error = task.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        return Ended(task.result() if error is None else None, error, timed_out=not in_time)

    async def _wait(self, task: asyncio.Future[Response], request: Request, wire: Wire, total: float) -> bool:
        """Return whether the task ended within CONNECT_TIMEOUT (for DNS, connect, TLS) and ``total`` seconds."""
        await asyncio.wait({task}, timeout=min(self._connect_timeout, total))
        if not task.done() and _connected(wire, request):
            await asyncio.wait({task}, timeout=max(0.0, wire.begun + total - time.monotonic()))
        return task.done()


def _all_hold(leases: Sequence[Any]) -> bool:
    return not any(lease.expired() for lease in leases)


async def _ask(agent: ObservingAgent, request: Request) -> Response:
    with wrap_twisted_exceptions():
        response: Response = await maybe_deferred_to_future(agent.download_request(request))
        return response


def _connected(wire: Wire, request: Request) -> bool:
    """Return whether DNS, connect and TLS are behind us."""
    if wire.protocol is None:
        return False
    return wire.first_byte is not None or urlparse_cached(request).scheme != "https" or wire.handshake_done


def _outcome(request: Request, exchange: Exchange, part: Part, ended: Ended) -> Response:
    """Return what the spider gets, or raise it."""
    if ended.response is not None and part.head is not None and not ended.timed_out:
        return ended.response
    asked = (exchange.dns or {}).get("outcome")
    if exchange.error is None and asked == "refused":
        refused = (exchange.dns or {}).get("refused")
        raise AddressRefusedError(f"{request.url}: no address of its host may be asked ({refused}).")
    if exchange.error is None and asked == "special_use_name":
        raise SpecialUseNameError(f"{request.url}: a name of its kind is on no public network.")
    if part.head is not None and exchange.error_phase == "body":
        return make_response(
            url=request.url,
            status=part.head.status,
            headers=_headers(part.head),
            body=part.body,
            flags=[exchange.error or "other"],
        )
    raise ended.error or DownloadFailedError(exchange.error_text)


def _headers(head: Head) -> Headers:
    headers = Headers()
    for name, value in head.headers:
        headers.appendlist(name.encode("latin-1"), value.encode("latin-1"))
    return headers
