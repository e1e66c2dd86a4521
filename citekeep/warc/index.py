"""CDXJ beside each closed WARC: one line for each response and revisit, sorted."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from citekeep.exceptions import ArchiveError
from citekeep.http_message import parse_head
from citekeep.warc.sort_key import sort_key

OPEN = ".open"  # suffix of a file that is being written
INDEX = ".cdxj"
REVISIT = "warc/revisit"  # what stands for the media type of one
_BLOCK = 2**20


@dataclass(frozen=True)
class WarcFile:
    """A WARC that was closed: name (no directory), size in bytes, number of records, sha256 (hex) of the whole file."""

    name: str
    bytes: int
    records: int
    sha256: str


def line(
    *, url: str, date: str, mime: str, status: int | None, digest: str, offset: int, length: int, name: str
) -> str:
    """Return a CDXJ line: sort key, 14 digits, JSON (as pywb and cdxj-indexer write it)."""
    told = {} if mime == REVISIT and status is None else {"status": str(status or "")}
    fields = {"url": url, "mime": mime or "unk", **told} | ({"digest": digest} if digest else {})
    fields |= {"length": str(length), "offset": str(offset), "filename": name}
    stamp = "".join(character for character in date if character.isdigit())[:14]
    return f"{sort_key(url)} {stamp} {json.dumps(fields, ensure_ascii=True)}"


def write_index(warc: Path, lines: list[str]) -> None:
    """Write the index of a closed WARC, sorted by bytes, in one step."""
    target = warc.with_name(warc.name.removesuffix(".warc.gz") + INDEX)
    part = target.with_name(target.name + OPEN)
    ordered = sorted(text.encode("utf-8") for text in lines)
    part.write_bytes(b"".join(text + b"\n" for text in ordered))
    part.replace(target)


def index_lines(warc: Path) -> Iterator[str]:
    """Yield the CDXJ lines of a WARC's responses and revisits, in the file's order.

    Raises ArchiveError where the file is no WARC, OSError where it cannot be read.
    """
    name = warc.name.removesuffix(OPEN)
    try:
        with warc.open("rb") as stream:
            records = ArchiveIterator(stream, no_record_parse=True)
            for record in records:
                header = record.rec_headers.get_header
                block = record.raw_stream.read()
                offset = records.get_record_offset()  # reads the record to its end
                if record.rec_type not in {"response", "revisit"}:
                    continue
                head = parse_head(block)
                mime = mime_of(head.get("Content-Type") or "") if head is not None else ""
                yield line(
                    url=header("WARC-Target-URI") or "",
                    date=header("WARC-Date") or "",
                    mime=REVISIT if record.rec_type == "revisit" else mime,
                    status=head.status if head is not None else None,
                    digest=header("WARC-Payload-Digest") or "",
                    offset=offset,
                    length=records.get_record_length(),
                    name=name,
                )
    except (ArchiveLoadFailed, EOFError, ValueError, zlib.error) as error:
        raise ArchiveError(f"{name} cannot be indexed: {error}.") from error


def mime_of(content_type: str) -> str:
    """Return the media type of a Content-Type, lower case, at most 100 characters."""
    return content_type.partition(";")[0].strip().lower()[:100]


def sha256_of(path: Path) -> str:
    """Return the hex sha256 of a whole file. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
