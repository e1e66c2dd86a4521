"""Whether the ledger keeps up: what is wanted and submitted a day, against what may be submitted at most.

Counted from ``saves`` and ``save_events`` alone, so that it can be said of any archive at any time, asking nobody.
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from citekeep import clock
from citekeep.wayback.budget import MINUTE, RATES, SHARE
from citekeep.wayback.limits import DAY

DAYS = 7.0  # over which a day is averaged; fewer where the ledger is younger, but never less than one
SOME = 0.5  # wishes a day: less than this is no shortfall
NEAR = 0.9  # of the most that may be submitted a day: who submits so much is held back by the limit


@dataclass(frozen=True, kw_only=True)
class Most:
    """The most that may be submitted a day, and what sets it ("the account's quota", "the pace of ...")."""

    per_day: float
    set_by: str


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the ledger did of late. days: that were counted; the first three are of these days, the others of now.

    wanted: wishes for a save. needless: those of them that needed none (found, refused or absent without one). begun:
    wishes submitted for the first time. submitted: submissions, second tries among them. waiting: wishes for a save
    that are not submitted; oldest_wanted_at: since when the first of them waits (UTC), None where none does.
    """

    days: float
    wanted: int
    needless: int
    begun: int
    submitted: int
    waiting: int
    oldest_wanted_at: str | None


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Counts and the most per day, and what follows from both."""

    counts: Counts
    most: Most

    @property
    def needed_per_day(self) -> float:
        """Wishes a day that only a submission can fulfil."""
        return (self.counts.wanted - self.counts.needless) / self.counts.days

    @property
    def begun_per_day(self) -> float:
        """Wishes a day that were submitted for the first time."""
        return self.counts.begun / self.counts.days

    @property
    def never_per_day(self) -> float:
        """Wishes a day that will never be submitted at this rate: more are wanted than submitted. 0.0: none."""
        short = self.needed_per_day - self.begun_per_day
        return short if self.counts.waiting and short >= SOME else 0.0

    @property
    def days_to_empty(self) -> float | None:
        """Days until none waits, at this rate; None: never."""
        if not self.counts.waiting:
            return 0.0
        gain = self.begun_per_day - self.needed_per_day
        return self.counts.waiting / gain if gain > 0 else None

    @property
    def oldest_days(self) -> float | None:
        """Days that the wish which has waited longest has waited; None where none waits."""
        at = self.counts.oldest_wanted_at
        return None if at is None else max(0.0, clock.timestamp() - clock.parse(at)) / DAY

    def sentences(self) -> list[str]:
        """Return what a person wants to know, one thing each."""
        counts, most = self.counts, self.most
        span = "last day" if counts.days <= 1 else f"last {counts.days:.0f} days"
        told = [
            f"In the {span}: {_amount(counts.wanted / counts.days)} wanted and"
            f" {_amount(counts.submitted / counts.days)} submitted a day; at most {_amount(most.per_day)} a day may be"
            f" submitted ({most.set_by})."
        ]
        if not counts.waiting:
            return [*told, "None waits to be submitted."]
        assert self.oldest_days is not None
        told.append(f"{_wait(counts.waiting)} to be submitted, the oldest since {counts.oldest_wanted_at}.")
        told.append(self._outlook())
        return told

    def _outlook(self) -> str:
        counts = self.counts
        if not counts.submitted:
            return "None was submitted in that time: at this rate none ever will be."
        if self.never_per_day:
            held_back = counts.submitted / counts.days >= self.most.per_day * NEAR
            remedy = (
                "The limit is reached: those at least risk are left out. Wish for less, or ask for a larger quota."
                if held_back
                else "The limit leaves room: let the ledger be worked longer or more often."
            )
            return f"At this rate {_amount(self.never_per_day)} of them a day will never be submitted. {remedy}"
        if self.days_to_empty is None:
            return "At this rate as many come as are submitted: those at least risk stay."
        return f"At this rate all are submitted within {_days(self.days_to_empty)}."

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values: numbers, and the sentences."""
        return {
            **asdict(self.counts),
            "most_per_day": round(self.most.per_day, 1),
            "most_set_by": self.most.set_by,
            "oldest_days": _rounded(self.oldest_days),
            "needed_per_day": _rounded(self.needed_per_day),
            "begun_per_day": _rounded(self.begun_per_day),
            "never_per_day": _rounded(self.never_per_day),
            "days_to_empty": _rounded(self.days_to_empty),
            "sentences": self.sentences(),
        }


