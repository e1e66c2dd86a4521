"""One stored check read and judged again: for a worker process, which reads the WARC itself, so that no body is sent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from citekeep.content_coding import CodingLimitError, decoded_as_stored
from citekeep.database import connect
from citekeep.exceptions import ArchiveError
from citekeep.http_message import Head
from citekeep.items import Extraction
from citekeep.probing import read_probe
from citekeep.reading import read
from citekeep.rejudging.rows import Capture
from citekeep.verdicts import Observation, Verdict
from citekeep.verdicts.network_rules import retry_after
from citekeep.warc.reader import read as read_record
from citekeep.warc.reader import read_with_body
from citekeep.warc_rows import find_original


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where captures lie. body_max: bytes of a body after its codings are undone."""

    database: Path
    warcs: Path
    body_max: int


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What came of it. retry_after: seconds that the server asked to wait, or None."""

    verdict: Verdict
    extraction: Extraction | None
    retry_after: float | None


def judge_stored(
    place: Place,
    seen: Observation,
    history: Mapping[str, Any],
    page: Capture | None,
    probes: Mapping[str, tuple[Capture, str]],
    wanted: Mapping[str, Any] | None,
) -> Judged:
    """Return the verdict of a stored check by the rules of today, and what is extracted from its page where that is wanted.

    seen: what the rows tell of it. page: its last exchange, None where nothing was asked. probes: by kind the exchange that
    ended the probe, and the address that it asked. Raises ArchiveError where a record is not there or is damaged.
    """
    body = b""
    if page is not None and page.place is not None:
        head, body = _response(place, page)
        seen = replace(seen, headers=tuple(head.headers) if head else ())
    facts = {kind: _fact(place, kind, asked, capture, seen) for kind, (capture, asked) in probes.items()}
    reading = read(body, replace(seen, probes=facts), history, wanted=wanted if body else None)
    assert reading.verdict is not None
    return Judged(verdict=reading.verdict, extraction=reading.extraction, retry_after=retry_after(seen))


def _fact(place: Place, kind: str, asked: str, capture: Capture, seen: Observation) -> dict[str, Any]:
    at = capture.started_at or ""
    if capture.place is None:
        found = Observation(requested_url=asked, error=capture.error or "other", words=seen.words)
        return read_probe(kind, found, b"", None, at)
    head, body = _response(place, capture)
    found = Observation(
        requested_url=asked,
        final_url=capture.url,
        status=capture.status,
        headers=tuple(head.headers) if head else (),
        content_type=(head.get("Content-Type") or "")[:200] or None if head else None,
        words=seen.words,
    )
    return read_probe(kind, found, body, None, at)


def _response(place: Place, capture: Capture) -> tuple[Head | None, bytes]:
    """Return head and body of a record, the codings of the body undone; as it came where they cannot be."""
    assert capture.place is not None
    if capture.body_place is not None:
        stored = read_with_body(place.warcs, capture.place, capture.body_place)
    else:
        with closing(connect(place.database, read_only=True)) as connection:
            original = partial(find_original, connection, capture.body_sha256 or "")
            stored = read_record(place.warcs, capture.place, original=original)
    if stored.head is None:
        return None, stored.raw if stored.kind == "resource" else b""
    if len(stored.body) > place.body_max and capture.truncated is None:
        raise ArchiveError(
            f"The record at {capture.place.offset} of {capture.place.name} is longer than DOWNLOAD_MAXSIZE."
        )
    try:
        return stored.head, decoded_as_stored(stored.body, stored.head.headers, place.body_max)
    except CodingLimitError:
        return stored.head, stored.body
