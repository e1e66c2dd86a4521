"""An HTTP/1.1 server with control of every byte, on asyncio streams: well-behaved unless it is told otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from sandbox.http import Handler, Headers, Request, Response, plain

HOST = "127.0.0.1"
HEAD_LIMIT = 256 * 2**10  # bytes of a request head
BODY_LIMIT = 16 * 2**20  # bytes of a request body
LOG_LENGTH = 20_000  # requests kept
SECRET_FIELDS = {"authorization", "proxy-authorization", "cookie"}

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Talk = Callable[[Reader, Writer], Awaitable[None]]
"""What one connection does from its first byte on; it need not close, and may fail with any OSError."""


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One request as the log keeps it: the values of SECRET_FIELDS are replaced by "withheld"."""

    method: str
    url: str
    headers: Headers


class Log(deque[Logged]):
    """The last LOG_LENGTH requests, oldest first."""

    def __init__(self) -> None:
        super().__init__(maxlen=LOG_LENGTH)

    def note(self, request: Request) -> None:
        """Keep a request without its secrets."""
        headers = [(k, "withheld" if k.lower() in SECRET_FIELDS else v) for k, v in request.headers]
        self.append(Logged(method=request.method, url=request.url, headers=headers))

    def urls(self) -> list[str]:
        """Return the URLs that were asked for, in order."""
        return [logged.url for logged in self]


class Server:
    """Listeners on loopback, on ports that the kernel chooses, closed together with their connections."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, talk: Talk, *, tls: ssl.SSLContext | None = None) -> int:
        """Accept connections for ``talk`` and return the port."""

        async def accepted(reader: Reader, writer: Writer) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            try:
                await talk(reader, writer)
            except (OSError, EOFError, asyncio.LimitOverrunError):
                pass  # the other side left, or never spoke TLS or HTTP: its own affair, and often the point of it
            except asyncio.CancelledError:
                pass  # by close() alone; asyncio of Python 3.11 would log it as an error
            finally:
                await _close(writer)
                self._tasks.discard(task)

        options = {"ssl": tls, "ssl_shutdown_timeout": 1.0} if tls else {}
        server = await asyncio.start_server(accepted, HOST, 0, limit=HEAD_LIMIT, **options)  # type: ignore[arg-type]
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Stop accepting and end the connections that are still open."""
        for server in self._servers:
            server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _close(writer: Writer) -> None:
    writer.close()
    # Whoever is gone, or answers no close_notify, need not be waited for; nor anyone where the server itself closes.
    with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(writer.wait_closed(), 2)
        return
    writer.transport.abort()
    await asyncio.sleep(0)  # in which the transport closes its socket


async def converse(reader: Reader, writer: Writer, handler: Handler, *, scheme: str, log: Log | None = None) -> None:
    """Answer the requests of one connection until one of both sides ends it."""
    while (request := await read_request(reader, scheme)) is not None:
        if log is not None:
            log.note(request)
        response = await _answer(handler, request)
        if not await send(reader, writer, request, response):
            return


async def _answer(handler: Handler, request: Request) -> Response:
    try:
        return await handler(request)
    except Exception as error:  # noqa: BLE001 - a fault of the sandbox has to be seen where it is looked at: the answer
        return plain(f"The sandbox failed: {type(error).__name__}: {error}\n", status=500)


async def read_request(reader: Reader, scheme: str) -> Request | None:
    """Return the next request, or None where the connection ended before one or what came is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    line, *fields = head[:-4].decode("latin-1").split("\r\n")
    words = line.split(" ")
    if len(words) != 3:
        return None
    headers = [(name, value.strip()) for name, colon, value in (field.partition(":") for field in fields) if colon]
    request = Request(method=words[0], target=words[1], headers=headers, scheme=scheme)
    length = request.header("Content-Length", "0")
    if not length.isdigit() or int(length) > BODY_LIMIT:
        return None
    body = await reader.readexactly(int(length))
    host = request.header("Host").lower().rpartition("@")[2].partition(":")[0]
    return Request(method=words[0], target=words[1], headers=headers, body=body, host=host, scheme=scheme)


async def send(reader: Reader, writer: Writer, request: Request, response: Response) -> bool:
    """Send a response and end it as it says; return whether another request may follow."""
    if response.delay:
        await asyncio.sleep(response.delay)
    if response.raw is not None:
        await _write(writer, response.raw, chunked=False)
    else:
        writer.write(response.head())
        await writer.drain()
        if request.method != "HEAD":
            await _write(writer, response.body, chunked=response.framing == "chunked")
    if response.end == "hang":
        await until_gone(reader)
    elif response.end == "reset":
        await reset(writer)
    return response.end == "keep" and _framed(response) and request.header("Connection").lower() != "close"


async def _write(writer: Writer, body: bytes | AsyncIterator[bytes], *, chunked: bool) -> None:
    parts = _once(body) if isinstance(body, bytes) else body
    async for part in parts:
        if part:
            writer.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            await writer.drain()
    if chunked:
        writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _framed(response: Response) -> bool:
    if response.raw is not None or response.framing == "chunked":
        return True
    named = any(name.lower() == "content-length" for name, _ in response.headers)
    return named or (response.framing == "length" and isinstance(response.body, bytes))


async def until_gone(reader: Reader) -> None:
    """Say nothing until the other side has closed or reset the connection."""
    while await reader.read(65_536):
        pass


async def reset(writer: Writer) -> None:
    """Send what is still to be sent, then a RST in place of a FIN."""
    await writer.drain()
    connection: socket.socket = writer.get_extra_info("socket")
    # Linger of 0 seconds: close() throws the connection away, which is a RST on the wire (socket(7)).
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
