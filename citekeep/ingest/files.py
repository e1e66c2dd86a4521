"""What a person names, as WARC files that can be read by place: unpacked, packed anew where they must be, kept in warcs/."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from citekeep.exceptions import ArchiveError, InputError
from citekeep.warc.index import sha256_of
from citekeep.warc.scan import Damaged, Found, form_of, scan

PREFIX = "import-"  # of the names of all files that others wrote
_WORK = ".ingest-"
LOOKED_AT = 100  # records by which it is told how a file is compressed
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ENDINGS = (".gz", ".zst", ".warc", ".wacz", ".zip")

WHAT = {
    "arc": "is an ARC, the form before WARC: turn it into one with `warcio recompress FILE.arc.gz FILE.warc.gz`.",
    "": "is no WARC or WACZ: it begins with something else.",
}
"""Why a file of a form cannot be brought in."""


@dataclass(frozen=True, kw_only=True)
class Warc:
    """A WARC to read. path: where it lies now. said: its name for a person, after that of its WACZ.

    source: the path of the file itself where it was neither unpacked nor packed anew, and so may be linked; else None.
    """

    path: Path
    said: str
    form: str
    source: Path | None


@contextmanager
def working_folder(warcs: Path | None) -> Iterator[Path]:
    """Yield a folder in warcs/ for what is unpacked (a temporary one for None); what killed runs left there is removed."""
    if warcs is None:
        with tempfile.TemporaryDirectory(prefix="citekeep-ingest-") as folder:
            yield Path(folder)
        return
    try:
        warcs.mkdir(parents=True, exist_ok=True)
        for left in warcs.glob(f"{_WORK}*"):
            _remove_abandoned(left)
        folder = tempfile.mkdtemp(prefix=_WORK, dir=warcs)
    except OSError as error:
        raise ArchiveError(f"Cannot write to {warcs}: {error.strerror or error}.") from error
    with (Path(folder) / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield Path(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    try:
        with (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except (BlockingIOError, FileNotFoundError, NotADirectoryError):
        return  # another run's, or one that begins just now


def look_at(path: Path) -> str:
    """Return the form of a file: "warc", "gzip", "zstd" or "zip". Raises InputError for any other, or one that is not there."""
    try:
        with path.open("rb") as stream:
            form = form_of(stream)
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error
    if form in WHAT:
        raise InputError(f"{path} {WHAT[form]}")
    return form


def needs_packing(warc: Warc) -> bool:
    """Return whether records of a file cannot be read by their places: one of the first is no gzip member of its own."""
    if warc.form != "gzip":
        return True
    with warc.path.open("rb") as stream:
        first = islice(scan(stream, "gzip"), LOOKED_AT)
        return any(isinstance(record, Found) and not record.alone for record in first)


class _Packed:
    """Writes records one by one, each a gzip member of its own, its bytes as they were; see scan.Copy."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.whole = 0
        self._packer = zlib.compressobj(6, zlib.DEFLATED, 31)

    def begin(self) -> None:
        self.stream.seek(self.whole)
        self.stream.truncate()
        self._packer = zlib.compressobj(6, zlib.DEFLATED, 31)

    def write(self, data: bytes, /) -> None:
        self.stream.write(self._packer.compress(data))

    def end(self) -> None:
        self.stream.write(self._packer.flush())
        self.whole = self.stream.tell()


def pack(warc: Warc, folder: Path) -> tuple[Warc, list[Damaged]]:
    """Return a copy of a file, in ``folder``, in which each record is a gzip member; and what could not be read of it.

    The bytes of the records are the same. Raises OSError where it cannot be written.
    """
    path = folder / f"{len(os.listdir(folder))}.warc.gz"
    damaged = []
    with warc.path.open("rb") as source, path.open("wb") as target:
        copy = _Packed(target)
        for record in scan(source, warc.form, copy):
            if isinstance(record, Damaged):
                damaged.append(record)
            else:
                copy.end()
        target.seek(copy.whole)
        target.truncate()
    return Warc(path=path, said=warc.said, form="gzip", source=None), damaged


def kept_name(said: str, sha256: str) -> str:
    """Return the name under which a file is kept in warcs/: that of its content, with what is fit of its own."""
    stem = said.rpartition("/")[2]
    while stem.lower().endswith(_ENDINGS):
        stem = stem.rpartition(".")[0]
    stem = _UNSAFE.sub("-", stem).strip("-.")[:80]
    return f"{PREFIX}{sha256[:16]}-{stem or 'warc'}.warc.gz"


def keep(warc: Warc, warcs: Path, name: str, how: str) -> None:
    """Put a file under its name into warcs/, unless it is there.

    how: "link" (a second name for the same bytes where the file system allows it, else a copy), "copy", or "leave" (a symbolic
    link to where it lies). What was unpacked is moved. Raises ArchiveError where it cannot be done.
    """
    target = warcs / name
    if target.exists():
        return
    try:
        if warc.source is None:
            warc.path.rename(target)
            return
        target.unlink(missing_ok=True)  # a symbolic link to what is gone
        if how == "leave":
            target.symlink_to(warc.source.resolve())
        elif how == "copy" or not _linked(warc.source.resolve(), target):
            _copy(warc.source, target)
    except OSError as error:
        raise ArchiveError(f"Cannot keep {warc.said} in {warcs}: {error.strerror or error}.") from error


def _linked(source: Path, target: Path) -> bool:
    try:
        target.hardlink_to(source)
    except OSError:
        return False  # another file system, or one without links
    return True


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, part)
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(target)


def room_for(folder: Path, size: int, what: str) -> None:
    """Raise ArchiveError where a folder has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if size > free:
        raise ArchiveError(f"{what} needs {size >> 20:,} MiB beside archive.db, and {free >> 20:,} MiB are free.")


__all__ = [
    "PREFIX",
    "Warc",
    "keep",
    "kept_name",
    "look_at",
    "needs_packing",
    "pack",
    "room_for",
    "sha256_of",
    "working_folder",
]
