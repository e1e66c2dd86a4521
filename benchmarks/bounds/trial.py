"""One crawl of everything that is too much, at once; what was recorded of each, and the memory that it took."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bounds.hostile import Case, page, story
from sandbox.dns import Answer, DnsServer

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST = 600.0  # seconds
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Row:
    """What became of one case. recorded: all words of it in archive.db. sent: bytes that left the server."""

    case: Case
    recorded: frozenset[str]
    sent: int

    @property
    def fine(self) -> bool:
        """Return whether it was recorded as it has to be."""
        return bool(self.recorded & self.case.recorded)


@dataclass(frozen=True)
class Trial:
    """rows: by host. main, worker: the most memory (bytes, resident) of the crawl's process, and of any of its workers."""

    rows: dict[str, Row]
    main: int
    worker: int
    seconds: float
    output: str


class Server:
    """Answers for every host as its case says; robots.txt is nowhere."""

    def __init__(self, cases: dict[str, Case]) -> None:
        self.cases = cases
        self.sent = dict.fromkeys(cases, 0)
        self.server: asyncio.Server | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> int:
        """Listen on loopback and return the port."""
        self.server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        return int(self.server.sockets[0].getsockname()[1])

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, IndexError, asyncio.CancelledError):
            asked = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            target = asked.split(" ")[1]
            host = asked.lower().partition("\r\nhost: ")[2].partition(":")[0].partition(".")[0]
            if target == "/robots.txt":
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                async for part in self.cases[host].stream(target):
                    writer.write(part)
                    await writer.drain()
                    self.sent[host] += len(part)
        writer.close()
        self.tasks.discard(task)

    async def close(self) -> None:
        """Stop, also in the middle of what has no end."""
        assert self.server is not None
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def run(folder: Path, cases: dict[str, Case], *, settings: dict[str, str] | None = None) -> Trial:
    """Crawl an article of each case, all at once, with data in ``folder``."""
    server = Server(cases)
    port = await server.listen()
    dns = DnsServer(lambda _: Answer(), origin="example.")
    await dns.start()
    try:
        begun = time.monotonic()
        urls = [f"http://{host}.example:{port}/a" for host in cases]
        output, main, worker = await _crawl(folder, urls, dns.port, port, settings or {})
        rows = {host: Row(case, _recorded(folder, host), server.sent[host]) for host, case in cases.items()}
        return Trial(rows, main, worker, time.monotonic() - begun, output)
    finally:
        await dns.close()
        await server.close()


def ordinary(number: int) -> dict[str, Case]:
    """Return so many hosts with an ordinary article, to compare with."""
    case = Case("an ordinary page", "", page(story("")), frozenset({"whole"}))
    return {f"ordinary{n}": case for n in range(number)}


async def _crawl(
    folder: Path, urls: list[str], dns_port: int, port: int, settings: dict[str, str]
) -> tuple[str, int, int]:
    given = {
        "DNS_SERVERS": f"127.0.0.1:{dns_port}", "ADDRESS_GUARD_ALLOW": f"*.example:{port}", "SNAPSHOTS_ENABLED": "0",
        "SITES_ONLY": "*.example", "LOG_LEVEL": "WARNING", **settings,
    }  # fmt: skip
    options = [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scrapy", "crawl", "article", "-a", "urls=-", "-a", "publish=0", *options,
        "--logfile", str(folder / "log"), cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    peaks: dict[int, int] = {}
    watch = asyncio.ensure_future(_watch(process.pid, peaks))
    assert process.stdin is not None
    process.stdin.write("\n".join(urls).encode())
    process.stdin.close()
    try:
        # A calendar of 100,000 days is not asked day by day: the run is ended once every article has its check.
        await asyncio.wait_for(_until_checked(folder, len(urls), process), LONGEST)
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        told = (await asyncio.wait_for(process.stdout.read(), LONGEST)).decode("utf-8", "replace")
        await process.wait()
    finally:
        watch.cancel()
        if process.returncode is None:
            process.kill()
    main = peaks.pop(process.pid, 0)
    return told, main, max(peaks.values(), default=0)


async def _until_checked(folder: Path, number: int, process: asyncio.subprocess.Process) -> None:
    while process.returncode is None and not _all_checked(folder, number):  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.5)


async def _watch(pid: int, peaks: dict[int, int]) -> None:
    """Note the most memory that a process and all below it have, again and again."""
    while True:
        for one in (pid, *_children(pid)):
            peaks[one] = max(peaks.get(one, 0), _resident(one))
        await asyncio.sleep(0.1)


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE_SIZE
    return 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            direct = [int(child) for child in (thread / "children").read_text().split()]
            found += direct + [grandchild for child in direct for grandchild in _children(child)]
    return found


def _all_checked(folder: Path, number: int) -> bool:
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_open(folder)) as connection:
        sql = "SELECT count(*) FROM articles AS a JOIN checks AS c ON c.link_id = a.link_id"
        return int(connection.execute(sql).fetchone()[0]) >= number
    return False


def _open(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)


def _recorded(folder: Path, host: str) -> frozenset[str]:
    with contextlib.closing(_open(folder)) as connection:
        row = connection.execute(
            "SELECT c.error, c.reason, c.status, d.outcome, j.verdict, j.flags,"
            " (SELECT count(*) FROM citations AS ci WHERE ci.article_id = a.id)"
            " FROM articles AS a JOIN links AS l ON l.id = a.link_id JOIN checks AS c ON c.link_id = l.id"
            " LEFT JOIN documents AS d ON d.id = c.document_id LEFT JOIN judgements AS j ON j.check_id = c.id"
            " WHERE l.url LIKE ? ORDER BY c.id DESC LIMIT 1",
            (f"http://{host}.example:%",),
        ).fetchone()
    if row is None:
        return frozenset()
    error, reason, status, outcome, verdict, flags, citations = row
    words = {
        error,
        reason,
        outcome,
        f"HTTP {status}" if status else None,
        f"verdict {verdict}",
        *(flags or "").strip('[]"').split('", "'),
    }
    if error is None and outcome == "ok":
        words.add("whole")
    if citations:
        words.add(f"{citations} citations")
    return frozenset(word for word in words if word)
