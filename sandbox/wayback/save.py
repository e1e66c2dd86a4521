"""/save and what belongs to it, with keys: Save Page Now 2."""

from __future__ import annotations

import math
import random
import re
from typing import Any

from sandbox.http import Request, Response, as_json, html
from sandbox.wayback.captures import key_of
from sandbox.wayback.clock import Clock, seconds_of
from sandbox.wayback.jobs import Job, Jobs, Options
from sandbox.wayback.limits import Limits
from sandbox.wayback.scripts import SAVE, STATUS, SYSTEM, USER, Effects, Scripts, fault

LOG_IN = {"message": "You need to be logged in to use Save Page Now."}
FULL = (
    "You have already reached the limit of active Save Page Now sessions. Please wait for a minute and then try again."
)
OVERLOADED = "Save Page Now servers are temporarily overloaded. Your captures may be delayed."
USER_CACHED = 60.0  # seconds that the answer about an account is kept, for those who ask with the same _t
_AGE = re.compile(r"(\d+)\s*([dhms]?)")
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "": 1}


class Save:
    """keys: {access: secret} of the accounts. overloaded: what /save/status/system says. submitted: every URL that was
    taken on, in order.
    """

    def __init__(self, jobs: Jobs, limits: Limits, scripts: Scripts, clock: Clock, keys: dict[str, str]) -> None:
        self.jobs = jobs
        self.limits = limits
        self.scripts = scripts
        self.clock = clock
        self.keys = keys
        self.overloaded = False
        self.submitted: list[str] = []
        self._was_active = 0
        self._cached: dict[tuple[str, str], tuple[float, dict[str, int]]] = {}

    def knows(self, request: Request) -> bool:
        """Return whether the request carries an account's keys."""
        access, _, secret = request.header("Authorization").removeprefix("LOW ").partition(":")
        return bool(access) and self.keys.get(access) == secret

    async def submit(self, request: Request) -> Response:
        """Answer POST /save of an account."""
        form = request.form()
        url = form.get("url", "")
        effects = self.scripts.take(url, SAVE)
        if not self.limits.allow("save"):
            return self.limits.too_many()
        failed = fault(effects)
        if failed is not None:
            if failed[1]:
                await self._begin(url, effects, form)
            return failed[0]
        response = as_json(self._refusal(url, effects, form) or await self._begin(url, effects, form))
        response.delay = effects["slow"]["seconds"] if "slow" in effects else 0.0
        return response

    async def _begin(self, url: str, effects: Effects, form: dict[str, str]) -> dict[str, Any]:
        self.submitted.append(url)
        job = await self.jobs.start(url, effects, Options.of(form))
        told: dict[str, Any] = {"url": url, "job_id": job.job_id}
        if "delayed" in effects:
            told["message"] = (
                f"The capture will start in ~{_spoken(effects['delayed']['seconds'])} because our service is currently"
                " overloaded. You may close your browser window and the page will still be saved."
            )
        return told

    def _refusal(self, url: str, effects: Effects, form: dict[str, str]) -> dict[str, Any] | None:
        """Return what is said where no job is begun, or None."""
        if "refuse" in effects:
            return _refused(effects["refuse"]["code"], effects["refuse"]["message"])
        same = self._same(url, effects, form.get("if_not_archived_within"))
        if same is not None:
            return same
        if self.jobs.active() >= self.limits.rates.sessions:
            return _refused("error:user-session-limit", FULL)
        if self.limits.today("captures") >= self.limits.rates.day:
            return _refused(None, f"You cannot make more than ({self.limits.rates.day},) captures per day.")
        return self.too_often(url)

    def too_often(self, url: str) -> dict[str, Any] | None:
        """Return the refusal of a URL that was captured often enough today, by anyone; or None."""
        captured, rates = self.limits.today(key_of(url)), self.limits.rates
        newest = self.jobs.captures.newest_made(url, self.clock.now())
        most = rates.type_day.get(newest.mime) if newest is not None else None
        if captured < (rates.url_day if most is None else most):
            return None
        told = f"This URL has been already captured {captured} times today, which is a daily limit we have set"
        told += "." if most is None else " for that Resource type."
        return _refused("error:too-many-daily-captures", told)

    def _same(self, url: str, effects: Effects, within: str | None) -> dict[str, Any] | None:
        """Return what is said of a URL that was captured a moment ago: with its job, or with none where an age was given."""
        job, now = self.jobs.recent(url), self.clock.now()
        if "no_job" in effects:
            return _captured(url, None, 180, 7_200)
        asked = _seconds(within)
        if asked is None:
            return _captured(url, job, now - job.begins, 3_600) if job is not None else None
        if job is not None and not job.over(now):
            return _captured(url, job, now - job.begins, asked)
        newest = self.jobs.captures.newest_made(url, now)
        age = math.inf if newest is None else now - seconds_of(newest.timestamp)
        return _captured(url, None, age, asked) if age < asked else None

    # --- what became of it ---

    def status(self, request: Request, what: str) -> Response:
        """Answer a question about jobs: one, several, or those of a page's outlinks."""
        form = request.form()
        job_id = what or form.get("job_id", "")
        failed = fault(self.scripts.take(job_id, STATUS))
        if failed is not None:
            return failed[0]
        if "job_ids" in form:
            found = [self.jobs.status(one) for one in form["job_ids"].split(",")]
            random.shuffle(found)
            return as_json(found)
        if "job_id_outlinks" in form:
            parent = self.jobs.jobs.get(form["job_id_outlinks"])
            return as_json([self.jobs.status(child) for child in parent.children] if parent else [])
        return as_json(self.jobs.status(job_id))

    def user(self, request: Request) -> Response:
        """Answer what the account may do now. The same ``_t``, or none, is answered with an old copy for a minute."""
        failed = fault(self.scripts.take("", USER))
        if failed is not None:
            return failed[0]
        key, now = (request.header("Authorization"), request.query.get("_t", "")), self.clock.now()
        if key not in self._cached or self._cached[key][0] + USER_CACHED <= now:
            self._cached[key] = (now, self._account())
        return as_json(self._cached[key][1])

    def _account(self) -> dict[str, int]:
        active, rates = self.jobs.active(), self.limits.rates
        # A session that has just ended is still counted the first time.
        lagging, self._was_active = max(active, self._was_active), active
        return {
            "available": max(0, rates.sessions - lagging),
            "processing": active,
            "daily_captures": self.limits.today("captures"),
            "daily_captures_limit": rates.day,
            "daily_status_limit": rates.status_day,
        }

    def system(self) -> Response:
        """Answer how the service is."""
        failed = fault(self.scripts.take("", SYSTEM))
        if failed is not None:
            return failed[0]
        told = {"status": OVERLOADED if self.overloaded else "ok", "recent_captures": len(self.jobs.jobs)}
        return as_json(told | {"queues": {"spn2-captures": self.jobs.active()}})

    def log_in(self, request: Request) -> Response | None:
        """Return the answer to a request for JSON without an account's keys, None where it has them."""
        return None if self.knows(request) else as_json(LOG_IN, status=401)


