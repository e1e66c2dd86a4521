"""The sites that one process holds: claimed, kept, given back. What a spider asks of the frontier's leases."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from citekeep.exceptions import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citekeep.items import DueLink, Lease
    from citekeep.requisites.items import DueRequisite

logger = logging.getLogger(__name__)

LISTEN = 1.0  # seconds until a site is given back for a link that somebody asks for by name


@dataclass(eq=False)
class HeldLease:
    """A lease while this process holds it: its links still to ask, and until when it may send.

    The deadline is counted from before the call that granted it and moved only by a confirmed extension, by this
    process's own monotonic clock: so it never outlives what the recorder believes. requisites: whether the site may have
    requisites to be asked; requisite: the next of them.
    """

    lease: Lease
    deadline: float
    waiting: deque[DueLink] = field(default_factory=deque)
    asking: DueLink | DueRequisite | None = None
    not_before: str | None = None
    requisites: bool = False
    requisite: DueRequisite | None = None

    def expired(self) -> bool:
        """Return whether nothing may be sent any more under this lease."""
        return time.monotonic() >= self.deadline

    def done(self) -> bool:
        """Return whether this process has nothing more to do with the site."""
        return self.asking is None and (self.expired() or not (self.waiting or self.requisites))

    def wants_requisite(self) -> bool:
        """Return whether a requisite could be asked now."""
        free = self.asking is None and self.requisite is None and not self.waiting
        return free and self.requisites and not self.expired()

    def leave(self) -> None:
        """Ask for nothing more after what is being asked: it stays due."""
        self.waiting.clear()
        self.requisites, self.requisite = False, None

    def has(self, link_id: int) -> bool:
        """Return whether a link is being asked or will be under this lease."""
        return any(getattr(link, "link_id", None) == link_id for link in (self.asking, *self.waiting))


class Leases:
    """frontier: the port (citekeep/frontier.py). seconds: of a lease without a heartbeat. most: sites held at once."""

    def __init__(self, frontier: Any, *, seconds: float, most: int) -> None:
        self.frontier = frontier
        self.seconds = seconds
        self.most = most
        self.held: dict[int, HeldLease] = {}

    def __iter__(self) -> Iterator[HeldLease]:
        return iter(list(self.held.values()))

    async def claim(self) -> None:
        """Claim as many sites as there is room for."""
        free = self.most - len(self.held)
        if free <= 0:
            return
        asked = time.monotonic()
        for lease in await self.frontier.claim(free):
            self.held[lease.site_id] = HeldLease(
                lease, asked + lease.seconds, deque(lease.links), requisites=lease.requisites
            )

    def leave_waiting(self) -> None:
        """Ask for nothing more of what is held: it stays due."""
        for held in self:
            held.leave()

    async def release_done(self) -> None:
        """Give back the sites with which this process has nothing more to do."""
        done = [held for held in self if held.done()]
        for held in done:
            del self.held[held.lease.site_id]
        await asyncio.gather(*(self.frontier.release(held.lease, held.not_before) for held in done))

    async def keep(self) -> None:
        """Extend what is held, again and again, and make room for what is asked for by name; never returns."""
        extended = time.monotonic()
        while True:
            await asyncio.sleep(min(LISTEN, self.seconds / 3))
            try:
                if time.monotonic() - extended >= self.seconds / 3:
                    extended = time.monotonic()
                    await self.extend()
                await self.make_room()
            except ArchiveError as error:  # not confirmed: the deadlines stay, and behind them nothing is sent
                logger.warning("The leases could not be extended: %s", error)

    async def extend(self) -> None:
        """Extend what is held; what is another's by now may not be asked any more."""
        asked = time.monotonic()
        wanted = [(site_id, held.lease.epoch) for site_id, held in self.held.items()]
        still = set(await self.frontier.extend(wanted)) if wanted else set()
        for site_id, epoch in wanted:
            held = self.held.get(site_id)
            if held is not None and held.lease.epoch == epoch:
                held.deadline = asked + held.lease.seconds if (site_id, epoch) in still else asked

    async def make_room(self) -> None:
        """Give a site back after its current request where a person asks for a link of it: that one goes first."""
        if not any(held.waiting or held.requisites for held in self):
            return
        for site_id, link_id in await self.frontier.asked_for():
            held = self.held.get(site_id)
            if held is not None and not held.has(link_id):
                held.leave()
