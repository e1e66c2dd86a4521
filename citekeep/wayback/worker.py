"""Works the ledger: resolves old jobs first, then looks up, submits, polls, until nothing is due or it is told to stop.
What can wait is asked when nothing else is due: the history of links at risk, and what other archives have.

One coroutine for ``scrapy snapshots`` and for the extension beside a crawl. Never more than one process at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import uuid4

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import ArchiveError
from citekeep.wayback import ledger, verify
from citekeep.wayback.archives import Archive
from citekeep.wayback.client import Client
from citekeep.wayback.elsewhere import Elsewhere, MementoVerifier
from citekeep.wayback.idle import IdleWork
from citekeep.wayback.keys import Keys
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.limits import Limits
from citekeep.wayback.spn import SavePageNow
from citekeep.wayback.steps import Steps
from citekeep.wayback.terms import LOOKUP_FRESH, LOOKUPS_AT_ONCE, SERVICE, Summary, Terms
from citekeep.wayback.together import together
from citekeep.wayback.verify import Reader, Verifier
from citekeep.wayback.witness import Witness

__all__ = ["SERVICE", "Summary", "Terms", "Worker"]

logger = logging.getLogger(__name__)

LEASE = "ledger:wayback"
LEASE_SECONDS = 300.0
AT_ONCE = 20  # wishes of one kind worked on before the others have their turn
IDLE = 60.0  # seconds: what is due later than that is left to the next run, where a run may end
JOBS_PAUSE = 1.0  # seconds between two looks at the jobs while the index or replay are being asked
LEAST_PAUSE = 0.2
GRACE = 3.0  # seconds that a request which is under way may take once the worker is told to stop


class Worker:
    """Works the ledger of one archive; see ``work``. wake: set by who has new wishes. stop: set by who wants it to end.

    reader: who reads pages in worker processes (citekeep.workers); without one no snapshot is read back.
    holder: under whose name the lease is taken, such as the run's; without one, under a name of its own.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        keys: Keys | None,
        terms: Terms,
        stop: asyncio.Event,
        wake: asyncio.Event | None = None,
        reader: Reader | None = None,
        holder: str = "",
    ) -> None:
        self.writer = writer
        self.reader = reader
        self.keys = keys
        self.terms = terms
        self.stop = stop
        self.wake = wake or asyncio.Event()
        self.holder = holder or uuid4().hex
        self.summary = Summary()
        self._held = False
        self._rests_until = 0.0
        self._at_jobs = asyncio.Lock()
        self._in_hand: set[int] = set()  # wishes that a lane is working on
        self._verifiers: list[Verifier] = []
        self._idle_work: list[IdleWork] = []

    async def work(self, *, until_idle: bool, limit: int | None = None, deadline: float | None = None) -> Summary:
        """Work until ``stop`` is set, ``limit`` transitions were made, or ``deadline`` (clock.timestamp()) is reached.

        until_idle: return once nothing is due within the next minute, instead of waiting for new wishes. A request that
        is under way when ``stop`` is set has GRACE seconds; what it may have begun is unknown then, to be looked up.
        """
        self._held = await self._hold()
        if not self._held:
            self.summary.busy = True
            self.summary.sentence = "Another process is working the ledger."
            return self.summary
        beat = asyncio.ensure_future(self._beat())
        try:
            await self._adopt()
            async with contextlib.AsyncExitStack() as clients:
                client = await clients.enter_async_context(Client(self.terms.user_agent))
                spn = SavePageNow(client, self.keys) if self.keys is not None else None
                steps = Steps(self.writer, client, spn, terms=self.terms, holder=self.holder, summary=self.summary)
                if self.reader is not None:
                    self._verifiers = [Verifier(self.writer, client, steps.limits, self.reader, self.summary)]
                self._idle_work = [Witness(self.writer, steps.finder, steps.limits, max_age=self.terms.max_age)]
                for archive in self.terms.archives:
                    other = Client(self.terms.user_agent, base=archive.base)
                    self._add(archive, await clients.enter_async_context(other))
                await self._until_stopped(self._rounds(steps, until_idle=until_idle, limit=limit, deadline=deadline))
                self.summary.quota = steps.limits.quota
                told = dict.fromkeys(work.limits.sentence for work in self._idle_work)
                self.summary.sentence = " ".join(sentence for sentence in told if sentence) or None
        finally:
            beat.cancel()
            if self._held:
                await self._adopt()
                await self.writer.run(ledger.give_lease, LEASE, self.holder, urgent=True)
        return self.summary

    def _add(self, archive: Archive, client: Client) -> None:
        """Have another archive asked, too: with a client, limits and a pace of its own."""
        limits = Limits(self.writer, archive.name, reserve=0.0)
        self._idle_work.append(
            Elsewhere(self.writer, client, limits, archive, max_age=self.terms.max_age, summary=self.summary)
        )
        if self.reader is not None:
            self._verifiers.append(MementoVerifier(self.writer, client, limits, self.reader, self.summary))

    def has_work(self) -> bool:
        """Return whether there is something to do now or within the next minute."""
        return self._rests_until <= clock.timestamp() + IDLE

    # --- the lease ---

    async def _hold(self) -> bool:
        return await self.writer.run(ledger.take_lease, LEASE, self.holder, LEASE_SECONDS, urgent=True)

    async def _beat(self) -> None:
        """Keep the lease while requests take their time; without it, stop."""
        while self._held:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                self._held = await self._hold()
            except ArchiveError:
                logger.exception("The lease on the ledger could not be kept")
                self._held = False
        self.wake.set()

    async def _adopt(self) -> None:
        """Make what is being submitted by nobody unknown. No other process may be submitting: the lease is ours."""
        await self.writer.run(ledger.adopt, SERVICE, urgent=True)

    async def _until_stopped(self, rounds: Coroutine[Any, Any, None]) -> None:
        task, stopped = asyncio.ensure_future(rounds), asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait({task}, timeout=GRACE)
        finally:
            stopped.cancel()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    # --- the work ---

    async def _rounds(self, steps: Steps, *, until_idle: bool, limit: int | None, deadline: float | None) -> None:
        while not self.stop.is_set():
            self._held = self._held and await self._hold()  # a machine that was asleep may have lost it
            if not self._held:
                return
            self.wake.clear()
            before = self.summary.done()
            await self._round(steps, limit)
            if self._reached(limit) or (deadline is not None and clock.timestamp() >= deadline):
                return
            if self.summary.done() > before or await self._while_idle():
                continue
            pause = await self._pause(steps)
            if until_idle and (pause is None or pause > IDLE):
                return
            if deadline is not None and clock.timestamp() + (pause or 0.0) >= deadline:
                return
            self._rests_until = clock.timestamp() + (math.inf if pause is None else pause)
            await self._sleep(pause)
            self._rests_until = 0.0

    def _reached(self, limit: int | None) -> bool:
        return limit is not None and self.summary.moved.total() >= limit

    async def _round(self, steps: Steps, limit: int | None) -> None:
        """Do what is due, old jobs first. Each kind stops when it is told to, or when its endpoint is at its limit.

        The endpoints are asked at the same time, unless the changes of state are counted: an answer takes seconds.
        """
        if limit is not None:
            await self._jobs(steps, limit)
            await self._lookups(steps, limit)
            await self._verify(limit)
            return
        lanes = together(self._jobs(steps, limit), self._lookups(steps, limit), self._verify(limit))
        asking = asyncio.ensure_future(lanes)
        try:
            while not (await asyncio.wait({asking}, timeout=JOBS_PAUSE))[0]:  # sessions are few: none is left unused
                await self._jobs(steps, limit)
        finally:
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking

    async def _jobs(self, steps: Steps, limit: int | None) -> None:
        async with self._at_jobs:
            await steps.poll()
            await self._each(await self._due("deferred"), steps.want_again, limit)
            if steps.may_submit():
                await self._each(await self._due("wanted", looked_up=True, fresh=LOOKUP_FRESH), steps.submit, limit)

    async def _lookups(self, steps: Steps, limit: int | None) -> None:
        if not steps.may_look_up():  # else every check that is recorded would have all that waits sorted, for nothing
            return
        at_once = LOOKUPS_AT_ONCE if limit is None else 1
        await self._each(await self._due("unknown"), steps.resolve_unknown, limit, at_once)
        wishes = await self._due("wanted", looked_up=False, fresh=LOOKUP_FRESH)
        await self._each(wishes, steps.look_up, limit, at_once)

    async def _due(self, state: str, **among: Any) -> list[Wanted]:
        return await self.writer.run(lambda c: ledger.due(c, SERVICE, state, AT_ONCE, **among), urgent=True)

    async def _verify(self, limit: int | None) -> None:
        for verifier in self._verifiers:
            await self.writer.run(verify.note_identical, verifier.limits.service, urgent=True)
            for one in await verifier.due(AT_ONCE):
                if not self._held or self.stop.is_set() or self._reached(limit):
                    return
                if not await verifier.verify(one):
                    break

    async def _each(
        self, wishes: list[Wanted], step: Callable[[Wanted], Awaitable[bool]], limit: int | None, at_once: int = 1
    ) -> None:
        """Do a step for each wish, so many of them at once, until one says that there is no going on."""
        waiting = iter(wishes)

        async def one_after_another() -> None:
            for wish in waiting:
                if not self._held or self.stop.is_set() or self._reached(limit):
                    return
                if wish.save_id not in self._in_hand and not await self._do(step, wish):
                    return

        await together(*(one_after_another() for _ in range(at_once)))

    async def _do(self, step: Callable[[Wanted], Awaitable[bool]], wish: Wanted) -> bool:
        """Do a step for a wish that no other lane has in hand, unless one has moved it since it was listed."""
        self._in_hand.add(wish.save_id)
        try:
            stands = await self.writer.run(_is_still, wish.save_id, wish.state, urgent=True)
            return await step(wish) if stands else True
        finally:
            self._in_hand.discard(wish.save_id)

    async def _while_idle(self) -> bool:
        """Do a little of the work that can wait; return whether there was any that may be done now."""
        for work in self._idle_work:
            if await work.work_a_little():
                return True
        return False

    async def _pause(self, steps: Steps) -> float | None:
        """Return the seconds until there is something to do; None where there is nothing."""
        waits = [work.wait() for work in self._idle_work]
        waits.append(self._until(await self.writer.run(ledger.next_time, SERVICE, urgent=True), steps.limits, steps))
        waits += [self._until(await one.next_time(), one.limits, steps) for one in self._verifiers]
        return min((max(LEAST_PAUSE, wait) for wait in waits if wait is not None), default=None)

    @staticmethod
    def _until(at: str | None, limits: Limits, steps: Steps) -> float | None:
        """Return the seconds until a time; where it has come, until an endpoint that is closed now opens."""
        if at is None:
            return None
        wait = clock.parse(at) - clock.timestamp()
        if wait <= 0:  # something is due, but an endpoint is closed or the jobs are young
            opens = [until - clock.timestamp() for until in limits.not_before.values()]
            wait = min((opening for opening in opens if opening > 0), default=steps.poll_wait)
        return wait

    async def _sleep(self, pause: float | None) -> None:
        longest = LEASE_SECONDS / 3
        waiters = [asyncio.ensure_future(self.stop.wait()), asyncio.ensure_future(self.wake.wait())]
        try:
            await asyncio.wait(waiters, timeout=min(pause or longest, longest), return_when="FIRST_COMPLETED")
        finally:
            for waiter in waiters:
                waiter.cancel()


_STILL = """
SELECT 1 FROM saves AS s JOIN links AS l ON l.id = s.link_id AND l.public = 1 WHERE s.id = ? AND s.state = ?
"""


def _is_still(connection: sqlite3.Connection, save_id: int, state: str) -> bool:
    return connection.execute(_STILL, (save_id, state)).fetchone() is not None
