"""Checks of small pages on many hosts, beside plain Scrapy with the same requests, and beside trafilatura alone.

``python -m benchmarks.links [--links 5000] [--hosts 500] [--rounds 3]`` prints, per round and as medians: pages per
second of plain Scrapy, of ``scrapy crawl links`` without extraction, of two such processes on one archive.db, with
extraction, and of trafilatura in two processes on the same pages; and the ratios. Start-up is left out of all: each is
timed from its first request to its last, as its server saw them.

Both sides send the same requests (one robots.txt for each host, one request for each page, no probes; the server's
count is checked), 64 at once, one at a time per host, without delay. Plain Scrapy runs with its defaults: asyncio's own
loop rather than uvloop, and 100 tasks started for each answer (CONCURRENT_ITEMS), of which Citekeep starts one. So it is
Scrapy as it comes, not the fastest that Scrapy can be made. It writes nothing; Citekeep writes WARCs and archive.db.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from citekeep import database
from citekeep.asking import ask_links

ROOT = Path(__file__).resolve().parent.parent
SIZE = 2_048  # bytes of a page


def page(number: int) -> bytes:
    """Return one page of about 2 KB: a heading, a few paragraphs that differ from those of others, a menu."""
    rng = random.Random(number)
    told = " ".join(
        f"{rng.choice(('The', 'A', 'One'))} {rng.choice(_NOUNS)} {rng.choice(_VERBS)} the {rng.choice(_NOUNS)} "
        f"of {rng.choice(_NOUNS)} {number}."
        for _ in range(9)
    )
    menu = "".join(f'<li><a href="/{noun}">{noun}</a></li>' for noun in _NOUNS[:8])
    head = (
        f"<!DOCTYPE html><html lang=en><head><title>Report {number}</title></head><body><ul>{menu}</ul>"
        f"<article><h1>Report {number}</h1>"
    )
    body = f"{head}<p>{told}</p><p>{told[::1][:400]}</p></article><!--"
    return f"{body}{'.' * max(0, SIZE - len(body) - 18)}--></body></html>".encode()


_NOUNS = """
    river council bridge court harbour station ministry budget paper winter school hospital library road market museum
""".split()  # noqa: SIM905 - a list of words is easier to read so
_VERBS = ["opened", "closed", "moved", "praised", "counted", "repaired", "questioned", "sold"]


class Server:
    """Answers pages by their number; knows when the first and the last request of each run came."""

    def __init__(self, pages: int) -> None:
        self.answers = [_answer(b"200 OK", page(number)) for number in range(pages)]
        self.missing = _answer(b"404 Not Found", b"There is nothing here.")
        self.first = self.last = 0.0
        self.asked = 0

    async def serve(self) -> None:
        """Print the port, then answer. ``/-`` tells and forgets: requests, seconds between the first and the last."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self), "0.0.0.0", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    def answer(self, path: bytes) -> bytes:
        """Return a whole HTTP answer."""
        if path == b"/-":
            told = f"{self.asked} {self.last - self.first}".encode()
            self.asked, self.first = 0, 0.0
            return _answer(b"200 OK", told)
        self.last = time.perf_counter()
        self.first = self.first or self.last
        self.asked += 1
        number = path[1:]
        return self.answers[int(number)] if number.isdigit() else self.missing


def _answer(status: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s" % (
        status, len(body), body
    )  # fmt: skip


class _Connection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self.server = server
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        while b"\r\n\r\n" in self.got:
            head, _, self.got = self.got.partition(b"\r\n\r\n")
            self.transport.write(self.server.answer(head.split(b" ", 2)[1]))


