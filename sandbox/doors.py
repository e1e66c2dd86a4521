"""Ports that fail before any HTTP: what a connection meets at each of them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

from sandbox.server import HOST, Reader, Server, Talk, Writer, reset, until_gone

TLS_HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"  # alert, TLS 1.2, 2 bytes: fatal, handshake_failure (RFC 8446)


async def reset_on_bytes(reader: Reader, writer: Writer) -> None:
    """Wait for the first bytes, of a request or a ClientHello, then RST: one at once may be met in connecting still."""
    await reader.read(4096)
    await reset(writer)


async def stall(reader: Reader, writer: Writer) -> None:
    """Accept, and never say a byte: whoever wants TLS waits for a ServerHello."""
    await until_gone(reader)


async def no_tls(reader: Reader, writer: Writer) -> None:
    """Answer a ClientHello in plain HTTP, as a server does that has TLS switched off."""
    await reader.read(4096)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def tls_alert(reader: Reader, writer: Writer) -> None:
    """Refuse the handshake with an alert, as a server does that has nothing in common with us."""
    await reader.read(4096)
    writer.write(TLS_HANDSHAKE_FAILURE)
    await writer.drain()


TALKS: dict[str, Talk] = {
    "reset": reset_on_bytes,
    "tls_reset": reset_on_bytes,
    "tls_stall": stall,
    "no_tls": no_tls,
    "tls_alert": tls_alert,
}
"""Doors that accept a connection, by name."""


def refusing() -> list[socket.socket]:
    """Return a socket that holds a port on which nobody listens: connections to it are refused."""
    held = socket.socket()
    held.bind((HOST, 0))
    return [held]


def full() -> list[socket.socket]:
    """Return a listener whose queue is full, and what fills it: the SYNs of all others are dropped.

    That is Linux (tcp(7): with tcp_abort_on_overflow off, the default); elsewhere such a SYN may be refused.
    """
    listener = socket.socket()
    listener.bind((HOST, 0))
    listener.listen(0)
    sockets = [listener]
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(listener.getsockname())
        sockets.append(filler)
    return sockets


SOCKETS: dict[str, Callable[[], list[socket.socket]]] = {"refused": refusing, "full": full}
"""Doors that accept nothing, by name; the first socket has the port."""


class Doors:
    """All the doors, open."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self._server = Server()
        self._sockets: list[socket.socket] = []

    async def open(self) -> None:
        """Open each door on a port of its own; ``ports`` names them then."""
        for name, talk in TALKS.items():
            self.ports[name] = await self._server.listen(talk)
        for name, make in SOCKETS.items():
            sockets = make()
            self._sockets += sockets
            self.ports[name] = sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Close them."""
        for held in self._sockets:
            held.close()
        await self._server.close()
