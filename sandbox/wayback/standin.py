"""Who answers what: the hosts web.archive.org and archive.org."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.http import Request, Response, html
from sandbox.wayback.anonymous import Anonymous
from sandbox.wayback.available import Available
from sandbox.wayback.captures import Captures
from sandbox.wayback.cdx import Cdx
from sandbox.wayback.clock import Clock
from sandbox.wayback.jobs import Fetch, Jobs
from sandbox.wayback.limits import Limits, Rates
from sandbox.wayback.replay import Replay
from sandbox.wayback.save import Save, not_found
from sandbox.wayback.scripts import MODES, Scripts
from sandbox.wayback.timemap import TimeMap

HOSTS = ("web.archive.org", "archive.org")


class StandIn:
    """The stand-in. ``handle`` answers requests to HOSTS.

    fetch: what a page shows to the archive's crawler. keys: {access: secret} of the accounts it knows.
    captures, clock, limits (with rates), jobs (with their durations and lags), save, cdx, available and excluded
    ({host: "excluded" | "robots"}) are there to be looked at and changed.
    """

    def __init__(self, fetch: Fetch, keys: dict[str, str], *, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.captures = Captures()
        self.scripts = Scripts()
        self.excluded: dict[str, str] = {}
        self.limits = Limits(self.clock, Rates())
        self.jobs = Jobs(self.captures, self.clock, self.limits, fetch)
        self.save = Save(self.jobs, self.limits, self.scripts, self.clock, keys)
        self.anonymous = Anonymous(self.save)
        common = (self.captures, self.clock, self.scripts, self.excluded)
        self.cdx, self.replay, self.timemap = Cdx(*common), Replay(*common), TimeMap(*common)
        self.available = Available(*common)

    def load(self, path: Path) -> None:
        """Store the captures that a JSON file lists; see Captures.load."""
        self.captures.load(path)

    def script(self, pattern: str, mode: str, **options: Any) -> None:
        """Script the URLs that match (shell wildcards); see ``scripts.MODES``. Options besides those: at, times."""
        self.scripts.add(pattern, mode, **options)

    def refuses(self) -> bool:
        """Return whether no connection is accepted now: 429s were ignored."""
        return self.limits.shut_out()

    async def handle(self, request: Request) -> Response:
        """Answer a request to one of HOSTS."""
        path = request.path
        if self.refuses():
            return Response(raw=b"", end="reset")
        if request.host == "archive.org":
            return self.available.answer(request) if path == "/wayback/available" else not_found()
        if path == "/save" or path.startswith("/save/"):
            return await self._save(request, path)
        if path == "/cdx/search/cdx" or path.startswith("/web/timemap/"):
            if not self.limits.allow("index"):
                return self.limits.too_many()
            return self.cdx.answer(request) if path == "/cdx/search/cdx" else self.timemap.answer(request)
        if path.startswith("/web/"):
            return self.replay.answer(request) if self.limits.allow("playback") else self.limits.too_many()
        return (
            html(f"<h1>The sandbox's Wayback Machine</h1><pre>{self.describe()}</pre>") if path == "/" else not_found()
        )

    async def _save(self, request: Request, path: str) -> Response:
        # What asks for JSON is a program and needs keys; what asks for HTML is taken for a browser.
        browser = "html" in request.header("Accept")
        what = path.removeprefix("/save").strip("/")
        if what == "status/system":
            return self.save.system()
        if what == "status" or what.startswith("status/"):
            refused = None if browser and what != "status/user" else self.save.log_in(request)
            job_id = what.removeprefix("status").strip("/")
            return refused or (self.save.user(request) if job_id == "user" else self.save.status(request, job_id))
        if request.method == "GET" and what:
            return await self.anonymous.get(request)
        if request.method != "POST" or what:
            return not_found()
        if browser and not self.save.knows(request):
            return await self.anonymous.post(request)
        return self.save.log_in(request) or await self.save.submit(request)

    def describe(self) -> str:
        """Return what it holds, allows and can be told to do, for a person."""
        rates, pages = self.limits.rates, len({capture.key for capture in self.captures})
        return (
            f"{len(self.captures)} captures of {pages} pages; {rates.save} saves a minute with keys, {rates.anonymous}"
            f" without, {rates.index} questions to the index; {len(MODES)} faults to be scripted"
        )
