"""/cdx/search/cdx: the index, as text of seven fields or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import parse_qsl, quote, unquote_plus

from sandbox.http import Request, Response
from sandbox.wayback.captures import Captures, key_of
from sandbox.wayback.clock import Clock, seconds_of
from sandbox.wayback.jobs import host_of
from sandbox.wayback.scripts import INDEX, Effects, Scripts, fault

NAMES = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_BLOCKED = "org.archive.util.io.RuntimeIOException: org.archive.wayback.exception.{}: {}"
BLOCKS = {
    "excluded": _BLOCKED.format("AdministrativeAccessControlException", "Blocked Site Error"),
    "robots": _BLOCKED.format("RobotAccessControlException", "Blocked By Robots"),
}

Row = tuple[str, ...]
Asked = dict[str, str]


class BadQuestionError(Exception):
    """A question that the index refuses; its text is the answer."""


class Cdx:
    """excluded: {host: a key of BLOCKS}. closest_works: whether sort=closest sorts. pages: whether showNumPages answers."""

    def __init__(self, captures: Captures, clock: Clock, scripts: Scripts, excluded: dict[str, str]) -> None:
        self.captures = captures
        self.clock = clock
        self.scripts = scripts
        self.excluded = excluded
        self.closest_works = True
        self.pages = False

    def answer(self, request: Request) -> Response:
        """Answer a question to the index."""
        query = parse_qsl(request.parts.query, keep_blank_values=True)
        asked = dict(query)
        url = asked.get("url", "")
        effects = self.scripts.take(url, INDEX)
        failed = fault(effects)
        if failed is not None:
            return failed[0]
        if not url:
            return _text("url parameter is required", status=400)
        try:
            response = self._troubled(url, effects) or self._listing(url, query, effects)
        except BadQuestionError as error:
            return _text(str(error), status=400)
        response.delay = effects["slow"]["seconds"] if "slow" in effects else 0.0
        return response

    def _troubled(self, url: str, effects: Effects) -> Response | None:
        if "outage" in effects:
            return _text(effects["outage"]["text"], status=503, error=effects["outage"]["text"])
        if "robots_line" in effects:
            return _text(BLOCKS["robots"] + "\n")
        reason = self.excluded.get(host_of(url.removeprefix("*.")))
        return _text(BLOCKS[reason] + "\n", status=403, error=BLOCKS[reason]) if reason else None

    def _listing(self, url: str, query: list[tuple[str, str]], effects: Effects) -> Response:
        asked = dict(query)
        rows = self._rows(url, asked)
        rows += [tuple(line.split(" ")) for line in effects.get("rows", {}).get("lines", ())]
        if asked.get("showNumPages") == "true":
            if not self.pages:
                raise BadQuestionError("Sorry, this server is not configured to support paged query")
            return _text(f"{-(-len(rows) // 3_000)}\n")
        for written in (value for name, value in query if name == "filter"):
            rows = [row for row in rows if _passes(written, row)]
        for field in (value for name, value in query if name == "collapse"):
            rows = _collapse(rows, field)
        if asked.get("sort") == "reverse":
            rows.reverse()
        elif asked.get("sort") == "closest" and self.closest_works and asked.get("closest"):
            wanted = seconds_of(asked["closest"])
            rows.sort(key=lambda row: abs(seconds_of(row[1]) - wanted))
        page, key = _page(rows[_number(asked, "offset") :], asked, effects)
        names = tuple(asked["fl"].split(",")) if asked.get("fl") else NAMES
        chosen = page if names == NAMES else [tuple(_field(row, name) for name in names) for row in page]
        return _as_json(chosen, names, key) if asked.get("output") == "json" else _as_text(chosen, key)

    def _rows(self, url: str, asked: Asked) -> list[Row]:
        matches = _matcher(url, asked.get("matchType"))
        now, first, last = self.clock.now(), asked.get("from", ""), asked.get("to", "")
        listed = (capture for capture in self.captures if capture.listed_from <= now and matches(capture.key))
        return [capture.fields() for capture in listed if _between(capture.timestamp, first, last)]


def _matcher(url: str, kind: str | None) -> Callable[[str], bool]:
    """Return whether a key is one of those that are asked about."""
    if url.startswith("*."):
        url, kind = url[2:], "domain"
    elif url.endswith("*"):
        url, kind = url[:-1], "prefix"
    kind = kind or "exact"
    wanted = key_of(url, prefix=kind == "prefix")
    host = wanted.partition(")")[0]
    tests: dict[str, Callable[[str], bool]] = {
        "exact": lambda key: key == wanted,
        "prefix": lambda key: key.startswith(wanted),
        "host": lambda key: key.startswith(f"{host})"),
        "domain": lambda key: key.startswith((f"{host})", f"{host},")),
    }
    if kind not in tests:
        raise BadQuestionError(f"Sorry, matchType={kind} is not supported by this server")
    return tests[kind]


def _between(stamp: str, first: str, last: str) -> bool:
    return stamp[: len(first)] >= first and stamp[: len(last)] <= last


def _field(row: Row, name: str) -> str:
    return dict(zip(NAMES, row, strict=False)).get(name, "-")


def _number(asked: Asked, name: str) -> int:
    try:
        return int(asked.get(name) or 0)
    except ValueError as error:
        raise BadQuestionError(f"{name} is no number") from error


def _passes(written: str, row: Row) -> bool:
    """Return whether a row passes ``[!]field:regex``; the whole field has to match."""
    name, _, pattern = written.removeprefix("!").partition(":")
    try:
        return bool(re.fullmatch(pattern, _field(row, name))) is not written.startswith("!")
    except re.error as error:
        raise BadQuestionError(f"Invalid filter: {written}") from error


def _collapse(rows: Iterable[Row], written: str) -> list[Row]:
    """Return the rows whose field (or its first N characters) differs from the row before."""
    name, _, length = written.partition(":")
    cut = partial(_cut, name=name, length=int(length) if length.isdigit() else None)
    kept: list[Row] = []
    last = None
    for row in rows:
        if cut(row) != last:
            kept.append(row)
        last = cut(row)
    return kept


def _cut(row: Row, *, name: str, length: int | None) -> str:
    return _field(row, name)[:length]


def _page(rows: list[Row], asked: Asked, effects: Effects) -> tuple[list[Row], str | None]:
    """Return the rows of a page, and the key of the next where one is wanted and there is one."""
    # The query's own encoding is gone already; the key as it was handed out is encoded once more.
    after = unquote_plus(asked.get("resumeKey", ""))
    if after:
        rows = [row for row in rows if " ".join(row[:2]) >= after]
    if "empty_page" in effects and rows:
        return [], _key(rows[0])
    limit = _number(asked, "limit")
    if limit < 0:
        return rows[limit:], None
    if not limit or len(rows) <= limit:
        return rows, None
    key = _key(rows[0] if "cycle" in effects else rows[limit])
    return rows[:limit], key if asked.get("showResumeKey") == "true" else None


def _key(row: Row) -> str:
    return f"{quote(row[0], safe='')}+{quote(row[1], safe='')}"


def _as_text(rows: list[Row], key: str | None) -> Response:
    lines = [" ".join(row) for row in rows] + (["", key] if key else [])
    return _text("".join(f"{line}\n" for line in lines))


def _as_json(rows: list[Row], names: Row, key: str | None) -> Response:
    told: list[object] = [list(names), *map(list, rows)] if rows else []
    told += [[], [key]] if key else []
    return Response(headers=[("Content-Type", "application/json")], body=json.dumps(told).encode())


def _text(text: str, *, status: int = 200, error: str | None = None) -> Response:
    headers = [("Content-Type", "text/plain;charset=UTF-8"), ("X-location", "cdx")]
    headers += [("X-Archive-Wayback-Runtime-Error", error)] if error else []
    return Response(status=status, headers=headers, body=text.encode())
