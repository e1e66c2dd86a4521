"""A card as labelled lines: what the terminal, Markdown and HTML show of it, in one order."""

from __future__ import annotations

from dataclasses import dataclass

from citekeep.cards import words
from citekeep.cards.card import Card


@dataclass(frozen=True)
class Line:
    """One line of a card. label: as people read it. text: a sentence. url: where it leads, or None. quoted: words of the
    web, in the language of the article. whole: it is there to be copied, so no line break of ours may stand in it.
    """

    label: str
    text: str
    url: str | None = None
    quoted: bool = False
    whole: bool = False


def lines_of(card: Card) -> list[Line]:
    """Return the lines of a card: cited, then, now, since, sure, what to do, and a reference to copy."""
    told = [
        *_cited(card),
        Line("Then", _joined(words.shows(card) or "no snapshot is known", words.passage(card.then_words))),
    ]
    if card.snapshot is not None:
        told.append(Line("Snapshot", card.snapshot.url, url=card.snapshot.url, whole=True))
    if card.newest is not None and card.snapshot is not None and card.newest.url != card.snapshot.url:
        told.append(Line("Newest snapshot", card.newest.url, url=card.newest.url, whole=True))
    if card.not_saved:
        told.append(Line("Not saved", card.not_saved))
    told.append(Line("Now", _now(card)))
    parts = ("Because", words.because(card)), ("Besides", words.besides(card)), ("Led to", _led_to(card))
    told += [Line(label, text) for label, text in parts if text]
    return [
        *told,
        Line("Since when", words.since(card)),
        Line("How sure", words.sure(card)),
        Line("What to do", words.to_do(card)),
        Line("Reference", words.reference(card), whole=True),
    ]


def _cited(card: Card) -> list[Line]:
    if card.cited is None:
        return [Line("Cited", "by no article of this archive")]
    when = (
        f"{card.cited.on} ({(card.cited.basis or 'unknown').replace('_', ' ')})"
        if card.cited.on
        else "no date is known"
    )
    told = [
        Line("Cited in", card.cited.article_title or card.cited.article_url, url=card.cited.article_url, quoted=True)
    ]
    if card.cited.sentence:
        told.append(Line("Sentence", card.cited.sentence, quoted=True))
    if card.cited.cited_via:
        told.append(Line("By way of", card.cited.cited_via, url=card.cited.cited_via))
    if card.cited.last_seen_at:
        when += f"; the article has it no longer: last seen there on {card.cited.last_seen_at[:10]}"
    told.append(Line("Cited on", when))
    terms = (
        ("collection", card.cited.collection),
        ("legal basis", card.cited.legal_basis),
        ("rights", card.cited.rights),
    )
    kept = "; ".join(f"{name}: {text}" for name, text in terms if text)
    return [*told, *([Line("Kept under", kept)] if kept else [])]


def _now(card: Card) -> str:
    verdict = (card.now.verdict or "not checked").replace("_", " ")
    status = f", {card.now.status}" if card.now.status else ""
    at = f" on {card.now.checked_at[:10]}" if card.now.checked_at else ""
    said = "the page no longer says it" if words.no_longer(card) else words.passage(card.now_words)
    return _joined(f"{verdict}{status}{at}. {card.now.sentence}".strip(), said)


def _led_to(card: Card) -> str:
    final = card.now.final_url
    return final if final and final != card.link_url else ""


def _joined(first: str, second: str) -> str:
    return f"{first.rstrip('.')}; {second}" if second else first
