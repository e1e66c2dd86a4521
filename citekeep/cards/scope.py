"""What a report is about: an article, an outlet, a host, or everything; its cards, and its figures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from citekeep.cards.card import Card, cards_where
from citekeep.cards.find import known
from citekeep.cards.queries import STILL_CITED, standing_said
from citekeep.exceptions import InputError
from citekeep.urls import host_of, site_of

DEFINITIONS = {
    "strict": "the network or the server itself says that the page is gone",
    "broad": "what was cited is not there: soft 404s, parked, taken over and changed pages included",
    "pew_2024": "by the status alone, as Pew Research Center counted in 2024 (204, 400, 404, 410, 500 to 503, 523, no server)",
}
"""What each definition of link rot counts (columns rot_* of the table of verdicts)."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """kind: article, outlet, host or everything. name: its URL, site or host; empty for everything."""

    kind: str
    name: str = ""

    def where(self) -> tuple[str, dict[str, Any]]:
        """Return the condition on a citation that its article still has, and its values.

        Of ci (the citation), al (the article's link) and l (the cited link).
        """
        return f"{_WHERE[self.kind]} AND {STILL_CITED}", {"name": self.name}

    def title(self) -> str:
        """Return what the report is about, for a heading."""
        return _TITLES[self.kind].format(self.name)


_WHERE = {
    "article": "al.url = :name",
    "outlet": "al.site_id = (SELECT id FROM sites WHERE site = :name)",
    "host": "l.host_id IN (SELECT id FROM hosts WHERE host = :name)",
    "everything": ":name = ''",
}
_TITLES = {
    "article": "What {0} cites",
    "outlet": "What {0} cites in its articles",
    "host": "Cited pages of {0}",
    "everything": "All that is cited",
}


def scope_of(
    connection: sqlite3.Connection, *, article: str | None = None, outlet: str | None = None, host: str | None = None
) -> Scope:
    """Return the scope that a person names: one of the three, or nothing for everything.

    article: any spelling of its URL. outlet: the site of articles (or a URL on it). host: of cited links. Raises
    InputError, a sentence for a person, for more than one and for what this archive does not know.
    """
    if sum(given is not None for given in (article, outlet, host)) > 1:
        raise InputError("Name one article, one --outlet or one --host.")
    if article is not None:
        meant = known(connection, article)
        known_article = "SELECT 1 FROM articles WHERE link_id = ?"
        if connection.execute(known_article, (meant.link_id,)).fetchone() is None:
            raise InputError(f"{meant.url} is no article of this archive: for a cited link, see scrapy evidence.")
        return Scope(kind="article", name=meant.url)
    if outlet is not None:
        site = site_of(_as_url(outlet))
        return _if_any(connection, Scope(kind="outlet", name=site), f"No article of {site} is in this archive.")
    if host is not None:
        return _of_host(connection, host_of(_as_url(host)))
    return Scope(kind="everything")


def _of_host(connection: sqlite3.Connection, name: str) -> Scope:
    """Return the scope of a host that is cited, else of the one that only "www." sets apart from it."""
    sibling = name.removeprefix("www.") if name.startswith("www.") else f"www.{name}"
    for host in (name, sibling):
        if _is_any(connection, Scope(kind="host", name=host)):
            return Scope(kind="host", name=host)
    raise InputError(f"No article of this archive cites {name}.")


def _as_url(text: str) -> str:
    return text if "://" in text else f"https://{text}/"


def _if_any(connection: sqlite3.Connection, scope: Scope, sentence: str) -> Scope:
    if not _is_any(connection, scope):
        raise InputError(sentence)
    return scope


def _is_any(connection: sqlite3.Connection, scope: Scope) -> bool:
    where, values = scope.where()
    return connection.execute(f"SELECT 1 {_FROM} WHERE {where} LIMIT 1", values).fetchone() is not None


_FROM = """
FROM citations AS ci
JOIN articles AS a ON a.id = ci.article_id
JOIN links AS al ON al.id = a.link_id
JOIN links AS l ON l.id = ci.link_id
"""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures of a scope. links, citations, articles: how many. checked: links that were looked at at least once.

    dropped: citations that their articles have no longer; they are in none of the other figures. groups, standings: {name:
    links}. rot: {definition: links}, of those checked for which it can be told: {definition: told}. read_back, listed: links
    with a snapshot that was read back and found good, and with one that was not read yet.
    """

    articles: int
    citations: int
    links: int
    checked: int
    dropped: int = 0
    groups: dict[str, int] = field(default_factory=dict)
    standings: dict[str, int] = field(default_factory=dict)
    rot: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    read_back: int = 0
    listed: int = 0


# In an article, what a person said of a citation of it counts for its link.
_LINKS_OF_ARTICLE = f"""(
    SELECT
        n.link_id, n.status, coalesce(v.name, n.verdict) AS verdict, coalesce(v."group", n.verdict_group) AS verdict_group,
        iif(v.name IS NULL, n.rot_strict, v.rot_strict) AS rot_strict, iif(v.name IS NULL, n.rot_broad, v.rot_broad) AS rot_broad,
        {standing_said("v", "n")} AS standing
    FROM link_now AS n
    LEFT JOIN verdicts AS v ON v.name = (
        SELECT r.verdict FROM review_now AS r
        WHERE r.kind = 'citation' AND r.article_url = :name AND r.url = n.url ORDER BY r.made_at DESC, r.review_id DESC LIMIT 1))
"""  # noqa: S608 - ours


def figures(connection: sqlite3.Connection, scope: Scope) -> Figures:
    """Return the figures of a scope, each link counted once."""
    where, values = scope.where()
    articles, citations, links = connection.execute(
        f"SELECT count(DISTINCT a.id), count(*), count(DISTINCT l.id) {_FROM} WHERE {where}",
        values,
    ).fetchone()
    (ever,) = connection.execute(f"SELECT count(*) {_FROM} WHERE {_WHERE[scope.kind]}", values).fetchone()
    inside = f"(SELECT DISTINCT l.id {_FROM} WHERE {where})"
    seen = f"{_LINKS_OF_ARTICLE if scope.kind == 'article' else 'link_now'} AS n"

    def pairs(column: str) -> dict[str, int]:
        counted = f"SELECT coalesce({column}, 'not_checked'), count(*) FROM {seen}"  # noqa: S608 - ours
        sql = f"{counted} WHERE link_id IN {inside} GROUP BY 1 ORDER BY 2 DESC"
        return dict(connection.execute(sql, values).fetchall())

    rot, told = {}, {}
    for name in DEFINITIONS:
        column = _PEW if name == "pew_2024" else f"n.rot_{name}"
        row = connection.execute(
            f"SELECT coalesce(sum({column}), 0), count({column}) FROM {seen}"  # noqa: S608 - ours
            f" LEFT JOIN verdicts AS v ON v.name = n.verdict WHERE n.link_id IN {inside}",
            values,
        ).fetchone()
        rot[name], told[name] = row
    read_back, listed = connection.execute(
        f"SELECT coalesce(sum(best), 0), coalesce(sum(1 - best), 0) FROM"  # noqa: S608 - ours
        f" (SELECT max(read_back) AS best FROM good_mementos WHERE link_id IN {inside} GROUP BY link_id)",
        values,
    ).fetchone()
    groups = pairs("verdict_group")
    return Figures(
        articles=articles, citations=citations, links=links, checked=links - groups.get("not_checked", 0),
        dropped=ever - citations, groups=groups, standings=pairs("standing"), rot=rot, told=told, read_back=read_back,
        listed=listed,
    )  # fmt: skip


# Where the verdict does not decide, the status does; a check without a status and a verdict that is silent is not told.
_PEW = (
    "coalesce(v.rot_pew_2024, iif(n.status IS NULL, NULL, n.status IN (204, 400, 404, 410, 500, 501, 502, 503, 523)))"
)


@dataclass(frozen=True, kw_only=True)
class Host:
    """What became of a host: how many of its cited links are dead, and between which dates it died."""

    host: str
    links: int
    checked: int
    answering: int
    dead: int
    looking_dead: int
    refused: int
    alive_until: str | None
    dead_by: str | None
    with_snapshot: int


_HOSTS = """
SELECT host, links, checked, answering, dead, looking_dead, refused, alive_until, dead_by, with_snapshot
FROM host_autopsy
WHERE host IN (SELECT h.host {source} JOIN hosts AS h ON h.id = l.host_id WHERE {where})
ORDER BY looking_dead DESC, dead DESC, links DESC, host LIMIT :limit
"""


def hosts(connection: sqlite3.Connection, scope: Scope, limit: int = 50) -> list[Host]:
    """Return the hosts of a scope's links, those that are dying first: the view host_autopsy."""
    where, values = scope.where()
    rows = connection.execute(_HOSTS.format(source=_FROM, where=where), values | {"limit": limit})
    return [Host(**dict(zip(Host.__dataclass_fields__, row, strict=True))) for row in rows]


ORDER = (
    "coalesce(cv.\"group\", link.verdict_group) IN ('alive', 'not_checked'), link.standing = 'alive' AND cr.id IS NULL,"
    " link.standing <> 'dead',"
    " al.url, ci.position, ci.id"
)
"""What is wrong first; within that an article's citations in its order."""


def cards(connection: sqlite3.Connection, scope: Scope, *, now: str, language: str = "en") -> Iterator[Card]:
    """Return the cards of a scope one after another: an article's in its own order, else what is wrong first."""
    where, values = scope.where()
    order = "ci.position, ci.id" if scope.kind == "article" else ORDER
    return cards_where(connection, where, order, values, now=now, language=language)
