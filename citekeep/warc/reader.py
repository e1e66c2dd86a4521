"""One record read back by its place, checked against its digest, its body without framing."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from citekeep.exceptions import ArchiveError
from citekeep.http_message import Head, body_of, parse_head
from citekeep.items import WarcRef
from citekeep.warc.index import OPEN

MAX_BYTES = 512 * 2**20
"""Of one record, decompressed: far above the size limit of a download, far below what would exhaust the memory."""


@dataclass(frozen=True)
class StoredExchange:
    """A response as it lies in a WARC.

    raw: the HTTP message as it came; of a revisit, its head alone. head: None where no whole head came. body: without
    chunk framing, its content coding kept; of a revisit, that of the record it refers to. payload_digest: the WARC
    header's, over the stored bytes. refers_to: of a revisit, the URL and date of the earlier record.
    """

    url: str
    date: str
    kind: str
    record_id: str
    raw: bytes
    head: Head | None
    body: bytes
    payload_digest: str | None
    refers_to: tuple[str, str] | None = None


def read(
    directory: Path, ref: WarcRef, *, original: Callable[[str, str], WarcRef | None] | None = None
) -> StoredExchange:
    """Return the response that ``ref`` names.

    original: for a revisit, where the record it refers to lies, by (url, date). Without it the body of a revisit is
    empty. Raises ArchiveError where a record is not there or is damaged, and where that of a revisit is not found.
    """
    record = _record(directory, ref)
    if record.kind != "revisit" or original is None or record.refers_to is None or record.head is None:
        return record  # of ours, one without a head is a 304: the server showed nothing
    place = original(*record.refers_to)
    if place is None:
        raise ArchiveError(f"The record that the one at {ref.offset} of {ref.name} refers to is not known.")
    earlier = _record(directory, place)
    if earlier.kind == "revisit" or earlier.payload_digest != record.payload_digest:
        raise ArchiveError(f"The record at {place.offset} of {place.name} is not the one that a revisit refers to.")
    return replace(record, body=earlier.body)


def read_with_body(directory: Path, ref: WarcRef, body: WarcRef | None) -> StoredExchange:
    """Return the response that ``ref`` names; of a revisit, with the body of the record that ``body`` names.

    A revisit without a head of its own has that of the other. Raises ArchiveError where a record is not there or is damaged, and
    where the two do not name the same payload.
    """
    record = _record(directory, ref)
    if body is None:
        return record
    earlier = _record(directory, body)
    if earlier.kind == "revisit" or not _same_payload(record, earlier):
        raise ArchiveError(f"The record at {body.offset} of {body.name} is not the one that a revisit refers to.")
    return replace(record, body=earlier.body, head=record.head or earlier.head)


def _same_payload(revisit: StoredExchange, earlier: StoredExchange) -> bool:
    """Return whether a record holds the payload of a revisit; tools make the digest with the chunk framing or without it."""
    wanted = revisit.payload_digest
    if not wanted or wanted == earlier.payload_digest:
        return True
    payload = earlier.raw[earlier.head.length :] if earlier.head is not None else earlier.raw
    return agrees(earlier.body, wanted) or agrees(payload, wanted)


def _record(directory: Path, ref: WarcRef) -> StoredExchange:
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(_member(directory, ref)), no_record_parse=True)))
        raw: bytes = record.raw_stream.read()
        header = record.rec_headers.get_header
        _check(raw, header("WARC-Block-Digest"))
    except (OSError, StopIteration, ArchiveLoadFailed, EOFError, ValueError, zlib.error) as error:
        why = str(error) or type(error).__name__
        raise ArchiveError(f"The record at {ref.offset} of {ref.name} cannot be read: {why}.") from error
    head = parse_head(raw)
    uri, date = header("WARC-Refers-To-Target-URI"), header("WARC-Refers-To-Date")
    return StoredExchange(
        url=header("WARC-Target-URI") or "",
        date=header("WARC-Date") or "",
        kind=record.rec_type or "",
        record_id=header("WARC-Record-ID") or "",
        raw=raw,
        head=head,
        body=body_of(raw, head) if head is not None else b"",
        payload_digest=header("WARC-Payload-Digest"),
        refers_to=(uri, date) if uri and date else None,
    )


def _member(directory: Path, ref: WarcRef) -> bytes:
    """Return a record decompressed. Here, not by warcio, which takes a damaged member for one that has ended."""
    try:
        stream = (directory / ref.name).open("rb")
    except FileNotFoundError:
        try:
            stream = (directory / (ref.name + OPEN)).open("rb")
        except FileNotFoundError:  # it was closed between the two
            stream = (directory / ref.name).open("rb")
    with stream:
        stream.seek(ref.offset)
        member = stream.read(ref.length)
    decoder = zlib.decompressobj(31)
    data = decoder.decompress(member, MAX_BYTES)
    if not decoder.eof:
        raise ValueError("its gzip member does not end where it should")
    if decoder.unused_data:
        raise ValueError("more than one gzip member lies there")
    return data


def _check(block: bytes, digest: str | None) -> None:
    if not agrees(block, digest):
        raise ValueError("its bytes are not those that its digest was made of")


def agrees(data: bytes, digest: str | None) -> bool:
    """Return whether bytes have a digest as WARC headers write it, in hex or base 32; True where it is of no kind we know."""
    algorithm, _, value = (digest or "").strip().partition(":")
    name = algorithm.lower().replace("-", "")
    if name not in {"sha1", "sha256", "sha512", "md5"} or not value:
        return True
    found = hashlib.new(name, data, usedforsecurity=False)
    forms = {found.hexdigest(), base64.b32encode(found.digest()).decode("ascii").rstrip("=").lower()}
    return value.rstrip("=").lower() in forms
