"""Every record of a WARC in turn, whatever tool wrote it: bounded memory, and what is damaged is named and passed over."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from citekeep.warc.scan_record import BLOCK, VERSION, BrokenError, Copy, Record, Source, read_record
from citekeep.warc.zstd_stream import SKIPPABLE, ZSTD_MAGIC, Unpacked, ZstdError

_LOOK = 1_024  # bytes by which it is told whether a record begins in a gzip member
GZIP_MAGIC = b"\x1f\x8b\x08"
_ARC = b"filedesc:"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A record. offset, length: of its gzip member, or of its bytes where the file is not compressed.

    alone: whether it is a gzip member of its own, so that it can be read by its place. headers: names in lower case, the first of
    each. start: the beginning of its block, block_length of all of it. crc: CRC-32 of the block.
    """

    offset: int
    length: int
    alone: bool
    headers: dict[str, str]
    start: bytes = field(repr=False)
    block_length: int
    crc: int

    def get(self, name: str) -> str:
        """Return a header's value, "" where it has none."""
        return self.headers.get(name, "")


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """A place where no record could be read, and why; what follows is looked for from there on."""

    offset: int
    why: str


def form_of(stream: BinaryIO) -> str:
    """Return what a file is: "warc", "gzip", "zstd", "zip", "arc", or "" for none of these. Its place is the start again."""
    stream.seek(0)
    start = stream.read(64)
    form = ""
    if VERSION.match(start):
        form = "warc"
    elif start.startswith(b"PK"):
        form = "zip"
    elif start.startswith((ZSTD_MAGIC, SKIPPABLE)):
        form = "zstd"
    elif start.startswith(_ARC):
        form = "arc"
    elif start.startswith(GZIP_MAGIC):
        stream.seek(0)
        inside = _begins(stream.read(BLOCK))
        form = "arc" if inside.startswith(_ARC) else "gzip" if VERSION.match(inside) else ""
    stream.seek(0)
    return form


def scan(stream: BinaryIO, form: str, copy: Copy | None = None) -> Iterator[Found | Damaged]:
    """Yield the records of a file, and the places where one is damaged, in its order.

    form: "warc", "gzip" or "zstd". stream: one that can seek; it is read to its end. copy: takes each record's bytes.
    """
    if form == "gzip":
        yield from _scan_gzip(stream, copy)
    elif form == "warc":
        yield from _scan_plain(stream, copy)
    else:
        try:
            unpacked = Unpacked(stream)
        except (ZstdError, EOFError) as error:
            yield Damaged(offset=0, why=f"its dictionary is damaged ({error})")
            return
        yield from _scan_plain(unpacked, copy)


# --- gzip: a member for each record, as it should be, or members of many records ------------------------------------


class _Members:
    """The gzip members of a file, one after another, without reading a byte twice."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.held = b""
        self.place = 0  # of the first byte of ``held``
        self.decoder = zlib.decompressobj(31)

    def begin(self) -> bool:
        """Go to the next member; False at the end of the file."""
        self.decoder = zlib.decompressobj(31)
        self.held = self.held or self.stream.read(BLOCK)
        return bool(self.held)

    def more(self) -> bytes:
        """Return the next bytes of the member, b"" at its end."""
        while not self.decoder.eof:
            self.held = self.held or self.stream.read(BLOCK)
            if not self.held:
                raise BrokenError("the file ends within it")
            given = self.held
            try:
                data = self.decoder.decompress(given, BLOCK)
            except zlib.error as error:
                raise BrokenError(f"its compression is damaged ({error})") from error
            self.held = self.decoder.unused_data if self.decoder.eof else self.decoder.unconsumed_tail
            self.place += len(given) - len(self.held)
            if data:
                return data
        return b""

    def find(self, start: int) -> bool:
        """Go to the first member at or after ``start`` that holds a record; False where there is none."""
        self.stream.seek(start)
        self.place, self.held = start, b""
        while True:
            block = self.stream.read(BLOCK)
            self.held += block
            at = self.held.find(GZIP_MAGIC)
            while at >= 0 and (len(self.held) - at >= _LOOK or not block):
                if VERSION.match(_begins(self.held[at : at + _LOOK])):
                    self._pass(at)
                    return True
                at = self.held.find(GZIP_MAGIC, at + 1)
            self._pass(at if at >= 0 else max(0, len(self.held) - len(GZIP_MAGIC) + 1))
            if not block:
                self._pass(len(self.held))
                return False

    def _pass(self, number: int) -> None:
        self.place += number
        self.held = self.held[number:]


def _begins(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(packed, 64)
    except zlib.error:
        return b""


def _scan_gzip(stream: BinaryIO, copy: Copy | None) -> Iterator[Found | Damaged]:
    members = _Members(stream)
    while members.begin():
        start = members.place
        try:
            source = Source(members.more)
            number = 0
            while not source.ended():
                number += 1
                record = read_record(source, copy)
                source.skip_newlines()
                alone = source.ended() and number == 1
                yield _found(record, start, members.place - start, alone=alone)
        except BrokenError as error:
            yield Damaged(offset=start, why=str(error))
            if not members.decoder.eof or members.place <= start:
                members.find(start + 1)


# --- not compressed, or compressed as one stream ---------------------------------------------------------------------


def _scan_plain(stream: BinaryIO | Unpacked, copy: Copy | None) -> Iterator[Found | Damaged]:
    base = 0
    while True:
        source = Source(lambda: _read(stream))
        start = base
        try:
            while True:
                source.skip_newlines()
                start = base + source.taken
                if source.ended():
                    return
                record = read_record(source, copy)
                yield _found(record, start, base + source.taken - start, alone=False)
        except BrokenError as error:
            yield Damaged(offset=start, why=str(error))
        found = None if isinstance(stream, Unpacked) else _find_version(stream, start + 1)
        if found is None:
            return
        base = found


def _read(stream: BinaryIO | Unpacked) -> bytes:
    try:
        return stream.read(BLOCK)
    except (ZstdError, EOFError) as error:
        raise BrokenError(f"its compression is damaged ({error})") from error


def _find_version(stream: BinaryIO, start: int) -> int | None:
    """Return where the next record begins, at or after ``start``; the stream is there then."""
    place, window = start, b""
    stream.seek(start)
    while block := stream.read(BLOCK):
        window += block
        found = re.search(rb"(?<=\n)WARC/[0-9]{1,2}\.[0-9]{1,2}[ \t]*\r?\n", window)
        if found:
            stream.seek(place + found.start())
            return place + found.start()
        kept = window[-32:]
        place += len(window) - len(kept)
        window = kept
    return None


def _found(record: Record, offset: int, length: int, *, alone: bool) -> Found:
    return Found(
        offset=offset, length=length, alone=alone, headers=record.headers, start=record.start,
        block_length=record.length, crc=record.crc,
    )  # fmt: skip
