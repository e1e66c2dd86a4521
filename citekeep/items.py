"""What travels through Citekeep: plain data without behaviour. The words are those of docs/architecture.md.

``Lease`` and ``Result`` cross a process boundary when users outgrow one machine: they hold only str, int, float,
bytes, None, list and dict (or dataclasses of these), carry a version, and never the id of an unwritten row.
"""

from __future__ import annotations

from asyncio import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citekeep.verdicts import Verdict

LEASE_VERSION = 1
RESULT_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class DueLink:
    """A link that is to be checked now, with all that a worker needs to know of it.

    url: the canonical URL, the key of ``links``. request_url: what goes over the wire (see citekeep/urls.py).
    verbatim: hand request_url to Scrapy with ``meta["verbatim_url"]``.
    is_article: its citations are wanted. public: nothing forbids to look it up or save it elsewhere.
    withheld: a reason of ``not_checked`` for which it must not be asked ("looks_secret", "acts_on_get"), or None.
    turn: rises with each recorded check. history: what judge and schedule need: {"standing", "strikes",
    "checks" (number recorded), "last_body_sha256", "last_text_sha256", "last_checked_at", "last_strike_at",
    "quiet_since" and "article_since" (see citekeep/schedule.py), "requisites_known" (of its last body), "words" (how it was first
    cited: anchor text, sentence), "witnessed" (a save job failed as the last check did), "earlier": [{"basis": "own_check" or
    "memento", "id", "at", "text"}] (what it showed when it was good, the text nearest to its citation first)}.
    listing: what it is to be read for where it lists articles: {"kind", "pattern", "etag", "last_modified"}, else None.
    terms: how its source wants it asked: {"user_agent", "proxy", "robots"}, each None where the settings hold.
    local_body / local_type: the bytes of a saved document given instead of a request, and "text" or "html".
    """

    link_id: int
    url: str
    request_url: str
    verbatim: bool = False
    is_article: bool = False
    public: bool = True
    withheld: str | None = None
    turn: int = 0
    history: dict[str, Any] = field(default_factory=dict)
    listing: dict[str, Any] | None = None
    terms: dict[str, str | None] = field(default_factory=dict)
    local_body: bytes | None = field(default=None, repr=False)
    local_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to ask one site, for ``seconds`` counted from before the call that granted it.

    site: the registrable domain. epoch: rises with each claim of the site; a Result of an older epoch is refused.
    delay_ms: the least pause between two requests. robots: {origin: {"status": int | None, "body": bytes,
    "read_at": str}} of robots.txt files that are still fresh. probes: {origin: {key: fact}} of probes that are
    (citekeep/probing.py). requisites: whether the site has requisites to be asked (frontier.next_requisite).
    """

    site_id: int
    site: str
    epoch: int
    seconds: float
    delay_ms: int
    links: list[DueLink]
    robots: dict[str, dict[str, Any]] = field(default_factory=dict)
    probes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    requisites: bool = False
    version: int = LEASE_VERSION


@dataclass(frozen=True, kw_only=True)
class WarcRef:
    """Where a record lies: file name (no directory), offset and length in bytes of its gzip member."""

    name: str
    offset: int
    length: int


@dataclass(kw_only=True)
class Exchange:
    """One HTTP exchange as it happened, good or failed. Its row in the database is a capture.

    purpose: page, hop, probe, robots, read_back or requisite. hop: 0 for the first request of a check, then 1, 2, ...
    request_bytes, response_bytes: exactly the bytes that went out and came in (framing and all), empty if none.
    head_length: length of the response head within response_bytes, the empty line included; 0 if no head came whole.
    headers: response header fields in order, names as they came, latin-1.
    error: a name from failures.ERRORS or None; error_phase: dns, connect, tls, send, headers or body; error_text: for a person.
    ip, port: of the peer really connected to (empty through a proxy). via_proxy: see docs.
    tls: {"version", "cipher", "faults": [names from failures.TLS_FAULTS], "subject", "issuer", "not_before", "not_after",
    "sha256", "names"}, or None without TLS. dns: {"outcome", "nameserver", "ttl", "addresses", "refused"} or None.
    *_ms: whole milliseconds, None where the phase was not reached or (pooled connection) not needed.
    body_sha256 (hex), body_sha1 (base32, as in a CDX digest), body_length: of the body without its chunk framing, its
    content coding kept; None without a body.
    truncated: None, or a reason of WARC-Truncated: length, time, disconnect, unspecified.
    written: set by who writes it: resolves to the WarcRef of the response record (None if there was nothing to write)
    once it is flushed.
    """

    url: str
    method: str = "GET"
    purpose: str = "page"
    hop: int = 0
    started_at: str = ""
    request_bytes: bytes = field(default=b"", repr=False)
    response_bytes: bytes = field(default=b"", repr=False)
    head_length: int = 0
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    error: str | None = None
    error_phase: str | None = None
    error_text: str = ""
    ip: str | None = None
    port: int | None = None
    via_proxy: bool = False
    tls: dict[str, Any] | None = None
    dns: dict[str, Any] | None = None
    dns_ms: int | None = None
    connect_ms: int | None = None
    tls_ms: int | None = None
    first_byte_ms: int | None = None
    total_ms: int | None = None
    body_sha256: str | None = None
    body_sha1: str | None = None
    body_length: int | None = None
    truncated: str | None = None
    written: Future[WarcRef | None] | None = None


@dataclass(kw_only=True)
class Check:
    """One attempt to see a link: the Scrapy item. Pipelines fill in extraction, judgement and wishes, in this order.

    checked_at: when the first request left (now, where none did). reason: why it was not asked (failures.REASONS), else None.
    status, final_url, content_type: of the last response. error, error_phase: of the exchange that failed.
    body: the decoded body of the last response, b"" if none. encoding: the charset named by the Content-Type header.
    exchanges: every request in the order they were made: robots, hops, page.
    robots_read: {origin: {"status", "body", "read_at"}} of robots.txt files read on the way. cookiejar: name of its jar.
    flags: "too_many_redirects", "dataloss", "moved", ... verdict: of the worker that read the body, None where none did.
    listing: what it lists (sources/listing.py), with "etag" and "last_modified"; requisites: as in Result; None: not read for it.
    probes: what was asked beside the page, by kind (citekeep/verdicts/probes.py). probes_made: of these what was asked by
    this check, to be remembered for others: {origin: {key: fact}} (citekeep/probing.py).
    """

    link: DueLink
    epoch: int
    site_id: int
    checked_at: str
    requested_url: str
    final_url: str | None = None
    status: int | None = None
    error: str | None = None
    error_phase: str | None = None
    reason: str | None = None
    content_type: str | None = None
    encoding: str | None = None
    body: bytes = field(default=b"", repr=False)
    exchanges: list[Exchange] = field(default_factory=list, repr=False)
    flags: list[str] = field(default_factory=list)
    robots_read: dict[str, dict[str, Any]] = field(default_factory=dict)
    cookiejar: str = ""
    extraction: Extraction | None = field(default=None, repr=False)
    listing: dict[str, Any] | None = field(default=None, repr=False)
    requisites: dict[str, Any] | None = field(default=None, repr=False)
    verdict: Verdict | None = None
    probes: dict[str, dict[str, Any]] = field(default_factory=dict)
    probes_made: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    judgement: Judgement | None = None
    wishes: list[Wish] = field(default_factory=list)


@dataclass(kw_only=True)
class Citation:
    """An article citing a link, with its words.

    url_as_written: absolute: the href resolved against the page and its <base>, or the URL as it stood in a text.
    kind: anchor, plain_text, footnote, related, embed or promo.
    sentence: the sentence around it (in a plain text: the one it belongs to). before, after: up to 200 characters of the same
    paragraph on each side of the sentence's link.
    paragraph: ordinal of the text block, from 0. position: ordinal among the article's citations, from 0.
    fingerprint: hex sha256 of (url_as_written, anchor_text, sentence, how-manieth of these three in the article).
    original: the source's own URL, where url_as_written only leads to it and tells it; None elsewhere.
    cited_via: the URL that leads to the source, or that a reference gives beside it: an archive's, a shortener's, ...;
    cited_via_kind: archive, amp, shortener, redirector or wrapper; cited_via_service: whose it is (roads.toml);
    cited_via_at: when the archive's capture was taken (clock's form).
    accessed_on: the day (YYYY-MM-DD) on which a reference says it was looked at.
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


