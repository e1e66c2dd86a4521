"""One check made of stored records: for a worker process, which reads the WARC itself, so that no body is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from citekeep.content_coding import CodingLimitError, decoded_as_stored
from citekeep.documents.read import kind_of
from citekeep.exceptions import ArchiveError
from citekeep.exchanges import note_response
from citekeep.http_message import Head
from citekeep.items import Check, DueLink, Exchange, WarcRef
from citekeep.reading import read
from citekeep.readings import wanted_of
from citekeep.verdicts import observation_of
from citekeep.warc.reader import StoredExchange, read_with_body

TRUNCATED = frozenset({"length", "time", "disconnect"})
"""Reasons of WARC-Truncated that the archive tells apart; any other is ``unspecified``."""


class TooLargeError(ValueError):
    """A page is larger than the limit."""


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One record on the way to a page. resource: it is a body without the head of an answer, of this media type."""

    place: WarcRef
    record_id: str
    url: str
    at: str
    ip: str | None = None
    truncated: str | None = None
    resource: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A check to make. hops: redirects, then the page. body: where the body lies of a page that is a revisit.

    link: with what is known of it (its ``history``); body_max: bytes of a body, before and after its codings are undone.
    """

    warcs: Path
    link: DueLink
    hops: tuple[Hop, ...]
    body: WarcRef | None
    body_max: int
    citations_limit: int


def take(job: Job, *, extracting: bool = True) -> Check:
    """Return the check, with verdict and extraction, as the pipelines make it of what the handler fetched; without bytes.

    extracting: False judges alone, where extracting cost a worker. Raises ArchiveError where a record is not there or is
    damaged, TooLargeError.
    """
    exchanges = [_hop(job, number, hop) for number, hop in enumerate(job.hops[:-1])]
    last = job.hops[-1]
    stored = read_with_body(job.warcs, last.place, job.body)
    if last.resource is not None:
        exchange, body = _resource(last, stored, len(exchanges))
        link = replace(job.link, local_body=body, local_type=kind_of(body, last.resource) or "html")
    else:
        exchange, body = _page(job, last, stored, len(exchanges))
        link = job.link
    exchanges.append(exchange)
    content_type = next((value for name, value in exchange.headers if name.lower() == "content-type"), None)
    check = Check(
        link=link,
        epoch=0,
        site_id=0,
        checked_at=job.hops[0].at,
        requested_url=job.hops[0].url,
        final_url=last.url,
        status=exchange.status,
        content_type=content_type[:200] if content_type else None,
        body=body,
        exchanges=exchanges,
    )
    history = link.history
    seen = observation_of(check, words=tuple(history.get("words") or ()))
    wanted = wanted_of(check, job.citations_limit) if extracting else None
    reading = read(body, seen, history, wanted=wanted)
    check.verdict, check.extraction = reading.verdict, reading.extraction
    return _without_bytes(check)


def _hop(job: Job, number: int, hop: Hop) -> Exchange:
    return _page(job, hop, read_with_body(job.warcs, hop.place, None), number)[0]


def _page(job: Job, hop: Hop, stored: StoredExchange, number: int) -> tuple[Exchange, bytes]:
    if stored.head is None:
        raise ArchiveError(f"The record at {hop.place.offset} of {hop.place.name} holds no answer of HTTP.")
    exchange = replace(_exchange(hop, number), response_bytes=stored.raw)
    part = note_response(exchange, stored.head, stored.body)
    if len(part.body) > job.body_max and exchange.truncated is None:
        raise TooLargeError(hop.url)
    try:
        return exchange, decoded_as_stored(part.body, exchange.headers, job.body_max)
    except CodingLimitError as error:
        raise TooLargeError(hop.url) from error


def _resource(hop: Hop, stored: StoredExchange, number: int) -> tuple[Exchange, bytes]:
    exchange = _exchange(hop, number)
    note_response(exchange, Head(status=200, headers=[("Content-Type", hop.resource or "")]), stored.raw)
    exchange.status = None  # nobody answered with one
    return exchange, stored.raw


def _exchange(hop: Hop, number: int) -> Exchange:
    truncated = hop.truncated and (hop.truncated if hop.truncated in TRUNCATED else "unspecified")
    return Exchange(
        url=hop.url,
        purpose="hop" if number else "page",
        hop=number,
        started_at=hop.at,
        ip=hop.ip,
        truncated=truncated,
    )


def _without_bytes(check: Check) -> Check:
    check.body = b""
    check.link = replace(check.link, local_body=None)
    for exchange in check.exchanges:
        exchange.response_bytes = b""
    return check


def history_of(earlier: list[dict[str, Any]], words: str | None) -> Mapping[str, Any]:
    """Return what the judge is told of a link: what it showed when it was good, and how it is cited."""
    return {"earlier": earlier, "words": [words] if words else []}
