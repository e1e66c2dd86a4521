"""The sandbox's web: the example's pages and the hosts that fail, on ordinary ports and on doors of their own."""

from __future__ import annotations

from sandbox.certificates import ISSUER_HOST, ISSUER_PATH, Certificates
from sandbox.dns import HERE, NO_SUCH_NAME, Answer
from sandbox.doors import Doors
from sandbox.failures import BY_HOST, FAILURES
from sandbox.http import Request, Response, plain
from sandbox.pages import Pages
from sandbox.server import HOST, Log, Reader, Server, Writer, converse


class Web:
    """One port for http, one for https, and the doors. Hosts are told apart by SNI and the Host field."""

    def __init__(self, pages: Pages, certificates: Certificates, log: Log) -> None:
        self.pages = pages
        self.certificates = certificates
        self.log = log
        self.ports: dict[str, int] = {}
        self.doors = Doors()
        self._server = Server()

    async def start(self) -> None:
        """Listen; ``ports`` has "http" and "https" then."""
        self.ports["http"] = await self._server.listen(self._talk_http)
        tls = self.certificates.by_name(self.knows)
        self.ports["https"] = await self._server.listen(self._talk_https, tls=tls)
        await self.doors.open()

    async def close(self) -> None:
        """Stop listening and drop what is open."""
        await self.doors.close()
        await self._server.close()

    def hosts(self) -> list[str]:
        """Return every host that can be connected to."""
        reachable = [failure.host for failure in FAILURES if failure.resolves is HERE]
        return sorted({*reachable, *self.pages.hosts, ISSUER_HOST})

    def knows(self, host: str) -> bool:
        """Return whether the host can be connected to."""
        return host in BY_HOST or host == ISSUER_HOST or host in self.pages.hosts

    def resolve(self, host: str) -> Answer:
        """Return what DNS says of a name."""
        if host in BY_HOST:
            return BY_HOST[host].resolves
        return HERE if self.knows(host) else NO_SUCH_NAME

    def connect_to(self) -> dict[str, str]:
        """Return the setting CONNECT_TO: where each host's ports 80 and 443 really are."""
        table = {}
        for host in self.hosts():
            failure = BY_HOST.get(host)
            for number, scheme in ((80, "http"), (443, "https")):
                port = self.doors.ports[failure.door] if failure and failure.door else self.ports[scheme]
                table[f"{host}:{number}"] = f"{HOST}:{port}"
        return table

    async def answer(self, request: Request) -> Response:
        """Return what the request's host says to it."""
        failure = BY_HOST.get(request.host)
        if failure is not None and request.path == "/robots.txt":
            return failure.robots(request) if failure.robots else plain("No robots.txt.\n", status=404)
        if failure is not None:
            return failure.answer(request)
        if request.host == ISSUER_HOST and request.path == ISSUER_PATH:
            headers = [("Content-Type", "application/pkix-cert")]
            return Response(headers=headers, body=self.certificates.intermediate_der())
        if request.host in self.pages.hosts:
            return self.pages.answer(request)
        return plain("This server knows no such host.\n", status=421)

    async def _talk_http(self, reader: Reader, writer: Writer) -> None:
        await converse(reader, writer, self.answer, scheme="http", log=self.log)

    async def _talk_https(self, reader: Reader, writer: Writer) -> None:
        await converse(reader, writer, self.answer, scheme="https", log=self.log)
