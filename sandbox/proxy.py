"""A CONNECT proxy that lets nothing out: it ends TLS itself for the hosts it stands in for, and refuses all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.certificates import Certificates
from sandbox.http import Handler, Request, Response, plain
from sandbox.server import Log, Reader, Server, Writer, converse, read_request, send

CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """For clients that cannot be pointed elsewhere but honour HTTPS_PROXY and a CA bundle.

    handlers: who answers for which host. shut: whether a host accepts no connection now.
    refused: every target that was asked for and not connected, in order.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        certificates: Certificates,
        log: Log,
        *,
        shut: Callable[[], bool] = lambda: False,
    ) -> None:
        self.handlers = dict(handlers)
        self.shut = shut
        self.certificates = certificates
        self.log = log
        self.refused: list[str] = []
        self.port = 0
        self._server = Server()

    async def start(self) -> int:
        """Listen and return the port."""
        self.port = await self._server.listen(self._talk)
        return self.port

    async def close(self) -> None:
        """Stop listening and drop what is open."""
        await self._server.close()

    async def _talk(self, reader: Reader, writer: Writer) -> None:
        request = await read_request(reader, "http")
        if request is None:
            return
        host, handler = self._standing_in(request)
        if handler is None:
            self.refused.append(request.target)
            await send(reader, writer, request, _refusal(request))
        elif self.shut():
            await send(reader, writer, request, plain("Connection refused\n", status=502))
        elif request.method == "CONNECT":
            writer.write(CONNECTED)
            await writer.drain()
            await writer.start_tls(self.certificates.context(host))
            await converse(reader, writer, handler, scheme="https", log=self.log)
        else:
            self.log.note(request)
            await send(reader, writer, request, await handler(request))

    def _standing_in(self, request: Request) -> tuple[str, Handler | None]:
        """Return the target's host and who answers for it: https by CONNECT, http by an absolute URL."""
        if request.method == "CONNECT":
            host, _, port = request.target.rpartition(":")
            wanted = port == "443"
        else:
            host = request.parts.hostname or ""
            wanted = request.target.startswith("http://")
        return host.lower(), self.handlers.get(host.lower()) if wanted else None


def _refusal(request: Request) -> Response:
    return plain(f"The sandbox lets nothing out: {request.target}\n", status=502)
