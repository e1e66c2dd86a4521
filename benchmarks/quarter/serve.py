"""Serves the made-up world on loopback, at whatever time it is there, and writes down each request that came."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from benchmarks.quarter import show
from benchmarks.quarter.world import Site, World
from sandbox.certificates import Certificates
from sandbox.dns import NO_SUCH_NAME, Answer, DnsServer
from sandbox.doors import Doors
from sandbox.fetch import REDIRECTS, Fetched, FetchFailedError
from sandbox.http import Request, Response, html, plain, redirect
from sandbox.server import HOST, Reader, Server, Writer, read_request, send

ANSWERING = 0.004  # seconds that an answer takes at least: two at the same time can be seen to be


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request: at and ended in the time of the world; agent: that of the run; body: of robots.txt and of lists.

    digest: SHA-256 of the body that was sent. retry_after: seconds that the answer asked for.
    """

    at: float
    ended: float
    agent: str
    site: str
    url: str
    status: int
    body: bytes
    digest: str
    retry_after: int | None

    @property
    def path(self) -> str:
        """The path that was asked for."""
        return urlsplit(self.url).path


class Serving:
    """A world, shown: one port for http, one for https, doors, DNS. log: every request, in the order of their ends.

    offset: seconds by which the world's time is ahead of the real one (negative: behind). dark: our own network is down.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.offset = 0.0
        self.dark = False
        self.log: list[Asked] = []
        self.certificates = Certificates({})
        self.doors = Doors()
        self.dns = DnsServer(self._resolve)
        self.ports: dict[str, int] = {}
        self._server = Server()

    def now(self) -> float:
        """Return the time of the world."""
        return time.time() + self.offset

    async def start(self) -> None:
        """Listen."""
        await self.doors.open()
        await self.dns.start()
        self.ports["http"] = await self._server.listen(self._talk_http)
        tls = self.certificates.by_name(lambda host: self.world.find(host) is not None)
        self.ports["https"] = await self._server.listen(self._talk_https, tls=tls)

    async def close(self) -> None:
        """Stop listening."""
        await self._server.close()
        await self.dns.close()
        await self.doors.close()

    # --- how it is found ---

    def _resolve(self, host: str) -> Answer:
        """Return what DNS says of a name: those that there are need not be asked for, CONNECT_TO has them."""
        return NO_SUCH_NAME

    def connect_to(self) -> dict[str, str]:
        """Return the setting CONNECT_TO as it is now: a name that DNS does not know has no place in it."""
        table = {}
        hosts = [(site, site.host) for site in self.world.sites()]
        hosts += [(site, f"www.{domain}") for domain, site in self.world.moved.items()]
        for site, host in hosts:
            fate = site.fate(self.now())
            if fate is not None and fate.unknown and not self.dark:
                continue
            door = "refused" if self.dark else fate.door if fate else None
            for number, scheme in ((80, "http"), (443, "https")):
                port = self.doors.ports[door] if door else self.ports[scheme]
                table[f"{host}:{number}"] = f"{HOST}:{port}"
        return table

    def allowed(self) -> list[str]:
        """Return the setting ADDRESS_GUARD_ALLOW."""
        return [f"*.test:{port}" for port in sorted({*self.ports.values(), *self.doors.ports.values()})]

    # --- answers ---

    def answer(self, request: Request) -> Response:
        """Return what a request is answered now."""
        at = self.now()
        found = self.world.find(request.host)
        if found is None:
            return plain("No such host.\n", status=421)
        site, at_new = found
        page = site.pages.get(request.path)
        fate = site.fate(at, page)
        moved = fate is not None and fate.name == "moved"
        if fate is not None and fate.robots is not None and request.path == "/robots.txt":
            return plain(fate.robots)
        if fate is not None and fate.status is not None and request.path != "/robots.txt":
            headers = [("Retry-After", str(fate.retry_after))] if fate.retry_after is not None else []
            return html(fate.body or f"<h1>{fate.status}</h1>", status=fate.status, headers=headers)
        if moved and not at_new:
            return redirect(f"{site.scheme}://www.{site.moved_to}{request.target}", status=301)
        return self._page(site, request, at)

    def _page(self, site: Site, request: Request, at: float) -> Response:
        if request.path == "/robots.txt":
            return show.robots(site)
        listed = show.listing(site, request.path, f"{site.scheme}://{request.host}", at, request)
        if listed is not None:
            return listed
        if request.path == "/":
            return show.front(site, at)
        page = site.pages.get(request.path)
        if page is None or page.born > at:
            return html("<title>404</title><h1>Not found</h1>", status=404)
        return show.article(site, page, at)

    async def fetch(self, url: str) -> Fetched:
        """Return what the world shows to the Wayback Machine's crawler; raises FetchFailedError where nothing."""
        hops: list[tuple[str, int, str]] = []
        for _ in range(REDIRECTS):
            parts = urlsplit(url)
            host = parts.hostname or ""
            found = self.world.find(host)
            fate = found[0].fate(self.now()) if found else None
            if found is None or (fate is not None and (fate.unknown or fate.door)):
                raise FetchFailedError("refused" if fate is not None and fate.door else "nxdomain", url)
            target = parts._replace(scheme="", netloc="").geturl()
            response = self.answer(Request(method="GET", target=target, host=host, scheme=parts.scheme))
            assert isinstance(response.body, bytes)
            location = dict(response.headers).get("Location")
            if location is None:
                return Fetched(final_url=url, status=response.status, headers=response.headers, body=response.body,
                               hops=tuple(hops))  # fmt: skip
            hops.append((url, response.status, location))
            url = urljoin(url, location)
        raise FetchFailedError("too_many_redirects", url)

    # --- connections ---

    async def _talk_http(self, reader: Reader, writer: Writer) -> None:
        await self._talk(reader, writer, "http")

    async def _talk_https(self, reader: Reader, writer: Writer) -> None:
        await self._talk(reader, writer, "https")

    async def _talk(self, reader: Reader, writer: Writer, scheme: str) -> None:
        while (request := await read_request(reader, scheme)) is not None:
            begun = self.now()
            response = self.answer(request)
            await asyncio.sleep(ANSWERING)
            goes_on = await send(reader, writer, request, response)
            self._note(request, response, begun)
            if not goes_on:
                return

    def _note(self, request: Request, response: Response, begun: float) -> None:
        body = response.body if isinstance(response.body, bytes) else b""
        wait = dict(response.headers).get("Retry-After")
        found = self.world.find(request.host)
        self.log.append(
            Asked(
                at=begun, ended=self.now(), agent=request.header("User-Agent"), url=request.url, status=response.status,
                site=request.host.removeprefix("www.") if found else request.host,
                body=body if request.path == "/robots.txt" or show.is_list(request.path) else b"",
                digest=hashlib.sha256(body).hexdigest(), retry_after=int(wait) if wait else None,
            )
        )  # fmt: skip
