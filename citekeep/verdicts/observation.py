"""What a check saw, as plain data: the only thing that ``judge`` looks at."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from citekeep.items import Check, Exchange, Extraction
from citekeep.urls import is_urn

BODY_LIMIT = 1_500_000
"""Bytes of a body that are looked at. Walls, block pages and parked pages are far shorter; of longer pages the
beginning decides, but some have half a megabyte of scripts before their first word."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What one check of a link saw.

    requested_url, final_url: before the first and after the last redirect. status: of the last response, None where
    none came. error, error_phase, reason: as in items.Check. headers: of the last response, in order, any case.
    hops: (url, status) of each redirect, in order. tls_faults: names from failures.TLS_FAULTS, of all hops.
    content_type: the Content-Type field as it came. body: the decoded beginning of the body, None where it is no
    text. magic: its first bytes. title, text: what the extractor found, None where nothing was extracted.
    words: how the link was cited (anchor text, sentence); empty where unknown. truncated: the body is not whole.
    saved_document: there was no request, as the document has no address. flags: as in items.Check.
    ips: of the peers that answered and those that DNS named.
    probes: what was learned beside the page, by kind (see citekeep/verdicts/probes.py).
    """

    requested_url: str
    final_url: str | None = None
    status: int | None = None
    error: str | None = None
    error_phase: str | None = None
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    hops: tuple[tuple[str, int], ...] = ()
    tls_faults: tuple[str, ...] = ()
    content_type: str | None = None
    body: str | None = None
    magic: bytes = b""
    title: str | None = None
    text: str | None = None
    words: tuple[str, ...] = ()
    truncated: bool = False
    saved_document: bool = False
    flags: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    probes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What ``judge`` makes of an observation.

    name, group: of the table of verdicts. flags: "moved", "truncated", and TLS faults as "tls_<fault>".
    evidence: {"rule", "matched" (what it matched, at most 200 characters), "where" (status, header, url, title, text,
    body, error, ...)}, and what else the rule knows, such as "vendor"; "probes": what was asked beside the page, by kind.
    wants: kinds of probes after which the same observation may be judged better.
    """

    name: str
    group: str
    flags: list[str] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    wants: tuple[str, ...] = ()


# --- from a check --------------------------------------------------------------------------------------------------

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_NOT_TEXT = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7"})
"""Codecs of Python that no page may choose."""
_TEXT_TYPES = ("text/", "html", "xml", "json", "javascript")


def observation_of(check: Check, *, words: tuple[str, ...] = ()) -> Observation:
    """Return what a check saw, without its body: see ``with_page``. words: how the link was cited."""
    pages = [exchange for exchange in check.exchanges if exchange.purpose in {"page", "hop"}]
    last = pages[-1] if pages else None
    return Observation(
        requested_url=check.requested_url,
        final_url=check.final_url,
        status=check.status,
        error=check.error,
        error_phase=check.error_phase,
        reason=check.reason,
        headers=tuple(last.headers) if last else (),
        hops=tuple((exchange.url, exchange.status or 0) for exchange in pages[:-1]),
        tls_faults=tuple(fault for exchange in pages for fault in (exchange.tls or {}).get("faults", ())),
        content_type=check.content_type,
        words=words,
        truncated=bool(last and last.truncated),
        saved_document=check.link.local_body is not None or is_urn(check.link.url),
        flags=tuple(check.flags),
        ips=_ips(pages),
        probes=dict(check.probes),
    )


def _ips(exchanges: list[Exchange]) -> tuple[str, ...]:
    named = [str(ip) for exchange in exchanges for ip in (exchange.dns or {}).get("addresses") or ()]
    return tuple(dict.fromkeys([exchange.ip for exchange in exchanges if exchange.ip] + named))


def with_page(
    seen: Observation, body: bytes, encoding: str | None = None, extraction: Extraction | None = None
) -> Observation:
    """Return an observation with the page that came, bounded in size. Never raises for bytes off the net.

    encoding: as in items.Check. extraction: what the extractor made of the body.
    """
    return replace(
        seen,
        body=text_of(body, seen.content_type, encoding),
        magic=body[:16],
        title=extraction.title if extraction else None,
        text=extraction.text if extraction and extraction.text else None,
    )


def text_of(body: bytes, content_type: str | None, encoding: str | None = None) -> str | None:
    """Return the beginning of a body as text, None where it is none. Unknown bytes become U+FFFD; never raises."""
    kind = (content_type or "").lower()
    start = body[:BODY_LIMIT]
    if kind and not any(part in kind for part in _TEXT_TYPES):
        return None
    if not kind and b"<" not in start[:1024]:
        return None
    return start.decode(_charset(start, kind, encoding), "replace")


def _charset(start: bytes, content_type: str, encoding: str | None) -> str:
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name
    in_type = _CHARSET.search(content_type.encode("latin-1", "replace"))
    in_head = _CHARSET.search(start[:2048])
    for found in (encoding, in_type and in_type[1].decode("ascii", "replace"), in_head and in_head[1].decode()):
        if found and _decodes(found):
            return found
    try:
        start[:-4].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 8:
            return _single_byte(start)
    return "utf-8"


@lru_cache(maxsize=256)
def _decodes(name: str) -> bool:
    try:  # by the codec's own name: Python takes "-idna" for idna
        return codecs.lookup(name).name.replace("_", "-") not in _NOT_TEXT and bool(b"a".decode(name, "replace"))
    except (LookupError, UnicodeError, ValueError):
        return False


def _single_byte(start: bytes) -> str:
    """Return windows-1251 where most letters lie beyond ASCII, as in Cyrillic text, else windows-1252."""
    high = sum(byte >= 0xC0 for byte in start)
    low = sum(byte in b"abcdefghijklmnopqrstuvwxyz" for byte in re.sub(rb"<[^<>]*>", b"", start).lower())
    return "windows-1251" if high > low else "windows-1252"