def not_found() -> Response:
    """Return the answer for a path that there is not."""
    return html("<h1>Not Found</h1>", status=404)


def _refused(code: str | None, message: str) -> dict[str, Any]:
    return {"status": "error", **({"status_ext": code} if code else {}), "message": message}


def _captured(url: str, job: Job | None, age: float, within: float) -> dict[str, Any]:
    told = f"The same snapshot had been made {_spoken(age)} ago. You can make new capture of this URL after "
    return {"url": url, "job_id": None if job is None else job.job_id, "message": f"{told}{_hours(within)}."}


def _seconds(value: str | None) -> float | None:
    """Return the seconds that "3d 5h 20m" or a number of seconds names; None for neither."""
    first = (value or "").split(",")[0]
    return float(sum(int(number) * _UNITS[unit] for number, unit in _AGE.findall(first))) or None


def _spoken(seconds: float) -> str:
    """Return a time as the service speaks: "3 hours, 40 minutes", "2 minutes"."""
    hours, minutes = divmod(int(seconds // 60), 60)
    return ", ".join([f"{hours} hours"] * bool(hours) + [f"{minutes} minutes"])


def _hours(seconds: float) -> str:
    hours = seconds / 3_600
    return "1 hour" if hours == 1 else f"{hours:g} hours" if hours > 1 else f"{seconds / 60:g} minutes"
