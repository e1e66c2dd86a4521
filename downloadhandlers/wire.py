"""What passes over one connection for one request: bytes, times, and which protocol served.

Private names of Scrapy and Twisted are used in this folder: ``_LenientHTTP11ClientProtocol``, the pool's factory,
``_RetryingHTTP11ClientProtocol._newConnection``, ``_ScrapyAgent``, ``ExecutionEngine._slot``.
tests/downloadhandlers/test_private_names.py says so if they move.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.internet.defer import fail
from twisted.internet.error import ConnectionAborted, ConnectionLost
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from citekeep.exceptions import LeaseLostError
from citekeep.http_message import end_of_head, is_interim, status_at


class Wire:
    """Filled while a request is under way. Times are time.monotonic(); limits are bytes.

    may_send: asked once more when the connection is there, right before anything is sent. sent: called once it was.
    """

    def __init__(
        self,
        *,
        head_limit: int,
        body_limit: float,
        may_send: Callable[[], bool],
        sent: Callable[[], None] = lambda: None,
    ) -> None:
        self.may_send = may_send
        self.was_sent = sent
        self.head_limit = head_limit
        self.body_limit = body_limit
        self.begun = time.monotonic()
        self.protocol: ObservedProtocol | None = None
        self.sent: list[bytes] = []
        self.received = bytearray()
        self.head_size: int | None = None  # bytes up to the end of the last head, interim ones (1xx) included
        self.head_begins = 0
        self.first_byte: float | None = None
        self.over_limit: str | None = None  # "headers" or "body", once a limit was passed
        self.ended: str | None = None  # "reset" or "closed": how the other side ended the connection

    def attach(self, protocol: ObservedProtocol) -> None:
        """Let a connection serve this request; after a retry on a fresh one, what the stale one said is forgotten."""
        self.protocol = protocol
        self.sent, self.received = [], bytearray()
        self.head_size, self.head_begins, self.first_byte = None, 0, None
        protocol.wire = self

    def detach(self) -> None:
        """Note nothing any more: the connection may serve other requests."""
        if self.protocol is not None and self.protocol.wire is self:
            self.protocol.wire = None

    def take(self, data: bytes) -> None:
        """Keep bytes that came; abort the connection where they pass a limit."""
        if self.first_byte is None:
            self.first_byte = time.monotonic()
        before = len(self.received)
        self.received += data
        size = len(self.received)
        if self.head_size is None:
            self.head_size = self._end_of_heads(before - 3)  # an end may lie across two reads
        if self.head_size is None and size > self.head_limit:
            self._stop("headers")
        elif self.head_size is not None and size - self.head_size > self.body_limit + self.head_limit:
            # Chunk framing and what Scrapy's own limit has not seen yet are in these bytes: hence the margin.
            self._stop("body")

    def _end_of_heads(self, searched: int) -> int | None:
        """Return where the head that is not interim ends, or None; up to ``searched`` there is no end."""
        while (end := end_of_head(self.received, max(self.head_begins, searched))) is not None:
            if not is_interim(status_at(self.received, self.head_begins)):
                return end
            self.head_begins = end
        return None

    def _stop(self, where: str) -> None:
        self.over_limit = where
        self.abort()

    def abort(self) -> None:
        """Throw the connection away, if there is one."""
        if self.protocol is not None and self.protocol.transport is not None:
            self.protocol.transport.abortConnection()

    def give_up_bytes(self) -> bytes:
        """Return what came, and keep it no longer: a body is in memory often enough."""
        received, self.received = bytes(self.received), bytearray()
        return received

    @property
    def handshake_done(self) -> bool:
        """Return whether a TLS session came about on this connection."""
        return self.protocol is not None and self.protocol.handshake_at is not None


@implementer(IHandshakeListener)
class ObservedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's HTTP/1.1 protocol, whose bytes are also given to the Wire of the request that it serves."""

    wire: Wire | None = None
    connected_at: float | None = None
    handshake_at: float | None = None
    tls_facts: dict[str, Any] | None = None  # of the connection, made once
    _ended_below: Any = None

    def connectionMade(self) -> None:  # noqa: D102
        self.connected_at = time.monotonic()
        if isinstance(self.transport, TLSMemoryBIOProtocol):
            self._listen_below(self.transport)
        super().connectionMade()

    def _listen_below(self, tls: Any) -> None:
        """Keep how TCP ended: to TLS an end without its farewell, which many servers leave out, is as bad as a reset."""
        lost = tls.connectionLost

        def noted(reason: Any) -> None:
            self._ended_below = reason
            lost(reason)

        tls.connectionLost = noted

    def handshakeCompleted(self) -> None:
        """Note when the TLS session came about: what was written before it leaves now."""
        self.handshake_at = time.monotonic()
        if self.wire is not None and self.wire.sent:
            self.wire.was_sent()

    def dataReceived(self, data: bytes) -> None:  # noqa: D102
        if self.wire is not None:
            self.wire.take(data)
        super().dataReceived(data)

    def connectionLost(self, reason: Any = connectionDone) -> None:  # noqa: D102
        ended = self._ended_below or reason
        if self.wire is not None and not ended.check(ConnectionAborted):
            self.wire.ended = "reset" if ended.check(ConnectionLost) else "closed"
        super().connectionLost(reason)

    def request(self, request: Any) -> Any:
        """Send a request, and keep the bytes that are sent."""
        wire: Wire | None = self.wire
        transport: Any = self.transport
        if wire is None:
            return super().request(request)
        if not wire.may_send():
            transport.abortConnection()
            return fail(LeaseLostError("The lease ran out before the request was sent."))
        write, write_sequence = transport.write, transport.writeSequence

        def tee(data: bytes) -> None:
            wire.sent.append(data)
            write(data)

        def tee_sequence(data: Any) -> None:
            parts = list(data)
            wire.sent.extend(parts)
            write_sequence(parts)

        transport.write, transport.writeSequence = tee, tee_sequence
        try:
            answer = super().request(request)
            # Twisted gives up on a header field of more than 16 KiB; HEADERS_MAXSIZE is the limit here.
            self._parser.MAX_LENGTH = wire.head_limit  # type: ignore[union-attr]
            wire.was_sent()
            return answer
        finally:
            del transport.write
            del transport.writeSequence


class ObservedFactory(_LenientHTTP11ClientFactory):
    """Makes ObservedProtocol for the pool."""

    def buildProtocol(self, addr: Any) -> ObservedProtocol:  # noqa: D102
        return ObservedProtocol(self._quiescentCallback)


class ObservedPool:
    """The agent's pool as one request sees it: the protocol that serves is attached to its Wire."""

    def __init__(self, pool: Any, wire: Wire) -> None:
        self._pool = pool
        self._wire = wire

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def getConnection(self, key: Any, endpoint: Any) -> Any:
        """Return a Deferred of a connection, new or idle."""
        return self._pool.getConnection(key, endpoint).addCallback(self._attach)

    def _attach(self, connection: Any) -> Any:
        if isinstance(connection, ObservedProtocol):
            self._wire.attach(connection)
            return connection
        # An idle connection, with Twisted's one retry on a fresh one if the server has closed it meanwhile.
        self._attach(connection._clientProtocol)
        fresh = connection._newConnection
        connection._newConnection = lambda: fresh().addCallback(self._attach)
        return connection
