"""WARC records of one exchange, serialised and gzipped each by itself."""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote
from uuid import uuid4

from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

from citekeep import clock
from citekeep.http_message import end_of_head
from citekeep.items import Exchange
from citekeep.warc.index import mime_of

GZIP_LEVEL = 1
"""Of 80 KB news pages level 1 takes a third of the time of 6 and leaves 9 % more bytes (benchmarks/warc.py)."""

REVISIT_LEAST = 1_024  # bytes of a body: a revisit record of a smaller one would save nothing
REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_NOT_PRINTABLE = re.compile(r"[^!-~]+")
_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ +\d{3}")


@dataclass(frozen=True)
class Original:
    """An earlier record of the same payload: what a revisit record refers to.

    chunked: how its body is framed; a revisit must announce the same, for readers decode the earlier record's body by
    the later one's head.
    """

    url: str
    date: str
    payload_digest: str
    record_id: str
    chunked: bool


@dataclass(frozen=True)
class Record:
    """A record ready to be written: its gzip member, and what an index says of it."""

    member: bytes
    kind: str
    url: str
    date: str
    status: int | None = None
    mime: str = ""
    payload_digest: str = ""
    record_id: str = ""


def sha256(data: bytes) -> str:
    """Return a digest as WARC headers have it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def serialise(headers: list[tuple[str, str]], block: bytes) -> bytes:
    """Return one record as a gzip member, its block as it is.

    Not by warcio's writer: it normalises the HTTP message of a response and writes no block of a revisit.
    """
    head = StatusAndHeaders("", headers, "WARC/1.1").to_bytes(encoding="utf-8")
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
    return b"".join(compressor.compress(part) for part in (head, block, b"\r\n\r\n")) + compressor.flush()


def warcinfo(filename: str, date: str, fields: Iterable[tuple[str, str]]) -> Record:
    """Return the record that opens a file. No host name, address, user or path is in it unless ``fields`` says so."""
    block = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in fields if value).encode("utf-8")
    headers = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", record_id()),
        ("WARC-Date", date),
        ("WARC-Filename", filename),
        ("Content-Type", "application/warc-fields"),
        ("WARC-Block-Digest", sha256(block)),
        ("Content-Length", str(len(block))),
    ]
    return Record(serialise(headers, block), "warcinfo", "", date)


def exchange_records(exchange: Exchange, *, original: Original | None) -> list[Record]:
    """Return the records of an exchange: its response (or a revisit of ``original``) first, then its request.

    Nothing that came means no response record; nothing that was sent means no request record.
    """
    if not exchange.started_at:
        exchange = replace(exchange, started_at=clock.now())
    response_id = record_id()
    records = []
    if exchange.unchanged and original is not None:
        records += _not_modified(exchange, response_id, original)
    elif exchange.response_bytes:
        records.append(_response(exchange, response_id, original))
    if exchange.request_bytes:
        records.append(_request(exchange, response_id if exchange.response_bytes else None))
    return records


def record_id() -> str:
    """Return a new WARC-Record-ID."""
    return f"<urn:uuid:{uuid4()}>"


def payload_of(message: bytes) -> bytes | None:
    """Return what follows the first head of a response, its chunk framing kept.

    None where no whole head came, or where readers of WARCs would not agree on its end: warcio takes a line of nothing
    but white space for the empty one. Such a record has no payload digest, and no revisit refers to it.
    """
    return _after_head(message) if _STATUS_LINE.match(message) else None


def _after_head(message: bytes) -> bytes | None:
    end = end_of_head(message)
    if end is None:
        return None
    stream = io.BytesIO(message)
    StatusAndHeadersParser([], verify=False).parse(stream)
    return message[end:] if stream.tell() == end else None


def may_be_revisited(exchange: Exchange) -> bool:
    """Return whether a later revisit record may refer to this response, or this one be a revisit of an earlier.

    Only whole bodies that are worth it, behind a single head: behind an interim one (1xx), a reader of WARCs takes the
    final head for payload.
    """
    return (
        exchange.truncated is None
        and exchange.body_sha256 is not None
        and (exchange.body_length or 0) >= REVISIT_LEAST
        and exchange.head_length > 0
        and end_of_head(exchange.response_bytes) == exchange.head_length
    )


def is_chunked(headers: list[tuple[str, str]]) -> bool:
    """Return whether a response head announces chunk framing."""
    return any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)


def _response(exchange: Exchange, identifier: str, original: Original | None) -> Record:
    block = exchange.response_bytes
    payload = payload_of(block)
    if payload is None:
        content_type, digest, kind = "application/octet-stream", "", "response"
    elif original is not None:
        content_type, digest, kind = "application/http; msgtype=response", original.payload_digest, "revisit"
        block = block[: len(block) - len(payload)]
    else:
        content_type, digest, kind = "application/http; msgtype=response", sha256(payload), "response"
    headers = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", identifier),
        ("WARC-Target-URI", _wire_form(exchange.url)),
        ("WARC-Date", exchange.started_at),
        *([("WARC-IP-Address", exchange.ip)] if exchange.ip else []),
        *([("WARC-Truncated", exchange.truncated)] if exchange.truncated else []),
        *(_refers_to(original) if original is not None and kind == "revisit" else []),
        ("Content-Type", content_type),
        ("WARC-Block-Digest", sha256(block)),
        *([("WARC-Payload-Digest", digest)] if digest else []),
        ("Content-Length", str(len(block))),
    ]
    return Record(
        serialise(headers, block),
        kind,
        _wire_form(exchange.url),
        exchange.started_at,
        exchange.status,
        _mime(exchange),
        digest,
        identifier,
    )


def _not_modified(exchange: Exchange, identifier: str, original: Original) -> list[Record]:
    """Return the revisit that a 304 is, and a metadata record with its head, every byte as it came.

    The revisit has no block: a reader then shows the earlier record's head as well as its body. With a head of its own, pywb
    would answer whoever looks at that day with an empty 304. The metadata record names no URI, or indexes would list it.
    """
    about = [
        ("WARC-Date", exchange.started_at),
        *([("WARC-IP-Address", exchange.ip)] if exchange.ip else []),
        ("Content-Type", "application/http; msgtype=response"),
    ]
    revisit = [
        ("WARC-Type", "revisit"),
        ("WARC-Record-ID", identifier),
        ("WARC-Target-URI", _wire_form(exchange.url)),
        *about,
        *_refers_to(original, NOT_MODIFIED_PROFILE),
        ("WARC-Block-Digest", sha256(b"")),
        ("WARC-Payload-Digest", original.payload_digest),
        ("Content-Length", "0"),
    ]
    head = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", record_id()),
        *about,
        ("WARC-Concurrent-To", identifier),
        ("WARC-Block-Digest", sha256(exchange.response_bytes)),
        ("Content-Length", str(len(exchange.response_bytes))),
    ]
    url, at = _wire_form(exchange.url), exchange.started_at
    return [
        Record(
            serialise(revisit, b""), "revisit", url, at, payload_digest=original.payload_digest, record_id=identifier
        ),
        Record(serialise(head, exchange.response_bytes), "metadata", url, at),
    ]


def _refers_to(original: Original, profile: str = REVISIT_PROFILE) -> list[tuple[str, str]]:
    return [
        ("WARC-Profile", profile),
        *([("WARC-Refers-To", original.record_id)] if original.record_id else []),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", original.date),
    ]


def _request(exchange: Exchange, response_id: str | None) -> Record:
    block = exchange.request_bytes
    payload = _after_head(block)
    headers = [
        ("WARC-Type", "request"),
        ("WARC-Record-ID", record_id()),
        ("WARC-Target-URI", _wire_form(exchange.url)),
        ("WARC-Date", exchange.started_at),
        *([("WARC-IP-Address", exchange.ip)] if exchange.ip else []),
        *([("WARC-Concurrent-To", response_id)] if response_id else []),
        ("Content-Type", "application/http; msgtype=request"),
        ("WARC-Block-Digest", sha256(block)),
        *([("WARC-Payload-Digest", sha256(payload))] if payload is not None else []),
        ("Content-Length", str(len(block))),
    ]
    return Record(serialise(headers, block), "request", exchange.url, exchange.started_at)


def _mime(exchange: Exchange) -> str:
    value = next((value for name, value in exchange.headers if name.lower() == "content-type"), "")
    return mime_of(value)


def _wire_form(url: str) -> str:
    """Return a URL that cannot end a header line: what is no printable ASCII is percent-encoded."""
    return _NOT_PRINTABLE.sub(lambda found: quote(found[0], errors="replace"), url)


def _one_line(value: str) -> str:
    return " ".join(str(value).split())
