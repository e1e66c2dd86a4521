"""``scrapy`` with a fault waiting in it: ``python -m benchmarks.faults.victim ARGS...``, the fault in FAULT, a JSON object.

All of production code runs as it is, but for what the object asks for:

turned        seconds by which the clock is turned from the start
jumps         seconds by which each SIGUSR1 turns the clock, one after another
files         how many files may be open
point, when, call, delay, signal   SIGKILL, or that signal, to this process at that point (see points.py): its call number
              ``call``, as many seconds later as ``delay`` says
constants     {"module:NAME": value}: constants that are shorter here, so that no minutes are waited
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

from benchmarks.faults.points import AFTER, BEFORE, TORN

OWN = "citekeep"
"""What may be loaded before Scrapy has chosen its reactor; the rest is changed once it has."""


def strike(number: int = signal.SIGKILL, delay: float = 0.0) -> None:
    """Have a signal come to this process as ``kill`` sends it, now or from a thread."""
    if delay > 0:
        timer = threading.Timer(delay, strike, (number,))
        timer.daemon = True
        timer.start()
        return
    os.kill(os.getpid(), number)


def find(target: str) -> tuple[Any, str]:
    """Return where ``module:a.b`` is held (a module or a class), and its name there."""
    module, _, path = target.partition(":")
    holder: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        holder = getattr(holder, parent)
    return holder, name


def plant(target: str, when: str, call: int, delay: float, number: int) -> None:
    """Have the ``call``-th call of a function send this process a signal."""
    holder, name = find(target)
    real, numbers = getattr(holder, name), count(1)
    known = inspect.signature(real).parameters  # a signal hands over only what its receiver has a name for
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())

    def fitting(named: dict[str, Any]) -> dict[str, Any]:
        return named if takes_all else {key: value for key, value in named.items() if key in known}

    def meets(moment: str, nth: int) -> None:
        if nth == call and moment == when:
            strike(number, delay)

    @functools.wraps(real)
    def called(*arguments: Any, **named: Any) -> Any:
        nth = next(numbers)
        if nth == call and when == TORN:
            tear(arguments[0])
        meets(BEFORE, nth)
        result = real(*arguments, **fitting(named))
        meets(AFTER, nth)
        return result

    @functools.wraps(real)
    async def awaited(*arguments: Any, **named: Any) -> Any:
        nth = next(numbers)
        meets(BEFORE, nth)
        result = await real(*arguments, **fitting(named))
        meets(AFTER, nth)
        return result

    setattr(holder, name, awaited if inspect.iscoroutinefunction(real) else called)


def tear(file: Any) -> None:
    """Write half of what an OpenFile has to write, then die."""
    data = b"".join(file.unflushed)
    os.write(file.stream.fileno(), data[: len(data) // 2])
    strike()


def turn_at_signals(jumps: list[float]) -> None:
    from citekeep import clock  # noqa: PLC0415

    waiting = iter(jumps)
    signal.signal(signal.SIGUSR1, lambda *_: clock.turn(next(waiting, 0.0)))


def once_scrapy_is_there(change: Callable[[], None]) -> None:
    """Call ``change`` when the first component is built: what imports a reactor may be imported then."""
    from citekeep import workers  # noqa: PLC0415

    real = workers.Workers.__init__

    def built(self: Any, *arguments: Any, **named: Any) -> None:
        workers.Workers.__init__ = real  # type: ignore[method-assign]
        change()
        real(self, *arguments, **named)

    workers.Workers.__init__ = built  # type: ignore[method-assign]


def prepare(fault: dict[str, Any]) -> None:
    """Put the fault in place."""
    from citekeep import clock  # noqa: PLC0415

    clock.turn(fault.get("turned", 0.0))
    turn_at_signals(fault.get("jumps", []))
    if "files" in fault:
        resource.setrlimit(resource.RLIMIT_NOFILE, (fault["files"], fault["files"]))
    for target, value in fault.get("constants", {}).items():
        holder, name = find(target)
        assert hasattr(holder, name), target
        setattr(holder, name, value)
    if "point" in fault:
        put = functools.partial(
            plant, fault["point"], fault["when"], fault["call"], fault["delay"], fault.get("signal", signal.SIGKILL)
        )
        if fault["point"].startswith(OWN):
            put()
        else:
            once_scrapy_is_there(put)


if __name__ == "__main__":
    prepare(json.loads(os.environ["FAULT"]))
    from scrapy.cmdline import execute

    execute(["scrapy", *sys.argv[1:]])
