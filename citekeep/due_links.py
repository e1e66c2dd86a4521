"""The links of one site that are due, with all that a worker needs to know of each: what a lease carries."""

from __future__ import annotations

import json
import sqlite3

from citekeep import clock
from citekeep.earlier_texts import EVER, earlier_texts
from citekeep.items import DueLink
from citekeep.standing import witness_agrees

SAME_TEXT = 0.98  # similarity (citekeep/similarity.py) from which on a text counts as unchanged: a counter, a date
CHOICE = 500  # links among which the order of a lease is made: however many of a site are due, a claim stays quick

IS_ASKED = "EXISTS (SELECT 1 FROM asked_links WHERE link_id = l.id)"
"""Whether this process was asked for a link by name (citekeep/asking.py)."""

_DUE_LINKS = """
SELECT l.id, l.url, l.request_url, l.verbatim, a.id IS NOT NULL, l.public, l.withheld, l.turn, l.standing, l.strikes,
    l.last_strike_at, c.checked_at, c.body_sha256, t.text_sha256, ld.body, ld.body_type, l.alive_until,
    EXISTS (SELECT 1 FROM mementos WHERE link_id = l.id AND document_id IS NOT NULL),
    (SELECT json_object('kind', s.kind, 'pattern', s.pattern)
     FROM source_pages AS sp JOIN sources AS s ON s.id = sp.source_id
     WHERE sp.link_id = l.id AND sp.gone_at IS NULL AND s.removed_at IS NULL ORDER BY s.id LIMIT 1) AS listing,
    iif(o.id IS NULL, NULL, json_object('user_agent', o.user_agent, 'contact', o.contact, 'proxy', o.proxy,
        'robots', o.robots, 'signals', o.signals)),
    (SELECT coalesce(max(CASE WHEN similarity < {like} THEN checked_at END), min(checked_at)) FROM checks
     WHERE link_id = l.id AND document_id IS NOT NULL),
    (SELECT anchor_text || ' ' || sentence FROM citations
     WHERE link_id = l.id AND kind IN ('anchor', 'plain_text', 'footnote') ORDER BY id LIMIT 1),
    iif(a.id IS NULL, NULL, coalesce(a.published_at, a.published_on || 'T00:00:00Z', l.first_seen_at)),
    EXISTS (SELECT 1 FROM page_requisites WHERE article_id = a.id),
    iif(a.id IS NOT NULL OR EXISTS (SELECT 1 FROM citations WHERE link_id = l.id), NULL,
        (SELECT json_object('etag', l.etag, 'last_modified', l.last_modified, 'body_sha256', body_sha256, 'whole_at', checked_at)
         FROM checks WHERE link_id = l.id AND status = 200 AND error IS NULL ORDER BY checked_at DESC LIMIT 1))
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
    (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = l.id) DESC, l.next_check_at,
    coalesce(c.checked_at, ''), l.id LIMIT ?
"""
"""Of the CHOICE links of a site that have been due longest: what lists articles first, then what is at risk, then what most
articles cite; of what was asked for together, what nobody has looked at for longest."""


def due_links(
    connection: sqlite3.Connection, site_id: int, *, least: int, most: int, asked_only: bool
) -> list[DueLink]:
    """Return up to ``most`` links of a site that are due, of at least the priority ``least``, with their histories."""
    statement = _DUE_LINKS.format(which=IS_ASKED if asked_only else "1", like=SAME_TEXT)
    values = (site_id, EVER, clock.now(), least, CHOICE, most)
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
                "words": [row[21]] if row[21] else [],
                "article_since": row[22],
                "requisites_known": bool(row[23]),
                "earlier": earlier_texts(connection, row[0]) if row[7] or row[17] else [],
                "witnessed": _witnessed(connection, row[0], row[8], row[16]),
            },
            listing=json.loads(row[18]) if row[18] else None,
            known=json.loads(row[24]) if row[18] and row[24] else {},
            terms=json.loads(row[19]) if row[19] else {},
            local_body=row[14],
            local_type=row[15],
        )
        for row in rows
    ]


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
