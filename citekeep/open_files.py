"""The limit of open files: a link crawl holds hundreds of hosts, and an ordinary desktop allows 1,024 files."""

from __future__ import annotations

import logging

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

from citekeep.exceptions import ArchiveError

logger = logging.getLogger(__name__)

WANTED = 65_536
LEAST = 64  # a run of one site opens some forty: database, WARC, log, workers and their pipes, sockets


def check_limit() -> None:
    """Raise ArchiveError, a sentence for a person, where so few files may be open that no run could come to its end."""
    if resource is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < LEAST:
        raise ArchiveError(
            f"Cannot start: only {hard} files may be open at a time, and {LEAST} are needed (ulimit -n)."
        )


def raise_limit() -> None:
    """Raise the soft limit to the hard one, at most WANTED; where that is refused, a log line says so."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:  # macOS has a lower limit of its own
        logger.warning("The limit of open files stays at %d: %s.", soft, error)
