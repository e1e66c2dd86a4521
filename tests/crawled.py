"""What a real crawl of given URLs records: the project's settings, spider loop and downloader, in a subprocess.

Tests call ``crawl``, against servers of ``RawWeb``; the subprocess is this file. Its frontier is a list, and checks are
kept instead of recorded.
"""

import asyncio
import os
import pickle
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from sandbox.certificates import Certificates
from sandbox.server import HOST, Server

ROOT = Path(__file__).resolve().parent.parent

SETTINGS = {
    "EXTENSIONS": {},
    "ITEM_PIPELINES": {},
    "CONCURRENT_REQUESTS": 200,
    "DOWNLOAD_DELAY": 0,
    "DNS_TIMEOUT": 1,
    "CONNECT_TIMEOUT": 2,
    "DOWNLOAD_TIMEOUT": 3,
    "LOG_LEVEL": "WARNING",
}


# --- servers ---


class RawWeb:
    """Servers on loopback that do exactly what each test wants: ``hosts`` is {host: async talk(reader, writer)}.

    http is for every host; https for those in ``secure``, {host: name in its certificate}, with a certificate of the
    sandbox's CA, or of the kind that ``kinds`` has for the name. settings, environment: for ``crawl``.
    """

    def __init__(self, hosts, folder, secure=None, kinds=None):
        self.hosts = hosts
        self.secure = secure or {}
        self.certificates = Certificates(kinds or {})
        self.bundle = folder / "ca.pem"
        self.ports = {}

    def __enter__(self):
        self.certificates.write_bundle(self.bundle)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(10)
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.server.close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _listen(self):
        self.server = Server()
        for host, talk in self.hosts.items():
            self.ports[host, 80] = await self.server.listen(talk)
            if host in self.secure:
                tls = self.certificates.context(self.secure[host])
                self.ports[host, 443] = await self.server.listen(talk, tls=tls)

    @property
    def settings(self):
        return {
            "CONNECT_TO": {f"{host}:{port}": f"{HOST}:{real}" for (host, port), real in self.ports.items()},
            "ADDRESS_GUARD_ALLOW": [f"127.0.0.1:{port}" for port in self.ports.values()],
        }

    @property
    def environment(self):
        return {"SSL_CERT_FILE": str(self.bundle)}


async def read_head(reader):
    """Return a request's target, or None where the other side has left."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return head.split(b" ")[1].decode("latin-1")


def answering(*answers, robots=b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", then="keep", seen=None):
    """Return a talk that answers robots.txt, then each request with the next of ``answers`` (the last again and again).

    An answer is bytes, or a function of the target that returns bytes. then: keep, close, hang. seen: a list of targets.
    """
    count = 0

    async def talk(reader, writer):
        nonlocal count
        while (target := await read_head(reader)) is not None:
            if seen is not None:
                seen.append(target)
            if target == "/robots.txt":
                writer.write(robots)
                await writer.drain()
                continue
            answer = answers[min(count, len(answers) - 1)]
            count += 1
            writer.write(answer(target) if callable(answer) else answer)
            await writer.drain()
            if then == "hang":
                await reader.read()
            if then != "keep":
                return

    return talk


def ok(body, *headers):
    """Return the bytes of a response of status 200."""
    fields = b"".join(header + b"\r\n" for header in (*headers, b"Content-Length: %d" % len(body)))
    return b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + body


# --- crawls ---


@dataclass
class Crawled:
    """What came of a crawl.

    checks: by the URL that was asked for, in the order they ended. unannounced: URLs of exchanges that the spider saw
    before their signal was sent. released: (site, not before when) in order. log: what was logged. peak: memory of the
    process in bytes.
    """

    checks: dict
    unannounced: list
    released: list
    log: str
    peak: int

    def exchanges(self, url, *purposes):
        """Return the exchanges of a check, of these purposes where any are named."""
        return [e for e in self.checks[url].exchanges if not purposes or e.purpose in purposes]


def crawl(urls, folder, settings=None, environment=None, timeout=60, **job):
    """Crawl ``urls``, all links of one site one after another, and return what came of it.

    job: lease_seconds, robots: {origin: facts} handed in by every lease.
    """
    job_file, result = folder / "job.pickle", folder / "result.pickle"
    result.unlink(missing_ok=True)
    job_file.write_bytes(pickle.dumps({"urls": list(urls), "settings": SETTINGS | (settings or {}), **job}))
    done = subprocess.run(
        [sys.executable, __file__, str(job_file), str(result)],
        cwd=ROOT,
        env={**os.environ, **(environment or {}), "PYTHONPATH": str(ROOT), "SCRAPY_SETTINGS_MODULE": "settings"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0 or not result.exists():
        raise AssertionError(f"The crawl failed ({done.returncode}): {done.stderr[-4000:]}")
    checks, unannounced, released, peak = pickle.loads(result.read_bytes())
    return Crawled({check.requested_url: check for check in checks}, unannounced, released, done.stderr, peak)


class Frontier:
    """The frontier of a list of URLs: each site's links in one lease."""

    def __init__(self, job):
        from citekeep.items import DueLink, Lease
        from citekeep.urls import request_form, site_of

        self.released = []
        sites = {}
        for n, url in enumerate(job["urls"]):
            wire, verbatim = request_form(url)
            link = DueLink(link_id=n, url=url, request_url=wire, verbatim=verbatim)
            sites.setdefault(site_of(wire), []).append(link)
        self.leases = [
            Lease(
                site_id=n, site=site, epoch=1, seconds=job.get("lease_seconds", 300), delay_ms=0, links=links,
                robots=job.get("robots", {}),
            )
            for n, (site, links) in enumerate(sites.items())
        ]  # fmt: skip

    async def slowed(self):
        return {}

    async def pause_of(self, site):
        return None

    async def borrow(self, site, seconds):
        return True

    async def give_back(self, borrowed, rest_ms=None):
        raise AssertionError("nothing was borrowed")

    async def claim(self, wanted, without=()):
        taken, self.leases = self.leases[:wanted], self.leases[wanted:]
        return taken

    async def extend(self, wanted):
        return wanted

    async def release(self, lease, not_before=None, rest_ms=None):
        self.released.append((lease.site, not_before))


def main(job_file, result_file):
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.project import get_project_settings

    from citekeep.signals import exchange_finished
    from spiders.due import DueSpider

    job = pickle.loads(Path(job_file).read_bytes())
    checks, announced, unannounced = [], [], []
    frontier = Frontier(job)

    def announce(exchange, request):
        assert request.meta["exchange"] is exchange
        announced.append(exchange)

    class Given(DueSpider):
        name = "given"

        @classmethod
        def from_crawler(cls, crawler, *args, **kwargs):
            crawler.archive = SimpleNamespace(frontier=frontier)
            crawler.signals.connect(lambda item: checks.append(item), signal=signals.item_scraped, weak=False)
            crawler.signals.connect(announce, signal=exchange_finished, weak=False)
            return super().from_crawler(crawler, *args, **kwargs)

        def _check(self, held, link, meta):
            check = super()._check(held, link, meta)
            unannounced.extend(e.url for e in check.exchanges if not any(e is known for known in announced))
            return check

    settings = get_project_settings()
    settings.update(job["settings"], priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl(Given)
    process.start()
    Path(result_file).write_bytes(pickle.dumps((checks, unannounced, frontier.released, peak_memory())))


def peak_memory():
    """Return the most memory in bytes that this process had; getrusage would tell the parent's where that had more."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
