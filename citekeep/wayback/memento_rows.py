"""What is known of captures elsewhere: mementos, the look-ups that found them, and which of them stands for a citation.

Functions take a connection first, for ``Writer.run``.
"""

from __future__ import annotations

import sqlite3

from citekeep import clock
from citekeep.dating import date_link, read_captures
from citekeep.standing import settle
from citekeep.standing_changes import noted
from citekeep.wayback.lookup import Capture


def keep_captures(
    connection: sqlite3.Connection, link_id: int, service: str, captures: list[Capture], origin: str
) -> list[int]:
    """Keep captures as mementos of a link; return their ids in the same order. What is known already stays."""
    now = clock.now()
    ids = []
    for capture in captures:
        row = connection.execute(
            "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, type, digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (link_id, memento_url) DO UPDATE SET status = coalesce(excluded.status, status) RETURNING id",
            (
                link_id, service, capture.memento_url, capture.at, origin, now, capture.status, capture.type or None,
                capture.digest or None,
            ),
        ).fetchone()  # fmt: skip
        ids.append(row[0])
    return ids


def known_captures(connection: sqlite3.Connection, link_id: int, service: str, since: str) -> list[Capture] | None:
    """Return what the index listed of a link, oldest first, where it answered since ``since``; else None."""
    answered = connection.execute(
        "SELECT 1 FROM lookups WHERE link_id = ? AND service = ? AND asked_at >= ? AND outcome IN ('rows', 'empty')",
        (link_id, service, since),
    ).fetchone()
    if answered is None:
        return None
    rows = connection.execute(
        "SELECT memento_url, memento_at, status, coalesce(type, ''), coalesce(digest, '') FROM mementos"
        " WHERE link_id = ? AND service = ? ORDER BY memento_at",
        (link_id, service),
    )
    return [Capture(memento_url=r[0], at=r[1], original="", status=r[2], type=r[3], digest=r[4]) for r in rows]


_KNOWN_BAD = """
SELECT memento_url FROM mementos AS m
WHERE link_id = ? AND service = ? AND quality IN ('rejected', 'lost') AND NOT (
    quality = 'rejected'
    AND EXISTS (SELECT 1 FROM verdicts WHERE "group" = 'changed' AND name = substr(m.reason, 1, instr(m.reason, ':') - 1))
    AND EXISTS (
        SELECT 1 FROM links AS l JOIN judgements AS j ON j.check_id = l.last_check_id JOIN verdicts AS v ON v.name = j.verdict
        WHERE l.id = m.link_id AND v."group" = 'changed'
            AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = l.last_check_id)))
"""


def known_bad(connection: sqlite3.Connection, link_id: int, service: str) -> set[str]:
    """Return the addresses of the mementos of a link that were read back and are no reason not to save it again.

    They are not the page, or are gone; but where our last check saw something else than the page, too, one that shows such
    is what there is to save.
    """
    rows = connection.execute(_KNOWN_BAD, (link_id, service))
    return {url for (url,) in rows}


def newest(connection: sqlite3.Connection, link_id: int, service: str) -> str | None:
    """Return when the newest known memento of a link was captured, good or bad; None without any."""
    return connection.execute(
        "SELECT max(memento_at) FROM mementos WHERE link_id = ? AND service = ?", (link_id, service)
    ).fetchone()[0]


def may_be_named(connection: sqlite3.Connection, link_id: int) -> bool:
    """Return whether a link may be named to others: it is public, and nothing in it looks secret."""
    row = connection.execute("SELECT 1 FROM links WHERE id = ? AND public = 1 AND withheld IS NULL", (link_id,))
    return row.fetchone() is not None


def note_lookup(
    connection: sqlite3.Connection,
    link_id: int,
    service: str,
    outcome: str,
    *,
    rows: int | None = None,
    reason: str | None = None,
    since: str | None = None,
) -> None:
    """Record that an index was asked about a link, and what it answered. since: begin of the time asked about."""
    connection.execute(
        "INSERT INTO lookups (link_id, service, asked_at, outcome, rows, reason, from_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (link_id, service, clock.now(), outcome, rows, reason, since),
    )


# Which memento stands for a citation is decided in the view citation_candidates alone.
_CHOOSE = """
UPDATE citations SET as_cited_memento_id = coalesce((
    SELECT memento_id FROM citation_candidates WHERE citation_id = citations.id
    ORDER BY distance, read_back DESC, memento_at LIMIT 1), as_cited_memento_id)
WHERE link_id = ?
"""

_NEAREST = """
SELECT m.memento_url, m.memento_at, m.status, coalesce(m.type, ''), coalesce(m.digest, '')
FROM mementos AS m WHERE m.id = coalesce((
    SELECT memento_id FROM citation_candidates
    WHERE service = :service
        AND citation_id = (SELECT citation_id FROM citation_dates WHERE link_id = :link ORDER BY cited_on LIMIT 1)
    ORDER BY distance, read_back DESC, memento_at LIMIT 1), (
    SELECT memento_id FROM good_mementos WHERE link_id = :link AND service = :service
    ORDER BY memento_at DESC LIMIT 1))
"""


def choose_as_cited(connection: sqlite3.Connection, link_id: int) -> None:
    """Set, for every citation of a link, the memento that would show it best if it is good: it is read back next.

    And what the link's captures prove of its life and death, as this is called whenever something was learned of them;
    of an article, which of them is to tell when its citations came; and what they say against a page's own date.

    It is the nearest that is not known to be bad, read back or not; what is shown to people is what was read back, as
    far as anything was: the view citation_mementos.
    """
    date_link(connection, link_id)
    connection.execute(_CHOOSE, (link_id,))
    with noted(connection, link_id):
        settle(connection, link_id)
    read_captures(connection, link_id)


def nearest_page(connection: sqlite3.Connection, link_id: int, service: str) -> Capture | None:
    """Return the memento nearest to the first citation of a link; the newest where nothing cites it; None without any."""
    row = connection.execute(_NEAREST, {"link": link_id, "service": service}).fetchone()
    return (
        None
        if row is None
        else Capture(memento_url=row[0], at=row[1], original="", status=row[2], type=row[3], digest=row[4])
    )


def cited_on(connection: sqlite3.Connection, link_id: int) -> str | None:
    """Return the earliest day (YYYY-MM-DD) on which a link was cited, or None."""
    (on,) = connection.execute("SELECT min(cited_on) FROM citation_dates WHERE link_id = ?", (link_id,)).fetchone()
    return on
