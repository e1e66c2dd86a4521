"""When what holds of a link changed, as rows: what died and what came back since yesterday can be asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from citekeep import clock


@contextmanager
def noted(connection: sqlite3.Connection, link_id: int, check_id: int | None = None) -> Iterator[None]:
    """Keep a row where a link's standing is another one after the block than before it.

    check_id: the check that it changed with; None where something else was learned of it. A link of which nothing was
    known gets a row only where it is found dead.
    """
    before = _standing(connection, link_id)
    yield
    note(connection, link_id, before, _standing(connection, link_id), check_id)


def note(
    connection: sqlite3.Connection, link_id: int, before: str | None, after: str | None, check_id: int | None
) -> None:
    """Keep what ``noted`` keeps of a link, whose standing before and after is known."""
    if after is None or after == before or (before in {None, "not_checked"} and after != "dead"):
        return
    connection.execute(
        "INSERT INTO standing_changes (link_id, at, from_standing, to_standing, check_id) VALUES (?, ?, ?, ?, ?)",
        (link_id, clock.now(), before, after, check_id),
    )


def forget(connection: sqlite3.Connection, check_id: int) -> None:
    """Forget what changed with a check that is taken back."""
    connection.execute("DELETE FROM standing_changes WHERE check_id = ?", (check_id,))


def _standing(connection: sqlite3.Connection, link_id: int) -> str | None:
    row = connection.execute("SELECT standing FROM links WHERE id = ?", (link_id,)).fetchone()
    return row[0] if row else None
