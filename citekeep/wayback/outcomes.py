"""Whether an answer is about the right page, and what is kept of it. Functions with a connection are for ``Writer.run``."""

from __future__ import annotations

import re
from typing import Any

from citekeep import clock
from citekeep.wayback import ledger
from citekeep.wayback.client import SPN_HOST
from citekeep.wayback.lookup import Capture, Found
from citekeep.wayback.spn import Status


def same_page(original: str, url: str) -> bool:
    """Return whether two URLs are one to the Wayback Machine: scheme, www, case, a final slash and the port aside."""
    return _loose(original) == _loose(url)


def _loose(url: str) -> str:
    text = re.sub(r"^https?://(?:www\d*\.)?", "", url.strip().lower())
    return re.sub(r"^([^/?#]+?)(?::(?:80|443))?(?=[/?#]|$)", r"\1", text).partition("#")[0].rstrip("/")


def capture_of(status: Status) -> Capture | None:
    """Return the capture that a successful job names, or None where its time cannot be."""
    assert status.timestamp is not None
    assert status.original_url is not None
    try:
        at = clock.from_stamp14(status.timestamp)
    except ValueError:
        return None
    url = f"{SPN_HOST}/web/{status.timestamp}/{status.original_url}"
    return Capture(memento_url=url, at=at, original=status.original_url, status=None, type="", digest="")


def keep_found(connection: Any, link_id: int, service: str, captures: list[Capture], found: Found) -> None:
    """Keep what a look-up listed, note that it was asked, and choose the snapshots of its citations."""
    ledger.keep_captures(connection, link_id, service, captures, "cdx")
    ledger.note_lookup(connection, link_id, service, found.outcome, rows=len(captures), reason=_malformed(found))
    ledger.choose_as_cited(connection, link_id)


def _malformed(found: Found) -> str | None:
    return f"{found.malformed} rows could not be read" if found.malformed else None


def poll_again(connection: Any, save_id: int, at: str) -> None:
    """Let a job be asked about again at a time."""
    connection.execute("UPDATE saves SET next_attempt_at = ? WHERE id = ? AND state = 'submitted'", (at, save_id))


def times_unknown(connection: Any, save_id: int) -> int:
    """Return how often a save has come to be unknown."""
    row = connection.execute(
        "SELECT count(*) FROM save_events WHERE save_id = ? AND to_state = 'unknown'", (save_id,)
    ).fetchone()
    return int(row[0])
