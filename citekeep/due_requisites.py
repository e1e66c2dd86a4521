"""What is asked next for articles' pages to look like themselves, of a site and of which sites. A connection first.

A requisite is asked by whoever holds the lease on its site, so it waits for that as links do.
"""

from __future__ import annotations

import json
import sqlite3

from citekeep import clock
from citekeep.requisites.found import ICON
from citekeep.requisites.items import DueRequisite, Limits

_NEXT = f"""
SELECT r.id, r.url, r.kind, r.turn, h.origin, h.robots_status, h.robots_body, h.robots_read_at,
    CASE WHEN r.outcome = 'captured' AND c.error IS NULL THEN
        json_object('etag', r.etag, 'last_modified', r.last_modified, 'body_sha256', c.body_sha256, 'whole_at', c.started_at) END
FROM (SELECT * FROM requisites WHERE site_id = ? AND due_at <= ? LIMIT 500) AS r JOIN hosts AS h ON h.id = r.host_id
LEFT JOIN captures AS c ON c.id = r.capture_id
ORDER BY instr('style,font,image,{ICON}', r.kind), r.id LIMIT 1
"""  # noqa: S608 - our own
_WANTED_FOR = """
SELECT p.article_id, c.checked_at, (
    SELECT coalesce(sum(bytes), 0) FROM page_requisites WHERE article_id = p.article_id AND check_id = p.check_id),
    s.user_agent, s.contact, s.proxy, s.robots
FROM page_requisites AS p JOIN checks AS c ON c.id = p.check_id JOIN articles AS a ON a.id = p.article_id
JOIN links AS l ON l.id = a.link_id LEFT JOIN sources AS s ON s.id = l.source_id
WHERE p.requisite_id = ? AND p.outcome = 'waiting'
"""


def next_of(
    connection: sqlite3.Connection, site_id: int, epoch: int, limits: Limits, robots_max_age: float
) -> DueRequisite | None:
    """Return what is to be asked of a site now, its style first; None where nothing is, or the site is another's.

    What no article has room or time for any more is left out on the way.
    """
    if not is_held(connection, site_id, epoch):
        return None
    while (row := connection.execute(_NEXT, (site_id, clock.now())).fetchone()) is not None:
        requisite_id, url, kind, turn, origin, status, body, read_at, known = row
        room, terms = _room(connection, requisite_id, limits)
        if room > 0:
            fresh = read_at is not None and read_at > clock.after(-robots_max_age)
            return DueRequisite(
                requisite_id=requisite_id, url=url, kind=kind, turn=turn, max_bytes=min(room, limits.one_bytes),
                over="size" if room >= limits.one_bytes else "bytes", known=json.loads(known or "{}"), terms=terms,
                robots={origin: {"status": status, "body": body or b"", "read_at": read_at}} if fresh else {},
            )  # fmt: skip
        connection.execute("UPDATE requisites SET due_at = NULL WHERE id = ?", (requisite_id,))
    return None


def _room(connection: sqlite3.Connection, requisite_id: int, limits: Limits) -> tuple[int, dict[str, str | None]]:
    """Return how many bytes a requisite may have, and on which terms it is asked: those of the article with most room."""
    room, terms, oldest = 0, {}, clock.after(-limits.within)
    for article_id, checked_at, used, user_agent, contact, proxy, robots in connection.execute(
        _WANTED_FOR, (requisite_id,)
    ).fetchall():
        why = "time" if checked_at < oldest else "bytes" if used >= limits.most_bytes else None
        if why is not None:
            connection.execute(
                "UPDATE page_requisites SET outcome = 'left_out', why = ? WHERE article_id = ? AND requisite_id = ?",
                (why, article_id, requisite_id),
            )
        elif limits.most_bytes - used > room:
            room = limits.most_bytes - used
            terms = {"user_agent": user_agent, "contact": contact, "proxy": proxy, "robots": robots}
    return room, terms


_SITES = """
WITH RECURSIVE due (site_id) AS (  -- each site once, by the index, however much is due
    SELECT min(site_id) FROM requisites WHERE due_at IS NOT NULL
    UNION ALL
    SELECT (SELECT min(site_id) FROM requisites WHERE due_at IS NOT NULL AND site_id > due.site_id)
    FROM due WHERE due.site_id IS NOT NULL)
SELECT s.id, s.site, s.delay_ms FROM due JOIN sites AS s ON s.id = due.site_id
WHERE (s.claimed_until IS NULL OR s.claimed_until <= :now)
    AND (s.not_before_at IS NULL OR s.not_before_at <= :now)
    AND (s.paused_until IS NULL OR s.paused_until <= :now)
    AND (:only = '[]' OR EXISTS (SELECT 1 FROM json_each(:only) WHERE s.site GLOB value))
    AND EXISTS (SELECT 1 FROM requisites WHERE site_id = s.id AND due_at <= :now)
LIMIT :n
"""


def free_sites(connection: sqlite3.Connection, only: str, n: int) -> list[tuple[int, str, int | None]]:
    """Return (id, site, delay_ms) of up to ``n`` free sites with requisites to be asked. only: a JSON list of patterns."""
    return connection.execute(_SITES, {"now": clock.now(), "only": only, "n": n}).fetchall()


def has_due(connection: sqlite3.Connection, site_id: int) -> bool:
    """Return whether anything is to be asked of a site now."""
    found = connection.execute(
        "SELECT 1 FROM requisites WHERE site_id = ? AND due_at <= ? LIMIT 1", (site_id, clock.now())
    ).fetchone()
    return found is not None


def is_held(connection: sqlite3.Connection, site_id: int, epoch: int) -> bool:
    """Return whether a claim of a site is still the last one."""
    row = connection.execute("SELECT epoch FROM sites WHERE id = ?", (site_id,)).fetchone()
    return row is not None and row[0] == epoch
