"""The captures that the stand-in holds, by the key under which its index sorts them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.http import Headers
from sandbox.wayback.clock import seconds_of


@dataclass(frozen=True, kw_only=True)
class Capture:
    """A stored response.

    timestamp: 14 digits. headers: of the response as it came. listed_from: the time in seconds from which the index
    and replay know it; available_from: from which the availability API does. location: where a redirect leads.
    file: the archive's file that holds it. revisit: stored as "the same bytes as before".
    """

    url: str
    timestamp: str
    status: int = 200
    mime: str = "text/html"
    body: bytes = b""
    headers: Headers = field(default_factory=list)
    listed_from: float = 0.0
    available_from: float = 0.0
    location: str | None = None
    file: str = "sandbox-00000/SANDBOX-0000.warc.gz"
    revisit: bool = False

    @cached_property
    def digest(self) -> str:
        """The base32 SHA-1 of the body."""
        return base64.b32encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()

    @cached_property
    def key(self) -> str:
        """The key of its URL."""
        return key_of(self.url)

    def fields(self) -> tuple[str, str, str, str, str, str, str]:
        """Return its row of the index: key, timestamp, URL, type, status, digest, length."""
        mime, status = ("warc/revisit", "-") if self.revisit else (self.mime, str(self.status))
        return self.key, self.timestamp, self.url, mime, status, self.digest, str(len(self.body) + 300)


def key_of(url: str, *, prefix: bool = False) -> str:
    """Return a URL's key: its host's labels in reverse, then its path and sorted query, all lower case (SURT).

    prefix: of the beginning of a URL, whose last slash counts.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = re.sub(r"^www\d*\.", "", (parts.hostname or "").lower())
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    path = parts.path.lower() if prefix else parts.path.lower().rstrip("/")
    return f"{','.join(reversed(host.split('.')))}{port}){path or '/'}" + (f"?{query}" if query else "")


class Captures:
    """Sorted by key and time."""

    def __init__(self) -> None:
        self._sorted: list[tuple[str, str, int]] = []
        self._all: list[Capture] = []
        self._of: dict[str, list[Capture]] = {}

    def add(self, capture: Capture) -> None:
        """Store a capture."""
        insort(self._sorted, (capture.key, capture.timestamp, len(self._all)))
        self._all.append(capture)
        insort(self._of.setdefault(capture.key, []), capture, key=lambda c: c.timestamp)

    def load(self, path: Path) -> None:
        """Store the captures of a JSON list: url, timestamp, status, mime, and file (beside it) or body, headers."""
        for entry in json.loads(path.read_text(encoding="utf-8")):
            file = entry.pop("file", None)
            body = (path.parent / file).read_bytes() if file else entry.pop("body", "").encode()
            headers = [(name, value) for name, value in entry.pop("headers", [])]
            usual = [("Content-Type", f"{entry.get('mime', 'text/html')}; charset=utf-8")]
            self.add(Capture(**entry, body=body, headers=headers or usual))

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Capture]:
        return (self._all[number] for _, _, number in self._sorted)

    def of(self, url: str, now: float) -> list[Capture]:
        """Return the captures of a URL that are listed by now, oldest first."""
        return [capture for capture in self._of.get(key_of(url), ()) if capture.listed_from <= now]

    def nearest(self, url: str, stamp: str, now: float) -> Capture | None:
        """Return the listed capture of a URL nearest to a time (1 to 14 digits)."""
        return nearest(self.of(url, now), stamp)

    def newest_made(self, url: str, now: float) -> Capture | None:
        """Return the newest capture of a page that was made by now, listed or not."""
        made = (c for c in self._of.get(key_of(url), ()) if c.status < 400 and seconds_of(c.timestamp) <= now)
        return max(made, key=lambda capture: capture.timestamp, default=None)


def nearest(captures: list[Capture], stamp: str) -> Capture | None:
    """Return the capture nearest to a time (1 to 14 digits), or None where there is none."""
    wanted = seconds_of(stamp)
    return min(captures, key=lambda capture: abs(seconds_of(capture.timestamp) - wanted), default=None)
