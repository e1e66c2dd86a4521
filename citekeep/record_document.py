"""Stores what an extractor made of a body, each body and each text once."""

from __future__ import annotations

import hashlib
import sqlite3

from citekeep import values
from citekeep.folding import fold
from citekeep.items import Citation, Extraction, Result
from citekeep.link_rows import identify

BASES = ("json_ld", "meta", "time_element", "url", "feed", "sitemap", "user", "guess")
QUALITIES = ("whole", "fragment", "fallback_fast", "fallback_recall", "fallback_baseline")

_COLUMNS = (
    "outcome", "text_id", "title", "author", "language", "site_name", "published_text", "published_on",
    "published_at", "published_basis", "word_count", "error_text", "elapsed_ms", "made_at", "quality",
)  # fmt: skip
_DOCUMENT = (
    f"INSERT INTO documents (body_sha256, extractor, extractor_version, {', '.join(_COLUMNS)}) "  # noqa: S608
    f"VALUES (:body_sha256, :extractor, :extractor_version, {', '.join(f':{name}' for name in _COLUMNS)}) "
    "ON CONFLICT (body_sha256, extractor, extractor_version) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
    + " RETURNING id"
)


def record_document(connection: sqlite3.Connection, result: Result, now: str) -> int | None:
    """Return the id of the document of this check's body, stored where it is new; None where nothing was extracted.

    A document that timed out or crashed gives way to one that did not.
    """
    extraction = result.extraction
    if extraction is None:
        return None
    body_sha256 = result.check.get("body_sha256") or _local_sha256(connection, result.link_id)
    return keep_document(connection, extraction, body_sha256, now)


def store_document(connection: sqlite3.Connection, extraction: Extraction, body: bytes, now: str) -> int:
    """Return the id of the document of a body that no check of ours fetched, such as a memento's."""
    return keep_document(connection, extraction, hashlib.sha256(body).hexdigest(), now)


def keep_document(connection: sqlite3.Connection, extraction: Extraction, body_sha256: str, now: str) -> int:
    """Return the id of the document of a body with this digest (hex SHA-256), stored where it is new."""
    known = connection.execute(
        "SELECT id, outcome FROM documents WHERE body_sha256 = ? AND extractor = ? AND extractor_version = ?",
        (body_sha256, extraction.extractor, extraction.extractor_version),
    ).fetchone()
    if known is not None and (
        known[1] not in {"timed_out", "crashed"} or extraction.outcome in {"timed_out", "crashed"}
    ):
        return int(known[0])
    row = _row(extraction) | {
        "body_sha256": body_sha256,
        "text_id": _text_id(connection, extraction),
        "made_at": now,
    }
    document_id = int(connection.execute(_DOCUMENT, row).fetchone()[0])
    if extraction.cites is not None:
        _keep_cites(connection, document_id, extraction.cites)
    return document_id


_CITES = """
INSERT INTO document_citations (document_id, position, url, url_as_written, anchor_text, sentence, kind)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def _keep_cites(connection: sqlite3.Connection, document_id: int, cites: list[Citation]) -> None:
    """Keep what a document cites, with the key under which it would be a link; it does not become one."""
    connection.execute("DELETE FROM document_citations WHERE document_id = ?", (document_id,))
    connection.executemany(
        _CITES,
        [
            (
                document_id,
                place,
                identify(cited.original or cited.url_as_written).url,
                *map(values.words, (cited.url_as_written, cited.anchor_text, cited.sentence)),
                cited.kind,
            )
            for place, cited in enumerate(cites)
        ],
    )


def _local_sha256(connection: sqlite3.Connection, link_id: int) -> str:
    """Return the digest of a saved document's bytes, which no capture has; of no bytes where there are none."""
    row = connection.execute("SELECT body FROM local_documents WHERE link_id = ?", (link_id,)).fetchone()
    return hashlib.sha256(row[0] if row else b"").hexdigest()


def _row(extraction: Extraction) -> dict[str, str | int | None]:
    return {
        "extractor": extraction.extractor,
        "extractor_version": extraction.extractor_version,
        "outcome": extraction.outcome,
        "title": values.text(extraction.title),
        "author": values.text(extraction.author),
        "language": values.text(extraction.language),
        "site_name": values.text(extraction.site_name),
        "published_text": values.text(extraction.published_text),
        "published_on": values.date(extraction.published_on),
        "published_at": values.time(extraction.published_at),
        "published_basis": values.one_of(extraction.published_basis, BASES, None),
        "word_count": extraction.word_count,
        "error_text": values.told(extraction.error_text),
        "elapsed_ms": extraction.elapsed_ms,
        "quality": values.one_of(extraction.quality, QUALITIES, None),
    }


def _text_id(connection: sqlite3.Connection, extraction: Extraction) -> int | None:
    text = values.words(extraction.text)
    if not text:
        return None
    text_sha256 = values.text_sha256(text)
    row = connection.execute("SELECT id FROM texts WHERE text_sha256 = ?", (text_sha256,)).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO texts (text_sha256, text, title_folded, folded) VALUES (?, ?, ?, ?) RETURNING id",
            (text_sha256, text, fold(extraction.title), fold(text)),
        ).fetchone()
    return int(row[0])
