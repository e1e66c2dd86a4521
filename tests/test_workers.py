"""Worker processes: a page costs only itself."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from pebble import ProcessExpired

from citekeep.verdicts import Observation
from citekeep.workers import Workers

PAGE = b"<html><title>Trees</title><body><article><p>" + b"Nobody counted the trees before they fell. " * 30


def observation():
    return Observation(
        requested_url="https://news.example/trees",
        final_url="https://news.example/trees",
        status=200,
        content_type="text/html",
    )


sys.path.append(str(Path(__file__).parent))  # workers import by name what they are to run
import misbehaving  # noqa: E402


@pytest.fixture
async def workers():
    pool = Workers(count=1, timeout=20.0)
    yield pool
    await pool.close()


async def test_nothing_is_started_before_it_is_needed():
    pool = Workers(count=1)
    assert pool._pool is None
    await pool.close()


async def test_a_worker_goes_behind_the_event_loop_and_leaves_ctrl_c_to_it(workers):
    pid, nice, ignores = await workers.run(misbehaving.where)
    assert pid != os.getpid()
    assert nice >= os.nice(0) + 5
    assert ignores


@pytest.mark.parametrize("stuck", [misbehaving.hang, misbehaving.hang_in_c])
async def test_what_hangs_is_killed_and_the_next_is_served(workers, stuck):
    await workers.run(misbehaving.where)  # the pool is up: what is timed below is the task alone
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        await workers.run(stuck, timeout=0.3)
    assert time.monotonic() - begun < 10
    reading = await workers.read(PAGE, observation(), {}, wanted={})
    assert reading.extraction.outcome == "ok"


async def test_a_worker_that_dies_costs_its_task_alone(workers):
    with pytest.raises(ProcessExpired):
        await workers.run(misbehaving.die)
    assert (await workers.run(misbehaving.where))[0] != os.getpid()


async def test_a_worker_killed_while_idle_costs_nothing(workers):
    pid, _, _ = await workers.run(misbehaving.where)
    pool = workers._pool
    os.kill(pid, signal.SIGKILL)
    while pool.active:  # until the pool has seen it, and broken
        await asyncio.sleep(0.01)
    assert (await workers.run(misbehaving.where))[0] != pid
    reading = await workers.read(PAGE, observation(), {}, wanted={})
    assert reading.extraction.outcome == "ok"


async def test_a_pool_that_breaks_under_a_task_is_started_anew_and_the_task_done(workers):
    pid, _, _ = await workers.run(misbehaving.where)
    os.kill(pid, signal.SIGKILL)
    assert (await workers.run(misbehaving.where))[0] != pid


async def test_nothing_runs_after_closing(workers):
    await workers.close()
    with pytest.raises(RuntimeError, match="closed"):
        await workers.run(misbehaving.where)


async def test_what_a_function_raises_is_raised_here(workers):
    with pytest.raises(ValueError, match="as it was"):
        await workers.run(misbehaving.fail, "as it was")


async def test_a_page_that_costs_its_worker_says_so(workers, monkeypatch):
    monkeypatch.setattr("citekeep.workers._read", misbehaving.die_instead)
    reading = await workers.read(PAGE, observation(), {}, wanted={})
    assert (reading.extraction.outcome, reading.verdict) == ("crashed", None)
    assert reading.extraction.error_text
    monkeypatch.setattr("citekeep.workers._read", misbehaving.hang_instead)
    workers.timeout = 0.3
    reading = await workers.read(PAGE, observation(), {}, wanted={})
    assert (reading.extraction.outcome, reading.verdict) == ("timed_out", None)
    assert "0.3 s" in reading.extraction.error_text


async def test_memory_is_bounded():
    pool = Workers(count=1, memory_bytes=2**30)
    try:
        assert await pool.run(misbehaving.take_memory, 2**20) == 2**20
        with pytest.raises(MemoryError):
            await pool.run(misbehaving.take_memory, 2**31)
    finally:
        await pool.close()


async def test_closing_waits_for_no_page():
    pool = Workers(count=1, timeout=60.0)
    await pool.run(misbehaving.where)
    task = asyncio.ensure_future(pool.run(misbehaving.hang))
    await asyncio.sleep(0)  # it is scheduled
    begun = time.monotonic()
    await pool.close()
    assert time.monotonic() - begun < 10
    with pytest.raises(asyncio.CancelledError):  # neither done nor failed: it is not recorded, and due again
        await task
