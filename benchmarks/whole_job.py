"""The whole job (fetch, WARC, extraction, judgement, record) beside trafilatura alone in two processes.

``python -m benchmarks.whole_job [--pages 2000] [--sites 200] [--rounds 3]`` prints, per round and as medians: pages per
second of each, their ratio, the 99th percentile of the event loop's lag beside that of an idle loop with the same two
workers, and resident memory over the run. ``--plain`` adds plain Scrapy with trafilatura in its callback.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.pages import CITED, Pages

ROOT = Path(__file__).resolve().parent.parent


_PAGES: list[Pages] = []


def _extract(path: str) -> int:
    import trafilatura  # noqa: PLC0415 - in the worker alone

    if not _PAGES:
        _PAGES.append(Pages(200))
    body = _PAGES[0].body(path)
    document = trafilatura.bare_extraction(body, url=f"http://www.s0.test{path}", with_metadata=True)
    return len(document.text) if document else 0


def trafilatura_alone(pages: int) -> float:
    """Return pages per second of trafilatura in two processes, as it comes."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        paths = Pages(200).paths(pages)
        list(pool.map(_extract, paths[-40:], chunksize=10))
        begun = time.perf_counter()
        list(pool.map(_extract, paths, chunksize=10))
        return pages / (time.perf_counter() - begun)


def idle_lag(seconds: float) -> float:
    """Return the 99th percentile of the lag (ms) of an idle loop while two workers extract, niced as Citekeep's are."""

    async def watch() -> list[float]:
        lags, loop = [], asyncio.get_running_loop()
        end = loop.time() + seconds
        while (asked := loop.time()) < end:
            await asyncio.sleep(0.01)
            lags.append((loop.time() - asked - 0.01) * 1000)
        return lags

    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_extract_until, args=(seconds + 3,), daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    time.sleep(2.5)
    lags = asyncio.run(watch())
    for worker in workers:
        worker.kill()
        worker.join()
    return percentile(lags, 0.99)


def _extract_until(seconds: float) -> None:
    os.nice(5)
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        _extract(f"/{number}")
        number += 1


def percentile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    return sorted(values)[int(len(values) * share)] if values else float("nan")


def whole_job(pages: int, sites: int, port: int) -> dict:
    """Return {"rate", "lag_p99", "rss", "disk"} of a crawl into an archive of its own: articles and what they cite."""
    with tempfile.TemporaryDirectory() as folder:
        urls = Path(folder) / "urls.txt"
        urls.write_text("\n".join(Pages(sites).urls(pages)), encoding="utf-8")
        lag = Path(folder) / "lag.json"
        environment = os.environ | {
            "CITEKEEP_DATA": folder,
            "SCRAPY_SETTINGS_MODULE": "benchmarks.bench_settings",
            "BENCH_PORT": str(port),
            "BENCH_LAG": str(lag),
        }
        begun = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "article", "-a", f"urls={urls}", "-a", "publish=0"],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - begun
        if run.returncode:
            sys.exit(f"The crawl ended with {run.returncode}:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        noted = json.loads(lag.read_text(encoding="utf-8"))
        with contextlib.closing(sqlite3.connect(Path(folder) / "archive.db")) as connection:
            (checks,) = connection.execute("SELECT count(*) FROM checks WHERE status = 200").fetchone()
        if checks != pages:
            sys.exit(f"{checks} pages were recorded, not {pages}.")
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 2**20
    return {"rate": pages / seconds, "lag_p99": percentile(noted["lag_ms"], 0.99), "rss": noted["rss"], "disk": size}


def plain_scrapy(pages: int, sites: int, port: int) -> float:
    """Return pages per second of plain Scrapy with trafilatura in its callback."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "benchmarks.plain", str(pages), str(port)], cwd=ROOT, check=True)
    return pages / (time.perf_counter() - begun)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plain", action="store_true", help="also plain Scrapy with trafilatura in its callback")
    options = parser.parse_args()
    options.pages -= options.pages % (CITED + 1)
    serving = [sys.executable, "-m", "benchmarks.pages", "--sites", str(options.sites)]
    server = subprocess.Popen(serving, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        ratios = []
        for number in range(options.rounds):
            alone = trafilatura_alone(min(options.pages, 1_000))
            job = whole_job(options.pages, options.sites, port)
            idle = idle_lag(8)
            ratios.append(job["rate"] / alone)
            print(
                f"round {number + 1}: trafilatura alone {alone:.1f} pages/s, whole job {job['rate']:.1f}, "
                f"ratio {ratios[-1]:.2f}; "
                f"lag p99 {job['lag_p99']:.1f} ms, idle loop {idle:.1f} ms, ratio {job['lag_p99'] / idle:.2f}; "
                f"{job['disk']:.0f} MiB written"
            )
            print("  resident MiB at checks: " + ", ".join(f"{n}: {mib:.0f}" for n, mib in _thin(job["rss"])))
            if options.plain:
                plain = plain_scrapy(min(options.pages, 1_000), options.sites, port)
                print(f"  plain Scrapy with trafilatura in its callback {plain:.1f} pages/s, ratio {plain / alone:.2f}")
        print(f"median ratio of the whole job to trafilatura alone: {statistics.median(ratios):.2f}")
    finally:
        server.kill()


def _thin(points: list) -> list:
    step = max(1, len(points) // 12)
    return points[::step]


if __name__ == "__main__":
    main()
