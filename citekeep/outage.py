"""Whether it is our own network that fails: the checks of a run, watched as they end; and strikes taken back. No clock.

One dead site says nothing of us, six different ones in a row that fail in the same way may: then control addresses are
asked, and if none of them answers either, what failed since the last success was ours.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from citekeep import clock, values
from citekeep.standing import settle
from citekeep.standing_changes import forget

SITES = 6
"""Different sites that fail alike, in a row, before control addresses are asked. Of links of all ages a tenth to a fifth
fail on the way, so that six in a row are chance once in many thousands; and chance costs no more than asking a control."""

SITES_WITH_CONTROLS = 3
"""As many where a person named control addresses: these decide, and they were named to be asked."""

WAYS = frozenset({"dns_failed", "timeout", "unreachable", "reset", "closed", "refused", "tls_failed", "local"})
"""Errors (failures.ERRORS) that a network of ours that is down, cut or filtered gives."""

WAYS_WITH_CONTROLS = WAYS | {"nxdomain", "no_address"}
"""Likewise where control addresses are known: a resolver that says of every name that there is none is broken or lies."""

KEPT = 5_000  # failures in a row that are remembered, the newest
CANARIES = 3  # sites that answered last: they are asked whether it is us


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A check that failed on the way. before: standing, strikes and last_strike_at of its link when it was claimed.

    ended: when it failed, as items.Check has it.
    """

    link_id: int
    turn: int
    site: str
    error: str
    before: dict[str, Any] = field(default_factory=dict)
    ended: float = 0.0


class Outage:
    """What a run has seen since anything last answered. controls: addresses that a person named."""

    def __init__(self, controls: Sequence[str] = ()) -> None:
        self.controls = tuple(controls)
        self.failures: list[Failed] = []
        self.answered: list[str] = []

    def success(self, site: str, origin: str, ended: float = math.inf) -> None:
        """Note that something answered: our network worked then, and what had failed before failed by itself.

        ended: when the answer was there. It may be recorded after what failed later: a text takes time to be read.
        """
        self.failures = [failed for failed in self.failures if failed.ended > ended]
        if origin not in self.answered:
            others = [known for known in self.answered if known.partition("://")[2] != site]
            self.answered = [origin, *others][:CANARIES]

    def failure(self, failed: Failed) -> None:
        """Note a check that failed. What a dead network would not give is neither failure nor success."""
        if failed.error in (WAYS_WITH_CONTROLS if self.controls else WAYS):
            self.failures.append(failed)
            del self.failures[:-KEPT]

    def suspected(self) -> str | None:
        """Return the error in which many different sites have failed since anything answered, or None."""
        sites: dict[str, set[str]] = {}
        for failed in self.failures:
            sites.setdefault(failed.error, set()).add(failed.site)
        error = max(sites, key=lambda name: len(sites[name]), default=None)
        many = SITES_WITH_CONTROLS if self.controls else SITES
        return error if error is not None and len(sites[error]) >= many else None

    def ask(self) -> list[str]:
        """Return what is to be asked whether it is us: the control addresses, else robots.txt of who answered last."""
        return list(self.controls) or [f"{origin}/robots.txt" for origin in self.answered]

    def take(self) -> list[Failed]:
        """Return what failed since anything answered, and forget it."""
        taken, self.failures = self.failures, []
        return taken


_CHECK = """
SELECT c.id, j.rules_version, j.verdict, j.flags, j.evidence, l.last_check_id
FROM checks AS c
JOIN links AS l ON l.id = c.link_id
JOIN judgements AS j ON j.check_id = c.id
WHERE c.link_id = ? AND c.turn = ? ORDER BY j.rules_version DESC LIMIT 1
"""


def take_back(connection: sqlite3.Connection, failures: Sequence[Failed], why: str, priority: int = 0) -> int:
    """Make checks that failed in an outage of ours ``local``: no strike, and due again now. Return how many there were.

    The check stays as it was observed; its judgement says what it was judged before. A link that was checked again since
    is left alone. priority: of the link from now on, so that the run that failed asks it again. For ``Writer.run``.
    """
    return sum(_take_back(connection, failed, why, priority) for failed in failures)


def _take_back(connection: sqlite3.Connection, failed: Failed, why: str, priority: int) -> bool:
    row = connection.execute(_CHECK, (failed.link_id, failed.turn)).fetchone()
    if row is None or row[0] != row[5] or row[2] == "local":
        return False
    check_id, version, verdict, flags, evidence, _ = row
    was = {"verdict": verdict, "flags": json.loads(flags), "evidence": json.loads(evidence)}
    told = {"rule": "own_outage", "matched": failed.error, "where": "run", "why": why, "was": was}
    connection.execute(
        "UPDATE judgements SET verdict = 'local', flags = '[]', evidence = ?, judged_at = ?"
        " WHERE check_id = ? AND rules_version = ?",
        (values.as_json(told), clock.now(), check_id, version),
    )
    before = failed.before
    forget(connection, check_id)
    connection.execute(
        "UPDATE links SET standing = ?, strikes = ?, last_strike_at = ?, next_check_at = ?, priority = ? WHERE id = ?",
        (
            before.get("standing") or "not_checked",
            int(before.get("strikes") or 0),
            before.get("last_strike_at"),
            clock.now(),
            priority,
            failed.link_id,
        ),
    )
    settle(connection, failed.link_id)
    return True