def most(*, keys: bool, quota: int | None = None, reserve: float = 0.0) -> Most:
    """Return the most that may be submitted a day. quota: the account's, where it told; else the documented one."""
    rate = RATES["save" if keys else "save_keyless"]
    assert rate.per_minute is not None
    assert rate.per_day is not None
    daily = quota if quota is not None else int(rate.per_day)
    by_day = min(daily * (1 - reserve if keys else SHARE), rate.per_day * SHARE)
    by_pace = rate.per_minute * SHARE * DAY / MINUTE
    if by_pace < by_day:
        return Most(per_day=by_pace, set_by=f"{SHARE:.0%} of {rate.per_minute:g} a minute")
    whose = "the account's" if quota is not None else "the documented" if keys else "the anonymous"
    return Most(per_day=by_day, set_by=f"{whose} quota of {daily:,} a day, less a reserve")


_COUNTS = """
SELECT
  (SELECT count(*) FROM saves WHERE service = :service AND mode = 'save' AND wanted_at >= :since),
  (SELECT count(*) FROM saves WHERE service = :service AND mode = 'save' AND wanted_at >= :since AND attempts = 0
     AND state NOT IN ('wanted', 'deferred')),
  (SELECT count(*) FROM save_events AS e JOIN saves AS s ON s.id = e.save_id
     WHERE s.service = :service AND e.to_state = 'submitting' AND e.at >= :since
     AND NOT EXISTS (SELECT 1 FROM save_events AS b WHERE b.save_id = e.save_id AND b.to_state = 'submitting'
       AND b.id < e.id)),
  (SELECT count(*) FROM save_events AS e JOIN saves AS s ON s.id = e.save_id
     WHERE s.service = :service AND e.to_state = 'submitting' AND e.at >= :since)
"""

# A wish that nobody may be told of waits for nothing; nor does one that was submitted, was refused for now and waits.
_WAITING = """
SELECT count(*), min(s.wanted_at) FROM saves AS s JOIN links AS l ON l.id = s.link_id
WHERE s.service = :service AND s.mode = 'save' AND s.state IN ('wanted', 'deferred') AND s.attempts = 0
  AND l.public = 1 AND l.withheld IS NULL
"""


def count(connection: sqlite3.Connection, service: str) -> Counts:
    """Return what the ledger did in the last DAYS, and what waits."""
    (first,) = connection.execute("SELECT min(wanted_at) FROM saves WHERE service = ?", (service,)).fetchone()
    age = 0.0 if first is None else (clock.timestamp() - clock.parse(first)) / DAY
    days = min(DAYS, max(1.0, age))
    told = {"service": service, "since": clock.after(-days * DAY)}
    wanted, needless, begun, submitted = connection.execute(_COUNTS, told).fetchone()
    waiting, oldest = connection.execute(_WAITING, told).fetchone()
    return Counts(
        days=round(days, 2), wanted=wanted, needless=needless, begun=begun, submitted=submitted, waiting=waiting,
        oldest_wanted_at=oldest,
    )  # fmt: skip


def _amount(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def _wait(number: int) -> str:
    return "1 waits" if number == 1 else f"{number:,} wait"


def _days(days: float) -> str:
    return "a day" if days <= 1 else f"{days:,.0f} days"


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2)
