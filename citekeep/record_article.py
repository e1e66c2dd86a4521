"""Stores what a check says about an article: its text and date, and the citations that were found in it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from citekeep import values
from citekeep.dating import date_article
from citekeep.items import Citation, Extraction, Result
from citekeep.record_document import BASES
from citekeep.record_roads import keep_cited_capture, source_of
from citekeep.record_versions import find_anew, note_reading
from citekeep.sources.rows import TAKE_OVER
from citekeep.verdicts.table import SHOWING, SHOWING_SQL, newest

CITED = 1
"""Priority of links that an article just read cites: after what was asked for by name, before routine."""


@dataclass(frozen=True)
class LinkRow:
    """A link as ``record`` finds it. has_local: the bytes of a saved document wait to be recorded. epoch: of its site.

    lists: it is a page of a source, at some time. cited: an article cites it. asked: somebody asked for it by name.
    """

    link_id: int
    site_id: int
    turn: int
    public: int
    withheld: str | None
    strikes: int
    article_id: int | None
    article_public: int | None
    has_local: int
    epoch: int
    standing: str | None
    lists: int
    cited: int
    asked: int


def shows_article(link: LinkRow, result: Result, document_id: int | None) -> bool:
    """Return whether a check shows the article that its link is, and there is a text of it."""
    extraction = result.extraction
    shown = bool(link.has_local) or result.judgement.verdict in SHOWING
    return shown and extraction is not None and document_id is not None and extraction.outcome == "ok"


def record_article(
    connection: sqlite3.Connection,
    link: LinkRow,
    result: Result,
    *,
    check_id: int,
    document_id: int | None,
    now: str,
) -> list[int]:
    """Store text, date and citations of an article if this check shows the article; return the links that are to be asked.

    A check that is older than one that showed the article before (an imported one) adds the citations that it alone has,
    and says of the others since when they were there; text, date and places stay those of the newest.
    """
    extraction = result.extraction
    if extraction is None or document_id is None or not shows_article(link, result, document_id):
        return []
    newest = _is_newest(connection, link.link_id, check_id)
    if newest:
        _record_document_of_article(connection, link, extraction, document_id)
    cited: set[int] = set()
    if extraction.citations:
        statement = _CITATION if newest else _CITATION_BEFORE
        cited = _record_citations(connection, link, extraction.citations, statement, check_id=check_id, now=now)
    assert link.article_id is not None
    if newest:
        note_reading(connection, link.article_id, check_id, document_id)
    else:
        find_anew(connection, link.link_id)
    date_article(connection, link.article_id)
    return sorted(cited) if pass_terms_on(connection, link.link_id, cited) else []


_LATER = f"""
SELECT 1 FROM checks AS c JOIN checks AS o ON o.link_id = c.link_id AND o.checked_at > c.checked_at
JOIN documents AS d ON d.id = o.document_id AND d.outcome = 'ok'
JOIN judgements AS j ON j.check_id = o.id AND j.verdict IN ({SHOWING_SQL}) AND {newest("j")}
WHERE c.id = ? AND c.link_id = ? LIMIT 1
"""  # noqa: S608 - our own


def _is_newest(connection: sqlite3.Connection, link_id: int, check_id: int) -> bool:
    """Return whether no later check than this one has shown the article."""
    return connection.execute(_LATER, (check_id, link_id)).fetchone() is None


def _record_document_of_article(
    connection: sqlite3.Connection, link: LinkRow, extraction: Extraction, document_id: int
) -> None:
    connection.execute("UPDATE articles SET last_document_id = ? WHERE id = ?", (document_id, link.article_id))
    published_on, published_at = values.date(extraction.published_on), values.time(extraction.published_at)
    if published_on or published_at:
        basis = values.one_of(extraction.published_basis, BASES, None)
        dated = (values.text(extraction.published_text), published_on, published_at, basis)
        connection.execute(_PUBLISHED, (*dated, link.article_id))


_SHOWS = f"(j.verdict IN ({SHOWING_SQL}) OR c.reason = 'saved_document')"
_STILL_SHOWN = f"""
SELECT 1 FROM checks AS c JOIN judgements AS j ON j.check_id = c.id AND {newest("j")}
WHERE c.link_id = ? AND c.document_id = ? AND {_SHOWS} LIMIT 1
"""  # noqa: S608 - our own
_SHOWN = f"""
SELECT d.id, d.published_text, d.published_on, d.published_at, d.published_basis
FROM checks AS c JOIN documents AS d ON d.id = c.document_id AND d.outcome = 'ok'
JOIN judgements AS j ON j.check_id = c.id AND {newest("j")}
WHERE c.link_id = ? AND {_SHOWS} ORDER BY c.checked_at, c.id
"""  # noqa: S608 - our own
_NOT_ITS_OWN = f"""
SELECT ci.id FROM citations AS ci JOIN articles AS a ON a.id = ci.article_id
JOIN checks AS f ON f.id = ci.first_check_id JOIN checks AS z ON z.id = ci.last_check_id
WHERE a.link_id = ? AND NOT EXISTS (SELECT 1 FROM reviews WHERE citation_id = ci.id) AND NOT EXISTS (
    SELECT 1 FROM checks AS c JOIN judgements AS j ON j.check_id = c.id AND {newest("j")}
    WHERE c.link_id = a.link_id AND c.checked_at BETWEEN f.checked_at AND z.checked_at AND {_SHOWS})
