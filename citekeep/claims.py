"""Leases on sites: claimed, extended, given back. Functions for ``Writer.run``: a connection first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from citekeep import clock, crawls, urls
from citekeep.items import DueLink, Lease
from citekeep.probing import MAX_AGE
from citekeep.standing import witness_agrees
from citekeep.verdicts.earlier import TEXT_LIMIT

PRIORITIES = (2, 1, 0)
"""Asked for by name, cited by an article just read, routine: in this order."""

ROUTINE = 0
SAME_TEXT = 0.98  # similarity (citekeep/similarity.py) from which on a text counts as unchanged: a counter, a date
CHOICE = 500  # links among which the order of a lease is made: however many of a site are due, a claim stays quick
EVER = "9999-12-31T23:59:59Z"


def _due_until(priority: int) -> str:
    """Return until when a link's time must have come. What was asked for or cited is due whatever the clock says: its
    time is when that was, which lies ahead where the clock was put back since.
    """
    return clock.now() if priority == ROUTINE else EVER


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms a run claims; see LocalFrontier."""

    holder: str
    seconds: float
    delay_ms: int
    sites_only: tuple[str, ...]
    min_priority: int
    asked_only: bool
    links_per_lease: int
    robots_max_age: float


def claim(connection: sqlite3.Connection, terms: Terms, n: int) -> list[Lease]:
    """Return leases on up to ``n`` free sites with due links, highest priority first, longest due first.

    A run that has recorded its end gets none: nobody would give them back.
    """
    leases: list[Lease] = []
    if crawls.has_ended(connection, terms.holder):
        return leases
    for priority in PRIORITIES:
        if priority >= terms.min_priority and len(leases) < n:
            free = _free_sites(connection, terms, priority, n - len(leases))
            leases += [_lease(connection, terms, *site) for site in free]
    return leases


_IS_ASKED = "EXISTS (SELECT 1 FROM asked_links WHERE link_id = l.id)"

_HAS_ASKED = f"""
    EXISTS (SELECT 1 FROM links AS l WHERE l.site_id = sites.id AND l.next_check_at IS NOT NULL AND l.priority = 2
        AND {_IS_ASKED})
"""  # noqa: S608 - both are ours

_FREE_SITES = """
SELECT id, site, delay_ms FROM sites
WHERE due_priority = :priority AND due_at <= :due
    AND (claimed_until IS NULL OR claimed_until <= :now)
    AND (not_before_at IS NULL OR not_before_at <= :now)
    AND (paused_until IS NULL OR paused_until <= :now)
    AND (:only = '[]' OR site = :local OR EXISTS (SELECT 1 FROM json_each(:only) WHERE site GLOB value))
    AND {which}
ORDER BY due_at LIMIT :n
"""


def _free_sites(
    connection: sqlite3.Connection, terms: Terms, priority: int, n: int
) -> list[tuple[int, str, int | None]]:
    """Return (id, site, delay_ms): the index sites_due gives them in order, so no link and no other site is read."""
    only = json.dumps(terms.sites_only)
    values = {
        "priority": priority,
        "now": clock.now(),
        "due": _due_until(priority),
        "only": only,
        "local": urls.LOCAL,
        "n": n,
    }
    which = _HAS_ASKED if terms.asked_only else "1"
    return connection.execute(_FREE_SITES.format(which=which), values).fetchall()


def _lease(connection: sqlite3.Connection, terms: Terms, site_id: int, site: str, delay_ms: int | None) -> Lease:
    (epoch,) = connection.execute(
        "UPDATE sites SET claimed_by = ?, claimed_until = ?, epoch = epoch + 1 WHERE id = ? RETURNING epoch",
        (terms.holder, _until(terms), site_id),
    ).fetchone()
    links = _due_links(connection, terms, site_id)
    link_ids = [link.link_id for link in links]
    return Lease(
        site_id=site_id,
        site=site,
        epoch=epoch,
        seconds=terms.seconds,
        delay_ms=terms.delay_ms if delay_ms is None else max(delay_ms, terms.delay_ms),
        links=links,
        robots=_robots(connection, terms, link_ids),
        probes=_probes(connection, link_ids),
    )


def _until(terms: Terms) -> str:
    """Return the end of a lease: a second more than promised, as the clock has whole seconds and cuts the rest off."""
    return clock.after(terms.seconds + 1)


