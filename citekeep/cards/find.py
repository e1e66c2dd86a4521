"""Which link a person means: any spelling of its URL, as it was cited, over an archive, or where it led."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from citekeep.citations.roads import road
from citekeep.exceptions import InputError
from citekeep.urls import canonical, is_urn, parse_input
from citekeep.verdicts.table import newest


@dataclass(frozen=True, kw_only=True)
class Meant:
    """A link of this archive. is_article: its citations are kept. how: in what way the given URL names it."""

    link_id: int
    url: str
    is_article: bool
    how: str = "its address"


_BARE = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}(?::\d+)?(?:[/?]\S*)?$")

WHERE_IT_LED = "where it led"
_LED = f"""
SELECT c.link_id FROM checks AS c JOIN judgements AS j ON j.check_id = c.id AND {newest("j")}
JOIN verdicts AS v ON v.name = j.verdict AND v."group" = 'alive'
WHERE c.final_url IN (:text, :key) ORDER BY c.checked_at DESC, c.id DESC LIMIT 1
"""  # noqa: S608 - ours
"""A front page, a log-in or a parking page that a link led to is another page, and no name of the link."""
_WAYS = (
    ("its address", "SELECT id FROM links WHERE url = :key"),
    ("as it was cited", "SELECT link_id FROM citations WHERE url_as_written = :text ORDER BY id LIMIT 1"),
    ("over an archive", "SELECT link_id FROM citations WHERE cited_via = :text ORDER BY id LIMIT 1"),
    ("a snapshot of it", "SELECT link_id FROM mementos WHERE memento_url = :text ORDER BY id LIMIT 1"),
    (WHERE_IT_LED, _LED),
)
"""Tried in this order."""


def find(connection: sqlite3.Connection, text: str) -> Meant | None:
    """Return the link that a text names, or None where this archive does not know it.

    http and https, with and without www., are taken for one another where only one of them is known. Raises InputError
    for what is no URL.
    """
    url = address(text)
    for how, sql in _WAYS:
        row = connection.execute(sql, {"key": canonical(url), "text": url}).fetchone()
        if row is not None:
            return _meant(connection, int(row[0]), how)
    for key in _keys(spellings(canonical(url))):
        row = connection.execute(_WAYS[0][1], {"key": key}).fetchone()
        if row is not None:
            return _meant(connection, int(row[0]), "its address in another spelling")
    original = over_archive(url)
    return None if original is None else find(connection, original)


def over_archive(url: str) -> str | None:
    """Return the page that an address in an archive shows, as the address itself tells it; None for any other address."""
    found = road(url)
    return found.original if found is not None and found.kind == "archive" else None


def _keys(urls: list[str]) -> Iterator[str]:
    for url in urls:
        with suppress(InputError):  # no www. stands before an IP address
            yield canonical(url)


def address(text: str) -> str:
    """Return what a person wrote as a URL; one without a scheme is taken for https. Raises InputError for what is none.

    A saved document is named by its urn:sha256:... as it is.
    """
    bare = text.strip()
    if is_urn(bare):
        return bare
    return parse_input(f"https://{bare}" if _BARE.match(bare) else bare)


def spellings(url: str) -> list[str]:
    """Return a URL with the other scheme, without or with www., and with or without a slash at its end."""
    scheme, _, rest = url.partition("://")
    rest, mark, query = rest.partition("?")
    host, slash, path = rest.partition("/")
    hosts = (host, host.removeprefix("www.") if host.startswith("www.") else f"www.{host}")
    ends = (slash + path, (slash + path).rstrip("/") if path.endswith("/") else f"{slash}{path}/" if path else slash)
    schemes = (scheme, "http" if scheme == "https" else "https")
    return [f"{a}://{b}{c}{mark}{query}" for c in dict.fromkeys(ends) for b in hosts for a in schemes][1:]


def known(connection: sqlite3.Connection, text: str) -> Meant:
    """Return the link that a text names; raise InputError, a sentence for a person, where there is none."""
    meant = find(connection, text)
    if meant is None:
        raise InputError(f"{text[:300]} is not in this archive: nothing cites it, and it was never checked.")
    return meant


def _meant(connection: sqlite3.Connection, link_id: int, how: str) -> Meant:
    url, is_article = connection.execute(
        "SELECT url, EXISTS (SELECT 1 FROM citations AS c JOIN articles AS a ON a.id = c.article_id"
        " WHERE a.link_id = links.id) FROM links WHERE id = ?",
        (link_id,),
    ).fetchone()
    return Meant(link_id=link_id, url=url, is_article=bool(is_article), how=how)
