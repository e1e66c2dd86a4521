"""The runs: real processes of production commands on the clock of the world, some killed, some beside each other."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from benchmarks.faults.arena import ROOT
from benchmarks.quarter.serve import Serving
from benchmarks.quarter.show import PLACES
from benchmarks.quarter.world import World
from sandbox.proxy import Proxy
from sandbox.run import KEYS
from sandbox.server import HOST, Log
from sandbox.wayback import StandIn
from sandbox.wayback.limits import Rates
from sandbox.wayback.standin import HOSTS

SETTINGS = {
    "DOWNLOAD_DELAY": 0.1, "SNAPSHOT_WAIT": 1, "EXTRACT_WORKERS": 1, "LEASE_SECONDS": 20, "CHECK_AFTER_DAYS": 15,
    "OUTAGE_PATIENCE": 1, "SITE_DELAY_MAX": 2, "CONNECT_TIMEOUT": 5, "DOWNLOAD_TIMEOUT": 10, "SITES_ONLY": "*.test",
    "WARC_MAXSIZE": 5_000_000,
}  # fmt: skip
"""A politer pace would only be waited for; 30 days between two checks leave no time for three strikes in a quarter."""

FASTER = 20
"""The stand-in allows so many times more a minute than the real service, and the ledger knows: a run lasts seconds here."""
RATES = {"save": [7 * FASTER, 30_000], "cdx": [30 * FASTER, None], "replay": [60 * FASTER, None],
         "status": [60 * FASTER, 70_000]}  # fmt: skip
QUOTA = 60  # captures a day of the account
QUICK = {
    "citekeep.wayback.submitter:POLL_FIRST": 0.3,
    "citekeep.wayback.steps:POLL_FIRST": 0.3,
    "citekeep.wayback.limits:SESSIONS_WAIT": 0.3,
    "citekeep.wayback.worker:JOBS_PAUSE": 0.2,
}
"""What is waited between two questions, in seconds that are real here."""
FIRST_ALARM = 10  # the least exit code of an alarm (docs/archivists.md)
LOOK = 0.01  # seconds between two looks whether a run has ended
LONGEST = 240.0  # seconds that a run may take; more is a hang


@dataclass
class Run:
    """One process. number: from 1, also its agent's. step: of the world's days. cpu: seconds of it and its children.

    due: links that were due as it began; waiting: wishes for snapshots that were not done. steps: of SQLite, None where it
    was killed. fault: what was to kill it. checks, work: what it did, counted by the judge; work has the ledger's, too.
    """

    number: int
    name: str
    step: int
    begun: float
    due: int = 0
    ended: float = 0.0
    code: int = 0
    cpu: float = 0.0
    seconds: float = 0.0
    steps: int | None = None
    beside: int | None = None
    dark: bool = False
    idle: bool = False
    fault: dict[str, Any] = field(default_factory=dict)
    output: str = ""
    checks: int = 0
    work: int = 0
    waiting: int = 0
    pid: int = 0

    @property
    def ended_well(self) -> bool:
        """Whether it did what it was to do; with or without an alarm about what it found."""
        return self.code == 0 or self.code >= FIRST_ALARM

    @property
    def killed(self) -> bool:
        """Whether it was killed."""
        return self.code == -signal.SIGKILL


class Runs:
    """Starts runs in a folder of their own; ``done`` has all that ended. The sandbox's loop runs in another thread."""

    def __init__(self, world: World, serving: Serving, folder: Path) -> None:
        self.world, self.serving, self.folder = world, serving, folder
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        self.standin = StandIn(serving.fetch, {KEYS["IA_ACCESS_KEY_ID"]: KEYS["IA_SECRET_ACCESS_KEY"]})
        self.standin.limits.rates = Rates(save=7 * FASTER, index=30 * FASTER, playback=60 * FASTER, day=QUOTA)
        self.standin.jobs.seconds, self.standin.jobs.index_lag = 0.4, 1.0
        self.requests = Log()
        self.proxy = Proxy(
            dict.fromkeys(HOSTS, self.standin.handle), serving.certificates, self.requests, shut=self.standin.refuses
        )
        self.done: list[Run] = []
        self._numbers = 0
        self._open: dict[int, tuple[subprocess.Popen[str], IO[str], Run]] = {}
        (self.data / "sources.toml").write_text(sources(world), encoding="utf-8")
        serving.certificates.write_bundle(folder / "ca.pem")

    def turn(self, at: float) -> None:
        """Have it be that time in the world, for the stand-in and for the runs to come."""
        by = at - self.serving.now()
        self.serving.offset += by
        self.standin.clock.turn(by)

    def start(self, name: str, step: int, *, fault: dict[str, Any] | None = None, beside: int | None = None) -> Run:
        """Start a run: "due", "snapshots" or "feed"."""
        self._numbers += 1
        run = Run(self._numbers, name, step, self.serving.now(), beside=beside, dark=self.serving.dark)
        run.due, run.waiting = self.due()
        run.fault = fault or {}
        told = {"turned": self.serving.offset, "rates": RATES, "cost": str(self._cost(run))} | run.fault
        told["constants"] = QUICK
        output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by ``wait``
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.quarter.entry", *self._arguments(run)],
            cwd=ROOT, env=os.environ | self._environment() | {"FAULT": json.dumps(told)}, stdout=output,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        run.pid = process.pid
        self._open[run.number] = process, output, run
        return run

    def kill(self, run: Run, after: float) -> None:
        """Kill a run after so many seconds, unless it has ended."""
        process, _, _ = self._open[run.number]
        end = time.monotonic() + after
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:  # left for ``wait``
            if time.monotonic() > end:
                process.kill()
                return
            time.sleep(0.01)

    def wait(self, run: Run) -> Run:
        """Wait until a run has ended, and note how."""
        process, output, _ = self._open[run.number]
        looks = 0  # counted, as a machine that slept meanwhile is no hang
        while (found := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            looks += 1
            if looks * LOOK > LONGEST:
                process.kill()
                run.output = "It hung. "
            time.sleep(LOOK)
        del self._open[run.number]
        _, status, usage = found
        process.returncode = run.code = os.waitstatus_to_exitcode(status)
        run.ended, run.cpu = self.serving.now(), usage.ru_utime + usage.ru_stime
        run.seconds = run.ended - run.begun
        output.seek(0)
        run.output += output.read()[-6_000:]
        output.close()
        if (cost := self._cost(run)).exists():
            run.steps = json.loads(cost.read_text())["steps"]
        self.done.append(run)
        return run

    def finish(self) -> None:
        """Let what was started come to its end, do what is due once more, and have the world end now."""
        for _, _, run in list(self._open.values()):
            self.wait(run)
        self.wait(self.start("due", self.done[-1].step))
        self.world.ends = self.serving.now()

    def close(self) -> None:
        """End what was started and not waited for: something went wrong."""
        for process, output, _ in self._open.values():
            process.kill()
            process.wait()
            output.close()

    def due(self) -> tuple[int, int]:
        """Return how many links are due now, and how many wishes for snapshots wait."""
        if not (self.data / "archive.db").exists():
            return 0, 0
        with closing(sqlite3.connect(self.data / "archive.db", timeout=30)) as connection:
            try:
                question = (
                    "SELECT (SELECT count(*) FROM links WHERE next_check_at <= ? OR priority > 0 AND next_check_at NOT NULL),"
                    " (SELECT count(*) FROM saves WHERE state IN ('wanted', 'deferred'))"
                )
                at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.serving.now()))
                due, waiting = connection.execute(question, (at,)).fetchone()
            except sqlite3.OperationalError:
                return 0, 0
            return due, waiting

    def _cost(self, run: Run) -> Path:
        return self.folder / f"cost-{run.number}.json"

    def _arguments(self, run: Run) -> list[str]:
        settings: dict[str, Any] = SETTINGS | {
            "CONNECT_TO": json.dumps(self.serving.connect_to()),
            "ADDRESS_GUARD_ALLOW": ",".join(self.serving.allowed()),
            "DNS_SERVERS": f"{HOST}:{self.serving.dns.port}",
            "USER_AGENT": f"Citekeep/0.1 (+https://quarter.test; run-{run.number})",
        }
        options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        if run.name == "snapshots":
            return ["snapshots", "--for", "3s", *options]
        return ["due", *options] if run.name == "due" else ["crawl", run.name, *options]

    def _environment(self) -> dict[str, str]:
        proxy, bundle = f"http://{HOST}:{self.proxy.port}", str(self.folder / "ca.pem")
        return {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"), ""),
            **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), bundle),
            **dict.fromkeys(("IA_CONFIG_FILE", "INTERNETARCHIVE_CONFIG"), str(self.folder / "none.ini")),
            **KEYS, "CITEKEEP_DATA": str(self.data), "NO_COLOR": "1", "COLUMNS": "160",
        }  # fmt: skip


def sources(world: World) -> str:
    """Return the sources.toml that names every outlet of a world."""
    told = []
    for outlet in world.outlets.values():
        assert outlet.listing is not None
        kind = {"rss": "feed", "atom": "feed", "index": "sitemap"}.get(outlet.listing, outlet.listing)
        told += ["[[source]]", f'name = "{outlet.domain}"', f'{kind} = "{outlet.url(PLACES[outlet.listing])}"']
        told += ['every = "6h"', 'collection = "quarter"'] + ['publicity = "private"'] * outlet.private
        if kind == "section":
            told.append(f'pattern = "{outlet.url("/story/*")}"')
        told.append("")
    return "\n".join(told)
