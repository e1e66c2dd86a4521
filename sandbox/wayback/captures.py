"""The captures that the stand-in holds, by the key under which its index sorts them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.http import Headers
from sandbox.wayback.clock import seconds_of


@dataclass(frozen=True, kw_only=True)
class Capture:
    """A stored response. timestamp: 14 digits. headers: of the response as it came. listed_from: the time in seconds
    from which the index lists it. location: where a redirect leads. file: the archive's file that holds it."""

    url: str
    timestamp: str
    status: int = 200
    mime: str = "text/html"
    body: bytes = b""
    headers: Headers = field(default_factory=list)
    listed_from: float = 0.0
    location: str | None = None
    file: str = "sandbox-00000/SANDBOX-0000.warc.gz"

    @property
    def digest(self) -> str:
        """The base32 SHA-1 of the body."""
        return base64.b32encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()

    @property
    def key(self) -> str:
        """The key of its URL."""
        return key_of(self.url)

    def line(self) -> str:
        """Return its row of the index: seven fields."""
        length = len(self.body) + 300
        return f"{self.key} {self.timestamp} {self.url} {self.mime} {self.status} {self.digest} {length}"


def key_of(url: str) -> str:
    """Return a URL's key: its host's labels in reverse, then its path and sorted query, all lower case (SURT)."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = re.sub(r"^www\d*\.", "", (parts.hostname or "").lower())
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    path = parts.path.lower().rstrip("/") or "/"
    return f"{','.join(reversed(host.split('.')))}{port}){path}" + (f"?{query}" if query else "")


class Captures:
    """Sorted by key and time; ``rows``: lines that the index lists besides, as they stand."""

    def __init__(self) -> None:
        self._sorted: list[tuple[str, str, int]] = []
        self._all: list[Capture] = []
        self.rows: dict[str, list[str]] = {}

    def add(self, capture: Capture) -> None:
        """Store a capture."""
        insort(self._sorted, (capture.key, capture.timestamp, len(self._all)))
        self._all.append(capture)

    def load(self, path: Path) -> None:
        """Store the captures of a JSON list: url, timestamp, status, mime, and file (beside it) or body, headers."""
        for entry in json.loads(path.read_text(encoding="utf-8")):
            file = entry.pop("file", None)
            body = (path.parent / file).read_bytes() if file else entry.pop("body", "").encode()
            headers = [(name, value) for name, value in entry.pop("headers", [])]
            usual = [("Content-Type", f"{entry.get('mime', 'text/html')}; charset=utf-8")]
            self.add(Capture(**entry, body=body, headers=headers or usual))

    def __iter__(self) -> Iterator[Capture]:
        return (self._all[number] for _, _, number in self._sorted)

    def of(self, url: str) -> list[Capture]:
        """Return the captures of a URL, oldest first."""
        key = key_of(url)
        return [self._all[number] for found, _, number in self._sorted if found == key]

    def nearest(self, url: str, stamp: str) -> Capture | None:
        """Return the capture of a URL nearest to a time (1 to 14 digits)."""
        wanted = seconds_of(stamp) if stamp else float("inf")
        return min(self.of(url), key=lambda c: abs(seconds_of(c.timestamp) - min(wanted, 4e9)), default=None)
