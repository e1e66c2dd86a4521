"""Block pages: what a censor, a provider or a filter shows instead of the page.

A block page says that access is restricted, and on whose authority; both together, on a page with little text that is
nobody's article, are the rule, so that a report on censorship stays what it is. Filter products are known by what they
write into their pages.
"""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from citekeep.verdicts.addresses import resolve
from citekeep.verdicts.lists import phrases, whole
from citekeep.verdicts.marker import LITTLE, find_marker, find_name, is_quoted
from citekeep.verdicts.page import Match, Page, Rule

_NOTICE = 4500  # characters: providers put their menus around a notice
_LONG = 8  # paragraphs
_STUB = 200  # characters: a page that only hands on to another

_BLOCK_URL = re.compile(
    r"(?:^|[/._-])(?:block(?:ed|ing|page|site|list|_?message)?|zapret|zablokirov\w*|deny|denied|lawfilter|blackhole|rkn|zapretinfo|"
    r"internet-?(?:positif|positive|sehat|baik)\w*|internetsehat\w*|trustpositif|surfsafely|restricted|forbidden|prohibited|filter(?:ed|ing)?|censor\w*|"
    r"warning|uyari|engelli|warn|access-?denied|usercheck|safesurf|mercusuar|aduan|netsweeper|dot)(?:[/._?-]|\d|$)"
)
_PRIVATE = re.compile(
    r"^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)"
)
_LOCATION = re.compile(r"location(?:\.href)?\s*(?:=|\.replace\(|\.assign\()\s*[\"']([^\"']{4,500})")


def _says(page: Page) -> Match | None:
    if len(page.visible) > _NOTICE or page.is_story or page.is_of_site or _is_missing(page):
        return None
    text = ".\n".join([*page.names, page.said])
    for restricted in islice(phrases("restricted").finditer(text), 20):
        authority = phrases("authority").search(text, max(0, restricted.start() - 400), restricted.end() + 600)
        if authority is not None and not is_quoted(text, restricted.start()):
            return Match(matched=restricted[0][-200:], where="visible", facts={"authority": authority[0]})
    return None


def _is_missing(page: Page) -> bool:
    """Whether it is called a page that is missing: such a one may name a block among the reasons."""
    return find_name(page, whole("missing_name")) is not None


def _named(page: Page) -> Match | None:
    article = page.is_marked_story or (page.reads_like_article and page.markup.paragraphs >= _LONG)
    return None if article or page.is_of_site else find_name(page, whole("block_name"))


def _product(page: Page) -> Match | None:
    """A product's name, where the page says nothing else or that access is restricted: others write of products, too."""
    if page.is_story or page.is_of_site:
        return None
    authority = find_marker(page, "block_authority")
    if authority is not None:
        return authority
    found = find_marker(page, "block_product")
    if found is None or len(page.visible) <= _STUB or {".", "/"} & set(found.matched):
        return found  # an address of the product's own, or nothing beside it
    return found if phrases("restricted").search(page.shown) or find_name(page, whole("block_name")) else None


def _stub(page: Page) -> Match | None:
    """A page without text that hands on to a block page, as providers put in place of the one asked for."""
    if len(page.visible) > _STUB:
        return None
    refresh = page.markup.refresh.partition("=")[2].strip(" '\"")
    found = _LOCATION.search(page.body)
    for target in (*page.markup.frames, refresh, found[1] if found else ""):
        if target and _leads_to_block(page, target):
            return Match(matched=target[:200], where="markup")
    return None


def _leads_to_block(page: Page, target: str) -> bool:
    try:
        there = urlsplit(resolve(page.final_url, target))
        here = urlsplit(page.final_url)
    except ValueError:
        return False
    if not there.hostname:
        return False
    if _PRIVATE.match(there.hostname):
        return not _PRIVATE.match(here.hostname or "")
    return bool(_BLOCK_URL.search(f"{there.hostname}{there.path}".lower()))


def _redirected_to_block(page: Page) -> Match | None:
    try:
        asked, final = urlsplit(page.seen.requested_url), urlsplit(page.final_url)
    except ValueError:
        return None
    if not final.hostname or asked.hostname == final.hostname:
        return None
    if _PRIVATE.match(final.hostname) and not _PRIVATE.match(asked.hostname or ""):
        return Match(matched=page.final_url[:200], where="url")
    elsewhere = f"{final.hostname}{final.path}".lower()
    if len(page.visible) > LITTLE or not _BLOCK_URL.search(elsewhere):
        return None
    return Match(matched=page.final_url[:200], where="url")


BLOCKS: tuple[Rule, ...] = (
    Rule("block_redirect", "blocked_page", _redirected_to_block),
    Rule("block_product", "blocked_page", _product),
    Rule("block_notice", "blocked_page", _says),
    Rule("block_name", "blocked_page", _named),
    Rule("block_stub", "blocked_page", _stub),
)
