"""Links of which the Wayback Machine has no good snapshot, looked up in another archive when nothing else is due.

What it has is kept in ``mementos`` under its own name. It is asked again once its answer is old.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import WaybackError, WaybackThrottledError
from citekeep.wayback import memento_rows
from citekeep.wayback.archives import Archive
from citekeep.wayback.client import Client
from citekeep.wayback.idle import AT_ONCE, RETRY, IdleWork, Silent
from citekeep.wayback.ledger import OPEN
from citekeep.wayback.limits import Limits
from citekeep.wayback.lookup import Found
from citekeep.wayback.memento import ask, read_back
from citekeep.wayback.replay import Replayed
from citekeep.wayback.terms import SERVICE, Summary
from citekeep.wayback.verify import Unread, Verifier

TURN = 20.0  # seconds that the next page of a list waits at most for its turn: at the pace of a guest one has six


class Elsewhere(IdleWork):
    """max_age: seconds after which an archive's answer is old. client: of this archive alone."""

    def __init__(
        self, writer: Writer, client: Client, limits: Limits, archive: Archive, *, max_age: float, summary: Summary
    ) -> None:
        super().__init__(writer, limits, "memento")
        self.client = client
        self.archive = archive
        self.max_age = max_age
        self.summary = summary

    async def find(self) -> list[Silent]:
        """Return links without a good snapshot anywhere that this archive was not asked about, or a while ago."""
        return await self.writer.run(nowhere, self.archive.name, self.max_age, AT_ONCE, urgent=True)

    async def ask(self, link: Silent) -> bool:
        """Ask the archive about a link, and keep what it has, or why it did not say."""
        if not await self.limits.may_ask(self.endpoint):
            return False
        self.summary.lookups += 1
        on = await self.writer.run(memento_rows.cited_on, link.link_id, urgent=True)
        try:
            at = f"{on}T12:00:00Z" if on else clock.now()
            found = await ask(self.client, self.archive, link.url, at, self._turn)
        except WaybackError as error:
            outcome = "throttled" if isinstance(error, WaybackThrottledError) else "failed"
            await self.writer.run(self._note, link.link_id, outcome, str(error), urgent=True)
            self.limits.failed(self.endpoint, error)
            return True
        self.limits.answered(self.endpoint)
        await self.writer.run(self._keep, link.link_id, found, urgent=True)
        return True

    async def _turn(self) -> bool:
        """Wait until the archive's pace has room for one more page; False after TURN."""
        until = time.monotonic() + TURN
        while not await self.limits.may_ask(self.endpoint):
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(TURN / 20)
        return True

    def _keep(self, connection: sqlite3.Connection, link_id: int, found: Found) -> None:
        memento_rows.keep_captures(connection, link_id, self.archive.name, found.captures, "timemap")
        told = [f"{found.malformed} of its links could not be read"] if found.malformed else []
        told += [f"{found.unread} more pages of its list were not read"] if found.unread else []
        self._note(connection, link_id, found.outcome, "; ".join(told) or None, rows=len(found.captures))
        memento_rows.choose_as_cited(connection, link_id)

    def _note(
        self, connection: sqlite3.Connection, link_id: int, outcome: str, reason: str | None, rows: int | None = None
    ) -> None:
        memento_rows.note_lookup(connection, link_id, self.archive.name, outcome, rows=rows, reason=reason)


class MementoVerifier(Verifier):
    """Reads back, as the archive shows them to people, the mementos on its own host that are relied on."""

    endpoint = "memento"

    async def show(self, unread: Unread) -> Replayed:
        """Return what a memento shows. Raises WaybackError where the archive said nothing about it."""
        return await read_back(self.client, unread.memento_url, unread.url)


_NOWHERE = f"""
SELECT l.id, l.request_url FROM links AS l
WHERE l.id IN (
        SELECT link_id FROM saves
        WHERE service = '{SERVICE}' AND state IN ('absent', 'rejected', 'lost', 'refused')
        UNION
        SELECT id FROM links WHERE standing IN ('dead', 'doubtful', 'refused', 'unreachable_from_here'))
    AND l.public = 1 AND l.withheld IS NULL AND l.url NOT LIKE 'urn:%'
    AND NOT EXISTS (
        SELECT 1 FROM lookups WHERE link_id = l.id AND service = :service
            AND asked_at > iif(outcome IN ('throttled', 'failed'), :retry, :old))
    AND NOT EXISTS (
        SELECT 1 FROM saves WHERE link_id = l.id AND service = '{SERVICE}'
            AND state IN ({", ".join(f"'{state}'" for state in OPEN)}))
    AND NOT EXISTS (SELECT 1 FROM good_mementos AS g WHERE g.link_id = l.id)
ORDER BY coalesce(l.standing, '') = 'dead' DESC,
    (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = l.id) DESC, l.id
LIMIT :limit
"""  # noqa: S608 - names are ours


def nowhere(connection: sqlite3.Connection, service: str, max_age: float, limit: int) -> list[Silent]:
    """Return links without a good memento, and without an open wish for one, that a service is to be asked about now."""
    named = {"service": service, "old": clock.after(-max_age), "retry": clock.after(-RETRY), "limit": limit}
    return [Silent(*row) for row in connection.execute(_NOWHERE, named)]
