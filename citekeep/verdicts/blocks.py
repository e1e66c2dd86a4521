"""Block pages: what a censor, a provider or a filter shows instead of the page.

A block page says that access is restricted, and on whose authority; both together, on a page with little text that is
nobody's article, are the rule, so that a report on censorship stays what it is. Filter products are known by what they
write into their pages.
"""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from citekeep.verdicts.marker import LITTLE, find_marker, find_name, phrases, whole
from citekeep.verdicts.page import Match, Page, Rule, resolve

_NOTICE = 4500  # characters: providers put their menus around a notice
_STUB = 200  # characters: a page that only hands on to another

_BLOCK_URL = re.compile(
    r"(?:^|[/._-])(?:block(?:ed|ing|page|site|list|_?message)?|zapret|zablokirov\w*|deny|denied|lawfilter|blackhole|rkn|zapretinfo|"
    r"internet-?(?:positif|positive|sehat|baik)\w*|internetsehat\w*|trustpositif|surfsafely|restricted|forbidden|prohibited|filter(?:ed|ing)?|censor\w*|"
    r"warning|uyari|engelli|warn|access-?denied|usercheck|safesurf|mercusuar|aduan|netsweeper)(?:[/._?-]|\d|$)"
)
_PRIVATE = re.compile(
    r"^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)"
)
_LOCATION = re.compile(r"location(?:\.href)?\s*(?:=|\.replace\(|\.assign\()\s*[\"']([^\"']{4,500})")


def _says(page: Page) -> Match | None:
    if len(page.visible) > _NOTICE or page.is_story:
        return None
    text = "\n".join([*page.names, page.visible])
    for restricted in islice(phrases("restricted").finditer(text), 20):
        authority = phrases("authority").search(text, max(0, restricted.start() - 400), restricted.end() + 600)
        if authority is not None:
            return Match(matched=restricted[0][-200:], where="visible", facts={"authority": authority[0]})
    return None


def _named(page: Page) -> Match | None:
    return None if page.is_story else find_name(page, whole("block_name"))


def _product(page: Page) -> Match | None:
    return None if page.is_story else find_marker(page, "block_product")


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
