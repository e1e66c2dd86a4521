"""Makes articles and links due that a person asked for: functions for ``Writer.run``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from citekeep import clock, dates, values
from citekeep.dating import date_article
from citekeep.failures import ONLY_WAITS
from citekeep.inputs import AskedArticle
from citekeep.link_rows import ensure_link

ASKED = 2
"""Priority of what was asked for by name: before everything else."""


SOON = 60  # seconds of a pause that a run waits for

ASKED_LINKS = "CREATE TEMP TABLE IF NOT EXISTS asked_links (link_id INTEGER PRIMARY KEY)"
"""What this process was asked for by name. It goes with the process: the same command asks for the same again."""


def ask_articles(
    connection: sqlite3.Connection,
    articles: Sequence[AskedArticle],
    public: bool,
    collection: str | None,
    since: str | None,
) -> int:
    """Make the articles due now and return how many became due; see LocalFrontier.add_articles."""
    now = clock.now()
    return sum(_ask(connection, article, public, collection, since, now) for article in articles)


def ask_links(connection: sqlite3.Connection, found: Sequence[str | int], public: bool, since: str | None) -> int:
    """Make links due now, and remember that this process was asked for them; return how many became due.

    found: a URL, or the id of a link. The rest: see LocalFrontier.add_links.
    """
    connection.execute(ASKED_LINKS)
    now = clock.now()
    due = 0
    for asked in found:
        link_id = asked if isinstance(asked, int) else ensure_link(connection, asked, public=public, now=now)
        if isinstance(asked, int) and public:
            connection.execute("UPDATE links SET public = 1 WHERE id = ?", (link_id,))
        if since is not None and _checked_since(connection, link_id, since):
            continue
        connection.execute("INSERT OR IGNORE INTO asked_links (link_id) VALUES (?)", (link_id,))
        connection.execute("UPDATE links SET next_check_at = ?, priority = ? WHERE id = ?", (now, ASKED, link_id))
        due += 1
    return due


def still_asked(connection: sqlite3.Connection, without: Sequence[str] = ()) -> int:
    """Return how many of the links that this process was asked for are still due.

    Those of sites that are paused for longer, or are among ``without``, are not counted: no run will ask them soon.
    """
    connection.execute(ASKED_LINKS)
    (number,) = connection.execute(
        "SELECT count(*) FROM asked_links AS a JOIN links AS l ON l.id = a.link_id JOIN sites AS s ON s.id = l.site_id"
        " WHERE l.priority = ? AND l.next_check_at IS NOT NULL AND coalesce(s.paused_until, '') <= ?"
        " AND s.site NOT IN (SELECT value FROM json_each(?))",
        (ASKED, clock.after(SOON), json.dumps(list(without))),
    ).fetchone()
    return int(number)


def _ask(
    connection: sqlite3.Connection,
    article: AskedArticle,
    public: bool,
    collection: str | None,
    since: str | None,
    now: str,
) -> bool:
    link_id = ensure_link(connection, article.url, public=public, now=now)
    ensure_article(connection, link_id, article.source, public, collection, now)
    if article.published is not None:
        _date_by_hand(connection, link_id, article.published)
    if since is not None and _checked_since(connection, link_id, since):
        return False
    if article.body is not None:
        connection.execute(
            "INSERT INTO local_documents (link_id, body, body_type, added_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (link_id) DO UPDATE SET body = excluded.body, body_type = excluded.body_type,"
            " added_at = excluded.added_at",
            (link_id, article.body, article.body_type, now),
        )
    connection.execute("UPDATE links SET next_check_at = ?, priority = ? WHERE id = ?", (now, ASKED, link_id))
    return True


def ensure_article(
    connection: sqlite3.Connection, link_id: int, source: str, public: bool, collection: str | None, now: str
) -> None:
    """Make a link an article, or one that is public, or one of a collection, where it is not yet."""
    row = connection.execute("SELECT id, public FROM articles WHERE link_id = ?", (link_id,)).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO articles (link_id, source, public, collection, added_at) VALUES (?, ?, ?, ?, ?)",
            (link_id, source, int(public), values.text(collection), now),
        )
        return
    if collection is not None:
        connection.execute("UPDATE articles SET collection = ? WHERE id = ?", (values.text(collection), row[0]))
    if public and not row[1]:  # published now: so are its citations
        connection.execute("UPDATE articles SET public = 1 WHERE id = ?", (row[0],))
        connection.execute(
            "UPDATE links SET public = 1 WHERE id IN (SELECT link_id FROM citations WHERE article_id = ?)", (row[0],)
        )


def _date_by_hand(connection: sqlite3.Connection, link_id: int, published: str) -> None:
    """Record the day that a person gives an article, and date its citations by it."""
    found = dates.read(published)
    if found is None:
        return
    (article_id,) = connection.execute(
        "UPDATE articles SET published_text = ?, published_on = ?, published_at = ?, published_basis = 'user'"
        " WHERE link_id = ? RETURNING id",
        (values.text(published), found.on.isoformat(), found.at, link_id),
    ).fetchone()
    date_article(connection, article_id)


_CHECKED = f"""
SELECT 1 FROM links AS l JOIN checks AS c ON c.id = l.last_check_id
WHERE l.id = ? AND c.checked_at >= ? AND coalesce(c.reason, '') NOT IN {ONLY_WAITS}
"""  # noqa: S608 - ours


def _checked_since(connection: sqlite3.Connection, link_id: int, since: str) -> bool:
    return connection.execute(_CHECKED, (link_id, since)).fetchone() is not None
