"""HTTP/1 messages as bytes: where the head ends, what it says, and the body without its chunk framing.

Lenient as browsers are (a bare line feed, a header line without a colon), and total: any bytes give an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"^[^\r\n ]{1,40} +([1-9]\d\d)(?: |\r?$|\n)", re.MULTILINE)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[^\r\n]{0,4096}\r?\n")
NO_BODY = {204, 304}


@dataclass(frozen=True)
class Head:
    """A response head. length: in bytes, the empty line included. headers: in order, names as they came, latin-1."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    length: int = 0

    def get(self, name: str) -> str | None:
        """Return the first value of a header field, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def end_of_head(message: bytes | bytearray, start: int = 0) -> int | None:
    """Return where the first head ends at or after ``start``, its empty line included, or None."""
    found = _HEAD_END.search(message, start)
    return found.end() if found else None


def status_at(message: bytes | bytearray, start: int = 0) -> int | None:
    """Return the status in the status line that begins at ``start``, or None where none does."""
    found = _STATUS.match(message, start)
    return int(found[1]) if found else None


def is_interim(status: int | None) -> bool:
    """Return whether another head follows one of this status: 1xx (RFC 9110 section 15.2), 101 being the last."""
    return status is not None and 100 <= status < 200 and status != 101


def parse_head(message: bytes) -> Head | None:
    """Return the head of a response, past interim ones, or None where no whole head came."""
    start = 0
    while True:
        end = _HEAD_END.search(message, start)
        status = status_at(message, start)
        if end is None or status is None:
            return None
        if not is_interim(status):
            return Head(status, _headers(message[start : end.start()].split(b"\n")[1:]), end.end())
        start = end.end()


def _headers(lines: list[bytes]) -> list[tuple[str, str]]:
    fields: list[tuple[str, list[str]]] = []
    for line in lines:
        text = line.rstrip(b"\r").decode("latin-1")
        if text[:1] in {" ", "\t"} and fields:
            fields[-1][1].append(text.strip())
        elif ":" in text:
            name, _, value = text.partition(":")
            fields.append((name.rstrip(), [value.strip()]))
    return [(name, " ".join(parts)) for name, parts in fields]


def body_of(message: bytes, head: Head) -> bytes:
    """Return what follows the head, its chunk framing undone where the head announces it; as far as it came."""
    raw = message[head.length :]
    if head.status in NO_BODY:
        return b""
    coding = head.get("Transfer-Encoding") or ""
    return dechunk(raw)[0] if "chunked" in coding.lower() else raw


def dechunk(raw: bytes) -> tuple[bytes, bool]:
    """Return the chunks' data as far as it came, and whether the last chunk was among it."""
    data, view = bytearray(), memoryview(raw)  # of a large body there are copies enough
    place = 0
    while found := _CHUNK_SIZE.match(raw, place):
        size = int(found[1], 16)
        if size == 0:
            return bytes(data), True
        data += view[found.end() : found.end() + size]
        place = found.end() + size
        if raw[place : place + 2] == b"\r\n":
            place += 2
        elif raw[place : place + 1] == b"\n":
            place += 1
        else:
            break
    if raw and place == 0:
        return raw, False  # announced, but not chunked: what came is all there is
    return bytes(data), False
