"""/wayback/available on archive.org: a hint at the nearest capture, late and often wrong, as that of the real one is."""

from __future__ import annotations

from sandbox.http import Request, Response, as_json
from sandbox.wayback.captures import Captures, nearest
from sandbox.wayback.clock import Clock
from sandbox.wayback.jobs import host_of
from sandbox.wayback.scripts import AVAILABLE, Scripts, fault


class Available:
    """forgetful: nothing is found, whatever is archived. https_works: whether the https form of a URL finds anything."""

    def __init__(self, captures: Captures, clock: Clock, scripts: Scripts, excluded: dict[str, str]) -> None:
        self.captures = captures
        self.clock = clock
        self.scripts = scripts
        self.excluded = excluded
        self.forgetful = False
        self.https_works = True

    def answer(self, request: Request) -> Response:
        """Answer a question."""
        asked = request.query
        url, stamp = asked.get("url", ""), asked.get("timestamp", "")
        effects = self.scripts.take(url, AVAILABLE)
        failed = fault(effects)
        if failed is not None:
            return failed[0]
        told: dict[str, object] = {"url": url, "archived_snapshots": self._closest(url, stamp)}
        response = as_json(told | ({"timestamp": stamp} if stamp else {}))
        response.delay = effects["slow"]["seconds"] if "slow" in effects else 0.0
        return response

    def _closest(self, url: str, stamp: str) -> dict[str, object]:
        if self.forgetful or host_of(url) in self.excluded or (url.startswith("https://") and not self.https_works):
            return {}
        now = self.clock.now()
        known = [c for c in self.captures.of(url, now) if c.available_from <= now and not c.revisit and c.status < 400]
        try:
            found = nearest(known, stamp or self.clock.stamp())
        except ValueError:
            return {}
        if found is None:
            return {}
        address = f"http://web.archive.org/web/{found.timestamp}/{found.url}"
        return {
            "closest": {
                "status": str(found.status), "available": True, "url": address, "timestamp": found.timestamp,
            }
        }  # fmt: skip
