"""A redirect to the site of another run: one request at a time for a site holds over all runs."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from scrapy import Request

from citekeep.exceptions import ArchiveError, LeaseLostError
from citekeep.items import Borrowed
from downloadhandlers import turns


class Lease:
    """A lease on the site of the link. left: until when its site was given back for."""

    def __init__(self, *, wanted=False):
        self.lease = SimpleNamespace(site="here.test")
        self.left, self.wanted, self.makes_room = None, wanted, False

    def expired(self):
        return False

    def leave(self, until):
        self.left = until


class Frontier:
    """Gives the answers that a test wants. calls: what was asked of it."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    async def borrow(self, site, seconds):
        self.calls.append((site, seconds))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def give_back(self, borrowed, rest_ms):
        self.calls.append((borrowed.epoch, rest_ms))

    async def pause_of(self, site):
        return None


@pytest.fixture
def rests(monkeypatch):
    """Return the seconds for which sites were to rest; hardly any time passes."""
    rests = []

    async def rest(_, seconds, request):
        rests.append(seconds)

    monkeypatch.setattr(turns, "BORROW_PAUSE", 0.001)
    monkeypatch.setattr(turns, "BORROW_PATIENCE", (0.05, 0.05))
    monkeypatch.setattr(turns, "YIELD_PATIENCE", (0.0, 0.0))
    monkeypatch.setattr(turns.Turns, "_rest", rest)
    return rests


def a_run(frontier, delay=1.5, spider=None):
    slot = SimpleNamespace(delay=delay, lastseen=0.0)
    engine = SimpleNamespace(
        downloader=SimpleNamespace(slots={"there.test": slot}), _slot=SimpleNamespace(closing=None)
    )
    return turns.Turns(
        SimpleNamespace(archive=SimpleNamespace(frontier=frontier), engine=engine, spider=spider, crawling=True), 75.0
    ), slot


async def ask(run, site, lease=None, **meta):
    """Return what was in the way of a request, or None, and the lease of the link that led to it."""
    lease = lease or Lease()
    request = Request(f"https://{site}/", meta={"lease": lease, "download_slot": site, **meta})
    try:
        async with run.of(request):
            return None, lease
    except LeaseLostError as error:
        return str(error), lease


async def test_the_site_of_the_link_itself_is_held_already(rests):
    frontier = Frontier(False)
    run, _ = a_run(frontier)
    assert (await ask(run, "here.test"))[0] is None
    assert (await ask(run, "there.test", control=True))[0] is None
    assert frontier.calls == []


async def test_a_site_that_another_run_holds_is_waited_for(rests):
    frontier = Frontier(False, False, Borrowed(site_id=7, epoch=3))
    run, _ = a_run(frontier)
    told, lease = await ask(run, "there.test")
    assert (told, lease.left) == (None, None)
    assert frontier.calls == [("there.test", 75.0)] * 3 + [(3, 1500)], "given back with the pause that it is asked with"
    assert (await ask(a_run(Frontier(True))[0], "there.test"))[0] is None


async def test_a_site_rests_after_another_run_s_request_and_not_after_one_of_our_own(rests):
    run, _ = a_run(Frontier(*(Borrowed(site_id=7, epoch=epoch, rest=0.7) for epoch in (3, 4, 6))))
    for _ in range(3):
        await ask(run, "there.test")
    assert rests == [0.7, 0.7], "of epoch 5 was another run"


async def test_what_this_run_holds_itself_is_kept_until_the_request_ended(rests):
    host, woken = SimpleNamespace(guests=0, rest=lambda: 0.3), []
    leases = SimpleNamespace(of={"there.test": host}.get, wake=lambda: woken.append(host.guests))
    run, _ = a_run(Frontier(False), spider=SimpleNamespace(leases=leases))
    request = Request("https://there.test/", meta={"lease": Lease(), "download_slot": "there.test"})
    async with run.of(request) as leases:
        assert (host.guests, woken, leases[1:]) == (1, [], [host])
    assert (host.guests, woken, rests) == (0, [0], [0.3])


async def test_what_this_run_claims_while_a_request_waits_for_it_has_a_guest_too(rests):
    host, holds = SimpleNamespace(guests=0, rest=lambda: 0.3), iter([None])
    leases = SimpleNamespace(of=lambda site: next(holds, host), wake=lambda: None)
    run, _ = a_run(Frontier(False, True), spider=SimpleNamespace(leases=leases))
    async with run.of(Request("https://there.test/", meta={"lease": Lease(), "download_slot": "there.test"})):
        assert host.guests == 1
    assert (host.guests, rests) == (0, [0.3])


async def test_of_two_runs_that_wait_for_one_another_one_gives_its_site_back_for_a_moment(rests):
    lease = Lease(wanted=True)
    told, _ = await ask(a_run(Frontier(False))[0], "there.test", lease=lease)
    assert "Another run holds there.test" in told
    assert (lease.left, lease.makes_room) == (None, True)


@pytest.mark.parametrize("spider", [SimpleNamespace(ended=True), SimpleNamespace(until=0.0), None])
async def test_a_run_that_is_to_end_waits_for_nobody(spider):
    run, _ = a_run(Frontier(False), spider=spider)
    run._crawler.crawling = spider is not None
    told, lease = await ask(run, "there.test")
    assert "The run ends" in told
    assert lease.left is None, "the next run may take it at once"
    run, _ = a_run(Frontier(False))
    run._crawler.engine._slot.closing = "a Deferred"
    assert "The run ends" in (await ask(run, "there.test"))[0]


async def test_a_rest_ends_with_the_run():
    run, _ = a_run(Frontier(False))
    run._crawler.engine._slot.closing = "a Deferred"
    with pytest.raises(LeaseLostError):
        await run._rest(60.0, Request("https://there.test/"))


@pytest.mark.parametrize(
    ("answer", "told"), [(False, "Another run holds there.test"), (ArchiveError("It is locked."), "It is locked.")]
)
async def test_what_cannot_be_borrowed_is_not_asked(rests, answer, told):
    came, lease = await ask(a_run(Frontier(answer))[0], "there.test")
    assert told in came
    assert (lease.left is not None) == (answer is False), "its own site is left alone for a while, and stays due"


async def test_a_delay_is_counted_from_when_the_request_left():
    run, slot = a_run(Frontier(True))
    request = Request("https://there.test/", meta={"download_slot": "there.test"})
    before = time.monotonic()
    run.sent(request)
    assert slot.lastseen == 0.0, "it leaves in the next turn of the loop"
    await asyncio.sleep(0.01)
    assert before <= slot.lastseen <= time.monotonic()
    run.sent(Request("https://gone.test/", meta={"download_slot": "gone.test"}))
    await asyncio.sleep(0.01)
