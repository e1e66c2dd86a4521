"""What was read in a body, as it travels through Citekeep (citekeep/items.py)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Citation:
    """An article citing a link, with its words.

    url_as_written: absolute: the href resolved against the page and its <base>, or the URL as it stood in a text.
    kind: anchor, plain_text, footnote, related, embed or promo.
    sentence: around it (in a plain text: the one it belongs to). before, after: up to 200 characters of its paragraph.
    paragraph: ordinal of the text block, position: among the article's citations, both from 0.
    fingerprint: hex sha256 of (url_as_written, anchor_text, sentence, how-manieth of these three in the article).
    original: the source's own URL, where url_as_written only leads to it and tells it; None elsewhere.
    cited_via: the URL that leads to the source, or that a reference gives beside it; cited_via_kind: archive, amp,
    shortener, redirector or wrapper; cited_via_service: whose it is (roads.toml); cited_via_at: when the archive's capture
    was taken (clock's form). accessed_on: the day (YYYY-MM-DD) on which a reference says it was looked at.
    """

    url_as_written: str
    anchor_text: str
    sentence: str
    before: str
    after: str
    paragraph: int
    position: int
    kind: str
    fingerprint: str = ""
    original: str | None = None
    cited_via: str | None = None
    cited_via_kind: str | None = None
    cited_via_service: str | None = None
    cited_via_at: str | None = None
    accessed_on: str | None = None


@dataclass(kw_only=True)
class Extraction:
    """What one extractor made of one body.

    outcome: ok, empty (read, but no text), timed_out, crashed, or not_text (a type nothing here extracts).
    text: plain text, paragraphs divided by one newline. language: ISO 639-1 or None. word_count: of text.
    published_text: the date as found; published_on: YYYY-MM-DD; published_at: UTC, only with time and zone;
    published_basis: json_ld, meta, time_element, url, feed, sitemap, user or guess.
    citations: None when they were not asked for, [] when there are none. cites: what a document that is no page cites itself,
    where its citations were not asked for: to be kept, and never to be requested. error_text: for a person, where it failed.
    quality: of the text of a page: whole; fallback_fast, fallback_recall, fallback_baseline (which mode of the extractor
    found it); fragment (the page shows more than any found); None where there is none, or nothing to say.
    form_of: the page that an AMP page names as the one it is a form of (absolute, same site); None elsewhere.
    """

    outcome: str
    extractor: str
    extractor_version: str
    text: str = ""
    title: str | None = None
    author: str | None = None
    language: str | None = None
    site_name: str | None = None
    published_text: str | None = None
    published_on: str | None = None
    published_at: str | None = None
    published_basis: str | None = None
    word_count: int = 0
    citations: list[Citation] | None = None
    cites: list[Citation] | None = None
    elapsed_ms: int = 0
    error_text: str = ""
    quality: str | None = None
    form_of: str | None = None
