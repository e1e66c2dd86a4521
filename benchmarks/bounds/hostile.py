"""What a hostile server sends, by host name: one behaviour each."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import brotli
import zstandard

MiB = 2**20
HUGE = 64 * MiB  # bytes of what is too large: three times what is taken
BOMB = 256 * MiB  # bytes that a bomb would grow to
TRICKLE = 0.5  # seconds between two bytes

Stream = Callable[[str], AsyncIterator[bytes]]
"""From the target of a request to all that is sent."""


def head(*fields: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8") -> bytes:
    """Return the head of an answer that ends with its connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def page(body: bytes, *fields: str, kind: str = "text/html; charset=utf-8") -> Stream:
    """Return a stream of one answer, sent as fast as it is taken."""

    async def stream(_: str) -> AsyncIterator[bytes]:
        yield head(f"Content-Length: {len(body)}", *fields, kind=kind)
        for start in range(0, len(body), MiB):
            yield body[start : start + MiB]

    return stream


def compressed(coding: str, body: bytes) -> Stream:
    """Return a stream of a body with a Content-Encoding."""
    return page(body, f"Content-Encoding: {coding}")


def gzip_bomb(size: int = BOMB) -> bytes:
    """Return gzip of so many bytes of one paragraph."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"<p>" + b"0" * (MiB - 7) + b"</p>"
    return b"".join(packer.compress(block) for _ in range(size // MiB)) + packer.flush()


def brotli_bomb() -> bytes:
    """Return brotli of BOMB zeros."""
    packer = brotli.Compressor(quality=5)
    return b"".join(packer.process(b"0" * MiB) for _ in range(BOMB // MiB)) + packer.finish()


def zstd_bomb() -> bytes:
    """Return zstd of BOMB zeros."""
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join(packer.compress(b"0" * MiB) for _ in range(BOMB // MiB)) + packer.flush()


def nested(times: int = 6) -> bytes:
    """Return a gzip bomb, compressed again and again."""
    body = gzip_bomb()
    for _ in range(times - 1):
        body = gzip.compress(body)
    return body


async def endless(_: str) -> AsyncIterator[bytes]:
    """A body without a length that never ends."""
    yield head()
    while True:
        yield b"<p>" + b"and so on " * 10_000 + b"</p>"


async def endless_chunks(_: str) -> AsyncIterator[bytes]:
    """The same in chunks, with an extension and a trailer's promise each."""
    yield head("Transfer-Encoding: chunked", "Trailer: X-Never")
    while True:
        yield b"10000;x=%s\r\n%s\r\n" % (b"y" * 200, b"z" * 0x10000)


async def slow_head(_: str) -> AsyncIterator[bytes]:
    """A head that comes byte by byte."""
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(10**6):
        yield b"X-%d: y\r\n"[:1] if number else b"X"
        await asyncio.sleep(TRICKLE)


async def slow_body(_: str) -> AsyncIterator[bytes]:
    """A body that comes byte by byte."""
    yield head()
    while True:
        yield b"a"
        await asyncio.sleep(TRICKLE)


async def silence(_: str) -> AsyncIterator[bytes]:
    """Nothing, for ever."""
    await asyncio.sleep(3_600)
    yield b""


async def long_head(_: str) -> AsyncIterator[bytes]:
    """One field that never ends."""
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    while True:
        yield b"a" * 65_536


async def many_fields(_: str) -> AsyncIterator[bytes]:
    """Fields without end."""
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X: y\r\n" * 10_000


async def redirects(target: str) -> AsyncIterator[bytes]:
    """Each page leads to another."""
    number = int(target.rpartition("/")[2] or 0) if target.rpartition("/")[2].isdigit() else 0
    yield head(f"Location: /way/{number + 1}", "Content-Length: 0", status="302 Found")


async def circle(target: str) -> AsyncIterator[bytes]:
    """Two pages that lead to one another."""
    yield head(f"Location: /{'a' if target.endswith('b') else 'b'}", "Content-Length: 0", status="302 Found")


async def says_more(_: str) -> AsyncIterator[bytes]:
    """A length of ten gigabytes, and a paragraph."""
    yield head("Content-Length: 10000000000") + b"<p>That was all.</p>"


