"""Text, metadata and citations of one body, by trafilatura, in one pass. Runs in a worker process; asks no network."""

from __future__ import annotations

import codecs
import re
import time
from importlib.metadata import version

from charset_normalizer import from_bytes

from citekeep.citations.text import find_citations as find_in_text
from citekeep.citations.text import paragraphs_of
from citekeep.dates import published_in_text
from citekeep.extraction_html import EXTRACTOR, FIELD_MAX, TEXT_MAX, read_html
from citekeep.items import Extraction

VERSION = f"{version('trafilatura')}+citekeep.13"
"""Of trafilatura, and of what is done around it: raised when the same body would give another text or citations."""

PLAIN = "plain"  # the extractor's name for a plain text
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
        text = decode(body, content_type)
        extraction = read_html(text, url, want_citations=want_citations, limit=citations_limit)
    elif kind == "text":
        extraction = _plain(body, url, content_type, want_citations=want_citations, limit=citations_limit)
    else:
        extraction = Extraction(outcome="not_text", extractor=EXTRACTOR, extractor_version="")
    extraction.extractor_version = VERSION
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


# --- plain text ---


def _plain(body: bytes, url: str, content_type: str | None, *, want_citations: bool, limit: int) -> Extraction:
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
        citations=find_in_text(paragraphs, language=language, limit=limit) if want_citations else None,
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