_DUE_LINKS = """
SELECT l.id, l.url, l.request_url, l.verbatim, a.id IS NOT NULL, l.public, l.withheld, l.turn, l.standing, l.strikes,
    l.last_strike_at, c.checked_at, c.body_sha256, t.text_sha256, ld.body, ld.body_type, l.alive_until,
    EXISTS (SELECT 1 FROM mementos WHERE link_id = l.id AND document_id IS NOT NULL),
    (SELECT json_object('kind', s.kind, 'pattern', s.pattern, 'etag', l.etag, 'last_modified', l.last_modified)
     FROM source_pages AS sp JOIN sources AS s ON s.id = sp.source_id
     WHERE sp.link_id = l.id AND sp.gone_at IS NULL AND s.removed_at IS NULL ORDER BY s.id LIMIT 1) AS listing,
    iif(o.id IS NULL, NULL, json_object('user_agent', o.user_agent, 'contact', o.contact, 'proxy', o.proxy,
        'robots', o.robots)),
    (SELECT coalesce(max(CASE WHEN similarity < {like} THEN checked_at END), min(checked_at)) FROM checks
     WHERE link_id = l.id AND document_id IS NOT NULL),
    iif(a.id IS NULL, NULL, coalesce(a.published_at, a.published_on || 'T00:00:00Z', l.first_seen_at))
FROM links AS l
LEFT JOIN sources AS o ON o.id = l.source_id
LEFT JOIN articles AS a ON a.link_id = l.id
LEFT JOIN checks AS c ON c.id = l.last_check_id
LEFT JOIN documents AS d ON d.id = c.document_id
LEFT JOIN texts AS t ON t.id = d.text_id
LEFT JOIN local_documents AS ld ON ld.link_id = l.id
WHERE l.id IN (
    SELECT id FROM links AS l
    WHERE l.site_id = ? AND l.next_check_at <= iif(l.priority > 0, ?, ?) AND l.priority >= ? AND {which}
    ORDER BY l.priority DESC, l.next_check_at LIMIT ?)
ORDER BY l.priority DESC, listing IS NULL, l.standing IN ('doubtful', 'unreachable_from_here') DESC,
    (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = l.id) DESC, l.next_check_at, l.id LIMIT ?
"""
"""Of the CHOICE links of a site that have been due longest: what lists articles first, then what is at risk, then what most
articles cite."""


def _due_links(connection: sqlite3.Connection, terms: Terms, site_id: int) -> list[DueLink]:
    statement = _DUE_LINKS.format(which=_IS_ASKED if terms.asked_only else "1", like=SAME_TEXT)
    values = (site_id, EVER, clock.now(), terms.min_priority, CHOICE, terms.links_per_lease)
    rows = connection.execute(statement, values)
    return [
        DueLink(
            link_id=row[0],
            url=row[1],
            request_url=row[2],
            verbatim=bool(row[3]),
            is_article=bool(row[4]),
            public=bool(row[5]),
            withheld=row[6],
            turn=row[7],
            history={
                "standing": row[8],
                "strikes": row[9],
                "checks": row[7],
                "last_strike_at": row[10],
                "last_checked_at": row[11],
                "last_body_sha256": row[12],
                "last_text_sha256": row[13],
                "quiet_since": row[20],
                "article_since": row[21],
                "earlier": _earlier(connection, row[0]) if row[7] or row[17] else [],
                "witnessed": _witnessed(connection, row[0], row[8], row[16]),
            },
            listing=json.loads(row[18]) if row[18] else None,
            terms=json.loads(row[19]) if row[19] else {},
            local_body=row[14],
            local_type=row[15],
        )
        for row in rows
    ]


# The memento that shows a citation, read back and good; and the last check of ours that found the page alive.
_EARLIER = """
SELECT * FROM (
    SELECT 'memento' AS basis, m.id, m.memento_at AS at, substr(t.text, 1, :limit)
    FROM mementos AS m JOIN documents AS d ON d.id = m.document_id JOIN texts AS t ON t.id = d.text_id
    WHERE m.link_id = :link AND m.quality IN ('verified', 'identical')
    ORDER BY EXISTS (SELECT 1 FROM citations WHERE as_cited_memento_id = m.id) DESC, m.memento_at LIMIT 1)
UNION ALL
SELECT * FROM (
    SELECT 'own_check' AS basis, c.id, c.checked_at AS at, substr(t.text, 1, :limit)
    FROM checks AS c JOIN judgements AS j ON j.check_id = c.id JOIN verdicts AS v ON v.name = j.verdict
    JOIN documents AS d ON d.id = c.document_id JOIN texts AS t ON t.id = d.text_id
    WHERE c.link_id = :link AND v."group" = 'alive' AND d.outcome = 'ok'
    ORDER BY c.checked_at DESC, j.rules_version DESC LIMIT 1)
"""


