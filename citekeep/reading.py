"""A body read in a worker process, in one trip: what it says, and what that means for the check that fetched it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citekeep.charset import decode
from citekeep.extraction import extract
from citekeep.readings import TEXT_STATUSES, Reading
from citekeep.requisites import Found, in_page, in_style
from citekeep.reservations import LOOKED_AT, in_head
from citekeep.sources.listing import read_listing
from citekeep.verdicts import Observation, judge, with_page

__all__ = ["parts_of", "read"]


def read(
    body: bytes,
    seen: Observation,
    history: Mapping[str, Any],
    *,
    encoding: str | None = None,
    wanted: Mapping[str, Any] | None = None,
    listing: Mapping[str, Any] | None = None,
    requisites: int | None = None,
) -> Reading:
    """Return what there is to read in a body, and the verdict of the check that fetched it. Never raises for any bytes.

    seen, history: as ``judge`` takes them, seen without the body. encoding: as in items.Check. wanted: the arguments
    of ``extract`` after the URL; None: no text is wanted, as of an error page. listing: "kind" and "pattern" of a page
    that is read for what it lists. requisites: how many at most are wanted of what the page needs to look like itself.
    """
    extraction = None
    if wanted is not None:
        extraction = extract(body, seen.final_url or seen.requested_url, content_type=seen.content_type, **wanted)
    url = seen.final_url or seen.requested_url
    listed = listing and read_listing(
        body, url, kind=listing["kind"], pattern=listing.get("pattern"), asked=seen.requested_url
    )
    verdict = judge(with_page(seen, body, encoding, extraction), history)
    needed = None
    if requisites is not None and extraction is not None and extraction.outcome == "ok":
        needed = in_page(body, seen.content_type, url, limit=requisites)
    may_be_saved = wanted is not None or (listing is None and seen.status in TEXT_STATUSES)
    reserved = tuple(in_head(body)) if may_be_saved and b"<" in body[:LOOKED_AT] else ()
    return Reading(extraction, verdict, listed or None, needed, reserved)


def parts_of(body: bytes, content_type: str | None, url: str, limit: int) -> list[tuple[str, str]]:
    """Return (URL, kind) of what a style sheet names, the first ``limit``. Never raises for any bytes."""
    found = Found(limit)
    in_style(decode(body, content_type), url, found)
    return [(one.url, one.kind) for one in found.wanted]
