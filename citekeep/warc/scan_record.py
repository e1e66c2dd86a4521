"""One WARC record read from bytes as they come: its header, and its block in bounded memory."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

HEAD_MAX = 64 * 2**10  # bytes of a record's own header
START = 64 * 2**10  # bytes of a block that are kept: an HTTP head
BLOCK = 32 * 2**10
VERSION = re.compile(rb"WARC/[0-9]{1,2}\.[0-9]{1,2}[ \t]*\r?\n")


class Copy(Protocol):
    """Takes the bytes of records as they go by: ``begin`` before each, so that a damaged one can be taken back."""

    def begin(self) -> None:
        """A record begins; what came of one that was not told of as Found is damaged."""

    def write(self, data: bytes, /) -> None:
        """Take a part of it."""


class BrokenError(ValueError):
    """A record cannot be read to its end."""


class Source:
    """Bytes as they come, of which some may be looked at before they are taken."""

    def __init__(self, more: Callable[[], bytes]) -> None:
        self.more = more
        self.held = b""
        self.taken = 0

    def _fill(self) -> bool:
        data = self.more()
        self.held += data
        return bool(data)

    def ended(self) -> bool:
        """Return whether nothing is left."""
        return not self.held and not self._fill()

    def take(self, most: int) -> bytes:
        """Return up to ``most`` bytes, b"" at the end."""
        if self.ended():
            return b""
        data, self.held = self.held[:most], self.held[most:]
        self.taken += len(data)
        return data

    def take_head(self) -> bytes:
        """Return what there is up to the first empty line, it included. Raises BrokenError where none comes."""
        looked = 0
        while True:
            ends = [at + len(end) for end in (b"\n\r\n", b"\n\n") if (at := self.held.find(end, looked)) >= 0]
            if ends:
                return self.take(min(ends))
            looked = max(0, len(self.held) - 3)
            if len(self.held) > HEAD_MAX:
                raise BrokenError("its header does not end")
            if not self._fill():
                raise BrokenError("its header is cut off")

    def skip_newlines(self) -> None:
        """Pass over the line ends that follow a block."""
        while not self.ended() and self.held[:1] in b"\r\n":
            rest = self.held.lstrip(b"\r\n")
            self.taken += len(self.held) - len(rest)
            self.held = rest


@dataclass(frozen=True)
class Record:
    """What was read; see scan.Found."""

    headers: dict[str, str]
    start: bytes
    length: int
    crc: int


def read_record(source: Source, copy: Copy | None) -> Record:
    """Read a record to the end of its block. Raises BrokenError."""
    head = source.take_head()
    if not VERSION.match(head):
        raise BrokenError("no record begins there")
    headers = _headers(head)
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 19):
        raise BrokenError("its header names no length")
    if copy is not None:
        copy.begin()
        copy.write(head)
    left, crc, start = int(length), 0, b""
    while left:
        data = source.take(min(left, BLOCK))
        if not data:
            raise BrokenError("it is shorter than its header says")
        left -= len(data)
        crc = zlib.crc32(data, crc)
        start = start + data[: START - len(start)] if len(start) < START else start
        if copy is not None:
            copy.write(data)
    if copy is not None:
        copy.write(b"\r\n\r\n")
    return Record(headers, start, int(length), crc)


def _headers(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in head.decode("utf-8", "replace").splitlines()[1:]:
        if line[:1] in {" ", "\t"} and name:
            found[name] += " " + line.strip()
            continue
        key, colon, value = line.partition(":")
        if colon:
            name = key.strip().lower()
            found.setdefault(name, value.strip())
    return found
