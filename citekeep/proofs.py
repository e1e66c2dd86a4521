"""Proofs of a link's life and death, its own checks and others' captures together, and what follows from them. Pure.

The schedule concludes from our own checks alone, in strikes that are days apart. A second witness may make that sooner
or call it off: captures in an archive, read by the same rules, and jobs of Save Page Now that failed as our check did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citekeep import clock
from citekeep.schedule import DAY, UNREACHABLE, Rules
from citekeep.verdicts.table import BY_NAME

GONE_STATUSES = frozenset({404, 410})
"""Statuses by which a capture proves that a page was gone; others (403, 503) say something of that day only."""

DEATHS = frozenset({"dead", "dead_soft"})
READ_BACK = frozenset({"verified", "identical"})

AGREES: dict[str, frozenset[str]] = {
    "not-found": frozenset({"not_found", "gone", "soft_404"}),
    "invalid-host-resolution": frozenset({"dns_nxdomain", "dns_error"}),
    "too-many-redirects": frozenset({"redirect_loop", "too_many_redirects"}),
    "read-timeout": frozenset({"timeout"}),
    "protocol-error": frozenset({"conn_reset", "bad_answer", "tls_failed"}),
    "invalid-server-response": frozenset({"conn_reset", "bad_answer", "tls_failed"}),
    "internal-server-error": frozenset({"server_error"}),
    "bad-gateway": frozenset({"server_error"}),
    "service-unavailable": frozenset({"server_error"}),
    "gateway-timeout": frozenset({"server_error"}),
}
"""Verdicts that failed the same way, by code (status_ext) of a job of Save Page Now. no-access, a 403, is none of them:
a refusal to two is no death."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One check. struck: its verdict is one that counts as a strike. basis: "import" of a capture that others made."""

    check_id: int
    at: str
    verdict: str
    group: str
    struck: bool
    basis: str = "own_check"


@dataclass(frozen=True, kw_only=True)
class Captured:
    """One memento, as judged now. reason: of its quality; it begins with a verdict's name where it was read back."""

    memento_id: int
    at: str
    status: int | None
    quality: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A job that failed. code: status_ext without its "error:"."""

    at: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """When, by what ("own_check", "import" or "memento"), and the id of its row."""

    at: str
    basis: str
    row_id: int


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """What holds of a link. basis: on what it is held for dead ("strikes", "memento", "save_job"), else None.

    alive_until: the latest proof of life. dead_by: the earliest proof of death after that; None unless it is dead.
    cleared: an archive has seen it alive since our last strike, which takes all strikes back: ask again now.
    """

    standing: str | None
    basis: str | None
    alive_until: Proof | None
    dead_by: Proof | None
    cleared: bool = False


def conclude(
    standing: str | None,
    checks: Sequence[Seen],
    mementos: Sequence[Captured],
    failures: Sequence[Failed] = (),
    *,
    rules: Rules | None = None,
) -> Conclusion:
    """Return what holds of a link.

    standing: what the schedule made of our own checks. checks, mementos: in any order. A death by witness asks for the
    last of our checks to agree: what answers us is not dead, what refuses us may live.
    """
    rules = rules or Rules()
    checks = sorted(checks, key=lambda check: (check.at, check.check_id))
    alive_until = _life(checks, mementos)
    after = alive_until.at if alive_until else ""
    strikes = [check for check in checks if check.struck and check.at > after]
    if standing == "dead" and _seen_alive_since(checks, alive_until):
        return Conclusion(standing="doubtful", basis=None, alive_until=alive_until, dead_by=None, cleared=True)
    gone = sorted((m for m in mementos if shows_gone(m) and m.at > after), key=lambda m: (m.at, m.memento_id))
    basis = "strikes" if standing == "dead" else None
    if standing in {"doubtful", "unreachable_from_here"} and checks:
        maybe = max((m.at for m in mementos if _may_show_life(m)), default="")
        shown = [m for m in gone if gone[-1].at > maybe]
        basis = _witness(checks[-1], shown, [failed for failed in failures if failed.at > after], rules)
    if basis is None:
        return Conclusion(standing=standing, basis=None, alive_until=alive_until, dead_by=None)
    dead_by = _death(gone, strikes or [check for check in checks[-1:] if check.at > after])
    return Conclusion(standing="dead", basis=basis, alive_until=alive_until, dead_by=dead_by)


def agrees(verdict: str, failures: Sequence[Failed]) -> bool:
    """Return whether a job failed in the way of a verdict."""
    return any(verdict in AGREES.get(failed.code, ()) for failed in failures)


def shows_gone(memento: Captured) -> bool:
    """Return whether a memento proves that the page was gone: by its status, or read back and judged so."""
    if memento.quality == "rejected":
        row = BY_NAME.get(memento.reason.partition(":")[0])
        if row is not None:
            return row.group in DEATHS
    return memento.status in GONE_STATUSES


def _life(checks: Sequence[Seen], mementos: Sequence[Captured]) -> Proof | None:
    own = [Proof(at=c.at, basis=c.basis, row_id=c.check_id) for c in checks if c.group == "alive"]
    proofs = own + [Proof(at=m.at, basis="memento", row_id=m.memento_id) for m in mementos if _shows_life(m)]
    return max(proofs, key=lambda proof: (proof.at, proof.basis == "own_check", proof.row_id), default=None)


def _shows_life(memento: Captured) -> bool:
    """Return whether a memento proves life: read back and found good. A status of 200 is no proof: parked domains and soft
    404s have it as well.
    """
    return memento.quality in READ_BACK


def _may_show_life(memento: Captured) -> bool:
    """Return whether a memento may prove life once it is read: nobody is dead on a witness's word before that."""
    return memento.quality == "unread" and (memento.status is None or 200 <= memento.status <= 299)


