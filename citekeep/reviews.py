"""What people say: recorded, listed, ended. A review outranks the machine while it is in force (the view review_now)."""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from citekeep import clock, values
from citekeep.cards import find
from citekeep.exceptions import InputError
from citekeep.standing import settle
from citekeep.standing_changes import noted
from citekeep.urls import parse_input
from citekeep.verdicts.table import VERDICTS

QUALITIES = ("verified", "rejected", "lost")
"""What a snapshot can be reviewed as."""
SAYABLE = tuple(row.name for row in VERDICTS if row.group not in {"not_checked", "pending"})
"""Verdicts that a person can give on a link or citation: those that say something of the page."""

BY_MAX, NOTE_MAX = 200, 4_000  # characters
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """What a review is of. column: link_id, citation_id or memento_id, with its ids. shown: for a person."""

    column: str
    ids: tuple[int, ...]
    shown: str


def meant(connection: sqlite3.Connection, text: str, *, article: str | None = None) -> Reviewed:
    """Return what a person names: a snapshot by its URL, else a link in any spelling; with ``article``, its citations there.

    Raises InputError, a sentence for a person, where this archive does not know it.
    """
    snapshot = None if article else _snapshot(connection, text)
    if snapshot is not None:
        return snapshot
    link = _link(connection, text)
    if article is None:
        return Reviewed(column="link_id", ids=(link.link_id,), shown=link.url)
    citing = find.known(connection, article)
    ids = tuple(
        citation_id
        for (citation_id,) in connection.execute(
            "SELECT c.id FROM citations AS c JOIN articles AS a ON a.id = c.article_id WHERE a.link_id = ? AND c.link_id = ?",
            (citing.link_id, link.link_id),
        )
    )
    if not ids:
        raise InputError(f"{citing.url} does not cite {link.url}.")
    return Reviewed(column="citation_id", ids=ids, shown=f"{link.url}, cited in {citing.url}")


def _link(connection: sqlite3.Connection, text: str) -> find.Meant:
    """Return the link that a text names by its own address: what is true of the page that it led to is not said of it."""
    link = find.known(connection, text)
    if link.how == find.WHERE_IT_LED:
        raise InputError(f"{text[:300]} is where {link.url} led: to review that link, name it.")
    return link


def _snapshot(connection: sqlite3.Connection, text: str) -> Reviewed | None:
    try:
        url = parse_input(text.strip())
    except InputError:
        return None
    other = (
        url.replace("https://", "http://", 1) if url.startswith("https://") else url.replace("http://", "https://", 1)
    )
    rows = connection.execute(
        "SELECT id, memento_url FROM mementos WHERE memento_url IN (?, ?) ORDER BY memento_url <> ?, id",
        (url, other, url),
    ).fetchall()  # http and https of a page are two links, and may share a snapshot
    return Reviewed(column="memento_id", ids=tuple(row[0] for row in rows), shown=rows[0][1]) if rows else None


def verdict_of(text: str, reviewed: Reviewed) -> str:
    """Return the verdict that a person gives; InputError with what can be said, where it cannot be that."""
    name = text.strip().lower().replace(" ", "_").replace("-", "_")
    allowed = QUALITIES if reviewed.column == "memento_id" else SAYABLE
    if name in allowed:
        return name
    if reviewed.column == "memento_id":
        raise InputError(f"A snapshot is reviewed as {', '.join(QUALITIES)}; {text[:40]!r} is none of these.")
    near = difflib.get_close_matches(name, allowed, n=3)
    hint = f" Do you mean {' or '.join(near)}?" if near else ""
    raise InputError(f"{text[:40]!r} is no verdict on a page.{hint} docs/verdicts.md has all of them.")


def until_of(text: str | None) -> str | None:
    """Return until when a review is in force: the end of a day that is to come (UTC). InputError for anything else."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else None
    except ValueError:
        day = None
    if day is None:
        raise InputError(f"--until {text[:40]!r} is no day such as 2027-01-31.")
    end = clock.text(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC).timestamp())
    if end <= clock.now():
        raise InputError(f"--until {day} is past: the review would never be in force.")
    return end


def person(by: str | None, note: str | None) -> tuple[str, str]:
    """Return who reviews and why, as recorded; InputError where either is missing or too long."""
    said = []
    for option, value, most in (("--by", by, BY_MAX), ("--note", note, NOTE_MAX)):
        text = " ".join(values.words(value).split())
        if not text:
            raise InputError(f"A review needs {option}: who stands by it, and on what ground, is shown with it.")
        if len(text) > most:
            raise InputError(f"{option} is longer than {most:,} characters.")
        said.append(text)
    return said[0], said[1]


def add(
    connection: sqlite3.Connection, reviewed: Reviewed, verdict: str, *, by: str, note: str, until: str | None
) -> int:
    """Record a review, one row for each thing that is reviewed; return how many. A function for ``Writer.run``."""
    said = "quality" if reviewed.column == "memento_id" else "verdict"
    now = clock.now()
    connection.executemany(
        f"INSERT INTO reviews ({reviewed.column}, {said}, by, note, made_at, until) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
        [(row_id, verdict, by, note, now, until) for row_id in reviewed.ids],
    )
    _settle(connection, reviewed)
    return len(reviewed.ids)


def withdraw(connection: sqlite3.Connection, reviewed: Reviewed) -> int:
    """End the reviews in force of a thing; return how many. They stay in ``reviews``, as what was once said."""
    marks = ", ".join("?" for _ in reviewed.ids)
    ended = connection.execute(
        f"UPDATE reviews SET until = ? WHERE {reviewed.column} IN ({marks}) AND (until IS NULL OR until > ?)",  # noqa: S608
        (clock.now(), *reviewed.ids, clock.now()),
    ).rowcount
    _settle(connection, reviewed)
    return ended


def _settle(connection: sqlite3.Connection, reviewed: Reviewed) -> None:
    """Have what rests on a reviewed snapshot follow: until when a page was alive, and since when it is gone.

    Strikes are left to the next check: a review can be withdrawn.
    """
    if reviewed.column == "memento_id":
        for memento_id in reviewed.ids:
            (link_id,) = connection.execute("SELECT link_id FROM mementos WHERE id = ?", (memento_id,)).fetchone()
            with noted(connection, link_id):
                settle(connection, link_id, clears=False)


def in_force(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """Return the rows of the view review_now, newest first."""
    return _rows(connection, "SELECT * FROM review_now ORDER BY made_at DESC, review_id DESC")


def disagreements(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """Return the rows of the view disagreements, those of one rule together, the rule with most of them first."""
    return _rows(
        connection,
        "SELECT *, count(*) OVER (PARTITION BY rule, judged) AS of_rule FROM disagreements"
        " ORDER BY of_rule DESC, rule, judged, url",
    )


def _rows(connection: sqlite3.Connection, sql: str, arguments: Sequence[object] = ()) -> list[dict[str, object]]:
    cursor = connection.execute(sql, arguments)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
