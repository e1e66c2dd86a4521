"""The judge: one observation in, one verdict with its evidence out. Pure, total, and its rules are data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citekeep.verdicts.access import ACCESS, PAYWALLS
from citekeep.verdicts.alive_rules import ALIVE, BORNE_OUT
from citekeep.verdicts.blocks import BLOCKS
from citekeep.verdicts.earlier import HISTORY, is_volatile
from citekeep.verdicts.fingerprints import LISTED
from citekeep.verdicts.missing import MISSING, SHELLS
from citekeep.verdicts.network_rules import (
    FAILURES_BY_STATUS,
    KEPT_WITH_STATUS,
    REASONS_AND_ERRORS,
    REFUSALS_BY_STATUS,
)
from citekeep.verdicts.observation import Observation, Verdict
from citekeep.verdicts.page import Page, Rule
from citekeep.verdicts.platforms import POSTS
from citekeep.verdicts.probes import ELSEWHERE, PROBED, wants
from citekeep.verdicts.table import BY_NAME
from citekeep.verdicts.vacant import VACANT
from citekeep.verdicts.walls import WALLS

RULES: tuple[Rule, ...] = (
    *LISTED,
    *ELSEWHERE,
    *REASONS_AND_ERRORS,
    *POSTS,
    *WALLS,
    *BLOCKS,
    *REFUSALS_BY_STATUS,
    *FAILURES_BY_STATUS,
    *ACCESS,
    *VACANT,
    *MISSING,
    *PAYWALLS,
    *SHELLS,
    *BORNE_OUT,
    *HISTORY,
    *PROBED,
    *ALIVE,
)
"""All rules, in order: the first that finds something decides."""

_PERMANENT = frozenset({301, 308})


def judge(observation: Observation, history: Mapping[str, Any] | None = None) -> Verdict:
    """Return what one check saw of a link.

    history: what is known of the link (items.DueLink.history): of it, its earlier texts. Never raises, asks nothing of
    the network or the clock: the same observation gives the same verdict at any time.
    """
    page = Page(observation, history)
    for rule in RULES:
        match = rule.find(page)
        if match is not None:
            row = BY_NAME[rule.verdict]
            evidence = {
                "rule": rule.name,
                "matched": match.matched,
                "where": match.where,
                **match.facts,
                **_probed(page),
            }
            return Verdict(
                name=row.name,
                group=row.group,
                flags=_flags(page, row.group),
                evidence=evidence,
                wants=wants(page, rule.name),
            )
    raise AssertionError("the last rule matches everything")  # pragma: no cover


def _probed(page: Page) -> dict[str, Any]:
    """Return what was asked beside the page and what came, for the evidence."""
    told = ("url", "status", "error", "verdict")
    found = {kind: {name: fact.get(name) for name in told} for kind, fact in page.seen.probes.items()}
    return {"probes": found} if found else {}


def _flags(page: Page, group: str) -> list[str]:
    seen = page.seen
    flags = [f"tls_{fault}" for fault in dict.fromkeys(seen.tls_faults)]
    elsewhere = group == "alive" and seen.error is not None and "other" in seen.probes
    if elsewhere or (group == "alive" and page.redirected and any(status in _PERMANENT for _, status in seen.hops)):
        flags.append("moved")
    if group == "alive" and page.earlier and is_volatile(page):
        flags.append("volatile")
    if seen.truncated or (seen.status is not None and seen.error in KEPT_WITH_STATUS):
        flags.append("truncated")
    return flags
