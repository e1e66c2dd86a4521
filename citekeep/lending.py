"""Sites among runs beside one another: borrowed for one request, and given back for what others need. For ``Writer.run``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from citekeep import clock
from citekeep.claims import PRIORITIES, Terms
from citekeep.items import Borrowed
from citekeep.pace import rest_of

RECENT = 300  # seconds for which the pause of whoever asked a site before counts
WISH = 5  # seconds for which a wish to borrow holds: it is renewed while somebody waits

_WHOSE = """
SELECT id, claimed_by, claimed_by IS NULL OR claimed_until IS NULL OR claimed_until <= :now, asked_at, rest_ms, delay_ms
FROM sites WHERE site = :site
"""


def borrow(connection: sqlite3.Connection, terms: Terms, site: str, seconds: float) -> Borrowed | bool:
    """Claim a site for one request that a link of another one leads to, to be given back. seconds: that it takes at most.

    True where none is needed, as this run holds the site or nobody has ever had a link there; False where another run holds
    it: it learns of the wish.
    """
    now = clock.now()
    row = connection.execute(_WHOSE, {"site": site, "now": now}).fetchone()
    if row is None:
        return True
    site_id, holder, free, asked_at, rest_ms, delay_ms = row
    if holder == terms.holder:
        _hold_for(connection, site_id, seconds)
        return True
    if not free:
        connection.execute("UPDATE sites SET wanted_at = ? WHERE id = ?", (now, site_id))
        return False
    rest = rest_of(asked_at, terms.delay_ms, rest_ms, delay_ms)
    (epoch,) = connection.execute(
        "UPDATE sites SET claimed_by = ?, claimed_until = ?, epoch = epoch + 1, wanted_at = NULL WHERE id = ? RETURNING epoch",
        (terms.holder, clock.after(rest + seconds + 1), site_id),
    ).fetchone()
    return Borrowed(site_id=site_id, epoch=epoch, rest=rest)


def _hold_for(connection: sqlite3.Connection, site_id: int, seconds: float) -> None:
    """Have a claim last for a request, though it ran out while its run slept."""
    connection.execute(
        "UPDATE sites SET claimed_until = max(claimed_until, ?) WHERE id = ?", (clock.after(seconds + 1), site_id)
    )


def give_back(connection: sqlite3.Connection, terms: Terms, borrowed: Borrowed, rest_ms: int | None) -> None:
    """Release what was borrowed; when the site may be claimed again stays as it was. rest_ms: as in claims.release; a longer
    one of late stays, as who borrows a site may not know yet what it wants.
    """
    connection.execute(
        "UPDATE sites SET claimed_by = NULL, claimed_until = NULL, asked_at = ?,"
        " rest_ms = nullif(max(iif(asked_at >= ?, coalesce(rest_ms, 0), 0), coalesce(?, 0)), 0)"
        " WHERE id = ? AND epoch = ? AND claimed_by = ?",
        (clock.after(1), clock.after(-RECENT), rest_ms, borrowed.site_id, borrowed.epoch, terms.holder),
    )


_ASKED_FOR = """
SELECT s.id, l.id, l.next_check_at FROM sites AS s JOIN links AS l ON l.id = (
    SELECT id FROM links AS l
    WHERE l.site_id = s.id AND l.priority = :asked AND l.next_check_at IS NOT NULL
    ORDER BY l.next_check_at DESC, l.id LIMIT 1)
WHERE s.due_priority = :asked AND s.due_at IS NOT NULL AND s.claimed_by = :holder
UNION ALL
SELECT id, NULL, wanted_at FROM sites WHERE wanted_at BETWEEN :lately AND :now AND claimed_by = :holder
"""


def asked_for(connection: sqlite3.Connection, terms: Terms) -> list[tuple[int, int | None, str]]:
    """Return (site_id, link_id, since when) of what others want of sites that this run holds: of each site the link that was
    asked for by name last, and None where a redirect of theirs leads there.
    """
    values = {"asked": PRIORITIES[0], "holder": terms.holder, "lately": clock.after(-WISH), "now": clock.now()}
    return connection.execute(_ASKED_FOR, values).fetchall()


def held_elsewhere(connection: sqlite3.Connection, terms: Terms, site_ids: Sequence[int]) -> list[int]:
    """Return those of the sites that another run holds."""
    rows = connection.execute(
        "SELECT id FROM sites WHERE id IN (SELECT value FROM json_each(?)) AND claimed_by <> ? AND claimed_until > ?",
        (json.dumps(list(site_ids)), terms.holder, clock.now()),
    )
    return [site_id for (site_id,) in rows]
