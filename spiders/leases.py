"""The sites that one process holds: claimed, kept, given back. What a spider asks of the frontier's leases."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from citekeep import clock
from citekeep.exceptions import ArchiveError
from citekeep.pace import Pace, rest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from citekeep.items import DueLink, Lease
    from citekeep.requisites.items import DueRequisite

logger = logging.getLogger(__name__)

GIVEN_BACK_KEPT = 10_000  # sites of which is remembered which lease of them this process gave back
LISTEN = 1.0  # seconds until a site is given back for what others want of it
ROOM = 2.0  # seconds for which whoever asked is left alone with it: he claims it meanwhile
ROOM_MOST = 180.0  # seconds until a run does not wait any more for a site that it gave back so


@dataclass(eq=False)
class HeldLease:
    """A lease while this process holds it: its links still to ask, and until when it may send.

    The deadline is counted from before the call that granted it and moved only by a confirmed extension, by this
    process's own monotonic clock: so it never outlives what the recorder believes. pace: of the site, as it changes.
    ready_at: by the same clock, when the next link may be asked. requests: made of the site on ``day``. requisites: whether
    the site may have requisites to be asked; requisite: the next of them. makes_room: whether it is given back for a link that
    somebody else asks for by name, or for a redirect. rest_ms: the pause between two requests at which it is asked; None:
    nothing was asked yet. guests: requests under way that links of other sites led to. wanted: whether
    somebody waits for the site. rings_at: until when its rest is that the loop will be woken at the end of.
    """

    lease: Lease
    deadline: float
    waiting: deque[DueLink] = field(default_factory=deque)
    asking: DueLink | DueRequisite | None = None
    not_before: str | None = None
    requisites: bool = False
    requisite: DueRequisite | None = None
    pace: Pace = field(default_factory=Pace)
    ready_at: float = 0.0
    requests: int = 0
    day: str = ""
    makes_room: bool = False
    rest_ms: int | None = None
    guests: int = 0
    wanted: bool = False
    rings_at: float = 0.0

    def expired(self) -> bool:
        """Return whether nothing may be sent any more under this lease."""
        return time.monotonic() >= self.deadline

    def done(self) -> bool:
        """Return whether this process has nothing more to do with the site."""
        free = self.asking is None and not self.guests
        return free and (self.expired() or not (self.waiting or self.requisites))

    def rest(self) -> float:
        """Return the seconds until the site may be asked, which another run asked before; not more than 0: now."""
        return self.ready_at - time.monotonic()

    def wants_requisite(self) -> bool:
        """Return whether a requisite could be asked, now or after a rest."""
        free = self.asking is None and self.requisite is None and not self.waiting
        return free and self.requisites and not self.expired()

    def make_room(self) -> None:
        """Ask for nothing more, as somebody else wants the site; not claim it again at once where there would be more."""
        self.wanted = True
        self.makes_room = self.makes_room or bool(self.waiting or self.requisites)
        self.leave()

    def leave(self, until: str | None = None) -> None:
        """Ask for nothing more after what is being asked: it stays due. until: when the site may be claimed again."""
        self.waiting.clear()
        self.requisites, self.requisite = False, None
        self.not_before = until or self.not_before

    def count(self, number: int) -> int:
        """Return the requests made of the site today (UTC), with so many more."""
        today = clock.now()[:10]
        self.requests = number + (self.requests if self.day == today else 0)
        self.day = today
        return self.requests

    def take_next(self, link_id: int) -> bool:
        """Return whether a link is being asked under this lease, or will be as the next of its links."""
        if getattr(self.asking, "link_id", None) == link_id:
            return True
        link = next((link for link in self.waiting if link.link_id == link_id), None)
        if link is not None:
            self.waiting.remove(link)
            self.waiting.appendleft(link)
        return link is not None


class Leases:
    """frontier: the port (citekeep/frontier.py). seconds: of a lease without a heartbeat. most: sites held at once. wake:
    called when a site is to be given back.
    """

    def __init__(self, frontier: Any, *, seconds: float, most: int, wake: Callable[[], None] = lambda: None) -> None:
        self.frontier = frontier
        self.wake = wake
        self.seconds = seconds
        self.most = most
        self.held: dict[int, HeldLease] = {}
        self.given_back: OrderedDict[int, int] = OrderedDict()
        self.heeds_from = ""
        """What was asked for until then, others or this run itself asked for before its work began."""
        self.heeded: dict[int, str] = {}
        self.room: dict[int, tuple[str, float, float]] = {}
        """Sites given back for what somebody asks for by name: their names, until when they are left to him, and waited for."""

    def __iter__(self) -> Iterator[HeldLease]:
        return iter(list(self.held.values()))

    def of(self, site: str) -> HeldLease | None:
        """Return the lease on a site that this process holds, None where it holds none."""
        return next((held for held in self.held.values() if held.lease.site == site and not held.expired()), None)

    def ring(self, held: HeldLease) -> None:
        """Have ``wake`` called once a site has rested."""
        if held.rings_at != held.ready_at:
            held.rings_at = held.ready_at
            asyncio.get_running_loop().call_later(max(0.0, held.rest()), self.wake)

    async def claim(self, without: Sequence[str] = ()) -> None:
        """Claim as many sites as there is room for, others than these."""
        free = self.most - len(self.held)
        if free <= 0:
            return
        left = await self._left_to_others()
        asked = time.monotonic()
        for lease in await self.frontier.claim(free, [*without, *(self.room[site_id][0] for site_id in left)]):
            held = HeldLease(lease, asked + lease.seconds, deque(lease.links), requisites=lease.requisites)
            held.pace = Pace.of(lease.pace)
            held.requests, held.day = lease.pace.get("requests") or 0, clock.now()[:10]
            if self.given_back.get(lease.site_id) != lease.epoch - 1:  # it was another's meanwhile
                held.ready_at = time.monotonic() + rest_of(
                    lease.pace.get("asked_at"), lease.delay_ms, lease.pace.get("rest_ms")
                )
            self.held[lease.site_id] = held
        self.room = {site_id: self.room[site_id] for site_id in left}

    async def _left_to_others(self) -> set[int]:
        """Return the sites that were given back for somebody who has them, or has not had the time to claim them."""
        now = time.monotonic()
        waited_for = [site_id for site_id, (_, _, until) in self.room.items() if until > now]
        if not waited_for:
            return set()
        taken = await self.frontier.held_elsewhere(waited_for)
        return {site_id for site_id in waited_for if self.room[site_id][1] > now or site_id in taken}

    def leave_waiting(self) -> None:
        """Ask for nothing more of what is held: it stays due."""
        for held in self:
            held.leave()

    async def release_done(self) -> None:
        """Give back the sites with which this process has nothing more to do."""
        done = [held for held in self if held.done()]
        for held in done:
            del self.held[held.lease.site_id]
            self.given_back[held.lease.site_id] = held.lease.epoch
            self.given_back.move_to_end(held.lease.site_id)
            if held.makes_room:
                now = time.monotonic()
                self.room[held.lease.site_id] = (held.lease.site, now + ROOM, now + ROOM_MOST)
            if len(self.given_back) > GIVEN_BACK_KEPT:
                self.given_back.popitem(last=False)
        await asyncio.gather(*(self.frontier.release(held.lease, held.not_before, held.rest_ms) for held in done))

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
        """Ask next for what a person asks for by name; a site of which this run has not claimed it is given back after its
        current request, and not claimed again until he had it. So is one that another run wants for a redirect, once this run
        asked something there itself.
        """
        if not self.held:
            return
        for site_id, link_id, asked_at in await self.frontier.asked_for():
            held = self.held.get(site_id)
            if held is None:
                continue
            if link_id is None:
                wanted = held.rest_ms is not None
            elif asked_at <= max(self.heeds_from, self.heeded.get(site_id, "")):
                continue
            else:
                self.heeded[site_id] = asked_at
                wanted = not held.take_next(link_id)
            if wanted:
                held.make_room()
                self.wake()
