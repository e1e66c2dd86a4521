"""Stores what an article's page needs to look like itself, and what came of asking for it.

Functions take a connection first, for ``Writer.run``. What a killed run left waits for the next (due_requisites.py). What
was asked lately is not asked again for another article.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from citekeep import clock, urls, values
from citekeep.due_requisites import is_held
from citekeep.exceptions import InputError
from citekeep.link_rows import ensure_host
from citekeep.pace import PaceRules
from citekeep.pace_rows import count_requests
from citekeep.record_captures import record_captures, record_robots
from citekeep.requisites import STYLE
from citekeep.requisites.items import Limits, RequisiteResult

RECORDED, STALE_TURN, LEASE_LOST = "recorded", "stale_turn", "lease_lost"  # as in record.py

DEPTH_MAX = 4  # sheets that import sheets that import ...: deeper than any outlet's, and an end to those that go on
TRIES = 3  # of what failed in passing
RETRY = 3_600  # seconds between two of them
IN_PASSING = frozenset({"timeout", "reset", "closed", "cut_off", "dns_failed", "unreachable", "robots_unavailable",
                        "local", "429", "500", "502", "503", "504"})  # fmt: skip
"""Reasons of a failure that may be another an hour later."""


# --- what a page wants ---------------------------------------------------------------------------------------------


def want(
    connection: sqlite3.Connection,
    article_id: int | None,
    check_id: int,
    wanted: Mapping[str, Any],
    limits: Limits,
    now: str,
) -> None:
    """Note what the page of an article wants, as a check of it found: {"wanted": [(URL, kind)], "more": number}."""
    assert article_id is not None
    connection.execute("UPDATE articles SET requisites_more = ? WHERE id = ?", (wanted["more"], article_id))
    page = _Page(connection, article_id, check_id, limits, now)
    found = [(ensure_requisite(connection, url, kind), kind, 0) for url, kind in wanted["wanted"]]
    page.add((one, kind, depth) for one, kind, depth in found if one is not None)


def ensure_requisite(connection: sqlite3.Connection, url: str, kind: str) -> int | None:
    """Return the id of the requisite with this URL, made where it is new; None for what is no URL."""
    row = connection.execute("SELECT id FROM requisites WHERE url = ?", (url,)).fetchone()
    if row is not None:
        return int(row[0])
    try:
        host_id, site_id = ensure_host(connection, urls.origin_of(url), urls.host_of(url), urls.site_of(url))
    except InputError:
        return None
    (made,) = connection.execute(
        "INSERT INTO requisites (url, kind, host_id, site_id) VALUES (?, ?, ?, ?) RETURNING id",
        (url, kind, host_id, site_id),
    ).fetchone()
    return int(made)


_KNOWN = "SELECT outcome, why, bytes, capture_id, asked_at, due_at FROM requisites WHERE id = ?"
_PAGE_ROW = """
INSERT INTO page_requisites (article_id, requisite_id, kind, depth, check_id, outcome, why, bytes, capture_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (article_id, requisite_id) DO UPDATE SET
    kind = excluded.kind, depth = excluded.depth, check_id = excluded.check_id, outcome = excluded.outcome,
    why = excluded.why, bytes = excluded.bytes, capture_id = excluded.capture_id
"""


@dataclass
class _Page:
    """An article's page while what it wants is noted."""

    connection: sqlite3.Connection
    article_id: int
    check_id: int
    limits: Limits
    now: str

    def add(self, wanted: Iterable[tuple[int, str, int]]) -> None:
        """Note (requisite, kind, depth), each once, and what known style sheets among them name."""
        waiting = deque(wanted)
        seen = {
            one
            for (one,) in self.connection.execute(
                "SELECT requisite_id FROM page_requisites WHERE article_id = ? AND check_id = ?",
                (self.article_id, self.check_id),
            )
        }
        while waiting:
            requisite_id, kind, depth = waiting.popleft()
            if requisite_id in seen:
                continue
            seen.add(requisite_id)
            if self._note(requisite_id, kind, depth, len(seen)) and kind == STYLE:
                waiting.extend(_parts(self.connection, requisite_id, depth + 1))

    def _note(self, requisite_id: int, kind: str, depth: int, number: int) -> bool:
        """Note one; return whether it was asked lately, so that nothing is asked for it."""
        known: tuple[Any, ...] = ("left_out", "number" if number > self.limits.number else "depth", None, None)
        lately = False
        if number <= self.limits.number and depth <= DEPTH_MAX:
            *told, asked_at, due_at = self.connection.execute(_KNOWN, (requisite_id,)).fetchone()
            lately = due_at is None and asked_at is not None and asked_at > clock.after(-self._holds(told[1]))
            known = tuple(told) if lately else ("waiting", None, None, None)
        row = (self.article_id, requisite_id, kind, depth, self.check_id)
        self.connection.execute(_PAGE_ROW, (*row, *known))
        if known[0] == "waiting":
            self.connection.execute(
                "UPDATE requisites SET due_at = ?, tries = 0 WHERE id = ? AND due_at IS NULL", (self.now, requisite_id)
            )
        return lately

    def _holds(self, why: str | None) -> float:
        """Return for how many seconds what came of a requisite holds for other articles as well."""
        return 0 if why == "bytes" else RETRY if why in IN_PASSING else self.limits.again


def _parts(connection: sqlite3.Connection, requisite_id: int, depth: int) -> list[tuple[int, str, int]]:
    rows = connection.execute(
        "SELECT part_id, kind FROM requisite_parts WHERE requisite_id = ? ORDER BY part_id", (requisite_id,)
    )
    return [(part_id, kind, depth) for part_id, kind in rows]


# --- what came of it -----------------------------------------------------------------------------------------------


_ASKED = """
UPDATE requisites SET
    turn = turn + 1, tries = tries + 1, due_at = :due_at, asked_at = :now, outcome = :outcome, why = :why, bytes = :bytes,
    capture_id = :capture_id, etag = iif(:unchanged, etag, :etag), last_modified = iif(:unchanged, last_modified, :last_modified)
WHERE id = :id
"""


def record_requisite(
    connection: sqlite3.Connection, result: RequisiteResult, limits: Limits, rules: PaceRules | None = None
) -> str:
    """Store what came of asking a requisite: RECORDED, or STALE_TURN or LEASE_LOST; then nothing is stored.

    rules: by which its requests count against the day of their sites.
    """
    row = connection.execute(
        "SELECT turn, tries, site_id, capture_id, bytes FROM requisites WHERE id = ?", (result.requisite_id,)
    ).fetchone()
    if row is None or row[0] != result.turn:
        return STALE_TURN
    if (row[2], True) != (result.site_id, is_held(connection, result.site_id, result.epoch)):
        return LEASE_LOST
    now = clock.now()
    captures = record_captures(connection, result.captures, now, requisite_id=result.requisite_id)
    last = next((n for n, c in zip(reversed(captures), reversed(result.captures), strict=True)
                 if c["purpose"] == "requisite"), None)  # fmt: skip
    if result.unchanged:  # what was captured whole is what a page looks like now, too
        last, result.bytes = row[3], row[4]
    again = result.outcome != "captured" and result.why in IN_PASSING and row[1] + 1 < TRIES
    connection.execute(
        _ASKED,
        {
            "due_at": clock.after(RETRY) if again else None,
            "now": now,
            "outcome": result.outcome,
            "why": result.why,
            "bytes": result.bytes,
            "capture_id": last,
            "unchanged": result.unchanged,
            "etag": values.text(result.validators.get("etag")),
            "last_modified": values.text(result.validators.get("last_modified")),
            "id": result.requisite_id,
        },
    )
    record_robots(connection, result.robots)
    count_requests(connection, result.requests, rules or PaceRules(), now)
    if not again:
        _conclude(connection, result, last, limits, now)
    return RECORDED


def _conclude(
    connection: sqlite3.Connection, result: RequisiteResult, capture_id: int | None, limits: Limits, now: str
) -> None:
    """Tell each page that waited; what a style sheet names, its pages want."""
    known = _parts(connection, result.requisite_id, 0) if result.unchanged else []
    parts = [(part_id, kind) for part_id, kind, _ in known] or _keep_parts(connection, result)
    pages = connection.execute(
        "SELECT article_id, check_id, depth FROM page_requisites WHERE requisite_id = ? AND outcome = 'waiting'",
        (result.requisite_id,),
    ).fetchall()
    connection.execute(
        "UPDATE page_requisites SET outcome = ?, why = ?, bytes = ?, capture_id = ?"
        " WHERE requisite_id = ? AND outcome = 'waiting'",
        (result.outcome, result.why, result.bytes, capture_id, result.requisite_id),
    )
    if result.why == "bytes":  # the first that does not fit ends it: whether a later one would is not worth its request
        connection.executemany(
            "UPDATE page_requisites SET outcome = 'left_out', why = 'bytes'"
            " WHERE article_id = ? AND check_id = ? AND outcome = 'waiting'",
            [(article_id, check_id) for article_id, check_id, _ in pages],
        )
    for article_id, check_id, depth in pages:
        page = _Page(connection, article_id, check_id, limits, now)
        page.add((part_id, kind, depth + 1) for part_id, kind in parts)


def _keep_parts(connection: sqlite3.Connection, result: RequisiteResult) -> list[tuple[int, str]]:
    if result.parts is None:
        return []
    found = [(ensure_requisite(connection, url, kind), kind) for url, kind in result.parts]
    parts = [(part_id, kind) for part_id, kind in found if part_id is not None and part_id != result.requisite_id]
    connection.execute("DELETE FROM requisite_parts WHERE requisite_id = ?", (result.requisite_id,))
    connection.executemany(
        "INSERT INTO requisite_parts (requisite_id, part_id, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(result.requisite_id, part_id, kind) for part_id, kind in parts],
    )
    return parts
