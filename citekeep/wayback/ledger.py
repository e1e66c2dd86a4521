"""The ledger's states as one table of data, and every transition as one transaction with its reason.

Functions take a connection first, for ``Writer.run``.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from citekeep import clock

TRANSITIONS: dict[str, frozenset[str]] = {
    "wanted": frozenset({"found", "submitting", "deferred", "refused", "absent"}),
    "deferred": frozenset({"wanted"}),
    "submitting": frozenset({"submitted", "saved", "found", "refused", "deferred", "unknown"}),
    "submitted": frozenset({"saved", "found", "refused", "deferred", "unknown"}),
    "unknown": frozenset({"unknown", "submitted", "saved", "found", "refused", "absent"}),
    "saved": frozenset({"verified", "rejected", "lost"}),
    "found": frozenset({"verified", "rejected", "lost"}),
    "verified": frozenset({"lost"}),
    "lost": frozenset({"verified"}),
    "rejected": frozenset(),
    "refused": frozenset(),
    "absent": frozenset(),
}
"""From each state to those that may follow.

wanted: to be looked up. deferred: to be wanted again at next_attempt_at. submitting: committed before the request
leaves. submitted: the service gave a job id. unknown: what became of a submission is not known; it is looked up, never
sent again (an answer that comes late still counts). saved, found: there is a memento. verified, rejected, lost: it was
read back. refused: for good, reason verbatim. absent: looked up, nothing there, and nothing left to save.
"""

OPEN = ("wanted", "submitting", "submitted", "deferred", "unknown")
NEEDS_MEMENTO = frozenset({"saved", "found", "verified", "rejected", "lost"})


class LedgerError(Exception):
    """A transition that the table does not allow, or a state that would say more than is known: a fault of ours."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A wish with what is needed to work on it."""

    save_id: int
    link_id: int
    url: str
    mode: str
    state: str
    job_id: str | None
    attempts: int
    submitted_at: str | None
    reason: str | None = None
    why: str = ""


def move(
    connection: sqlite3.Connection,
    save_id: int,
    to_state: str,
    *,
    reason: str | None = None,
    answer: Any = None,
    **columns: Any,
) -> bool:
    """Move a save to a state, with its reason and the answer it rests on; return whether it was still there to move.

    columns: job_id, holder, next_attempt_at, memento_id, submitted_at. Raises LedgerError for a transition that is not
    in the table or a state with a memento that has none.
    """
    row = connection.execute("SELECT state, memento_id FROM saves WHERE id = ?", (save_id,)).fetchone()
    if row is None:
        return False
    state, memento_id = row
    if to_state not in TRANSITIONS[state]:
        raise LedgerError(f"save {save_id}: from {state} to {to_state} is no transition")
    if to_state in NEEDS_MEMENTO and columns.get("memento_id", memento_id) is None:
        raise LedgerError(f"save {save_id}: {to_state} without a memento")
    now = clock.now()
    values = (
        {"next_attempt_at": None, "holder": None} | columns | {"state": to_state, "reason": reason, "changed_at": now}
    )
    if to_state == "submitting":
        values |= {"submitted_at": now}
    names = ", ".join(f"{name} = :{name}" for name in values)
    tried = ", attempts = attempts + 1" if to_state == "submitting" else ""
    connection.execute(
        f"UPDATE saves SET {names}{tried} WHERE id = :save_id",  # noqa: S608 - names are ours
        values | {"save_id": save_id},
    )
    connection.execute(
        "INSERT INTO save_events (save_id, at, from_state, to_state, reason, answer) VALUES (?, ?, ?, ?, ?, ?)",
        (
            save_id,
            now,
            state,
            to_state,
            reason,
            None if answer is None else json.dumps(answer, ensure_ascii=False)[:8_000],
        ),
    )
    return True


_WISHES = """
SELECT s.id, s.link_id, l.request_url, s.mode, s.state, s.job_id, s.attempts, s.submitted_at, s.reason, s.why
FROM saves AS s JOIN links AS l ON l.id = s.link_id
WHERE s.service = :service AND s.state = :state AND l.public = 1 AND l.withheld IS NULL
  AND (s.next_attempt_at IS NULL OR s.next_attempt_at <= :now)
"""

