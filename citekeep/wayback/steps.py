"""What is done about one wish: look it up, submit it, ask what became of it. Each ends in a transition of the ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import (
    WaybackBlockedError,
    WaybackError,
    WaybackKeysError,
    WaybackThrottledError,
    WaybackUnreachableError,
)
from citekeep.wayback import codes, keyless, ledger
from citekeep.wayback.client import Client
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.limits import THROTTLED_WAIT, Limits
from citekeep.wayback.lookup import ROWS, Capture, Found, look_up
from citekeep.wayback.outcomes import CLOCKS_APART, keep_found, made_of, poll_again, same_page, times_unknown
from citekeep.wayback.spn import BATCH, SavePageNow, Status

SERVICE = "wayback"
POLL_FIRST, POLL_LONGEST = 5.0, 60.0  # seconds between two questions about jobs
JOB_LIFE = 3_600.0  # seconds: the service forgets a job's result after about an hour
UNKNOWN_WAITS = (1_800.0, 7_200.0, 21_600.0)  # seconds until an unknown submission is looked up again
BLOCKED_WAIT = 30 * 86_400.0
LOOKUP_FRESH = 6 * 3_600.0  # seconds that the answer of a look-up is taken for the present one
WINDOW = 180 * 86_400.0  # seconds around a citation that are looked up where the newest rows do not reach back
RETRIES = 5  # transient refusals of one wish, then it is refused


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On what terms the ledger is worked. max_age: seconds; a capture younger than that is not saved again.

    reserve: share of the account's daily quota that is left to others.
    """

    user_agent: str
    max_age: float = 30 * 86_400.0
    reserve: float = 0.1


@dataclass
class Summary:
    """What was done: {state: how often it was reached}; sentence: what was in the way, for a person."""

    moved: Counter[str] = field(default_factory=Counter)
    lookups: int = 0
    sentence: str | None = None
    busy: bool = False


