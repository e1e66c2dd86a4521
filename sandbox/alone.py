"""The stand-in Wayback Machine by itself: on loopback, on a clock that stands still, before a web that is a dict."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sandbox.certificates import Certificates
from sandbox.fetch import Fetched, FetchFailedError
from sandbox.proxy import Proxy
from sandbox.run import KEYS
from sandbox.server import HOST, Log
from sandbox.wayback import StandIn
from sandbox.wayback.clock import Clock
from sandbox.wayback.standin import HOSTS

NOON = 1_793_534_400.0  # 2026-11-01T12:00:00Z
PAGE = b"<html><head><title>A page</title></head><body><p>What it says.</p></body></html>"


@dataclass
class Alone:
    """A running stand-in. pages: {url: what is fetched there, or the name of an error}; other URLs show PAGE.

    fetched: every URL that its crawler asked for, in order. log: every request to it, without secrets.
    """

    bundle: Path
    certificates: Certificates
    pages: dict[str, Fetched | str] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    log: Log = field(default_factory=Log)
    clock: Clock = field(default_factory=Clock)

    @cached_property
    def standin(self) -> StandIn:
        """The stand-in, empty; captures take 10 s of its clock, and are listed 30 s after."""
        access, secret = KEYS.values()
        standin = StandIn(self._fetch, {access: secret}, clock=self.clock)
        standin.jobs.seconds = 10.0
        return standin

    @cached_property
    def proxy(self) -> Proxy:
        """The proxy before it."""
        return Proxy(dict.fromkeys(HOSTS, self.standin.handle), self.certificates, self.log, shut=self.standin.refuses)

    @property
    def proxy_url(self) -> str:
        """Where the proxy listens."""
        return f"http://{HOST}:{self.proxy.port}"

    def tls(self) -> ssl.SSLContext:
        """Return a context that trusts the stand-in."""
        return ssl.create_default_context(cafile=str(self.bundle))

    def environment(self) -> dict[str, str]:
        """Return the variables by which clients find it."""
        return {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), self.proxy_url),
            **dict.fromkeys(("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"), ""),
            **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(self.bundle)),
        }

    def page(
        self, url: str, body: bytes = PAGE, *, status: int = 200, mime: str = "text/html", hops: tuple[str, ...] = ()
    ) -> None:
        """Let a URL show a page; hops: the URLs over which it is reached from the first."""
        way = [*hops, url]
        told = tuple((at, 302, way[number + 1]) for number, at in enumerate(hops))
        headers = [("Content-Type", mime), ("X-Powered-By", "sandbox")]
        self.pages[way[0]] = Fetched(final_url=url, status=status, headers=headers, body=body, hops=told)

    async def _fetch(self, url: str) -> Fetched:
        self.fetched.append(url)
        page = self.pages.get(url)
        if isinstance(page, str):
            raise FetchFailedError(page, url)
        headers = [("Content-Type", "text/html; charset=utf-8")]
        return page or Fetched(final_url=url, status=200, headers=headers, body=PAGE)


@asynccontextmanager
async def alone(
    folder: Path, certificates: Certificates | None = None, clock: Clock | None = None
) -> AsyncIterator[Alone]:
    """Run a stand-in; ``folder`` gets the file of its CA. clock: in place of one that stands still."""
    certificates = certificates or Certificates({})
    bundle = folder / "ca.pem"
    certificates.write_bundle(bundle)
    running = Alone(bundle, certificates, clock=clock or Clock(NOON))
    await running.proxy.start()
    try:
        yield running
    finally:
        await running.proxy.close()