class Bench:
    """What is measured, against one server."""

    def __init__(self, port: int, links: int, hosts: int) -> None:
        self.port, self.links, self.hosts = port, links, hosts

    def seen(self) -> tuple[int, float]:
        """Return how many requests the server had since it was asked last, and the seconds between first and last."""
        import urllib.request  # noqa: PLC0415 - here alone

        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-") as answer:
            asked, seconds = answer.read().split()
        return int(asked), float(seconds)

    def plain(self) -> float:
        """Return pages per second of plain Scrapy, which obeys robots.txt and keeps one request per host, too."""
        self.seen()
        arguments = [str(self.links), str(self.hosts), str(self.port)]
        subprocess.run([sys.executable, "-m", "benchmarks.plain_links", *arguments], cwd=ROOT, check=True)
        return self._rate()

    def citekeep(self, *, extract: bool, processes: int = 1) -> float:
        """Return pages per second of ``scrapy crawl links`` into an archive of its own."""
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {
                "CITEKEEP_DATA": folder, "SCRAPY_SETTINGS_MODULE": "benchmarks.bench_settings",
                "BENCH_PORT": str(self.port), "BENCH_EXTRACT": "1" if extract else "",
            }  # fmt: skip
            self._fill(Path(folder) / "archive.db")
            self.seen()
            runs = [self._start(environment) for _ in range(processes)]
            for run in runs:
                output, _ = run.communicate()
                if run.returncode:
                    sys.exit(f"The crawl ended with {run.returncode}:\n{output[-3000:]}")
            rate = self._rate()
            with contextlib.closing(sqlite3.connect(Path(folder) / "archive.db")) as connection:
                (checks,) = connection.execute("SELECT count(*) FROM checks WHERE status = 200").fetchone()
            if checks != self.links:
                sys.exit(f"{checks} pages were recorded, not {self.links}.")
        return rate

    def _rate(self) -> float:
        asked, seconds = self.seen()
        if asked != self.links + self.hosts:
            sys.exit(f"The server saw {asked} requests, not one for each of {self.links} links and {self.hosts} hosts.")
        return self.links / seconds

    def _fill(self, path: Path) -> None:
        urls = [f"http://www.h{n % self.hosts}.test/{n}" for n in range(self.links)]
        writer = database.Writer(path)
        writer.run_sync(lambda connection: ask_links(connection, urls, public=False, since=None))
        writer.close()

    def _start(self, environment: dict[str, str]) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "scrapy", "crawl", "links"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def trafilatura(self) -> float:
        """Return pages per second of trafilatura in two processes."""
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            list(pool.map(_extract, range(40), chunksize=10))
            begun = time.perf_counter()
            list(pool.map(_extract, range(self.links), chunksize=50))
            return self.links / (time.perf_counter() - begun)


def _extract(number: int) -> int:
    import trafilatura  # noqa: PLC0415 - in the worker alone

    document = trafilatura.bare_extraction(page(number), url=f"http://www.h0.test/{number}", with_metadata=True)
    return len(document.text) if document else 0


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=5_000)
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(Server(options.links).serve())
        return
    serving = [sys.executable, "-m", "benchmarks.links", "--serve", "--links", str(options.links)]
    server = subprocess.Popen(serving, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    rounds: list[tuple[float, float, float]] = []
    try:
        bench = Bench(int(server.stdout.readline()), options.links, options.hosts)
        for number in range(options.rounds):
            plain, one = bench.plain(), bench.citekeep(extract=False)
            two, alone = bench.citekeep(extract=False, processes=2), bench.trafilatura()
            whole = bench.citekeep(extract=True)
            rounds.append((one / plain, two / one, whole / alone))
            print(
                f"round {number + 1}: plain Scrapy {plain:.0f} pages/s, Citekeep without extraction {one:.0f} "
                f"({one / plain:.2f}), two processes {two:.0f} ({two / one:.2f}); trafilatura alone {alone:.0f}, "
                f"Citekeep with extraction {whole:.0f} ({whole / alone:.2f})",
                flush=True,
            )
    finally:
        server.kill()
    names = ("without extraction to plain Scrapy", "two processes to one", "with extraction to trafilatura alone")
    for name, ratios in zip(names, zip(*rounds, strict=True), strict=True):
        print(f"median ratio {name}: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