def _earlier(connection: sqlite3.Connection, link_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(_EARLIER, {"link": link_id, "limit": TEXT_LIMIT})
    return [{"basis": basis, "id": row_id, "at": at, "text": text} for basis, row_id, at, text in rows]


def _witnessed(connection: sqlite3.Connection, link_id: int, standing: str | None, alive_until: str | None) -> bool:
    """Return whether a save job failed as our last check did; asked only of links that we alone may fail to reach."""
    if standing not in {"unreachable_from_here", "doubtful"}:
        return False
    verdict = connection.execute(
        "SELECT j.verdict FROM links AS l JOIN judgements AS j ON j.check_id = l.last_check_id"
        " WHERE l.id = ? ORDER BY j.rules_version DESC LIMIT 1",
        (link_id,),
    ).fetchone()
    return verdict is not None and witness_agrees(connection, link_id, alive_until, verdict[0])


def _robots(connection: sqlite3.Connection, terms: Terms, link_ids: list[int]) -> dict[str, dict[str, Any]]:
    rows = connection.execute(
        "SELECT DISTINCT h.origin, h.robots_status, h.robots_body, h.robots_read_at"
        " FROM links AS l JOIN hosts AS h ON h.id = l.host_id"
        " WHERE l.id IN (SELECT value FROM json_each(?)) AND h.robots_read_at > ?",
        (json.dumps(link_ids), clock.after(-terms.robots_max_age)),
    )
    return {origin: {"status": status, "body": body or b"", "read_at": at} for origin, status, body, at in rows}


def _probes(connection: sqlite3.Connection, link_ids: list[int]) -> dict[str, dict[str, Any]]:
    rows = connection.execute(
        "SELECT DISTINCT h.origin, h.probes FROM links AS l JOIN hosts AS h ON h.id = l.host_id"
        " WHERE l.id IN (SELECT value FROM json_each(?)) AND h.probed_at > ?",
        (json.dumps(link_ids), clock.after(-MAX_AGE)),
    )
    return {origin: json.loads(probes) for origin, probes in rows if probes}


def extend(connection: sqlite3.Connection, terms: Terms, held: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return those of the (site_id, epoch) that this run still holds, extended.

    One that ran out is held still if nobody has claimed it since: its epoch says so.
    """
    until = _until(terms)
    return [
        (site_id, epoch)
        for site_id, epoch in held
        if connection.execute(
            "UPDATE sites SET claimed_until = ? WHERE id = ? AND epoch = ? AND claimed_by = ?",
            (until, site_id, epoch, terms.holder),
        ).rowcount
    ]


def release(connection: sqlite3.Connection, terms: Terms, site_id: int, epoch: int, not_before: str | None) -> None:
    """Give a site back, unless it is another's by now."""
    connection.execute(
        "UPDATE sites SET claimed_by = NULL, claimed_until = NULL, not_before_at = ?"
        " WHERE id = ? AND epoch = ? AND claimed_by = ?",
        (not_before, site_id, epoch, terms.holder),
    )


def asked_for(connection: sqlite3.Connection, terms: Terms) -> list[tuple[int, int]]:
    """Return (site_id, link_id) of what is asked for by name of sites that this run holds; one link for each site."""
    return connection.execute(
        "SELECT s.id, (SELECT id FROM links AS l WHERE l.site_id = s.id AND l.priority = ? AND l.next_check_at IS NOT NULL"
        " ORDER BY l.next_check_at LIMIT 1) FROM sites AS s WHERE s.due_priority = ? AND s.due_at IS NOT NULL"
        " AND s.claimed_by = ?",
        (PRIORITIES[0], PRIORITIES[0], terms.holder),
    ).fetchall()


_CONTROLS = """
SELECT h.origin FROM checks AS c JOIN links AS l ON l.last_check_id = c.id JOIN hosts AS h ON h.id = l.host_id
WHERE c.status IS NOT NULL AND l.standing = 'alive' ORDER BY c.id DESC LIMIT 200
"""


def controls(connection: sqlite3.Connection) -> list[str]:
    """Return robots.txt of up to three origins whose links were found alive last."""
    origins = list(dict.fromkeys(origin for (origin,) in connection.execute(_CONTROLS)))
    return [f"{origin}/robots.txt" for origin in origins[:3]]


def waiting(connection: sqlite3.Connection, min_priority: int) -> int:
    """Return how many links are due now, of at least this priority; each priority by itself, so that only due ones
    are counted through.
    """
    return sum(
        int(
            connection.execute(
                "SELECT count(*) FROM links WHERE priority = ? AND next_check_at <= ?", (priority, _due_until(priority))
            ).fetchone()[0]
        )
        for priority in PRIORITIES
        if priority >= min_priority
    )
