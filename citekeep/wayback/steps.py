"""What is done about a wish whose time has come, by its state. Each ends in a transition of the ledger."""

from __future__ import annotations

from citekeep import clock
from citekeep.database import Writer
from citekeep.exceptions import WaybackError
from citekeep.wayback import ledger, memento_rows
from citekeep.wayback.client import Client
from citekeep.wayback.finder import Finder
from citekeep.wayback.ledger import Wanted
from citekeep.wayback.limits import Limits
from citekeep.wayback.lookup import Capture
from citekeep.wayback.moves import Moves
from citekeep.wayback.outcomes import made_of, made_since, newest_since, poll_again, times_looked_up
from citekeep.wayback.spn import BATCH, SavePageNow, Status, delay_told
from citekeep.wayback.submitter import Submitter
from citekeep.wayback.terms import (
    JOB_LIFE,
    POLL_FIRST,
    POLL_LONGEST,
    SERVICE,
    SOON,
    UNKNOWN_WAITS,
    Summary,
    Terms,
)


class Steps:
    """Each step returns whether the next wish of its kind may be worked on now."""

    def __init__(
        self, writer: Writer, client: Client, spn: SavePageNow | None, *, terms: Terms, holder: str, summary: Summary
    ) -> None:
        self.writer = writer
        self.spn = spn
        self.terms = terms
        self.limits = Limits(writer, SERVICE, reserve=terms.reserve)
        self.moves = Moves(writer, summary)
        self.finder = Finder(writer, client, self.limits, self.moves)
        self.submitter = Submitter(spn, self.limits, self.moves, terms=terms, holder=holder)
        self.poll_wait = POLL_FIRST

    async def want_again(self, wish: Wanted) -> bool:
        """Want a wish again whose time has come."""
        await self.moves.to(wish, "wanted", reason="its time has come")
        return True

    async def look_up(self, wish: Wanted) -> bool:
        """Look a wish up, then say that it is found or absent; else it is to be submitted."""
        captures = await self.finder.known(wish)
        if captures is None:
            return self.may_look_up()
        good = await self._good(wish, captures)
        if good is not None:
            await self.moves.keep(wish, good, "found", "listed by the Wayback Machine")
        elif wish.mode == "lookup":
            told = (
                "no capture that is listed shows a page, or one that was not found bad"
                if captures
                else "no capture is listed"
            )
            _, reserved, kept = wish.why.partition("not saved: ")
            why_not = kept if reserved else "the page does not answer so that it could be saved"
            await self.moves.to(wish, "absent", reason=f"{told}, and {why_not}")
        return True

    def may_look_up(self) -> bool:
        """Return whether nothing is known that forbids a question to the index now."""
        return "cdx" not in self.limits.closed()

    def may_submit(self) -> bool:
        """Return whether nothing is known that forbids a submission now."""
        return self.limits.save_endpoint(self.spn) not in self.limits.closed()

    async def submit(self, wish: Wanted) -> bool:
        """Submit a wish that was looked up, however long ago: the service is told from what age on it is to save again."""
        captures = await self.finder.known(wish, since="")
        if captures is None:
            return self.may_look_up()
        good = await self._good(wish, captures)
        if good is not None:
            await self.moves.keep(wish, good, "found", "listed by the Wayback Machine")
            return True
        submitted = await self.submitter.submit(wish)
        if submitted:
            self.poll_wait = POLL_FIRST
        return submitted

    async def _good(self, wish: Wanted, captures: list[Capture]) -> Capture | None:
        """Return the listed capture that fulfils a wish, or None."""
        if wish.mode == "lookup":
            return await self.writer.run(memento_rows.nearest_page, wish.link_id, SERVICE, urgent=True)
        return await self._recent(wish, captures)

    async def resolve_unknown(self, wish: Wanted) -> bool:
        """Look up whether a submission of unknown outcome came about; it is never sent again."""
        captures = await self.finder.ask(wish)
        if captures is None:
            return self.may_look_up()
        made = made_since(captures, wish.submitted_at)
        recent = await self._recent(wish, captures)
        if made is not None:
            told = "the index lists a capture made since it was submitted"
            await self.moves.keep(wish, made, "saved", told)
            return True
        if recent is not None:
            await self.moves.keep(wish, recent, "found", "an earlier capture is recent enough")
            return True
        asked = await self.writer.run(times_looked_up, wish.link_id, SERVICE, wish.submitted_at, urgent=True)
        if asked > len(UNKNOWN_WAITS):
            await self.moves.to(wish, "absent", reason="no capture came about")
        else:
            told = "the index lists no capture made since"
            await self.moves.unknown(wish, told, seconds=UNKNOWN_WAITS[max(0, asked - 1)])
        return True

    async def _recent(self, wish: Wanted, captures: list[Capture]) -> Capture | None:
        """Return a capture that makes another one needless for now; of a link that redirects, that of the redirect.

        One that was read back and found bad does not.
        """
        bad = await self.writer.run(memento_rows.known_bad, wish.link_id, SERVICE, urgent=True)
        return newest_since([c for c in captures if c.memento_url not in bad], clock.after(-self.terms.max_age))

    async def poll(self) -> None:
        """Ask what became of the jobs whose time has come, in one question."""
        wishes = await self.writer.run(ledger.due, SERVICE, "submitted", BATCH, urgent=True)
        jobs: dict[str, list[Wanted]] = {}
        for wish in wishes:  # links that differ for us only are one job to the service
            jobs.setdefault(wish.job_id or "", []).append(wish)
        if not jobs:
            return
        told: dict[str, Status] = {}
        if self.spn is not None:
            if not await self.limits.may_ask("status"):
                return
            try:
                told = {status.job_id: status for status in await self.spn.statuses(list(jobs))}
            except WaybackError as error:
                self.limits.failed("status", error)
                return
            self.limits.answered("status")
        self.poll_wait = min(self.poll_wait * 1.5, POLL_LONGEST)
        for job_id, those in jobs.items():
            status = await self._original(told.get(job_id))
            for wish in those:
                await self._conclude(wish, status)

    async def _original(self, status: Status | None) -> Status | None:
        """Return the status of the job that made the capture, where an earlier one did: its time is the right one."""
        if status is None or status.original_job_id in {None, status.job_id} or self.spn is None:
            return status
        try:
            assert status.original_job_id is not None
            original = await self.spn.status(status.original_job_id)
        except WaybackError:
            return status
        return original if original.state == "success" and original.timestamp is not None else status

    async def _conclude(self, wish: Wanted, status: Status | None) -> None:
        if status is None or status.state == "pending":
            age = clock.timestamp() - clock.parse(wish.submitted_at or clock.now()) - delay_told(wish.reason)
            if self.spn is None:
                await self.moves.unknown(wish, "submitted with keys that are not there now", seconds=SOON)
            elif age > JOB_LIFE:
                told = "pending for more than an hour: the service forgot the job"
                await self.moves.unknown(wish, told, seconds=0.0)
            else:
                await self.writer.run(poll_again, wish.save_id, clock.after(self.poll_wait), urgent=True)
            return
        if status.state == "error":
            await self.submitter.refused(wish, status.status_ext, status.message, status.raw)
            return
        state, capture, reason = made_of(status, wish.url, wish.submitted_at)
        if capture is None:
            await self.moves.unknown(wish, reason, status.raw, seconds=SOON)
        else:
            await self.moves.keep(wish, capture, state, reason, status.raw)
