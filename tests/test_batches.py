"""One thread, many jobs: batches, urgency, answers to loops and to none, the end."""

import asyncio
import threading
from concurrent.futures import CancelledError

import pytest

from citekeep.batches import BatchThread, Job, answer


class Numbered(Job):
    def __init__(self, number: int, *, loop=None, **terms) -> None:
        super().__init__(loop, **terms)
        self.number = number


class Doubling:
    """Answers each job with twice its number; keeps the batches that it was given."""

    def __init__(self, *, seconds: float = 0.0, most: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.ended = threading.Event()
        self.thread: BatchThread[Numbered] = BatchThread(
            "doubling", self.work, ended=self.ended.set, seconds=lambda: seconds, most=most
        )

    def work(self, batch: list[Numbered]) -> None:
        jobs = [job for job in batch if job.begin()]
        self.batches.append([job.number for job in jobs])
        answer((job, job.number * 2 if job.number >= 0 else ValueError(str(job.number))) for job in jobs)

    def put(self, *jobs: Numbered) -> None:
        assert all(self.thread.put(job) for job in jobs)


def test_jobs_queued_together_are_one_batch():
    doubling, jobs = Doubling(), [Numbered(n) for n in range(5)]
    doubling.put(*jobs)
    doubling.thread.start()
    assert [job.future.result(10) for job in jobs] == [0, 2, 4, 6, 8]
    doubling.thread.close()
    assert doubling.batches == [[0, 1, 2, 3, 4]]
    assert doubling.ended.is_set()


def test_an_urgent_job_ends_the_wait_for_others():
    doubling = Doubling(seconds=600)
    doubling.thread.start()
    early, urgent = Numbered(1), Numbered(2, urgent=True)
    doubling.put(early, urgent)
    assert (early.future.result(10), urgent.future.result(10)) == (2, 4)
    doubling.thread.close()


def test_so_does_a_full_batch_and_what_does_not_fit_is_the_next():
    doubling = Doubling(seconds=600, most=4)
    jobs = [Numbered(n, size=2) for n in range(5)]
    doubling.put(*jobs)
    doubling.thread.start()
    assert [job.future.result(10) for job in jobs] == [0, 2, 4, 6, 8]
    doubling.thread.close()
    assert doubling.batches == [[0, 1], [2, 3], [4]]


def test_the_end_does_what_is_queued_and_takes_no_more():
    doubling = Doubling(seconds=600)
    doubling.thread.start()
    job = Numbered(3)
    doubling.put(job)
    doubling.thread.close()
    doubling.thread.close()
    assert job.future.result(0) == 6
    assert not doubling.thread.put(Numbered(4))


async def test_answers_of_several_loops_and_of_none():
    doubling = Doubling()
    loop = asyncio.get_running_loop()
    here, bad, nowhere = Numbered(1, loop=loop), Numbered(-1, loop=loop), Numbered(2)
    elsewhere: list[int] = []

    async def other() -> None:
        job = Numbered(5, loop=asyncio.get_running_loop())
        doubling.put(job)
        elsewhere.append(await job.future)

    doubling.put(here, bad, nowhere)
    doubling.thread.start()
    await asyncio.to_thread(asyncio.run, other())
    assert await here.future == 2
    with pytest.raises(ValueError, match="-1"):
        await bad.future
    assert nowhere.future.result(10) == 4
    assert elsewhere == [10]
    await doubling.thread.aclose()


async def test_a_job_that_is_given_up_before_it_begins_is_not_done():
    doubling = Doubling()
    waited, alone = Numbered(1, loop=asyncio.get_running_loop()), Numbered(2)
    doubling.put(waited, alone)
    waited.future.cancel()
    alone.future.cancel()
    doubling.thread.start()
    await doubling.thread.aclose()
    assert doubling.batches == [[]]
    with pytest.raises(CancelledError):
        alone.future.result(0)


def test_a_loop_that_is_closed_is_not_told():
    doubling = Doubling()
    loop = asyncio.new_event_loop()
    job, other = Numbered(1, loop=loop), Numbered(2)
    loop.close()
    doubling.put(job, other)
    doubling.thread.start()
    assert other.future.result(10) == 4
    doubling.thread.close()
