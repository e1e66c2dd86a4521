"""Snapshots read back: a capture that somebody relies on is shown to be the page, or is said not to be, with the reason.

Judged by the same rules as a live page. A snapshot that was good and is gone is ``lost``, with its date.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, Protocol

from citekeep import clock, record_passages
from citekeep.database import Writer
from citekeep.dating import keep_memento_citations
from citekeep.earlier_texts import earlier_texts
from citekeep.exceptions import WaybackError
from citekeep.items import Extraction
from citekeep.record_document import store_document
from citekeep.similarity import similarity
from citekeep.verdicts import Observation
from citekeep.verdicts.table import BY_NAME, newest
from citekeep.wayback import ledger, memento_rows
from citekeep.wayback.client import Client
from citekeep.wayback.limits import Limits
from citekeep.wayback.replay import Replayed, replay
from citekeep.wayback.terms import Summary

GOOD_FOR = 180 * 86_400.0  # seconds until a verified snapshot is read back again
NOT_YET = (60.0, 600.0, 3_600.0, 21_600.0, 86_400.0)
"""Seconds between the tries to read a new capture back: some were seen to take hours until they could be shown."""

MISSING = {
    "not_there": "the archive has no capture at this address",
    "another_time": "the archive leads to a capture of another time",
    "excluded": "the archive shows nothing of this page",
    "loop": "the capture leads round in circles",
    "target": "the capture is a redirect to a page that the archive does not show as of that time",
}


class Reader(Protocol):
    """What reads pages in worker processes: citekeep.workers.Workers."""

    async def read(self, body: bytes, seen: Observation, history: dict[str, Any], **named: Any) -> Any:
        """Return the reading of a body; see citekeep.reading."""


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A memento that is to be read back.

    words: how its link was cited. text: what Citekeep saw at the link itself. is_article: what it cites is wanted, too.
    """

    memento_id: int
    link_id: int
    memento_url: str
    memento_at: str
    url: str
    quality: str
    tries: int
    words: tuple[str, ...]
    text: str | None
    is_article: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a reading. quality: unread (not yet shown), verified, rejected or lost."""

    quality: str
    reason: str
    next_verify_at: str | None
    replayed: Replayed | None = None
    extraction: Extraction | None = None
    alike: float | None = None


class Verifier:
    """Reads back what is relied on: captures of saves, and the snapshots chosen for citations."""

    endpoint = "replay"

    def __init__(self, writer: Writer, client: Client, limits: Limits, reader: Reader, summary: Summary) -> None:
        self.writer = writer
        self.client = client
        self.limits = limits
        self.reader = reader
        self.summary = summary

    async def due(self, limit: int) -> list[Unread]:
        """Return the mementos on the archive's own host that are to be read back now."""
        return await self.writer.run(unread, self.limits.service, limit, self.client.base, urgent=True)

    async def next_time(self) -> str | None:
        """Return when the next of them is due; None where none is."""
        return await self.writer.run(next_reading, self.limits.service, self.client.base, urgent=True)

    async def show(self, unread: Unread) -> Replayed:
        """Return what a memento shows. Raises WaybackError where the archive said nothing about it."""
        return await replay(self.client, unread.memento_url)

    async def verify(self, unread: Unread) -> bool:
        """Read one memento back; return whether the next may be read now."""
        if not await self.limits.may_ask(self.endpoint):
            return False
        try:
            shown = await self.show(unread)
        except WaybackError as error:
            self.limits.failed(self.endpoint, error)
            return False
        self.limits.answered(self.endpoint)
        outcome = missing(unread, shown) if shown.missing or shown.status is None else await self._judged(unread, shown)
        await self.writer.run(keep, unread, outcome, urgent=True)
        self.summary.moved[outcome.quality] += outcome.quality != "unread"
        self.summary.read_back += 1
        return True

    async def _judged(self, unread: Unread, shown: Replayed) -> Outcome:
        seen = Observation(
            requested_url=unread.url, final_url=shown.url, status=shown.status, headers=tuple(shown.headers),
            content_type=shown.content_type, words=unread.words,
        )  # fmt: skip
        asked = {"want_citations": True} if unread.is_article else {}
        wanted: dict[str, Any] | None = asked if shown.status is not None and 200 <= shown.status < 300 else None
        history = await self.writer.run(lambda c: _history(c, unread), urgent=True)
        reading = await self.reader.read(shown.body, seen, history, wanted=wanted)
        return judged(unread, shown, reading)


