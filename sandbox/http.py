"""What the sandbox's servers and those who answer for them say to each other: a request, a response, how it ends.

A handler is ``async def handler(request: Request) -> Response``. What it returns is sent as it stands: header order,
names and reason phrase are kept, and nothing is added but the framing that was asked for.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

Headers = list[tuple[str, str]]
"""Header fields in the order they came or go: (name, value), latin-1."""

Framing = Literal["length", "chunked", "none"]
"""How the end of a body is told: a Content-Length, chunks, or nothing that the server adds (the close tells)."""

End = Literal["keep", "close", "reset", "hang"]
"""What follows a response: the next request (where the framing allows it), FIN, RST, or silence on an open
connection until the other side leaves."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came, whole.

    target: as in the request line (a path with its query, or an absolute URL where a proxy was asked).
    host: of the Host field, lower case, without port; "" without one. scheme: "http" or "https".
    """

    method: str
    target: str
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    host: str = ""
    scheme: str = "http"

    def header(self, name: str, default: str = "") -> str:
        """Return the value of the first field of that name, in whatever case, or ``default``."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    @property
    def parts(self) -> SplitResult:
        """The target taken apart, as of an absolute URL; a target that is no URL has its text as path."""
        text = (
            self.target if "://" in self.target.partition("?")[0][:8] else f"{self.scheme}://{self.host}{self.target}"
        )
        try:
            return urlsplit(text)
        except ValueError:
            return SplitResult(self.scheme, self.host, self.target, "", "")

    @property
    def path(self) -> str:
        """The path, still percent-encoded; at least "/"."""
        return self.parts.path or "/"

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded; of a repeated one the last."""
        return dict(parse_qsl(self.parts.query, keep_blank_values=True))

    @property
    def url(self) -> str:
        """The absolute URL that was asked for."""
        return self.parts.geturl()

    def form(self) -> dict[str, str]:
        """Return the fields of an ``application/x-www-form-urlencoded`` body; of a repeated one the last."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(kw_only=True)
class Response:
    """A response, and how it is sent.

    reason: the reason phrase; None is the usual one of the status. framing: see Framing; a field of the same meaning
    among ``headers`` is left alone and not added again. delay: seconds of silence before the first byte.
    raw: bytes to send in place of head and body: for what is no HTTP, or no more than a beginning of it.
    end: see End.
    """

    status: int = 200
    reason: str | None = None
    headers: Headers = field(default_factory=list)
    body: bytes | AsyncIterator[bytes] = b""
    framing: Framing = "length"
    delay: float = 0.0
    raw: bytes | AsyncIterator[bytes] | None = None
    end: End = "keep"

    def head(self) -> bytes:
        """Return the status line and the header fields with the empty line after them."""
        names = {name.lower() for name, _ in self.headers}
        fields = list(self.headers)
        if self.framing == "length" and isinstance(self.body, bytes) and "content-length" not in names:
            if not (self.status in {204, 304} or 100 <= self.status < 200):
                fields.append(("Content-Length", str(len(self.body))))
        elif self.framing == "chunked" and "transfer-encoding" not in names:
            fields.append(("Transfer-Encoding", "chunked"))
        reason = usual_reason(self.status) if self.reason is None else self.reason
        lines = [f"HTTP/1.1 {self.status} {reason}", *(f"{name}: {value}" for name, value in fields), "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace")


Handler = Callable[[Request], Awaitable[Response]]


def usual_reason(status: int) -> str:
    """Return the reason phrase of a status, "" for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def html(text: str, *, status: int = 200, headers: Headers | None = None) -> Response:
    """Return a page in UTF-8."""
    fields = [("Content-Type", "text/html; charset=utf-8"), *(headers or [])]
    return Response(status=status, headers=fields, body=text.encode())


def plain(text: str, *, status: int = 200, headers: Headers | None = None) -> Response:
    """Return a plain text in UTF-8."""
    fields = [("Content-Type", "text/plain; charset=utf-8"), *(headers or [])]
    return Response(status=status, headers=fields, body=text.encode())


def as_json(value: Any, *, status: int = 200, headers: Headers | None = None) -> Response:
    """Return a value as JSON."""
    fields = [("Content-Type", "application/json"), *(headers or [])]
    return Response(status=status, headers=fields, body=json.dumps(value).encode())


def redirect(location: str, *, status: int = 302, headers: Headers | None = None) -> Response:
    """Return a redirect; ``location`` goes out as it stands."""
    fields = [("Location", location), ("Content-Type", "text/html; charset=utf-8"), *(headers or [])]
    return Response(status=status, headers=fields, body=b"<p>This page has moved.</p>\n")
