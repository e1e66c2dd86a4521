"""Jobs handed to one thread, which does those that came together as one batch, and their answers.

Waking a thread for each job costs the event loop more than most jobs do: the two then take the interpreter from each
other again and again. So the thread sleeps while a batch gathers, and a batch's answers reach a loop in one call.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar


class Job:
    """One job. loop: the event loop that waits for its answer, or None. future: the answer, of that loop or of none."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None, *, size: int = 1, urgent: bool = False) -> None:
        self.loop = loop
        self.size = size
        self.urgent = urgent
        self.future: Any = Future() if loop is None else loop.create_future()

    def begin(self) -> bool:
        """Return whether its answer is still waited for; asked in the thread, once, before the job is done."""
        if self.loop is None:
            return bool(self.future.set_running_or_notify_cancel())
        return not self.future.cancelled()


J = TypeVar("J", bound=Job)


def answer(answers: Iterable[tuple[Job, Any]]) -> None:
    """Tell the callers of jobs what came of them, in the thread; an exception is raised where it is awaited."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[Any, Any]]] = {}
    for job, result in answers:
        by_loop.setdefault(job.loop, []).append((job.future, result))
    for loop, told in by_loop.items():
        if loop is None:
            _tell(told)
        else:
            with contextlib.suppress(RuntimeError):  # a loop that was closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, told)


def _tell(told: list[tuple[Any, Any]]) -> None:
    for future, result in told:
        if future.done():  # given up meanwhile
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)


class BatchThread(Generic[J]):
    """One thread that is handed jobs from any other.

    work: does one batch, in the thread; it must not raise. ended: called there behind the last. seconds: for how long a
    batch gathers at most, asked for each. most: size of a batch (the sum of its jobs' sizes) that is done at once.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[list[J]], None],
        *,
        ended: Callable[[], None],
        seconds: Callable[[], float],
        most: int,
    ) -> None:
        self._work, self._ended = work, ended
        self._seconds, self._most = seconds, most
        self._jobs: queue.SimpleQueue[J | None] = queue.SimpleQueue()
        self._now = threading.Event()  # do what is queued at once
        self._gate = threading.Lock()  # over what follows, so that nothing is queued behind the end
        self._closed = False
        self._queued = 0  # sum of the sizes of the jobs that are queued
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to do jobs."""
        self._thread.start()

    def put(self, job: J) -> bool:
        """Queue a job; return False where the thread has been closed. Never blocks."""
        with self._gate:
            if self._closed:
                return False
            self._queued += job.size
            self._jobs.put(job)
            full = self._queued >= self._most
        if job.urgent or full:
            self._now.set()
        return True

    def close(self) -> None:
        """Do what is queued and end the thread. Blocks; may be called twice."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._now.set()
        self._thread.join()

    async def aclose(self) -> None:
        """Close without blocking the event loop."""
        await asyncio.to_thread(self.close)

    # --- the thread ---

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch, going_on = self._gather()
            if batch:
                self._work(batch)
        self._ended()

    def _gather(self) -> tuple[list[J], bool]:
        """Return the next batch, and whether there may be another behind it."""
        job = self._jobs.get()
        if job is not None:
            self._now.wait(self._seconds())
            self._now.clear()
        batch: list[J] = []
        size = 0
        while job is not None:
            batch.append(job)
            size += job.size
            if size >= self._most:
                self._now.set()  # what is left may be urgent
                break
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
        with self._gate:
            self._queued -= size
        return batch, job is not None
