"""What the index lists of a wish's page, kept and remembered. Nothing listed is one answer, no answer is another."""

from __future__ import annotations

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import WaybackBlockedError, WaybackError, WaybackThrottledError
from citekeep.wayback import ledger
from citekeep.wayback.client import Client
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.limits import Limits
from citekeep.wayback.lookup import ROWS, Capture, Found, look_up
from citekeep.wayback.moves import Moves
from citekeep.wayback.outcomes import keep_found
from citekeep.wayback.terms import BLOCKED_WAIT, LOOKUP_FRESH, SERVICE, UNREADABLE_WAIT, WINDOW


class Finder:
    """Asks the index, within its limits. After an answer that is none, the wish waits with the reason."""

    def __init__(self, writer: Writer, client: Client, limits: Limits, moves: Moves) -> None:
        self.writer = writer
        self.client = client
        self.limits = limits
        self.moves = moves

    async def known(self, wish: Wanted) -> list[Capture] | None:
        """Return what the index lists by an answer of the last hours, oldest first, else as ``ask``."""
        known = await self.writer.run(
            ledger.known_captures, wish.link_id, SERVICE, clock.after(-LOOKUP_FRESH), urgent=True
        )
        return known if known is not None else await self.ask(wish)

    async def ask(self, wish: Wanted) -> list[Capture] | None:
        """Return what the index lists now, oldest first; None where there was no answer."""
        if not await self.limits.may_ask("cdx"):
            return None
        self.moves.summary.lookups += 1
        try:
            found = await look_up(self.client, wish.url)
            captures = found.captures + (await self._around_citation(wish, found)).captures
        except WaybackBlockedError as error:
            await self._note(wish, "blocked", str(error))
            await self.moves.wait(wish, BLOCKED_WAIT, str(error))
            return None
        except WaybackError as error:
            await self._note(wish, "throttled" if isinstance(error, WaybackThrottledError) else "failed", str(error))
            self.limits.failed("cdx", error)
            return None
        self.limits.answered("cdx")
        if found.outcome == "malformed":
            told = f"The index answered with {found.malformed} rows of which none can be read."
            await self._note(wish, "malformed", told)
            await self.moves.wait(wish, UNREADABLE_WAIT, told)
            return None
        captures.sort(key=lambda capture: capture.at)
        await self.writer.run(keep_found, wish.link_id, SERVICE, captures, found, urgent=True)
        return captures

    async def _around_citation(self, wish: Wanted, found: Found) -> Found:
        """Look up the months around the citation where the newest rows do not reach back to it."""
        on = await self.writer.run(ledger.cited_on, wish.link_id, urgent=True)
        reaches = len(found.captures) + found.malformed < ROWS or on is None or on >= found.captures[0].at
        if reaches or not found.captures or not await self.limits.may_ask("cdx"):
            return Found()
        moment = clock.parse(f"{on}T00:00:00Z")
        around = {"since": clock.text(moment - WINDOW), "until": clock.text(moment + WINDOW)}
        return await look_up(self.client, wish.url, **around)

    async def _note(self, wish: Wanted, outcome: str, reason: str) -> None:
        await self.writer.run(
            lambda c: ledger.note_lookup(c, wish.link_id, SERVICE, outcome, reason=reason), urgent=True
        )
