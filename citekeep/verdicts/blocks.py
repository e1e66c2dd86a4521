"""Block pages: what a censor, a provider or a filter shows instead of the page.

A block page says that access is restricted, and on whose authority; both together, on a page with little text that is
nobody's article, are the rule, so that a report on censorship stays what it is. Filter products are known by what they
write into their pages.
"""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from citekeep.verdicts.addresses import is_home, resolve, site_of
from citekeep.verdicts.lists import phrases, whole
from citekeep.verdicts.marker import LITTLE, find_marker, find_name, find_phrase, is_quoted
from citekeep.verdicts.page import Match, Page, Rule

_NOTICE = 4500  # characters: providers put their menus around a notice
_LONG = 8  # paragraphs
_STUB = 200  # characters: a page that only hands on to another
_BEGINNING = 500  # characters, title and headings included, in which a page of some length says that it blocks
_TOLD = 2  # paragraphs: so much is told of blocks
_PICTURE = 60  # characters: a page with less shows a picture, if anything
_MARKUP = 20_000  # characters of its source

_ASKED = re.compile(r"\w* ли\b")
"""What makes a question of words that say that access is restricted."""
_BLOCK_URL = re.compile(
    r"(?:^|[/._-])(?:block(?:ed|ing|page|site|list|_?message)?|zapret|zablokirov\w*|deny|denied|lawfilter|blackhole|rkn|zapretinfo|"
    r"internet-?(?:positif|positive|sehat|baik)\w*|internetsehat\w*|trustpositif|surfsafely|restricted|forbidden|prohibited|filter(?:ed|ing)?|censor\w*|"
    r"warning|uyari|engelli|warn|access-?denied|usercheck|safesurf|mercusuar|aduan|netsweeper|dot)(?:[/._?-]|\d|$)"
)
_PRIVATE = re.compile(
    r"^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)"
)
_NUMBERS = re.compile(r"^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9a-f]*:[0-9a-f:]+$")
_PICTURED = re.compile(
    r"""(?:src|href|alt|background|content)\s*=\s*["']?[^"'<>]{0,120}?(?<![a-z])"""
    r"(?:stop[ _%20-]{0,3}page|block(?:ed)?[ _%20-]{0,3}(?:page|site|content|access|url|notice|image)|"
    r"(?:page|site|url|access|web)[ _%20-]{0,3}block(?:ed)?|blocked(?=[._-])|sito[ _%20-]{0,3}(?:bloccato|oscurato)|oscurat[oa]|"
    r"sequestr(?:at)?[oa]|seiz(?:ed|ure)|zapret|zablokir\w*|blokir|diblokir|internet[ _-]?(?:positif|sehat|baik)|trustpositif|"
    r"geblokkeerd|gesperrt|sperrseite|bloqu(?:e|ead[oa])|engelli|erisim[ _-]?engel\w*|yasakli|censor(?:ed|ship)?|"
    r"surf[ _-]?safely|mahjoob|hajb|filtering[ _-]?page|filter(?:ing)?@|un-?block|internet[ _-]?(?:regulation|filter\w*)|"
    r"web[ _-]?filter)"
)
"""What pictures and links of a page without text are called, where it is one of a block."""
_LOCATION = re.compile(r"location(?:\.href)?\s*(?:=|\.replace\(|\.assign\()\s*[\"']([^\"']{4,500})")


def _says(page: Page) -> Match | None:
    if len(page.visible) > _NOTICE or page.is_story or page.is_of_site or _is_missing(page):
        return None
    text = ".\n".join([*page.names, page.said])
    if phrases("news_time").search(page.spoken[:_NOTICE]):
        return None
    for restricted in islice(phrases("restricted").finditer(text), 20):
        if (len(page.visible) > LITTLE or page.markup.paragraphs > _TOLD) and restricted.start() > _BEGINNING:
            return None  # a page that tells of blocks says something else first
        if _ASKED.match(text, restricted.end()):
            continue
        authority = phrases("authority").search(text, max(0, restricted.start() - 400), restricted.end() + 600)
        if authority is not None and not is_quoted(text, restricted.start()):
            return Match(matched=restricted[0][-200:], where="visible", facts={"authority": authority[0]})
    return None


def _is_missing(page: Page) -> bool:
    """Whether it is called a page that is missing: such a one may name a block among the reasons."""
    return find_name(page, whole("missing_name")) is not None


def _named(page: Page) -> Match | None:
    article = page.is_marked_story or (page.reads_like_article and page.markup.paragraphs >= _LONG)
    if article or page.is_of_site or find_phrase(page.shown, phrases("owner_addressed")):
        return None  # a host blocks, too: its own customers
    return find_name(page, whole("block_name"))


def _appeal(page: Page) -> Match | None:
    """How to have a block lifted: whoever filters other people's pages writes that, and nobody else."""
    if len(page.visible) > LITTLE or page.is_story or page.is_of_site or page.markup.code or _is_missing(page):
        return None
    refuses = phrases("restricted").search(page.shown) or find_name(page, whole("denied_name"))
    return find_phrase(page.shown, phrases("block_appeal")) if refuses else None


def _elsewhere(page: Page) -> Match | None:
    """Led to the front of another site, or to a machine without a name, where access is said to be restricted: that front is
    no home of what was asked for."""
    if not _is_led_away(page) or len(page.visible) > LITTLE or page.is_story:
        return None
    text = "\n".join([*page.names, page.said])
    found = phrases("restricted").search(text)
    if found is None or is_quoted(text, found.start()) or phrases("news_time").search(page.spoken):
        return None
    return Match(matched=found[0][-200:], where="visible", facts={"led_to": page.final_url[:200]})


def _is_led_away(page: Page) -> bool:
    here, asked = site_of(page.final_url), site_of(page.seen.requested_url)
    if not here or not asked or here == asked or here.endswith(f".{asked}") or asked.endswith(f".{here}"):
        return False
    return is_home(page.final_path) or (_NUMBERS.match(here) is not None and _NUMBERS.match(asked) is None)


def _picture(page: Page) -> Match | None:
    """A page without text whose title, or the name of whose picture, is one of a block; or any picture at the front of a machine
    without a name, to which one was led."""
    if len(page.visible) > _PICTURE or page.markup.paragraphs or page.status not in {200, 403, 451, 503}:
        return None
    source = page.lower[:_MARKUP]
    if page.markup.scripts > 1 or not ("<img" in source or "background" in source or "<area" in source):
        return None
    found = _PICTURED.search(source)
    if found:
        return Match(matched=found[0][-200:], where="markup")
    nameless = _NUMBERS.match(site_of(page.final_url)) is not None
    if nameless and _is_led_away(page) and "<img" in source:
        return Match(matched=page.final_url[:200], where="url")
    return None


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
    Rule("block_elsewhere", "blocked_page", _elsewhere),
    Rule("block_appeal", "blocked_page", _appeal),
    Rule("block_name", "blocked_page", _named),
    Rule("block_stub", "blocked_page", _stub),
    Rule("block_picture", "blocked_page", _picture),
)
