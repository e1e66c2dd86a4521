"""Writes when each citation was made, from the rows of checks, captures and documents; decided in citekeep/cited_on.py.

Functions take a connection first, for ``Writer.run``. They may be called at any time, any number of times: the same rows
give the same dates.
"""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from citekeep import clock
from citekeep.cited_on import Facts, interval
from citekeep.dates import not_before
from citekeep.link_rows import identify
from citekeep.verdicts.table import SHOWING_SQL, newest

AS_CITED_WITHIN = "as_cited_within_days"
"""The setting that the view citation_candidates reads."""

_READ_MOST = 10
"""Captures of one article that are read to find when its citations came: by halving, ten tell a thousand apart."""


def say_as_cited_within(connection: sqlite3.Connection, days: int) -> None:
    """Have the views say "as cited" only where citation and snapshot lie within so many days."""
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        " WHERE value <> excluded.value",
        (AS_CITED_WITHIN, days),
    )


_CITATIONS = """
SELECT ci.id, ci.article_id, l.id, l.url, ci.accessed_on, ci.cited_on_earliest, ci.cited_on_latest, ci.cited_on_basis,
    ci.url_as_written, iif(ci.cited_via = ci.url_as_written, substr(ci.cited_via_at, 1, 10), NULL),
    (SELECT fc.id FROM citations AS f JOIN checks AS fc ON fc.id = f.first_check_id
     WHERE f.link_id = ci.link_id AND f.article_id = ci.article_id ORDER BY fc.checked_at, fc.id LIMIT 1)
FROM citations AS ci JOIN links AS l ON l.id = ci.link_id
"""
_DATED = "UPDATE citations SET cited_on_earliest = ?, cited_on_latest = ?, cited_on_basis = ? WHERE id = ?"


def date_article(connection: sqlite3.Connection, article_id: int) -> None:
    """Date all citations of an article: after it was read, or its date became known."""
    rows = connection.execute(f"{_CITATIONS} WHERE ci.article_id = ?", (article_id,)).fetchall()
    _date(connection, {article_id: _Article(connection, article_id)}, rows)


def date_link(connection: sqlite3.Connection, link_id: int) -> None:
    """Date anew the citations of a link that its own date may move: after its page was read, or captures of it were found.

    Those that were made, as far as is known, before the day that the page names now; and those that were moved before.
    """
    rows = connection.execute(
        f"{_CITATIONS} WHERE ci.link_id = ? AND (ci.cited_on_basis = 'later_link' OR ci.cited_on_earliest < ?)",
        (link_id, _page_on(connection, link_id)),
    ).fetchall()
    _date(connection, {row[1]: _Article(connection, row[1]) for row in rows}, rows)


def _date(connection: sqlite3.Connection, articles: dict[int, _Article], rows: list[Any]) -> None:
    changed = []
    for citation_id, article_id, link_id, url, accessed_on, *known, written, captured_on, first_check_id in rows:
        article = articles[article_id]
        seen_on, absent_on = article.checks(first_check_id)
        memento_on, memento_absent_on = article.captures({url, identify(written).url}, seen_on)
        link_on, page_on = _not_there_before(connection, link_id, url)
        if captured_on is not None:  # what was cited is a capture: it cannot have been cited before it was taken
            link_on = max(captured_on, link_on or "")
        found = interval(
            Facts(
                seen_on=seen_on, absent_on=absent_on, memento_on=memento_on, memento_absent_on=memento_absent_on,
                accessed_on=accessed_on, published_on=article.published_on, published_basis=article.published_basis,
                link_on=link_on, page_on=page_on,
            )
        )  # fmt: skip
        if [found.earliest, found.latest, found.basis] != known:
            changed.append((found.earliest, found.latest, found.basis, citation_id))
    connection.executemany(_DATED, changed)


# --- what is known of an article ---

