"""The repair of WARCs that killed runs left open."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import zlib
from pathlib import Path
from typing import BinaryIO

from citekeep.exceptions import ArchiveError
from citekeep.warc.index import INDEX, OPEN, WarcFile, index_lines, sha256_of, write_index

logger = logging.getLogger(__name__)

TAIL = ".tail"  # suffix of what was cut off a WARC
_BLOCK = 2**20


def repair(directory: Path) -> list[WarcFile]:
    """Close what killed runs left open; return the WARCs that were closed.

    A record cut in writing is moved to a file of its own (``.tail``), no earlier record is touched; a file without a
    whole record is removed. Files that a living process holds (it has them locked) are left alone. May itself be killed
    and run again, and run in several processes at once. Raises OSError where the directory cannot be written.
    """
    closed = []
    for path in sorted(directory.glob(f"*.warc.gz{OPEN}")):
        try:
            stream = path.open("r+b")
        except FileNotFoundError:
            continue  # its process closed it just now
        with stream:
            if _is_abandoned(path, stream):
                done = _close(path, stream)
                closed += [done] if done is not None else []
    _sweep(directory)
    return closed


def _sweep(directory: Path) -> None:
    """Remove running indexes whose WARC is closed or gone: a full disk or a kill came between the two."""
    for path in directory.glob(f"*{INDEX}{OPEN}"):
        if not path.with_name(path.name.removesuffix(INDEX + OPEN) + f".warc.gz{OPEN}").exists():
            path.unlink(missing_ok=True)


def measure(path: Path) -> WarcFile:
    """Return what there is to say of a closed WARC. Reads it whole; raises OSError."""
    with path.open("rb") as stream:
        whole, members = whole_members(stream)
        size = os.fstat(stream.fileno()).st_size
    if whole < size:
        logger.warning("%s: only its first %s bytes are whole records", path.name, whole)
    return WarcFile(path.name, size, members, sha256_of(path))


def _is_abandoned(path: Path, stream: BinaryIO) -> bool:
    """Lock the file; return False where another process holds it, or has given it its final name meanwhile."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _close(path: Path, stream: BinaryIO) -> WarcFile | None:
    final = path.with_name(path.name.removesuffix(OPEN))
    whole, members = whole_members(stream)
    size = os.fstat(stream.fileno()).st_size
    if whole < size:
        _set_aside(stream, whole, final.with_name(final.name + TAIL))
        logger.warning("%s: %s bytes of a cut record were set aside, %s are whole", final.name, size - whole, members)
    path.with_name(final.name.removesuffix(".warc.gz") + INDEX + OPEN).unlink(missing_ok=True)
    if not members:
        path.unlink()
        return None
    try:
        write_index(final, list(index_lines(path)))
    except ArchiveError as error:
        logger.warning("No index: %s", error)
    closed = WarcFile(final.name, whole, members, sha256_of(path))
    path.rename(final)
    return closed


def _set_aside(stream: BinaryIO, whole: int, tail: Path) -> None:
    """Copy what lies beyond ``whole`` to ``tail``, on the disk before it is cut off here."""
    stream.seek(whole)
    with tail.open("wb") as target:
        shutil.copyfileobj(stream, target, _BLOCK)
        target.flush()
        os.fsync(target.fileno())
    os.truncate(stream.fileno(), whole)
    os.fsync(stream.fileno())


def whole_members(stream: BinaryIO) -> tuple[int, int]:
    """Return (bytes up to the end of the last whole gzip member, number of whole members) of a file from its start."""
    stream.seek(0)
    whole = members = place = 0
    pending = b""
    decoder = zlib.decompressobj(31)
    while pending or (pending := stream.read(_BLOCK)):
        length = len(pending)
        try:
            decoder.decompress(pending, _BLOCK)
        except zlib.error:
            break
        pending = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
        place += length - len(pending)
        if decoder.eof:
            whole, members = place, members + 1
            decoder = zlib.decompressobj(31)
    return whole, members
