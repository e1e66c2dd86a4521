"""The answers that the docs show: really asked of the archive that ``make run`` makes of the example article."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from web.metadata import queries

ROOT = Path(__file__).resolve().parent.parent
FIRST_QUESTION = "select anchor_text, verdict, snapshot_at from citation_status"
WIDTH = 48
"""Characters of a value that the page shows."""

# What depends on when the example was run: the times of the run itself (its pages are older), and what they name.
_OF_THE_RUN = re.compile(r"\b20(?:2[6-9]|[3-9]\d)(?:-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{10}\b)")


@contextlib.contextmanager
def example_archive() -> Iterator[Path]:
    """Archive the example article in the sandbox, in a folder of its own; yields archive.db."""
    with tempfile.TemporaryDirectory(prefix="citekeep-docs-") as folder:
        subprocess.run(
            [sys.executable, "-m", "sandbox", "example"],
            cwd=ROOT,
            env=os.environ | {"CITEKEEP_DATA": folder},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        yield Path(folder) / "archive.db"


def first_answer(archive: Path) -> str:
    """Return the README's first question with its answer, as the command prints it."""
    asked = [sys.executable, "-m", "sqlite_utils", "query", str(archive), FIRST_QUESTION, "--table"]
    printed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    command = f'.venv/bin/sqlite-utils archive.db "{FIRST_QUESTION}" --table'
    lines = ["$ " + command, "", *printed.splitlines()]
    return "\n".join(f"    {line}".rstrip() for line in lines)


def all_answers(archive: Path) -> str:
    """Return every question of queries/ with its answer on the example, as Markdown."""
    parts = []
    connection = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    with contextlib.closing(connection):
        for name, query in queries().items():
            found = connection.execute(query["sql"], {"words": None})
            columns = [column[0] for column in found.description]
            parts += [f"### {query['title']}", "", f"[queries/{name}.sql](../queries/{name}.sql)", ""]
            parts += _markdown(columns, found.fetchall())
            parts.append("")
    return "\n".join(parts).rstrip()


def asked(archive: Path, sql: str) -> str:
    """Return a question and its answer, the question as a block of code, the answer as a Markdown table."""
    connection = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    with contextlib.closing(connection):
        found = connection.execute(sql)
        columns = [column[0] for column in found.description]
        lines = [f"    {line}" for line in sql.strip().splitlines()]
        return "\n".join([*lines, "", *_markdown(columns, found.fetchall())])


def settled(text: str) -> str:
    """Return a page without what depends on when the example was run: two runs' pages are the same then."""
    return re.sub(r"[ -]{2,}", " ", _OF_THE_RUN.sub("TIME", text))


def _markdown(columns: list[str], rows: list[tuple[object, ...]]) -> list[str]:
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return lines if rows else [*lines, f"| *none* {'| ' * (len(columns) - 1)}|"]


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    if len(text) > WIDTH and not text.startswith("http"):
        text = text[: WIDTH - 1].rstrip() + "…"
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
