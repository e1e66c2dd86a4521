"""Cards in a terminal. Text of the web is escaped: no page can draw on a person's screen."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from citekeep.cards.card import Card
from citekeep.cards.lines import Line, lines_of
from citekeep.tables import GROUP_STYLES, plain

LONGEST = 600  # characters of one line of a card
LONGEST_WHOLE = 6_000  # of one that is to be copied: two addresses and a title
LABEL = 17  # columns


def print_cards(cards: Iterable[Card], console: Console) -> None:
    """Print each card under its link."""
    for card in cards:
        console.print()
        style = GROUP_STYLES.get(card.now.group or "", "dim")
        console.print(Text(plain(card.link_url, LONGEST), style=f"bold {style}"), soft_wrap=True)
        for line in lines_of(card):
            if line.whole:
                label = Text(f"  {line.label:{LABEL}}", style="dim")
                console.print(Text.assemble(label, plain(line.text, LONGEST_WHOLE)), soft_wrap=True)
            else:
                console.print(_row(line))


def _row(line: Line) -> Table:
    text = plain(line.text, LONGEST)
    row = Table.grid(padding=(0, 2))
    row.add_column(width=LABEL, style="dim")
    row.add_column(overflow="fold")
    row.add_row(f"  {line.label}", Text(f"“{text}”" if line.quoted else text))
    return row
