"""A judged Check as the plain data that the frontier records."""

from __future__ import annotations

from typing import Any

from citekeep.items import Check, Exchange, Result, WarcRef

_CAPTURE_COLUMNS = (
    "purpose", "hop", "url", "method", "started_at", "status", "error", "error_phase", "error_text", "ip", "port",
    "via_proxy", "tls", "dns", "dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "total_ms", "body_sha256",
    "body_sha1", "body_length", "truncated",
)  # fmt: skip


def capture_of(exchange: Exchange, warc: WarcRef | None) -> dict[str, Any]:
    """Return an exchange as ``items.Result`` has it; warc: where its response lies."""
    return {name: getattr(exchange, name) for name in _CAPTURE_COLUMNS} | {"warc": warc}


def result_of(check: Check, captures: list[dict[str, Any]], crawl_id: int) -> Result:
    """Return the plain data of a judged check as the frontier records it."""
    last = next((c for c in reversed(captures) if c["purpose"] in {"page", "hop"}), None)
    if check.judgement is None:
        raise ValueError(f"{check.link.url} was not judged")
    return Result(
        link_id=check.link.link_id,
        site_id=check.site_id,
        epoch=check.epoch,
        turn=check.link.turn,
        crawl_id=crawl_id,
        check={
            "checked_at": check.checked_at,
            "requested_url": check.requested_url,
            "final_url": check.final_url,
            "status": check.status,
            "error": check.error,
            "error_phase": check.error_phase,
            "reason": check.reason,
            "content_type": check.content_type,
            "body_sha256": last["body_sha256"] if last else None,
            "bytes": last["body_length"] if last else None,
        },
        captures=captures,
        judgement=check.judgement,
        extraction=check.extraction,
        wishes=check.wishes,
        robots=check.robots_read,
        probes=check.probes_made,
        listing=check.listing,
        requisites=check.requisites,
        requests=check.requests,
        signs=check.signs,
        reservations=check.reservations,
    )
