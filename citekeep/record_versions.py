"""Stores what an outlet edited after publication: an article's versions, one row for each stretch of readings alike.

A version is what an article says: its text, its title, and what its text cites. Its number is that of its first showing:
an article that goes back to its first text shows version 1 again. Called within the transaction that records a reading.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from citekeep.drift.compare import words_changed
from citekeep.verdicts.table import SHOWING_SQL

IN_THE_TEXT = ("anchor", "plain_text", "footnote", "embed")
"""Kinds of citations that belong to what an article says: teasers and advertisements are others at each visit."""


@dataclass(frozen=True)
class _Reading:
    """What a check showed. links: as versions.links has it."""

    check_id: int
    document_id: int
    text_id: int
    title: str
    links: str | None


@dataclass(frozen=True)
class _Stretch:
    """The last row of an article's versions."""

    row_id: int
    place: int
    text_id: int
    title: str
    links: str | None
    last_check_id: int

    def shows(self, reading: _Reading) -> bool:
        """Return whether a reading showed nothing else; links that are not known say nothing."""
        same_links = self.links is None or reading.links is None or self.links == reading.links
        return same_links and (self.text_id, self.title) == (reading.text_id, reading.title)


# Checks are told apart by their times: an imported one is recorded long after it was made.
_LINKS = f"""
SELECT json_group_array(link_id) FROM (
    SELECT DISTINCT ci.link_id FROM citations AS ci
    JOIN checks AS c ON c.id = :check
    JOIN checks AS f ON f.id = ci.first_check_id JOIN checks AS z ON z.id = ci.last_check_id
    WHERE ci.article_id = :article AND ci.kind IN {IN_THE_TEXT!r}
        AND (c.checked_at, c.id) >= (f.checked_at, f.id) AND (c.checked_at, c.id) <= (z.checked_at, z.id)
    ORDER BY ci.link_id)
"""  # noqa: S608 - our own
_IS_LATER = (
    "SELECT (n.checked_at, n.id) > (l.checked_at, l.id) FROM checks AS n, checks AS l WHERE n.id = ? AND l.id = ?"
)


def note_reading(connection: sqlite3.Connection, article_id: int, check_id: int, document_id: int) -> None:
    """Record that a check showed the article; its citations are recorded already. May be repeated.

    Does nothing for a check that is older than what was read: ``find_anew`` finds the place of such.
    """
    row = connection.execute(
        "SELECT text_id, coalesce(title, '') FROM documents WHERE id = ? AND outcome = 'ok' AND text_id IS NOT NULL",
        (document_id,),
    ).fetchone()
    last = _last(connection, article_id)
    if row is None or not (last is None or connection.execute(_IS_LATER, (check_id, last.last_check_id)).fetchone()[0]):
        return
    links = links_at(connection, article_id, check_id)
    _add(connection, article_id, last, _Reading(check_id, document_id, row[0], row[1], links))


def links_at(connection: sqlite3.Connection, article_id: int, check_id: int) -> str:
    """Return what the text of an article cited when a check showed it, as versions.links has it."""
    (links,) = connection.execute(_LINKS, {"article": article_id, "check": check_id}).fetchone()
    return str(links)


def _last(connection: sqlite3.Connection, article_id: int) -> _Stretch | None:
    row = connection.execute(
        "SELECT id, place, text_id, title, links, last_check_id FROM versions WHERE article_id = ?"
        " ORDER BY place DESC LIMIT 1",
        (article_id,),
    ).fetchone()
    return None if row is None else _Stretch(*row)


_VERSION = """
SELECT coalesce(
    (SELECT version FROM versions
     WHERE article_id = :article AND text_id = :text AND title = :title AND (links = :links OR links IS NULL OR :links IS NULL)
     LIMIT 1),
    (SELECT max(version) + 1 FROM versions WHERE article_id = :article), 1)
"""
_STRETCH = """
INSERT INTO versions (article_id, place, version, document_id, text_id, title, links, words_gained, words_lost,
    first_check_id, last_check_id, readings)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
"""


def _add(connection: sqlite3.Connection, article_id: int, last: _Stretch | None, reading: _Reading) -> None:
    if last is not None and last.shows(reading):
        connection.execute(
            "UPDATE versions SET last_check_id = ?, readings = readings + 1, links = coalesce(links, ?) WHERE id = ?",
            (reading.check_id, reading.links, last.row_id),
        )
        return
    gained, lost = (None, None) if last is None else words_changed(*_texts(connection, last.text_id, reading.text_id))
    known = {"article": article_id, "text": reading.text_id, "title": reading.title, "links": reading.links}
    (version,) = connection.execute(_VERSION, known).fetchone()
    said = (reading.document_id, reading.text_id, reading.title, reading.links)
    place = 1 if last is None else last.place + 1
    connection.execute(_STRETCH, (article_id, place, version, *said, gained, lost, reading.check_id, reading.check_id))


def _texts(connection: sqlite3.Connection, *text_ids: int) -> tuple[str, str]:
    before, after = (
        connection.execute("SELECT text FROM texts WHERE id = ?", (text_id,)).fetchone()[0] for text_id in text_ids
    )
    return before, after


# Readings of an article with what was known of their links, as long as the same extractor found them.
_READINGS = f"""
SELECT c.id, d.id, d.text_id, coalesce(d.title, ''), (
    SELECT v.links FROM versions AS v JOIN documents AS vd ON vd.id = v.document_id
    JOIN checks AS f ON f.id = v.first_check_id JOIN checks AS z ON z.id = v.last_check_id
    WHERE v.article_id = a.id AND v.text_id = d.text_id AND vd.extractor_version = d.extractor_version
        AND (c.checked_at, c.id) >= (f.checked_at, f.id) AND (c.checked_at, c.id) <= (z.checked_at, z.id) LIMIT 1)
FROM articles AS a
JOIN checks AS c ON c.link_id = a.link_id
JOIN documents AS d ON d.id = c.document_id AND d.outcome = 'ok' AND d.text_id IS NOT NULL
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
    AND j.verdict IN ({SHOWING_SQL})
WHERE a.id = ? ORDER BY c.checked_at, c.id
"""  # noqa: S608 - our own


def find_anew(connection: sqlite3.Connection, link_id: int, imported: Collection[int] = ()) -> None:
    """Find the versions of an article anew, after its stored readings were extracted or judged again; others have none.

    What an older reading cites is not known where another extractor had found it. imported: ids of checks that were just added
    to those of the past.
    """
    row = connection.execute("SELECT id FROM articles WHERE link_id = ?", (link_id,)).fetchone()
    if row is None:
        return
    (article_id,) = row
    readings = [_Reading(*found) for found in connection.execute(_READINGS, (article_id,))]
    connection.execute("DELETE FROM versions WHERE article_id = ?", (article_id,))
    for number, reading in enumerate(readings, 1):
        links = reading.links
        if number == len(readings) or reading.check_id in imported:
            links = links_at(connection, article_id, reading.check_id)
        told = _Reading(reading.check_id, reading.document_id, reading.text_id, reading.title, links)
        _add(connection, article_id, _last(connection, article_id), told)
