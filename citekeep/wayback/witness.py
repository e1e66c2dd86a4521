"""The history of links that do not answer as they did: asked of the index once, and extended later, when nothing else is due.

What it listed is kept in ``mementos``; the view ``witness`` says what that proves.
"""

from __future__ import annotations

import sqlite3

from citekeep import clock
from citekeep.database import Writer
from citekeep.wayback.finder import Finder
from citekeep.wayback.idle import AT_ONCE, RETRY, IdleWork, Silent
from citekeep.wayback.ledger import OPEN
from citekeep.wayback.limits import Limits
from citekeep.wayback.terms import LOOKUPS_AT_ONCE, SERVICE

OVERLAP = 90 * 86_400.0
"""Seconds before the last answer that are asked about again: what others captured is listed weeks after, or months."""


class Witness(IdleWork):
    """max_age: seconds after which an answer is to be extended."""

    at_once = LOOKUPS_AT_ONCE

    def __init__(self, writer: Writer, finder: Finder, limits: Limits, *, max_age: float) -> None:
        super().__init__(writer, limits, "cdx")
        self.finder = finder
        self.max_age = max_age

    async def find(self) -> list[Silent]:
        """Return links at risk whose history was not asked, or a while ago."""
        return await self.writer.run(silent, SERVICE, self.max_age, AT_ONCE, urgent=True)

    async def ask(self, link: Silent) -> bool:
        """Ask the index about a link: all of its history, or what is newer than the last answer."""
        since = None if link.asked_at is None else clock.text(clock.parse(link.asked_at) - OVERLAP)
        told = await self.finder.look(link.link_id, link.url, since=since)
        return told.asked


# Dead ones first, then those that refuse us, then those in doubt; of each the never asked, then the most cited.
_SILENT = f"""
SELECT id, request_url, asked_at FROM (
    SELECT
        l.id, l.request_url,
        CASE l.standing WHEN 'dead' THEN 0 WHEN 'refused' THEN 1 ELSE 2 END AS risk,
        (SELECT max(asked_at) FROM lookups
         WHERE link_id = l.id AND service = :service AND outcome IN ('rows', 'empty')) AS asked_at,
        (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = l.id) AS citing
    FROM links AS l
    WHERE l.standing IN ('dead', 'doubtful', 'refused', 'unreachable_from_here')
        AND l.public = 1 AND l.withheld IS NULL AND l.url NOT LIKE 'urn:%'
        AND NOT EXISTS (
            SELECT 1 FROM lookups WHERE link_id = l.id AND service = :service
                AND asked_at > iif(outcome IN ('throttled', 'failed'), :retry, :old))
        AND NOT EXISTS (
            SELECT 1 FROM saves WHERE link_id = l.id AND service = :service
                AND state IN ({", ".join(f"'{state}'" for state in OPEN)})))
ORDER BY risk, asked_at IS NOT NULL, citing DESC, id LIMIT :limit
"""  # noqa: S608 - states are ours


def silent(connection: sqlite3.Connection, service: str, max_age: float, limit: int) -> list[Silent]:
    """Return links whose history is to be asked now, first those that matter most; never a private one.

    Not those with an open wish, for which the index is asked anyway.
    """
    named = {"service": service, "old": clock.after(-max_age), "retry": clock.after(-RETRY), "limit": limit}
    return [Silent(*row) for row in connection.execute(_SILENT, named)]
