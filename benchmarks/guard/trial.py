"""One crawl of everything that may lead inside, with traps where it would come out, and what became of each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sandbox.dns import Answer, DnsServer

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = Path(__file__).with_name("cases.toml")
ORIGIN = "trial.example."  # no name of it is special: DNS is asked for it, and it is ours
WAY = "way.trial.example"
DECOY = "127.0.0.3"
REFUSED = frozenset({"address_refused", "special_use_name", "invalid_url", "unsupported_scheme", "looks_secret"})
NO_NAME = frozenset({"nxdomain", "no_address", "dns_failed"})
LONGEST = 300.0  # seconds


@dataclass
class Kind:
    """What was tried of one kind, and what became of it. refused: never asked, with its reason. no_url: at once, or where
    it was led to: a redirect to it is not followed. no_name: DNS knows no such name. wrong: {URL: anything else}.
    """

    tried: int = 0
    refused: int = 0
    no_url: int = 0
    no_name: int = 0
    wrong: dict[str, str] = field(default_factory=dict)


@dataclass
class Trial:
    """kinds: by name. reached: connections that a trap saw, each one too many. decoys: those that were allowed."""

    kinds: dict[str, Kind]
    reached: int
    decoys: int
    output: str


class Trap:
    """Listens and counts; answers like a web server, so that nothing but the guard is in the way."""

    def __init__(self, body: bytes = b"a trap") -> None:
        self.connections = 0
        self.body = body
        self.servers: list[asyncio.Server] = []

    async def listen(self, address: str, port: int = 0) -> int:
        """Listen on an address and return the port; where it is no address of this machine, nobody can come there."""
        with contextlib.suppress(OSError):
            server = await asyncio.start_server(self._talk, address, port)
            self.servers.append(server)
            return int(server.sockets[0].getsockname()[1])
        return port

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            line = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]
            writer.write(self.answer(line.split(b" ")[1].decode("latin-1")))
            await writer.drain()
        writer.close()

    def answer(self, target: str) -> bytes:
        """Return the whole answer to a request."""
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(self.body), self.body)


class Way(Trap):
    """Leads on to ``targets[n]``, for /n."""

    targets: list[str]

    def answer(self, target: str) -> bytes:
        """Return a redirect; robots.txt is not there."""
        if not target[1:].isdigit():
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        there = self.targets[int(target[1:])].encode("utf-8")
        head = b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        return head % there


def free_port() -> int:
    """Return a port that is free on every address."""
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))
        return int(probe.getsockname()[1])


async def run(folder: Path, *, few: bool = False) -> Trial:
    """Crawl all cases with data in ``folder``, and return what became of them. few: of each list, every seventh."""
    cases = tomllib.loads(CASES.read_text(encoding="utf-8"))
    port = free_port()
    trap, decoy, way = Trap(), Trap(), Way()
    for address in ("127.0.0.1", "127.0.0.2", "127.1.2.3", "::1"):
        await trap.listen(address, port)
    await decoy.listen(DECOY, port)
    way_port = await way.listen("127.0.0.4")
    names: dict[str, list[str]] = {WAY.rstrip("."): ["127.0.0.4"]}
    asked = Counter[str]()

    def zone(name: str) -> Answer:
        asked[name] += 1
        if name.startswith("changing"):  # the decoy for robots.txt, both families, then the trap
            return Answer(addresses=(DECOY,) if asked[name] <= 2 else ("127.0.0.1", "::1"))
        return Answer(addresses=tuple(names.get(name, ())))

    dns = DnsServer(zone, origin=ORIGIN)
    await dns.start()
    try:
        urls = dict(_urls(cases, port, names, few=few))
        way.targets = []
        for kind in ("leads to an address", "leads to a name", "leads to another scheme"):
            for target in _targets(cases, kind, port, names, few=few):
                urls[f"http://{WAY}:{way_port}/{len(way.targets)}"] = kind
                way.targets.append(target)
        allow = f":{port},{WAY}:{way_port},{DECOY}"
        output = await _crawl(folder, urls, dns.port, allow)
        if not (folder / "archive.db").exists():
            raise RuntimeError(f"the crawl did not begin: {output}")
        return Trial(dict(_judged(folder, urls)), trap.connections, decoy.connections, output)
    finally:
        await dns.close()
        for server in (*trap.servers, *decoy.servers, *way.servers):
            server.close()


def _urls(cases: dict[str, Any], port: int, names: dict[str, list[str]], *, few: bool) -> Iterator[tuple[str, str]]:
    """Yield (URL, kind): each host with the traps' port, and those that a request goes to without one."""
    step = 7 if few else 1
    for kind, hosts in cases["addresses"].items():
        for number, host in enumerate(hosts[::step]):
            yield f"http://{host}:{port}/{number}", kind
            if kind == "metadata of clouds":
                yield f"http://{host}/latest/meta-data/{number}", kind
    for kind, answers in cases["names"].items():
        for number, answer in enumerate(answers[::step]):
            name = f"n{len(names)}.{ORIGIN.rstrip('.')}"
            names[name] = [answer] if isinstance(answer, str) else answer
            yield f"http://{name}:{port}/{number}", f"a name that leads {kind}"
    for number, other in enumerate(cases["ports"]["other ports"][::step]):
        yield f"http://{DECOY}:{other}/{number}", "another port"
    for number in range(3):
        yield f"http://changing{number}.{ORIGIN.rstrip('.')}:{port}/page", "a name that changes"


