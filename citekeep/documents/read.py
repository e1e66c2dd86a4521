"""Which kind of document a body is, and what is extracted of each kind that is no page."""

from __future__ import annotations

import re
from collections.abc import Callable

from citekeep.charset import decode, is_utf8, is_utf16
from citekeep.dates import read as read_date
from citekeep.documents.docx import read_docx
from citekeep.documents.layout import Document
from citekeep.documents.markdown import read_markdown
from citekeep.documents.notes import citations_of
from citekeep.documents.pdf import read_pdf
from citekeep.extraction_html import FIELD_MAX, TEXT_MAX, word_count
from citekeep.items import Extraction

KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/epub+zip": "epub",
}
"""Kinds of documents by their media type."""

UNKNOWN_TYPES = frozenset({"", "application/octet-stream", "unknown/unknown", "application/unknown", "binary/octet-stream",
                           "application/force-download", "application/x-download", "application/zip"})  # fmt: skip
"""Types that say nothing of what a body is: its first bytes do."""

_SNIFFED_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|article|div|p|meta|a)\b", re.IGNORECASE)
_PDF_WITHIN = 1_024  # bytes before which a PDF's mark has to stand, as its readers take it


def kind_of(body: bytes, content_type: str | None) -> str | None:
    """Return "html", "text", "markdown", "pdf", "docx", "epub" or None: by the declared type, by the bytes where it says
    nothing or the bytes are plainly a PDF.
    """
    declared = (content_type or "").partition(";")[0].strip().lower()
    head = body[:2_048]
    if head[:5] == b"%PDF-":
        return "pdf"
    if declared in UNKNOWN_TYPES:
        return _by_bytes(body, head)
    kind = KINDS.get(declared)
    if kind in {"text", "markdown"} and _SNIFFED_HTML.match(head[:200].lstrip()):
        return "html"
    if kind == "pdf" and _SNIFFED_HTML.search(head):
        return "html"  # a page in its place, such as one that asks to log in
    return kind


def _by_bytes(body: bytes, head: bytes) -> str | None:
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "pdf"
    if head[:4] == b"PK\x03\x04":
        return "epub" if b"application/epub+zip" in head[:120] else "docx" if b"word/" in body[-200_000:] else None
    if _SNIFFED_HTML.search(head) or (is_utf16(head) and _SNIFFED_HTML.search(head.replace(b"\x00", b""))):
        return "html"
    return "text" if head and b"\x00" not in head and is_utf8(head) else None


READERS: dict[str, tuple[str, Callable[[bytes, str | None], Document]]] = {
    "pdf": ("pypdfium2", lambda body, _: read_pdf(body)),
    "docx": ("docx", lambda body, _: read_docx(body)),
    "markdown": ("markdown", lambda body, content_type: read_markdown(decode(body, content_type))),
}
"""By kind: the name of the extractor, and what reads a body with its content type."""


def read_document(
    kind: str,
    body: bytes,
    content_type: str | None,
    *,
    limit: int,
    guess_language: Callable[[str], str | None],
) -> Extraction:
    """Return what there is to read in a document of a kind in READERS. Never raises for any bytes.

    Its date is but a guess: when a program made the file, or what a front matter says.
    """
    extractor, reader = READERS[kind]
    document = reader(body, content_type)
    paragraphs = [*(one.text for one in document.paragraphs), *(note.paragraph.text for note in document.notes)]
    text = "\n".join(paragraphs).replace("\x00", "")[:TEXT_MAX]
    language = document.language or guess_language(text)
    result = Extraction(
        outcome="ok" if text.strip() else "empty",
        extractor=extractor,
        extractor_version="",
        text=text,
        title=_field(document.title),
        author=_field(document.author),
        language=language,
        word_count=word_count(text),
        quality=("fragment" if document.cut else "whole") if text.strip() else None,
        error_text=document.error_text,
        citations=citations_of(document, language=language, limit=limit),
    )
    return with_date(result, document)


def with_date(extraction: Extraction, document: Document) -> Extraction:
    """Return an extraction with the day of a document, where it has none: a guess, as programs say when they made a file."""
    when = read_date(document.created) if document.created and extraction.published_on is None else None
    if when is not None:
        extraction.published_text, extraction.published_on = document.created, when.on.isoformat()
        extraction.published_basis = "guess"
    return extraction


def _field(value: str | None) -> str | None:
    return " ".join((value or "").split())[:FIELD_MAX] or None
