"""Pages: their charset, text, citations, dates and verdicts."""

from __future__ import annotations

from lxml import etree
from trafilatura import load_html

from citekeep import dates
from citekeep.charset import decode
from citekeep.citations.html import find_citations
from citekeep.citations.text import find_citations as find_in_text
from citekeep.citations.text import paragraphs_of
from citekeep.extraction import extract, guess_language, kind_of
from citekeep.items import Citation, Extraction
from citekeep.reading import read
from citekeep.urls import is_http
from citekeep.verdicts import Observation, judge
from citekeep.verdicts.observation import text_of
from citekeep.verdicts.table import BY_NAME
from fuzz.bytes_as import fields, head_fields, text

URL = "https://www.example.org/2024/03/05/an-article-about-something?page=2"
LIMIT = 300  # citations


def charset(data: bytes) -> None:
    """Any bytes under any Content-Type have a kind and are text, without half surrogate pairs."""
    content_type, encoding, body = fields(data, 3)
    kind = content_type.decode("latin-1") or None
    assert kind_of(body, kind) in {"html", "text", "markdown", "pdf", "docx", "epub", None}
    decode(body, kind).encode("utf-8")
    seen = text_of(body, kind, encoding.decode("latin-1") or None)
    assert seen is None or seen.encode("utf-8") is not None


def page(data: bytes) -> None:
    """A body is read and judged as a worker process does it."""
    content_type, body = fields(data, 2)
    seen = Observation(requested_url=URL, final_url=URL, status=200, content_type=content_type.decode("latin-1"))
    reading = read(body, seen, {}, wanted={"want_citations": True, "citations_limit": LIMIT})
    assert reading.extraction is not None
    assert reading.verdict is not None
    sound(reading.extraction)


def sound(extraction: Extraction) -> None:
    """What was extracted can be stored, and what it cites be asked."""
    for value in (extraction.text, extraction.title, extraction.author, extraction.site_name):
        (value or "").encode("utf-8")  # SQLite takes no half surrogate pairs
    _usable(extraction.citations or [])


def _usable(citations: list[Citation]) -> None:
    assert len(citations) <= LIMIT
    assert len({citation.fingerprint for citation in citations}) == len(citations)
    for citation in citations:
        assert is_http(citation.url_as_written)
        for value in (
            citation.url_as_written,
            citation.anchor_text,
            citation.sentence,
            citation.before,
            citation.after,
        ):
            (value or "").encode("utf-8")


def citations_html(data: bytes) -> None:
    """Citations of any page are usable URLs, each with its place."""
    tree = _tree(data)
    if tree is None:
        return
    body = " ".join(tree.itertext())[:20_000]
    _usable(find_citations(tree, url=URL, body_text=body, language="en", limit=LIMIT))


def _tree(data: bytes) -> etree._Element | None:
    try:
        return load_html(data.decode("utf-8", "replace"))
    except (etree.LxmlError, ValueError):
        return None


def citations_text(data: bytes) -> None:
    """Citations of any text are usable URLs, each with its sentence."""
    body = data.decode("utf-8", "replace").replace("\x00", "")
    paragraphs = paragraphs_of(body)
    _usable(find_in_text(paragraphs, language=guess_language(body), limit=LIMIT))
    assert extract(data, URL, kind="text").outcome in {"ok", "empty"}


def published_on(data: bytes) -> None:
    """A page says in one way when it was published, or in none."""
    tree = _tree(data)
    if tree is not None:
        found = dates.published(tree, URL, None)
        assert found is None or found.basis in {"json_ld", "meta", "time_element", "url", "guess"}


def judged(data: bytes) -> None:
    """Any observation has a verdict of the table, with its evidence."""
    status, error, asked, final, content_type, head, hops, body = fields(data, 8)
    seen = Observation(
        requested_url=text(asked),
        final_url=text(final) or None,
        status=int(status[:3]) if status[:3].isdigit() else None,
        error=error.decode("latin-1") or None,
        headers=tuple(head_fields(head)),
        hops=tuple((line.decode("latin-1"), 301) for line in hops.split(b"\n") if line),
        content_type=content_type.decode("latin-1") or None,
        body=text_of(body, content_type.decode("latin-1"), None),
        magic=body[:16],
        words=("an article about something",),
    )
    verdict = judge(seen)
    assert BY_NAME[verdict.name].group == verdict.group
    assert verdict.evidence["rule"]
    assert len(str(verdict.evidence["matched"])) <= 200
