"""Whether an answer is about the right page, and what is kept of it. Functions with a connection are for ``Writer.run``."""

from __future__ import annotations

import re
from typing import Any

from citekeep import clock
from citekeep.wayback import memento_rows
from citekeep.wayback.client import SPN_HOST
from citekeep.wayback.lookup import Capture, Found
from citekeep.wayback.spn import Status

CLOCKS_APART = 120.0  # seconds that the archive's clock and ours may differ


def same_page(original: str, url: str) -> bool:
    """Return whether two URLs are one to the Wayback Machine: scheme, www, case, a final slash and the port aside."""
    return _loose(original) == _loose(url)


def _loose(url: str) -> str:
    text = re.sub(r"^https?://(?:www\d*\.)?", "", url.strip().lower())
    return re.sub(r"^([^/?#]+?)(?::(?:80|443))?(?=[/?#]|$)", r"\1", text).partition("#")[0].rstrip("/")


def made_of(status: Status, url: str, submitted_at: str | None) -> tuple[str, Capture | None, str]:
    """Return what a job that succeeded made of ``url``: (state, its capture, why).

    saved: a capture made since the submission. found: an older one, which was handed out again. unknown, without a
    capture: the answer names none. Where the archive was redirected, the capture of ``url`` itself is the redirect.
    """
    if status.timestamp is None or status.original_url is None:
        return "unknown", None, "a success that names no capture"
    try:
        at = clock.from_stamp14(status.timestamp)
    except ValueError:
        return "unknown", None, "a success with a time that cannot be"
    landed = same_page(status.original_url, url)
    original = status.original_url if landed else url
    memento_url = f"{SPN_HOST}/web/{status.timestamp}/{original}"
    capture = Capture(memento_url=memento_url, at=at, original=original, status=None, type="", digest="")
    via = "" if landed else f", redirected to {status.original_url[:200]}"
    if submitted_at is not None and clock.parse(at) < clock.parse(submitted_at) - CLOCKS_APART:
        return "found", capture, f"an older capture was handed out{via}"
    return "saved", capture, f"saved by Save Page Now{via}"


def keep_found(
    connection: Any, link_id: int, service: str, captures: list[Capture], found: Found, *, since: str | None = None
) -> None:
    """Keep what a look-up listed, note that it was asked, and choose the snapshots of its citations.

    since: the time from which on it was asked about; None: all.
    """
    memento_rows.keep_captures(connection, link_id, service, captures, "cdx")
    told = f"{found.malformed} rows could not be read" if found.malformed else None
    memento_rows.note_lookup(connection, link_id, service, found.outcome, rows=len(captures), reason=told, since=since)
    memento_rows.choose_as_cited(connection, link_id)


def poll_again(connection: Any, save_id: int, at: str) -> None:
    """Let a job be asked about again at a time."""
    connection.execute("UPDATE saves SET next_attempt_at = ? WHERE id = ? AND state = 'submitted'", (at, save_id))


def times_looked_up(connection: Any, link_id: int, service: str, since: str | None) -> int:
    """Return how often the index has answered about a link after a second (UTC)."""
    row = connection.execute(
        "SELECT count(*) FROM lookups WHERE link_id = ? AND service = ? AND asked_at > ?"
        " AND outcome IN ('rows', 'empty')",
        (link_id, service, since or ""),
    ).fetchone()
    return int(row[0])


def is_page(capture: Capture) -> bool:
    """Return whether a capture is listed as a page; the index names no status for "the same bytes as before"."""
    return capture.status is None or 200 <= capture.status < 300


def newest_since(captures: list[Capture], since: str) -> Capture | None:
    """Return the newest capture since a time, of a page if there is one, else of a redirect; None where there is none."""
    shown = [c for c in captures if c.at >= since and (c.status is None or c.status < 400)]
    return next((c for c in reversed(shown) if is_page(c)), shown[-1] if shown else None)


def made_since(captures: list[Capture], submitted_at: str | None) -> Capture | None:
    """Return the capture, of a page or of a redirect, made since a submission; both clocks may be off a little."""
    if submitted_at is None:
        return None
    return newest_since(captures, clock.text(clock.parse(submitted_at) - CLOCKS_APART))