def story(inside: str) -> bytes:
    """Return an article with something in it."""
    words = " ".join(f"Paragraph {n} tells of a year in which many left the country." for n in range(20))
    return f"<html><head><title>A story</title></head><body><article><p>{words}</p>{inside}</article></body></html>".encode()


def many_links() -> bytes:
    """Return a page with 100,000 links, to a calendar that has no end."""
    links = "".join(
        f'<p>On <a href="/day/{n}">day {n}</a> of the calendar something else happened.</p>' for n in range(100_000)
    )
    return story(links)


def deep() -> bytes:
    """Return a page whose elements lie 200,000 deep."""
    return story("<div>" * 200_000 + "at the bottom" + "</div>" * 200_000)


def entities() -> bytes:
    """Return an XML page whose entities would grow to gigabytes."""
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    lines.append('<!ENTITY inside SYSTEM "file:///etc/passwd">')
    return f"<?xml version='1.0'?><!DOCTYPE html [{''.join(lines)}]><html><body><p>&a11; &inside;</p></body></html>".encode()


def for_patterns() -> Iterator[bytes]:
    """Yield texts that are slow for a careless pattern."""
    yield story("a@" * 500_000)
    yield story("<" * 1_000_000)
    yield story("http://" * 200_000)
    yield story("(" * 500_000 + "www." * 200_000)
    yield story("А. " * 300_000 + "!" * 300_000)
    yield story("<!--" * 200_000 + "<script" * 100_000)


@dataclass(frozen=True)
class Case:
    """One behaviour. bound: what is bounded. setting: by which setting, or "" where the bound is a constant of the code.

    recorded: any of these in what is recorded of it: an error, a reason, an outcome of the text, a flag, or "whole".
    """

    bound: str
    setting: str
    stream: Stream
    recorded: frozenset[str]


def cases() -> dict[str, Case]:
    """Return the behaviours, by host name."""
    size, seconds, text = "DOWNLOAD_MAXSIZE", "DOWNLOAD_TIMEOUT", "EXTRACT_TIMEOUT"
    large, slow = frozenset({"too_large"}), frozenset({"timeout"})
    read = frozenset({"whole", "timed_out", "empty", "crashed", "too_large"})
    found = {
        "large": Case("size", size, page(b"0" * HUGE), large),
        "endless": Case("size without a length", size, endless, large),
        "chunks": Case("endless chunks", size, endless_chunks, large),
        "gzip": Case("size after gzip", size, compressed("gzip", gzip_bomb()), large),
        "brotli": Case("size after brotli", size, compressed("br", brotli_bomb()), large),
        "zstd": Case("size after zstd", size, compressed("zstd", zstd_bomb()), large),
        "nested": Case("nested codings", "", compressed(", ".join(["gzip"] * 6), nested()), frozenset({"bad_encoding"})),
        "head": Case("size of the head", "HEADERS_MAXSIZE", long_head, large),
        "fields": Case("number of fields", "HEADERS_MAXSIZE", many_fields, large),
        "redirects": Case("redirects", "REDIRECT_MAX_TIMES", redirects, frozenset({"verdict too_many_redirects"})),
        "circle": Case("redirects in a circle", "REDIRECT_MAX_TIMES", circle, frozenset({"verdict redirect_loop"})),
        "slow-head": Case("time, head", seconds, slow_head, slow),
        "slow-body": Case("time, body", seconds, slow_body, slow),
        "silence": Case("time, answer", seconds, silence, slow),
        "says-more": Case("length that is announced", size, says_more, large),
        "links": Case("100,000 links", "CITATIONS_PER_ARTICLE", page(many_links()), read),
        "deep": Case("depth of elements", text, page(deep()), read),
        "entities": Case("XML entities", text, page(entities(), kind="application/xhtml+xml"), read),
        "pdf": Case("giant PDF", size, page(b"%PDF-1.7\n" + b"0" * HUGE, kind="application/pdf"), large),
    }  # fmt: skip
    for number, body in enumerate(for_patterns()):
        found[f"pattern{number}"] = Case("texts for slow patterns", text, page(body), read)
    return found