class Steps:
    """Each step returns whether the next wish of its kind may be worked on now."""

    def __init__(
        self, writer: Writer, client: Client, spn: SavePageNow | None, *, terms: Terms, holder: str, summary: Summary
    ) -> None:
        self.writer = writer
        self.client = client
        self.spn = spn
        self.terms = terms
        self.holder = holder
        self.summary = summary
        self.limits = Limits(writer, SERVICE, reserve=terms.reserve)
        self.poll_wait = POLL_FIRST

    # --- moving ---

    async def _move(self, wish: Wanted, state: str, **named: Any) -> bool:
        await self.writer.run(lambda c: ledger.move(c, wish.save_id, state, **named), urgent=True)
        self.summary.moved[state] += 1
        return True

    async def _defer(self, wish: Wanted, seconds: float, reason: str, answer: Any = None) -> bool:
        return await self._move(wish, "deferred", reason=reason, answer=answer, next_attempt_at=clock.after(seconds))

    async def want_again(self, wish: Wanted) -> bool:
        """Want a wish again whose time has come."""
        return await self._move(wish, "wanted", reason="its time has come")

    # --- looking up ---

    async def work_on(self, wish: Wanted) -> bool:
        """Look a wish up, then say it is found or absent, or submit it. False: this endpoint is at its limit."""
        captures = await self.writer.run(
            ledger.known_captures, wish.link_id, SERVICE, clock.after(-LOOKUP_FRESH), urgent=True
        )
        if captures is None:
            if not await self.limits.may_ask("cdx"):
                return False
            captures = await self._look_up(wish)
        if captures is None:
            return "cdx" not in self.limits.closed()
        good = [c for c in captures if c.status is None or 200 <= c.status < 300]
        fresh = clock.after(-self.terms.max_age)
        if good and (wish.mode == "lookup" or good[-1].at >= fresh):
            return await self._found(wish, good[-1], "found", "listed by the Wayback Machine")
        if wish.mode == "lookup":
            reason = "no capture is listed, and the page can no longer be saved"
            return await self._move(
                wish, "absent", reason=reason if not captures else "only captures of errors are listed"
            )
        return await self._submit(wish)

    async def _look_up(self, wish: Wanted) -> list[Capture] | None:
        """Return what is listed of a wish's URL, kept as mementos; None where the answer was none: the wish waits."""
        self.summary.lookups += 1
        try:
            found = await look_up(self.client, wish.url)
            captures = found.captures + (await self._around_citation(wish, found)).captures
        except WaybackBlockedError as error:
            await self._note(wish, "blocked", reason=str(error))
            await self._defer(wish, BLOCKED_WAIT, str(error))
            return None
        except WaybackError as error:
            await self._note(
                wish, "throttled" if isinstance(error, WaybackThrottledError) else "failed", reason=str(error)
            )
            self.limits.close("cdx", error)
            return None
        self.limits.failures = 0
        captures.sort(key=lambda capture: capture.at)
        await self.writer.run(lambda c: keep_found(c, wish.link_id, SERVICE, captures, found), urgent=True)
        return captures

    async def _around_citation(self, wish: Wanted, found: Found) -> Found:
        """Look up the months around the citation where the newest rows do not reach back to it."""
        at = await self.writer.run(ledger.cited_at, wish.link_id, urgent=True)
        if (
            len(found.captures) < ROWS
            or at is None
            or at >= found.captures[0].at
            or not await self.limits.may_ask("cdx")
        ):
            return Found()
        moment = clock.parse(at if "T" in at else f"{at}T00:00:00Z")
        return await look_up(
            self.client, wish.url, since=clock.text(moment - WINDOW), until=clock.text(moment + WINDOW)
        )

    async def _note(self, wish: Wanted, outcome: str, *, rows: int | None = None, reason: str | None = None) -> None:
        await self.writer.run(
            lambda c: ledger.note_lookup(c, wish.link_id, SERVICE, outcome, rows=rows, reason=reason), urgent=True
        )

    async def _found(self, wish: Wanted, capture: Capture, state: str, reason: str, answer: Any = None) -> bool:
        def store(connection: Any) -> None:
            origin = "saved" if state == "saved" else "cdx"
            (memento_id,) = ledger.keep_captures(connection, wish.link_id, SERVICE, [capture], origin)
            ledger.choose_as_cited(connection, wish.link_id)
            ledger.move(connection, wish.save_id, state, reason=reason, answer=answer, memento_id=memento_id)

        await self.writer.run(store, urgent=True)
        self.summary.moved[state] += 1
        return True

    # --- submitting ---

    async def _submit(self, wish: Wanted) -> bool:
        endpoint = "save" if self.spn is not None else "save_keyless"
        if not await self.limits.may_ask(endpoint) or not await self.limits.has_quota(self.spn):
            return True  # others may still be looked up
        await self._move(wish, "submitting", holder=self.holder)
        if self.spn is None:
            return await self._submit_keyless(wish)
        try:
            answer = await self.spn.submit(wish.url, if_not_archived_within=self.terms.max_age)
        except WaybackKeysError as error:
            self.spn = None
            self.limits.not_before["save"] = clock.timestamp() + 86_400
            self.limits.sentence = str(error)
            return await self._defer(wish, 3_600, str(error))
        except WaybackThrottledError as error:
            self.limits.close("save", error)
            return await self._defer(wish, error.retry_after or THROTTLED_WAIT, str(error))
        except WaybackUnreachableError as error:
            self.limits.close("save", error)
            return await self._unknown(wish, str(error))
        except WaybackError as error:
            return await self._unknown(wish, str(error))
        raw = {"job_id": answer.job_id, "status_ext": answer.status_ext, "message": answer.message}
        if answer.refused:
            return await self._refused(wish, answer.status_ext, answer.message, raw)
        if answer.job_id is None:  # a recent capture, without a job: the index names it
            return await self._unknown(wish, answer.message or "no job id", raw, wait=60.0)
        self.poll_wait = POLL_FIRST
        wait = answer.delay or POLL_FIRST
        return await self._move(
            wish,
            "submitted",
            reason=answer.message,
            answer=raw,
            job_id=answer.job_id,
            next_attempt_at=clock.after(wait),
        )

    async def _submit_keyless(self, wish: Wanted) -> bool:
        try:
            saved = await keyless.save(wish.url, self.terms.user_agent)
        except WaybackThrottledError as error:
            self.limits.close("save_keyless", error)
            return await self._defer(wish, error.retry_after or 3_600, str(error))
        except WaybackUnreachableError as error:
            self.limits.close("save_keyless", error)
            return await self._unknown(wish, str(error))
        except WaybackError as error:
            return await self._unknown(wish, str(error))
        if not same_page(saved.original, wish.url):
            return await self._unknown(wish, f"the answer named a capture of another page: {saved.original[:200]}")
        capture = Capture(
            memento_url=saved.memento_url, at=saved.at, original=saved.original, status=None, type="", digest=""
        )
        if saved.ours:
            return await self._found(wish, capture, "saved", "saved without keys")
        return await self._found(wish, capture, "found", "an older capture was handed out")

    async def _refused(self, wish: Wanted, status_ext: str | None, message: str | None, raw: Any) -> bool:
        kind = codes.classify(status_ext, message)
        reason = f"{status_ext or 'no code'}: {message or 'no message'}"
        if kind == codes.PERMANENT or (kind in {codes.TRANSIENT, codes.UNKNOWN} and wish.attempts + 1 >= RETRIES):
            return await self._move(wish, "refused", reason=reason, answer=raw)
        if kind in {codes.QUOTA, codes.PER_URL_DAY}:
            wait = 86_400 - clock.timestamp() % 86_400 + 60
            if kind == codes.QUOTA:
                self.limits.not_before["save"] = clock.timestamp() + wait
        else:
            wait = codes.WAITS[kind] * (2**wish.attempts if kind == codes.TRANSIENT else 1)
        if kind == codes.SESSIONS:
            self.limits.not_before["save"] = clock.timestamp() + wait
        return await self._defer(wish, wait, reason, raw)

    async def _unknown(self, wish: Wanted, reason: str, answer: Any = None, wait: float = UNKNOWN_WAITS[0]) -> bool:
        return await self._move(wish, "unknown", reason=reason, answer=answer, next_attempt_at=clock.after(wait))

    # --- what became of it ---

    async def poll(self) -> None:
        """Ask what became of the jobs whose time has come, in one question."""
        wishes = await self.writer.run(ledger.due, SERVICE, "submitted", BATCH, urgent=True)
        jobs = {wish.job_id: wish for wish in wishes if wish.job_id}
        if not jobs or self.spn is None or not await self.limits.may_ask("status"):
            return
        try:
            statuses = await self.spn.statuses(list(jobs))
        except WaybackError as error:
            self.limits.close("status", error)
            return
        self.limits.failures = 0
        told = {status.job_id: status for status in statuses}
        self.poll_wait = min(self.poll_wait * 1.5, POLL_LONGEST)
        for job_id, wish in jobs.items():
            await self._conclude(wish, told.get(job_id))

    async def _conclude(self, wish: Wanted, status: Status | None) -> None:
        if status is None or status.state == "pending":
            age = clock.timestamp() - clock.parse(wish.submitted_at or clock.now())
            if age > JOB_LIFE:
                await self._unknown(wish, "pending for more than an hour: the service forgot the job", wait=0.0)
            else:
                await self.writer.run(poll_again, wish.save_id, clock.after(self.poll_wait), urgent=True)
        elif status.state == "error":
            await self._refused(wish, status.status_ext, status.message, status.raw)
        else:
            state, capture, reason = made_of(status, wish.url, wish.submitted_at)
            if capture is None:
                await self._unknown(wish, reason, status.raw, wait=60.0)
            else:
                await self._found(wish, capture, state, reason, status.raw)

    async def resolve_unknown(self, wish: Wanted) -> bool:
        """Look up whether a submission of unknown outcome came about; it is never sent again."""
        if not await self.limits.may_ask("cdx"):
            return False
        captures = await self._look_up(wish)
        if captures is None:
            return "cdx" not in self.limits.closed()
        since = clock.text(clock.parse(wish.submitted_at) - CLOCKS_APART) if wish.submitted_at else clock.now()
        made = [capture for capture in captures if capture.at >= since]
        if made:
            return await self._found(wish, made[0], "saved", "the index lists a capture made since it was submitted")
        recent = [c for c in captures if c.at >= clock.after(-self.terms.max_age) and (c.status or 200) < 300]
        if recent:
            return await self._found(wish, recent[-1], "found", "an earlier capture is recent enough")
        asked = await self.writer.run(times_unknown, wish.save_id, urgent=True)
        if asked > len(UNKNOWN_WAITS):
            return await self._move(wish, "absent", reason="no capture came about")
        return await self._unknown(
            wish, "the index lists no capture yet", wait=UNKNOWN_WAITS[min(asked, len(UNKNOWN_WAITS)) - 1]
        )