def missing(unread: Unread, shown: Replayed) -> Outcome:
    """Return the outcome of a reading that showed no archived response."""
    told = MISSING.get(shown.missing or "", "nothing was shown")
    if unread.quality in {"verified", "identical", "lost"}:
        return Outcome(quality="lost", reason=told, next_verify_at=clock.after(GOOD_FOR))
    if unread.tries < len(NOT_YET):
        return Outcome(quality="unread", reason=told, next_verify_at=clock.after(NOT_YET[unread.tries]))
    return Outcome(quality="rejected", reason=told, next_verify_at=None)


def judged(unread: Unread, shown: Replayed, reading: Any) -> Outcome:
    """Return the outcome of a reading that showed an archived response."""
    verdict, extraction = reading.verdict, reading.extraction
    alike = similarity(unread.text, extraction.text) if unread.text and extraction and extraction.text else None
    kept = {"replayed": shown, "extraction": extraction, "alike": alike}
    if shown.at != unread.memento_at:
        told = f"the archive shows a capture of {shown.at} in its place"
        return Outcome(quality=_bad(unread), reason=told, next_verify_at=None, **kept)
    if verdict is None:
        told = "it could not be read: its worker was stopped"
        return Outcome(quality="unread", reason=told, next_verify_at=clock.after(NOT_YET[-1]))
    sentence = BY_NAME[verdict.name].sentence_en
    if verdict.group == "alive":
        way = f" (redirected to {shown.url[:200]}, captured at {shown.landed_at})" if shown.redirected else ""
        told = f"{verdict.name}: {sentence}{way}"
        return Outcome(quality="verified", reason=told, next_verify_at=clock.after(GOOD_FOR), **kept)
    again = clock.after(GOOD_FOR) if unread.quality in {"verified", "identical"} else None
    return Outcome(quality=_bad(unread), reason=f"{verdict.name}: {sentence}", next_verify_at=again, **kept)


def _bad(unread: Unread) -> str:
    return "lost" if unread.quality in {"verified", "identical", "lost"} else "rejected"


# --- in the database: for Writer.run ---

_UNREAD = """
SELECT m.id, m.link_id, m.memento_url, m.memento_at, l.request_url, m.quality, m.tries,
    EXISTS (SELECT 1 FROM articles WHERE articles.link_id = l.id)
"""
_RELIED_ON = """
FROM mementos AS m JOIN links AS l ON l.id = m.link_id
WHERE m.service = :service AND substr(m.memento_url, 1, length(:base)) = :base AND l.public = 1 AND l.withheld IS NULL
  AND m.next_verify_at <= :now
  AND (m.quality = 'unread' OR EXISTS (SELECT 1 FROM citations WHERE citations.as_cited_memento_id = m.id)
    OR EXISTS (SELECT 1 FROM saves WHERE saves.memento_id = m.id))
"""
# An unread one that has a time: a citation or a save rests on it (by triggers of schema/0011), or it was chosen by
# citekeep/standing.py, as its reading tells until when a page was alive, or by citekeep/dating.py, as it tells when a
# citation came.

# The newest text that was seen at the link itself when it was alive.
_TEXT = f"""
SELECT t.text FROM checks AS c JOIN judgements AS j ON j.check_id = c.id AND {newest("j")}
JOIN verdicts AS v ON v.name = j.verdict
JOIN documents AS d ON d.id = c.document_id JOIN texts AS t ON t.id = d.text_id
WHERE c.link_id = ? AND v."group" = 'alive' ORDER BY c.checked_at DESC, c.id DESC LIMIT 1
"""  # noqa: S608 - ours


def unread(connection: sqlite3.Connection, service: str, limit: int, base: str = "") -> list[Unread]:
    """Return the mementos that are to be read back now, those of dead links first; never of a private link.

    base: "https://host" of the archive; mementos elsewhere are left out.
    """
    rows = connection.execute(
        _UNREAD + _RELIED_ON
        + " ORDER BY coalesce(l.standing, '') IN ('dead', 'doubtful', 'unreachable_from_here') DESC, m.id LIMIT :limit",
        {"service": service, "now": clock.now(), "limit": limit, "base": base and f"{base}/"},
    ).fetchall()  # fmt: skip
    return [
        Unread(
            memento_id=r[0], link_id=r[1], memento_url=r[2], memento_at=r[3], url=r[4], quality=r[5], tries=r[6],
            words=_words(connection, r[1]), is_article=bool(r[7]),
            text=next(iter(connection.execute(_TEXT, (r[1],))), (None,))[0],
        )
        for r in rows
    ]  # fmt: skip


