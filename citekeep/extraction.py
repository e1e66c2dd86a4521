"""Text, metadata and citations of one body, by trafilatura, in one pass. Runs in a worker process; asks no network."""

from __future__ import annotations

import codecs
import logging
import re
import time
from importlib.metadata import version
from typing import Any

import trafilatura
from charset_normalizer import from_bytes
from lxml import etree
from trafilatura import load_html

from citekeep.citations.html import find_citations as find_in_html
from citekeep.citations.text import find_citations as find_in_text
from citekeep.citations.text import paragraphs_of
from citekeep.dates import published
from citekeep.items import Extraction
from citekeep.json_ld import tamed

EXTRACTOR = "trafilatura"
VERSION = f"{version('trafilatura')}+citekeep.5"
"""Of trafilatura, and of what is done around it: raised when the same body would give another text or citations."""

PLAIN = "plain"  # the extractor's name for a plain text
TEXT_MAX = 2_000_000  # characters of a text that are kept
FIELD_MAX = 1_000
_PARAGRAPHS = (
    "blockquote", "caption", "center", "dd", "div", "dl", "dt", "fieldset", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "li", "ol", "option", "p", "pre", "table", "td", "th", "tr", "ul",
)  # fmt: skip
_PARAGRAPHS_MAX = 4_000
"""Of a page with more, only trafilatura's own reading is taken: jusText, which it asks next, takes time with the square of
their number, four seconds for 8,000 and minutes for what a megabyte holds."""
HTML_TYPES = ("text/html", "application/xhtml+xml")
PLAIN_TYPES = ("text/plain", "text/markdown", "text/x-markdown")
_SNIFFED_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|article|div|p|meta|a)\b", re.IGNORECASE)
_UNFINISHED = frozenset(
    ["in", "of", "the", "a", "an", "to", "for", "and", "on", "at", "with", "в", "и", "на", "из", "с"]
)  # no line of a title ends so
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)
_CONTENT_CHARSET = re.compile(r"charset\s*=\s*[\"']?([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)
_NOT_BELIEVED = frozenset({"utf-8", "ascii", "utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape"})
"""UTF-8 has been tried by then; the others are no charsets of pages."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports every page without a text as a warning


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
    believed unless the bytes say otherwise. kind: "html" or "text" where a person says so. citations are looked for
    only where wanted. Never raises for any bytes: what cannot be read is outcome ``not_text`` or ``empty``.
    """
    begun = time.perf_counter()
    kind = kind or kind_of(body, content_type)
    if kind == "html":
        extraction = _html(body, url, content_type, want_citations=want_citations, limit=citations_limit)
    elif kind == "text":
        extraction = _plain(body, content_type, want_citations=want_citations, limit=citations_limit)
    else:
        extraction = Extraction(outcome="not_text", extractor=EXTRACTOR, extractor_version=VERSION)
    extraction.elapsed_ms = round((time.perf_counter() - begun) * 1000)
    return extraction


def kind_of(body: bytes, content_type: str | None) -> str | None:
    """Return "html", "text" or None: by the declared type, by the bytes where it is missing or says nothing."""
    declared = (content_type or "").partition(";")[0].strip().lower()
    if declared in HTML_TYPES:
        return "html"
    if declared in PLAIN_TYPES:
        return "html" if _SNIFFED_HTML.match(body[:200].lstrip()) else "text"
    if declared and declared not in {"application/octet-stream", "unknown/unknown", "application/unknown"}:
        return None
    head = body[:2_048]
    if _SNIFFED_HTML.search(head):
        return "html"
    return "text" if head and b"\x00" not in head and _decodes(head) else None


def _decodes(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def decode(body: bytes, content_type: str | None) -> str:
    """Return a body as text: by its byte order mark, as UTF-8 where it is that, as declared, else as detected.

    A declared charset that does not fit its bytes (windows-1251 declared as UTF-8, or the other way round) is not
    believed.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, errors="replace").lstrip("\ufeff")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        mostly_utf8 = error.start > 4_096 and body.decode("utf-8", errors="replace").count("\ufffd") < 20
    if mostly_utf8:
        return body.decode("utf-8", errors="replace")
    for name in _declared(body, content_type):
        text = _decoded(body, name)
        if text is not None:
            return text
    best = from_bytes(body[:200_000]).best()
    return body.decode(best.encoding if best is not None else "windows-1252", errors="replace")


def _declared(body: bytes, content_type: str | None) -> list[str]:
    header = _CONTENT_CHARSET.search(content_type or "")
    meta = _META_CHARSET.search(body[:4_096])
    names = [header[1]] if header else []
    return names + ([meta[1].decode("ascii")] if meta else [])


def _decoded(body: bytes, name: str) -> str | None:
    try:
        codec = codecs.lookup(name)
        if not getattr(codec, "_is_text_encoding", True) or codec.name.replace("_", "-") in _NOT_BELIEVED:
            return None
        if codec.name == "iso8859-1":
            codec = codecs.lookup("windows-1252")  # the URL and HTML standards' reading of latin-1
        text = body.decode(codec.name, errors="replace")
    except (LookupError, UnicodeError, ValueError):
        return None
    return text if _plausible(text) else None


def _plausible(text: str) -> bool:
    """Return whether a text reads like one: few replacement characters, few C1 controls, no case mess in its words.

    Western letters with accents do not follow one another: where they mostly do, it is another alphabet misread.
    """
    sample = text[:100_000]
    bad = sum(sample.count(c) for c in "\ufffd") + len(re.findall(r"[\x80-\x9f]", sample))
    mess = len(re.findall(r"[а-яёі][А-ЯЁІ]", sample))
    cyrillic = len(re.findall(r"[а-яёіА-ЯЁІ]", sample))
    accented = len(re.findall(r"[À-ÿ]", sample))
    in_a_row = sum(len(run) for run in re.findall(r"[À-ÿ]{4,}", sample))
    return bad <= len(sample) / 500 and mess <= max(20, cyrillic / 20) and in_a_row <= max(8, accented / 2)


# --- HTML ---


def _html(body: bytes, url: str, content_type: str | None, *, want_citations: bool, limit: int) -> Extraction:
    text = decode(body, content_type)
    result = Extraction(outcome="empty", extractor=EXTRACTOR, extractor_version=VERSION)
    tree = _parse(text)
    if tree is None:
        result.error_text = "no HTML could be read"
        return result
    result.language = language_of(tree)
    document = _trafilatura(tree, url)
    if document is not None:
        _fill(result, document)
    when = published(tree, url, getattr(document, "date", None))
    if when is not None:
        result.published_text, result.published_on, result.published_at = when.text, when.on, when.at
        result.published_basis = when.basis
    if want_citations:
        result.citations = find_in_html(tree, url=url, body_text=result.text, language=result.language, limit=limit)
    return result


def _parse(text: str) -> Any:
    """Return the page as trafilatura parses it, so that it is parsed once; None where it is no HTML."""
    try:
        return load_html(text)
    except (etree.LxmlError, ValueError):
        return None


def _trafilatura(tree: Any, url: str) -> Any:
    scripts = [(script, script.text) for script in tree.iter("script") if "json" in (script.get("type") or "").lower()]
    try:
        for script, text in scripts:
            script.text = tamed(text or "")
        return trafilatura.bare_extraction(  # works on a copy of the tree
            tree,
            url=url if url.startswith("http") else None,
            with_metadata=True,
            include_comments=False,
            fast=sum(1 for _ in tree.iter(*_PARAGRAPHS)) > _PARAGRAPHS_MAX,
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - of any kind, an AssertionError of lxml's for "<svg><br><br>" among them
        return None  # what it trips over is a page without a text
    finally:
        for script, text in scripts:
            script.text = text


def _fill(result: Extraction, document: Any) -> None:
    text = (document.text or "").strip()[:TEXT_MAX]
    result.text = text
    result.outcome = "ok" if text else "empty"
    result.word_count = len(text.split())
    result.title = _field(document.title)
    result.author = _field(document.author)
    result.site_name = _field(document.sitename)


def _field(value: Any) -> str | None:
    text = " ".join(str(value).split())[:FIELD_MAX] if value else ""
    return text or None


def language_of(tree: Any) -> str | None:
    """Return the language that a page declares (ISO 639-1), or None."""
    declared = [tree.get("lang"), tree.get("{http://www.w3.org/XML/1998/namespace}lang")]
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("http-equiv") or meta.get("name") or "").lower()
        if name in {"og:locale", "content-language", "language", "dc.language"}:
            declared.append(meta.get("content"))
    for value in declared:
        code = re.match(r"\s*([a-zA-Z]{2})(?:[-_]|\s*$)", value or "")
        if code:
            return code[1].lower()
    return None


# --- plain text ---


def _plain(body: bytes, content_type: str | None, *, want_citations: bool, limit: int) -> Extraction:
    text = decode(body, content_type)[:TEXT_MAX].replace("\x00", "")
    paragraphs = paragraphs_of(text)
    joined = "\n".join(paragraph.text for paragraph in paragraphs)
    language = guess_language(joined)
    return Extraction(
        outcome="ok" if joined else "empty",
        extractor=PLAIN,
        extractor_version=VERSION,
        text=joined,
        title=_title(text),
        language=language,
        word_count=len(joined.split()),
        citations=find_in_text(paragraphs, language=language, limit=limit) if want_citations else None,
    )


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
        return _field(f"{line} {following}" if wraps and _looks_unfinished(line) else line.lstrip("# "))
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