@dataclass(kw_only=True)
class Judgement:
    """One rule set's judgement of one check.

    verdict: a name in the table of verdicts. flags: "moved" and TLS faults. evidence: {"rule", "matched", "where", ...}.
    standing, strikes, next_check_at: what the link's standing becomes, and when it is due again (None: not by itself).
    """

    rules_version: int
    verdict: str
    group: str
    flags: list[str] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    standing: str | None = None
    strikes: int = 0
    next_check_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A wish that a link be looked up, or looked up and saved, in an archive.

    mode: "save" (look up, save if there is no recent snapshot) or "lookup" (never save: the page is gone or refused).
    why: for a person, e.g. "cited by https://...".
    """

    service: str
    mode: str
    why: str = ""


@dataclass(kw_only=True)
class Result:
    """One whole check on its way into the database: one transaction, which may be repeated at will.

    captures: one dict per Exchange (without the bytes): the columns of ``captures``, with "warc": WarcRef | None.
    robots: {origin: {"status", "body", "read_at"}} read during this check. probes: {origin: {key: fact}} made by it.
    listing: as in Check. requisites: {"wanted": [(URL, kind)], "more": how many others the page names}, or None.
    """

    link_id: int
    site_id: int
    epoch: int
    turn: int
    crawl_id: int
    check: dict[str, Any]
    captures: list[dict[str, Any]]
    judgement: Judgement
    extraction: Extraction | None = field(default=None, repr=False)
    wishes: list[Wish] = field(default_factory=list)
    robots: dict[str, dict[str, Any]] = field(default_factory=dict)
    probes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    listing: dict[str, Any] | None = field(default=None, repr=False)
    requisites: dict[str, Any] | None = field(default=None, repr=False)
    version: int = RESULT_VERSION
