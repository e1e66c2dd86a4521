"""Who answers what: the hosts web.archive.org and archive.org."""

from __future__ import annotations

from pathlib import Path

from sandbox.http import Request, Response, as_json, html
from sandbox.wayback.captures import Captures
from sandbox.wayback.cdx import Cdx
from sandbox.wayback.clock import Clock
from sandbox.wayback.jobs import Fetch, Jobs, host_of
from sandbox.wayback.limits import Limits, Rates, too_many
from sandbox.wayback.replay import Replay
from sandbox.wayback.save import Save
from sandbox.wayback.scripts import Scripts

HOSTS = ("web.archive.org", "archive.org")


class StandIn:
    """The stand-in. ``handle`` answers requests to HOSTS.

    fetch: what a page shows to the archive's crawler. keys: {access: secret} of the accounts it knows.
    seconds: that a capture takes. index_lag: seconds until the index lists a new capture.
    captures, scripts, clock, limits, excluded ({host: "excluded" | "robots"}) are there to be looked at and changed.
    """

    def __init__(self, fetch: Fetch, keys: dict[str, str], *, seconds: float = 2.0, index_lag: float = 30.0) -> None:
        self.clock = Clock()
        self.captures = Captures()
        self.scripts = Scripts()
        self.excluded: dict[str, str] = {}
        self.limits = Limits(self.clock, Rates())
        self.jobs = Jobs(self.captures, self.clock, fetch, seconds=seconds, index_lag=index_lag)
        self.save = Save(self.jobs, self.limits, self.scripts, self.clock, keys)
        self.cdx = Cdx(self.captures, self.clock, self.excluded)
        self.replay = Replay(self.captures, self.clock, self.excluded)

    def load(self, path: Path) -> None:
        """Store the captures that a JSON file lists; see Captures.load."""
        self.captures.load(path)

    async def handle(self, request: Request) -> Response:
        """Answer a request to one of HOSTS."""
        path = request.path
        if request.host == "archive.org":
            return self._available(request) if path == "/wayback/available" else html("<h1>Not Found</h1>", status=404)
        if path == "/save" or path.startswith("/save/"):
            return await self.save.answer(request)
        if path.startswith(("/cdx/", "/web/timemap/")) and not self.limits.allow("index"):
            return too_many()
        if path == "/cdx/search/cdx":
            return self.cdx.answer(request)
        if path.startswith("/web/"):
            return self.replay.answer(request)
        return html("<h1>The sandbox's Wayback Machine</h1>", status=200 if path == "/" else 404)

    def _available(self, request: Request) -> Response:
        asked = request.query
        url, stamp = asked.get("url", ""), asked.get("timestamp", "")
        nearest = None if host_of(url) in self.excluded else self.captures.nearest(url, stamp or self.clock.stamp())
        told: dict[str, object] = {"url": url, "archived_snapshots": {}}
        if nearest is not None:
            address = f"http://web.archive.org/web/{nearest.timestamp}/{nearest.url}"
            told["archived_snapshots"] = {
                "closest": {
                    "status": str(nearest.status), "available": True, "url": address, "timestamp": nearest.timestamp,
                }
            }  # fmt: skip
        return as_json(told | ({"timestamp": stamp} if stamp else {}))

    def describe(self) -> str:
        """Return what it holds, for a person."""
        every = list(self.captures)
        return f"{len(every)} captures of {len({capture.key for capture in every})} pages"
