"""Text, metadata and citations of one body, by trafilatura, in one pass. Runs in a worker process; asks no network."""

from __future__ import annotations

import re
import time

from citekeep.charset import decode
from citekeep.citations.text import find_citations as find_in_text
from citekeep.citations.text import paragraphs_of
from citekeep.dates import published_in_text
from citekeep.documents.epub import page_of_epub
from citekeep.documents.read import READERS, kind_of, read_document, with_date
from citekeep.extraction_html import FIELD_MAX, TEXT_MAX, read_html
from citekeep.items import Extraction
from citekeep.readings import EXTRACTOR, VERSION

__all__ = ["EXTRACTOR", "PLAIN", "VERSION", "extract", "guess_language", "kind_of"]

PLAIN = "plain"  # the extractor's name for a plain text
_UNFINISHED = frozenset(
    ["in", "of", "the", "a", "an", "to", "for", "and", "on", "at", "with", "в", "и", "на", "из", "с"]
)  # no line of a title ends so


def extract(
    body: bytes,
    url: str,
    *,
    content_type: str | None = None,
    want_citations: bool = False,
    citations_limit: int = 5_000,
    kind: str | None = None,
) -> Extraction:
    """Return what there is to read in a body.

    url: where it came from; relative links are resolved against it. content_type: the whole header, its charset is
    believed unless the bytes say otherwise. kind: as ``kind_of`` has it, where a person says so. citations of a page are
    looked for only where wanted; those of another document always are, and are ``cites`` where they were not. Never
    raises for any bytes: what cannot be read is outcome ``not_text`` or ``empty``.
    """
    begun = time.perf_counter()
    kind = kind or kind_of(body, content_type)
    if kind == "html":
        text = decode(body, content_type)
        extraction = read_html(text, url, want_citations=want_citations, limit=citations_limit)
    elif kind == "text":
        extraction = _plain(body, url, content_type, limit=citations_limit)
    elif kind == "epub":
        extraction = _book(body, url, limit=citations_limit)
    elif kind in READERS:
        extraction = read_document(kind, body, content_type, limit=citations_limit, guess_language=guess_language)
    else:
        extraction = Extraction(outcome="not_text", extractor=EXTRACTOR, extractor_version="")
    if not want_citations:
        extraction.citations, extraction.cites = None, extraction.citations
    extraction.extractor_version = VERSION
    extraction.elapsed_ms = round((time.perf_counter() - begun) * 1000)
    return extraction


def _book(body: bytes, url: str, *, limit: int) -> Extraction:
    """Return what there is to read in an EPUB: its chapters, as one page; its package says what it is."""
    page, told = page_of_epub(body)
    if not page:
        return Extraction(outcome="empty", extractor=EXTRACTOR, extractor_version="", error_text=told.error_text)
    extraction = read_html(page, url, want_citations=True, limit=limit)
    extraction.title, extraction.author = told.title or extraction.title, told.author or extraction.author
    extraction.language = told.language or extraction.language
    extraction.quality = "fragment" if told.cut else extraction.quality
    return with_date(extraction, told)


# --- plain text ---


def _plain(body: bytes, url: str, content_type: str | None, *, limit: int) -> Extraction:
    text = decode(body, content_type)[:TEXT_MAX].replace("\x00", "")
    paragraphs = paragraphs_of(text)
    joined = "\n".join(paragraph.text for paragraph in paragraphs)
    language = guess_language(joined)
    when = published_in_text(text, url, language=language)
    result = Extraction(
        outcome="ok" if joined else "empty",
        extractor=PLAIN,
        extractor_version="",
        text=joined,
        title=_title(text),
        language=language,
        word_count=len(joined.split()),
        citations=find_in_text(paragraphs, language=language, limit=limit),
    )
    if when is not None:
        result.published_text, result.published_on, result.published_at = when.text, when.on, when.at
        result.published_basis = when.basis
    return result


def _title(text: str) -> str | None:
    """Return the first line that could be a title: some words, not shouted, not a URL, no full stop at its end."""
    lines = [line.strip() for line in text.splitlines()[:12]]
    for number, line in enumerate(lines):
        words = line.lstrip("#").split()
        if len(words) < 3 or line.isupper() or "://" in line or line.endswith("."):
            continue
        following = lines[number + 1] if number + 1 < len(lines) else ""
        goes_on = following and len(following.split()) < 12 and not following.endswith(".") and not line.startswith("#")
        wraps = goes_on and not following[:1].islower() and len(line) < 60 and "/" not in following
        title = f"{line} {following}" if wraps and _looks_unfinished(line) else line.lstrip("# ")
        return " ".join(title.split())[:FIELD_MAX] or None
    return None


def _looks_unfinished(line: str) -> bool:
    return line.rsplit(maxsplit=1)[-1].lower() in _UNFINISHED


def guess_language(text: str) -> str | None:
    """Return a guess by script and letters: uk, ru or en; None where neither Cyrillic nor plain Latin prevails."""
    sample = text[:20_000].lower()
    cyrillic, latin = len(re.findall(r"[а-яёєіїґ]", sample)), len(re.findall(r"[a-z]", sample))
    if cyrillic > latin:
        return "uk" if len(re.findall(r"[єіїґ]", sample)) > len(re.findall(r"[ыэёъ]", sample)) else "ru"
    return "en" if latin and len(re.findall(r"\b(?:the|and|of|to|in)\b", sample)) * 25 > len(sample.split()) else None
