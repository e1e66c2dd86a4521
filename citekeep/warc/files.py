"""One WARC file while it is being written, with the lines of its index."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from pathlib import Path
from typing import BinaryIO, TextIO

from citekeep.items import WarcRef
from citekeep.warc.index import INDEX, OPEN, REVISIT, WarcFile, index_lines, line, sha256_of, write_index
from citekeep.warc.records import Record

logger = logging.getLogger(__name__)


class OpenFile:
    """A WARC that is being written, locked so that no other process takes it for abandoned.

    Raises OSError where it cannot be made; then nothing of it is left. What is appended counts from ``flush`` on.
    """

    def __init__(self, directory: Path, name: str) -> None:
        self.directory, self.name = directory, name
        self.path = directory / (name + OPEN)
        self.stream: BinaryIO = self.path.open("xb")
        fcntl.flock(self.stream, fcntl.LOCK_EX)
        if os.fstat(self.stream.fileno()).st_nlink == 0:
            self.stream.close()  # another process's repair saw it empty and unlocked, and removed it
            raise FileNotFoundError(f"{self.path} was removed by another process")
        self.index_path = directory / (name.removesuffix(".warc.gz") + INDEX + OPEN)
        self.index: TextIO | None = None
        try:
            self.index = self.index_path.open("w", encoding="utf-8")
        except OSError as error:
            self._give_up_index(error)
        self.size = self.flushed = self.records = self.flushed_records = 0
        self.unflushed: list[bytes] = []
        self.pending: list[str] = []  # index lines of what is not flushed yet

    def append(self, record: Record) -> WarcRef:
        """Take a record; return where it will lie once it is flushed."""
        place = WarcRef(name=self.name, offset=self.size, length=len(record.member))
        self.unflushed.append(record.member)
        self.size += len(record.member)
        self.records += 1
        if record.kind in {"response", "revisit"}:
            self.pending.append(
                line(
                    url=record.url,
                    date=record.date,
                    mime=REVISIT if record.kind == "revisit" else record.mime,
                    status=record.status,
                    digest=record.payload_digest,
                    offset=place.offset,
                    length=place.length,
                    name=self.name,
                )
            )
        return place

    def flush(self) -> None:
        """Hand what was appended to the operating system: from here on it survives a kill of this process.

        Raises OSError where not all of it could be written; call ``cut_back`` then.
        """
        for member in self.unflushed:
            self.stream.write(member)
        self.stream.flush()
        self.unflushed = []
        self.flushed, self.flushed_records = self.size, self.records
        try:
            if self.index is not None:
                self.index.writelines(text + "\n" for text in self.pending)
        except OSError as error:
            self._give_up_index(error)
        self.pending = []

    def cut_back(self) -> None:
        """Take back what was appended since the last flush, also the part of it that reached the file."""
        descriptor = os.dup(self.stream.fileno())  # keeps the lock
        try:
            self.stream.close()
        except OSError:
            logger.debug("%s: buffered bytes were dropped", self.name)
        os.ftruncate(descriptor, self.flushed)
        self.stream = os.fdopen(descriptor, "r+b")
        self.stream.seek(self.flushed)
        self.size, self.records = self.flushed, self.flushed_records
        self.unflushed, self.pending = [], []

    def discard(self) -> None:
        """Remove a file to which nothing was flushed."""
        self.path.unlink(missing_ok=True)
        self.index_path.unlink(missing_ok=True)
        for stream in (self.stream, self.index):
            with contextlib.suppress(OSError):  # what is still buffered has no room, and is not wanted
                if stream is not None:
                    stream.close()

    def close(self) -> WarcFile:
        """Sync the file to the disk, put its index beside it, then give it its final name.

        Raises OSError; the file then stays as it is under its ``.open`` name, for the next run to repair.
        """
        try:
            self.flush()
            os.fsync(self.stream.fileno())
            write_index(self.directory / self.name, self._index_lines())
            closed = WarcFile(self.name, self.size, self.records, sha256_of(self.path))
            self.path.rename(self.directory / self.name)
        finally:
            self.stream.close()
        self.index_path.unlink(missing_ok=True)
        return closed

    def _index_lines(self) -> list[str]:
        if self.index is not None:
            try:
                self.index.close()
                return self.index_path.read_text(encoding="utf-8").splitlines()
            except OSError as error:
                self._give_up_index(error)
        return list(index_lines(self.path))

    def _give_up_index(self, error: OSError) -> None:
        """Go on without the running index: it is made from the file itself when that is closed."""
        logger.warning("%s: its index will be made anew at its end: %s", self.name, error)
        index, self.index = self.index, None
        try:
            if index is not None:
                index.close()
        except OSError:
            logger.debug("%s: buffered index lines were dropped", self.name)
