"""A WACZ opened: its WARCs unpacked, its sums compared, its pages listed (https://specs.webrecorder.net/wacz/1.1.1/)."""

from __future__ import annotations

import hashlib
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from citekeep.exceptions import InputError
from citekeep.ingest.files import room_for
from citekeep.urls import is_http
from citekeep.warc.scan import form_of

DEPTH = 3  # a WACZ of WACZs of WARCs, and one more
MEMBERS = 100_000
RATIO = 1_000  # a member that unpacks to more than so many times its size was made to fill a disk
JSON_MAX = 16 * 2**20  # bytes of datapackage.json
LINE_MAX = 2**20  # bytes of a line of pages.jsonl
PAGES_MAX = 1_000_000
_BLOCK = 2**20
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip
"""What zipfile raises of files that are none, or damaged, or made to be."""
_WARCS = (".warc", ".warc.gz", ".warc.zst")


@dataclass(kw_only=True)
class Opened:
    """What came out of a WACZ. warcs: (path, name for a person). pages: URLs of its pages, of the seeds where it names them.

    told: what is wrong with it, in sentences; what they are about was left out.
    """

    warcs: list[tuple[Path, str]] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def unpack(path: Path, said: str, folder: Path, depth: int = 1) -> Opened:
    """Return what is in a WACZ, its WARCs unpacked into ``folder`` under names of our own.

    Raises InputError where it is no WACZ at all, ArchiveError where there is no room, OSError.
    """
    found = Opened()
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > MEMBERS:
                raise InputError(f"{said} has more than {MEMBERS:,} members.")
            sums = _sums(archive, said, found)
            for info in infos:
                _take(archive, info, said, folder, sums, found, depth)
            _pages(archive, said, found)
    except BROKEN as error:
        raise InputError(f"{said} cannot be read as a WACZ: {error}.") from error
    if not found.warcs and not found.told:
        raise InputError(f"{said} holds no WARC.")
    return found


def _take(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    said: str,
    folder: Path,
    sums: dict[str, str],
    found: Opened,
    depth: int,
) -> None:
    name = info.filename.lower()
    is_wacz = name.endswith(".wacz")
    if info.is_dir() or not (is_wacz or name.endswith(_WARCS)):
        return
    inner = f"{said}/{PurePosixPath(info.filename).name}"
    why = _refused(info) or ("is packed too deep" if is_wacz and depth >= DEPTH else None)
    if why is None:
        room_for(folder, info.file_size, inner)
        target = folder / f"{sum(1 for _ in folder.iterdir())}{'.wacz' if is_wacz else '.warc'}"
        why = _unpack(archive, info, target, sums.get(info.filename))
        if why is not None:
            target.unlink(missing_ok=True)
    if why is not None:
        found.told.append(f"{inner} {why}; it was left out.")
    elif is_wacz:
        try:
            within = unpack(target, inner, folder, depth + 1)
        except InputError as error:
            found.told.append(str(error))
            return
        finally:
            target.unlink(missing_ok=True)
        found.warcs += within.warcs
        found.pages += within.pages
        found.told += within.told
    else:
        found.warcs.append((target, inner))


def _refused(info: zipfile.ZipInfo) -> str | None:
    if info.header_offset < 0:
        return "is damaged"
    if info.flag_bits & 1:
        return "is encrypted"
    if info.file_size > RATIO * max(1, info.compress_size):
        return f"would unpack to more than {RATIO:,} times its size"
    return None


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, digest: str | None) -> str | None:
    """Write a member to a file; return why it is not to be used, or None. OSError where the disk is full."""
    algorithm, _, wanted = (digest or "sha256:").partition(":")
    sum_ = hashlib.new(algorithm if algorithm in {"sha256", "md5"} else "sha256", usedforsecurity=False)
    try:
        with archive.open(info) as source, target.open("wb") as stream:
            while block := source.read(_BLOCK):
                sum_.update(block)
                stream.write(block)
    except BROKEN as error:
        return f"is damaged ({error})"
    if wanted and algorithm in {"sha256", "md5"} and sum_.hexdigest() != wanted.lower():
        return "does not have the sum that datapackage.json names"
    with target.open("rb") as stream:
        form = form_of(stream)
    expected = {"zip"} if target.suffix == ".wacz" else {"warc", "gzip", "zstd"}
    return None if form in expected else "is not what its name says"


# --- what it says of itself ------------------------------------------------------------------------------------------


def _sums(archive: zipfile.ZipFile, said: str, found: Opened) -> dict[str, str]:
    """Return the sums that datapackage.json names, by path; {} where there are none, which is told."""
    raw = _member(archive, "datapackage.json")
    if raw is None:
        found.told.append(
            f"{said} has no datapackage.json: no sums could be compared. Its WARCs were read all the same."
        )
        return {}
    _compare_datapackage(archive, raw, said, found)
    described = _json(raw)
    resources = described.get("resources") if isinstance(described, dict) else None
    if not isinstance(resources, list):
        found.told.append(f"{said} has a datapackage.json that names no sums. Its WARCs were read all the same.")
        return {}
    sums = {}
    for one in resources:
        if isinstance(one, dict) and isinstance(one.get("path"), str) and isinstance(one.get("hash"), str):
            if is_http(one["path"]):
                found.told.append(f"{said} names a part elsewhere, {one['path'][:200]}: get it, and name it beside.")
            sums[one["path"]] = one["hash"]
    return sums


def _compare_datapackage(archive: zipfile.ZipFile, raw: bytes, said: str, found: Opened) -> None:
    digest = _json(_member(archive, "datapackage-digest.json") or b"")
    wanted = digest.get("hash") if isinstance(digest, dict) else None
    if isinstance(wanted, str) and wanted != f"sha256:{hashlib.sha256(raw).hexdigest()}":
        found.told.append(f"{said} has a datapackage.json with another sum than datapackage-digest.json names.")


def _member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    try:
        info = archive.getinfo(name)
        if _refused(info):
            return None
        with archive.open(info) as stream:
            return stream.read(JSON_MAX)
    except (KeyError, *BROKEN):
        return None


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _pages(archive: zipfile.ZipFile, said: str, found: Opened) -> None:
    """Add the pages of pages/pages.jsonl: the seeds where it says which are, else all that a person visited."""
    try:
        info = archive.getinfo("pages/pages.jsonl")
    except KeyError:
        return
    if _refused(info):
        found.told.append(f"{said} has a list of pages that cannot be used.")
        return
    seeds: list[str] = []
    pages: list[str] = []
    told = False
    try:
        for line in _lines(archive, info):
            page = _json(line)
            url = page.get("url") if isinstance(page, dict) else None
            if not isinstance(url, str) or not is_http(url) or len(pages) >= PAGES_MAX:
                continue
            told = told or "seed" in page
            pages.append(url)
            seeds += [url] if page.get("seed") is True else []
    except BROKEN as error:
        found.told.append(f"{said} has a damaged list of pages ({error}).")
    found.pages += seeds if told else pages


def _lines(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as stream:
        while line := stream.readline(LINE_MAX):
            yield line
