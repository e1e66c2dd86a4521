"""An exchange read from its bytes: status, head and digests, of what came just now or lies in somebody's WARC."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from citekeep.http_message import NO_BODY, Head, body_of, parse_head
from citekeep.items import Exchange


@dataclass
class Part:
    """What came of a response: its head, if that came whole, and the body without chunk framing as far as it came."""

    head: Head | None = None
    body: bytes = b""


def read_response(exchange: Exchange) -> Part:
    """Fill in status, headers and digests of an exchange from the bytes that came; return its parts."""
    head = parse_head(exchange.response_bytes)
    if head is None:
        return Part()
    return note_response(exchange, head, body_of(exchange.response_bytes, head))


def note_response(exchange: Exchange, head: Head, body: bytes) -> Part:
    """Fill in status, headers and digests of an exchange from the parts of its response; return them."""
    exchange.status, exchange.headers, exchange.head_length = head.status, head.headers, head.length
    if exchange.method != "HEAD" and head.status not in NO_BODY:
        exchange.body_sha256 = hashlib.sha256(body).hexdigest()
        exchange.body_sha1 = base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode("ascii")
        exchange.body_length = len(body)
    return Part(head, body)
