"""An EPUB as one page: its chapters in the order of its spine, with what its package says of it."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html
from lxml.html import builder as E

from citekeep.documents.layout import Document
from citekeep.documents.zipped import UnreadableError, Zipped, within

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PAGES = frozenset({"application/xhtml+xml", "text/html"})
CHAPTERS_MAX = 2_000


def page_of_epub(body: bytes) -> tuple[str, Document]:
    """Return the chapters of an EPUB as one page, and what its package says (no paragraphs). Never raises for any bytes.

    The page is "" where there is nothing to read: ``error_text`` says why. Links from chapter to chapter lead nowhere in
    it, but those to a note by its id.
    """
    document = Document()
    try:
        zipped = Zipped(body)
        rootfile = next(zipped.xml("META-INF/container.xml").iter(_CONTAINER), None)
        name = "" if rootfile is None else rootfile.get("full-path") or ""
        package = zipped.xml(name)
        _say_of_itself(document, package)
        chapters = list(_chapters(zipped, package, posixpath.dirname(name)))
    except UnreadableError as error:
        document.error_text = f"no EPUB that can be read: {error}"
        return "", document
    head = E.HEAD(E.TITLE(document.title or ""))
    page = E.HTML(head, E.BODY(E.ARTICLE(*chapters)), lang=document.language or "")
    document.cut = len(chapters) >= CHAPTERS_MAX
    return html.tostring(page, encoding="unicode"), document


def _say_of_itself(document: Document, package: Any) -> None:
    def told(tag: str) -> str | None:
        return " ".join(" ".join(next((one.itertext() for one in package.iter(tag)), ())).split())[:1_000] or None

    document.title, document.author = told(f"{_DC}title"), told(f"{_DC}creator")
    document.created = (told(f"{_DC}date") or "")[:10] or None
    language = (told(f"{_DC}language") or "")[:2].lower()
    document.language = language if len(language) == 2 and language.isalpha() else None


def _chapters(zipped: Zipped, package: Any, folder: str) -> Any:
    items = {one.get("id"): one for one in package.iter(f"{_OPF}item")}
    for count, reference in enumerate(package.iter(f"{_OPF}itemref")):
        item = items.get(reference.get("idref"))
        if count >= CHAPTERS_MAX:
            return
        if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
            continue
        name = within(folder, item.get("href") or "")
        try:
            tree = html.document_fromstring(zipped.read(name), parser=html.HTMLParser(encoding="utf-8"))
        except (UnreadableError, etree.LxmlError, ValueError):
            continue  # one damaged chapter; the others may be whole
        body = tree.find("body")
        if body is not None:
            _unlink(body)
            body.tag = "section"
            yield body


def _unlink(body: Any) -> None:
    for link in body.iter("a"):
        href = (link.get("href") or "").strip()
        try:
            parts = urlsplit(href)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme or parts.netloc:
            continue
        if parts.fragment:
            link.set("href", f"#{parts.fragment}")
        else:
            link.attrib.pop("href", None)
