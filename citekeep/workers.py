"""Worker processes for what would hold the event loop up: extraction, and judging of whole pages.

pebble, because its time limit kills the process that is stuck: a page costs only itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from citekeep.readings import not_read
from citekeep.together import SharedFailureError, Together
from citekeep.wayback.keys import ACCESS, SECRET, kept_from_children

if TYPE_CHECKING:
    from citekeep.readings import Reading
    from citekeep.verdicts import Observation

logger = logging.getLogger(__name__)

T = TypeVar("T")
Page = tuple[bytes, "Observation", Mapping[str, Any], dict[str, Any]]  # what ``read`` takes

PRELOADED = ["citekeep.warm"]
NICE = 5  # the event loop goes first
_PR_SET_PDEATHSIG = 1  # Linux, prctl(2): die with the parent
_TRIES = 2  # of one task, where the pool broke under it
_TASKS_EACH = 2_000  # then a worker is replaced, whatever it leaked
_AHEAD = 2  # tasks of small pages for each worker: one that it does, and one for it to go on with
SMALL = 16_384  # bytes: pages that are no longer are read several to a task


class Workers:
    """A pool of processes, started at first use. Times are seconds, memory is bytes of address space per worker.

    fingerprints: paths of the lists that they judge by, too.
    """

    def __init__(
        self,
        *,
        count: int | None = None,
        timeout: float = 20.0,
        memory_bytes: int = 2 * 2**30,
        fingerprints: Sequence[str] = (),
    ) -> None:
        self.count = count or os.cpu_count() or 1
        self.timeout = timeout
        self.memory_bytes = memory_bytes
        self.fingerprints = tuple(fingerprints)
        self._pool: ProcessPool | None = None
        self._closed = False
        self._begun: Future[None] | None = None
        self._waiting: set[asyncio.Future[Any]] = set()
        self._together: Together[Page] = Together(self._read_several, tasks=_AHEAD * self.count)

    def start(self) -> None:
        """Begin to load what the processes need, beside whatever this one is doing."""
        self._begun = self._started().schedule(_nothing)

    def _started(self) -> ProcessPool:
        if self._closed:
            raise RuntimeError("The workers have been closed.")
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(PRELOADED)
            with kept_from_children():
                forkserver.ensure_running()
            self._pool = ProcessPool(
                max_workers=self.count,
                max_tasks=_TASKS_EACH,
                initializer=_begin_worker,
                initargs=(self.memory_bytes, self.fingerprints),
                context=context,
            )
        return self._pool

    async def run(self, function: Callable[..., T], *arguments: Any, timeout: float | None = None, **named: Any) -> T:  # noqa: ASYNC109 - pebble's, which kills
        """Return what ``function`` returns in a worker.

        Raises TimeoutError where it took longer and its worker was killed, ProcessExpired where its worker died,
        BrokenProcessPool where workers die whatever they do, RuntimeError once closed, and what the function raised.
        """
        for tried in range(1, _TRIES + 1):
            pool = self._started()
            try:
                future = pool.schedule(function, args=arguments, kwargs=named, timeout=timeout or self.timeout)
            except RuntimeError:  # found broken
                await self._replace(pool)
                continue
            try:
                result: T = await self._wait(asyncio.wrap_future(future))
            except FutureTimeoutError as error:
                raise TimeoutError(str(error)) from error
            except BrokenProcessPool:
                await self._replace(pool)
                if tried == _TRIES:
                    raise
            else:
                return result
        raise BrokenProcessPool("The worker processes break as soon as they are started.")

    async def _wait(self, answer: asyncio.Future[T]) -> T:
        self._waiting.add(answer)
        try:
            return await answer
        finally:
            self._waiting.discard(answer)

    async def _replace(self, broken: ProcessPool) -> None:
        """Give up a pool: pebble's breaks for good when a worker dies that has no task (killed for memory, say)."""
        if self._pool is broken:
            self._pool = None
            logger.warning("The worker processes broke and are started anew.")
            broken.stop()
            await asyncio.to_thread(broken.join)

    async def read(self, body: bytes, seen: Observation, history: Mapping[str, Any], **named: Any) -> Reading:
        """Return what reading.read returns; ``timed_out`` or ``crashed`` where the page cost its worker."""
        try:
            if len(body) <= SMALL:
                with contextlib.suppress(SharedFailureError):  # so that a page costs only itself
                    return await self._together.ask((body, seen, history, named))
            return await self.run(_read, body, seen, history, **named)
        except TimeoutError:
            return not_read("timed_out", f"It took longer than {self.timeout:g} s.")
        except (ProcessExpired, BrokenProcessPool) as error:
            return not_read("crashed", f"Its worker died: {error}")
        except Exception as error:
            logger.exception("A page could not be read: %s", seen.requested_url)
            return not_read("crashed", f"{type(error).__name__}: {error}")

    async def parts_of(self, body: bytes, content_type: str | None, url: str, limit: int) -> list[tuple[str, str]]:
        """Return what reading.parts_of returns; raises as ``run`` does."""
        return await self.run(_parts_of, body, content_type, url, limit)

    async def _read_several(self, pages: Sequence[Page]) -> Sequence[Reading]:
        if len(pages) > 1:
            return await self.run(_read_each, pages)
        ((body, seen, history, named),) = pages
        return [await self.run(_read, body, seen, history, **named)]

    async def close(self) -> None:
        """End the workers; what they still do is cancelled, and nothing can be run any more."""
        self._closed = True
        self._together.close()
        for answer in tuple(self._waiting):  # pebble leaves what it had not begun without an answer
            answer.cancel()
        pool, self._pool = self._pool, None
        if pool is not None:
            if self._begun is not None:  # a process that is just starting, and finds nobody, ends with a traceback
                await asyncio.to_thread(wait, [self._begun], self.timeout)
            pool.stop()
            await asyncio.to_thread(pool.join)


def _nothing() -> None:
    """The first task: with it the processes start."""


# What reads pages takes long to load: the workers have it, the process that asks them does not need it.


def _read(*arguments: Any, **named: Any) -> Reading:
    from citekeep.reading import read  # noqa: PLC0415

    return read(*arguments, **named)


def _read_each(pages: Sequence[Page]) -> list[Reading]:
    return [_read(body, seen, history, **named) for body, seen, history, named in pages]


def _parts_of(*arguments: Any) -> list[tuple[str, str]]:
    from citekeep.reading import parts_of  # noqa: PLC0415

    return parts_of(*arguments)


def _begin_worker(memory_bytes: int, lists: Sequence[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    with contextlib.suppress(OSError, AttributeError):  # not on Linux: a killed parent's workers end at their next task
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if memory_bytes and (hard == resource.RLIM_INFINITY or memory_bytes < hard):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, hard))
    for name in (ACCESS, SECRET):  # had the server been started anew, outside of kept_from_children
        os.environ.pop(name, None)
    os.nice(NICE)
    if lists:
        from citekeep.verdicts import fingerprints  # noqa: PLC0415 - heavy

        fingerprints.use(lists)
