"""Scrapy's HTTP/1.1 handler plus what really happened: every exchange, good or failed, becomes an items.Exchange."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.exceptions import DownloadCancelledError
from scrapy.utils._download_handlers import make_response, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future

from citekeep import clock
from citekeep.exceptions import AddressRefusedError, LeaseLostError, SpecialUseNameError
from citekeep.http_message import Head, body_of
from citekeep.items import Exchange
from citekeep.signals import exchange_finished
from downloadhandlers import exchanges
from downloadhandlers.certificates import NotingContextFactory, tls_facts
from downloadhandlers.errors import name_of
from downloadhandlers.wire import ObservedFactory, ObservedPool, Wire

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

IDLE_SECONDS = 5  # an idle connection costs an open file; Twisted's 240 s keep one for each host of four minutes
DNS_ERRORS = {  # by the outcome that the resolver keeps
    "nxdomain": "nxdomain",
    "no_address": "no_address",
    "dns_failed": "dns_failed",
    "timeout": "timeout",
    "asking": "timeout",
    "local": "local",
}
WARC_TRUNCATED = {
    "too_large": "length",
    "timeout": "time",
    "cut_off": "disconnect",
    "reset": "disconnect",
    "closed": "disconnect",
    "other": "unspecified",
}


class ObservingAgent(_ScrapyAgent):
    """Scrapy's agent for one request, over a pool that notes what passes."""

    def __init__(self, *, wire: Wire, connect_timeout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wire = wire
        self.connect_timeout = connect_timeout

    def _get_agent(self, request: Request, timeout: float) -> Any:
        agent = super()._get_agent(request, min(timeout, self.connect_timeout))
        agent._pool = ObservedPool(agent._pool, self.wire)  # type: ignore[assignment]
        return agent


class ObservingDownloadHandler(HTTP11DownloadHandler):
    """Puts the Exchange into ``request.meta["exchange"]`` and sends ``exchange_finished`` before anybody sees a result.

    What came of a response whose body stalled, was cut or grew too large is returned as a response with the flag of
    that name, so that nothing that was seen is lost. Everything else that fails raises, with the Exchange in the
    request's meta. Raises AddressRefusedError or SpecialUseNameError where the resolver let no address through, and
    LeaseLostError, with no exchange, where the site's lease ran out before the request was sent.
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
        exchanges.raise_open_files()

    async def download_request(self, request: Request) -> Response:
        """Return the response, whole or as far as it came."""
        lease = request.meta.get("lease")
        if lease is not None and lease.expired():
            raise LeaseLostError(f"The lease of {request.meta.get('download_slot')} ran out before {request.url}.")
        request.meta.pop("exchange", None)
        started_at = clock.now()
        maxsize = request.meta.get("download_maxsize", self._default_maxsize)
        wire = Wire(head_limit=self._head_limit, body_limit=maxsize)
        timed_out: list[str] = []
        response, error = await self._download(request, wire, timed_out)
        wire.detach()
        exchange = self._exchange(request, wire, started_at)
        head = await exchanges.read(exchange, wire)
        self._name_error(exchange, wire, response, error, timed_out, head)
        self._connection_facts(exchange, wire)
        request.meta["exchange"] = exchange
        self._crawler.signals.send_catch_log(exchange_finished, exchange=exchange, request=request)
        return self._outcome(request, exchange, head, response, error)

    async def _download(
        self, request: Request, wire: Wire, timed_out: list[str]
    ) -> tuple[Response | None, BaseException | None]:
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
        task = asyncio.ensure_future(self._ask(agent, request))
        total = float(request.meta.get("download_timeout") or self._timeout)
        try:
            await asyncio.wait({task}, timeout=min(self._connect_timeout, total))
            if not task.done() and not exchanges.ready(wire, request):
                timed_out.append("connect")
                task.cancel()
            elif not task.done():
                await asyncio.wait({task}, timeout=max(0.0, wire.begun + total - time.monotonic()))
            if not task.done() and not timed_out:
                timed_out.append("exchange")
                exchanges.abort(wire)
                task.cancel()
            return await task, None
        except asyncio.CancelledError as error:
            if not timed_out:
                task.cancel()
                raise
            return None, error
        except Exception as error:  # noqa: BLE001 - every failure becomes a row, unknown ones with their class
            return None, error

    async def _ask(self, agent: ObservingAgent, request: Request) -> Response:
        with wrap_twisted_exceptions():
            response: Response = await maybe_deferred_to_future(agent.download_request(request))
            return response

    # --- what is noted ---

    def _exchange(self, request: Request, wire: Wire, started_at: str) -> Exchange:
        return Exchange(
            url=request.url,
            method=request.method,
            purpose=request.meta.get("purpose", "page"),
            hop=request.meta.get("hop", 0),
            started_at=started_at,
            request_bytes=b"".join(wire.sent),
            response_bytes=b"".join(wire.received),
            via_proxy=bool(request.meta.get("proxy")),
            total_ms=exchanges.ms(time.monotonic() - wire.begun),
        )

    def _name_error(
        self,
        exchange: Exchange,
        wire: Wire,
        response: Response | None,
        error: BaseException | None,
        timed_out: list[str],
        head: Head | None,
    ) -> None:
        if error is None and response is not None:
            if "dataloss" in response.flags:
                exchange.error = "reset" if wire.was_reset else "cut_off"
                exchange.error_text = "The body ended before its announced end."
        elif wire.over_limit is not None:
            exchange.error, exchange.error_text = "too_large", f"The {wire.over_limit} passed the size limit."
        elif timed_out:
            exchange.error, exchange.error_text = "timeout", "The time limit ran out."
        elif isinstance(error, DownloadCancelledError):
            exchange.error, exchange.error_text = "too_large", "The body passed the size limit."
        elif error is not None:
            exchange.error, exchange.error_text = name_of(error)
        if exchange.error is None:
            return
        exchange.error_phase = exchanges.phase(wire, exchange, head)
        if exchange.response_bytes:
            exchange.truncated = WARC_TRUNCATED.get(exchange.error)

    def _connection_facts(self, exchange: Exchange, wire: Wire) -> None:
        self._dns_facts(exchange, wire)
        protocol = wire.protocol
        transport: Any = protocol.transport if protocol is not None else None
        if protocol is None or transport is None:
            return
        if not exchange.via_proxy:
            peer = transport.getPeer()
            exchange.ip, exchange.port = peer.host, peer.port
        if protocol.handshake_at is not None:
            if protocol.tls_facts is None:
                protocol.tls_facts = tls_facts(transport)
            exchange.tls = protocol.tls_facts
        if protocol.connected_at is not None and protocol.connected_at >= wire.begun:  # not an idle one
            exchange.connect_ms = exchanges.ms(protocol.connected_at - wire.begun) - (exchange.dns_ms or 0)
            if protocol.handshake_at is not None:
                exchange.tls_ms = exchanges.ms(protocol.handshake_at - protocol.connected_at)
        if wire.first_byte is not None:
            exchange.first_byte_ms = exchanges.ms(wire.first_byte - wire.begun)

    def _dns_facts(self, exchange: Exchange, wire: Wire) -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - installed by now

        outcomes = getattr(getattr(reactor, "nameResolver", None), "outcomes", None)
        host = exchanges.host_asked(exchange.url)
        outcome = outcomes.get(host) if outcomes is not None else None
        if outcome is None or outcome.finished < wire.begun:
            return  # an idle connection served: nobody was asked
        exchange.dns, exchange.dns_ms = outcome.facts(), outcome.ms
        if exchange.error in {"dns_failed", "other"} and wire.protocol is None:
            exchange.error = DNS_ERRORS.get(outcome.outcome, "dns_failed")
            exchange.error_phase = "dns"

    # --- what the spider gets ---

    def _outcome(
        self,
        request: Request,
        exchange: Exchange,
        head: Head | None,
        response: Response | None,
        error: BaseException | None,
    ) -> Response:
        if response is not None and error is None:
            return response
        asked = (exchange.dns or {}).get("outcome")
        if asked in {"refused", "special_use_name"}:
            exchange.error = exchange.error_phase = None
            if asked == "refused":
                refused = (exchange.dns or {}).get("refused")
                raise AddressRefusedError(f"{request.url}: no address of its host may be asked ({refused}).")
            raise SpecialUseNameError(f"{request.url}: a name of its kind is on no public network.")
        if head is not None and exchange.error_phase == "body":
            return make_response(
                url=request.url,
                status=head.status,
                headers=exchanges.headers(head),
                body=body_of(exchange.response_bytes, head),
                flags=[exchange.error or "other"],
            )
        assert error is not None
        raise error if isinstance(error, Exception) else TimeoutError(exchange.error_text)
