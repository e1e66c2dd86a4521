"""Two versions of a page with what lies between them, in sentences and in rows: what ``scrapy diff`` shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from citekeep.drift.compare import Drift
from citekeep.drift.versions import Version

VOLATILE = "This page changes by design (a front page, or a live blog): that it says something else is no sign of rot."
OLD_EXTRACTOR = (
    "Two versions of the extractor made these texts, so some of the difference may be theirs: see scrapy rejudge."
)
LINKS_TOLD = 20  # of each kind, in sentences; all of them are in the JSON
_KINDS = {"check": "as we saw it", "snapshot": "in a snapshot"}


@dataclass(frozen=True)
class Found:
    """url: the link's. drift: from ``before`` to ``after``."""

    url: str
    before: Version
    after: Version
    drift: Drift = field(repr=False)

    @property
    def volatile(self) -> bool:
        """Whether the judge took the page for one that changes by design, at either time."""
        return bool(self.before.volatile or self.after.volatile)

    @property
    def title_changed(self) -> bool:
        """Whether it had another title."""
        return (self.before.title or "") != (self.after.title or "")

    @property
    def links(self) -> dict[str, list[str]] | None:
        """What the text of an article cites since, and no longer; None where that is not known of both versions."""
        before, after = self.before.links, self.after.links
        if before is None or after is None:
            return None
        return {"added": sorted(set(after) - set(before)), "removed": sorted(set(before) - set(after))}

    def sentences(self) -> list[str]:
        """Return what a person should know before reading the difference."""
        drift = self.drift
        told = [f"{_said(self.before)} beside {_said(self.after)}."]
        if drift.same:
            told.append("The text is the same, word for word.")
        else:
            alike = "too short to say how alike" if drift.similarity is None else f"{drift.similarity:.0%} alike"
            told.append(f"{alike}: {drift.words_lost:,} words lost, {drift.words_gained:,} gained ({drift.method}).")
        if self.title_changed:
            told.append(f"The title was “{self.before.title or ''}” and is “{self.after.title or ''}”.")
        for how, urls in (self.links or {}).items():
            if urls:
                told.append(f"Links {how}: {', '.join(urls[:LINKS_TOLD])}{', ...' if len(urls) > LINKS_TOLD else ''}.")
        if self.volatile:
            told.append(VOLATILE)
        if self.before.extractor_version != self.after.extractor_version and not drift.same:
            told.append(OLD_EXTRACTOR)
        return [sentence[:1].upper() + sentence[1:] for sentence in told]

    def as_json(self) -> dict[str, Any]:
        """Return all of it, the paragraphs that changed included."""
        return {
            "url": self.url,
            "from": self.before.as_json(),
            "to": self.after.as_json(),
            "title_changed": self.title_changed,
            "volatile": self.volatile,
            "links": self.links,
            **self.drift.as_json(),
        }


def _said(version: Version) -> str:
    cited = ", as cited" if version.cited else f", version {version.number}" if version.number else ""
    return f"{version.at} {_KINDS[version.kind]}{cited} ({version.name}, {version.words:,} words)"
