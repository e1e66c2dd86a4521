"""Citations in a page: its text blocks are held against the extracted text, then the rules take away what is no citation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urljoin

from citekeep.citations import labels, rules
from citekeep.citations.blocks import Anchor, Block, blocks_of
from citekeep.citations.body import Body, match
from citekeep.citations.fingerprint import numbered
from citekeep.citations.found import Found
from citekeep.citations.kinds import Kinds
from citekeep.citations.notes import Notes
from citekeep.citations.plain import add_plain_urls
from citekeep.citations.stated import stated_body
from citekeep.citations.zones import Zones, names_of
from citekeep.items import Citation
from citekeep.urls import canonical, is_http, site_of

_HOST = re.compile(r"\s*(?:https?:)?//(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_BRAND_LEAST = 4  # letters of a site's own name and its dot: "bbc." of bbc.com and bbc.co.uk
_SHARING = re.compile(r"(?:^|[\s_-])(?:share|social)(?:$|[\s_-])", re.IGNORECASE)


def find_citations(
    root: Any,
    *,
    url: str,
    body_text: str,
    language: str | None,
    limit: int,
    blocks: list[Block] | None = None,
    body: Body | None = None,
    author: str | None = None,
) -> list[Citation]:
    """Return the citations of a parsed page in reading order, at most ``limit``.

    root: lxml element. url: of the page; a <base> in it is honoured. body_text: what the extractor took for the body.
    blocks: of the page, and body: of its text, where they have been made. author: names as the page has them, divided by
    semicolons.
    """
    base = _base(root, url)
    page = canonical(url) if is_http(url) else None
    blocks = blocks_of(root) if blocks is None else blocks
    is_own = _own(url, base)
    add_plain_urls(blocks, is_own)
    match(blocks, Body.of(body_text) if body is None else body, Body.of(stated_body(root)), is_own)
    kinds = Kinds(blocks, Zones(blocks, is_own), labels.languages_of(language, body_text), author)
    kind_of = [kinds.kind(number, block) for number, block in enumerate(blocks)]
    notes = Notes(root, blocks, kind_of, _fragment(base, page))
    found = Found(blocks, notes, language, limit)
    for number, block in enumerate(blocks):
        kind = kind_of[number]
        for anchor in block.anchors:
            note = notes.of(block, anchor)
            if kind is None and note is None:
                continue
            target = _target(anchor.href, base)
            if target is None or canonical(target) == page or not _wanted(anchor, block, target, is_own):
                continue
            if note is not None and note.marked():
                found.in_note(note, number, anchor, target)
            elif kind == "footnote":
                found.in_note(block, number, anchor, target)
            elif kind == "anchor" and anchor.plain:
                found.in_text(number, anchor, target, "plain_text", promotes=kinds.opens_promotion)
            elif kind is not None:
                found.in_text(number, anchor, target, kind, promotes=kinds.opens_promotion)
        if found.is_full:
            break
    return numbered(found.in_order())


def _own(url: str, base: str) -> Callable[[str], bool]:
    """Return what tells whether a href leads to the page's own site, or to what it is called in another country."""
    site = site_of(url) if is_http(url) else None
    brand = f"{(site or '').partition('.')[0]}."
    home = site is not None and is_http(base) and site_of(base) == site

    def is_own(href: str) -> bool:
        host = _HOST.match(href)
        if host is None:
            return home and not _SCHEME.match(href)
        name = host[1].lower().rstrip(".")
        if name == site or name.endswith(f".{site}"):
            return True
        return len(brand) > _BRAND_LEAST and brand in name and site_of(f"http://{name}").startswith(brand)

    return is_own


def _wanted(anchor: Anchor, block: Block, target: str, is_own: Callable[[str], bool]) -> bool:
    if not block.anchor_text(anchor):
        return False  # nothing that a reader could see
    if anchor.plain:
        return rules.SHARE_URL.search(target) is None
    rel = (anchor.element.get("rel") or "").lower().split()
    if rules.SHARE_URL.search(target) or {"tag", "author", "category"} & set(rel):
        return False
    names = names_of(anchor.element)
    if rules.BYLINE_NAMES.search(names) or _SHARING.search(names):
        return False
    return not (block.is_short and rules.TAG_PATH.search(target) and is_own(anchor.href))


# --- addresses ---


def _fragment(base: str, page: str | None) -> Callable[[str], str | None]:
    """Return what tells which part of the page itself a href names."""

    def fragment(href: str) -> str | None:
        before, mark, name = href.strip().partition("#")
        if not mark or not name:
            return None
        if before:
            target = _target(before, base)
            if target is None or page is None or canonical(target) != page:
                return None
        return unquote(name)

    return fragment


def _base(root: Any, url: str) -> str:
    for element in root.iter("base"):
        href = (element.get("href") or "").strip()
        if href:
            try:
                return urljoin(url, href)
            except ValueError:
                return url
    return url


def _target(href: str, base: str) -> str | None:
    """Return the absolute URL that a href leads to, as written otherwise; None for what is no http or https URL."""
    text = href.strip()
    if not text or text.startswith("#"):
        return None
    try:
        target = urljoin(base, text)
    except ValueError:
        return None
    return target if is_http(target) else None
