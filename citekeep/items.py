"""What travels through Citekeep: plain data without behaviour. The words are those of docs/architecture.md.

``Lease`` and ``Result`` cross a process boundary when users outgrow one machine: they hold only str, int, float,
bytes, None, list and dict (or dataclasses of these), carry a version, and never the id of an unwritten row.
"""

from __future__ import annotations

from asyncio import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from citekeep.items_read import Citation, Extraction

if TYPE_CHECKING:
    from citekeep.verdicts import Verdict

__all__ = [
    "Check", "Citation", "DueLink", "Exchange", "Extraction", "Judgement", "Lease", "Result", "WarcRef", "Wish",
]  # fmt: skip

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
    listing: what it is to be read for where it lists articles: {"kind", "pattern"}, else None. known: of the last whole answer
    (citekeep/unchanged.py), where the server may be asked whether that holds.
    terms: how its source wants it asked: {"user_agent", "contact", "proxy", "robots", "signals"}, None where the settings hold.
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
    known: dict[str, str | None] = field(default_factory=dict)
    terms: dict[str, str | None] = field(default_factory=dict)
    local_body: bytes | None = field(default=None, repr=False)
    local_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to ask one site, for ``seconds`` counted from before the call that granted it.

    site: the registrable domain. epoch: rises with each claim of the site; a Result of an older epoch is refused.
    delay_ms: the least pause between two requests. pace: the columns of citekeep/pace.py, with "requests" made today (UTC),
    "asked_at", when the site was last given back, and "rest_ms", at which pause it was asked until then. robots: {origin:
    {"status": int | None, "body": bytes, "read_at": str}} of robots.txt files that are still fresh. probes: {origin:
    {key: fact}} of probes that are (citekeep/probing.py). requisites: whether the site has requisites to be asked
    (frontier.next_requisite).
    """

    site_id: int
    site: str
    epoch: int
    seconds: float
    delay_ms: int
    links: list[DueLink]
    pace: dict[str, Any] = field(default_factory=dict)
    robots: dict[str, dict[str, Any]] = field(default_factory=dict)
    probes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    requisites: bool = False
    version: int = LEASE_VERSION


@dataclass(frozen=True, kw_only=True)
class Borrowed:
    """The right to ask a site once, as a redirect leads there. rest: seconds to be waited first, since another run's request."""

    site_id: int
    epoch: int
    rest: float = 0.0


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
    head_length: of the response head in response_bytes, empty line included; 0 if no head came whole. headers: in order,
    names as they came, latin-1.
    error: a name from failures.ERRORS or None; error_phase: dns, connect, tls, send, headers or body; error_text: for a person.
    ip, port: of the peer really connected to (empty through a proxy). via_proxy: see docs.
    tls: {"version", "cipher", "faults": [names from failures.TLS_FAULTS], "subject", "issuer", "not_before", "not_after",
    "sha256", "names"}, or None without TLS. dns: {"outcome", "nameserver", "ttl", "addresses", "refused"} or None.
    *_ms: whole milliseconds, None where the phase was not reached or (pooled connection) not needed.
    body_sha256 (hex), body_sha1 (base32, as in a CDX digest), body_length: of the body without its chunk framing, its
    content coding kept; None without a body.
    truncated: None, or a reason of WARC-Truncated: length, time, disconnect, unspecified.
    unchanged: of a 304 that is believed, what was known of the last whole answer (citekeep/unchanged.py); else None.
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
    unchanged: dict[str, Any] | None = None
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
    requests: {site: number} of what was sent for it. signs: what it tells of its sites' pace (citekeep/pace.py).
    reservations: what the page asks of who keeps it (citekeep/reservations.py), with "keeps": whether it is not saved for it.
    ended: time.monotonic() at which its answer, or its failure, was there.
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
    requests: dict[str, int] = field(default_factory=dict)
    signs: list[dict[str, Any]] = field(default_factory=list)
    reservations: list[dict[str, Any]] = field(default_factory=list)
    judgement: Judgement | None = None
    wishes: list[Wish] = field(default_factory=list)
    ended: float = 0.0


@dataclass(kw_only=True)
class Judgement:
    """One rule set's judgement of one check.

    verdict: a name in the table of verdicts. flags: "moved" and TLS faults.
    evidence: {"rule", "matched", "where", ...}. standing, strikes, next_check_at: what becomes of the link's standing, and
    when it is due again (None: not by itself).
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

    mode: "save" (look up, save if there is no recent snapshot) or "lookup" (never save). why: for a person.
    reserved: a wish to save that still waits becomes one to look up.
    """

    service: str
    mode: str
    why: str = ""
    reserved: bool = False


@dataclass(kw_only=True)
class Result:
    """One whole check on its way into the database: one transaction, which may be repeated at will.

    captures: one dict per Exchange (without the bytes): the columns of ``captures``, with "warc": WarcRef | None.
    robots: {origin: {"status", "body", "read_at"}} read during this check. probes: {origin: {key: fact}} made by it.
    listing, requests, signs, reservations: as in Check. requisites: {"wanted": [(URL, kind)], "more": how many others the page
    names}, or None.
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
    requests: dict[str, int] = field(default_factory=dict)
    signs: list[dict[str, Any]] = field(default_factory=list)
    reservations: list[dict[str, Any]] = field(default_factory=list)
    version: int = RESULT_VERSION
