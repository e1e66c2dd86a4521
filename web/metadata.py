"""What Datasette shows beside the data: descriptions from the data dictionary, and queries/ as questions to click."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from citekeep.dictionary import TABLES

QUERIES = Path(__file__).resolve().parent.parent / "queries"


def question(sql: str) -> str:
    """Return the question that a query answers: its first comment, on one line."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def queries() -> dict[str, dict[str, str]]:
    """Return Datasette's canned queries by name, which is that of the file in queries/."""
    found = {}
    for path in sorted(QUERIES.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        found[path.stem] = {"title": question(sql), "sql": sql}
    return found


def metadata(database: str) -> dict[str, Any]:
    """Return Datasette's metadata for a database of this name (the stem of its file)."""
    tables: dict[str, Any] = {
        name: {"description": about, "columns": columns} for name, (about, columns) in TABLES.items()
    }
    tables["_sqlite_migrations"] = {"hidden": True}
    return {
        "title": "Citekeep",
        "description": "Articles with everything they cite, and which of those citations still hold.",
        "databases": {database: {"tables": tables, "queries": queries()}},
    }