"""  # noqa: S608 - our own
_UNDATED = """
UPDATE articles SET published_text = NULL, published_on = NULL, published_at = NULL, published_basis = NULL
WHERE id = ? AND coalesce(published_basis, '') NOT IN ('user', 'feed', 'sitemap')
"""


def find_text_anew(connection: sqlite3.Connection, link_id: int) -> None:
    """Have an article's text and date be those of readings that show it, where the one that it has does not by the rules of
    today: of an address that is parked, say.
    """
    row = connection.execute("SELECT id, last_document_id FROM articles WHERE link_id = ?", (link_id,)).fetchone()
    if row is None or row[1] is None or connection.execute(_STILL_SHOWN, (link_id, row[1])).fetchone() is not None:
        return
    shown = connection.execute(_SHOWN, (link_id,)).fetchall()
    last = shown[-1][0] if shown else None
    connection.execute("UPDATE articles SET last_document_id = ? WHERE id = ?", (last, row[0]))
    connection.execute(_UNDATED, (row[0],))
    for _, *dated in shown:
        if dated[1] or dated[2]:
            connection.execute(_PUBLISHED, (*dated, row[0]))
    date_article(connection, row[0])


# A date that was known once stays where a later version of the page has none, or but a guess; what a person said stays.
# The basis is the reading's, not the document's: the same bytes under another URL are one document, of one of the two.
_PUBLISHED = """
UPDATE articles SET published_text = ?1, published_on = ?2, published_at = ?3, published_basis = ?4
WHERE id = ?5 AND coalesce(published_basis, 'guess') <> 'user'
    AND (coalesce(published_basis, 'guess') = 'guess' OR ?4 <> 'guess')
