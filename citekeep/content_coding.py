"""Content codings (RFC 9110 section 8.4.1) undone within a limit, for bytes that were stored as they came.

What is fetched now is decoded by downloadermiddlewares/decompress.py, by the same libraries and within the same limits.
"""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable, Iterable

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CODINGS_MAX = 5
"""Codings of one body that are undone, as curl does: a small gzip file can unpack to itself, again and again."""

_BLOCK = 65_536


class CodingError(ValueError):
    """A body is not coded as its header says, or unpacks to more than the limit: take it as a page without a body."""


class CodingLimitError(CodingError):
    """A body unpacks to more than the limit."""


def decoded_as_stored(body: bytes, headers: Iterable[tuple[str, str]], limit: int) -> bytes:
    """Return a stored body without the codings that its head names; as it is where it has none, as other tools store it.

    Raises CodingLimitError past ``limit`` bytes.
    """
    codings = ",".join(value for name, value in headers if name.lower() == "content-encoding")
    try:
        return decoded(body, codings, limit)
    except CodingLimitError:
        raise
    except CodingError:
        return body


def decoded(body: bytes, codings: str, limit: int) -> bytes:
    """Return a body without the codings of its Content-Encoding header, the last one undone first.

    What is cut off gives as much as came of it. A coding that nobody knows ("utf-8", "identity") is left alone, as
    browsers do. Raises CodingError where nothing can be undone, past ``limit`` bytes, or past CODINGS_MAX.
    """
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    if len(names) > CODINGS_MAX:
        raise CodingError(f"more than {CODINGS_MAX} codings")
    for name in reversed(names):
        undo = _UNDO.get(name)
        if undo is None:
            break
        if not body:
            return body
        try:
            body = undo(body, limit)
        except (OSError, EOFError, zlib.error, brotli.error, zstd.ZstdError) as error:
            raise CodingError(f"{name}: {error}") from error
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            part = unpacker.decompress(body, limit - size + 1)
        except zlib.error:
            if parts:  # what follows a whole member is padding
                break
            raise
        size += len(part)
        _hold(size, limit)
        parts.append(part)
        body = unpacker.unused_data
    return b"".join(parts)


def _inflate(body: bytes, limit: int) -> bytes:
    try:
        found = zlib.decompressobj().decompress(body, limit + 1)
    except zlib.error:  # many servers send it without the zlib wrapper
        found = zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, limit + 1)
    _hold(len(found), limit)
    return found


def _unbrotli(body: bytes, limit: int) -> bytes:
    unpacker, parts, size = brotli.Decompressor(), [], 0
    part = unpacker.process(body, output_buffer_limit=_BLOCK)
    while part:
        parts.append(part)
        size += len(part)
        _hold(size, limit)
        part = b"" if unpacker.is_finished() else unpacker.process(b"", output_buffer_limit=_BLOCK)
    return b"".join(parts)


def _unzstd(body: bytes, limit: int) -> bytes:
    parts, size = [], 0
    with zstd.ZstdFile(io.BytesIO(body)) as stream:
        try:
            while part := stream.read(_BLOCK):
                parts.append(part)
                size += len(part)
                _hold(size, limit)
        except EOFError:  # cut off
            if not parts:
                raise
    return b"".join(parts)


def _hold(size: int, limit: int) -> None:
    if size > limit:
        raise CodingLimitError(f"it unpacks to more than {limit} bytes")


_UNDO: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
