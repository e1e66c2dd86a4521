"""Redirects that leave the page behind: to the front page, to a section, to another front."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from citekeep.verdicts.addresses import is_home, path_parts
from citekeep.verdicts.page import Match, Page

_VARIANT = re.compile(r"^(?:amp|print|index\.\w+|default\.\w+|mobile|m|full|all|feed|\d{1,2}|page)$", re.IGNORECASE)
_WHENCE = frozenset({"ref", "source", "src", "from", "redirect", "redirected", "redirect_from", "error", "lang", "hl"})
_FRONTS = frozenset({
    "news", "blog", "blogs", "archive", "archives", "articles", "press", "media", "stories", "search", "sitemap",
    "publications", "pages", "nachrichten", "aktuelles", "suche", "actualites", "recherche", "noticias", "buscar",
    "notizie", "novosti", "arhiv", "poisk",
})  # fmt: skip
"""Names of fronts to which sites send those whose page they no longer have."""


def query_of(url: str) -> str:
    """Return the query of a URL, "" where it has none or cannot be taken apart."""
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def home(page: Page) -> Match | None:
    """Led to the front page."""
    asked, final = page.seen.requested_url, page.final_url
    if not page.redirected or not is_home(page.final_path) or not _says_nothing(query_of(final)):
        return None
    if is_home(page.asked_path) and not query_of(asked):
        return None
    return Match(matched=final[:200], where="url")


def _says_nothing(query: str) -> bool:
    """Return whether a query chooses no page: it says where somebody came from, or nothing."""
    names = (part.partition("=")[0].lower() for part in query.split("&") if part)
    return all(name.startswith("utm_") or name in _WHENCE for name in names)


def front(page: Page) -> Match | None:
    """Led to the front of a section that is not above the page, or to the search, and nothing of the page is there."""
    final = path_parts(page.final_path)
    if not page.redirected or len(final) != 1 or len(path_parts(page.asked_path)) < 2 or page.slug_found:
        return None
    return Match(matched=page.final_url[:200], where="url") if final[0].partition(".")[0].lower() in _FRONTS else None


def section(page: Page) -> Match | None:
    """Led up the path to a section's front, and nothing of the page is there."""
    asked, final = path_parts(page.asked_path), path_parts(page.final_path)
    if not page.redirected or not final or len(asked) <= len(final) or asked[: len(final)] != final:
        return None
    if (
        len(final) > 2
        or all(_VARIANT.match(part) for part in asked[len(final) :])
        or any(c.isdigit() for c in final[-1])
    ):
        return None
    return None if page.words_found(asked[len(final) :]) else Match(matched=page.final_url[:200], where="url")
