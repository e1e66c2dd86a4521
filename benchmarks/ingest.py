"""``scrapy ingest`` of a WARC of news pages beside trafilatura alone on the same pages: time, and the most memory it took.

``python -m benchmarks.ingest [--megabytes 100]`` writes a WARC of 80 KB pages, each unlike the others, of which every tenth is
an article that cites the nine after it, and prints seconds of processor time of both, their ratio, and the peak of resident
memory of the command's own process and of its largest worker. The file has as many bytes again in pictures that nobody cites.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trafilatura

from benchmarks.pages import VARIANTS, page
from citekeep.warc.records import serialise

ROOT = Path(__file__).resolve().parent.parent
EVERY = 10  # pages, of which one is an article


def record(url: str, body: bytes, content_type: str, number: int) -> bytes:
    """Return a response record as a gzip member."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n" % content_type.encode() + body
    return serialise(
        [
            ("WARC-Type", "response"),
            ("WARC-Record-ID", f"<urn:uuid:{number}>"),
            ("WARC-Date", "2015-03-01T10:00:00Z"),
            ("WARC-Target-URI", url),
            ("Content-Type", "application/http; msgtype=response"),
            ("Content-Length", str(len(block))),
        ],
        block,
    )


def bodies(count: int) -> list[bytes]:
    """Return the pages: of ten, one that cites nine."""
    variants = [page(number) for number in range(VARIANTS)]
    found = []
    for number in range(count):
        text = variants[number % VARIANTS].replace(b"%s", str(number).encode())
        if number % EVERY == 0:
            cited = "".join(
                f'<p>What <a href="http://www.s.test/{number + n}">report {number + n}</a> says of it is known.</p>'
                for n in range(1, EVERY)
            )
            text = text.replace(b"</article>", cited.encode() + b"</article>")
        found.append(text)
    return found


class Watched:
    """Processor time and peak memory of all processes of a session, read from /proc again and again."""

    def __init__(self, session: int) -> None:
        self.session = session
        self.seconds: dict[int, float] = {}
        self.peaks: dict[int, float] = {}  # MiB

    def look(self) -> None:
        """Read what the processes have used by now."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                status = (folder / "status").read_text()
            except OSError:
                continue  # it has ended
            if int(fields[3]) == self.session:
                pid = int(folder.name)
                self.seconds[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
                self.peaks[pid] = max(int(peak) / 1024, self.peaks.get(pid, 0.0))


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="of pages and pictures, before gzip")
    megabytes = parser.parse_args().megabytes
    pages = bodies(megabytes * 10**6 // 160_000)
    rng = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="citekeep-bench-") as folder:
        path = Path(folder) / "crawl.warc.gz"
        with path.open("wb") as stream:
            for number, body in enumerate(pages):
                where = "2015/" if number % EVERY == 0 else ""
                stream.write(record(f"http://www.s.test/{where}{number}", body, "text/html", 2 * number))
                stream.write(
                    record(f"http://www.s.test/i/{number}.jpg", rng.randbytes(80_000), "image/jpeg", 2 * number + 1)
                )
        begun = time.process_time()
        for body in pages:
            trafilatura.bare_extraction(body.decode())
        alone = time.process_time() - begun
        clock = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "scrapy", "ingest", str(path), "--articles", "www.s.test/2015/*", "--json"],
            cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": folder}, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        watched = Watched(process.pid)
        while process.poll() is None:
            watched.look()
            time.sleep(0.1)
        took, used = time.monotonic() - clock, sum(watched.seconds.values())
        assert process.stdout is not None
        with process.stdout as printed:
            found = json.load(printed)
        own = watched.peaks.pop(process.pid)
        print(
            f"{found['records']:,} records, {path.stat().st_size / 1e6:,.0f} MB: {found['checks']:,} checks,"
            f" {found['citations']:,} citations in {took:.1f} s. Processor time {used:.1f} s, trafilatura alone {alone:.1f} s:"
            f" {used / alone:.2f} times. Peak memory {own:.0f} MiB, largest worker {max(watched.peaks.values()):.0f} MiB."
        )


if __name__ == "__main__":
    main()
