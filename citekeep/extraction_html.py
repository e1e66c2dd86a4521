"""Text and metadata of a page by trafilatura, in its standard mode; by its other modes where that finds too little."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import trafilatura
from lxml import etree
from trafilatura import load_html

from citekeep.citations.blocks import Block, blocks_of
from citekeep.citations.body import Body, longest_row
from citekeep.citations.html import find_citations
from citekeep.citations.roads import form_of
from citekeep.citations.tokens import size_of, words_of
from citekeep.consent import is_consent_notice, without_consent_boxes
from citekeep.dates import published
from citekeep.items import Extraction
from citekeep.json_ld import tamed
from citekeep.readings import EXTRACTOR

TEXT_MAX = 2_000_000  # characters of a text that are kept
FIELD_MAX = 1_000
SMALL = 400
"""Words of a text below which it is asked whether the page has more: so much of a page is rarely a wrong part of it."""
LARGE = 600_000
"""Characters of text on a page beyond which trafilatura is asked for its baseline alone: its own reading takes time with the
square of them, ten seconds for twice as many."""
_ROW_LEAST = 60  # words that paragraphs beside one another have in all before they can be what a text should have been
_COVERED = 0.5  # of these words that a text must hold, else it is a fragment
_MODES = ("fast", "recall")
_PARAGRAPHS = (
    "blockquote", "caption", "center", "dd", "div", "dl", "dt", "fieldset", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "li", "ol", "option", "p", "pre", "table", "td", "th", "tr", "ul",
)  # fmt: skip
_PARAGRAPHS_MAX = 4_000
"""Of a page with more, only trafilatura's own reading is taken: jusText, which it asks next, takes time with the square of
their number, four seconds for 8,000 and minutes for what a megabyte holds."""

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports every page without a text as a warning


def read_html(text: str, url: str, *, want_citations: bool, limit: int) -> Extraction:
    """Return what there is to read in a page. Never raises for any text.

    ``quality`` of the result says whether the text is the page's: "whole"; "fallback_fast", "fallback_recall" or
    "fallback_baseline", where another of trafilatura's modes had to find it; "fragment", where the page shows
    paragraphs that none of them gave; None without a text. A notice about cookies or consent is no text.
    """
    result = Extraction(outcome="empty", extractor=EXTRACTOR, extractor_version="")
    tree = _parse(text)
    if tree is None:
        result.error_text = "no HTML could be read"
        return result
    result.language = language_of(tree)
    result.form_of = form_of(tree, url)
    blocks = blocks_of(tree) if want_citations or len(text) > LARGE else []
    if sum(len(block.text) for block in blocks) > LARGE:
        document, body = _read_large(result, tree)
    else:
        document = _trafilatura(tree, url)
        if document is not None:
            _fill(result, document)
        if not blocks and result.word_count < SMALL:
            blocks = blocks_of(tree)
        body = _improve(result, tree, url, blocks)
    when = published(tree, url, getattr(document, "date", None), language=result.language)
    if when is not None:
        result.published_text, result.published_on, result.published_at = when.text, when.on, when.at
        result.published_basis = when.basis
    if want_citations:
        result.citations = find_citations(
            tree,
            url=url,
            body_text=result.text,
            language=result.language,
            limit=limit,
            blocks=blocks,
            body=body,
            author=result.author,
        )
    return result


def _read_large(result: Extraction, tree: Any) -> tuple[Any, Body]:
    """Read a page of more text than trafilatura's own reading takes in seconds: by its baseline, which takes linear time."""
    text = _baseline(tree)
    _set_text(result, text)
    result.quality = "fallback_baseline" if text else None
    return None, Body.of(text)


def _parse(text: str) -> Any:
    """Return the page as trafilatura parses it, so that it is parsed once; None where it is no HTML."""
    try:
        return load_html(text)
    except (etree.LxmlError, ValueError):
        return None


def _trafilatura(tree: Any, url: str, *, mode: str = "standard") -> Any:
    scripts = [(script, script.text) for script in tree.iter("script") if "json" in (script.get("type") or "").lower()]
    fast = mode == "fast" or sum(1 for _ in tree.iter(*_PARAGRAPHS)) > _PARAGRAPHS_MAX
    try:
        for script, text in scripts:
            script.text = tamed(text or "")
        return trafilatura.bare_extraction(  # works on a copy of the tree
            tree,
            url=url if url.startswith("http") else None,
            with_metadata=True,
            include_comments=False,
            fast=fast,
            favor_recall=mode == "recall",
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - of any kind, an AssertionError of lxml's for "<svg><br><br>" among them
        return None  # what it trips over is a page without a text
    finally:
        for script, text in scripts:
            script.text = text


def _baseline(tree: Any) -> str:
    try:
        return str(trafilatura.baseline(tree)[1]).strip()
    except (etree.LxmlError, ValueError, AssertionError):
        return ""


# --- too little text ---


def _improve(result: Extraction, tree: Any, url: str, blocks: list[Block]) -> Body:
    """Set the quality of a text, and a better text where it is a notice, a fragment or nothing at all; return its body."""
    shown = longest_row(blocks)
    body = Body.of(result.text)
    notice = is_consent_notice(result.text, result.language)
    if not notice and body.row.strip() and _covers(body, shown):
        result.quality = "whole"
        return body
    if notice:
        tree = without_consent_boxes(tree)
        shown = longest_row(blocks_of(tree))
    for quality, text in _other_texts(tree, url, shown, retry=notice):
        other = Body.of(text)
        if _covers(other, shown) and not is_consent_notice(text, result.language):
            _set_text(result, text)
            result.quality = quality
            return other
    if notice:
        _set_text(result, "")
        result.error_text = "only a notice about cookies or consent"
        return Body.of("")
    result.quality = "fragment" if result.text else None
    return body


def _other_texts(tree: Any, url: str, shown: list[Block], *, retry: bool) -> Iterator[tuple[str, str]]:
    """Yield (quality, text) of the other modes; of the standard one too where the tree has changed."""
    if not shown and not retry:
        return
    for mode in ("standard", *_MODES) if retry else _MODES:
        document = _trafilatura(tree, url, mode=mode)
        text = (document.text or "").strip() if document is not None else ""
        if text:
            yield "whole" if mode == "standard" else f"fallback_{mode}", text
    if text := _baseline(tree):
        yield "fallback_baseline", text


def _covers(body: Body, shown: list[Block]) -> bool:
    """Return whether a text holds most of the paragraphs that a page shows; of a page that shows none, any text does."""
    whole = sum(block.size for block in shown)
    held = sum(block.size for block in shown if body.share(block.words) >= 0.5)
    return whole < _ROW_LEAST or held >= _COVERED * whole or body.size > whole


# --- fields ---


def _fill(result: Extraction, document: Any) -> None:
    _set_text(result, (document.text or "").strip())
    result.title = _field(document.title)
    result.author = _field(document.author)
    result.site_name = _field(document.sitename)


def _set_text(result: Extraction, text: str) -> None:
    result.text = text[:TEXT_MAX]
    result.outcome = "ok" if text else "empty"
    result.word_count = word_count(result.text)


def word_count(text: str) -> int:
    """Return how many words a text has; of scripts without spaces between them, about how many."""
    spaced = len(text.split())
    return spaced if text.isascii() or spaced * 12 > len(text) else round(size_of(words_of(text)))


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
