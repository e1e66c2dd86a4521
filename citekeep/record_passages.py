"""Stores whether the words of citations are on a page: of a check, of a memento that was read back, of a new citation.

Called within the transaction that records the check or the reading. A row is added where the answer is another one than
the last; where nothing changed, the last one holds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from citekeep import clock, values
from citekeep.passages import METHOD, Answer, Cited, Shown, compare
from citekeep.passages.compare import not_comparable
from citekeep.similarity import similarity

CITATIONS_MAX = 200
"""Citations of one link that are compared, the oldest: more cite a front page or a platform, not what it says."""

KINDS = ("anchor", "plain_text", "footnote")
"""Kinds of citations that say something of what they cite."""

NO_PAGE = {"dead": "gone", "dead_soft": "gone", "unknown_access": "refused", "pending": "failed"}
"""Why nothing can be compared, by group of the verdict. Of not_checked there is nothing to say at all."""

_CITATIONS = f"""
SELECT ci.id, ci.sentence, ci.anchor_text, d.language
FROM citations AS ci JOIN articles AS a ON a.id = ci.article_id LEFT JOIN documents AS d ON d.id = a.last_document_id
WHERE ci.link_id = ? AND ci.kind IN {KINDS!r} ORDER BY ci.id LIMIT {CITATIONS_MAX}
"""  # noqa: S608 - our own

_LAST_OF_MEMENTO = """
SELECT answer, missing, reason, method FROM passages WHERE citation_id = ? AND memento_id = ?
ORDER BY compared_at DESC, id DESC LIMIT 1
"""
# What holds when a check is made, by the times of the checks: an imported one is recorded long after it was made.
_LAST_OF_CHECKS = """
SELECT p.answer, p.missing, p.reason, p.method FROM passages AS p JOIN checks AS c ON c.id = p.check_id
WHERE p.citation_id = ? AND c.checked_at <= (SELECT checked_at FROM checks WHERE id = ?)
ORDER BY c.checked_at DESC, p.compared_at DESC, p.id DESC LIMIT 1
"""

_PASSAGE = """
INSERT INTO passages (citation_id, check_id, memento_id, answer, missing, reason, method, compared_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""

_SHOWN = """
SELECT t.text, d.title, d.site_name, d.language, d.quality, h.host
FROM documents AS d JOIN links AS l ON l.id = ? JOIN hosts AS h ON h.id = l.host_id
LEFT JOIN texts AS t ON t.id = d.text_id WHERE d.id = ? AND d.outcome = 'ok'
"""


@dataclass(frozen=True)
class _Citing:
    citation_id: int
    cited: Cited


def of_check(
    connection: sqlite3.Connection, link_id: int, check_id: int, *, verdict: str, group: str, document_id: int | None
) -> None:
    """Record, for each citation of a link, whether its words are on the page that a check saw."""
    citing = list(_citing(connection, link_id))
    if group != "not_checked" and citing:
        no_page = NO_PAGE.get(group) or ("not_kept" if document_id is None else None)
        shown = not_comparable(no_page) if no_page else _shown(connection, link_id, document_id)
        if verdict == "alive_restricted" and isinstance(shown, Shown):
            shown = replace(shown, whole=False)
        _record(connection, citing, shown, check_id=check_id)


def of_memento(connection: sqlite3.Connection, memento_id: int) -> None:
    """Record, for each citation of its link, whether its words are in a memento that was read back.

    An ``identical`` one, which nobody read, shows what our own capture with its digest shows.
    """
    row = connection.execute(
        "SELECT m.link_id, m.quality, coalesce(m.document_id, ("
        "  SELECT c.document_id FROM captures AS p JOIN checks AS c ON c.id = p.check_id"
        "  WHERE c.link_id = m.link_id AND p.body_sha1 = m.digest AND c.document_id IS NOT NULL LIMIT 1))"
        " FROM mementos AS m WHERE m.id = ?",
        (memento_id,),
    ).fetchone()
    if row is None or row[1] in {"unread", "lost"}:
        return
    link_id, quality, document_id = row
    citing = list(_citing(connection, link_id))
    if citing:
        shown = _shown(connection, link_id, document_id) if quality != "rejected" else not_comparable("gone")
        _record(connection, citing, shown, memento_id=memento_id)


def of_article(connection: sqlite3.Connection, article_id: int) -> None:
    """Record the passages of citations that were found after their link was last checked, or its snapshot read back."""
    links = connection.execute(
        "SELECT DISTINCT ci.link_id FROM citations AS ci JOIN links AS l ON l.id = ci.link_id"
        " WHERE ci.article_id = ? AND l.last_check_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM passages WHERE citation_id = ci.id)",
        (article_id,),
    ).fetchall()
    for (link_id,) in links:
        row = connection.execute(
            'SELECT c.id, j.verdict, v."group", c.document_id FROM links AS l JOIN checks AS c ON c.id = l.last_check_id'
            " JOIN judgements AS j ON j.check_id = c.id JOIN verdicts AS v ON v.name = j.verdict"
            " WHERE l.id = ? ORDER BY j.rules_version DESC LIMIT 1",
            (link_id,),
        ).fetchone()
        if row is not None:
            of_check(connection, link_id, row[0], verdict=row[1], group=row[2], document_id=row[3])
        read = (
            "SELECT DISTINCT as_cited_memento_id FROM citations WHERE link_id = ? AND as_cited_memento_id IS NOT NULL"
        )
        for (memento_id,) in connection.execute(read, (link_id,)).fetchall():
            of_memento(connection, memento_id)


def note_similarity(connection: sqlite3.Connection, link_id: int, check_id: int, document_id: int | None) -> None:
    """Record how like the text of a check is to that of the check before it that had one; see citekeep/similarity.py."""
    row = connection.execute(
        "SELECT t.text, t.text_sha256 FROM checks AS c JOIN documents AS d ON d.id = c.document_id"
        " JOIN texts AS t ON t.id = d.text_id WHERE c.link_id = ? AND (c.checked_at, c.id) <"
        " (SELECT checked_at, id FROM checks WHERE id = ?) ORDER BY c.checked_at DESC, c.id DESC LIMIT 1",
        (link_id, check_id),
    ).fetchone()
    now = (
        row
        and connection.execute(
            "SELECT t.text, t.text_sha256 FROM documents AS d JOIN texts AS t ON t.id = d.text_id WHERE d.id = ?",
            (document_id,),
        ).fetchone()
    )
    if row is None or now is None:
        return
    alike = 1.0 if row[1] == now[1] else similarity(row[0], now[0])
    connection.execute("UPDATE checks SET similarity = ? WHERE id = ?", (alike, check_id))


_NEXT = """
SELECT c.id, j.verdict, v."group", c.document_id FROM checks AS c
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
JOIN verdicts AS v ON v.name = j.verdict
WHERE c.link_id = ? AND {which} AND (c.checked_at, c.id) > (SELECT checked_at, id FROM checks WHERE id = ?)
ORDER BY c.checked_at, c.id LIMIT 1
"""
_NEXT_THAT_TELLS = _NEXT.format(which="v.\"group\" <> 'not_checked'")
_NEXT_WITH_TEXT = _NEXT.format(which="c.document_id IS NOT NULL")


def of_the_next(connection: sqlite3.Connection, link_id: int, check_id: int) -> None:
    """Compare anew what comes after a check that was recorded long after it was made: it says what changed since that."""
    row = connection.execute(_NEXT_THAT_TELLS, (link_id, check_id)).fetchone()
    if row is not None:
        of_check(connection, link_id, row[0], verdict=row[1], group=row[2], document_id=row[3])
    row = connection.execute(_NEXT_WITH_TEXT, (link_id, check_id)).fetchone()
    if row is not None:
        note_similarity(connection, link_id, row[0], row[3])


def _citing(connection: sqlite3.Connection, link_id: int) -> Iterator[_Citing]:
    for citation_id, sentence, anchor, language in connection.execute(_CITATIONS, (link_id,)):
        yield _Citing(citation_id, Cited(sentence=sentence, anchor=anchor, language=language))


def _shown(connection: sqlite3.Connection, link_id: int, document_id: int | None) -> Shown | Answer:
    row = connection.execute(_SHOWN, (link_id, document_id)).fetchone()
    if row is None or not row[0]:
        return not_comparable("no_text")
    text, title, site_name, language, quality, host = row
    around = "\n".join(part for part in (title, site_name, host) if part)
    return Shown(text=text, around=around, language=language, whole=quality != "fragment")


def _record(
    connection: sqlite3.Connection,
    citing: Iterable[_Citing],
    shown: Shown | Answer,
    *,
    check_id: int | None = None,
    memento_id: int | None = None,
) -> None:
    now = clock.now()
    known: dict[Cited, Answer] = {}  # articles of one outlet repeat themselves
    for one in citing:
        if isinstance(shown, Answer):
            told = shown
        else:
            told = known[one.cited] = known.get(one.cited) or compare(one.cited, shown)
        row = (told.answer, values.as_json(told.missing) if told.missing else None, told.reason, METHOD)
        last = connection.execute(
            *(
                (_LAST_OF_MEMENTO, (one.citation_id, memento_id))
                if check_id is None
                else (_LAST_OF_CHECKS, (one.citation_id, check_id))
            )
        ).fetchone()
        if last != row:
            connection.execute(_PASSAGE, (one.citation_id, check_id, memento_id, *row, now))
