"""/web/<timestamp>/URL: captures read back, raw (``id_``) or as a page to look at; and the TimeGate."""

from __future__ import annotations

import gzip
import re
from email.utils import parsedate_to_datetime
from html import escape
from urllib.parse import unquote, urljoin

from sandbox.http import Headers, Request, Response, html
from sandbox.wayback.captures import Capture, Captures
from sandbox.wayback.clock import Clock, http_date, stamp_of
from sandbox.wayback.jobs import host_of
from sandbox.wayback.scripts import REPLAY, Effects, Scripts, fault

BASE = "https://web.archive.org"
_MEMENTO = re.compile(r"^/web/(\d{1,14})([a-z]{2}_)?/(.+)$", re.DOTALL)
_LINK = re.compile(rb"(<[a-z][^>]*?\s)(href|src)(\s*=\s*[\"'])([^\"'#][^\"']*)", re.IGNORECASE)
BANNER = b"<!-- BEGIN WAYBACK TOOLBAR INSERT --><div>A capture</div><!-- END WAYBACK TOOLBAR INSERT -->"
EXCLUDED = "<h1>Sorry.</h1><p>This URL has been excluded from the Wayback Machine.</p>"
NEVER = "<h1>Hrm.</h1><p>The Wayback Machine has not archived that URL.</p>"


class Replay:
    """excluded: {host: why}, as of Cdx."""

    def __init__(self, captures: Captures, clock: Clock, scripts: Scripts, excluded: dict[str, str]) -> None:
        self.captures = captures
        self.clock = clock
        self.scripts = scripts
        self.excluded = excluded

    def answer(self, request: Request) -> Response:
        """Answer a request below /web/, but for TimeMaps."""
        found = _MEMENTO.match(request.target)
        stamp, modifier, url = (found[1], found[2] or "", found[3]) if found else ("", "", request.target[5:])
        url = url if "://" in url else unquote(url)
        effects = self.scripts.take(url, REPLAY)
        failed = fault(effects)
        if failed is not None:
            return failed[0]
        if host_of(url) in self.excluded:
            return html(EXCLUDED)
        response = self._at(url, stamp, modifier, effects) if stamp else self._timegate(request, url)
        response.delay = effects["slow"]["seconds"] if "slow" in effects else 0.0
        return response

    def _at(self, url: str, stamp: str, modifier: str, effects: Effects) -> Response:
        """Return the capture of exactly that time, or the way to the nearest."""
        try:
            capture = self.captures.nearest(url, stamp, self.clock.now())
        except ValueError:
            capture = None  # a time that cannot be
        if capture is None:
            return html(NEVER, status=404)
        if capture.timestamp == stamp:
            return self._memento(capture, modifier, effects)
        headers = [
            ("Location", f"{BASE}/web/{capture.timestamp}{modifier}/{capture.url}"),
            ("x-archive-redirect-reason", f"found capture at {capture.timestamp}"),
        ]
        return Response(status=302, headers=headers)

    def _memento(self, capture: Capture, modifier: str, effects: Effects) -> Response:
        original = {name.lower(): value for name, value in capture.headers}
        headers: Headers = [
            ("Content-Type", original.get("content-type", capture.mime)),
            ("Memento-Datetime", http_date(capture.timestamp)),
            ("Link", self._links(capture)),
            ("x-archive-src", capture.file),
            ("x-archive-guessed-content-type", capture.mime),
            ("Cache-Control", "max-age=1800"),
        ]
        headers += [(f"x-archive-orig-{name.lower()}", value) for name, value in capture.headers]
        if capture.location is not None:
            return _redirect(capture, modifier, headers)
        body, encoding = capture.body, original.get("content-encoding", "")
        if modifier != "id_" and "html" in capture.mime:
            body, encoding = _to_look_at(capture, gzip.decompress(body) if encoding == "gzip" else body), ""
        if "both_encodings" in effects:
            body, encoding = (body if encoding else gzip.compress(body)), "gzip"
            headers.append(("content-encoding", ""))
        return Response(
            status=capture.status,
            headers=headers + ([("Content-Encoding", encoding)] if encoding else []),
            body=body,
        )

    def _links(self, capture: Capture) -> str:
        """Return the Link field: the original, TimeMap and TimeGate, and the mementos beside this one."""
        every = self.captures.of(capture.url, self.clock.now())
        at = next(number for number, one in enumerate(every) if one is capture)
        beside = {
            "first": every[0], "prev": every[at - 1] if at else None, "": capture,
            "next": every[at + 1] if at + 1 < len(every) else None, "last": every[-1],
        }  # fmt: skip
        links = [
            f'<{capture.url}>; rel="original"',
            f'<{BASE}/web/timemap/link/{capture.url}>; rel="timemap"; type="application/link-format"',
            f'<{BASE}/web/{capture.url}>; rel="timegate"',
        ]
        links += [link(one, f"{name} memento".strip()) for name, one in beside.items() if one is not None]
        return ", ".join(links)

    def _timegate(self, request: Request, url: str) -> Response:
        """Return the way to the capture nearest to Accept-Datetime; to the newest without it."""
        try:
            wanted = request.header("Accept-Datetime")
            stamp = stamp_of(parsedate_to_datetime(wanted).timestamp()) if wanted else self.clock.stamp()
        except (ValueError, OverflowError):
            return html("<h1>Bad Request</h1>", status=400)
        capture = self.captures.nearest(url, stamp, self.clock.now())
        if capture is None:
            return html(NEVER, status=404)
        headers = [
            ("Location", f"{BASE}/web/{capture.timestamp}/{capture.url}"),
            ("Vary", "accept-datetime"),
            ("Link", self._links(capture)),
        ]
        return Response(status=302, headers=headers)


def link(capture: Capture, relation: str) -> str:
    """Return a capture as a link of the format of RFC 6690, as a page to look at."""
    address = f"{BASE}/web/{capture.timestamp}/{capture.url}"
    return f'<{address}>; rel="{relation}"; datetime="{http_date(capture.timestamp)}"'


def _redirect(capture: Capture, modifier: str, headers: Headers) -> Response:
    """Return an archived redirect: as it was where it is raw, as a page that says so where it is to be looked at."""
    target = urljoin(capture.url, capture.location or "")
    onward = f"{BASE}/web/{capture.timestamp}{modifier}/{target}"
    if modifier == "id_":
        return Response(status=capture.status, headers=[*headers, ("Location", onward)])
    page = f"<p>Got an HTTP {capture.status} response at crawl time</p><a href='{escape(onward)}'>Redirecting to...</a>"
    return html(page, headers=headers[1:])


def _to_look_at(capture: Capture, body: bytes) -> bytes:
    """Return a page with the banner in it, its links leading to captures."""

    def rewrite(found: re.Match[bytes]) -> bytes:
        target = urljoin(capture.url, found[4].decode("utf-8", "replace"))
        if not target.startswith(("http://", "https://")):
            return found[0]
        kind = "im_" if found[2].lower() == b"src" else ""
        return found[1] + found[2] + found[3] + f"{BASE}/web/{capture.timestamp}{kind}/{target}".encode()

    body = _LINK.sub(rewrite, body)
    at = re.search(rb"<body[^>]*>", body, re.IGNORECASE)
    return body[: at.end()] + BANNER + body[at.end() :] if at else BANNER + body
