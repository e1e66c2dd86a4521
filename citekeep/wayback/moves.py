"""Transitions of one wish, each written and counted: what every step of the ledger ends with."""

from __future__ import annotations

from typing import Any

from citekeep import clock
from citekeep.database import Writer
from citekeep.standing import settle
from citekeep.standing_changes import noted
from citekeep.wayback import ledger, memento_rows
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.lookup import Capture
from citekeep.wayback.terms import SERVICE, UNKNOWN_WAITS, Summary


class Moves:
    """Every method returns once its transaction has committed."""

    def __init__(self, writer: Writer, summary: Summary) -> None:
        self.writer = writer
        self.summary = summary

    async def to(self, wish: Wanted, state: str, **named: Any) -> None:
        """Move a wish to a state; named: see ledger.move."""

        def move(connection: Any) -> None:
            ledger.move(connection, wish.save_id, state, **named)
            if state in {"refused", "deferred"}:  # a job that failed as our check did is a second witness
                with noted(connection, wish.link_id):
                    settle(connection, wish.link_id)

        await self.writer.run(move, urgent=True)
        self.summary.moved[state] += 1

    async def wait(self, wish: Wanted, seconds: float, reason: str, answer: Any = None) -> None:
        """Let a wish wait: deferred; or still unknown where it may have been sent already, and so is never sent again."""
        state = "unknown" if wish.state == "unknown" else "deferred"
        await self.to(wish, state, reason=reason, answer=answer, next_attempt_at=clock.after(seconds))

    async def unknown(
        self, wish: Wanted, reason: str, answer: Any = None, *, seconds: float = UNKNOWN_WAITS[0]
    ) -> None:
        """Say that what became of a submission is not known, and is looked up after so many seconds."""
        await self.to(wish, "unknown", reason=reason, answer=answer, next_attempt_at=clock.after(seconds))

    async def keep(self, wish: Wanted, capture: Capture, state: str, reason: str, answer: Any = None) -> None:
        """Keep the capture that fulfils a wish: saved, or found."""

        def store(connection: Any) -> bool:
            origin = "saved" if state == "saved" else "cdx"
            (memento_id,) = memento_rows.keep_captures(connection, wish.link_id, SERVICE, [capture], origin)
            memento_rows.choose_as_cited(connection, wish.link_id)
            ledger.move(connection, wish.save_id, state, reason=reason, answer=answer, memento_id=memento_id)
            return ledger.read_before(connection, wish.save_id, memento_id)

        verified = await self.writer.run(store, urgent=True)
        self.summary.moved[state] += 1
        self.summary.moved["verified"] += verified
