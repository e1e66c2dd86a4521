"""A digest as plain data: sections of items, each with its lines, so that text, page and JSON tell the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from citekeep.cards.lines import Line
from citekeep.health.alarms import Alarm


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that is told. headline: a few words; quoted: they are of the web, in ``language`` (ISO 639-1, None: unknown).

    group: a verdict group, by which a page colours it. facts: the same as JSON values.
    """

    headline: str
    url: str | None = None
    quoted: bool = False
    language: str | None = None
    group: str = ""
    lines: tuple[Line, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Section:
    """Things of one kind. name: for programs. total: how many there are; items: the first of them. about: a sentence."""

    name: str
    title: str
    about: str
    total: int
    items: tuple[Item, ...]

    @property
    def more(self) -> int:
        """How many are not among ``items``."""
        return max(0, self.total - len(self.items))


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """One run. finish_reason: as in crawls; None while it goes on."""

    run: int
    spider: str
    started_at: str
    finished_at: str | None
    finish_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What a span of time brought. counts: as in the table run_summaries. Times are UTC. runs: the last of run_total."""

    from_at: str
    until_at: str
    made_at: str
    run_total: int
    runs: tuple[RunLine, ...]
    counts: dict[str, int]
    alarms: tuple[Alarm, ...]
    sections: tuple[Section, ...]

    def title(self) -> str:
        """Return the digest's heading."""
        if self.run_total == 1 and self.runs:
            return f"Run {self.runs[0].run} ({self.runs[0].spider}), {_minute(self.from_at)}"
        return f"From {_minute(self.from_at)} to {_minute(self.until_at)}"

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "from_at": self.from_at,
            "until_at": self.until_at,
            "made_at": self.made_at,
            "runs": [vars(run) for run in self.runs],
            "run_total": self.run_total,
            "counts": self.counts,
            "sentences": self.sentences(),
            "alarms": [alarm.as_json() for alarm in self.alarms],
            "sections": {
                section.name: {"total": section.total, "shown": [item.facts for item in section.items]}
                for section in self.sections
            },
        }

    def sentences(self) -> list[str]:
        """Return what the counts say."""
        n = self.counts
        told = [
            f"{_many(n['articles_new'], 'new article')}, {n['articles_changed']:,} changed"
            + (f"; {n['without_text']:,} of the new yielded no text." if n["without_text"] else "."),
            f"{_many(n['checks'], 'check')} of links and articles; {n['died']:,} died, {n['revived']:,} revived,"
            f" {n['not_checked']:,} not checked.",
            f"Snapshots: {n['saved']:,} saved, {n['found']:,} found, {n['refused']:,} refused, {n['lost']:,} lost,"
            f" {n['saves_waiting']:,} waiting.",
            f"{_many(n['links_due'], 'link')} due at its end.",
        ]
        ended = [run for run in self.runs if run.finish_reason not in {"finished", None}]
        if ended:
            last = ended[0]
            told.append(
                f"{_many(len(ended), 'run')} did not come to the end; the last, of {_minute(last.started_at)}:"
                f" {(last.finish_reason or '').replace('_', ' ')}."
            )
        return told


def _minute(at: str) -> str:
    return f"{at[:10]} {at[11:16]} UTC"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun + 's'}"
