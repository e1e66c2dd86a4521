"""What an archivist named once, to be looked at for years: one entry of sources.toml."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("article", "list", "feed", "sitemap", "section")
"""What a source can be: one article; a file of URLs; an RSS or Atom feed; a news sitemap or an index of them; a page of a
site's section whose links match a pattern."""

EVERY = {"article": None, "list": 86_400, "feed": 3_600, "sitemap": 21_600, "section": 21_600}
"""Seconds between two looks where an entry does not say; an article's own schedule decides where it is None."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source. Field by field what sources.toml says; docs/archivists.md explains them to the person who writes it.

    name: unique, of letters, digits, ``.``, ``_`` and ``-``. kind: one of KINDS. place: a URL, or for a list the path of
    its file, resolved. pattern: of a section, a URL with ``*`` for any characters, as links are compared (canonical).
    every: seconds, or None. since: YYYY-MM-DD: what is dated earlier is left alone. depth: "citations" (an article and
    what it cites) or "article". public: whether its articles and what they cite may be looked up and saved elsewhere.
    robots: "obey" or "ignore", with robots_reason. signals: likewise, whether pages that ask not to be archived or mined are
    saved all the same, with signals_reason.
    legal_basis, rights, contact: free text, recorded as it stands. user_agent, proxy: None where the settings hold.
    line: of its head in the file, from 1.
    """

    name: str
    kind: str
    place: str
    line: int
    pattern: str | None = None
    collection: str | None = None
    every: int | None = None
    since: str | None = None
    depth: str = "citations"
    public: bool = True
    robots: str = "obey"
    robots_reason: str | None = None
    signals: str = "obey"
    signals_reason: str | None = None
    legal_basis: str | None = None
    rights: str | None = None
    user_agent: str | None = None
    contact: str | None = None
    proxy: str | None = None
