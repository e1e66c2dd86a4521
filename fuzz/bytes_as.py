"""What a target makes of its bytes: text, several fields, and answers of a server that is not there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2

from citekeep.exceptions import WaybackError
from citekeep.wayback.client import Answer

T = TypeVar("T")


def text(data: bytes) -> str:
    """Return bytes as text in which each byte that is no UTF-8 is half a surrogate pair, as JSON and arguments can hold."""
    return data.decode("utf-8", "surrogateescape")


def fields(data: bytes, number: int) -> list[bytes]:
    """Return ``number`` parts, divided by zero bytes; the last takes the rest, those that are not there are empty."""
    parts = data.split(b"\x00", number - 1)
    return parts + [b""] * (number - len(parts))


def head_fields(data: bytes) -> list[tuple[str, str]]:
    """Return ``name: value`` lines as a response's head would have them."""
    lines = (line.partition(b":") for line in data.split(b"\n") if b":" in line)
    return [(name.decode("latin-1"), value.strip().decode("latin-1")) for name, _, value in lines]


def answer(data: bytes) -> Answer:
    """Return an answer of an archive: status, head lines, body."""
    status, head, body = fields(data, 3)
    number = int(status[:3]) if re.match(rb"[1-9][0-9]{2}", status) else 200
    return Answer(number, {name.lower(): value for name, value in head_fields(head)}, body)


@dataclass
class Archive:
    """Stands where citekeep.wayback.client.Client does: each question gets the next answer, then the last one again."""

    answers: list[Answer]
    base: str = "https://archive.test"
    asked: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, **_: Any) -> Answer:
        """Return the next answer. Raises WaybackError, as the real one does, for a path that no request can have."""
        try:
            httpx2.URL(self.base + path)
        except (httpx2.InvalidURL, UnicodeError):
            raise WaybackError("It cannot be asked.") from None
        self.asked.append(f"{method} {path}")
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns that waits for nothing outside of it."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise RuntimeError("It waits for something.")


_loops: list[asyncio.AbstractEventLoop] = []


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns, in one event loop for all of them."""
    if not _loops:
        _loops.append(asyncio.new_event_loop())
    return _loops[0].run_until_complete(coroutine)
