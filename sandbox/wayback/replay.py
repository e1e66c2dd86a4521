"""/web/<timestamp>/URL: captures read back; TimeGate and TimeMaps (RFC 7089)."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from html import escape
from urllib.parse import urljoin

from sandbox.http import Headers, Request, Response, html, plain
from sandbox.wayback.captures import Capture, Captures
from sandbox.wayback.clock import Clock, http_date, stamp_of
from sandbox.wayback.jobs import host_of

BASE = "https://web.archive.org"
_MEMENTO = re.compile(r"^/web/(\d{1,14})([a-z]{2}_)?/(.+)$", re.DOTALL)
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "content-encoding", "keep-alive"}
BANNER = b"<!-- BEGIN WAYBACK TOOLBAR INSERT --><div>A capture</div><!-- END WAYBACK TOOLBAR INSERT -->"


class Replay:
    """excluded: {host: why}, as of Cdx."""

    def __init__(self, captures: Captures, clock: Clock, excluded: dict[str, str]) -> None:
        self.captures = captures
        self.clock = clock
        self.excluded = excluded

    def answer(self, request: Request) -> Response:
        """Answer a request below /web/."""
        path = request.target
        if path.startswith("/web/timemap/"):
            kind, _, url = path.removeprefix("/web/timemap/").partition("/")
            return self._timemap(kind, url)
        found = _MEMENTO.match(path)
        if found is None:
            return self._timegate(request, path.removeprefix("/web/"))
        stamp, modifier, url = found[1], found[2] or "", found[3]
        if host_of(url) in self.excluded:
            return html("<h1>Sorry.</h1><p>This URL has been excluded from the Wayback Machine.</p>")
        capture = self.captures.nearest(url, stamp)
        if capture is None:
            return html("<h1>Hrm.</h1><p>The Wayback Machine has not archived that URL.</p>", status=404)
        if capture.timestamp != stamp:
            headers = [
                ("Location", f"{BASE}/web/{capture.timestamp}{modifier}/{capture.url}"),
                ("x-archive-redirect-reason", f"found capture at {capture.timestamp}"),
            ]
            return Response(status=302, headers=headers)
        return self._memento(capture, modifier)

    def _memento(self, capture: Capture, modifier: str) -> Response:
        raw = modifier == "id_"
        headers: Headers = [
            ("Content-Type", next((v for k, v in capture.headers if k.lower() == "content-type"), capture.mime)),
            ("Memento-Datetime", http_date(capture.timestamp)),
            ("Link", self._links(capture)),
            ("x-archive-src", capture.file),
        ]
        headers += [(f"x-archive-orig-{k.lower()}", v) for k, v in capture.headers if k.lower() not in _HOP_BY_HOP]
        if capture.location is not None:
            target = urljoin(capture.url, capture.location)
            if not raw:
                page = f"<p>Got an HTTP {capture.status} response at crawl time</p><a href='{escape(target)}'>on</a>"
                return html(page, headers=headers[1:])
            return Response(
                status=capture.status,
                headers=[*headers, ("Location", f"{BASE}/web/{capture.timestamp}id_/{target}")],
            )
        body = capture.body if raw or "html" not in capture.mime else _with_banner(capture.body)
        return Response(status=capture.status, headers=headers, body=body)

    def _links(self, capture: Capture) -> str:
        """Return the Link field: the original, TimeMap and TimeGate, and the mementos beside this one."""
        every = self.captures.of(capture.url)
        at = every.index(capture)
        beside = {"first": every[0], "prev": every[at - 1] if at else None, "": capture,
                  "next": every[at + 1] if at + 1 < len(every) else None, "last": every[-1]}  # fmt: skip
        links = [
            f'<{capture.url}>; rel="original"',
            f'<{BASE}/web/timemap/link/{capture.url}>; rel="timemap"; type="application/link-format"',
            f'<{BASE}/web/{capture.url}>; rel="timegate"',
        ]
        links += [_link(one, f"{name} memento".strip()) for name, one in beside.items() if one is not None]
        return ", ".join(links)

    def _timegate(self, request: Request, url: str) -> Response:
        wanted = request.header("Accept-Datetime")
        stamp = stamp_of(parsedate_to_datetime(wanted).timestamp()) if wanted else self.clock.stamp()
        capture = self.captures.nearest(url, stamp)
        if capture is None:
            return html("<h1>Hrm.</h1><p>The Wayback Machine has not archived that URL.</p>", status=404)
        headers = [
            ("Location", f"{BASE}/web/{capture.timestamp}/{capture.url}"),
            ("Vary", "accept-datetime"),
            ("Link", self._links(capture)),
        ]
        return Response(status=302, headers=headers)

    def _timemap(self, kind: str, url: str) -> Response:
        now = self.clock.now()
        every = [capture for capture in self.captures.of(url) if capture.listed_from <= now]
        if kind == "json":
            names = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "redirect", "robotflags",
                     "length", "offset", "filename"]  # fmt: skip
            rows = [
                [c.key, c.timestamp, c.url, c.mime, str(c.status), c.digest, "-", "-", str(len(c.body)), "0", c.file]
                for c in every
            ]
            return Response(
                headers=[("Content-Type", "application/json")], body=json.dumps([names, *rows] if rows else []).encode()
            )
        if not every:
            return plain("", status=404)
        lines = [f'<{url}>; rel="original"', f'<{BASE}/web/{url}>; rel="timegate"']
        lines += [_link(c, "first memento" if n == 0 else "memento") for n, c in enumerate(every)]
        return Response(headers=[("Content-Type", "application/link-format")], body=",\n".join(lines).encode())


def _link(capture: Capture, relation: str) -> str:
    address = f"{BASE}/web/{capture.timestamp}/{capture.url}"
    return f'<{address}>; rel="{relation}"; datetime="{http_date(capture.timestamp)}"'


def _with_banner(body: bytes) -> bytes:
    at = re.search(rb"<body[^>]*>", body, re.IGNORECASE)
    return body[: at.end()] + BANNER + body[at.end() :] if at else BANNER + body
