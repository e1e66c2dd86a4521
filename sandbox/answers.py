"""How the hosts of sandbox/failures.py answer a request: one maker of responses for each way."""

from __future__ import annotations

import asyncio
import functools
import gzip
import html as html_module
import zlib
from collections.abc import AsyncIterator, Callable

import brotli
import zstandard

from sandbox.http import End, Headers, Request, Response, html, redirect

Answer = Callable[[Request], Response]

HTML = ("Content-Type", "text/html; charset=utf-8")
BLOCK = 65_536  # bytes
BOMB = 64 * 2**20  # bytes that the bomb unfolds to
DECLARED = 3 * 2**30  # bytes that the too large answer announces
TRICKLE_PAUSE = 0.1  # seconds between two bytes

PARAGRAPH = (
    "The harbour office keeps its ledgers in a cupboard that nobody has opened since the new pier was built. "
    "Each spring somebody proposes to move them, and each autumn they are still there, a little damper than before. "
)


def page_text(title: str) -> str:
    """Return a whole page, plausible enough to be read."""
    name = html_module.escape(title)
    paragraphs = "".join(f"<p>{PARAGRAPH}This is part {n} of what {name} has to say.</p>\n" for n in range(1, 6))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title></head>\n'
        f"<body><article><h1>{name}</h1>\n{paragraphs}</article></body></html>\n"
    )


def page(request: Request) -> Response:
    """Answer with a page that has nothing wrong."""
    return html(page_text(request.host))


def status(code: int, *headers: tuple[str, str], reason: str | None = None) -> Answer:
    """Return an answer of that status with a short page (none with 204)."""

    def answer(request: Request) -> Response:
        title = f"{code} {reason or ''}".strip()
        body = b"" if code == 204 else page_text(title).encode()
        return Response(status=code, reason=reason, headers=[HTML, *headers], body=body)

    return answer


def redirect_once(code: int) -> Answer:
    """Return an answer that sends /page to /moved, where a page is."""
    return lambda request: redirect("/moved", status=code) if request.path == "/page" else page(request)


def redirect_to(location: str, code: int = 302) -> Answer:
    """Return an answer that leads to ``location``, as it stands."""
    return lambda request: redirect(location, status=code)


def count_down(request: Request) -> Response:
    """Lead from /12 to /11 and so on to /0, where a page is."""
    left = request.path.strip("/")
    return redirect(f"/{int(left) - 1}") if left.isdigit() and int(left) > 0 else page(request)


def round_and_round(request: Request) -> Response:
    """Lead from /page to /other and back."""
    return redirect("/other" if request.path == "/page" else "/page")


# --- nothing, or no HTTP ---


def silence(end: End) -> Answer:
    """Return an answer without a byte, which ends in the given way."""
    return lambda request: Response(raw=b"", end=end)


def raw(data: bytes, end: End = "close") -> Answer:
    """Return an answer of exactly these bytes."""
    return lambda request: Response(raw=data, end=end)


def header_flood(request: Request) -> Response:
    """Send a head that never ends."""

    async def fields() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        number = 0
        while True:
            number += 1
            yield b"".join(b"X-Flood-%d-%d: %s\r\n" % (number, line, b"f" * 100) for line in range(50))

    return Response(raw=fields(), end="close")


def early_hints(request: Request) -> Response:
    """Send an interim response before the final one (RFC 8297)."""
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    body = page_text(request.host).encode()
    return Response(raw=hints + Response(headers=[HTML], body=body).head() + body)


def bare_lf(request: Request) -> Response:
    """End the lines of the head in LF, as old scripts do."""
    body = page_text(request.host).encode()
    return Response(raw=Response(headers=[HTML], body=body).head().replace(b"\r\n", b"\n") + body)


# --- bodies that do not end as they should ---


def partial(end: End, *, chunked: bool = False) -> Answer:
    """Return an answer whose body stops after a part of it, then ``end``."""

    def answer(request: Request) -> Response:
        part = page_text(request.host).encode()[:600]
        if chunked:
            head = Response(headers=[HTML], framing="chunked").head()
            return Response(raw=head + b"%x\r\n%s\r\n" % (len(part), part), end=end)
        return Response(headers=[HTML, ("Content-Length", "5000")], body=part, framing="none", end=end)

    return answer


