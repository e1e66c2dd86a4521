"""From what passed over the wire to items.Exchange: bytes, head, digests, error with its phase, DNS, peer, TLS, times."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DownloadCancelledError
from scrapy.utils.httpobj import urlparse_cached

from citekeep.exchanges import Part, read_response
from citekeep.http_message import Head
from citekeep.items import Exchange
from citekeep.unchanged import is_believed
from downloadhandlers.certificates import tls_facts
from downloadhandlers.errors import name_of, tunnel_failed

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

    from downloadhandlers.wire import Wire

NOT_MODIFIED = 304
OFF_LOOP_BYTES = 256 * 2**10  # larger bodies are digested in a thread
DNS_ERRORS = {  # by the outcome that the resolver keeps
    "nxdomain": "nxdomain",
    "no_address": "no_address",
    "dns_failed": "dns_failed",
    "timeout": "timeout",
    "asking": "timeout",
    "local": "local",
}
NOT_ASKED = {"refused", "special_use_name"}
"""Outcomes of the resolver that are our own rules: no failure of the host."""

WARC_TRUNCATED = {  # reasons of WARC-Truncated, by error; none where what came is no part of a response
    "too_large": "length",
    "timeout": "time",
    "cut_off": "disconnect",
    "reset": "disconnect",
    "closed": "disconnect",
    "other": "unspecified",
}


@dataclass
class Ended:
    """How a download ended: with a response, or an exception, or because time ran out (and one of these after that)."""

    response: Response | None = None
    error: Exception | None = None
    timed_out: bool = False


async def describe(request: Request, wire: Wire, ended: Ended, started_at: str) -> tuple[Exchange, Part]:
    """Return the exchange, complete, and the parts of its response. ``wire`` gives up its bytes."""
    exchange = Exchange(
        url=request.url,
        method=request.method,
        purpose=request.meta.get("purpose", "page"),
        hop=request.meta.get("hop", 0),
        started_at=started_at,
        request_bytes=b"" if _without_session(request.url, wire) else b"".join(wire.sent),
        response_bytes=wire.give_up_bytes(),
        via_proxy=bool(request.meta.get("proxy")),
        total_ms=_ms(time.monotonic() - wire.begun),
    )
    _note_dns(exchange, request, wire)
    _note_connection(exchange, wire)
    if len(exchange.response_bytes) > OFF_LOOP_BYTES:
        part = await asyncio.to_thread(read_response, exchange)
    else:
        part = read_response(exchange)
    _name_error(exchange, wire, ended, part.head)
    if exchange.status == NOT_MODIFIED and exchange.error is None:
        _note_unchanged(exchange, request.meta.get("asked_about"))
    return exchange, part


def _note_unchanged(exchange: Exchange, asked: dict[str, Any] | None) -> None:
    """Note of which answer a 304 speaks; one that answers no question of ours shows nothing of the page."""
    if asked and is_believed(asked, exchange.headers):
        exchange.unchanged = asked
    else:
        exchange.error, exchange.error_phase = "bad_response", "headers"
        exchange.error_text = "Not modified (304), though it was not asked whether it is what we have."


# --- what went wrong, and where ---


def _name_error(exchange: Exchange, wire: Wire, ended: Ended, head: Head | None) -> None:
    asked = (exchange.dns or {}).get("outcome")
    if wire.protocol is None and asked in NOT_ASKED:
        return
    exchange.error, exchange.error_text = _error(wire, ended, asked)
    if exchange.via_proxy and exchange.error is not None and wire.protocol is None and not tunnel_failed(ended.error):
        exchange.error, exchange.error_text = "local", f"The proxy was not reached: {exchange.error_text}"
    if exchange.error is None and head is None:
        exchange.error, exchange.error_text = "bad_response", "What came has no status line of HTTP."
    if exchange.error is None:
        return
    exchange.error_phase = _phase(exchange, wire, head)
    if exchange.response_bytes:
        exchange.truncated = WARC_TRUNCATED.get(exchange.error)


def _error(wire: Wire, ended: Ended, asked: str | None) -> tuple[str | None, str]:
    """Return (name of the error or None, a sentence for a person)."""
    if wire.over_limit is not None:
        return "too_large", f"The {wire.over_limit} passed the size limit."
    if wire.protocol is None and asked in DNS_ERRORS:
        return DNS_ERRORS[asked], f"DNS: {asked}."
    if ended.timed_out:
        return "timeout", "The time limit ran out."
    if isinstance(ended.error, DownloadCancelledError):
        return "too_large", "The body passed the size limit."
    if ended.error is not None:
        name, text = name_of(ended.error)
        return (wire.ended if wire.ended and name in {"reset", "closed"} else name), text
    flags = ended.response.flags if ended.response is not None else []
    if wire.ended == "reset" and {"dataloss", "partial"} & set(flags):
        return "reset", "The connection was reset within the body."
    if "dataloss" in flags:
        return "cut_off", "The body ended before its announced end."
    return None, ""


def _phase(exchange: Exchange, wire: Wire, head: Head | None) -> str:
    if wire.protocol is None:
        return "dns" if (exchange.dns or {}).get("outcome") in DNS_ERRORS else "connect"
    if _without_session(exchange.url, wire):
        return "tls"
    return "headers" if head is None else "body"


# --- the connection ---


def _without_session(url: str, wire: Wire) -> bool:
    """Return whether there was to be TLS, and is not: what was written waits for a session and never left."""
    return url.lower().startswith("https:") and not wire.handshake_done


def _note_dns(exchange: Exchange, request: Request, wire: Wire) -> None:
    from twisted.internet import reactor  # noqa: PLC0415 - installed by now

    outcomes = getattr(getattr(reactor, "nameResolver", None), "outcomes", None)
    host = (urlparse_cached(request).hostname or "").lower()
    outcome = outcomes.get(host) if outcomes is not None and not exchange.via_proxy else None
    if outcome is None or outcome.finished < wire.begun:
        return  # an idle connection served: nobody was asked
    exchange.dns = outcome.facts()
    exchange.dns_ms = outcome.ms if outcome.outcome != "asking" else exchange.total_ms


def _note_connection(exchange: Exchange, wire: Wire) -> None:
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
        exchange.connect_ms = max(0, _ms(protocol.connected_at - wire.begun) - (exchange.dns_ms or 0))
        if protocol.handshake_at is not None:
            exchange.tls_ms = _ms(protocol.handshake_at - protocol.connected_at)
    if wire.first_byte is not None:
        exchange.first_byte_ms = _ms(wire.first_byte - wire.begun)


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
