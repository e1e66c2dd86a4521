"""What is read out of the bytes and times of one exchange."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import resource
from typing import TYPE_CHECKING

from scrapy.http import Headers
from scrapy.utils.httpobj import urlparse_cached

from citekeep.http_message import Head, body_of, parse_head
from citekeep.items import Exchange
from downloadhandlers.wire import Wire

if TYPE_CHECKING:
    from scrapy import Request

OPEN_FILES = 65_536  # wanted soft limit
OFF_LOOP_BYTES = 2**20  # larger bodies are digested in a thread


def host_asked(url: str) -> str:
    """Return the host of a URL as Twisted's endpoint asks for it."""
    from scrapy import Request  # noqa: PLC0415 - only for its cached parser

    return (urlparse_cached(Request(url, meta={"verbatim_url": True})).hostname or "").lower()


def raise_open_files() -> None:
    """Raise the soft limit of open files: a link crawl holds hundreds of hosts, an ordinary desktop allows 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def ready(wire: Wire, request: Request) -> bool:
    """Return whether DNS, connect and TLS are behind us."""
    if wire.protocol is None:
        return False
    return wire.first_byte is not None or urlparse_cached(request).scheme != "https" or wire.handshake_done


def abort(wire: Wire) -> None:
    """End a connection at once, whatever is under way."""
    if wire.protocol is not None and wire.protocol.transport is not None:
        wire.protocol.transport.abortConnection()


def phase(wire: Wire, exchange: Exchange, head: Head | None) -> str:
    """Return the phase that a failed exchange had reached (items.Exchange.error_phase)."""
    if wire.protocol is None:
        outcome = exchange.error
        return "dns" if outcome in {"nxdomain", "no_address", "dns_failed"} else "connect"
    if exchange.url.startswith("https:") and not wire.handshake_done:
        return "tls"
    return "headers" if head is None or wire.over_limit == "headers" else "body"


async def read(exchange: Exchange, wire: Wire) -> Head | None:
    """Fill in status, headers and digests from the bytes that came; return the head, if it came whole."""
    head = parse_head(exchange.response_bytes) if exchange.response_bytes else None
    if head is None or wire.over_limit == "headers":
        return None
    exchange.status, exchange.headers, exchange.head_length = head.status, head.headers, head.length
    if len(exchange.response_bytes) > OFF_LOOP_BYTES:
        await asyncio.to_thread(digest, exchange, head)
    else:
        digest(exchange, head)
    return head


def digest(exchange: Exchange, head: Head) -> None:
    """Fill in the sums and the length of a body without its chunk framing."""
    body = body_of(exchange.response_bytes, head)
    if body or exchange.method != "HEAD":
        exchange.body_sha256 = hashlib.sha256(body).hexdigest()
        exchange.body_sha1 = base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode("ascii")
        exchange.body_length = len(body)


def headers(head: Head) -> Headers:
    """Return a head's fields as Scrapy's, each with all its values in order."""
    headers = Headers()
    for name, value in head.headers:
        headers.appendlist(name.encode("latin-1"), value.encode("latin-1"))
    return headers


def ms(seconds: float) -> int:
    """Return whole milliseconds, never below zero."""
    return max(0, round(seconds * 1000))
