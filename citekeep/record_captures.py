"""Stores captures, and the robots.txt files read on the way: rows that checks and requisites have alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from citekeep import urls, values
from citekeep.exceptions import InputError
from citekeep.failures import ERRORS
from citekeep.items import WarcRef
from citekeep.link_rows import ensure_host

ROBOTS_MAX_BYTES = 512_000  # RFC 9309 section 2.5 asks to parse at least 500 KiB; more is not kept

_AS_IT_IS = (
    "error_phase", "ip", "port", "dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "total_ms",
    "body_sha256", "body_sha1", "body_length", "truncated",
)  # fmt: skip
_CAPTURE_COLUMNS = (
    *_AS_IT_IS, "check_id", "requisite_id", "purpose", "hop", "url", "method", "started_at", "status", "error", "error_text",
    "via_proxy", "tls", "dns", "warc_id", "offset", "length",
)  # fmt: skip
_CAPTURE = (
    f"INSERT INTO captures ({', '.join(_CAPTURE_COLUMNS)}) "  # noqa: S608 - fixed names
    f"VALUES ({', '.join(f':{name}' for name in _CAPTURE_COLUMNS)}) RETURNING id"
)


def record_captures(
    connection: sqlite3.Connection,
    captures: Sequence[Mapping[str, Any]],
    now: str,
    *,
    check_id: int | None = None,
    requisite_id: int | None = None,
) -> list[int]:
    """Store the captures of a check or of a requisite; return their ids, in order."""
    return [
        int(connection.execute(_CAPTURE, _row(connection, capture, now) | _owner(check_id, requisite_id)).fetchone()[0])
        for capture in captures
    ]


def _owner(check_id: int | None, requisite_id: int | None) -> dict[str, int | None]:
    return {"check_id": check_id, "requisite_id": requisite_id}


def _row(connection: sqlite3.Connection, capture: Mapping[str, Any], now: str) -> dict[str, Any]:
    warc: WarcRef | None = capture.get("warc")
    return {name: capture.get(name) for name in _AS_IT_IS} | {
        "purpose": capture.get("purpose") or "page",
        "hop": capture.get("hop") or 0,
        "url": values.words(capture["url"]),
        "method": capture.get("method") or "GET",
        "started_at": values.time(capture.get("started_at")),
        "status": values.status(capture.get("status")),
        "error": values.one_of(capture.get("error"), ERRORS, "other"),
        "error_text": values.told(capture.get("error_text")),
        "via_proxy": int(bool(capture.get("via_proxy"))),
        "tls": values.as_json(capture.get("tls")),
        "dns": values.as_json(capture.get("dns")),
        "warc_id": _warc(connection, warc.name, now) if warc else None,
        "offset": warc.offset if warc else None,
        "length": warc.length if warc else None,
    }


def _warc(connection: sqlite3.Connection, name: str, now: str) -> int:
    row = connection.execute("SELECT id FROM warcs WHERE name = ?", (name,)).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO warcs (name, opened_at) VALUES (?, ?) RETURNING id", (name, now)
        ).fetchone()
    return int(row[0])


def record_robots(connection: sqlite3.Connection, robots: Mapping[str, Mapping[str, Any]]) -> None:
    """Store robots.txt files, each with its origin's host: {origin: {"status", "body", "read_at"}}."""
    for origin, read in robots.items():
        try:
            host, site = urls.host_of(origin), urls.site_of(origin)
        except InputError:
            continue  # an origin that is none cannot be asked again
        host_id, _ = ensure_host(connection, origin, host, site)
        connection.execute(
            "UPDATE hosts SET robots_read_at = ?, robots_status = ?, robots_body = ? WHERE id = ?",
            (
                values.time(read["read_at"]),
                values.status(read.get("status")),
                bytes(read.get("body") or b"")[:ROBOTS_MAX_BYTES],
                host_id,
            ),
        )
