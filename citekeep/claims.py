"""Leases on sites: claimed, extended, given back. Functions for ``Writer.run``: a connection first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from citekeep import clock, crawls, due_requisites, urls
from citekeep.due_links import EVER, IS_ASKED, due_links
from citekeep.items import Lease
from citekeep.pace import PaceRules
from citekeep.pace_rows import of_lease
from citekeep.probing import MAX_AGE

PRIORITIES = (2, 1, 0)
"""Asked for by name, cited by an article just read, routine: in this order."""

ROUTINE = 0


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
    requisites: bool = False
    pace: PaceRules = field(default_factory=PaceRules)


def claim(connection: sqlite3.Connection, terms: Terms, n: int, without: Sequence[str] = ()) -> list[Lease]:
    """Return leases on up to ``n`` free sites with due links, highest priority first, longest due first; then on such as
    have requisites to be asked.

    without: sites that are left alone.
    A run that has recorded its end gets none: nobody would give them back.
    """
    leases: list[Lease] = []
    if crawls.has_ended(connection, terms.holder):
        return leases
    for priority in PRIORITIES:
        if priority >= terms.min_priority and len(leases) < n:
            free = _free_sites(connection, terms, priority, n - len(leases), without)
            leases += [_lease(connection, terms, *site) for site in free]
    if terms.requisites and len(leases) < n:
        free = due_requisites.free_sites(connection, json.dumps(terms.sites_only), n - len(leases))
        leases += [_lease(connection, terms, *site) for site in free if site[1] not in without]
    return leases


_HAS_ASKED = f"""
    EXISTS (SELECT 1 FROM links AS l WHERE l.site_id = sites.id AND l.next_check_at IS NOT NULL AND l.priority = 2
        AND {IS_ASKED})
"""  # noqa: S608 - both are ours

SITES_CHOICE = 100
"""Sites, of those due longest, among which those at risk are taken first: however many are due, a claim stays quick."""

_FREE_SITES = """
SELECT id, site, delay_ms FROM (
    SELECT id, site, delay_ms, due_at FROM sites
    WHERE due_priority = :priority AND due_at <= :due
        AND (claimed_until IS NULL OR claimed_until <= :now)
        AND (not_before_at IS NULL OR not_before_at <= :now)
        AND (paused_until IS NULL OR paused_until <= :now)
        AND (:only = '[]' OR site = :local OR EXISTS (SELECT 1 FROM json_each(:only) WHERE site GLOB value))
        AND site NOT IN (SELECT value FROM json_each(:without))
        AND {which}
    ORDER BY due_at LIMIT max(:n, {choice})) AS due
ORDER BY EXISTS (
    SELECT 1 FROM links AS l
    WHERE l.site_id = due.id AND l.standing IN ('doubtful', 'unreachable_from_here') AND l.next_check_at <= :now) DESC, due_at
LIMIT :n
"""


def _free_sites(
    connection: sqlite3.Connection, terms: Terms, priority: int, n: int, without: Sequence[str]
) -> list[tuple[int, str, int | None]]:
    """Return (id, site, delay_ms) of sites with links at risk first, then of those due longest.

    The index sites_due gives them in order, and links_risky tells who is at risk: no link and no other site is read.
    """
    only = json.dumps(terms.sites_only)
    values = {
        "priority": priority,
        "now": clock.now(),
        "due": _due_until(priority),
        "only": only,
        "without": json.dumps(list(without)),
        "local": urls.LOCAL,
        "n": n,
    }
    which = _HAS_ASKED if terms.asked_only else "1"
    return connection.execute(_FREE_SITES.format(which=which, choice=SITES_CHOICE), values).fetchall()


def _lease(connection: sqlite3.Connection, terms: Terms, site_id: int, site: str, delay_ms: int | None) -> Lease:
    (epoch,) = connection.execute(
        "UPDATE sites SET claimed_by = ?, claimed_until = ?, epoch = epoch + 1, wanted_at = NULL WHERE id = ? RETURNING epoch",
        (terms.holder, _until(terms), site_id),
    ).fetchone()
    links = due_links(
        connection,
        site_id,
        least=terms.min_priority,
        most=terms.links_per_lease,
        asked_only=terms.asked_only,
    )
    link_ids = [link.link_id for link in links]
    return Lease(
        site_id=site_id,
        site=site,
        epoch=epoch,
        seconds=terms.seconds,
        delay_ms=terms.delay_ms if delay_ms is None else max(delay_ms, terms.delay_ms),
        links=links,
        pace=of_lease(connection, site_id, clock.now()),
        robots=_robots(connection, terms, link_ids),
        probes=_probes(connection, link_ids),
        requisites=terms.requisites and due_requisites.has_due(connection, site_id),
    )


def _until(terms: Terms) -> str:
    """Return the end of a lease: a second more than promised, as the clock has whole seconds and cuts the rest off."""
    return clock.after(terms.seconds + 1)


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


def release(
    connection: sqlite3.Connection, terms: Terms, site_id: int, epoch: int, not_before: str | None, rest_ms: int | None
) -> None:
    """Give a site back, unless it is another's by now; see Frontier. asked_at lies a second later, as the clock cuts fractions
    off; where nothing was asked (rest_ms None) it stays.
    """
    connection.execute(
        "UPDATE sites SET claimed_by = NULL, claimed_until = NULL, not_before_at = :not_before,"
        " asked_at = iif(:rest_ms IS NULL, asked_at, :asked_at), rest_ms = coalesce(:rest_ms, rest_ms)"
        " WHERE id = :site AND epoch = :epoch AND claimed_by = :holder",
        {
            "not_before": not_before,
            "rest_ms": rest_ms,
            "asked_at": clock.after(1),
            "site": site_id,
            "epoch": epoch,
            "holder": terms.holder,
        },
    )


_CONTROLS = """
SELECT h.origin FROM checks AS c JOIN links AS l ON l.last_check_id = c.id JOIN hosts AS h ON h.id = l.host_id
JOIN crawls AS w ON w.id = c.crawl_id AND w.spider <> 'ingest'
WHERE c.status IS NOT NULL AND l.standing = 'alive' AND h.id NOT IN (
    SELECT p.host_id FROM sources AS s JOIN links AS p ON p.source_id = s.id WHERE s.proxy IS NOT NULL)
ORDER BY c.id DESC LIMIT 200
"""


def controls(connection: sqlite3.Connection) -> list[str]:
    """Return robots.txt of up to three origins whose links were found alive last, none that is asked through a source's proxy."""
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
