"""``python -m benchmarks.database``: how fast checks are recorded, and how fast a claim is among a million links.

Rates are told as ratios to a bare INSERT of the same rows' keys in the same run, since machines differ. Options:
``--links N`` (default 1,000,000), ``--checks N`` (default 4,000).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

from citekeep import clock, crawls, database
from citekeep.frontier import LocalFrontier
from citekeep.items import DueLink, Extraction, Judgement, Lease, Result

HOSTS_PER_LINK = 1 / 20
DUE = 0.09  # share of links that are due
WORDS = 800  # of a news story, 5.6 KB of Cyrillic


def fill(path: Path, links: int) -> None:
    """Write sites, hosts and links straight into the tables: a million, a part of them due."""
    connection, now, later = database.connect(path), clock.now(), clock.after(9e6)
    sites = max(1, int(links * HOSTS_PER_LINK))
    draw = random.Random(1)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO sites (id, site) VALUES (?, ?)", ((n, f"s{n}.example") for n in range(sites)))
    connection.executemany(
        "INSERT INTO hosts (id, origin, host, site_id) VALUES (?, ?, ?, ?)",
        ((n, f"https://s{n}.example", f"s{n}.example", n) for n in range(sites)),
    )
    connection.executemany(
        "INSERT INTO links (id, url, request_url, host_id, site_id, first_seen_at, next_check_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (n, url := f"https://s{n % sites}.example/2022/01/13/some-story-{n}", url, n % sites, n % sites, now,
             now if draw.random() < DUE else later)
            for n in range(links)
        ),
    )  # fmt: skip
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


def stories(count: int) -> list[str]:
    """Return texts of random words, each another one."""
    draw = random.Random(2)
    words = ["".join(draw.choices("абвгдежзиклмнопрстуя", k=draw.randint(3, 10))) for _ in range(20_000)]
    return [" ".join(draw.choices(words, k=WORDS)) for _ in range(count)]


def result(lease: Lease, link: DueLink, crawl_id: int, text: str | None) -> Result:
    """Return a whole check as a crawl records it."""
    digest = f"{link.link_id:064x}" if text else "0" * 64
    capture: dict[str, Any] = {
        "purpose": "page", "url": link.request_url, "started_at": clock.now(), "status": 200, "ip": "192.0.2.1",
        "total_ms": 200, "body_sha256": digest, "body_length": 80_000,
    }  # fmt: skip
    return Result(
        link_id=link.link_id,
        site_id=lease.site_id,
        epoch=lease.epoch,
        turn=link.turn,
        crawl_id=crawl_id,
        check={"checked_at": clock.now(), "requested_url": link.request_url, "status": 200, "body_sha256": digest},
        captures=[capture],
        judgement=Judgement(
            rules_version=1, verdict="alive", group="alive", standing="alive", next_check_at=clock.after(9e6)
        ),
        extraction=Extraction(outcome="ok", extractor="bench", extractor_version="1", text=text, title="A title")
        if text
        else None,
    )


async def recorded_per_second(frontier: LocalFrontier, share_new: float, checks: int) -> float:
    """Return whole checks a second through the writer, ``share_new`` of them with a document never seen."""
    leases: list[Lease] = []
    while sum(len(lease.links) for lease in leases) < checks and (more := await frontier.claim(500)):
        leases += more
    pairs = [(lease, link) for lease in leases for link in lease.links][:checks]
    texts = stories(int(len(pairs) * share_new))
    results = [
        result(lease, link, frontier.crawl_id, texts[n] if n < len(texts) else None)
        for n, (lease, link) in enumerate(pairs)
    ]
    random.Random(3).shuffle(results)
    begin = time.perf_counter()
    await frontier.record(results)
    return len(results) / (time.perf_counter() - begin)


def bare_inserts_per_second(folder: Path, rows: int = 20_000) -> float:
    """Return rows a second of the plainest INSERT in transactions of 500: what this machine can do."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, url TEXT)")
    begin = time.perf_counter()
    for start in range(0, rows, 500):
        connection.execute("BEGIN IMMEDIATE")
        for n in range(start, start + 500):
            connection.execute("INSERT INTO bare VALUES (?, ?)", (n, f"https://a.example/{n}"))
        connection.execute("COMMIT")
    seconds = time.perf_counter() - begin
    connection.close()
    return rows / seconds


async def claim_ms(frontier: LocalFrontier, sites: int, times: int = 20) -> tuple[float, float]:
    """Return median and worst milliseconds of claiming ``sites`` sites, the call through the writer included."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        await frontier.claim(sites)
        spent.append(1000 * (time.perf_counter() - begin))
    return sorted(spent)[times // 2], max(spent)


async def measure(folder: Path, links: int, checks: int) -> None:
    path = folder / "archive.db"
    begin = time.perf_counter()
    await asyncio.to_thread(fill, path, links)
    print(f"{links:,} links in {time.perf_counter() - begin:.0f} s, {path.stat().st_size >> 20} MiB")
    writer = database.Writer(path)
    crawl = writer.run_sync(lambda c: crawls.start(c, run="bench", spider="bench", arguments={}, versions={}))
    frontier = LocalFrontier(writer, holder="bench", crawl_id=crawl.crawl_id)
    for sites in (1, 50):
        median, worst = await claim_ms(frontier, sites)
        print(f"claim of {sites} sites: median {median:.1f} ms, worst {worst:.1f} ms")
    begin = time.perf_counter()
    due = await frontier.waiting()
    print(f"counting {due:,} due links: {1000 * (time.perf_counter() - begin):.0f} ms (at most 200 of them waiting)")
    bare = bare_inserts_per_second(folder)
    print(f"bare inserts: {bare:,.0f} rows/s = 1")
    for share in (0.0, 0.3, 1.0):
        rate = await recorded_per_second(frontier, share, checks)
        print(f"whole checks, {share:.0%} with a new document: {rate:,.0f}/s = {rate / bare:.3f}")
    await writer.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=1_000_000)
    parser.add_argument("--checks", type=int, default=4_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citekeep-bench-") as folder:
        asyncio.run(measure(Path(folder), options.links, options.checks))


if __name__ == "__main__":
    main()
