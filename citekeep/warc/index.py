"""CDXJ beside each closed WARC, and the repair of one that a killed run left open."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

logger = logging.getLogger(__name__)

OPEN = ".open"  # suffix of a file that is being written
INDEX = ".cdxj"
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
    fields = {"url": url, "mime": mime or "unk", "status": str(status or "")} | ({"digest": digest} if digest else {})
    fields |= {"length": str(length), "offset": str(offset), "filename": name}
    stamp = "".join(character for character in date if character.isdigit())[:14]
    return f"{sort_key(url)} {stamp} {json.dumps(fields, ensure_ascii=True)}"


def sort_key(url: str) -> str:
    """Return the key by which indexes sort a URL (SURT): "org,example)/path?a=1&b=2".

    As the Wayback Machine and pywb make it: host reversed, lower case, without www, scheme, user, default port, fragment
    and final slash, the query's parts in order. What is no URL is its own key.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.replace(" ", "%20")
    host = re.sub(r"^www\d*\.", "", (parts.hostname or "").rstrip("."))
    if not host:
        return url.replace(" ", "%20")
    reversed_host = host if ":" in host else ",".join(reversed(host.split(".")))
    where = reversed_host + (f":{port}" if port not in {None, 80, 443} else "")
    path = parts.path.lower()
    path = (path.rstrip("/") or "/") if path else "/"
    query = "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    return f"{where}){path}{'?' + query if query else ''}".replace(" ", "%20")


def write_index(warc: Path, lines: list[str]) -> None:
    """Write the index of a closed WARC, sorted by bytes, in one step."""
    target = warc.with_name(warc.name.removesuffix(".warc.gz") + INDEX)
    part = target.with_name(target.name + OPEN)
    ordered = sorted(text.encode("utf-8") for text in lines)
    part.write_bytes(b"".join(text + b"\n" for text in ordered))
    part.replace(target)


def index_lines(warc: Path) -> Iterator[str]:
    """Yield the CDXJ lines of a WARC's responses and revisits, in the file's order."""
    with warc.open("rb") as stream:
        records = ArchiveIterator(stream, arc2warc=False)
        for record in records:
            if record.rec_type not in {"response", "revisit"}:
                continue
            header = record.rec_headers.get_header
            http = record.http_headers
            status = http.get_statuscode() if http is not None else ""
            mime = (http.get_header("Content-Type") or "") if http is not None else ""
            offset = records.get_record_offset()
            record.content_stream().read()
            yield line(
                url=header("WARC-Target-URI") or "",
                date=header("WARC-Date") or "",
                mime="warc/revisit" if record.rec_type == "revisit" else mime.partition(";")[0].strip().lower(),
                status=int(status) if status and status.isdigit() else None,
                digest=header("WARC-Payload-Digest") or "",
                offset=offset,
                length=records.get_record_length(),
                name=warc.name.removesuffix(OPEN),
            )


def whole_length(path: Path) -> tuple[int, int]:
    """Return (bytes up to the end of the last whole gzip member, number of whole members)."""
    whole = members = 0
    with path.open("rb") as stream:
        pending, place = b"", 0
        decoder = zlib.decompressobj(31)
        while True:
            if not pending:
                pending = stream.read(_BLOCK)
                if not pending:
                    return whole, members
            try:
                decoder.decompress(pending)
            except zlib.error:
                return whole, members
            place += len(pending) - len(decoder.unused_data)
            pending = decoder.unused_data
            if decoder.eof:
                whole, members = place, members + 1
                decoder = zlib.decompressobj(31)


def repair(directory: Path) -> list[Path]:
    """Close what killed runs left open; return the WARCs that were closed.

    A record cut in writing is moved to a file of its own (``.tail``), no earlier record is touched. Files that a living
    process holds (it has them locked) are left alone.
    """
    closed = []
    for path in sorted(directory.glob(f"*.warc.gz{OPEN}")):
        with path.open("r+b") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            done = _close_abandoned(path, stream)
        if done is not None:
            closed.append(done)
    return closed


def _close_abandoned(path: Path, stream: object) -> Path | None:
    whole, members = whole_length(path)
    size = path.stat().st_size
    if whole < size:
        with path.open("rb") as source:
            source.seek(whole)
            path.with_name(path.name.removesuffix(OPEN) + ".tail").write_bytes(source.read())
        os.truncate(path, whole)
        logger.warning(
            "%s: a cut record of %s bytes was set aside, %s records are whole", path.name, size - whole, members
        )
    path.with_name(path.name.removesuffix(".warc.gz" + OPEN) + INDEX + OPEN).unlink(missing_ok=True)
    if not members:
        path.unlink()
        return None
    try:
        lines = list(index_lines(path))
    except ArchiveLoadFailed as error:
        logger.warning("%s could not be indexed: %s", path.name, error)
        lines = []
    final = path.with_name(path.name.removesuffix(OPEN))
    path.rename(final)
    write_index(final, lines)
    return final
