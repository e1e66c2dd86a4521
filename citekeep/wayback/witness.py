"""The history of links that do not answer as they did: asked of the index once, and extended later, when nothing else is due.

What it listed is kept in ``mementos``; the view ``witness`` says what that proves.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from dataclasses import dataclass

from citekeep import clock
from citekeep.database import Writer
from citekeep.wayback.finder import Finder
from citekeep.wayback.ledger import OPEN, may_be_named
from citekeep.wayback.limits import Limits
from citekeep.wayback.terms import SERVICE

OVERLAP = 90 * 86_400.0
"""Seconds before the last answer that are asked about again: what others captured is listed weeks after, or months."""

RETRY = 6 * 3_600.0  # seconds until a link is asked about again after an answer that was none
AT_ONCE = 20  # links taken from the database in one go
LULL = 600.0  # seconds until the database is asked again after it named none


@dataclass(frozen=True)
class Silent:
    """A link whose history is to be asked. asked_at: when the index last answered about it; None: never."""

    link_id: int
    url: str
    asked_at: str | None


class Witness:
    """Work for when no wish is due. max_age: seconds after which an answer is to be extended."""

    def __init__(self, writer: Writer, finder: Finder, limits: Limits, *, max_age: float) -> None:
        self.writer = writer
        self.finder = finder
        self.limits = limits
        self.max_age = max_age
        self._queue: deque[Silent] = deque()
        self._none_before = 0.0

    async def work_one(self) -> bool:
        """Ask about one link; return whether one was asked about."""
        if "cdx" in self.limits.closed() or not await self._fill():
            return False
        link = self._queue.popleft()
        if not await self.writer.run(may_be_named, link.link_id, urgent=True):  # it may have become private meanwhile
            return True
        since = None if link.asked_at is None else clock.text(clock.parse(link.asked_at) - OVERLAP)
        before = self.finder.moves.summary.lookups
        await self.finder.look(link.link_id, link.url, since=since)
        if self.finder.moves.summary.lookups > before:
            return True
        self._queue.appendleft(link)
        return False

    def wait(self) -> float | None:
        """Return the seconds until the next link may be asked about; None where none is known to be due."""
        if not self._queue:
            return None
        return max(0.0, self.limits.not_before.get("cdx", 0.0) - clock.timestamp())

    async def _fill(self) -> bool:
        if not self._queue and clock.timestamp() >= self._none_before:
            self._queue.extend(await self.writer.run(silent, SERVICE, self.max_age, AT_ONCE, urgent=True))
            self._none_before = 0.0 if self._queue else clock.timestamp() + LULL
        return bool(self._queue)


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
