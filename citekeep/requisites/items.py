"""What travels of requisites, as citekeep/items.py has it of links: plain data without behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from citekeep.items import RESULT_VERSION, Exchange


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one article's page may cost. number, most_bytes: of all its requisites together. one_bytes: of one.

    again: seconds for which one that was asked is not asked again. within: seconds from the reading of the page after which
    nothing is asked for it any more: what came later would not be the page that was read.
    """

    number: int
    most_bytes: int
    one_bytes: int
    again: float
    within: float


@dataclass(frozen=True, kw_only=True)
class DueRequisite:
    """What an article's page needs to look like itself, to be asked now. url: as it goes over the wire.

    kind: of requisites.KINDS. turn: rises with each recorded asking. max_bytes: of its body; over: whose limit that is, its
    own ("size") or that of its articles ("bytes"). known: of the last whole answer (citekeep/unchanged.py). terms, robots: as in
    DueLink and Lease.
    """

    requisite_id: int
    url: str
    kind: str
    turn: int
    max_bytes: int
    over: str = "size"
    known: dict[str, str | None] = field(default_factory=dict)
    terms: dict[str, str | None] = field(default_factory=dict)
    robots: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(kw_only=True)
class AskedRequisite:
    """One attempt at a requisite: a Scrapy item. Its fields are as in Check; link, for logs, is what was to be asked.

    parts: [(URL, kind)] that a style sheet names, filled in by pipelines/record_requisite; None where it is none.
    """

    link: DueRequisite
    epoch: int
    site_id: int
    final_url: str | None = None
    status: int | None = None
    error: str | None = None
    reason: str | None = None
    content_type: str | None = None
    body: bytes = field(default=b"", repr=False)
    exchanges: list[Exchange] = field(default_factory=list, repr=False)
    robots_read: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    cookiejar: str = ""
    parts: list[tuple[str, str]] | None = field(default=None, repr=False)


@dataclass(kw_only=True)
class RequisiteResult:
    """What came of asking a requisite, on its way into the database: one transaction, which may be repeated at will.

    outcome: captured, failed or left_out; why: the status or error it failed with, the reason it was not asked for, "size".
    bytes: of the body as it came. validators: "etag" and "last_modified" of an answer that can be asked about. unchanged: the
    server says that it is what was captured before. captures, robots, requests: as in Result. parts: as in AskedRequisite.
    """

    requisite_id: int
    site_id: int
    epoch: int
    turn: int
    outcome: str
    why: str | None
    bytes: int | None
    captures: list[dict[str, Any]]
    robots: dict[str, dict[str, Any]] = field(default_factory=dict)
    parts: list[tuple[str, str]] | None = field(default=None, repr=False)
    requests: dict[str, int] = field(default_factory=dict)
    validators: dict[str, str | None] = field(default_factory=dict)
    unchanged: bool = False
    version: int = RESULT_VERSION
