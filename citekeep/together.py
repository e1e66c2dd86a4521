"""Small jobs done several to a task, as many tasks at once as keep those busy who do them.

What waits while all are busy goes together: so nobody waits for company, and the cost of handing a task over, which is that
of a small page, is shared.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import Any, Generic, TypeVar

J = TypeVar("J")

MOST = 8
"""Jobs of one task: they are done one after another, and share its time limit."""


class SharedFailureError(Exception):
    """A task of several jobs failed: one of them is to blame, and nobody knows which."""


class Together(Generic[J]):
    """do: returns the answers to a task's jobs, in order; what it raises, all of them raise. tasks: at once."""

    def __init__(self, do: Callable[[Sequence[J]], Awaitable[Sequence[Any]]], *, tasks: int) -> None:
        self._do = do
        self._tasks = tasks
        self._waiting: deque[tuple[J, asyncio.Future[Any]]] = deque()
        self._running: dict[asyncio.Task[None], list[tuple[J, asyncio.Future[Any]]]] = {}

    async def ask(self, job: J) -> Any:
        """Return the answer to a job. Raises SharedFailureError where its task failed and had others."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((job, future))
        self._start()
        return await future

    def close(self) -> None:
        """Cancel whoever waits."""
        shares, waiting = list(self._running.values()), list(self._waiting)
        self._waiting.clear()
        for task in self._running:
            task.cancel()
        for _, future in (*waiting, *(one for share in shares for one in share)):
            future.cancel()

    def _start(self) -> None:
        while self._waiting and len(self._running) < self._tasks:
            number = min(MOST, ceil(len(self._waiting) / self._tasks))
            share = [self._waiting.popleft() for _ in range(number)]
            task = asyncio.ensure_future(self._run(share))
            self._running[task] = share
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._start()

    async def _run(self, share: list[tuple[J, asyncio.Future[Any]]]) -> None:
        wanted = [(job, future) for job, future in share if not future.done()]  # others were given up meanwhile
        if not wanted:
            return
        try:
            answers = await self._do([job for job, _ in wanted])
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            for _, future in wanted:
                if not future.done():
                    future.set_exception(error if len(wanted) == 1 else SharedFailureError(str(error)))
        else:
            for (_, future), answer in zip(wanted, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
