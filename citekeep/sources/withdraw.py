"""A source that was public and is private now: what it brought is named elsewhere no more. What was saved stays saved."""

from __future__ import annotations

import sqlite3

_ARTICLES = """
UPDATE articles SET public = 0 WHERE public = 1 AND id IN (
    SELECT article_id FROM source_articles WHERE source_id = :source
    EXCEPT
    SELECT o.article_id FROM sources AS s JOIN source_articles AS o ON o.source_id = s.id
    WHERE s.public = 1 AND s.removed_at IS NULL)
"""

_LINKS = """
WITH mine (link_id, article_id) AS MATERIALIZED (
    SELECT a.link_id, a.id FROM source_articles AS s JOIN articles AS a ON a.id = s.article_id
    WHERE s.source_id = :source AND a.public = 0
),
cited (link_id) AS MATERIALIZED (
    SELECT c.link_id FROM mine JOIN citations AS c ON c.article_id = mine.article_id
)
UPDATE links SET public = 0
WHERE public = 1
    AND id IN (
        SELECT link_id FROM mine UNION SELECT link_id FROM cited
        UNION SELECT l.id FROM cited JOIN links AS l ON l.leads_to_id = cited.link_id)
    AND NOT EXISTS (SELECT 1 FROM articles AS a WHERE a.link_id = links.id AND a.public = 1)
    AND NOT EXISTS (
        SELECT 1 FROM citations AS c JOIN articles AS a ON a.id = c.article_id
        WHERE c.link_id IN (links.id, links.leads_to_id) AND a.public = 1)
"""
"""A short address is public as long as a public article cites what it leads to."""


def withdraw(connection: sqlite3.Connection, source_id: int) -> int:
    """Make private what a source brought: its articles and what they cite; return how many links became so.

    Not what another public source lists, or another public article cites. Wishes for snapshots that wait stay where they
    are: the ledger takes up none of a private link, and goes on with them should it be public again.
    """
    connection.execute(_ARTICLES, {"source": source_id})
    return connection.execute(_LINKS, {"source": source_id}).rowcount
