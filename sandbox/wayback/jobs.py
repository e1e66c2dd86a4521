"""The jobs of Save Page Now: what a submission starts, and what is said of it afterwards."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sandbox.fetch import Fetched, FetchFailedError
from sandbox.wayback.captures import Capture, Captures, key_of
from sandbox.wayback.clock import Clock, seconds_of, stamp_of
from sandbox.wayback.limits import Limits
from sandbox.wayback.links import outlinks_of, resources_of
from sandbox.wayback.scripts import Effects

Fetch = Callable[[str], Awaitable[Fetched]]

KEPT = 3_600.0  # seconds that a result is told
RECENT = 3_600.0  # seconds within which a URL is not captured again, unless asked for
LATE = 12 * 3_600.0  # seconds that delay_wb_availability asks for
REDIRECTS = 3
OUTLINKS, CAPTURED_OUTLINKS, RESOURCES = 500, 100, 500
CODES = {
    400: "bad-request", 401: "unauthorized", 403: "no-access", 404: "not-found", 405: "method-not-allowed",
    429: "too-many-requests", 501: "not-implemented", 502: "bad-gateway", 503: "service-unavailable",
    504: "gateway-timeout", 505: "http-version-not-supported", 509: "bandwidth-limit-exceeded",
    511: "network-authentication-required", 999: "blocked",
}  # fmt: skip
FETCH_CODES = {
    "nxdomain": "invalid-host-resolution", "timeout": "read-timeout", "bad_response": "protocol-error",
    "too_many_redirects": "too-many-redirects",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a submission asks for; see Save Page Now's form. Only "1" and "on" mean on."""

    capture_all: bool = False
    capture_outlinks: bool = False
    capture_screenshot: bool = False
    delay_wb_availability: bool = False
    skip_first_archive: bool = False
    outlinks_availability: bool = False

    @classmethod
    def of(cls, form: dict[str, str]) -> Options:
        """Return the options that are on in a form."""
        return cls(**{name: form.get(name) in {"1", "on"} for name in cls.__dataclass_fields__})


@dataclass
class Job:
    """One submission that was accepted. begins, ends: seconds; polls: questions after which it ends, if not by time.

    answer: what is told of it once it has ended. children: the jobs of its outlinks.
    """

    job_id: str
    url: str
    begins: float
    ends: float
    polls: int | None = None
    lost: bool = False
    answer: dict[str, Any] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)

    def over(self, now: float) -> bool:
        """Return whether the job has ended."""
        return not self.lost and (now >= self.ends if self.polls is None else self.polls <= 0)


