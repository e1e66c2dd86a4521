"""The sandbox, all of it: started, described, closed, and the settings with which production code finds it."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from sandbox.certificates import Certificates
from sandbox.dns import DnsServer
from sandbox.failures import FAILURES
from sandbox.fetch import fetch
from sandbox.pages import Pages
from sandbox.proxy import Proxy
from sandbox.server import HOST, Log
from sandbox.wayback import StandIn
from sandbox.wayback.standin import HOSTS
from sandbox.web import Web

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
ARTICLE = "https://www.volga-observer.test/2022/01/13/a-year-of-departures"
KEYS = {"IA_ACCESS_KEY_ID": "sandbox-access-key", "IA_SECRET_ACCESS_KEY": "sandbox-secret-key"}
"""Keys that the stand-in accepts, and that open nothing."""

T = TypeVar("T")


class Sandbox:
    """A small web, its DNS, and a CONNECT proxy before the stand-in Wayback Machine: all on loopback, in this process.

    Use it as an async context manager, or from threads without a loop by ``in_thread``.
    log: the requests that were made, without secrets. standin: the stand-in Wayback Machine.
    """

    def __init__(self, examples: Path = EXAMPLES) -> None:
        self.log = Log()
        self.certificates = Certificates({f.host: f.certificate for f in FAILURES})
        self.web = Web(Pages(examples / "web"), self.certificates, self.log)
        self.dns = DnsServer(self.web.resolve)
        self.standin = StandIn(partial(fetch, self.web), {KEYS["IA_ACCESS_KEY_ID"]: KEYS["IA_SECRET_ACCESS_KEY"]})
        self.standin.load(examples / "wayback.json")
        self.proxy = Proxy(
            dict.fromkeys(HOSTS, self.standin.handle), self.certificates, self.log, shut=self.standin.refuses
        )
        self.loop: asyncio.AbstractEventLoop | None = None
        self._open = AsyncExitStack()
        self._folder = Path()

    @property
    def ca_bundle(self) -> Path:
        """The PEM file of the sandbox's private CA and of those that this machine trusts."""
        return self._folder / "ca-bundle.pem"

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        self._folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="citekeep-sandbox-")))
        self.certificates.write_bundle(self.ca_bundle)
        for part in (self.web, self.dns, self.proxy):
            self._open.push_async_callback(part.close)
            await part.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @classmethod
    @contextmanager
    def in_thread(cls, *args: Any) -> Iterator[Self]:
        """Run a sandbox in a thread of its own for as long as the block lasts."""
        sandbox = cls(*args)
        started, ended, failures = threading.Event(), asyncio.Event(), []

        async def run() -> None:
            async with sandbox:
                started.set()
                await ended.wait()

        def target() -> None:
            try:
                asyncio.run(run())
            except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
                failures.append(error)
            finally:
                started.set()

        thread = threading.Thread(target=target, name="sandbox", daemon=True)
        thread.start()
        started.wait()
        try:
            if not failures:
                yield sandbox
        finally:
            if thread.is_alive() and sandbox.loop is not None:
                sandbox.loop.call_soon_threadsafe(ended.set)
            thread.join()
        if failures:
            raise failures[0]

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the sandbox's loop, from another thread, and return its result."""
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    # --- how it is found ---

    def scrapy_settings(self) -> dict[str, Any]:
        """Return the settings with which a crawl asks the sandbox, and nothing else."""
        ports = sorted({*self.web.ports.values(), *self.web.doors.ports.values()})
        return {
            "CONNECT_TO": self.web.connect_to(),
            # For names under .test, and these ports alone: a redirect to this machine itself is refused as ever.
            "ADDRESS_GUARD_ALLOW": [f"*.test:{port}" for port in ports],
            "DNS_SERVERS": [f"{HOST}:{self.dns.port}"],
            "SITES_ONLY": ["*.test"],
        }

    def scrapy_arguments(self) -> list[str]:
        """Return ``scrapy_settings`` as ``-s`` options of a command line."""
        arguments = []
        for name, value in self.scrapy_settings().items():
            arguments += ["-s", f"{name}={json.dumps(value) if isinstance(value, dict) else ','.join(value)}"]
        return arguments

    def environment(self, *, keys: bool = True) -> dict[str, str]:
        """Return the environment variables to add: the proxy, the CA, keys that open nothing (or none at all).

        The keys of whoever runs this are out of reach: the file they may lie in is named as one that is not there.
        """
        proxy = f"http://{HOST}:{self.proxy.port}"
        bundle = str(self.ca_bundle)
        nowhere = str(self._folder / "no-such-file.ini")
        return {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"), ""),
            **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), bundle),
            **dict.fromkeys(("IA_CONFIG_FILE", "INTERNETARCHIVE_CONFIG"), nowhere),
            **(KEYS if keys else dict.fromkeys(KEYS, "")),
        }

    def describe(self) -> str:
        """Return where everything listens, for a person."""
        settings = self.scrapy_settings()
        https = self.web.ports["https"]
        lines = [
            f"web        http {HOST}:{self.web.ports['http']}   https {HOST}:{https}   hosts: {len(self.web.hosts())}",
            f"DNS        {settings['DNS_SERVERS'][0]} (UDP and TCP), names under .test",
            f"proxy      {HOST}:{self.proxy.port} for {', '.join(self.proxy.handlers) or 'nobody'}",
            f"archive    the stand-in Wayback Machine behind that proxy: {self.standin.describe()}",
            f"CA         {self.ca_bundle}",
            f"failures   {len(FAILURES)} hosts, one for each: python -m sandbox hosts",
            "",
            "Have a look:",
            f"  curl --cacert {self.ca_bundle} --connect-to ::{HOST}:{https} {ARTICLE}",
            f"  dig @{HOST} -p {self.dns.port} www.volga-observer.test",
            f"  curl --cacert {self.ca_bundle} -x http://{HOST}:{self.proxy.port} -H 'Accept: application/json'"
            f" -H 'Authorization: LOW {':'.join(KEYS.values())}' -d url={ARTICLE} https://web.archive.org/save",
        ]
        return "\n".join(lines)
