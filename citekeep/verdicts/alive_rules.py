"""Rules for an answer that none of the others took: is there anything, and does it bear out what was cited?"""

from __future__ import annotations

from citekeep.passages.words import EMPTY
from citekeep.verdicts.addresses import bare, resolve
from citekeep.verdicts.page import Match, Page, Rule
from citekeep.verdicts.texts import COMMON, words_of

_MAGIC = {
    "pdf": b"%PDF", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG", "gif": b"GIF8",
    "zip": b"PK", "docx": b"PK", "xlsx": b"PK", "pptx": b"PK", "epub": b"PK", "odt": b"PK", "gz": b"\x1f\x8b",
    "mp3": b"ID3", "doc": b"\xd0\xcf\x11\xe0", "xls": b"\xd0\xcf\x11\xe0", "ppt": b"\xd0\xcf\x11\xe0", "webp": b"RIFF",
}  # fmt: skip
"""First bytes of the types that a URL's last part names."""

_ENOUGH_TEXT = 200  # characters: below that, a page with a title says too little to bear anything out


def _empty(page: Page) -> Match | None:
    if page.status in {204, 205}:
        return Match(matched=str(page.status), where="status")
    nothing = not page.body.strip() and not page.seen.magic.strip()
    return Match(matched="no body", where="body") if nothing else None


def _named_type(page: Page) -> Match | None:
    ending = page.asked_path.rpartition(".")[2].lower()
    magic = _MAGIC.get(ending)
    if magic is None or not page.seen.magic.startswith(magic):
        return None
    return Match(matched=f".{ending}", where="body", facts={"why": "the body is of the type that the URL names"})


def _cited_words(page: Page) -> Match | None:
    cited = words_of(" ".join(page.seen.words)) - COMMON - EMPTY
    found = cited & page.words if cited else cited
    if len(found) < 2 or 2 * len(found) < len(cited):
        return None
    return Match(matched=" ".join(sorted(found))[:200], where="text", facts={"why": "words of the citation"})


def _slug_words(page: Page) -> Match | None:
    if not page.slug_found:
        return None
    return Match(matched=" ".join(sorted(page.slug_found))[:200], where="text", facts={"why": "words of the URL"})


def _says_its_address(page: Page) -> Match | None:
    address = page.markup.canonical
    if not address or page.asked_path in {"", "/"} or not page.title or len(page.visible) < _ENOUGH_TEXT:
        return None
    full = resolve(page.final_url, address)
    if bare(full) not in {bare(page.seen.requested_url), bare(page.final_url)}:
        return None
    return Match(matched=full[:200], where="body", facts={"why": "the page names this address as its own"})


def _anything(page: Page) -> Match | None:
    return Match(matched=str(page.status), where="status")


BORNE_OUT: tuple[Rule, ...] = (
    Rule("nothing_came", "empty", _empty),
    Rule("type_as_named", "alive", _named_type),
    Rule("cited_words_found", "alive", _cited_words),
    Rule("url_words_found", "alive", _slug_words),
)

ALIVE: tuple[Rule, ...] = (
    Rule("own_address_named", "alive", _says_its_address),
    Rule("answered", "alive_unverified", _anything),
)