def to_read(mementos: Sequence[Captured]) -> int | None:
    """Return the memento whose reading tells most of when a page died, or None where nothing is left to read.

    That is the middle one of those that say 200 and lie between the last that was found good and the first bad one after
    it: each reading halves what is open, so of 300 captures nine are read. Then the newest that says 200, if nothing
    newer is known: has the page come back?
    """
    good = max((m.at for m in mementos if _shows_life(m)), default="")
    bad = min(
        (m.at for m in mementos if m.at > good and (shows_gone(m) or m.quality in {"rejected", "lost"})), default="~"
    )
    unread = sorted((m.at, m.memento_id) for m in mementos if _may_show_life(m) and m.at > good)
    between = [one for one in unread if one[0] < bad]
    if between:
        return between[len(between) // 2][1]
    newest = max((m.at for m in mementos if not _may_show_life(m)), default="")
    return unread[-1][1] if unread and unread[-1][0] > newest else None


def _seen_alive_since(checks: Sequence[Seen], alive_until: Proof | None) -> bool:
    if alive_until is None or alive_until.basis != "memento" or not checks:
        return False
    return alive_until.at > max((check.at for check in checks if check.struck), default=checks[-1].at)


def _witness(last: Seen, gone: Sequence[Captured], failures: Sequence[Failed], rules: Rules) -> str | None:
    """Return on whose word a link is dead at once: captures that show it gone for as long as strikes would take, or a
    job that failed as our check did. A time-out for two at once may be an outage: that waits for strikes.
    """
    unreachable = last.verdict in UNREACHABLE
    if not unreachable and last.group not in DEATHS:
        return None
    span = clock.parse(gone[-1].at) - clock.parse(gone[0].at) if gone else 0.0
    if len(gone) >= 2 and span >= (rules.strikes_to_die - 1) * rules.strike_days * DAY:
        return "memento"
    return "save_job" if not unreachable and agrees(last.verdict, failures) else None


def _death(gone: Sequence[Captured], strikes: Sequence[Seen]) -> Proof | None:
    proofs = [Proof(at=m.at, basis="memento", row_id=m.memento_id) for m in gone]
    proofs += [Proof(at=c.at, basis=c.basis, row_id=c.check_id) for c in strikes]
    return min(proofs, key=lambda proof: (proof.at, proof.basis == "memento", proof.row_id), default=None)
