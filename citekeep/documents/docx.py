"""A DOCX read (ECMA-376): its paragraphs, hyperlinks by relation and by field, footnotes and endnotes by their marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from citekeep.citations.text import Mark, Paragraph, Place
from citekeep.documents.layout import Document, Note, with_plain_urls
from citekeep.documents.notes import bracketed
from citekeep.documents.zipped import UnreadableError, Zipped
from citekeep.urls import is_http

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_FIELD = re.compile(r'HYPERLINK\s+"([^"]{1,4096})"')
_MAIN = "word/document.xml"
_NOTES = {"word/footnotes.xml": (f"{_W}footnote", "f"), "word/endnotes.xml": (f"{_W}endnote", "e")}
_WHITE = {f"{_W}tab": "\t", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-"}
_REFERENCES = {f"{_W}footnoteReference": "f", f"{_W}endnoteReference": "e"}


def read_docx(body: bytes) -> Document:
    """Return what there is to read in a DOCX. Never raises for any bytes: ``error_text`` says why there is nothing.

    created: when its author's program made it, which is but a guess at when it was published.
    """
    document = Document()
    try:
        zipped = Zipped(body)
        document.paragraphs = list(_paragraphs(zipped.xml(_MAIN), zipped.targets(_MAIN)))
        for name, (tag, letter) in _NOTES.items():
            if name in zipped:
                document.notes += _notes(zipped, name, tag, letter)
        _say_of_itself(document, zipped)
    except UnreadableError as error:
        if not document.paragraphs:
            document.error_text = f"no DOCX that can be read: {error}"
    bracketed(document)
    return document


def _notes(zipped: Zipped, name: str, tag: str, letter: str) -> Iterator[Note]:
    targets = zipped.targets(name)
    for note in zipped.xml(name).iter(tag):
        mark = f"{letter}{note.get(f'{_W}id')}"
        for paragraph in _paragraphs(note, targets):
            yield Note(mark, paragraph)


def _paragraphs(tree: Any, targets: Mapping[str, str]) -> Iterator[Paragraph]:
    for element in tree.iter(f"{_W}p"):
        if any(one.tag == _FALLBACK for one in element.iterancestors()):
            continue  # the same again, for older programs
        found = _Reader(targets).read(element)
        if found is not None:
            yield found


class _Reader:
    """Reads one paragraph, in the order of its parts."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self.targets = targets
        self.text = ""
        self.places: list[Place] = []
        self.marks: list[Mark] = []
        self.fields: list[list[Any]] = []  # of those that are open: instruction, where its result begins

    def read(self, paragraph: Any) -> Paragraph | None:
        self._children(paragraph)
        lead = len(self.text) - len(self.text.lstrip())
        text = self.text.strip()
        places = [
            Place(max(0, p.start - lead), min(len(text), p.end - lead), p.url, p.kind)
            for p in self.places
            if p.end > p.start
        ]
        marks = [Mark(max(0, min(len(text), mark.position - lead)), mark.note) for mark in self.marks]
        return Paragraph(text, with_plain_urls(places, text), marks) if text else None

    def _children(self, element: Any) -> None:
        for child in element:
            self._part(child)

    def _part(self, part: Any) -> None:
        tag = part.tag
        if tag == f"{_W}t":
            self.text += part.text or ""
        elif tag in _WHITE:
            self.text += _WHITE[tag]
        elif tag in _REFERENCES:
            self.marks.append(Mark(len(self.text), f"{_REFERENCES[tag]}{part.get(f'{_W}id')}"))
        elif tag == f"{_W}hyperlink":
            self._linked(part, self.targets.get(part.get(f"{_R}id") or "", ""))
        elif tag == f"{_W}fldSimple":
            field = _FIELD.search(part.get(f"{_W}instr") or "")
            self._linked(part, field[1] if field else "")
        elif tag == f"{_W}fldChar":
            self._field(part.get(f"{_W}fldCharType"))
        elif tag == f"{_W}instrText":
            if self.fields:
                self.fields[-1][0] += part.text or ""
        elif isinstance(tag, str) and tag not in {f"{_W}p", f"{_W}del", _FALLBACK}:
            self._children(part)

    def _linked(self, part: Any, url: str) -> None:
        start = len(self.text)
        self._children(part)
        self._place(start, url)

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self.fields.append(["", len(self.text)])
        elif kind == "separate" and self.fields:
            self.fields[-1][1] = len(self.text)
        elif kind == "end" and self.fields:
            instruction, start = self.fields.pop()
            field = _FIELD.search(instruction)
            self._place(start, field[1] if field else "")

    def _place(self, start: int, url: str) -> None:
        if is_http(url) and self.text[start:].strip():
            self.places.append(Place(start, len(self.text), url.strip(), "anchor"))


def _say_of_itself(document: Document, zipped: Zipped) -> None:
    if "docProps/core.xml" not in zipped:
        return
    core = zipped.xml("docProps/core.xml")

    def told(tag: str) -> str | None:
        return " ".join((core.findtext(tag) or "").split())[:1_000] or None

    document.title, document.author = told(f"{_DC}title"), told(f"{_DC}creator")
    document.created = (told(f"{_TERMS}created") or "")[:10] or None
    language = (told(f"{_DC}language") or "")[:2].lower()
    document.language = language if len(language) == 2 and language.isalpha() else None