# The last check before another that showed the article as the same version of the same extractor reads it: what an older
# one did not find may have been there. Its citations must have been looked for (some had been found by then, or the version
# says so): a page that was but a cited link before has been read without them.
_BEFORE = f"""
SELECT max(substr(p.checked_at, 1, 10))
FROM checks AS c JOIN documents AS cd ON cd.id = c.document_id
JOIN checks AS p ON p.link_id = c.link_id AND (p.checked_at, p.id) < (c.checked_at, c.id)
JOIN documents AS pd ON pd.id = p.document_id AND pd.outcome = 'ok'
    AND pd.extractor = cd.extractor AND pd.extractor_version = cd.extractor_version
JOIN judgements AS j ON j.check_id = p.id AND j.verdict IN ({SHOWING_SQL}) AND {newest("j")}
WHERE c.id = ? AND (
    EXISTS (
        SELECT 1 FROM articles AS a JOIN citations AS ci ON ci.article_id = a.id JOIN checks AS f ON f.id = ci.first_check_id
        WHERE a.link_id = c.link_id AND (f.checked_at, f.id) <= (p.checked_at, p.id))
    OR EXISTS (
        SELECT 1 FROM articles AS a JOIN versions AS v ON v.article_id = a.id AND v.links IS NOT NULL
        JOIN checks AS f ON f.id = v.first_check_id JOIN checks AS z ON z.id = v.last_check_id
        WHERE a.link_id = c.link_id AND (f.checked_at, f.id) <= (p.checked_at, p.id)
            AND (p.checked_at, p.id) <= (z.checked_at, z.id)))
"""  # noqa: S608 - our own
_READ = """
SELECT substr(m.memento_at, 1, 10), mc.links FROM memento_citations AS mc
JOIN memento_now AS m ON m.memento_id = mc.memento_id
WHERE mc.article_id = ? AND m.quality IN ('verified', 'identical') ORDER BY m.memento_at
"""


@dataclass(frozen=True)
class _Article:
    """What is known of an article's dates, each asked of the database once."""

    connection: sqlite3.Connection
    article_id: int

    @cached_property
    def _row(self) -> Any:
        return self.connection.execute(
            "SELECT coalesce(published_on, substr(published_at, 1, 10)), published_basis FROM articles WHERE id = ?",
            (self.article_id,),
        ).fetchone()

    @property
    def published_on(self) -> str | None:
        return self._row[0]

    @property
    def published_basis(self) -> str | None:
        return self._row[1]

    @cached_property
    def _checks(self) -> dict[int, tuple[str, str | None]]:
        return {}

    def checks(self, first_check_id: int) -> tuple[str, str | None]:
        """Return the day of a check, and that of the last comparable one before it."""
        if first_check_id not in self._checks:
            (seen_on,) = self.connection.execute(
                "SELECT substr(checked_at, 1, 10) FROM checks WHERE id = ?", (first_check_id,)
            ).fetchone()
            (before,) = self.connection.execute(_BEFORE, (first_check_id,)).fetchone()
            self._checks[first_check_id] = (seen_on, before)
        return self._checks[first_check_id]

    @cached_property
    def _captures(self) -> list[tuple[str, frozenset[str]]]:
        rows = self.connection.execute(_READ, (self.article_id,))
        return [(on, frozenset(json.loads(links))) for on, links in rows]

    def captures(self, keys: set[str], seen_on: str) -> tuple[str | None, str | None]:
        """Return the days of the earliest capture that cites a link by any of its keys, and of the last before without it.

        Of captures from after ``seen_on`` nothing is told: the citation was there then.
        """
        absent = None
        for on, links in self._captures:
            if not links.isdisjoint(keys):
                return on, absent
            absent = on if on <= seen_on else absent
        return None, absent


# --- what is known of what is cited ---

_PAGE_ON = f"""
SELECT min(d.published_on) FROM checks AS c
JOIN documents AS d ON d.id = c.document_id AND d.published_basis IN ('json_ld', 'meta')
JOIN judgements AS j ON j.check_id = c.id AND {newest("j")}
JOIN verdicts AS v ON v.name = j.verdict AND v."group" = 'alive'
WHERE c.link_id = ?
"""  # noqa: S608 - ours
_SEEN_BEFORE = "SELECT 1 FROM good_mementos WHERE link_id = ? AND memento_at < ? LIMIT 1"
_FRONT_PAGE = re.compile(r"[a-z]+://[^/?#]*/?")