# A wish to save that was looked up since it was wished, or shortly before: it is to be submitted.
_LOOKED_UP = """
  (s.mode = 'save' AND EXISTS (SELECT 1 FROM lookups WHERE lookups.link_id = s.link_id
    AND lookups.service = s.service AND lookups.outcome IN ('rows', 'empty')
    AND lookups.asked_at >= min(s.wanted_at, :fresh)))
"""

# What may vanish first is saved first: links in doubt, then those never seen archived, then the most cited.
_BY_RISK = """
ORDER BY coalesce(l.standing, '') IN ('dead', 'doubtful', 'unreachable_from_here') DESC,
  EXISTS (SELECT 1 FROM mementos WHERE mementos.link_id = l.id),
  (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = l.id) DESC, s.id
"""


def read_before(connection: sqlite3.Connection, save_id: int, memento_id: int) -> bool:
    """Say of a save what is known of its memento, if that was read back already, for an earlier wish; return whether it is
    verified.
    """
    quality, reason, at = connection.execute(
        "SELECT quality, reason, verified_at FROM mementos WHERE id = ?", (memento_id,)
    ).fetchone()
    if quality in {"rejected", "lost"}:
        move(connection, save_id, quality, reason=reason)
        return False
    return quality != "unread" and move(connection, save_id, "verified", reason=f"{quality} since {at}")


def due(
    connection: sqlite3.Connection,
    service: str,
    state: str,
    limit: int,
    *,
    looked_up: bool | None = None,
    fresh: float = 0.0,
) -> list[Wanted]:
    """Return wishes in a state whose time has come, by risk of loss; never of a private or a withheld link.

    looked_up: only those that are to be submitted, having been looked up since they were wished or in the last ``fresh``
    seconds (True), or all but those (False).
    """
    among = "" if looked_up is None else f"AND {'' if looked_up else 'NOT '}{_LOOKED_UP}"
    rows = connection.execute(
        f"{_WISHES} {among} {_BY_RISK} LIMIT :limit",
        {"service": service, "state": state, "now": clock.now(), "limit": limit, "fresh": clock.after(-fresh)},
    ).fetchall()
    return [
        Wanted(
            save_id=r[0], link_id=r[1], url=r[2], mode=r[3], state=r[4], job_id=r[5], attempts=r[6],
            submitted_at=r[7], reason=r[8], why=r[9],
        )
        for r in rows
    ]  # fmt: skip


def next_time(connection: sqlite3.Connection, service: str) -> str | None:
    """Return when the next open wish of a public link has its time, now at the earliest; None where none is open."""
    marks = ", ".join("?" * len(OPEN))
    (at,) = connection.execute(
        f"SELECT min(coalesce(s.next_attempt_at, ?)) FROM saves AS s JOIN links AS l ON l.id = s.link_id"  # noqa: S608
        f" WHERE s.service = ? AND s.state IN ({marks}) AND l.public = 1 AND l.withheld IS NULL",
        (clock.now(), service, *OPEN),
    ).fetchone()
    return at


def adopt(connection: sqlite3.Connection, service: str) -> int:
    """Make what somebody left in ``submitting`` unknown: it may have been sent. Return how many there were.

    For the holder of the lease, while it is submitting nothing itself.
    """
    rows = connection.execute("SELECT id FROM saves WHERE service = ? AND state = 'submitting'", (service,)).fetchall()
    for (save_id,) in rows:
        told = "the process that was submitting it ended"
        move(connection, save_id, "unknown", reason=told, next_attempt_at=clock.now())
    return len(rows)


def states(connection: sqlite3.Connection, service: str) -> dict[str, tuple[int, str | None]]:
    """Return {state: (number of saves, the earliest next attempt)}."""
    rows = connection.execute(
        "SELECT state, count(*), min(next_attempt_at) FROM saves WHERE service = ? GROUP BY state", (service,)
    )
    return {state: (number, at) for state, number, at in rows}


# --- one process at a time ---


def take_lease(connection: sqlite3.Connection, name: str, holder: str, seconds: float) -> bool:
    """Take or extend exclusive work; False while another holder has it."""
    now, until = clock.now(), clock.after(seconds)
    cursor = connection.execute(
        "INSERT INTO leases (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until"
        " WHERE leases.holder = excluded.holder OR leases.until < ?",
        (name, holder, until, now),
    )
    return cursor.rowcount == 1


def give_lease(connection: sqlite3.Connection, name: str, holder: str) -> None:
    """Give exclusive work back."""
    connection.execute("DELETE FROM leases WHERE name = ? AND holder = ?", (name, holder))
