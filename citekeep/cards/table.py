"""Citations as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from citekeep.cards import words
from citekeep.cards.card import Card
from citekeep.tables import GROUP_STYLES, WIDE, WORDS, plain


def citations_table(cards: Iterable[Card], width: int) -> Table:
    """Return a table with a row for each card. width: columns of the terminal; below WIDE, fewer are used."""
    wide = width >= WIDE
    table = Table(show_lines=True)
    for name, columns in (
        ("Cited as", None),
        ("Link", None),
        ("Now", 24 if wide else 18),
        ("What to do", 26 if wide else 16),
    ):
        table.add_column(name, width=columns, overflow="fold")
    for card in cards:
        cited = card.cited.anchor_text or card.cited.sentence if card.cited else ""
        now = card.now.sentence.rstrip(".") or "not checked"
        standing = (card.now.standing or "").replace("_", " ")
        said = "no longer says it" if words.no_longer(card) else ""
        by = f"says {plain(card.review.by, WORDS)}" if card.review else ""
        shown = "; ".join(part for part in (now, standing if standing != card.now.group else "", said, by) if part)
        table.add_row(
            escape(plain(cited, WORDS)),
            escape(plain(card.link_url, 200)),
            Text(shown, style=GROUP_STYLES.get(card.now.group or "", "")),
            Text(words.to_do(card)),
        )
    return table
