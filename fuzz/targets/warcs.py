"""WARCs: read, repaired and written."""

from __future__ import annotations

import contextlib
import io
import zlib

from citekeep.exceptions import ArchiveError, InputError
from citekeep.ingest.index import Index
from citekeep.ingest.wacz import unpack
from citekeep.items import Exchange, WarcRef
from citekeep.warc.index import OPEN, index_lines
from citekeep.warc.reader import read
from citekeep.warc.records import exchange_records, payload_of
from citekeep.warc.repair import TAIL, repair, whole_members
from citekeep.warc.scan import Damaged, Found, form_of, scan
from fuzz.bytes_as import fields, text
from fuzz.scratch import FOLDER

_NAME = "fuzz.warc.gz"


def _gzipped(data: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def warc(data: bytes) -> None:
    """Any bytes at the place of a record, gzipped or not, are a record or ArchiveError; so is a whole file."""
    for member in (data, _gzipped(data)):
        (FOLDER / _NAME).write_bytes(member)
        with contextlib.suppress(ArchiveError):
            found = read(FOLDER, WarcRef(name=_NAME, offset=0, length=len(member)), original=lambda *_: None)
            assert len(found.body) <= len(found.raw)
        with contextlib.suppress(ArchiveError):
            assert all("\n" not in line for line in index_lines(FOLDER / _NAME))


def warc_repair(data: bytes) -> None:
    """After a repair the whole records stand as they were, and what is cut off stands beside them."""
    whole, members = whole_members(io.BytesIO(data))
    left = FOLDER / "left"
    left.mkdir(exist_ok=True)
    (left / (_NAME + OPEN)).write_bytes(data)
    closed = repair(left)
    tail = left / (_NAME + TAIL)
    if members:
        assert [(file.bytes, file.records) for file in closed] == [(whole, members)]
        assert (left / _NAME).read_bytes() == data[:whole]
    assert members or not closed
    assert (tail.read_bytes() if tail.exists() else b"") == data[whole:]
    assert repair(left) == []
    for path in left.iterdir():
        path.unlink()


def warc_write(data: bytes) -> None:
    """Whatever an exchange was, its records are read back as its bytes."""
    url, request, response = fields(data, 3)
    exchange = Exchange(url=text(url), request_bytes=request, response_bytes=response)
    for record in exchange_records(exchange, original=None):
        (FOLDER / _NAME).write_bytes(record.member)
        found = read(FOLDER, WarcRef(name=_NAME, offset=0, length=len(record.member)))
        assert found.raw == (request if record.kind == "request" else response)
        assert found.kind == record.kind
    payload_of(response)


def warc_scan(data: bytes) -> None:
    """Any file, packed or not, is records and damaged places in its order; each record that is alone is read by its place."""
    for whole in (data, _gzipped(data)):
        stream = io.BytesIO(whole)
        form = form_of(stream)
        path = FOLDER / _NAME
        path.write_bytes(whole)
        with contextlib.closing(Index(":memory:", places=False)) as index:
            index.add(path, _NAME, _NAME, form or "warc", stop=lambda: False, told=lambda _: None)
        if form not in {"warc", "gzip", "zstd"}:
            continue
        places = [-1]
        for found in scan(stream, form):
            assert isinstance(found, Found | Damaged)
            if form != "zstd" and (isinstance(found, Damaged) or found.alone or form == "warc"):
                assert found.offset > places[-1]
                places.append(found.offset)
            if isinstance(found, Found) and found.alone:
                assert form == "gzip"
                assert found.offset + found.length <= len(whole)


def wacz(data: bytes) -> None:
    """Any file is a WACZ or InputError, and what is unpacked lies in the folder, each member under a name of ours."""
    folder = FOLDER / "unpacked"
    folder.mkdir(exist_ok=True)
    path = FOLDER / "fuzz.wacz"
    path.write_bytes(data)
    with contextlib.suppress(InputError):
        found = unpack(path, "fuzz.wacz", folder)
        assert all(one.parent == folder for one, _ in found.warcs)
    for left in folder.iterdir():
        left.unlink()
