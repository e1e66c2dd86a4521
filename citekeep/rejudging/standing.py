"""What would hold of a link if its checks had been judged so: the schedule (citekeep/schedule.py) gone through again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citekeep.proofs import Failed, agrees
from citekeep.schedule import Rules, schedule
from citekeep.verdicts.table import BY_NAME


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A check with its verdict, as the schedule takes it. text_sha256: of the text that it saw, or None."""

    at: str
    verdict: str
    text_sha256: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What holds of a link after a check."""

    standing: str | None = None
    strikes: int = 0
    last_strike_at: str | None = None
    next_check_at: str | None = None


class Course:
    """A link's checks added one by one, the oldest first; ``standing`` is what holds after the last of them.

    failures: save jobs that failed, with their times. article_since: of an article, when it was published or first seen.
    """

    def __init__(self, rules: Rules, failures: Sequence[Failed], article_since: str | None) -> None:
        self.rules = rules
        self.failures = failures
        self.article_since = article_since
        self.standing = Standing()
        self.last: Judged | None = None
        self._text: str | None = None
        self._quiet_since: str | None = None
        self._alive_until: str | None = None

    def add(self, check: Judged) -> bool:
        """Go on by one check; return whether it struck."""
        before = self.standing
        changed = self._text is not None and check.text_sha256 not in {None, self._text}
        history = {
            "standing": before.standing,
            "strikes": before.strikes,
            "last_strike_at": before.last_strike_at,
            "last_checked_at": self.last.at if self.last else None,
            "quiet_since": self._quiet_since,
            "article_since": self.article_since,
            "witnessed": self._is_witnessed(check.at),
        }
        after = schedule(
            check.verdict, history, now=check.at, rules=self.rules, retry_after=check.retry_after, changed=changed
        )
        self.standing = Standing(
            standing=after.standing,
            strikes=after.strikes,
            last_strike_at=check.at if after.struck else before.last_strike_at if after.strikes else None,
            next_check_at=after.next_check_at,
        )
        if check.text_sha256 is not None:
            self._quiet_since = check.at if changed else self._quiet_since or check.at
            self._text = check.text_sha256
        if BY_NAME[check.verdict].group == "alive":
            self._alive_until = check.at
        self.last = check
        return after.struck

    def _is_witnessed(self, at: str) -> bool:
        """Return whether, by then, a save job had failed as the last check did (as standing.witness_agrees tells it live)."""
        if self.last is None or self.standing.standing not in {"unreachable_from_here", "doubtful"}:
            return False
        since = self._alive_until or ""
        return agrees(self.last.verdict, [failed for failed in self.failures if since < failed.at <= at])