def head_only(end: End) -> Answer:
    """Return an answer that has a head, announces a body, and ends without a byte of it."""
    return lambda request: Response(headers=[HTML, ("Content-Length", "5000")], framing="none", end=end)


def until_close(version: bytes) -> Answer:
    """Return an answer without any framing: the end of the connection is that of the body (RFC 9112, section 6.3)."""

    def answer(request: Request) -> Response:
        head = b"HTTP/%s 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" % version
        return Response(raw=head + page_text(request.host).encode(), end="close")

    return answer


def hang_up(request: Request) -> Response:
    """Answer well (no robots.txt, a page), then close the connection that could have served on."""
    if request.path == "/robots.txt":
        return Response(status=404, headers=[HTML], end="close")
    return Response(headers=[HTML], body=page_text(request.host).encode(), end="close")


async def _endless() -> AsyncIterator[bytes]:
    block = (PARAGRAPH.encode() * (BLOCK // len(PARAGRAPH) + 1))[:BLOCK]
    while True:
        yield block


def too_large_declared(request: Request) -> Response:
    """Announce DECLARED bytes and begin to send them."""
    headers = [HTML, ("Content-Length", str(DECLARED))]
    return Response(headers=headers, body=_endless(), framing="none", end="close")


def too_large_undeclared(request: Request) -> Response:
    """Send chunks without end."""
    return Response(headers=[HTML], body=_endless(), framing="chunked", end="close")


def trickle(request: Request) -> Response:
    """Send a byte at a time, for ever."""

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b"."
            await asyncio.sleep(TRICKLE_PAUSE)

    return Response(headers=[HTML, ("Content-Length", "1000000")], body=drops(), framing="none", end="close")


# --- content codings and types ---


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(2**20)
    return b"".join([*(packer.compress(zeros) for _ in range(BOMB // len(zeros))), packer.flush()])


def bomb(request: Request) -> Response:
    """Send some KB of gzip that unfold to BOMB bytes."""
    return Response(headers=[HTML, ("Content-Encoding", "gzip")], body=_bomb())


def broken_gzip(request: Request) -> Response:
    """Send gzip with a few wrong bytes in its middle."""
    body = bytearray(gzip.compress(page_text(request.host).encode(), mtime=0))
    body[40:60] = bytes(20)
    return Response(headers=[HTML, ("Content-Encoding", "gzip")], body=bytes(body))


def coded(name: str, encode: Callable[[bytes], bytes]) -> Answer:
    """Return an answer whose page is coded by ``encode``."""

    def answer(request: Request) -> Response:
        return Response(headers=[HTML, ("Content-Encoding", name)], body=encode(page_text(request.host).encode()))

    return answer


br = coded("br", brotli.compress)
zstd = coded("zstd", lambda body: zstandard.ZstdCompressor().compress(body))


def of_type(content_type: str, body: bytes) -> Answer:
    """Return an answer of these bytes and that type."""
    headers: Headers = [("Content-Type", content_type)]
    return lambda request: Response(headers=headers, body=body)


def odd_head(request: Request) -> Response:
    """Send a head that is odd in each way that servers are, over chunked gzip."""
    body = gzip.compress(page_text(request.host).encode(), mtime=0)
    half = len(body) // 2
    chunks = b"".join(
        b"%X;part=%d\r\n%s\r\n" % (len(part), n, part) for n, part in enumerate((body[:half], body[half:]))
    )
    head = (
        b"HTTP/1.1 200 Okey Dokey\r\n"
        b"X-odd-CASE: 1\r\n"
        b"content-TYPE:text/html;charset=utf-8\r\n"
        b"Content-Encoding: gzip\r\n"
        b"set-cookie: a=1\r\n"
        b"Server: \xe9t\xe9\r\n"
        b"Set-Cookie: b=2; Path=/\r\n"
        b"a line without a colon\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    return Response(raw=head + chunks + b"0\r\n\r\n")


RUSSIAN = (
    "<!doctype html><html lang='ru'><head><title>Ёлка у причала</title></head><body><article><h1>Ёлка у причала</h1>"
    "<p>В портовой конторе ещё помнят зиму, когда ёлку привезли на барже и поставили прямо на лёд.</p>"
    "<p>С тех пор её ставят каждый год, хотя лёд уже не тот, а баржу давно продали.</p></article></body></html>"
)

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n"
)

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6368000000820081da45083b0000000049454e44ae426082"
)
