"""What holds of a link over time, written in one place: from the rows of its checks, mementos and saves.

Functions take a connection first, for ``Writer.run``. What the rows prove is decided in citekeep/proofs.py.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from citekeep import clock
from citekeep.proofs import Captured, Failed, Seen, agrees, conclude, to_read
from citekeep.schedule import UNREACHABLE, Rules, strikes_needed

FAILURES_READ = 50  # of one link, the newest: enough to know how its jobs fail

_CHECKS = """
SELECT c.id, c.checked_at, j.verdict, v."group", v.strikes, iif(w.spider = 'ingest', 'import', 'own_check')
FROM checks AS c
JOIN crawls AS w ON w.id = c.crawl_id
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
JOIN verdicts AS v ON v.name = j.verdict
WHERE c.link_id = ? AND v."group" <> 'not_checked'
ORDER BY c.checked_at, c.id
"""

_MEMENTOS = "SELECT memento_id, memento_at, status, quality, coalesce(reason, '') FROM memento_now WHERE link_id = ?"

_FAILURES = """
SELECT e.at, e.reason, e.answer FROM saves AS s JOIN save_events AS e ON e.save_id = s.id
WHERE s.link_id = ? AND e.to_state IN ('refused', 'deferred') ORDER BY e.id DESC LIMIT ?
"""

_SETTLED = """
UPDATE links SET
    standing = :standing, standing_basis = :standing_basis,
    alive_until = :alive_until, alive_until_basis = :alive_until_basis,
    alive_until_check_id = :alive_until_check_id, alive_until_memento_id = :alive_until_memento_id,
    dead_by = :dead_by, dead_by_basis = :dead_by_basis,
    dead_by_check_id = :dead_by_check_id, dead_by_memento_id = :dead_by_memento_id,
    strikes = iif(:cleared, 0, strikes), last_strike_at = iif(:cleared, NULL, last_strike_at),
    next_check_at = iif(:due, min(coalesce(next_check_at, :now), :now), next_check_at)
WHERE id = :link_id
"""


OPEN_QUESTION = frozenset({"dead", "doubtful", "unreachable_from_here"})
"""Standings of which one asks until when the page was alive: the ledger reads captures back to tell."""

_READ_NEXT = """
UPDATE mementos SET next_verify_at = ?
WHERE id = ? AND next_verify_at IS NULL AND quality = 'unread' AND tries = 0
"""


def be_patient(connection: sqlite3.Connection, rules: Rules) -> None:
    """Have ``settle`` follow these rules on this connection, those of the run; without this, the defaults.

    How many strikes make a link dead is kept in the table ``settings``, for cards: whoever opens the file reads the same.
    """
    connection.execute("DROP TABLE IF EXISTS temp.patience")
    connection.execute("CREATE TEMP TABLE patience (check_after_days, strikes_to_die, strike_days)")
    connection.execute(
        "INSERT INTO patience VALUES (?, ?, ?)", (rules.check_after_days, rules.strikes_to_die, rules.strike_days)
    )
    connection.execute(
        "UPDATE settings SET value = ?1 WHERE name = 'strikes_to_die' AND value <> ?1", (rules.strikes_to_die,)
    )


def _rules(connection: sqlite3.Connection) -> Rules:
    if connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'patience'").fetchone() is None:
        return Rules()
    after, strikes, days = connection.execute("SELECT * FROM patience").fetchone()
    return Rules(check_after_days=after, strikes_to_die=strikes, strike_days=days)


def settle(connection: sqlite3.Connection, link_id: int, *, clears: bool = True) -> None:
    """Write what holds of a link, with its bases: after a check of it, and after anything was learned of its captures.

    May be called at any time, any number of times: the same rows give the same answer. clears: whether proof of life takes
    strikes away; without it, what is held for dead stays so until its next check, which is due at once.
    """
    row = connection.execute("SELECT standing, standing_basis, strikes FROM links WHERE id = ?", (link_id,)).fetchone()
    if row is None:
        return
    checks = [Seen(check_id=r[0], at=r[1], verdict=r[2], group=r[3], struck=bool(r[4]), basis=r[5])
              for r in connection.execute(_CHECKS, (link_id,))]  # fmt: skip
    mementos = [Captured(memento_id=r[0], at=r[1], status=r[2], quality=r[3], reason=r[4])
                for r in connection.execute(_MEMENTOS, (link_id,))]  # fmt: skip
    rules = _rules(connection)
    standing, basis, strikes = row
    if basis in {"memento", "save_job"}:  # a witness, who may have been corrected since
        standing = _without_witness(strikes, checks[-1] if checks else None, rules)
    found = conclude(standing, checks, mementos, failures(connection, link_id), rules=rules)
    named = {"link_id": link_id, "standing": found.standing, "standing_basis": found.basis, "now": clock.now()}
    if found.cleared and not clears:
        named |= {"standing": row[0], "standing_basis": row[1]}
    for name, proof in (("alive_until", found.alive_until), ("dead_by", found.dead_by)):
        basis, row_id = (proof.basis, proof.row_id) if proof else (None, None)
        named |= {
            name: proof.at if proof else None,
            f"{name}_basis": basis,
            f"{name}_check_id": row_id if basis in {"own_check", "import"} else None,
            f"{name}_memento_id": row_id if basis == "memento" else None,
        }
    connection.execute(_SETTLED, named | {"cleared": int(found.cleared and clears), "due": int(found.cleared)})
    if found.standing in OPEN_QUESTION and (memento_id := to_read(mementos)) is not None:
        connection.execute(_READ_NEXT, (clock.now(), memento_id))


def _without_witness(strikes: int, last: Seen | None, rules: Rules) -> str:
    """Return the standing, by our own checks alone, of a link that is dead on somebody else's word."""
    if strikes >= strikes_needed(last.group if last else None, rules):
        return "dead"
    return "unreachable_from_here" if last and last.verdict in UNREACHABLE and not strikes else "doubtful"


def failures(connection: sqlite3.Connection, link_id: int) -> list[Failed]:
    """Return the jobs for a link that failed with a code, the newest first."""
    rows = connection.execute(_FAILURES, (link_id, FAILURES_READ))
    found = [(at, _code(reason, answer)) for at, reason, answer in rows]
    return [Failed(at=at, code=code) for at, code in found if code]


def witness_agrees(connection: sqlite3.Connection, link_id: int, since: str | None, verdict: str | None) -> bool:
    """Return whether a job for a link failed, after ``since``, in the way of the last verdict of our own checks."""
    found = [failed for failed in failures(connection, link_id) if failed.at > (since or "")]
    return verdict is not None and agrees(verdict, found)


def _code(reason: str | None, answer: str | None) -> str:
    try:
        told: Any = json.loads(answer) if answer else None
    except ValueError:  # cut off where it was kept
        told = None
    code = told.get("status_ext") if isinstance(told, dict) else None
    code = code if isinstance(code, str) else (reason or "").partition(": ")[0]
    return code.strip().lower().removeprefix("error:")
