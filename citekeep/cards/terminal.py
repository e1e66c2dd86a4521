"""Cards in a terminal. Text of the web is escaped: no page can draw on a person's screen."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from citekeep.cards.card import Card
from citekeep.cards.lines import lines_of
from citekeep.tables import GROUP_STYLES, plain

LONGEST = 600  # characters of one line of a card


def print_cards(cards: Iterable[Card], console: Console) -> None:
    """Print each card under its link."""
    for card in cards:
        console.print()
        style = GROUP_STYLES.get(card.now.group or "", "dim")
        console.print(Text(plain(card.link_url, LONGEST), style=f"bold {style}"), soft_wrap=True)
        table = Table.grid(padding=(0, 2))
        table.add_column(width=17, style="dim")
        table.add_column(overflow="fold")
        for line in lines_of(card):
            text = plain(line.text, LONGEST)
            table.add_row(f"  {line.label}", Text(f"“{text}”" if line.quoted else text))
        console.print(table)
