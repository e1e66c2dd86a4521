"""What every table, view and column of archive.db means: the one source for the database, its docs and Datasette.

The texts are in dictionary.toml: a table for each table and view, ``about`` for what one row is, else a column each.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_SOURCE = Path(__file__).resolve().with_name("dictionary.toml")


def _load() -> dict[str, tuple[str, dict[str, str]]]:
    entries = tomllib.loads(_SOURCE.read_text(encoding="utf-8"))
    return {
        name: (columns["about"], {column: text for column, text in columns.items() if column != "about"})
        for name, columns in entries.items()
    }


TABLES: dict[str, tuple[str, dict[str, str]]] = _load()
"""{table or view: (what one row is, {column: what it means})}, views first."""

VIEWS = frozenset(name for name, (about, _) in TABLES.items() if about.startswith("View: "))


def rows() -> list[tuple[str, str, str, str]]:
    """Return the rows of the table ``dictionary``: name, column_name ("" for the table itself), kind, description."""
    found = []
    for name, (about, columns) in TABLES.items():
        found.append((name, "", "view" if name in VIEWS else "table", about))
        found += [(name, column, "column", text) for column, text in columns.items()]
    return found


def page() -> str:
    """Return docs/data-dictionary.md."""
    lines = [
        "# Data dictionary",
        "",
        "Made from citekeep/dictionary.toml by `make docs`; the same words are in the database (`select * from",
        "dictionary`). Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`, and sort as text; durations end in `_ms`. Views are the",
        "contract: their columns stay. Ids are for joining within one file; what leaves it is named by URL and time.",
    ]
    for title, wanted in (("Views", True), ("Tables", False)):
        lines += ["", f"## {title}"]
        for name, (about, columns) in TABLES.items():
            if (name in VIEWS) is wanted:
                lines += ["", f"### {name}", "", about.removeprefix("View: "), "", "| column | meaning |", "|---|---|"]
                lines += [f"| {column} | {text.replace('|', chr(92) + '|')} |" for column, text in columns.items()]
    return "\n".join(lines) + "\n"