"""

_CITATION = """
INSERT INTO citations (article_id, link_id, fingerprint, url_as_written, anchor_text, sentence, before, after,
    paragraph, position, kind, cited_via, cited_via_kind, cited_via_service, cited_via_at, accessed_on,
    first_check_id, last_check_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (article_id, fingerprint) DO UPDATE SET
    link_id = excluded.link_id,
    before = excluded.before, after = excluded.after, paragraph = excluded.paragraph, position = excluded.position,
    kind = excluded.kind, cited_via = excluded.cited_via, cited_via_kind = excluded.cited_via_kind,
    cited_via_service = excluded.cited_via_service, cited_via_at = excluded.cited_via_at,
    accessed_on = excluded.accessed_on, last_check_id = excluded.last_check_id
"""
_CHECKED_AT = "(SELECT checked_at FROM checks WHERE id = {})"
_EARLIER = f"{_CHECKED_AT.format('excluded.first_check_id')} < {_CHECKED_AT.format('first_check_id')}"
_LATER_LAST = f"{_CHECKED_AT.format('excluded.last_check_id')} > {_CHECKED_AT.format('last_check_id')}"
_CITATION_BEFORE = f"""{_CITATION.partition("DO UPDATE")[0]}DO UPDATE SET
    first_check_id = iif({_EARLIER}, excluded.first_check_id, first_check_id),
    last_check_id = iif({_LATER_LAST}, excluded.last_check_id, last_check_id)
"""


def _record_citations(
    connection: sqlite3.Connection,
    link: LinkRow,
    citations: list[Citation],
    statement: str,
    *,
    check_id: int,
    now: str,
) -> set[int]:
    public, rows, cited = bool(link.article_public), [], set()
    for citation in citations:
        link_id, road = source_of(connection, citation, public=public, now=now)
        keep_cited_capture(connection, link_id, citation)
        cited.add(link_id)
        words = (citation.anchor_text, citation.sentence, citation.before, citation.after)
        key = (link.article_id, link_id, citation.fingerprint, values.words(citation.url_as_written))
        place = (citation.paragraph, citation.position, citation.kind)
        rows.append((*key, *map(values.words, words), *place, *road, check_id, check_id))
    connection.executemany(statement, rows)
    return cited


def drop_citations(connection: sqlite3.Connection, link_id: int) -> None:
    """Remove the citations of an article that were only ever found on what is not the article, by the rules of today; what they
    lead to stays a link. One that a person reviewed stays.
    """
    found = connection.execute(_NOT_ITS_OWN, (link_id,)).fetchall()
    connection.executemany("DELETE FROM passages WHERE citation_id = ?", found)
    connection.executemany("DELETE FROM citations WHERE id = ?", found)


def pass_terms_on(connection: sqlite3.Connection, link_id: int, cited: set[int]) -> bool:
    """Have what is cited asked on the terms of the article's source, where it has none; return whether it is to be asked."""
    row = connection.execute(
        "SELECT s.id, s.depth FROM links AS l JOIN sources AS s ON s.id = l.source_id WHERE l.id = ?", (link_id,)
    ).fetchone()
    if row is None:
        return True
    connection.executemany(TAKE_OVER, [(row[0], cited_id) for cited_id in cited])
    return bool(row[1] == "citations")


# A routine look at an article makes no link due that has its own time already: one is due that is cited anew, was never asked,
# or is due at no time by itself (its address was refused, say: it may be another by now).
_CITED_ANEW = """
    AND (last_check_id IS NULL OR (next_check_at IS NULL AND withheld IS NULL)
        OR EXISTS (SELECT 1 FROM citations WHERE link_id = links.id AND first_check_id = :found_by))
"""
_DUE = f"""
UPDATE links SET next_check_at = :now, priority = max(priority, {CITED})
WHERE id = :link_id AND (next_check_at IS NULL OR next_check_at > :now OR priority < {CITED})
    AND NOT EXISTS (
        SELECT 1 FROM checks WHERE id = links.last_check_id
            AND checked_at >= (SELECT since_at FROM crawls WHERE id = :crawl_id))
"""  # noqa: S608 - a number of our own


def make_due(
    connection: sqlite3.Connection, link_ids: list[int], *, crawl_id: int, now: str, found_by: int | None = None
) -> None:
    """Make links due now, unless this run (or the one it goes on with) has checked them already.

    found_by: a check of the article that cites them; only what it was the first to find, and what was never asked.
    """
    statement = _DUE if found_by is None else f"{_DUE}{_CITED_ANEW}"
    named = {"crawl_id": crawl_id, "now": now, "found_by": found_by}
    connection.executemany(statement, [named | {"link_id": link_id} for link_id in link_ids])
