"""From one verdict to what holds of a link over time: its standing, its strikes, and when it is due again.

Pure: the caller says what time it is. A link is ``dead`` only after several strikes, days apart; a refusal never
strikes, an outage of our own never does either, and one success clears all strikes. Dead links are asked again, at
growing intervals: many that were dead once work today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citekeep import clock
from citekeep.verdicts.table import BY_NAME

DAY = 86_400.0  # seconds

STANDINGS = ("alive", "doubtful", "dead", "refused", "unreachable_from_here", "not_checked")
"""All that can hold of a link. alive: its last check succeeded. doubtful: it struck, but not often enough, or shows
something else. dead: it struck often enough. refused: we are not let in. unreachable_from_here: only we may be unable
to reach it. not_checked: nothing is known of it."""

UNREACHABLE = frozenset({"timeout", "conn_reset", "no_route", "dns_error", "tls_failed", "bad_answer"})
"""Failures on the way, which say as much about where we stand as about the server: no strike without a witness, who
failed in the same way somewhere else."""

NEXT_BY_VERDICT: dict[str, float | None] = {
    "local": DAY / 24,
    "robots": 30 * DAY,
    "robots_unavailable": DAY,  # RFC 9309 section 2.3.1.4: complete disallow while it lasts
    "paused": DAY,
    "cap": DAY,
    "saved_document": None,
    "address_refused": None,
    "special_use_name": None,
    "looks_secret": None,
    "acts_on_get": None,
    "unsupported_scheme": None,
    "invalid_url": None,
    "rate_limited": DAY,
}
"""Seconds until a link with such a verdict is due again, whatever its history; None: not by itself."""

QUIET_MOST = 4
"""A link that has been quiet for long is checked after so many times CHECK_AFTER_DAYS at most."""
LIVE_SHARE = 10
"""An article is not revisited sooner than after this part of its age, however often it changes."""

_LONGEST = 365 * DAY  # a dead link is asked again at least once a year
_UNREACHABLE_FIRST = DAY
_REFUSED_FIRST = 7 * DAY  # a wall seldom falls within days, and asking often raises it


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How patient the schedule is. Days are days of 86,400 seconds.

    check_after_days: until a link that was alive is due again, at first. article_hours: until an article is revisited, at
    first. strikes_to_die: strikes that make a link dead; twice
    as many where the verdict is only pending (a server error). strike_days: least time between two strikes.
    """

    check_after_days: float = 30
    article_hours: float = 6
    strikes_to_die: int = 3
    strike_days: float = 3

    @classmethod
    def of(cls, settings: Any) -> Rules:
        """Return the rules that settings (with ``getfloat`` and ``getint``, as Scrapy's) name."""
        return cls(
            check_after_days=settings.getfloat("CHECK_AFTER_DAYS"),
            article_hours=settings.getfloat("ARTICLE_AGAIN_HOURS"),
            strikes_to_die=settings.getint("STRIKES_TO_DIE"),
            strike_days=settings.getfloat("STRIKE_DAYS"),
        )


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What holds of a link after a check.

    standing: one of STANDINGS. struck: whether this check added a strike. next_check_at: None: not due by itself.
    """

    standing: str
    strikes: int
    struck: bool
    next_check_at: str | None


def schedule(
    verdict: str,
    history: Mapping[str, Any],
    *,
    now: str,
    rules: Rules | None = None,
    retry_after: float | None = None,
    changed: bool = False,
) -> Schedule:
    """Return what holds of a link whose check at ``now`` gave ``verdict`` (a name of the table of verdicts).

    history: ``standing``, ``strikes`` and ``last_checked_at`` as in items.DueLink; ``last_strike_at`` where known
    (else the last check counts as the last strike); ``witnessed``: whether somebody else failed as our last check did.
    ``quiet_since``: when its text was last seen to change, or first seen; ``article_since``: of an article, when it was
    published or first seen. retry_after: seconds that a server asked us to wait. changed: whether this check saw another
    text than the last.
    """
    rules = rules or Rules()
    row = BY_NAME[verdict]
    before = _History.of(history, clock.parse(now), changed=changed)
    standing, strikes, wait = _conclude(verdict, row.group, strikes_row=row.strikes, before=before, rules=rules)
    if verdict == "rate_limited" and retry_after is not None:
        wait = min(max(retry_after, DAY / 24), 7 * DAY)
    struck = strikes > before.strikes
    due = None if wait is None else clock.text(before.now + wait)
    return Schedule(standing=standing, strikes=strikes, struck=struck, next_check_at=due)


@dataclass(frozen=True)
class _History:
    now: float
    standing: str | None
    strikes: int
    since_check: float
    since_strike: float
    witnessed: bool
    quiet: float
    article_age: float | None

    @classmethod
    def of(cls, history: Mapping[str, Any], now: float, *, changed: bool) -> _History:
        checked = _seconds(history.get("last_checked_at"))
        struck = _seconds(history.get("last_strike_at")) or checked
        quiet, published = _seconds(history.get("quiet_since")), _seconds(history.get("article_since"))
        return cls(
            now=now,
            standing=history.get("standing") or None,
            strikes=max(0, int(history.get("strikes") or 0)),
            since_check=float("inf") if checked is None else max(0.0, now - checked),
            since_strike=float("inf") if struck is None else max(0.0, now - struck),
            witnessed=bool(history.get("witnessed")),
            quiet=0.0 if quiet is None or changed else max(0.0, now - quiet),
            article_age=None if published is None else max(0.0, now - published),
        )


def _seconds(value: Any) -> float | None:
    return clock.parse(value) if value else None


def _conclude(
    verdict: str, group: str, *, strikes_row: bool, before: _History, rules: Rules
) -> tuple[str, int, float | None]:
    """Return standing, strikes and seconds until the next check."""
    if group == "not_checked":
        return before.standing or "not_checked", before.strikes, NEXT_BY_VERDICT[verdict]
    if group == "alive":
        return "alive", 0, _alive_wait(before, rules)
    if group == "changed":
        return "doubtful", before.strikes, rules.check_after_days * DAY
    if strikes_row or (verdict in UNREACHABLE and before.witnessed):
        return _strike(group, before, rules)
    if before.standing == "dead":  # neither proof of life nor of death: it stays what it was
        return "dead", before.strikes, _dead_wait(before.strikes, rules)
    if group == "unknown_access":
        return "refused", before.strikes, _backoff(before, "refused", _REFUSED_FIRST, rules)
    if verdict in UNREACHABLE:
        standing = "doubtful" if before.strikes else "unreachable_from_here"
        return standing, before.strikes, _backoff(before, standing, _UNREACHABLE_FIRST, rules)
    return _cannot_tell(verdict, before, rules)


def _alive_wait(before: _History, rules: Rules) -> float:
    """Return half the time that a link has been quiet, within bounds; of an article that is young or changes, less.

    Until it comes to what any link gets, an article is revisited after as long as it has been quiet, so at doubling
    intervals; one that changes at every visit (a live page) after a tenth of its age.
    """
    base = rules.check_after_days * DAY
    if before.article_age is not None:
        wait = max(before.quiet, before.article_age / LIVE_SHARE, rules.article_hours * DAY / 24)
        if wait < base:
            return wait
    return min(max(before.quiet / 2, base), QUIET_MOST * base)


def _cannot_tell(verdict: str, before: _History, rules: Rules) -> tuple[str, int, float | None]:
    known = before.standing not in {None, "not_checked"}
    first = "refused" if verdict == "rate_limited" else "doubtful"
    wait = NEXT_BY_VERDICT.get(verdict) or rules.strike_days * DAY
    return (str(before.standing) if known else first), before.strikes, wait


def _strike(group: str, before: _History, rules: Rules) -> tuple[str, int, float | None]:
    apart = rules.strike_days * DAY
    counts = before.strikes == 0 or before.since_strike >= apart
    strikes = before.strikes + counts
    if before.standing == "dead" or strikes >= strikes_needed(group, rules):
        return "dead", strikes, _dead_wait(strikes, rules)
    wait = apart if counts else max(0.0, apart - before.since_strike)
    return "doubtful", strikes, wait


def strikes_needed(group: str | None, rules: Rules) -> int:
    """Return how many strikes make a link dead whose last verdict is of a group: twice as many where that cannot tell."""
    return rules.strikes_to_die * (2 if group == "pending" else 1)


def _dead_wait(strikes: int, rules: Rules) -> float:
    doublings = min(max(0, strikes - rules.strikes_to_die), 16)
    return min(rules.check_after_days * DAY * 2**doublings, _LONGEST)


def _backoff(before: _History, standing: str, first: float, rules: Rules) -> float:
    """Return twice the last pause where the link was in the same standing before, else the first one."""
    if before.standing != standing or before.since_check == float("inf"):
        return first
    return min(max(2 * before.since_check, first), max(rules.check_after_days * DAY, first))
