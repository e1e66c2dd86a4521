"""One record read back by its place, its payload with all codings undone."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from citekeep.exceptions import ArchiveError
from citekeep.http_message import Head, body_of, parse_head
from citekeep.items import WarcRef
from citekeep.warc.index import OPEN


@dataclass(frozen=True)
class StoredExchange:
    """A response as it lies in a WARC.

    raw: the HTTP message as it came (of a revisit: its head, then the body of the record it refers to). body: without
    chunk framing, its content coding kept. payload_digest: the header's, over the stored bytes.
    """

    url: str
    date: str
    kind: str
    raw: bytes
    head: Head | None
    body: bytes
    payload_digest: str | None
    refers_to: tuple[str, str] | None = None


def read(
    directory: Path, ref: WarcRef, *, original: Callable[[str, str], WarcRef | None] | None = None
) -> StoredExchange:
    """Return the response that ``ref`` names.

    original: for a revisit, where the record it refers to lies, by (url, date); without it, or where it knows none, the
    body of a revisit is empty. Raises ArchiveError where the record is not there or is damaged.
    """
    record = _record(directory, ref)
    if record.kind != "revisit" or original is None or record.refers_to is None:
        return record
    place = original(*record.refers_to)
    if place is None or place == ref:
        return record
    earlier = _record(directory, place)
    return StoredExchange(
        record.url,
        record.date,
        record.kind,
        record.raw,
        record.head,
        earlier.body,
        record.payload_digest,
        record.refers_to,
    )


def _record(directory: Path, ref: WarcRef) -> StoredExchange:
    path = directory / ref.name
    if not path.exists():
        path = directory / (ref.name + OPEN)
    try:
        with path.open("rb") as stream:
            stream.seek(ref.offset)
            member = stream.read(ref.length)
        record = next(iter(ArchiveIterator(io.BytesIO(member), no_record_parse=True)))
        raw = record.raw_stream.read()
    except (OSError, StopIteration, ArchiveLoadFailed, EOFError) as error:
        raise ArchiveError(f"The record at {ref.offset} of {ref.name} cannot be read: {error}.") from error
    header = record.rec_headers.get_header
    head = parse_head(raw)
    uri, date = header("WARC-Refers-To-Target-URI"), header("WARC-Refers-To-Date")
    return StoredExchange(
        url=header("WARC-Target-URI") or "",
        date=header("WARC-Date") or "",
        kind=record.rec_type,
        raw=raw,
        head=head,
        body=body_of(raw, head) if head is not None else b"",
        payload_digest=header("WARC-Payload-Digest"),
        refers_to=(uri, date) if uri and date else None,
    )
