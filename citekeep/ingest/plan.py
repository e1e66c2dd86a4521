"""What becomes of a record: the way from it to a page, by redirects and revisits that are in the files or in the archive."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from urllib.parse import urljoin

from citekeep import clock, urls
from citekeep.exceptions import InputError
from citekeep.ingest.index import Index, Record
from citekeep.ingest.take import Hop
from citekeep.items import WarcRef
from citekeep.rejudging.rows import REDIRECTS

WITHIN = 86_400  # seconds: a redirect belongs to the capture of its target that is nearest in time, if it is so near
_HEAD_ROOM = 2**20  # bytes of a record beyond its body: the head, and chunk framing


@dataclass(frozen=True, kw_only=True)
class Way:
    """Records from a URL to its page; body: of a page that is a revisit, where its body lies."""

    hops: tuple[Hop, ...]
    body: WarcRef | None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """redirects_most: REDIRECT_MAX_TIMES. body_max: DOWNLOAD_MAXSIZE. names: of the files, by their number, in warcs/."""

    redirects_most: int
    body_max: int


def way_of(
    index: Index, connection: sqlite3.Connection, first: Record, limits: Limits, *, is_article: bool
) -> Way | str:
    """Return the way from a record, or the reason (words.LEFT_OUT) for which it becomes no check."""
    records, record = [first], first
    while record.kind != "resource" and record.status in REDIRECTS and record.location:
        if len(records) > limits.redirects_most:
            return "redirect_loops"
        target = _target(index, record, records)
        if target is None:
            return "redirect_leads_out"
        record = target
        records.append(record)
    body = None
    if record.kind == "revisit":
        found = _original(index, connection, record)
        if found is None:
            return "revisit_unresolved"
        body, status, size = found
        if size > limits.body_max + _HEAD_ROOM:
            return "too_large"
        if record.status in {None, 304} and status in REDIRECTS:
            return "redirect_leads_out"
    why = _why_not(record, limits, is_article=is_article)
    if why is not None:
        return why
    return Way(hops=tuple(hop_of(index, one) for one in records), body=body)


def _why_not(record: Record, limits: Limits, *, is_article: bool) -> str | None:
    if record.block_length > limits.body_max + _HEAD_ROOM:
        return "too_large"
    if record.kind == "resource":
        return None if is_article else "no_status"
    if record.kind == "revisit":
        return None
    if record.status is None:
        return "no_answer"
    return "partial" if record.status in {206, 304} else None


def place_of(index: Index, record: Record) -> WarcRef:
    """Return where a record lies."""
    return WarcRef(name=index.name(record.file), offset=record.offset, length=record.length)


def hop_of(index: Index, record: Record) -> Hop:
    """Return a record as a worker reads it."""
    return Hop(
        place=place_of(index, record),
        record_id=record.record_id,
        url=record.url,
        at=record.at,
        ip=record.ip,
        truncated=record.truncated,
        resource=record.mime if record.kind == "resource" else None,
    )


def _target(index: Index, record: Record, way: list[Record]) -> Record | None:
    """Return the capture of what a redirect leads to that is nearest to it in time, or None."""
    try:
        url = urljoin(record.url, (record.location or "").strip())
        key = urls.canonical(url) if urls.is_http(url) else None
    except (InputError, ValueError):
        return None
    if key is None:
        return None
    found = index.find(
        "key = ? AND id NOT IN (SELECT value FROM json_each(?)) AND kind <> 'resource'"
        " AND record_id NOT IN (SELECT record_id FROM not_get) ORDER BY at < ?, abs(julianday(at) - julianday(?)), id",
        key, json.dumps([one.id for one in way]), record.at, record.at,
    )  # fmt: skip
    return found if found is not None and abs(clock.parse(found.at) - clock.parse(record.at)) <= WITHIN else None


# --- revisits --------------------------------------------------------------------------------------------------------


def _original(index: Index, connection: sqlite3.Connection, revisit: Record) -> tuple[WarcRef, int | None, int] | None:
    """Return place, status and size of the record whose payload a revisit has, or None."""
    same = "kind = 'response' AND id <> ?"
    for where, values in (
        (f"record_id = ? AND {same}", (revisit.refers_id, revisit.id)),
        (f"key = ? AND at = ? AND {same} ORDER BY id", (revisit.refers_key, revisit.refers_at, revisit.id)),
        (
            f"digest = ? AND digest <> '' AND {same} ORDER BY key <> ?, at > ?, at DESC",
            (revisit.digest, revisit.id, revisit.key, revisit.at),
        ),
    ):
        found = index.find(where, *values) if values[0] else None
        if found is not None:
            return place_of(index, found), found.status, found.block_length
    row = _in_archive(connection, revisit)
    return None if row is None else (WarcRef(name=row[0], offset=row[1], length=row[2]), row[3], row[4] or 0)


_PLACE = (
    "SELECT w.name, p.offset, p.length, p.status, p.body_length FROM captures AS p JOIN warcs AS w ON w.id = p.warc_id"
)
_NO_REVISIT = "NOT EXISTS (SELECT 1 FROM imports WHERE capture_id = p.id AND body_warc_id IS NOT NULL)"
_BY_ID = f"{_PLACE} JOIN imports AS i ON i.capture_id = p.id WHERE i.record_id = ? AND {_NO_REVISIT} LIMIT 1"
_OF_LINK = f"{_PLACE} JOIN checks AS c ON c.id = p.check_id JOIN links AS l ON l.id = c.link_id WHERE l.url = ?"
_BY_DATE = f"{_OF_LINK} AND p.started_at = ? AND {_NO_REVISIT} LIMIT 1"
_BY_DIGEST = f"{_OF_LINK} AND p.body_sha1 = ? AND {_NO_REVISIT} LIMIT 1"


def _in_archive(connection: sqlite3.Connection, revisit: Record) -> tuple[str, int, int, int | None, int | None] | None:
    """Return where the archive has the original, of an earlier import."""
    digest = revisit.digest.removeprefix("sha1:").upper()
    for statement, values in (
        (_BY_ID, (revisit.refers_id,)),
        (_BY_DATE, (revisit.refers_key, revisit.refers_at)),
        (_BY_DIGEST, (revisit.key, digest)),
    ):
        if all(values):
            row: tuple[str, int, int, int | None, int | None] | None = connection.execute(statement, values).fetchone()
            if row is not None:
                return row
    return None
