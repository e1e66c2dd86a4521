"""/cdx/search/cdx: the index, as text of seven fields or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl, quote, unquote

from sandbox.http import Request, Response
from sandbox.wayback.captures import Captures, key_of
from sandbox.wayback.clock import Clock
from sandbox.wayback.jobs import host_of

NAMES = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_BLOCKED = "org.archive.util.io.RuntimeIOException: org.archive.wayback.exception.{}: {}\n"
BLOCKS = {
    "excluded": _BLOCKED.format("AdministrativeAccessControlException", "Blocked Site Error"),
    "robots": _BLOCKED.format("RobotAccessControlException", "Blocked By Robots"),
}


class Cdx:
    """excluded: {host: a key of BLOCKS}."""

    def __init__(self, captures: Captures, clock: Clock, excluded: dict[str, str]) -> None:
        self.captures = captures
        self.clock = clock
        self.excluded = excluded

    def answer(self, request: Request) -> Response:
        """Answer a question to the index."""
        query = parse_qsl(request.parts.query, keep_blank_values=True)
        asked = dict(query)
        url = asked.get("url", "")
        if not url:
            return _text("url parameter is required\n", status=400)
        if host_of(url) in self.excluded:
            told = BLOCKS[self.excluded[host_of(url)]]
            return _text(told, status=403, error=told.strip())
        if asked.get("showNumPages") == "true":
            return _text("Sorry, this server is not configured to support paged query.\n", status=400)
        rows = self._rows(url, asked)
        for keep in _filters([value for name, value in query if name == "filter"]):
            rows = [row for row in rows if keep(row)]
        for field in [value for name, value in query if name == "collapse"]:
            rows = _collapse(rows, field)
        if asked.get("sort") == "reverse":
            rows.reverse()
        rows = rows[int(asked.get("offset") or 0) :]
        rows, key = _page(rows, asked)
        names = tuple(asked["fl"].split(",")) if asked.get("fl") else NAMES
        chosen = [tuple(row.split(" ")) if names == NAMES else tuple(_field(row, n) for n in names) for row in rows]
        return _as_json(chosen, names, key) if asked.get("output") == "json" else _as_text(chosen, key)

    def _rows(self, url: str, asked: dict[str, str]) -> list[str]:
        wanted = key_of(url.rstrip("*"))
        kind = asked.get("matchType") or ("prefix" if url.endswith("*") else "exact")
        matches: Callable[[str], bool] = {
            "prefix": lambda key: key.startswith(wanted),
            "host": lambda key: key.partition(")")[0] == wanted.partition(")")[0],
            "domain": lambda key: key.startswith(wanted.partition(")")[0]),
        }.get(kind, lambda key: key == wanted)
        now = self.clock.now()
        rows = [capture.line() for capture in self.captures if matches(capture.key) and capture.listed_from <= now]
        rows += [row for key, extra in self.captures.rows.items() if matches(key) for row in extra]
        first, last = asked.get("from", ""), asked.get("to", "")
        return sorted(row for row in rows if _between(row.split(" ")[1], first, last))


def _between(stamp: str, first: str, last: str) -> bool:
    return (not first or stamp[: len(first)] >= first) and (not last or stamp[: len(last)] <= last)


def _field(row: str, name: str) -> str:
    values = dict(zip(NAMES, row.split(" "), strict=False))
    return values.get(name, "-")


def _filters(written: list[str]) -> list[Callable[[str], bool]]:
    return [partial(_passes, text) for text in written]


def _passes(written: str, row: str) -> bool:
    name, _, pattern = written.removeprefix("!").partition(":")
    return bool(re.fullmatch(pattern, _field(row, name))) is not written.startswith("!")


def _collapse(rows: list[str], field: str) -> list[str]:
    name, _, length = field.partition(":")
    kept: list[str] = []
    last = None
    for row in rows:
        value = _field(row, name)[: int(length) if length else None]
        if value != last:
            kept.append(row)
        last = value
    return kept


def _page(rows: list[str], asked: dict[str, str]) -> tuple[list[str], str | None]:
    """Return the rows of a page and the key of the next, where one is wanted and there is one."""
    after = unquote(asked.get("resumeKey", ""))
    if after:
        rows = [row for row in rows if " ".join(row.split(" ")[:2]) >= after.replace("+", " ")]
    limit = int(asked.get("limit") or 0)
    if limit < 0:
        return rows[limit:], None
    if not limit or len(rows) <= limit:
        return rows, None
    key = quote(" ".join(rows[limit].split(" ")[:2]), safe=" ").replace(" ", "+")
    return rows[:limit], key if asked.get("showResumeKey") == "true" else None


def _as_text(rows: list[tuple[str, ...]], key: str | None) -> Response:
    lines = [" ".join(row) for row in rows] + (["", key] if key else [])
    return _text("".join(f"{line}\n" for line in lines))


def _as_json(rows: list[tuple[str, ...]], names: tuple[str, ...], key: str | None) -> Response:
    told: list[object] = [list(names), *map(list, rows)] if rows else []
    told += [[], [key]] if key else []
    return Response(headers=[("Content-Type", "application/json")], body=json.dumps(told).encode())


def _text(text: str, *, status: int = 200, error: str | None = None) -> Response:
    headers = [("Content-Type", "text/plain;charset=UTF-8")]
    headers += [("X-Archive-Wayback-Runtime-Error", error)] if error else []
    return Response(status=status, headers=headers, body=text.encode())
