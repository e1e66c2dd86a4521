"""One archive in a folder of its own, and the sandbox in which it is crawled, run by run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.faults.points import SNAPSHOTS
from sandbox.http import Request, Response
from sandbox.run import ARTICLE, Sandbox
from sandbox.wayback.limits import Rates

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"good-tls.test": 7, "www.volga-observer.test": 2, "statistics.test": 2, "www.radio-meridian.test": 2}
"""How many pages of each host are asked for, besides the example article and what it cites."""

SETTINGS = {
    "DOWNLOAD_DELAY": 0.02,
    "SNAPSHOT_WAIT": 0,
    "WARC_MAXSIZE": 20_000,
    "EXTRACT_WORKERS": 1,
    "DISK_FREE_MIN": 0,
}
"""WARC_MAXSIZE: so that files are closed and begun in the middle of a run. DISK_FREE_MIN: disks are to fill up here."""

QUICK = {
    "citekeep.wayback.submitter:POLL_FIRST": 0.3,
    "citekeep.wayback.steps:POLL_FIRST": 0.3,
    "citekeep.wayback.limits:SESSIONS_WAIT": 0.3,
    "citekeep.wayback.budget:SHARE": 2.0,
    "citekeep.wayback.budget:MINUTE": 3.0,
    "citekeep.wayback.worker:JOBS_PAUSE": 0.2,
}
"""What would be waited for the Wayback Machine's sake is not, against the stand-in."""

BETWEEN_RUNS = 61  # seconds by which the clocks are turned: the counters of a minute begin anew
LONGEST = 100.0  # seconds that a run may take; more is a hang
GONE = 5.0  # seconds after which nothing of a killed run may be there


@dataclass(frozen=True)
class Ended:
    """A run that ended: its exit code (negative: the signal), all it printed, seconds it took."""

    code: int
    output: str
    seconds: float


class Arena:
    """settings: of Scrapy, over SETTINGS. posted: how often each URL was handed in at Save Page Now.

    kept: what the WARCs were seen to hold, by name; it has to stay as it is.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, settings: dict[str, Any] | None = None) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.settings = SETTINGS | (settings or {})
        self.turned = 0.0
        self.posted: Counter[str] = Counter()
        self.kept: dict[str, bytes] = {}
        self.outputs: dict[int, IO[str]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "urls.txt").write_text("\n".join(asked()), encoding="utf-8")
        _hurry(sandbox)
        self._count_posts()

    def _count_posts(self) -> None:
        save = self.sandbox.standin.save
        submit = save.submit

        async def counted(request: Request) -> Response:
            self.posted[request.form().get("url", "")] += 1
            return await submit(request)

        save.submit = counted  # type: ignore[method-assign]

    # --- runs ---

    def command(self, name: str, *, again: bool = True) -> list[str]:
        """Return the arguments of ``scrapy``: for a crawl of the list (of what is left, if not ``again``), or the ledger."""
        settings = [part for key, value in self.settings.items() for part in ("-s", f"{key}={value}")]
        if name == SNAPSHOTS:
            return ["snapshots", "--for", "4s", *settings]
        given = ["-a", f"urls={self.folder / 'urls.txt'}"] if again else []
        return ["crawl", "article", *self.sandbox.scrapy_arguments(), *settings, *given]

    def start(self, name: str, fault: dict[str, Any] | None = None, *, again: bool = True) -> subprocess.Popen[str]:
        """Start a run with a fault (see victim.py); again: see ``command``."""
        fault = {"turned": self.turned} | (fault or {})
        fault["constants"] = QUICK | fault.get("constants", {})
        environment = os.environ | self.sandbox.environment()
        environment |= {"CITEKEEP_DATA": str(self.folder), "FAULT": json.dumps(fault), "NO_COLOR": "1"}
        output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by ``wait``
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.faults.victim", *self.command(name, again=again)],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.outputs[process.pid] = output
        return process

    def wait(self, process: subprocess.Popen[str], seconds: float = LONGEST) -> Ended:
        """Return how a run ended; one that hangs is killed, and its code says so."""
        begun = time.monotonic()
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        took = time.monotonic() - begun
        output = self.outputs.pop(process.pid)
        output.seek(0)
        text = output.read()
        output.close()
        return Ended(code, text, took)

    def run(self, name: str, fault: dict[str, Any] | None = None, *, again: bool = True) -> Ended:
        """Run a command to its end."""
        return self.wait(self.start(name, fault, again=again))

    def let_time_pass(self, seconds: float = BETWEEN_RUNS) -> None:
        """Turn the clocks of the runs to come and of the stand-in."""
        self.turned += seconds
        self.sandbox.standin.clock.turn(seconds)


def asked() -> list[str]:
    """Return the URLs of the list: the example article, and pages of several sites."""
    return [ARTICLE, *(f"https://{host}/page?number={n}" for host, pages in PAGES.items() for n in range(pages))]


def _hurry(sandbox: Sandbox) -> None:
    standin = sandbox.standin
    standin.limits.rates = Rates(
        save=10_000, anonymous=10_000, index=10_000, playback=10_000, url_day=1_000, sessions=50
    )
    standin.jobs.seconds, standin.jobs.index_lag, standin.jobs.available_lag = 0.8, 0.0, 0.0


def left_of(session: int) -> list[int]:
    """Return the processes of a killed run that are still there after GONE seconds, and end them."""
    end = time.monotonic() + GONE
    while (pids := _of_session(session)) and time.monotonic() < end:
        time.sleep(0.02)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return pids


def _of_session(session: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = path.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(its) == session and state != "Z":
            found.append(int(path.parent.name))
    return found
