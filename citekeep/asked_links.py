"""Links that a person wants checked now: those of a list, or what an article of this archive cites."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass, field
from typing import IO

from citekeep.cards.find import address, find
from citekeep.exceptions import InputError
from citekeep.failures import ONLY_WAITS
from citekeep.inputs import AskedArticle, read_flag, read_list
from citekeep.urls import canonical

_CHECKED = f"""
SELECT 1 FROM links AS l JOIN checks AS c ON c.id = l.last_check_id
WHERE l.url = ? AND c.checked_at >= ? AND coalesce(c.reason, '') NOT IN {ONLY_WAITS}
"""  # noqa: S608 - ours


@dataclass(frozen=True, kw_only=True)
class AskedLinks:
    """What a run of the links spider was asked for; nothing: all that is due.

    urls: as a person wrote them. article: whose citations are meant, or None. bad_lines: as in inputs.Asked. public:
    whether the links may be named elsewhere from now on; those that an article made public stay so. anew: also what an
    interrupted run, with which this one would go on, has checked.
    """

    urls: list[str] = field(default_factory=list)
    article: str | None = None
    bad_lines: list[tuple[int, str, str]] = field(default_factory=list)
    public: bool = False
    anew: bool = False
    articles: tuple[AskedArticle, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything was asked for by name."""
        return bool(self.urls or self.article)

    def arguments(self) -> dict[str, str]:
        """Return what was asked for without paths, equal for equal input."""
        if not self:
            return {}
        public = {"publish": str(int(self.public))} | ({"anew": "1"} if self.anew else {})
        if self.article:
            return {"article": self.article} | public
        digest = hashlib.sha256("\n".join(self.urls).encode("utf-8", "replace"))
        return {"list": digest.hexdigest(), "links": str(len(self.urls))} | public

    def unchecked(self, connection: sqlite3.Connection, crawl_id: int) -> int:
        """Return how many of these links nobody has checked since a run (or the one it goes on with) began."""
        (since,) = connection.execute("SELECT since_at FROM crawls WHERE id = ?", (crawl_id,)).fetchone()
        urls = [url for _, url in cited_links(connection, self.article)] if self.article else self.urls
        return sum(connection.execute(_CHECKED, (canonical(url), since)).fetchone() is None for url in urls)

    def resolve(self, connection: sqlite3.Connection) -> None:
        """Raise InputError, a sentence for a person, where this archive does not know what was asked for."""
        if self.article:
            cited_links(connection, self.article)


def read_links(
    *,
    urls: str | None = None,
    article: str | None = None,
    publish: str | None = None,
    stdin: IO[bytes] | None = None,
) -> AskedLinks:
    """Return what the arguments of the links spider ask for.

    urls: a list (a path, or "-" for standard input). article: the URL of an article of this archive. publish: "1" or
    "0"; by default no link is named elsewhere that is not public already. Raises InputError where nothing is usable.
    """
    if urls and article:
        raise InputError("Give either a list (urls=) or an article (article=), not both.")
    public = read_flag(publish, default=False)
    if article:
        return AskedLinks(article=address(article), public=public)
    if not urls:
        if publish:
            raise InputError("publish= says something of a list (urls=) or an article (article=): give one.")
        return AskedLinks()
    found, bad = read_list(urls, stdin)
    if not found:
        first = f": line {bad[0][0]}: {bad[0][2]}" if bad else "."
        raise InputError(f"No usable URL in {'standard input' if urls == '-' else urls}{first}")
    return AskedLinks(urls=found, bad_lines=bad, public=public)


def cited_links(connection: sqlite3.Connection, article: str) -> list[tuple[int, str]]:
    """Return (link_id, URL) of each link that an article cites, in its order; any spelling of its URL will do.

    Raises InputError where it is no article of this archive, or cites nothing.
    """
    meant = find(connection, article)
    link_id = None if meant is None else meant.link_id
    row = connection.execute("SELECT id FROM articles WHERE link_id = ?", (link_id,)).fetchone()
    if row is None:
        raise InputError(
            f"{article} is no article of this archive: archive it first, with scrapy crawl article -a url={article}"
        )
    found = connection.execute(
        "SELECT l.id, l.url FROM citations AS c JOIN links AS l ON l.id = c.link_id WHERE c.article_id = ?"
        " GROUP BY l.id ORDER BY min(c.position)",
        (row[0],),
    ).fetchall()
    if not found:
        raise InputError(f"{article} cites nothing that could be checked.")
    return found
