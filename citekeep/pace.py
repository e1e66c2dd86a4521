"""How fast a site may be asked: slower when it asks for less or fails, slowly faster again, not at all where it walls us.

Pure: what came of a check is told in signs, and ``after`` makes of a site's pace and a sign its pace from now on. Who holds
a site's lease and who records its checks follow the same rules, so that the pace goes on over processes and runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from citekeep import clock
from citekeep.exceptions import InputError
from citekeep.items import Check, Exchange
from citekeep.retry_after import seconds_in
from citekeep.urls import site_of

DAY = 86_400.0

ANSWERED, FAILED, ASKED_LESS, WALLED = "answered", "failed", "asked_less", "walled"
"""Signs: a page was let through; a time-out, a lost connection, 502, 503 or 504; 429, or 503 with Retry-After; a bot wall or
403."""

REASONS = {
    "asked_less": "It asked for less (429, or 503 with Retry-After).",
    "walled": "It lets us read nothing: bot walls or 403 on several pages in a row.",
    "cap": "As many requests as are allowed for a day have been made.",
}
"""Why a site is paused (sites.pause_reason), in plain words."""

FIRST_DELAY = 500  # ms: what a pace without a delay of its own slows down to first
FIRST_PAUSE = 3_600.0  # seconds, where a site asks for less without saying for how long; doubled while it goes on
REFUSALS_KEPT = 100
_LOST = frozenset({"timeout", "reset", "closed", "cut_off"})
_OVERLOADED = frozenset({502, 503, 504})
_SHUT = frozenset({"bot_wall", "access_denied"})
_SAYS_NOTHING = frozenset({"rate_limited", "blocked_page", "server_error"})


@dataclass(frozen=True, kw_only=True)
class PaceRules:
    """base_ms: milliseconds between two requests to a site at rest; most_ms: at most, in back-off. recovery: share by which
    each answer shortens the pause again. longest_wait: seconds that a Retry-After is believed. walls: different links walled
    in a row until a site is paused, for wall_days, doubled up to wall_most_days. per_run, per_day: requests; 0: no limit.
    """

    base_ms: int = 1000
    most_ms: int = 60_000
    recovery: float = 0.1
    longest_wait: float = DAY
    walls: int = 3
    wall_days: float = 1
    wall_most_days: float = 32
    per_run: int = 0
    per_day: int = 0

    @classmethod
    def of(cls, settings: Any) -> PaceRules:
        """Return the rules that settings (with ``getfloat`` and ``getint``, as Scrapy's) name."""
        return cls(
            base_ms=round(settings.getfloat("DOWNLOAD_DELAY") * 1000),
            most_ms=round(settings.getfloat("SITE_DELAY_MAX") * 1000),
            recovery=settings.getfloat("SITE_DELAY_RECOVERY"),
            longest_wait=settings.getfloat("RETRY_AFTER_MAX"),
            walls=settings.getint("SITE_WALLS"),
            wall_days=settings.getfloat("SITE_PAUSE_DAYS"),
            wall_most_days=settings.getfloat("SITE_PAUSE_MAX_DAYS"),
            per_run=settings.getint("SITE_REQUESTS_PER_RUN"),
            per_day=settings.getint("SITE_REQUESTS_PER_DAY"),
        )


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The pace of one site: columns of ``sites``. delay_ms: None at rest. refused: links walled since a page was let through.
    walls, pleas: how often it was paused in a row, as it let us read nothing or asked for less. answered: it ever did.
    """

    delay_ms: int | None = None
    paused_at: str | None = None
    paused_until: str | None = None
    pause_reason: str | None = None
    refused: tuple[int, ...] = ()
    walls: int = 0
    pleas: int = 0
    answered: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Pace:
        """Return the pace that plain data (a row of ``sites``, Lease.pace) holds; what is missing is as at rest."""
        known = {name: row[name] for name in cls.__dataclass_fields__ if row.get(name) is not None}
        refused = known.get("refused", ())
        known["refused"] = tuple(json.loads(refused) if isinstance(refused, str) else refused)
        known["answered"] = bool(known.get("answered"))
        return cls(**known)

    @property
    def at_rest(self) -> bool:
        """Whether an answer changes nothing."""
        return self.answered and self.delay_ms is None and not (self.refused or self.walls or self.pleas)

    def is_paused(self, now: str) -> bool:
        """Return whether nothing may be asked of the site at a time."""
        return self.paused_until is not None and self.paused_until > now


def after(pace: Pace, sign: str, *, link_id: int, wait: float | None, rules: PaceRules, now: str) -> Pace:
    """Return a site's pace after a sign of a link's check at ``now``. wait: seconds of a Retry-After, or None."""
    if sign == ANSWERED:
        return replace(pace, answered=True, delay_ms=_faster(pace.delay_ms, rules), refused=(), walls=0, pleas=0)
    if sign == FAILED:
        return replace(pace, delay_ms=_slower(pace.delay_ms, rules)) if pace.answered else pace
    if sign == ASKED_LESS:
        seconds = min(FIRST_PAUSE * 2 ** min(pace.pleas, 16) if wait is None else max(wait, 1.0), rules.longest_wait)
        slower = replace(pace, answered=True, delay_ms=_slower(pace.delay_ms, rules), pleas=pace.pleas + (wait is None))
        return paused(slower, "asked_less", until=_later(now, seconds), now=now)
    refused = (*pace.refused, link_id)[-REFUSALS_KEPT:] if link_id not in pace.refused else pace.refused
    if not rules.walls or (len(refused) < rules.walls and not pace.walls):
        return replace(pace, refused=refused)
    days = min(rules.wall_days * 2 ** min(pace.walls, 16), max(rules.wall_days, rules.wall_most_days))
    walled = replace(pace, refused=(), walls=pace.walls + 1)
    return paused(walled, "walled", until=_later(now, days * DAY), now=now)


def paused(pace: Pace, reason: str, *, until: str, now: str) -> Pace:
    """Return a pace that is paused for a reason (REASONS); a longer pause that it is in already stays."""
    if pace.is_paused(now) and (pace.paused_until or "") >= until:
        return pace
    return replace(pace, paused_at=now, paused_until=until, pause_reason=reason)


def capped(pace: Pace, *, now: str) -> Pace:
    """Return a pace whose requests of this day (UTC) are used up."""
    midnight = (clock.parse(now) // DAY + 1) * DAY
    return paused(pace, "cap", until=clock.text(midnight), now=now)


def _later(now: str, seconds: float) -> str:
    return clock.text(clock.parse(now) + seconds)


def _slower(delay_ms: int | None, rules: PaceRules) -> int:
    return min(max(2 * max(delay_ms or 0, rules.base_ms), FIRST_DELAY), max(rules.most_ms, rules.base_ms))


def _faster(delay_ms: int | None, rules: PaceRules) -> int | None:
    if delay_ms is None:
        return None
    shorter = round(delay_ms * (1 - rules.recovery))
    return shorter if shorter > max(rules.base_ms, FIRST_DELAY // 2) else None


def rest_of(asked_at: str | None, *delays_ms: int | None) -> float:
    """Return the seconds until a site may be asked that was given back at a time: the longest of the delays after it."""
    seconds = max((delay or 0 for delay in delays_ms), default=0) / 1000
    if not asked_at:
        return 0.0
    return min(max(0.0, seconds - (clock.timestamp() - clock.parse(asked_at))), seconds)


# --- what came of a check ---


def signs_of(check: Check, site: str, pace: Pace, now: float) -> list[dict[str, Any]]:
    """Return the signs of a judged check: {"site", "sign", "wait"}, in order; [] where nothing changes.

    site, pace: of the lease it was asked under; an answer of another site tells that one's holder nothing new.
    """
    signs = [sign for exchange in check.exchanges if (sign := _trouble(exchange, now)) is not None]
    if check.judgement is None or check.reason is not None or check.status is None:
        return signs
    verdict = check.judgement.verdict
    if verdict in _SHUT and (verdict == "bot_wall" or check.status == 403):
        return [*signs, *_of(check.final_url or check.requested_url, WALLED)]
    if signs or pace.at_rest or verdict in _SAYS_NOTHING or verdict in _SHUT or check.status >= 500:
        return signs
    return [{"site": site, "sign": ANSWERED, "wait": None}]


def _trouble(exchange: Exchange, now: float) -> dict[str, Any] | None:
    if exchange.status is not None and exchange.status not in _OVERLOADED and exchange.status != 429:
        return None
    if exchange.status is None and exchange.error not in _LOST:
        return None
    wait = seconds_in(exchange.headers, now) if exchange.status in {429, 503} else None
    less = exchange.status == 429 or wait is not None
    return next(iter(_of(exchange.url, ASKED_LESS if less else FAILED, wait)), None)


def _of(url: str, sign: str, wait: float | None = None) -> list[dict[str, Any]]:
    try:
        return [{"site": site_of(url), "sign": sign, "wait": wait}]
    except InputError:
        return []


def heeded(
    pace: Pace, signs: Iterable[Mapping[str, Any]], site: str, *, link_id: int, rules: PaceRules, now: str
) -> Pace:
    """Return the pace of one site after those of the signs that are its own."""
    for sign in signs:
        if sign["site"] == site:
            pace = after(pace, sign["sign"], link_id=link_id, wait=sign["wait"], rules=rules, now=now)
    return pace