def _page_on(connection: sqlite3.Connection, link_id: int) -> str | None:
    """Return the day on which a cited page says that it was published, when it was looked at first."""
    return connection.execute(_PAGE_ON, (link_id,)).fetchone()[0]


def _not_there_before(connection: sqlite3.Connection, link_id: int, url: str) -> tuple[str | None, str | None]:
    """Return the days before which a link cannot have been cited, by its URL and by its page; None where nothing says so.

    A front page has no day. A page that an archive has from before its own date was put out anew.
    """
    by_url = not_before(url)
    by_page = _page_on(connection, link_id) if by_url is None and not _FRONT_PAGE.fullmatch(url) else None
    dated = by_url or by_page
    if dated is None or connection.execute(_SEEN_BEFORE, (link_id, dated)).fetchone() is not None:
        return None, None
    return by_url, by_page


# --- captures of an article ---


def keep_memento_citations(connection: sqlite3.Connection, memento_id: int, link_id: int, cited: list[str]) -> None:
    """Record what a capture of an article cites (URLs as written and originals), and date the article's citations by it.

    Does nothing where the link is no article's.
    """
    row = connection.execute("SELECT id FROM articles WHERE link_id = ?", (link_id,)).fetchone()
    if row is None:
        return
    keys = sorted({identify(url).url for url in cited})
    connection.execute(
        "INSERT INTO memento_citations (memento_id, article_id, links, read_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (memento_id) DO UPDATE SET links = excluded.links, read_at = excluded.read_at",
        (memento_id, row[0], json.dumps(keys), clock.now()),
    )
    date_article(connection, row[0])


# The captures of an article that were not read, between the last one that was read without a citation and the first day
# on which it is known to have been there. One after another, the middle one of those that are left is read.
_UNREAD = """
SELECT m.id FROM mementos AS m
WHERE m.link_id = :link AND m.quality = 'unread' AND m.tries = 0 AND coalesce(m.status, 200) BETWEEN 200 AND 299
    AND substr(m.memento_at, 1, 10) < :before AND substr(m.memento_at, 1, 10) > :after
ORDER BY m.memento_at
"""
_OPEN = """
SELECT a.id, max(ci.cited_on_latest), (SELECT count(*) FROM memento_citations WHERE article_id = a.id)
FROM articles AS a JOIN citations AS ci ON ci.article_id = a.id AND ci.kind NOT IN ('related', 'promo')
WHERE a.link_id = ? AND (ci.cited_on_earliest IS NULL OR julianday(ci.cited_on_latest) - julianday(ci.cited_on_earliest)
    > (SELECT value FROM settings WHERE name = 'as_cited_within_days'))
GROUP BY a.id
"""


def read_captures(connection: sqlite3.Connection, link_id: int) -> None:
    """Have the ledger read a capture of an article of which it is not known when its citations came, if there is one.

    Does nothing where the link is no article's, where its dates are known, or _READ_MOST captures have told what they can.
    """
    row = connection.execute(_OPEN, (link_id,)).fetchone()
    if row is None or row[2] >= _READ_MOST:
        return
    article_id, latest, read = row
    (after,) = connection.execute(
        "SELECT max(substr(m.memento_at, 1, 10)) FROM memento_citations AS mc JOIN mementos AS m ON m.id = mc.memento_id"
        " WHERE mc.article_id = ? AND substr(m.memento_at, 1, 10) < ?",
        (article_id, latest),
    ).fetchone()
    named = {"link": link_id, "before": latest, "after": after or ""}
    unread = [memento_id for (memento_id,) in connection.execute(_UNREAD, named)]
    if unread:
        chosen = unread[len(unread) // 2 if read else 0]  # the earliest may have them all
        connection.execute(
            "UPDATE mementos SET next_verify_at = ? WHERE id = ? AND next_verify_at IS NULL", (clock.now(), chosen)
        )
