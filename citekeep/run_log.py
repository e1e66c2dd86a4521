"""What each command that crawls does first: a log file of its own, and the event loop of its choice."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from pathlib import Path

from citekeep import clock
from citekeep.exceptions import ArchiveError


def open_log(folder: str | Path, name: str) -> Path:
    """Return the path of a new log file, named by spider, time (UTC) and process; ArchiveError where none can be made."""
    path = Path(folder) / f"{name}-{clock.stamp14(clock.now())}-{os.getpid()}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a").close()
    except OSError as error:
        raise ArchiveError(f"Cannot write to {folder}: {error.strerror}.") from error
    # Where the log's disk is full, Python would print a traceback for each line that is lost.
    logging.raiseExceptions = False
    return path


def quieten(level: str | int) -> None:
    """Have Scrapy make no records of the log below a level (a name, or a number) that nobody keeps: several for each page."""
    logging.getLogger("scrapy").setLevel(level)


def own_loop(name: str | None) -> None:
    """Make the event loop of this class (as ``module.Class``) before Scrapy does.

    Scrapy would make a loop of asyncio's own kind first and leave it to be collected, at the end with a traceback.
    """
    if name:
        module, _, loop = name.rpartition(".")
        asyncio.set_event_loop(getattr(importlib.import_module(module), loop)())