class Jobs:
    """Makes captures of what ``fetch`` returns. seconds: that a capture takes. index_lag, available_lag: seconds until
    the index and replay, and the availability API, know it.
    """

    def __init__(self, captures: Captures, clock: Clock, limits: Limits, fetch: Fetch) -> None:
        self.captures = captures
        self.clock = clock
        self.limits = limits
        self.fetch = fetch
        self.seconds, self.index_lag, self.available_lag = 2.0, 30.0, 4 * 3_600.0
        self.jobs: dict[str, Job] = {}
        self._started: Counter[str] = Counter()

    def active(self) -> int:
        """Return how many jobs are at work."""
        now = self.clock.now()
        return sum(job.begins <= now and not job.lost and not job.over(now) for job in self.jobs.values())

    def recent(self, url: str) -> Job | None:
        """Return the job of the URL that was begun within RECENT and did not fail."""
        key, since = key_of(url), self.clock.now() - RECENT
        found = (job for job in self.jobs.values() if key_of(job.url) == key and job.begins > since)
        return next((job for job in found if job.lost or job.answer.get("status") != "error"), None)

    async def start(self, url: str, effects: Effects, options: Options) -> Job:
        """Begin a job and count it. Its capture is made now, and is told when the job ends."""
        delay = float(effects["delayed"]["seconds"]) if "delayed" in effects else 0.0
        takes = effects.get("takes", {})
        begins = self.clock.now() + delay
        ends = begins + (self.seconds if takes.get("seconds") is None else takes["seconds"])
        self._started[url] += 1
        digest = hashlib.sha1(f"{url} {self._started[url]}".encode(), usedforsecurity=False).hexdigest()
        job = Job(f"spn2-{digest}", url, begins, ends, polls=takes.get("polls"), lost="lost" in effects)
        self.jobs[job.job_id] = job
        self.limits.count(key_of(url))
        self.limits.count("captures")
        page, told = await self.capture(url, effects, options, at=begins)
        if page is not None:
            told |= await self._outlinks(job, page, options)
        told |= {"job_id": job.job_id, "duration_sec": round(ends - begins, 3)}
        told |= effects["tell"]["fields"] if "tell" in effects else {}
        job.answer = {name: value for name, value in told.items() if value is not None}
        return job

    async def capture(
        self, url: str, effects: Effects, options: Options, *, at: float
    ) -> tuple[Fetched | None, dict[str, Any]]:
        """Make a capture; return the page and what is told of it: success with its timestamp, or an error's code."""
        if "error" in effects:
            return None, _error(effects["error"]["code"], effects["error"]["message"])
        if not url.startswith(("http://", "https://")):
            return None, _error("error:invalid-url-syntax", f"{url} is no URL.")
        try:
            page = await self.fetch(url)
        except FetchFailedError as error:
            code = FETCH_CODES.get(error.error, "no-captures")
            return None, _error(f"error:{code}", f"Couldn't capture {url}.", "[Errno -2] Name or service not known")
        if len(page.hops) > REDIRECTS:
            return None, _error("error:too-many-redirects", "Too many redirects.")
        if page.status >= 400 and not options.capture_all:
            code = CODES.get(page.status, "job-failed")
            return None, _error(f"error:{code}", f"The page could not be captured. (HTTP status={page.status}).")
        first = self.captures.newest_made(page.final_url, self.clock.now()) is None
        timestamp = self._store(page, at, effects, options)
        told: dict[str, Any] = {
            "status": "success", "original_url": page.final_url, "timestamp": timestamp, "http_status": page.status,
            "resources": resources_of(page)[:RESOURCES], "counters": {"outlinks": 0, "embeds": 0},
        }  # fmt: skip
        if first and not options.skip_first_archive:
            told["first_archive"] = True
        if options.capture_screenshot:
            told["screenshot"] = f"https://web.archive.org/web/{timestamp}/http://web.archive.org/screenshot/{url}"
        return page, told

    def _store(self, page: Fetched, at: float, effects: Effects, options: Options) -> str:
        timestamp = stamp_of(at)
        lag = effects["lag"]["seconds"] if "lag" in effects else self.index_lag
        lag = LATE if options.delay_wb_availability else lag
        made = seconds_of(timestamp)
        common = {
            "listed_from": made + lag,
            "available_from": made + max(lag, self.available_lag),
            "file": f"spn2-{timestamp}/spn2-{timestamp}.warc.gz",
        }
        for url, status, location in page.hops:
            headers = [("Location", location)]
            self.captures.add(
                Capture(url=url, timestamp=timestamp, status=status, location=location, headers=headers, **common)  # type: ignore[arg-type]
            )
        mime = next((v.partition(";")[0].strip() for k, v in page.headers if k.lower() == "content-type"), "unk")
        self.captures.add(
            Capture(
                url=page.final_url, timestamp=timestamp, status=page.status, mime=mime, body=page.body,
                headers=page.headers, **common,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        return timestamp

    async def _outlinks(self, job: Job, page: Fetched, options: Options) -> dict[str, Any]:
        """Return what is told of a page's outlinks: a list, their jobs, or their newest captures."""
        links = outlinks_of(page)
        if options.capture_outlinks:
            children = {url: (await self.start(url, {}, Options())).job_id for url in links[:CAPTURED_OUTLINKS]}
            job.children = list(children.values())
            return {"outlinks": children}
        if options.outlinks_availability:
            now = self.clock.now()
            newest = {url: self.captures.nearest(url, stamp_of(now), now) for url in links[:OUTLINKS]}
            return {"outlinks": {url: {"timestamp": c.timestamp if c else None} for url, c in newest.items()}}
        return {"outlinks": links[:OUTLINKS]}

    def status(self, job_id: str) -> dict[str, Any]:
        """Return what is told of a job. An unknown one, or one of more than an hour ago, is pending for ever."""
        job, now = self.jobs.get(job_id), self.clock.now()
        if job is None or job.lost or (job.polls is None and now > job.ends + KEPT):
            return {"job_id": job_id, "resources": [], "status": "pending"}
        if job.polls is not None:
            job.polls -= 1
        if job.over(now):
            return job.answer
        share = max(0.0, (now - job.begins) / max(job.ends - job.begins, 0.001))
        seen = int(share * 10) if job.polls is None else 10 - min(job.polls, 10)
        return {"status": "pending", "job_id": job_id, "resources": [f"{job.url}#{n}" for n in range(seen)]}


def _error(code: str | None, message: str | None, exception: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "status": "error",
        "exception": exception,
        "status_ext": code,
        "message": message,
        "resources": [],
    }
    return {name: value for name, value in told.items() if value is not None}


def host_of(url: str) -> str:
    """Return the host of a URL, lower case, without ``www.``; "" where there is none."""
    try:
        host = urlsplit(url if "://" in url else f"http://{url}").hostname or ""
    except ValueError:
        return ""
    return host.lower().removeprefix("www.")
