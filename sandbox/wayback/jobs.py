"""The jobs of Save Page Now: what a submission starts, and what is said of it afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sandbox.fetch import Fetched, FetchFailedError
from sandbox.wayback.captures import Capture, Captures
from sandbox.wayback.clock import Clock, seconds_of, stamp_of
from sandbox.wayback.scripts import Script

Fetch = Callable[[str], Awaitable[Fetched]]

KEPT = 3_600.0  # seconds that a result is told
REDIRECTS = 3
STATUS_CODES = {
    401: "unauthorized", 403: "no-access", 404: "not-found", 405: "method-not-allowed", 429: "too-many-requests",
    500: "bad-gateway", 501: "not-implemented", 502: "bad-gateway", 503: "service-unavailable", 504: "gateway-timeout",
    505: "http-version-not-supported", 509: "bandwidth-limit-exceeded", 999: "blocked",
}  # fmt: skip
FETCH_CODES = {"nxdomain": "invalid-host-resolution", "timeout": "read-timeout", "bad_response": "protocol-error"}


@dataclass
class Job:
    """One submission that was accepted. begins, ends: seconds. answer: what is told of it once it has ended."""

    job_id: str
    url: str
    begins: float
    ends: float
    answer: dict[str, Any] = field(default_factory=dict)
    lost: bool = False


class Jobs:
    """Makes captures of what ``fetch`` returns."""

    def __init__(self, captures: Captures, clock: Clock, fetch: Fetch, *, seconds: float, index_lag: float) -> None:
        self.captures = captures
        self.clock = clock
        self.fetch = fetch
        self.seconds = seconds
        self.index_lag = index_lag
        self.jobs: dict[str, Job] = {}

    def active(self) -> int:
        """Return how many jobs are not over."""
        now = self.clock.now()
        return sum(job.ends > now and not job.lost for job in self.jobs.values())

    def recent(self, url: str, within: float) -> Job | None:
        """Return a job of the URL that began within so many seconds and did not fail."""
        since = self.clock.now() - within
        found = (job for job in self.jobs.values() if job.url == url and job.begins >= since)
        return next((job for job in found if job.answer.get("status") != "error"), None)

    async def start(self, url: str, script: Script, *, capture_all: bool = False) -> Job:
        """Begin a job. Its capture is made now, and is told when the job ends."""
        begins = self.clock.now() + script.delay
        ends = begins + (self.seconds if script.seconds is None else script.seconds)
        digest = hashlib.sha1(f"{url} {int(begins // KEPT)}".encode(), usedforsecurity=False).hexdigest()
        job = Job(f"spn2-{digest}", url, begins, ends, lost=script.lost)
        job.answer = await self.capture(url, script, at=begins, capture_all=capture_all)
        job.answer |= {"job_id": job.job_id, "duration_sec": round(ends - begins, 3)}
        self.jobs[job.job_id] = job
        return job

    async def capture(self, url: str, script: Script, *, at: float, capture_all: bool = False) -> dict[str, Any]:
        """Make a capture and return what is told of it: success with its timestamp, or an error with its code."""
        if script.error is not None:
            return _error(script.error, script.message)
        try:
            page = await self.fetch(url)
        except FetchFailedError as error:
            code = FETCH_CODES.get(error.error, "no-captures")
            return _error(f"error:{code}", f"Couldn't capture {url}.")
        if len(page.hops) > REDIRECTS:
            return _error("error:too-many-redirects", "Too many redirects.")
        if page.status >= 400 and not capture_all:
            code = STATUS_CODES.get(page.status, "job-failed")
            return _error(f"error:{code}", f"The target answered (HTTP status={page.status}).")
        timestamp = self._store(url, page, at, script)
        told: dict[str, Any] = {
            "status": "success", "original_url": page.final_url, "timestamp": timestamp, "http_status": page.status,
            "resources": [page.final_url], "outlinks": [], "counters": {"outlinks": 0, "embeds": 0},
        }  # fmt: skip
        return {name: value for name, value in told.items() if name not in script.strip}

    def _store(self, url: str, page: Fetched, at: float, script: Script) -> str:
        timestamp = script.timestamp or stamp_of(at)
        lag = self.index_lag if script.index_lag is None else script.index_lag
        common = {"listed_from": seconds_of(timestamp) + lag, "file": f"spn2-{timestamp}/spn2-{timestamp}.warc.gz"}
        for hop, status, location in page.hops:
            headers = [("Location", location)]
            self.captures.add(
                Capture(url=hop, timestamp=timestamp, status=status, location=location, headers=headers, **common)  # type: ignore[arg-type]
            )
        mime = next((v.partition(";")[0].strip() for k, v in page.headers if k.lower() == "content-type"), "unk")
        self.captures.add(
            Capture(
                url=page.final_url, timestamp=timestamp, status=page.status, mime=mime, body=page.body,
                headers=page.headers, **common,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        return timestamp

    def status(self, job_id: str) -> dict[str, Any]:
        """Return what is told of a job. An unknown one, or one of more than an hour ago, is pending for ever."""
        job, now = self.jobs.get(job_id), self.clock.now()
        if job is None or job.lost or now > job.ends + KEPT:
            return {"job_id": job_id, "resources": [], "status": "pending"}
        if now < job.ends:
            seen = max(0, int((now - job.begins) / max(job.ends - job.begins, 0.001) * 3))
            resources = [f"{job.url}#{number}" for number in range(seen)]
            return {"status": "pending", "job_id": job_id, "resources": resources}
        return job.answer


def _error(code: str, message: str | None) -> dict[str, Any]:
    told = {"status": "error", "status_ext": code, "message": message, "resources": []}
    return {name: value for name, value in told.items() if value is not None}


def host_of(url: str) -> str:
    """Return the host of a URL, lower case."""
    return (urlsplit(url).hostname or "").lower()
