"""Works the ledger: resolves old jobs first, then looks up, submits, polls, until nothing is due or it is told to stop.

One coroutine for ``scrapy snapshots`` and for the extension beside a crawl. Never more than one process at a time.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import (
    WaybackBlockedError,
    WaybackError,
    WaybackKeysError,
    WaybackThrottledError,
    WaybackUnreachableError,
)
from citekeep.wayback import budget, codes, keyless, ledger
from citekeep.wayback.client import SPN_HOST, Client
from citekeep.wayback.keys import Keys
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.lookup import ROWS, Capture, Found, look_up
from citekeep.wayback.spn import BATCH, SavePageNow, Status

logger = logging.getLogger(__name__)

SERVICE = "wayback"
LEASE = "ledger:wayback"
LEASE_SECONDS = 300.0
POLL_FIRST, POLL_LONGEST = 5.0, 60.0  # seconds between two questions about jobs
JOB_LIFE = 3_600.0  # seconds: the service forgets a job's result after about an hour
UNKNOWN_WAITS = (1_800.0, 7_200.0, 21_600.0)  # seconds until an unknown submission is looked up again
OUTAGE_WAIT = 900.0
THROTTLED_WAIT = 60.0
BLOCKED_WAIT = 30 * 86_400.0
WINDOW = 180 * 86_400.0  # seconds around a citation that are looked up where the newest rows do not reach back
RETRIES = 5  # transient refusals of one wish, then it is refused
BATCH_LOOKUPS = 20


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


class Worker:
    """Works the ledger of one archive; see ``work``."""

    def __init__(
        self, writer: Writer, *, keys: Keys | None, terms: Terms, stop: asyncio.Event, wake: asyncio.Event | None = None
    ) -> None:
        self.writer = writer
        self.keys = keys
        self.terms = terms
        self.stop = stop
        self.wake = wake or asyncio.Event()
        self.holder = uuid4().hex
        self.summary = Summary()
        self.not_before: dict[str, float] = {}  # endpoint -> clock.timestamp()
        self.failures = 0
        self.poll_wait = POLL_FIRST
        self.quota_left: int | None = None

    async def work(self, *, until_idle: bool, limit: int | None = None, deadline: float | None = None) -> Summary:
        """Work until ``stop`` is set, ``limit`` transitions were made, or ``deadline`` (clock.timestamp()) is reached.

        until_idle: return once nothing is due within the next minute, instead of waiting for new wishes.
        """
        if not await self.writer.run(ledger.take_lease, LEASE, self.holder, LEASE_SECONDS, urgent=True):
            self.summary.busy = True
            self.summary.sentence = "Another process is working the ledger."
            return self.summary
        await self.writer.run(ledger.adopt, SERVICE, self.holder, urgent=True)
        try:
            async with Client(self.terms.user_agent) as client:
                await self._rounds(client, until_idle=until_idle, limit=limit, deadline=deadline)
        finally:
            await self.writer.run(ledger.give_lease, LEASE, self.holder, urgent=True)
        return self.summary

    async def _rounds(self, client: Client, *, until_idle: bool, limit: int | None, deadline: float | None) -> None:
        spn = SavePageNow(client, self.keys) if self.keys is not None else None
        while not self.stop.is_set():
            self.wake.clear()
            if not await self.writer.run(ledger.take_lease, LEASE, self.holder, LEASE_SECONDS, urgent=True):
                self.summary.sentence = "Another process took the ledger over."
                return
            before = sum(self.summary.moved.values()) + self.summary.lookups
            await self._round(client, spn)
            done = sum(self.summary.moved.values())
            if limit is not None and done >= limit:
                return
            if done + self.summary.lookups > before:
                continue
            pause = await self._pause()
            if until_idle and (pause is None or pause > 60.0):
                return
            if deadline is not None and clock.timestamp() + (pause or 0.0) >= deadline:
                return
            await self._sleep(pause)

    async def _round(self, client: Client, spn: SavePageNow | None) -> None:
        """Do what is due, old jobs first. Each step stops when it is told to, or when its endpoint is at its limit."""
        if spn is not None:
            await self._poll(spn)
        await self._each("unknown", lambda wish: self._resolve_unknown(client, wish))
        await self._each("deferred", self._want_again)
        await self._each("wanted", lambda wish: self._work_on(client, spn, wish))

    async def _each(self, state: str, work: Callable[[Wanted], Any]) -> None:
        for wish in await self.writer.run(ledger.due, SERVICE, state, BATCH_LOOKUPS, urgent=True):
            if self.stop.is_set() or not await work(wish):
                return

    async def _pause(self) -> float | None:
        at = await self.writer.run(ledger.next_time, SERVICE, urgent=True)
        if at is None:
            return None
        waits = [clock.parse(at) - clock.timestamp()]
        closed = [t - clock.timestamp() for t in self.not_before.values()]
        if waits[0] <= 0:  # something is due, but an endpoint is closed or the jobs are young
            waits = [wait for wait in closed if wait > 0] or [self.poll_wait]
        return max(0.2, min(waits))

    async def _sleep(self, pause: float | None) -> None:
        waiters = [asyncio.ensure_future(self.stop.wait()), asyncio.ensure_future(self.wake.wait())]
        try:
            await asyncio.wait(
                waiters, timeout=min(pause or LEASE_SECONDS / 3, LEASE_SECONDS / 3), return_when="FIRST_COMPLETED"
            )
        finally:
            for waiter in waiters:
                waiter.cancel()

    # --- moving ---

    async def _move(self, wish: Wanted, state: str, **named: Any) -> bool:
        await self.writer.run(lambda c: ledger.move(c, wish.save_id, state, **named), urgent=True)
        self.summary.moved[state] += 1
        return True

    async def _defer(self, wish: Wanted, seconds: float, reason: str, answer: Any = None) -> bool:
        return await self._move(wish, "deferred", reason=reason, answer=answer, next_attempt_at=clock.after(seconds))

    async def _want_again(self, wish: Wanted) -> bool:
        return await self._move(wish, "wanted", reason="its time has come")

    # --- limits ---

    async def _may_ask(self, endpoint: str) -> bool:
        if self.not_before.get(endpoint, 0.0) > clock.timestamp():
            return False
        wait = await self.writer.run(budget.take, SERVICE, endpoint, urgent=True)
        if wait > 0:
            self.not_before[endpoint] = clock.timestamp() + wait
            return False
        return True

    def _close(self, endpoint: str, error: WaybackError) -> None:
        """Ask nothing of an endpoint for a while: as long as it said, longer each time it says nothing."""
        self.failures += 1
        usual = THROTTLED_WAIT if isinstance(error, WaybackThrottledError) else OUTAGE_WAIT
        wait = max(error.retry_after or 0.0, usual * 2 ** min(self.failures - 1, 4))
        self.not_before[endpoint] = clock.timestamp() + wait
        self.summary.sentence = f"{error} Nothing is asked of it until {clock.after(wait)}; the wishes wait."
        logger.warning("%s", self.summary.sentence)

    # --- looking up ---

    async def _work_on(self, client: Client, spn: SavePageNow | None, wish: Wanted) -> bool:
        """Look a wish up, then say it is found or absent, or submit it. False: this endpoint is at its limit."""
        if not await self._may_ask("cdx"):
            return False
        captures = await self._look_up(client, wish)
        if captures is None:
            return "cdx" not in self._closed()
        good = [c for c in captures if c.status is None or 200 <= c.status < 300]
        fresh = clock.after(-self.terms.max_age)
        if good and (wish.mode == "lookup" or good[-1].at >= fresh):
            return await self._found(wish, good[-1], "found", "listed by the Wayback Machine")
        if wish.mode == "lookup":
            reason = "no capture is listed, and the page can no longer be saved"
            return await self._move(
                wish, "absent", reason=reason if not captures else "only captures of errors are listed"
            )
        return await self._submit(client, spn, wish)

    def _closed(self) -> set[str]:
        return {name for name, at in self.not_before.items() if at > clock.timestamp()}

    async def _look_up(self, client: Client, wish: Wanted) -> list[Capture] | None:
        """Return what is listed of a wish's URL, kept as mementos; None where the answer was none: the wish waits."""
        self.summary.lookups += 1
        try:
            found = await look_up(client, wish.url)
            captures = found.captures + (await self._around_citation(client, wish, found)).captures
        except WaybackBlockedError as error:
            await self._note(wish, "blocked", reason=str(error))
            await self._defer(wish, BLOCKED_WAIT, str(error))
            return None
        except WaybackError as error:
            await self._note(
                wish, "throttled" if isinstance(error, WaybackThrottledError) else "failed", reason=str(error)
            )
            self._close("cdx", error)
            return None
        self.failures = 0
        captures.sort(key=lambda capture: capture.at)
        await self.writer.run(lambda c: _keep(c, wish.link_id, captures, found), urgent=True)
        return captures

    async def _around_citation(self, client: Client, wish: Wanted, found: Found) -> Found:
        """Look up the months around the citation where the newest rows do not reach back to it."""
        at = await self.writer.run(ledger.cited_at, wish.link_id, urgent=True)
        if len(found.captures) < ROWS or at is None or at >= found.captures[0].at or not await self._may_ask("cdx"):
            return Found()
        moment = clock.parse(at if "T" in at else f"{at}T00:00:00Z")
        return await look_up(client, wish.url, since=clock.text(moment - WINDOW), until=clock.text(moment + WINDOW))

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

    async def _submit(self, client: Client, spn: SavePageNow | None, wish: Wanted) -> bool:
        if not await self._may_ask("save" if spn is not None else "save_keyless") or not await self._quota(spn):
            return True  # others may still be looked up
        await self._move(wish, "submitting", holder=self.holder)
        if spn is None:
            return await self._submit_keyless(wish)
        try:
            answer = await spn.submit(wish.url, if_not_archived_within=self.terms.max_age)
        except WaybackKeysError as error:
            self.keys = None
            self.not_before["save"] = clock.timestamp() + 86_400
            self.summary.sentence = str(error)
            return await self._defer(wish, 3_600, str(error))
        except WaybackThrottledError as error:
            self._close("save", error)
            return await self._defer(wish, error.retry_after or THROTTLED_WAIT, str(error))
        except WaybackUnreachableError as error:
            self._close("save", error)
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
            self._close("save_keyless", error)
            return await self._defer(wish, error.retry_after or 3_600, str(error))
        except WaybackUnreachableError as error:
            self._close("save_keyless", error)
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

    async def _quota(self, spn: SavePageNow | None) -> bool:
        """Return whether the account has captures left beyond the reserve; asked anew once used up."""
        if spn is None:
            return True
        if self.quota_left is None or self.quota_left <= 0:
            try:
                user = await spn.user()
            except WaybackKeysError as error:
                self.not_before["save"] = clock.timestamp() + 86_400
                self.summary.sentence = str(error)
                return False
            except WaybackError as error:
                self._close("save", error)
                return False
            daily = user.daily_captures_limit
            left = None if daily is None else int(daily * (1 - self.terms.reserve)) - (user.daily_captures or 0)
            free = user.available if user.available is not None else 1
            if free <= 0 or (left is not None and left <= 0):
                wait = 20.0 if free <= 0 else 86_400 - clock.timestamp() % 86_400
                self.not_before["save"] = clock.timestamp() + wait
                return False
            self.quota_left = min(free, left) if left is not None else free
        self.quota_left -= 1
        return True

    async def _refused(self, wish: Wanted, status_ext: str | None, message: str | None, raw: Any) -> bool:
        kind = codes.classify(status_ext, message)
        reason = f"{status_ext or 'no code'}: {message or 'no message'}"
        if kind == codes.PERMANENT or (kind in {codes.TRANSIENT, codes.UNKNOWN} and wish.attempts + 1 >= RETRIES):
            return await self._move(wish, "refused", reason=reason, answer=raw)
        if kind in {codes.QUOTA, codes.PER_URL_DAY}:
            wait = 86_400 - clock.timestamp() % 86_400 + 60
            if kind == codes.QUOTA:
                self.not_before["save"] = clock.timestamp() + wait
        else:
            wait = codes.WAITS[kind] * (2**wish.attempts if kind == codes.TRANSIENT else 1)
        if kind == codes.SESSIONS:
            self.not_before["save"] = clock.timestamp() + wait
        return await self._defer(wish, wait, reason, raw)

    async def _unknown(self, wish: Wanted, reason: str, answer: Any = None, wait: float = UNKNOWN_WAITS[0]) -> bool:
        return await self._move(wish, "unknown", reason=reason, answer=answer, next_attempt_at=clock.after(wait))

    # --- what became of it ---

    async def _poll(self, spn: SavePageNow) -> None:
        wishes = await self.writer.run(ledger.due, SERVICE, "submitted", BATCH, urgent=True)
        jobs = {wish.job_id: wish for wish in wishes if wish.job_id}
        if not jobs or not await self._may_ask("status"):
            return
        try:
            statuses = await spn.statuses(list(jobs))
        except WaybackError as error:
            self._close("status", error)
            return
        self.failures = 0
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
                await self.writer.run(_poll_again, wish.save_id, clock.after(self.poll_wait), urgent=True)
        elif status.state == "error":
            await self._refused(wish, status.status_ext, status.message, status.raw)
        elif status.timestamp is None or status.original_url is None:
            await self._unknown(wish, "a success that names no capture", status.raw, wait=60.0)
        else:
            capture = _capture_of(status)
            if capture is None:
                await self._unknown(wish, "a success with a time that cannot be", status.raw, wait=60.0)
            else:
                await self._found(wish, capture, "saved", "saved by Save Page Now", status.raw)

    async def _resolve_unknown(self, client: Client, wish: Wanted) -> bool:
        """Look up whether a submission of unknown outcome came about; it is never sent again."""
        if not await self._may_ask("cdx"):
            return False
        captures = await self._look_up(client, wish)
        if captures is None:
            return "cdx" not in self._closed()
        since = clock.text(clock.parse(wish.submitted_at) - keyless.CLOCKS_APART) if wish.submitted_at else clock.now()
        made = [capture for capture in captures if capture.at >= since]
        if made:
            return await self._found(wish, made[0], "saved", "the index lists a capture made since it was submitted")
        recent = [c for c in captures if c.at >= clock.after(-self.terms.max_age) and (c.status or 200) < 300]
        if recent:
            return await self._found(wish, recent[-1], "found", "an earlier capture is recent enough")
        asked = await self.writer.run(_times_unknown, wish.save_id, urgent=True)
        if asked > len(UNKNOWN_WAITS):
            return await self._move(wish, "absent", reason="no capture came about")
        return await self._unknown(
            wish, "the index lists no capture yet", wait=UNKNOWN_WAITS[min(asked, len(UNKNOWN_WAITS)) - 1]
        )


