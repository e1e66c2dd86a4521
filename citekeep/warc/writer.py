"""The one thread of a process that writes WARCs."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from citekeep import clock
from citekeep.batches import BatchThread, Job, answer
from citekeep.exceptions import ArchiveError
from citekeep.items import Exchange, WarcRef
from citekeep.unchanged import is_of
from citekeep.warc.files import OpenFile
from citekeep.warc.index import WarcFile
from citekeep.warc.reader import read
from citekeep.warc.records import Original, Record, exchange_records, is_chunked, may_be_revisited, warcinfo
from citekeep.warc.repair import repair

logger = logging.getLogger(__name__)

BATCH_BYTES = 8 * 2**20
BATCH_SECONDS = 0.02
ORIGINALS_KEPT = 5_000
PREFIX = "citekeep-"  # of the names of all files


class _Job(Job):
    def __init__(self, loop: asyncio.AbstractEventLoop | None, exchange: Exchange) -> None:
        super().__init__(loop, size=len(exchange.response_bytes))
        self.exchange = replace(exchange, written=None)


@dataclass(frozen=True)
class Earlier:
    """Where the database knows an earlier record of the same payload."""

    ref: WarcRef


class WarcWriter:
    """Writes exchanges to files of ``directory``, each file open in this process alone.

    A file is named ``citekeep-<14 digits>-<serial>-<random>.warc.gz``, with ``.open`` behind it until it is closed, when
    a CDXJ is put beside it. Records are flushed to the operating system before a future is resolved: they survive a
    kill of this process. They are synced to the disk when a file is closed.

    info: fields of the warcinfo records. terms: asked, in the writer's thread, for more of them when a file is begun.
    seen: asked there for an earlier record of a body's sha256. answers: likewise, for those of a body and a URL, the last
    first, where a 304 speaks of one. opened, closed: told there of each file that holds a record.
    What ``terms`` and ``opened`` raise fails the batch; what the others raise is logged. repaired: the files that killed
    runs had left open.
    A batch that cannot be written (full disk) raises ArchiveError from each of its futures, and its file is cut back to
    what it held before; the next batch is tried anew. Raises ArchiveError where the directory cannot be written.
    """

    def __init__(
        self,
        directory: Path,
        *,
        max_bytes: int,
        info: dict[str, str],
        terms: Callable[[], list[tuple[str, str]]] | None = None,
        seen: Callable[[str], Earlier | None] | None = None,
        answers: Callable[[str, str], list[WarcRef]] | None = None,
        opened: Callable[[str, str], None] | None = None,
        closed: Callable[[WarcFile], None] | None = None,
    ) -> None:
        self.directory = directory
        self.max_bytes = max_bytes
        self.info = info
        self.terms = terms
        self.seen = seen
        self.answers = answers
        self.opened = opened
        self.closed = closed
        self.originals: OrderedDict[str, Original] = OrderedDict()
        self.serial = 0
        self._file: OpenFile | None = None
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self.repaired = repair(directory)
        except OSError as error:
            raise ArchiveError(f"Cannot write WARCs to {directory}: {error.strerror or error}.") from error
        self._thread: BatchThread[_Job] = BatchThread(
            "warc-writer",
            self._write_batch,
            ended=self._close_file,
            seconds=lambda: BATCH_SECONDS,
            most=BATCH_BYTES,
        )
        self._thread.start()

    def submit(self, exchange: Exchange) -> Future[WarcRef | None]:
        """Queue an exchange; the future resolves once its records are flushed, None where nothing had come.

        Never blocks. Raises ArchiveError after ``close``, as does the future where the records cannot be written.
        """
        future: Future[WarcRef | None] = self._queue(_Job(None, exchange))
        return future

    def put(self, exchange: Exchange) -> asyncio.Future[WarcRef | None]:
        """Queue an exchange as ``submit`` does, and return a future of the event loop that runs."""
        future: asyncio.Future[WarcRef | None] = self._queue(_Job(asyncio.get_running_loop(), exchange))
        return future

    def _queue(self, job: _Job) -> Any:
        if not self._thread.put(job):
            raise ArchiveError("The WARC writer is closed already.")
        return job.future

    def close(self) -> None:
        """Write what is queued, close and index the file. Blocks; may be called twice."""
        self._thread.close()

    async def aclose(self) -> None:
        """Close without blocking the event loop."""
        await self._thread.aclose()

    # --- the thread ---

    def _write_batch(self, batch: list[_Job]) -> None:
        """Write jobs to one file and tell their callers; nothing that goes wrong may end the thread."""
        for job in batch:
            job.begin()  # written even where nobody waits for it any more
        try:
            file = self._ready_file()
            places = [self._write_one(file, job.exchange) for job in batch]
            begun = not file.flushed
            file.flush()
            if begun and self.opened is not None:
                self.opened(file.name, clock.now())
        except Exception as error:
            logger.exception("A WARC could not be written")
            self._undo()
            why = getattr(error, "strerror", None) or error
            failure = ArchiveError(f"Cannot write a WARC in {self.directory}: {why}.")
            answer((job, failure) for job in batch)
            return
        answer(zip(batch, places, strict=True))
        if file.size >= self.max_bytes:
            self._close_file()

    def _write_one(self, file: OpenFile, exchange: Exchange) -> WarcRef | None:
        repeatable = may_be_revisited(exchange)
        original = self._spoken_of(exchange) if exchange.unchanged else self._original(exchange) if repeatable else None
        ref = None
        for record in exchange_records(exchange, original=original):
            place = file.append(record)
            if record.kind not in {"response", "revisit"}:
                continue
            ref = place
            if repeatable and original is None and record.payload_digest:
                self._remember(str(exchange.body_sha256), _as_original(record, exchange))
        return ref

    def _original(self, exchange: Exchange) -> Original | None:
        """Return the earlier record of this exchange's body, of this run or of one before."""
        digest = str(exchange.body_sha256)
        known = self.originals.get(digest)
        if known is None:
            known = self._of_earlier_runs(digest)
            if known is not None:
                self._remember(digest, known)
        else:
            self.originals.move_to_end(digest)
        if known is None or known.chunked != is_chunked(exchange.headers):
            return None
        # A revisit names its original by URL and second: it must not have the same ones, or it would name itself.
        return known if (known.url, known.date) != (exchange.url, exchange.started_at) else None

    def _of_earlier_runs(self, digest: str) -> Original | None:
        if self.seen is None:
            return None
        try:
            earlier = self.seen(digest)
            stored = read(self.directory, earlier.ref) if earlier is not None else None
        except Exception as error:  # noqa: BLE001 - whatever it was, the payload is written whole again
            logger.info("An earlier record of a payload could not be had: %s", error)
            return None
        if stored is None or stored.kind != "response" or stored.payload_digest is None or stored.head is None:
            return None
        if hashlib.sha256(stored.body).hexdigest() != digest:
            logger.warning("The earlier record of a payload is not what archive.db says: it is written whole again")
            return None
        return Original(
            stored.url, stored.date, stored.payload_digest, stored.record_id, is_chunked(stored.head.headers)
        )

    def _spoken_of(self, exchange: Exchange) -> Original | None:
        """Return the record of the answer of which a 304 says that it holds; None where it is not to be found."""
        asked: dict[str, Any] = exchange.unchanged or {}
        digest = asked.get("body_sha256")
        if self.answers is None or not digest:
            return None
        try:
            for ref in self.answers(digest, exchange.url):
                stored = read(self.directory, ref)
                if stored.head is None or not is_of(asked, stored.head.headers):
                    continue
                if stored.kind == "response" and stored.payload_digest:
                    return Original(stored.url, stored.date, stored.payload_digest, stored.record_id, False)
                if stored.refers_to is not None and stored.payload_digest:  # it had been met with elsewhere before
                    return Original(*stored.refers_to, stored.payload_digest, "", False)
        except Exception as error:  # noqa: BLE001 - whatever it was, the 304 is written as it came
            logger.info("The answer that a 304 speaks of could not be had: %s", error)
        return None

    def _remember(self, digest: str, original: Original) -> None:
        self.originals[digest] = original
        while len(self.originals) > ORIGINALS_KEPT:
            self.originals.popitem(last=False)

    # --- files ---

    def _ready_file(self) -> OpenFile:
        if self._file is None:
            self.serial += 1
            name = f"{PREFIX}{clock.stamp14(clock.now())}-{self.serial:05d}-{token_hex(4)}.warc.gz"
            self._file = OpenFile(self.directory, name)
            self._file.append(warcinfo(name, clock.now(), [*self.info.items(), *self._terms()]))
        return self._file

    def _terms(self) -> list[tuple[str, str]]:
        return self.terms() if self.terms is not None else []

    def _undo(self) -> None:
        """Take back what was written since the last flush: a record that was cut in writing must not stay."""
        self.originals.clear()
        file = self._file
        if file is None:
            return
        try:
            if file.flushed:
                file.cut_back()
                return
            file.discard()
        except OSError:
            logger.exception("%s could not be cut back; the next run repairs it", file.name)
        self._file = None

    def _close_file(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            closed = file.close()
            if self.closed is not None:
                self.closed(closed)
        except Exception:
            logger.exception("%s could not be closed; the next run repairs it", file.name)


def _as_original(record: Record, exchange: Exchange) -> Original:
    return Original(record.url, record.date, record.payload_digest, record.record_id, is_chunked(exchange.headers))
