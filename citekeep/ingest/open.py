"""The files that a person names, opened: unpacked, indexed, and put into warcs/ once something of them comes in."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from citekeep.database import Writer
from citekeep.exceptions import ArchiveError, InputError
from citekeep.ingest.files import Warc, keep, kept_name, look_at, needs_packing, pack, room_for
from citekeep.ingest.index import Index
from citekeep.ingest.keep import File, note_file
from citekeep.ingest.wacz import unpack
from citekeep.warc.index import sha256_of

PACKED_LEAST = 4
"""A file that is not compressed needs about a fourth of its size when it is: less room is not enough."""


@dataclass(frozen=True)
class _Known:
    warc: Warc
    size: int
    sha256: str


@dataclass(kw_only=True)
class Opened:
    """What was opened. told: sentences about what was left out. wrong: whether one of them is about damage.

    how: "link", "copy" or "leave" (files.keep).
    """

    warcs: Path
    how: str
    files: dict[str, _Known] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    wrong: bool = False
    kept: set[str] = field(default_factory=set)
    _gate: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keep(self, name: str, index: Index, writer: Writer) -> None:
        """Put a file into warcs/ and record it, once; a name that is not one of these files is of an earlier run."""
        if name in self.kept or name not in self.files:
            return
        async with self._gate:
            if name in self.kept:
                return
            known = self.files[name]
            await asyncio.to_thread(keep, known.warc, self.warcs, name, self.how)
            software, records = index.file_named(name)
            file = File(
                name=name,
                bytes=known.size,
                records=records,
                sha256=known.sha256,
                said=known.warc.said,
                software=software,
            )
            await writer.run(note_file, file)
            self.kept.add(name)


def open_files(
    paths: Sequence[Path],
    folder: Path,
    index: Index,
    opened: Opened,
    connection: sqlite3.Connection | None,
    *,
    stop: Callable[[], bool],
    told: Callable[[str, int, int], None],
) -> None:
    """Read all files into the index. told: the name of a file, how many of its bytes were read, of how many.

    connection: of the archive, None for a dry run: then nothing is packed anew. One of several that cannot be used is told and
    left out. Blocks; raises InputError where none can be, ArchiveError.
    """
    refused = []
    for path in paths:
        if stop():
            return
        try:
            for warc in _warcs_of(path, folder, opened, index):
                if not stop():
                    _read(warc, folder, index, opened, connection, stop=stop, told=told)
        except InputError as error:
            refused.append(str(error))
    if refused and not opened.files:
        raise InputError("\n".join(refused))
    opened.told += [f"Left out: {why}" for why in refused]
    opened.wrong = opened.wrong or bool(refused)


def _warcs_of(path: Path, folder: Path, opened: Opened, index: Index) -> list[Warc]:
    form = look_at(path)
    if form != "zip":
        return [Warc(path=path, said=path.name, form=form, source=path)]
    found = unpack(path, path.name, folder)
    opened.told += found.told
    opened.wrong = opened.wrong or bool(found.told)
    index.ask(found.pages)
    return [Warc(path=one, said=said, form=look_at(one), source=None) for one, said in found.warcs]


def _read(
    warc: Warc,
    folder: Path,
    index: Index,
    opened: Opened,
    connection: sqlite3.Connection | None,
    *,
    stop: Callable[[], bool],
    told: Callable[[str, int, int], None],
) -> None:
    try:
        if connection is not None and needs_packing(warc):
            room_for(folder, warc.path.stat().st_size // PACKED_LEAST, warc.said)
            before = warc
            warc, damaged = pack(warc, folder)
            for one in damaged:
                index.note_damaged(before.said, one)
            if before.source is None:
                before.path.unlink()
        size = warc.path.stat().st_size
        sha256 = sha256_of(warc.path) if connection is not None else ""
        name = kept_name(warc.said, sha256) if connection is not None else str(warc.path)
        if connection is not None:
            _refuse_our_own(connection, warc, sha256)
            name = _known_name(connection, sha256) or name
        if name in opened.files:
            opened.told.append(f"{warc.said} is the same file as {opened.files[name].warc.said}: it was read once.")
            return
        opened.files[name] = _Known(warc, size, sha256)
        index.add(warc.path, name, warc.said, warc.form, stop=stop, told=lambda done: told(warc.said, done, size))
    except OSError as error:
        raise ArchiveError(f"Cannot read or unpack {warc.said}: {error.strerror or error}.") from error


def _known_name(connection: sqlite3.Connection, sha256: str) -> str | None:
    row = connection.execute(
        "SELECT name FROM warcs WHERE sha256 = ? AND imported_from IS NOT NULL", (sha256,)
    ).fetchone()
    return None if row is None else str(row[0])


def _refuse_our_own(connection: sqlite3.Connection, warc: Warc, sha256: str) -> None:
    own = connection.execute(
        "SELECT 1 FROM warcs WHERE imported_from IS NULL AND (sha256 = ? OR name = ?)", (sha256, warc.path.name)
    ).fetchone()
    if own is not None:
        raise InputError(f"{warc.said} is a WARC that this archive wrote itself: what is in it is recorded already.")
