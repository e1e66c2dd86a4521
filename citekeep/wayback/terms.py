"""On what terms the ledger is worked, and what a run of it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citekeep.wayback.archives import Archive

SERVICE = "wayback"
"""The Wayback Machine's name in archive.db, where other services may stand beside it."""

POLL_FIRST, POLL_LONGEST = 5.0, 15.0  # seconds between two questions about jobs; one asks about fifty
JOB_LIFE = 3_600.0  # seconds: the service forgets a job's result after about an hour
UNKNOWN_WAITS = (1_800.0, 7_200.0, 21_600.0)  # seconds until an unknown submission is looked up again
SOON = 60.0  # seconds until a capture that was said to exist is looked up
BLOCKED_WAIT = 30 * 86_400.0
UNREADABLE_WAIT = 6 * 3_600.0
LOOKUP_FRESH = 6 * 3_600.0  # seconds that the answer of a look-up is taken for the present one
LOOKUPS_AT_ONCE = 3  # the index takes seconds to answer, sometimes many: one after another they fall behind its limit
WINDOW = 180 * 86_400.0  # seconds around a citation that are looked up where the newest rows do not reach back


@dataclass(frozen=True, kw_only=True)
class Terms:
    """max_age: seconds; a capture younger than that is not saved again.

    reserve: share of the account's daily quota that is left to others. archives: where else snapshots are looked for.
    """

    user_agent: str
    max_age: float = 30 * 86_400.0
    reserve: float = 0.1
    archives: tuple[Archive, ...] = ()


@dataclass
class Summary:
    """What was done: {state: how often it was reached}; lookups, read_back: how many questions of these kinds were
    asked; sentence: what was in the way, for a person. quota: captures a day that the account may ask for, where it told.

    busy: another process works the ledger, so this one did nothing.
    """

    moved: Counter[str] = field(default_factory=Counter)
    lookups: int = 0
    read_back: int = 0
    sentence: str | None = None
    quota: int | None = None
    busy: bool = False

    def done(self) -> int:
        """Return how many transitions, look-ups and readings there were."""
        return self.moved.total() + self.lookups + self.read_back
