"""The WARC writer beside gzip of the same bytes, and what each level of gzip costs and saves.

``python -m benchmarks.warc [--pages 1000]`` prints records and megabytes per second, as medians of three rounds taken in
turn, on 80 KB news pages each unlike the others.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import zlib
from pathlib import Path

from benchmarks.pages import Pages
from citekeep.items import Exchange
from citekeep.warc.records import GZIP_LEVEL
from citekeep.warc.writer import WarcWriter

REQUEST = b"GET /page HTTP/1.1\r\nHost: www.s0.test\r\nUser-Agent: Citekeep\r\nAccept: */*\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"


def exchanges(count: int) -> list[Exchange]:
    pages = Pages(200)
    bodies = [pages.body(path) for path in pages.paths(count)]
    return [
        Exchange(
            url=f"https://www.s0.test/{n}",
            started_at="2026-03-01T12:00:00Z",
            request_bytes=REQUEST,
            response_bytes=HEAD % len(body) + body,
            head_length=len(HEAD % len(body)),
            status=200,
            body_length=len(body),
        )
        for n, body in enumerate(bodies)
    ]


def write(sent: list[Exchange]) -> float:
    """Return the seconds until every record is flushed and the file is closed, indexed and synced."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        writer = WarcWriter(Path(folder), max_bytes=10**9, info={"software": "benchmark"})
        for exchange in sent:
            writer.submit(exchange)
        writer.close()
        return time.perf_counter() - begun


def compress(sent: list[Exchange], level: int) -> tuple[float, int]:
    """Return (seconds, bytes) of gzip alone over the same messages, each by itself."""
    size = 0
    begun = time.perf_counter()
    for exchange in sent:
        for message in (exchange.response_bytes, exchange.request_bytes):
            compressor = zlib.compressobj(level, zlib.DEFLATED, 31)
            size += len(compressor.compress(message)) + len(compressor.flush())
    return time.perf_counter() - begun, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1_000)
    sent = exchanges(parser.parse_args().pages)
    size = sum(len(one.response_bytes) + len(one.request_bytes) for one in sent)
    written, alone = [], []
    for _ in range(3):
        written.append(write(sent))
        alone.append(compress(sent, GZIP_LEVEL)[0])
    seconds, gzip_seconds = statistics.median(written), statistics.median(alone)
    print(f"{len(sent)} exchanges, {size / 1e6:.0f} MB, gzip level {GZIP_LEVEL}")
    print(f"writer      {2 * len(sent) / seconds:7.0f} records/s {size / 1e6 / seconds:7.1f} MB/s")
    print(f"gzip alone  {2 * len(sent) / gzip_seconds:7.0f} records/s {size / 1e6 / gzip_seconds:7.1f} MB/s")
    print(f"writer / gzip alone: {gzip_seconds / seconds:.2f}")
    for level in (1, 2, 3, 4, 6, 9):
        taken, length = compress(sent[:400], level)
        share = sum(len(one.response_bytes) + len(one.request_bytes) for one in sent[:400])
        print(f"level {level}: {share / 1e6 / taken:6.1f} MB/s, {length / share:.1%} of the bytes")


if __name__ == "__main__":
    main()
