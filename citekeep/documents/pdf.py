"""A PDF read: its paragraphs put together from lines, running heads left out, notes apart, links where they stand."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdfium2

from citekeep.documents.layout import Document
from citekeep.documents.pdf_lines import Line, lines_of
from citekeep.documents.pdf_paragraphs import paragraphs_of

PAGES_MAX = 2_000
CHARS_MAX = 1_000_000
"""Characters that are read, some 250 dense pages: seven seconds of the twenty that a worker has."""

_CREATED = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?([Zz]|[+-]\d\d'?\d\d)?")
_GENERATED = re.compile(r"^(?:microsoft word|untitled|document\d*$|\(unspecified\)|\(anonymous\))", re.IGNORECASE)


def read_pdf(body: bytes) -> Document:
    """Return what there is to read in a PDF. Never raises for any bytes: ``error_text`` says why there is nothing.

    created: the day of its CreationDate, which is when a program made the file, and but a guess at when it was published.
    """
    try:
        pdf = pypdfium2.PdfDocument(io.BytesIO(body).getvalue())
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        told = "a PDF that asks for a password" if locked else "no PDF that can be read"
        return Document(error_text=told)
    try:
        return _read(pdf)
    finally:
        pdf.close()


def _read(pdf: Any) -> Document:
    lines: list[Line] = []
    heights: dict[int, float] = {}
    left, cut = CHARS_MAX, len(pdf) > PAGES_MAX
    for number in range(min(len(pdf), PAGES_MAX)):
        try:
            page = pdf[number]
        except pypdfium2.PdfiumError:
            continue  # a damaged page; the others may be whole
        try:
            heights[number] = page.get_height()
            found, read = lines_of(pdf, page, number, left)
        except pypdfium2.PdfiumError:
            continue
        finally:
            page.close()
        lines += found
        left -= read
        if left <= 0:
            cut = True
            break
    document = paragraphs_of(lines, heights)
    document.cut = cut
    if not document.paragraphs:
        document.error_text = "a PDF without text: pictures of pages, most likely" if heights else "no page can be read"
    _say_of_itself(document, pdf)
    return document


def _say_of_itself(document: Document, pdf: Any) -> None:
    told = pdf.get_metadata_dict(skip_empty=True)
    title = " ".join((told.get("Title") or "").split())
    if title and not _GENERATED.match(title):
        document.title = title
    author = " ".join((told.get("Author") or "").split())
    if author and not _GENERATED.match(author):
        document.author = author
    made = _CREATED.match(told.get("CreationDate") or "")
    if made and made[2] and made[3]:
        document.created = f"{made[1]}-{made[2]}-{made[3]}"
