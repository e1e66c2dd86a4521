"""Cards as CSV: one row for each citation, with columns that stay."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import IO

from citekeep.cards import words
from citekeep.cards.card import Card

COLUMNS = (
    "article_url", "article_title", "link_url", "url_as_written", "cited_via", "anchor_text", "sentence", "kind",
    "cited_on", "cited_on_basis", "verdict", "verdict_group", "verdict_sentence", "because", "status", "final_url",
    "standing", "strikes", "checked_at", "next_check_at", "alive_until", "dead_by", "snapshot_url", "snapshot_at",
    "snapshot_state", "gap_days", "words_then", "words_now", "reviewed_by", "to_do", "reference",
    "public", "source", "collection", "legal_basis", "rights", "not_saved", "flags",
    "last_seen_at",
)  # fmt: skip


def write_csv(cards: Iterable[Card], stream: IO[str]) -> None:
    """Write a header and a row for each card."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for card in cards:
        values = row_of(card)
        writer.writerow([cell(values[name]) for name in COLUMNS])


def row_of(card: Card) -> dict[str, object]:
    """Return the columns of a card."""
    cited, now, shot = card.cited, card.now, card.snapshot
    return {
        "article_url": cited and cited.article_url,
        "article_title": cited and cited.article_title,
        "link_url": card.link_url,
        "url_as_written": cited and cited.url_as_written,
        "cited_via": cited and cited.cited_via,
        "anchor_text": cited and cited.anchor_text,
        "sentence": cited and cited.sentence,
        "kind": cited and cited.kind,
        "cited_on": cited and cited.on,
        "cited_on_basis": cited and cited.basis,
        "verdict": now.verdict,
        "verdict_group": now.group,
        "verdict_sentence": now.sentence,
        "because": words.because(card),
        "status": now.status,
        "final_url": now.final_url,
        "standing": now.standing,
        "strikes": now.strikes,
        "checked_at": now.checked_at,
        "next_check_at": now.next_check_at,
        "alive_until": card.life.alive_until,
        "dead_by": card.life.dead_by,
        "snapshot_url": shot and shot.url,
        "snapshot_at": shot and shot.at,
        "snapshot_state": shot and shot.state,
        "gap_days": shot and shot.gap_days,
        "words_then": card.then_words and card.then_words.answer,
        "words_now": card.now_words and card.now_words.answer,
        "reviewed_by": card.review and card.review.by,
        "to_do": words.to_do(card),
        "reference": words.reference(card),
        "public": int(card.public),
        "source": cited and cited.source,
        "collection": cited and cited.collection,
        "legal_basis": cited and cited.legal_basis,
        "rights": cited and cited.rights,
        "not_saved": card.not_saved,
        "flags": " ".join(now.flags),
        "last_seen_at": cited and cited.last_seen_at,
    }


def cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: text of the web that begins like one gets an apostrophe."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value
