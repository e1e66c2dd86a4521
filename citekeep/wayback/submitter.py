"""Submitting a wish, with keys or without, once; and what a refusal means for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from citekeep import clock
from citekeep.exceptions import (
    WaybackError,
    WaybackKeysError,
    WaybackRefusedError,
    WaybackThrottledError,
    WaybackUnreachableError,
)
from citekeep.wayback import codes, keyless, memento_rows
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.limits import DAY, SESSIONS_WAIT, Limits
from citekeep.wayback.lookup import Capture
from citekeep.wayback.moves import Moves
from citekeep.wayback.outcomes import same_page
from citekeep.wayback.spn import SavePageNow
from citekeep.wayback.terms import POLL_FIRST, SERVICE, SOON, Terms


class Submitter:
    """spn: None where there are no keys. holder: names this run in the rows that it is submitting."""

    def __init__(self, spn: SavePageNow | None, limits: Limits, moves: Moves, *, terms: Terms, holder: str) -> None:
        self.spn = spn
        self.limits = limits
        self.moves = moves
        self.terms = terms
        self.holder = holder

    async def submit(self, wish: Wanted) -> bool:
        """Submit a wish and write what was answered; return False, with nothing done, where none may be sent now."""
        if not await self.limits.may_save(self.spn):
            return False
        await self.moves.to(wish, "submitting", holder=self.holder)
        sent = replace(wish, state="submitting", attempts=wish.attempts + 1, submitted_at=clock.now())
        await (self._with_keys(sent, self.spn) if self.spn is not None else self._without_keys(sent))
        return True

    async def _with_keys(self, wish: Wanted, spn: SavePageNow) -> None:
        try:
            answer = await spn.submit(wish.url, if_not_archived_within=await self._age(wish))
        except (WaybackKeysError, WaybackThrottledError) as error:  # refused before anything was done
            await self.moves.wait(wish, self.limits.failed("save", error), str(error))
            return
        except WaybackError as error:
            if isinstance(error, WaybackUnreachableError):
                self.limits.failed("save", error)
            await self.moves.unknown(wish, str(error))
            return
        self.limits.answered("save")
        raw = {"job_id": answer.job_id, "status_ext": answer.status_ext, "message": answer.message}
        if answer.refused:
            await self.refused(wish, answer.status_ext, answer.message, raw)
        elif answer.job_id is None:  # captured a while ago, without a job: the index names it
            await self.moves.unknown(wish, answer.message or "no job was named", raw, seconds=SOON)
        else:
            at = clock.after(answer.delay or POLL_FIRST)
            named = {"reason": answer.message, "answer": raw, "job_id": answer.job_id, "next_attempt_at": at}
            await self.moves.to(wish, "submitted", **named)

    async def _age(self, wish: Wanted) -> float:
        """Return how old a capture of this URL may be (seconds) for the service to make no new one.

        What the index listed before was not good enough, or there would be nothing to submit: it must not be in the way.
        """
        newest = await self.moves.writer.run(memento_rows.newest, wish.link_id, SERVICE, urgent=True)
        return (
            self.terms.max_age
            if newest is None
            else min(self.terms.max_age, max(1.0, clock.timestamp() - clock.parse(newest) - 1))
        )

    async def _without_keys(self, wish: Wanted) -> None:
        try:
            saved = await keyless.save(wish.url, self.terms.user_agent)
        except WaybackRefusedError as error:
            self.limits.answered("save_keyless")
            await self.refused(wish, None, str(error), {"message": str(error)})
            return
        except WaybackThrottledError as error:
            await self.moves.wait(wish, self.limits.failed("save_keyless", error), str(error))
            return
        except WaybackError as error:
            if isinstance(error, WaybackUnreachableError):
                self.limits.failed("save_keyless", error)
            await self.moves.unknown(wish, str(error))
            return
        self.limits.answered("save_keyless")
        if not same_page(saved.original, wish.url):
            await self.moves.unknown(wish, f"the answer named a capture of another page: {saved.original[:200]}")
            return
        capture = Capture(
            memento_url=saved.memento_url, at=saved.at, original=saved.original, status=None, type="", digest=""
        )
        state, reason = ("saved", "saved without keys") if saved.ours else ("found", "an older capture was handed out")
        await self.moves.keep(wish, capture, state, reason)

    async def refused(self, wish: Wanted, status_ext: str | None, message: str | None, raw: Any) -> None:
        """Write a refusal: for good, or until it is worth another try. wish.attempts counts the one that was refused."""
        kind = codes.classify(status_ext, message)
        reason = f"{status_ext or 'no code'}: {message or 'no message'}"
        if wish.attempts >= codes.TRIES.get(kind, wish.attempts + 1):
            await self.moves.to(wish, "refused", reason=reason, answer=raw)
            return
        wait = codes.WAITS.get(kind, 0.0) * (2 ** (wish.attempts - 1) if kind == codes.TRANSIENT else 1)
        if kind in {codes.QUOTA, codes.PER_URL_DAY}:
            wait = DAY - clock.timestamp() % DAY + 60
        endpoint = self.limits.save_endpoint(self.spn)
        if kind == codes.QUOTA:
            self.limits.shut(endpoint, wait, f"Save Page Now: {message or reason}")
        elif kind == codes.SESSIONS:
            self.limits.shut(endpoint, SESSIONS_WAIT)
        await self.moves.wait(wish, wait, reason, raw)
