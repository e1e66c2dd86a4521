"""One WARC file while it is being written, with the lines of its index."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from pathlib import Path
from typing import BinaryIO, TextIO

from citekeep.items import WarcRef
from citekeep.warc.index import INDEX, OPEN, WarcFile, line, write_index
from citekeep.warc.records import Record

logger = logging.getLogger(__name__)

_BLOCK = 2**20


class OpenFile:
    """A WARC that is being written, locked so that no other process takes it for abandoned."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory, self.name = directory, name
        self.path = directory / (name + OPEN)
        self.stream: BinaryIO = self.path.open("xb")
        fcntl.flock(self.stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.index_path = directory / (name.removesuffix(".warc.gz") + INDEX + OPEN)
        self.index: TextIO = self.index_path.open("w", encoding="utf-8")
        self.size = self.flushed = self.records = self.flushed_records = 0
        self.pending: list[str] = []  # index lines of what is not flushed yet

    def append(self, record: Record) -> WarcRef:
        """Write a record; return where it will lie once it is flushed."""
        place = WarcRef(name=self.name, offset=self.size, length=len(record.member))
        self.stream.write(record.member)
        self.size += len(record.member)
        self.records += 1
        if record.kind in {"response", "revisit"}:
            mime = "warc/revisit" if record.kind == "revisit" else record.mime
            self.pending.append(
                line(
                    url=record.url,
                    date=record.date,
                    mime=mime,
                    status=record.status,
                    digest=record.payload_digest,
                    offset=place.offset,
                    length=place.length,
                    name=self.name,
                )
            )
        return place

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        self.stream.flush()
        self.index.writelines(text + "\n" for text in self.pending)
        self.pending = []
        self.flushed, self.flushed_records = self.size, self.records

    def cut_back(self) -> None:
        """Reopen the file at its last flushed byte; what is buffered beyond is dropped."""
        descriptor = os.dup(self.stream.fileno())  # keeps the lock
        try:
            self.stream.close()
        except OSError:
            logger.warning("%s: buffered bytes were dropped", self.name)
        os.ftruncate(descriptor, self.flushed)
        self.stream = os.fdopen(descriptor, "r+b")
        self.stream.seek(self.flushed)
        self.size, self.records = self.flushed, self.flushed_records
        self.pending = []

    def close(self) -> WarcFile:
        """Sync the file to the disk, give it its final name and put its index beside it."""
        self.flush()
        os.fsync(self.stream.fileno())
        final = self.directory / self.name
        self.path.rename(final)
        self.stream.close()
        self.index.close()
        write_index(final, self.index_path.read_text(encoding="utf-8").splitlines())
        self.index_path.unlink(missing_ok=True)
        return WarcFile(self.name, self.size, self.records, _sha256_of(final))


def _sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