def _targets(cases: dict[str, Any], kind: str, port: int, names: dict[str, list[str]], *, few: bool) -> Iterator[str]:
    step = 7 if few else 1
    if kind == "leads to another scheme":
        yield from (url.replace("{port}", str(port)) for url in cases["schemes"]["other schemes"][::step])
    elif kind == "leads to a name":
        yield from (f"http://{name}:{port}/from" for name in list(names)[1::step])
    else:
        for hosts in cases["addresses"].values():
            yield from (f"http://{quote(host, safe='[]:%@')}:{port}/from" for host in hosts[::step])


async def _crawl(folder: Path, urls: dict[str, str], dns_port: int, allow: str) -> str:
    settings = {
        "DNS_SERVERS": f"127.0.0.1:{dns_port}", "ADDRESS_GUARD_ALLOW": allow, "SNAPSHOTS_ENABLED": "0",
        "DOWNLOAD_DELAY": "0", "CONNECT_TIMEOUT": "5", "DNS_TIMEOUT": "3", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    given = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scrapy", "crawl", "links", "-a", "urls=-", *given, "--logfile", str(folder / "log"),
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await asyncio.wait_for(process.communicate("\n".join(urls).encode("utf-8", "surrogatepass")), LONGEST)
    return told.decode("utf-8", "replace")


def _judged(folder: Path, urls: dict[str, str]) -> Iterator[tuple[str, Kind]]:
    """Yield each kind with what became of its URLs, by archive.db: a reason, no row (it was no URL), or something else."""
    from citekeep.exceptions import InputError  # noqa: PLC0415 - what is tried is imported where it is needed
    from citekeep.urls import canonical, parse_input  # noqa: PLC0415

    connection = sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)
    found = {
        url: (reason, error, status)
        for url, reason, error, status in connection.execute(
            "SELECT l.url, c.reason, c.error, c.status FROM links AS l LEFT JOIN checks AS c ON c.id = l.last_check_id"
        )
    }
    connection.close()
    kinds: dict[str, Kind] = {}
    for url, name in urls.items():
        kind = kinds.setdefault(name, Kind())
        kind.tried += 1
        try:
            reason, error, status = found[canonical(parse_input(url))]
        except (InputError, KeyError):
            kind.no_url += 1
            continue
        if reason in REFUSED or (name == "a name that changes" and status == 200):  # that is the decoy: robots.txt
            kind.refused += 1
        elif name.startswith("leads to") and (error == "bad_redirect" or status in {302, 404}):  # 404: its own host
            kind.no_url += 1
        elif error in NO_NAME:
            kind.no_name += 1
        else:
            kind.wrong[url] = f"{reason or error or status}"
    yield from kinds.items()
