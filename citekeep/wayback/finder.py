"""What the index lists of a wish's page, kept and remembered. Nothing listed is one answer, no answer is another."""

from __future__ import annotations

from dataclasses import dataclass

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import WaybackBlockedError, WaybackError, WaybackThrottledError
from citekeep.wayback import memento_rows
from citekeep.wayback.client import Client
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.limits import Limits
from citekeep.wayback.lookup import ROWS, Capture, Found, look_up
from citekeep.wayback.moves import Moves
from citekeep.wayback.outcomes import keep_found
from citekeep.wayback.terms import BLOCKED_WAIT, LOOKUP_FRESH, SERVICE, UNREADABLE_WAIT, WINDOW


@dataclass(frozen=True)
class Told:
    """What asking came to. captures: oldest first; None where there was no answer. wait: seconds that it is no use to ask
    again about this page, for ``reason``; None where the index itself is what has to be waited for. asked: whether a
    question was sent.
    """

    captures: list[Capture] | None = None
    wait: float | None = None
    reason: str = ""
    asked: bool = True


class Finder:
    """Asks the index, within its limits. After an answer that is none, the wish waits with the reason."""

    def __init__(self, writer: Writer, client: Client, limits: Limits, moves: Moves) -> None:
        self.writer = writer
        self.client = client
        self.limits = limits
        self.moves = moves

    async def known(self, wish: Wanted, *, since: str | None = None) -> list[Capture] | None:
        """Return what the index lists by an answer since a time (UTC), or of the last hours; oldest first, else as ``ask``."""
        since = clock.after(-LOOKUP_FRESH) if since is None else since
        known = await self.writer.run(memento_rows.known_captures, wish.link_id, SERVICE, since, urgent=True)
        return known if known is not None else await self.ask(wish)

    async def ask(self, wish: Wanted) -> list[Capture] | None:
        """Return what the index lists now, oldest first; None where there was no answer."""
        told = await self.look(wish.link_id, wish.url)
        if told.wait is not None:
            await self.moves.wait(wish, told.wait, told.reason)
        return told.captures

    async def look(self, link_id: int, url: str, *, since: str | None = None) -> Told:
        """Ask about a page, all of it or what is newer than ``since`` (UTC), and keep what is listed."""
        if not await self.limits.may_ask("cdx"):
            return Told(asked=False)
        self.moves.summary.lookups += 1
        try:
            found = await look_up(self.client, url, since=since)
            around = await self._around_citation(link_id, url, found) if since is None else Found()
        except WaybackBlockedError as error:
            await self._note(link_id, "blocked", str(error))
            return Told(None, BLOCKED_WAIT, str(error))
        except WaybackError as error:
            await self._note(link_id, "throttled" if isinstance(error, WaybackThrottledError) else "failed", str(error))
            self.limits.failed("cdx", error)
            return Told()
        self.limits.answered("cdx")
        if found.outcome == "malformed":
            told = f"The index answered with {found.malformed} rows of which none can be read."
            await self._note(link_id, "malformed", told)
            return Told(None, UNREADABLE_WAIT, told)
        captures = sorted(found.captures + around.captures, key=lambda capture: capture.at)
        await self.writer.run(lambda c: keep_found(c, link_id, SERVICE, captures, found, since=since), urgent=True)
        return Told(captures)

    async def _around_citation(self, link_id: int, url: str, found: Found) -> Found:
        """Look up the months around the citation where the newest rows do not reach back to it."""
        on = await self.writer.run(memento_rows.cited_on, link_id, urgent=True)
        reaches = len(found.captures) + found.malformed < ROWS or on is None or on >= found.captures[0].at
        if reaches or not found.captures or not await self.limits.may_ask("cdx"):
            return Found()
        moment = clock.parse(f"{on}T00:00:00Z")
        return await look_up(self.client, url, since=clock.text(moment - WINDOW), until=clock.text(moment + WINDOW))

    async def _note(self, link_id: int, outcome: str, reason: str) -> None:
        await self.writer.run(
            lambda c: memento_rows.note_lookup(c, link_id, SERVICE, outcome, reason=reason), urgent=True
        )
