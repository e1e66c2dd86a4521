"""The one thread of a process that writes WARCs."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex

from citekeep import clock
from citekeep.exceptions import ArchiveError
from citekeep.items import Exchange, WarcRef
from citekeep.warc.files import OpenFile
from citekeep.warc.index import WarcFile, repair
from citekeep.warc.reader import read
from citekeep.warc.records import Original, exchange_records, payload_of, sha256, warcinfo

logger = logging.getLogger(__name__)

BATCH_BYTES = 8 * 2**20
REVISIT_LEAST = 1_024  # bytes of a body: a revisit record of a smaller one would save nothing
ORIGINALS_KEPT = 20_000


@dataclass(eq=False)
class _Job:
    exchange: Exchange
    future: Future[WarcRef | None] = field(default_factory=Future)


@dataclass(frozen=True)
class Earlier:
    """Where the database knows an earlier record of the same payload."""

    ref: WarcRef
    url: str
    date: str


class WarcWriter:
    """Writes exchanges to files of ``directory``, each file open in this process alone.

    A file is named ``citekeep-<14 digits>-<serial>-<random>.warc.gz``, with ``.open`` behind it until it is closed, when
    a CDXJ is put beside it. Records are flushed to the operating system before a future is resolved: they survive a
    kill of this process. They are synced to the disk when a file is closed.

    info: fields of the warcinfo records. seen: asked, in the writer's thread, for an earlier record of a body's sha256.
    opened, closed: told, in the writer's thread, of each file.
    """

    def __init__(
        self,
        directory: Path,
        *,
        max_bytes: int,
        info: dict[str, str],
        seen: Callable[[str], Earlier | None] | None = None,
        opened: Callable[[str, str], None] | None = None,
        closed: Callable[[WarcFile], None] | None = None,
    ) -> None:
        self.directory = directory
        self.max_bytes = max_bytes
        self.info = info
        self.seen = seen
        self.opened = opened
        self.closed = closed
        self.originals: OrderedDict[str, Original] = OrderedDict()
        self.serial = 0
        self.queued_bytes = 0
        self._file: OpenFile | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._ended = False
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self.repaired = repair(directory)
        except OSError as error:
            raise ArchiveError(f"Cannot write WARCs to {directory}: {error.strerror or error}.") from error
        self._thread = threading.Thread(target=self._work, name="warc-writer", daemon=True)
        self._thread.start()

    def submit(self, exchange: Exchange) -> Future[WarcRef | None]:
        """Queue an exchange; the future resolves once its records are flushed, None where nothing had come."""
        if self._ended:
            raise ArchiveError("The WARC writer is closed already.")
        job = _Job(replace(exchange, written=None))
        self.queued_bytes += len(exchange.response_bytes)
        self._jobs.put(job)
        return job.future

    async def write(self, exchange: Exchange) -> WarcRef | None:
        """Write an exchange; return where its response lies, once it is flushed. Raises ArchiveError."""
        return await asyncio.wrap_future(self.submit(exchange))

    def close(self) -> None:
        """Write what is queued, close and index the file. Blocks; may be called twice."""
        if not self._ended:
            self._ended = True
            self._jobs.put(None)
        self._thread.join()

    async def aclose(self) -> None:
        """Close without blocking the event loop."""
        await asyncio.to_thread(self.close)

    # --- the thread ---

    def _work(self) -> None:
        going_on = True
        while going_on:
            batch, going_on = self._collect()
            if batch:
                self._write_batch(batch)
        self._close_file()

    def _collect(self) -> tuple[list[_Job], bool]:
        first = self._jobs.get()
        if first is None:
            return [], False
        batch, size = [first], len(first.exchange.response_bytes)
        while size < BATCH_BYTES:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return batch, False
            batch.append(job)
            size += len(job.exchange.response_bytes)
        return batch, True

    def _write_batch(self, batch: list[_Job]) -> None:
        done: list[tuple[_Job, WarcRef | None]] = []
        file: OpenFile | None = None
        try:
            for job in batch:
                file = self._ready_file()
                done.append((job, self._write_one(file, job.exchange)))
            if file is not None:
                file.flush()
        except Exception as error:
            logger.exception("A WARC could not be written")
            self._undo()
            failure = ArchiveError(
                f"Cannot write a WARC in {self.directory}: {getattr(error, 'strerror', None) or error}."
            )
            for job in batch:
                self._settle(job, failure)
            return
        for job, ref in done:
            self._settle(job, ref)
        if self._file is not None and self._file.size >= self.max_bytes:
            self._close_file()

    def _settle(self, job: _Job, result: WarcRef | ArchiveError | None) -> None:
        self.queued_bytes -= len(job.exchange.response_bytes)
        if not job.future.set_running_or_notify_cancel():
            return
        if isinstance(result, ArchiveError):
            job.future.set_exception(result)
        else:
            job.future.set_result(result)

    def _write_one(self, file: OpenFile, exchange: Exchange) -> WarcRef | None:
        original = self._original(exchange)
        ref = None
        for record in exchange_records(exchange, original=original):
            place = file.append(record)
            if record.kind in {"response", "revisit"}:
                ref = place
        if original is None and exchange.body_sha256 and _may_be_revisited(exchange):
            payload = payload_of(exchange.response_bytes)
            if payload is not None:
                self._remember(exchange.body_sha256, Original(exchange.url, exchange.started_at, sha256(payload)))
        return ref

    def _original(self, exchange: Exchange) -> Original | None:
        digest = exchange.body_sha256
        if digest is None or not _may_be_revisited(exchange):
            return None
        known = self.originals.get(digest)
        if known is not None:
            self.originals.move_to_end(digest)
            return known
        earlier = self.seen(digest) if self.seen is not None else None
        if earlier is None:
            return None
        try:
            stored = read(self.directory, earlier.ref)
        except ArchiveError:
            return None  # its file was moved elsewhere: the payload is written whole again
        if stored.kind != "response" or stored.payload_digest is None:
            return None
        found = Original(stored.url, stored.date, stored.payload_digest)
        self._remember(digest, found)
        return found

    def _remember(self, digest: str, original: Original) -> None:
        self.originals[digest] = original
        while len(self.originals) > ORIGINALS_KEPT:
            self.originals.popitem(last=False)

    # --- files ---

    def _ready_file(self) -> OpenFile:
        if self._file is None:
            self.serial += 1
            name = f"citekeep-{clock.stamp14(clock.now())}-{self.serial:05d}-{token_hex(4)}.warc.gz"
            self._file = OpenFile(self.directory, name)
            self._file.append(warcinfo(name, clock.now(), self.info))
            if self.opened is not None:
                self.opened(name, clock.now())
        return self._file

    def _undo(self) -> None:
        """Cut off what was written since the last flush: a record that was cut in writing must not stay."""
        self.originals.clear()
        if self._file is not None:
            self._file.cut_back()

    def _close_file(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            closed = file.close()
        except OSError:
            logger.exception("%s could not be closed", file.name)
            return
        if self.closed is not None:
            self.closed(closed)


def _may_be_revisited(exchange: Exchange) -> bool:
    return exchange.truncated is None and exchange.head_length > 0 and (exchange.body_length or 0) >= REVISIT_LEAST
