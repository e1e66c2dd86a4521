"""/save and what belongs to it: with keys as JSON, without keys as a browser would ask."""

from __future__ import annotations

import math
import random
import re
from urllib.parse import unquote

from sandbox.http import Request, Response, as_json, html
from sandbox.wayback.clock import Clock
from sandbox.wayback.jobs import Job, Jobs
from sandbox.wayback.limits import Limits, too_many
from sandbox.wayback.scripts import Scripts

LOG_IN = {"message": "You need to be logged in to use Save Page Now."}
FULL = (
    "You have already reached the limit of active Save Page Now sessions. Please wait for a minute and then try again."
)
RECENT = 3_600.0  # seconds within which a URL is not captured again, unless asked for
_AGE = re.compile(r"(\d+)\s*([dhms]?)")
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "": 1}
_ON = {"1", "on"}


class Save:
    """Save Page Now 2. keys: {access: secret} of the accounts. system: what /save/status/system says."""

    def __init__(self, jobs: Jobs, limits: Limits, scripts: Scripts, clock: Clock, keys: dict[str, str]) -> None:
        self.jobs = jobs
        self.limits = limits
        self.scripts = scripts
        self.clock = clock
        self.keys = keys
        self.system = "ok"
        self.submitted: list[str] = []

    async def answer(self, request: Request) -> Response:
        """Answer a request below /save."""
        path = request.path.rstrip("/")
        if request.method == "POST" and path == "/save":
            return await self._submit(request)
        if path == "/save/status/system":
            return as_json({"status": self.system})
        if path.startswith("/save/status"):
            return self._status(request, path.removeprefix("/save/status").strip("/"))
        if request.method == "GET" and path.startswith("/save/"):
            return await self._anonymous(request)
        return html("<h1>Not Found</h1>", status=404)

    def _known(self, request: Request) -> bool:
        access, _, secret = request.header("Authorization").removeprefix("LOW ").partition(":")
        return bool(access) and self.keys.get(access) == secret

    # --- with keys ---

    async def _submit(self, request: Request) -> Response:
        if not self._known(request):
            if "html" in request.header("Accept"):
                return html('<script>spn.watchJob("spn2-' + "0" * 40 + '", "/_static/",6000)</script>')
            return as_json(LOG_IN, status=401)
        form = request.form()
        url = form.get("url", "")
        if not self.limits.allow("save"):
            return too_many()
        script = self.scripts.take(url)
        if script.status is not None:
            return (
                too_many(script.retry_after) if script.status == 429 else html("<h1>Error</h1>", status=script.status)
            )
        if script.refuse is not None:
            return _refusal(script.refuse, script.message or "It cannot be captured.")
        again = self.jobs.recent(url, _within(form.get("if_not_archived_within")))
        if again is not None or script.no_job:
            return self._same(url, again, no_job=script.no_job)
        if self.jobs.active() >= self.limits.rates.sessions:
            return _refusal("error:user-session-limit", FULL)
        captured = self.limits.today(url)
        if captured >= self.limits.rates.url_day:
            told = f"This URL has been already captured {captured} times today, which is a daily limit we have set."
            return _refusal("error:too-many-daily-captures", told)
        self.limits.count(url)
        self.limits.count("captures")
        self.submitted.append(url)
        job = await self.jobs.start(url, script, capture_all=form.get("capture_all") in _ON)
        if script.hang:
            return Response(raw=b"", end="hang")
        late = f"The capture will start in ~{_spoken(script.delay)} because our service is currently overloaded."
        return as_json({"url": url, "job_id": job.job_id} | ({"message": late} if script.delay else {}))

    def _same(self, url: str, job: Job | None, *, no_job: bool) -> Response:
        minutes = 2 if job is None else math.ceil((self.clock.now() - job.begins) / 60)
        told = (
            f"The same snapshot had been made {minutes} minutes ago. You can make new capture of this URL after 1 hour."
        )
        return as_json({"url": url, "job_id": None if no_job or job is None else job.job_id, "message": told})

    def _status(self, request: Request, job_id: str) -> Response:
        if not self._known(request):
            return as_json(LOG_IN, status=401)
        if job_id == "user":
            return as_json(self._user())
        form = request.form()
        if "job_ids" in form:
            found = [self.jobs.status(one) for one in form["job_ids"].split(",")]
            random.shuffle(found)
            return as_json(found)
        return as_json(self.jobs.status(job_id or form.get("job_id", "")))

    def _user(self) -> dict[str, int]:
        active = self.jobs.active()
        return {
            "available": max(0, self.limits.rates.sessions - active),
            "processing": active,
            "daily_captures": self.limits.today("captures"),
            "daily_captures_limit": self.limits.rates.day,
        }

    # --- without ---

    async def _anonymous(self, request: Request) -> Response:
        url = unquote(request.target.split("/save/", 1)[1])
        if not self.limits.allow("anonymous") or self.limits.today("anonymous") >= self.limits.rates.anonymous_day:
            return too_many()
        script = self.scripts.take(url)
        if script.status is not None:
            return (
                too_many(script.retry_after) if script.status == 429 else html("<h1>Error</h1>", status=script.status)
            )
        if script.refuse is not None:
            return html(f"<h1>Sorry</h1><p>{script.message or 'This URL cannot be captured.'}</p>")
        self.limits.count("anonymous")
        self.submitted.append(url)
        told = await self.jobs.capture(url, script, at=self.clock.now())
        if script.hang:
            return Response(raw=b"", end="hang")
        wait = self.jobs.seconds if script.seconds is None else script.seconds
        if told["status"] != "success":
            answer = html(f"<h1>Sorry</h1><p>{told.get('message', '')}</p>")
            answer.delay = wait
            return answer
        location = f"https://web.archive.org/web/{told['timestamp']}/{url}"
        return Response(status=302, headers=[("Location", location)], delay=wait)


def _refusal(code: str, message: str) -> Response:
    return as_json({"status": "error", "status_ext": code, "message": message})


def _within(value: str | None) -> float:
    """Return the seconds that "3d 5h 20m" or a number of seconds names; the service's hour where nothing does."""
    first = (value or "").split(",")[0]
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _AGE.findall(first))
    return float(seconds) or RECENT


def _spoken(seconds: float) -> str:
    hours, minutes = divmod(int(seconds // 60), 60)
    parts = [f"{hours} hours"] * bool(hours) + [f"{minutes} minutes"]
    return ", ".join(parts)
