"""An event loop whose waiting costs no time: a day of waiting passes in minutes, with real sockets and real threads.

Work takes as long as this process is at it, whatever else the machine does. Where every task waits, nothing comes over a
socket and ``busy`` says no, the time of the loop is put forward to the next thing it has to do.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable

LOOK = 0.001  # real seconds between two looks at whether a thread is still at work


class _Selector(selectors.DefaultSelector):
    def __init__(self, busy: Callable[[], bool]) -> None:
        super().__init__()
        self.busy = busy
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return list(super().select(timeout))
        # All ends of all sockets are on this machine: what was sent has arrived.
        ready = list(super().select(0))
        while not ready and self.busy():
            ready = list(super().select(LOOK))
        if not ready:
            self.skipped += timeout
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """busy: whether a thread is at work that the loop waits for; set it once the threads are there."""

    def __init__(self) -> None:
        self.selector = _Selector(lambda: False)
        super().__init__(self.selector)

    def time(self) -> float:
        """Return the loop's time: seconds of this process's CPU, and those that were skipped."""
        return time.process_time() + self.selector.skipped
