"""A report on link rot: figures, hosts and cards of a scope, and the sentences that sum them up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from citekeep.cards import scope as scopes
from citekeep.cards.card import Card
from citekeep.cards.scope import DEFINITIONS, Figures, Host, Scope
from citekeep.verdicts.table import GROUPS

_SEEN = {
    "dead_soft": "gone though the server answers", "unknown_access": "refused us", "pending": "not to be told by one look",
    "not_checked": "not checked",
}  # fmt: skip
"""Groups of verdicts in words, where their names are none."""
CARDS_SHOWN = 500  # of a page or a table; CSV and JSON have all


@dataclass(frozen=True, kw_only=True)
class Report:
    """made_at: UTC. cards: one after another, read as they are asked for."""

    scope: Scope
    made_at: str
    figures: Figures
    hosts: list[Host]
    cards: Iterable[Card]

    def title(self) -> str:
        """Return the report's heading."""
        return self.scope.title()

    def head(self) -> dict[str, Any]:
        """Return all but the cards, as JSON has it."""
        return {
            "scope": asdict(self.scope),
            "made_at": self.made_at,
            "figures": asdict(self.figures),
            "definitions": DEFINITIONS,
            "hosts": [asdict(host) for host in self.hosts],
        }


def report(connection: sqlite3.Connection, scope: Scope, *, now: str, language: str = "en") -> Report:
    """Return the report of a scope as archive.db knows it; nobody is asked."""
    return Report(
        scope=scope,
        made_at=now,
        figures=scopes.figures(connection, scope),
        hosts=scopes.hosts(connection, scope),
        cards=scopes.cards(connection, scope, now=now, language=language),
    )


def sentences(figures: Figures) -> Iterator[str]:
    """Yield what the figures say: how many links, what became of them, and which snapshots there are."""
    yield (
        f"{_many(figures.citations, 'citation')} of {_many(figures.links, 'link')} in {_many(figures.articles, 'article')};"
        f" {figures.checked} of the links were looked at."
    )
    if figures.dropped:
        yield f"{_many(figures.dropped, 'more citation')} that the articles have no longer are left out."
    if figures.checked:
        groups = ", ".join(f"{number} {_SEEN.get(name, name)}" for name, number in figures.groups.items())
        yield f"What the last look at each saw: {groups}."
        standings = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in figures.standings.items())
        yield f"What is held true of them over time: {standings}."
    for name, meaning in DEFINITIONS.items():
        if figures.told[name]:
            share = round(100 * figures.rot[name] / figures.told[name])
            yield f"Link rot, {name.replace('_', ' ')}: {figures.rot[name]} of {figures.told[name]} ({share} %): {meaning}."
    yield (
        f"{_many(figures.read_back, 'link')} with a snapshot that was read back and found good, {figures.listed} with one"
        f" that is listed and was not read yet, {figures.links - figures.read_back - figures.listed} with none."
    )


def autopsy(host: Host) -> str:
    """Return what became of a host in a sentence: how many are dead, until when it was alive, by when it was dead."""
    if host.dead or host.looking_dead:
        told = f"{host.dead} of {host.links} dead" if host.dead else f"{host.looking_dead} of {host.links} look dead"
        more = [
            f"alive until {host.alive_until[:10]}" if host.alive_until else "",
            f"dead by {host.dead_by[:10]}" if host.dead_by else "",
        ]
        return f"{host.host}: {', '.join([told, *filter(None, more)])}"
    if host.refused:
        return f"{host.host}: {host.refused} of {host.links} refused us"
    if not host.checked:
        return f"{host.host}: not looked at"
    return f"{host.host}: {host.answering} of {host.links} answer"


def meaning_of(group: str | None) -> str:
    """Return what a group of verdicts means, a sentence."""
    return GROUPS.get(group or "", "It was not looked at.")


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun + 's'}"
