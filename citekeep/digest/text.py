"""A digest as text, for a terminal or a mail: nothing of the web in it can draw on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from citekeep.digest.data import Digest, Item, Section
from citekeep.tables import plain

ITEMS = 10  # of a section
LINES = (
    "Now", "Because", "Since when", "Cited in", "And in", "It has", "Words", "Title was", "Reason", "Until", "Next", "Oldest",
    "Said",
)  # fmt: skip
"""Lines of an item that the text has; a page has all."""
WIDTH = 300  # characters of a line


def lines_of(digest: Digest, *, items: int = ITEMS, empty: bool = False) -> Iterator[str]:
    """Yield the lines of a digest. items: of each section. empty: also tell of sections that have none."""
    yield digest.title()
    for sentence in digest.sentences():
        yield f"  {plain(sentence)}"
    if digest.alarms:
        yield ""
        yield f"ALARMS ({len(digest.alarms)})"
        for alarm in digest.alarms[:items]:
            yield f"  {alarm.name} ({alarm.code}): {plain(alarm.sentence, WIDTH)}"
            yield f"    since {alarm.since_at}. {plain(alarm.advice, WIDTH)}"
        if len(digest.alarms) > items:
            yield f"  ... and {len(digest.alarms) - items:,} more."
    for section in digest.sections:
        if section.total or empty:
            yield ""
            yield from _section(section, items)


def _section(section: Section, items: int) -> Iterator[str]:
    yield f"{section.title} ({section.total:,})"
    yield f"  {plain(section.about, WIDTH)}"
    for item in section.items[:items]:
        yield from _item(item)
    left = section.total - len(section.items[:items])
    if left > 0:
        yield f"  ... and {left:,} more."


def _item(item: Item) -> Iterator[str]:
    yield f"  - {plain(item.headline, WIDTH)}"
    if item.url and item.url != item.headline:
        yield f"    {plain(item.url, WIDTH)}"
    for line in item.lines:
        if line.label in LINES:
            yield f"    {line.label.lower()}: {plain(line.text, WIDTH)}"