def _words(connection: sqlite3.Connection, link_id: int) -> tuple[str, ...]:
    row = connection.execute(
        "SELECT anchor_text, sentence FROM citations WHERE link_id = ? ORDER BY id LIMIT 1", (link_id,)
    ).fetchone()
    return tuple(text for text in row or () if text)


def _history(connection: sqlite3.Connection, unread: Unread) -> dict[str, Any]:
    """Return what is known of a page before it was captured: a capture of what somebody else shows there is not the page."""
    return {"earlier": earlier_texts(connection, unread.link_id, unread.memento_at, but=unread.memento_id)}


def next_reading(connection: sqlite3.Connection, service: str, base: str = "") -> str | None:
    """Return when the next memento is to be read back, now at the earliest; None where none is. base: see ``unread``."""
    sql = "SELECT m.next_verify_at" + _RELIED_ON + " ORDER BY m.next_verify_at LIMIT 1"
    row = connection.execute(sql, {"service": service, "now": "9999", "base": base and f"{base}/"}).fetchone()
    return None if row is None else max(row[0], clock.now())


def next_due(connection: sqlite3.Connection, service: str) -> str | None:
    """Return when there is something to do in the ledger, readings included; None where nothing is open."""
    times = [at for at in (ledger.next_time(connection, service), next_reading(connection, service)) if at]
    return min(times, default=None)


def keep(connection: sqlite3.Connection, unread: Unread, outcome: Outcome) -> None:
    """Record what came of a reading: on the memento, on the saves that rest on it, and in the choice for citations."""
    shown, extraction = outcome.replayed, outcome.extraction
    document_id = None
    if shown is not None and extraction is not None and shown.body:
        document_id = store_document(connection, extraction, shown.body, clock.now())
    connection.execute(
        "UPDATE mementos SET quality = ?, reason = ?, verified_at = ?, next_verify_at = ?, tries = tries + 1,"
        " status = coalesce(?, status), digest = coalesce(nullif(digest, ''), ?), document_id = coalesce(?, document_id),"
        " similarity = coalesce(?, similarity) WHERE id = ?",
        (
            outcome.quality, outcome.reason, clock.now(), outcome.next_verify_at, shown.status if shown else None,
            shown.digest if shown else None, document_id, outcome.alike, unread.memento_id,
        ),
    )  # fmt: skip
    if outcome.quality == "verified" and extraction is not None and extraction.citations is not None:
        cited = [url for one in extraction.citations for url in (one.url_as_written, one.original) if url]
        keep_memento_citations(connection, unread.memento_id, unread.link_id, cited)
    record_passages.of_memento(connection, unread.memento_id)
    if outcome.quality != "unread":
        for save_id, state in connection.execute(
            "SELECT id, state FROM saves WHERE memento_id = ?", (unread.memento_id,)
        ).fetchall():
            if outcome.quality in ledger.TRANSITIONS[state]:
                ledger.move(connection, save_id, outcome.quality, reason=outcome.reason)
        memento_rows.choose_as_cited(connection, unread.link_id)


_IDENTICAL = f"""
UPDATE mementos SET quality = 'identical', verified_at = ?1, next_verify_at = ?2,
    reason = 'our own capture of the page has the same SHA-1'
WHERE service = ?3 AND quality = 'unread' AND digest <> '' AND EXISTS (
    SELECT 1 FROM checks AS c JOIN captures AS p ON p.check_id = c.id
    JOIN judgements AS j ON j.check_id = c.id AND {newest("j")} JOIN verdicts AS v ON v.name = j.verdict
    WHERE c.link_id = mementos.link_id AND p.body_sha1 = mementos.digest AND v."group" = 'alive')
RETURNING id, link_id
"""  # noqa: S608 - ours


def note_identical(connection: sqlite3.Connection, service: str) -> int:
    """Say of mementos that they are identical where our own capture of a live page has their digest. Return how many.

    No request is needed for that. The digest is the base32 SHA-1 of the payload (CDX).
    """
    rows = connection.execute(_IDENTICAL, (clock.now(), clock.after(GOOD_FOR), service)).fetchall()
    for memento_id, _ in rows:
        record_passages.of_memento(connection, memento_id)
        for save_id, state in connection.execute(
            "SELECT id, state FROM saves WHERE memento_id = ?", (memento_id,)
        ).fetchall():
            if "verified" in ledger.TRANSITIONS[state]:
                ledger.move(connection, save_id, "verified", reason="our own capture has the same SHA-1")
    for link_id in dict.fromkeys(link_id for _, link_id in rows):
        memento_rows.choose_as_cited(connection, link_id)
    return len(rows)
