"""Small jobs that go together: what waits while all are busy, and what becomes of those whose task fails."""

import asyncio

import pytest
from pebble import ProcessExpired

from citekeep.together import MOST, SharedFailureError, Together
from citekeep.verdicts import Observation
from citekeep.workers import SMALL, Workers


class Doing:
    """Does jobs when it is let; keeps which came together."""

    def __init__(self):
        self.together, self.at_once, self.busy = [], 0, 0
        self.let = asyncio.Event()

    async def do(self, jobs):
        self.together.append(list(jobs))
        self.busy += 1
        self.at_once = max(self.at_once, self.busy)
        await self.let.wait()
        self.busy -= 1
        if "bad" in jobs:
            raise ProcessExpired("killed")
        return [job * 10 for job in jobs]


async def test_the_first_go_at_once_and_what_waits_goes_together():
    doing = Doing()
    together = Together(doing.do, tasks=2)
    asked = [asyncio.ensure_future(together.ask(n)) for n in range(30)]
    while len(doing.together) < 2:
        await asyncio.sleep(0)
    doing.let.set()
    assert await asyncio.gather(*asked) == [n * 10 for n in range(30)]
    assert doing.together[:2] == [[0], [1]]
    assert sorted(n for jobs in doing.together for n in jobs) == list(range(30))
    assert doing.at_once == 2
    assert max(map(len, doing.together)) == MOST


async def test_a_failure_is_told_to_all_of_a_task_and_to_one_alone_as_it_is():
    doing = Doing()
    together = Together(doing.do, tasks=1)
    first, bad, good = (asyncio.ensure_future(together.ask(job)) for job in ("bad", "bad", "good"))
    await asyncio.sleep(0)
    doing.let.set()
    told = await asyncio.gather(first, bad, good, return_exceptions=True)
    assert [type(one) for one in told] == [ProcessExpired, SharedFailureError, SharedFailureError]
    assert await together.ask(4) == 40  # and it goes on


async def test_who_waits_is_cancelled_at_the_end():
    doing = Doing()
    together = Together(doing.do, tasks=1)
    asked = [asyncio.ensure_future(together.ask(n)) for n in range(3)]
    await asyncio.sleep(0)
    together.close()
    assert [type(one) for one in await asyncio.gather(*asked, return_exceptions=True)] == [asyncio.CancelledError] * 3


async def test_a_page_that_costs_its_worker_costs_no_other_page():
    """What this one does to a process is too much for it: of a task of several, each is read anew by itself."""
    pool = Workers(count=1, timeout=20.0)
    tasks = []

    async def do(pages):
        tasks.append(len(pages))
        if len(pages) > 1:
            raise ProcessExpired("one of them was too much")
        return await Workers._read_several(pool, pages)

    pool._together = Together(do, tasks=1)
    bodies = [b"<html><body><p>" + b"Nobody counted the trees. " * n for n in (20, 30, 40)]
    assert max(map(len, bodies)) <= SMALL
    seen = Observation(requested_url="https://news.example/trees", status=200, content_type="text/html")
    try:
        readings = await asyncio.gather(*(pool.read(body, seen, {}, wanted={}) for body in bodies))
    finally:
        await pool.close()
    assert tasks == [1, 2]
    assert [reading.extraction.word_count for reading in readings] == [80, 120, 160]


@pytest.mark.parametrize("number", [1, MOST])
async def test_answers_come_to_who_asked(number):
    async def do(jobs):
        return [f"answer to {job}" for job in jobs]

    together = Together(do, tasks=2)
    assert await asyncio.gather(*map(together.ask, range(number))) == [f"answer to {n}" for n in range(number)]
