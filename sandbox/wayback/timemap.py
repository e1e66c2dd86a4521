"""/web/timemap/{link,json,cdxj}/URL: all captures of a URL (RFC 7089)."""

from __future__ import annotations

import json

from sandbox.http import Request, Response, plain
from sandbox.wayback.captures import Capture, Captures
from sandbox.wayback.clock import Clock, http_date
from sandbox.wayback.jobs import host_of
from sandbox.wayback.replay import BASE, link
from sandbox.wayback.scripts import INDEX, Scripts, fault

NAMES = (
    "urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "redirect", "robotflags", "length",
    "offset", "filename",
)  # fmt: skip
TYPES = {"link": "application/link-format", "json": "application/json", "cdxj": "text/plain"}


class TimeMap:
    """excluded: {host: why}, as of Cdx."""

    def __init__(self, captures: Captures, clock: Clock, scripts: Scripts, excluded: dict[str, str]) -> None:
        self.captures = captures
        self.clock = clock
        self.scripts = scripts
        self.excluded = excluded

    def answer(self, request: Request) -> Response:
        """Answer a request below /web/timemap/."""
        kind, _, url = request.target.removeprefix("/web/timemap/").partition("/")
        failed = fault(self.scripts.take(url, INDEX))
        if failed is not None:
            return failed[0]
        if kind not in TYPES:
            return plain("Not Found", status=404)
        every = [] if host_of(url) in self.excluded else self.captures.of(url, self.clock.now())
        if not every and kind != "json":
            return plain("", status=404)
        body = {"link": _link_format, "json": _json, "cdxj": _lines}[kind](url, every)
        return Response(headers=[("Content-Type", TYPES[kind])], body=body.encode())


def _link_format(url: str, every: list[Capture]) -> str:
    own = f"{BASE}/web/timemap/link/{url}"
    lines = [
        f'<{url}>; rel="original"',
        f'<{own}>; rel="self"; type="application/link-format"; from="{http_date(every[0].timestamp)}"',
        f'<{BASE}/web/{url}>; rel="timegate"',
        link(every[0], "first memento"),
        *(link(capture, "memento") for capture in every[1:]),
    ]
    return ",\n".join(lines) + "\n"


def _rows(every: list[Capture]) -> list[list[str]]:
    return [
        [*capture.fields()[:6], capture.location or "-", "-", capture.fields()[6], "0", capture.file]
        for capture in every
    ]


def _json(url: str, every: list[Capture]) -> str:
    return json.dumps([list(NAMES), *_rows(every)] if every else [])


def _lines(url: str, every: list[Capture]) -> str:
    return "".join(" ".join(row) + "\n" for row in _rows(every))