def same_page(original: str, url: str) -> bool:
    """Return whether two URLs are one to the Wayback Machine: scheme, www, case, a final slash and the port aside."""
    return _loose(original) == _loose(url)


def _loose(url: str) -> str:
    text = re.sub(r"^https?://(?:www\d*\.)?", "", url.strip().lower())
    return re.sub(r"^([^/?#]+?)(?::(?:80|443))?(?=[/?#]|$)", r"\1", text).partition("#")[0].rstrip("/")


def _capture_of(status: Status) -> Capture | None:
    assert status.timestamp is not None
    assert status.original_url is not None
    try:
        at = clock.from_stamp14(status.timestamp)
    except ValueError:
        return None
    url = f"{SPN_HOST}/web/{status.timestamp}/{status.original_url}"
    return Capture(memento_url=url, at=at, original=status.original_url, status=None, type="", digest="")


def _keep(connection: Any, link_id: int, captures: list[Capture], found: Found) -> None:
    ledger.keep_captures(connection, link_id, SERVICE, captures, "cdx")
    ledger.note_lookup(connection, link_id, SERVICE, found.outcome, rows=len(captures), reason=_malformed(found))
    ledger.choose_as_cited(connection, link_id)


def _malformed(found: Found) -> str | None:
    return f"{found.malformed} rows could not be read" if found.malformed else None


def _poll_again(connection: Any, save_id: int, at: str) -> None:
    connection.execute("UPDATE saves SET next_attempt_at = ? WHERE id = ? AND state = 'submitted'", (at, save_id))


def _times_unknown(connection: Any, save_id: int) -> int:
    row = connection.execute(
        "SELECT count(*) FROM save_events WHERE save_id = ? AND to_state = 'unknown'", (save_id,)
    ).fetchone()
    return int(row[0])
