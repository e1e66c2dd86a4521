"""Documents that are no pages: whatever their bytes, they are read, and what they cite can be used."""

from __future__ import annotations

from citekeep.extraction import extract
from fuzz.targets.pages import LIMIT, URL, sound


def _read(kind: str, body: bytes) -> None:
    extraction = extract(body, URL, kind=kind, want_citations=True, citations_limit=LIMIT)
    assert extraction.outcome in {"ok", "empty"}
    sound(extraction)


def pdf(data: bytes) -> None:
    """A PDF, most of the time a broken one."""
    _read("pdf", data)


def docx(data: bytes) -> None:
    """A DOCX, most of the time a broken one."""
    _read("docx", data)


def epub(data: bytes) -> None:
    """An EPUB, most of the time a broken one."""
    _read("epub", data)


def markdown(data: bytes) -> None:
    """A Markdown text in any charset."""
    _read("markdown", data)
