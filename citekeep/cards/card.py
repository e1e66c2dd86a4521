"""A card as plain data, and the rows of archive.db that it is made of."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from citekeep import clock
from citekeep.cards.queries import CITATION, LINK, STILL_CITED
from citekeep.schedule import Rules, strikes_needed

LANGUAGES = ("en", "ru", "uk")
"""In which the sentences of verdicts can be had."""


@dataclass(frozen=True, kw_only=True)
class Cited:
    """How an article cites a link. language: of the article, ISO 639-1 or None. before, after: text around the anchor.

    on: the day of the citation (YYYY-MM-DD) as far as is known, basis: from what it is known. last_seen_at: when the article was
    last read with it, where a later reading has it no longer; None where it is there. source, collection, legal_basis,
    rights: on whose terms the article is kept, as sources.toml says.
    """

    article_url: str
    article_title: str | None
    language: str | None
    anchor_text: str
    sentence: str
    kind: str
    url_as_written: str
    cited_via: str | None
    on: str | None
    basis: str | None
    source: str | None = None
    collection: str | None = None
    legal_basis: str | None = None
    rights: str | None = None
    last_seen_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A memento that may be shown to people. state: its quality. gap_days: from the citation to it, negative: before.

    verified_at: when it was last read back. reviewed: a person says what it is worth. said: what it is to the citation,
    "as cited" or but the "nearest known" (AS_CITED_WITHIN_DAYS); None without a citation.
    """

    memento_id: int
    url: str
    at: str
    state: str
    service: str
    gap_days: int | None = None
    verified_at: str | None = None
    reviewed: bool = False
    said: str | None = None


@dataclass(frozen=True, kw_only=True)
class Now:
    """What is known of the link now. verdict and what follows: of its last check, or of the person who reviewed it.

    sentence: of the table of verdicts. evidence: of the judgement: rule, matched, where. standing, strikes: over time.
    strikes_needed: how many make it dead, as the last run had it (STRIKES_TO_DIE). standing_basis: on what it is held for dead
    (strikes, memento, save_job).
    """

    verdict: str | None
    group: str | None
    sentence: str
    standing: str | None
    strikes: int
    strikes_needed: int
    status: int | None
    error: str | None
    reason: str | None
    final_url: str | None
    checked_at: str | None
    next_check_at: str | None
    evidence: dict[str, Any]
    flags: list[str]
    standing_basis: str | None = None


@dataclass(frozen=True, kw_only=True)
class Life:
    """Since when: the latest proof of life and the earliest proof of death, each with its basis (own_check, import, memento)."""

    first_seen_at: str
    alive_until: str | None
    alive_until_basis: str | None
    dead_by: str | None
    dead_by_basis: str | None


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Whether the cited words were found: present, partly, absent or not_comparable. missing: words. reason: why not.

    seen_at: when our own check saw the page, where no snapshot tells what it said then; None elsewhere.
    """

    answer: str
    missing: list[str]
    reason: str | None
    compared_at: str
    seen_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Review:
    """A person's judgement, which outranks the machine's."""

    by: str
    note: str
    made_at: str
    until: str | None


@dataclass(frozen=True, kw_only=True)
class Card:
    """All that is said of one link, and of one citation of it where there is one.

    snapshot: that which shows it as cited, or the nearest known; without a citation, the newest. title, site_name: of
    the page when it was last found alive, else of a snapshot: a domain's next owner names no source. save_state,
    save_reason: of the last wish for a snapshot. public: whether the link may be named elsewhere. then_words,
    now_words: whether the cited words are in the snapshot (else were there at our first check, if it was an earlier one), and
    on the page now. not_saved: why we do not save it, where the
    page asks not to be archived or mined.
    """

    link_url: str
    title: str | None
    site_name: str | None
    site: str
    public: bool
    withheld: str | None
    cited: Cited | None
    snapshot: Snapshot | None
    newest: Snapshot | None
    now: Now
    life: Life
    review: Review | None
    save_state: str | None
    save_reason: str | None
    citing_articles: int
    then_words: Passage | None = None
    now_words: Passage | None = None
    not_saved: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the card as JSON has it."""
        return asdict(self)


def cards_where(
    connection: sqlite3.Connection, where: str, order: str, values: dict[str, Any], *, now: str, language: str = "en"
) -> Iterator[Card]:
    """Return a card for each citation that a condition holds for, one after another.

    where, order: SQL of our own on ci (the citation), a, al (its article and the article's link), l (the cited link) and
    link (its columns of LINK).
    """
    for row in _rows(connection, f"{CITATION} WHERE {where} ORDER BY {order}", **values, now=now):
        yield _card(connection, row, language)


def cards_of_article(connection: sqlite3.Connection, link_id: int, *, now: str, language: str = "en") -> list[Card]:
    """Return the cards of the citations that an article still has, in its order. link_id: of the article itself."""
    named = {"now": now, "language": language}
    return list(
        cards_where(
            connection, f"a.link_id = :link AND {STILL_CITED}", "ci.position, ci.id", {"link": link_id}, **named
        )
    )


def cards_of_link(connection: sqlite3.Connection, link_id: int, *, now: str, language: str = "en") -> list[Card]:
    """Return a card for each citation of a link, earliest first, those that were taken out last; one without a citation where
    nothing cites it.
    """
    named = {"now": now, "language": language}
    order = "last_seen_at IS NOT NULL, t.cited_on, ci.id"
    cards = list(cards_where(connection, "ci.link_id = :link", order, {"link": link_id}, **named))
    if cards:
        return cards
    bare = _rows(connection, f"{LINK} WHERE l.id = :link", link=link_id, now=now)
    return [_card(connection, row, language) for row in bare]


def _rows(connection: sqlite3.Connection, sql: str, **values: Any) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _card(connection: sqlite3.Connection, row: dict[str, Any], language: str) -> Card:
    cited_on = row.get("cited_on")
    newest = row["newest_memento_id"] if "newest_memento_id" in row else _newest(connection, row["link_id"])
    cited = "citation_id" in row
    return Card(
        link_url=row["link_url"], title=row["title"], site_name=row["site_name"], site=row["site"],
        public=bool(row["public"]), withheld=row["withheld"],
        cited=_cited(row) if cited else None,
        snapshot=_snapshot(connection, row["memento_id"] if cited else newest, cited_on, row.get("memento_said")),
        newest=_snapshot(connection, newest, cited_on),
        now=_now(row, language),
        life=Life(**{name: row[name] for name in Life.__dataclass_fields__}),
        review=Review(by=row["by"], note=row["note"], made_at=row["made_at"], until=row["until"]) if row["by"] else None,
        not_saved=row["not_saved"],
        save_state=row["save_state"], save_reason=row["save_reason"], citing_articles=row["citing_articles"],
        then_words=_then(connection, row.get("citation_id"), row.get("memento_id")),
        now_words=_passage(connection, row.get("citation_id"), _OF_LINK, row["link_id"]),
    )  # fmt: skip


_OF_LINK = "c.link_id = ?"


def _passage(connection: sqlite3.Connection, citation_id: int | None, which: str, value: int | None) -> Passage | None:
    if citation_id is None or value is None:
        return None
    row = connection.execute(
        "SELECT p.answer, p.missing, p.reason, p.compared_at FROM passages AS p"  # noqa: S608 - ours
        f" LEFT JOIN checks AS c ON c.id = p.check_id WHERE p.citation_id = ? AND {which}"
        " ORDER BY c.checked_at DESC, p.compared_at DESC, p.id DESC LIMIT 1",
        (citation_id, value),
    ).fetchone()
    return row and Passage(answer=row[0], missing=json.loads(row[1] or "[]"), reason=row[2], compared_at=row[3])


_FIRST = """
SELECT p.answer, p.missing, p.reason, p.compared_at, c.checked_at FROM passages AS p JOIN checks AS c ON c.id = p.check_id
WHERE p.citation_id = :citation AND p.answer <> 'not_comparable' AND c.checked_at < (
    SELECT max(n.checked_at) FROM passages AS o JOIN checks AS n ON n.id = o.check_id WHERE o.citation_id = :citation)
ORDER BY c.checked_at, c.id, p.id DESC LIMIT 1
"""
"""The first look of ours that tells, if another followed: as the view passage_now has it."""


def _then(connection: sqlite3.Connection, citation_id: int | None, memento_id: int | None) -> Passage | None:
    """Return whether the cited words were there then: by the snapshot, else by our own first check."""
    shown = _passage(connection, citation_id, "p.memento_id = ?", memento_id)
    if citation_id is None or (shown is not None and shown.answer != "not_comparable"):
        return shown
    row = connection.execute(_FIRST, {"citation": citation_id}).fetchone()
    if row is None:
        return shown
    return Passage(answer=row[0], missing=json.loads(row[1] or "[]"), reason=row[2], compared_at=row[3], seen_at=row[4])


def _cited(row: dict[str, Any]) -> Cited:
    named = {name: row[name] for name in Cited.__dataclass_fields__ if name in row}
    return Cited(**named, on=row["cited_on"], basis=row["cited_on_basis"])


def _now(row: dict[str, Any], language: str) -> Now:
    named = {name: row[name] for name in Now.__dataclass_fields__ if name in row}
    named |= {
        "group": row["verdict_group"],
        "strikes_needed": strikes_needed(row["verdict_group"], Rules(strikes_to_die=row["strikes_to_die"])),
        "sentence": row[f"sentence_{language}"] or "",
        "evidence": json.loads(row["evidence"] or "{}"),
        "flags": json.loads(row["flags"] or "[]"),
    }
    return Now(**named)


def _newest(connection: sqlite3.Connection, link_id: int) -> int | None:
    row = connection.execute(
        "SELECT memento_id FROM good_mementos WHERE link_id = ? ORDER BY read_back DESC, memento_at DESC LIMIT 1",
        (link_id,),
    ).fetchone()
    return row[0] if row else None


def _snapshot(
    connection: sqlite3.Connection, memento_id: int | None, cited_on: str | None, said: str | None = None
) -> Snapshot | None:
    if memento_id is None:
        return None
    row = connection.execute(
        "SELECT n.memento_url, n.memento_at, n.quality, n.service,"
        " CAST(julianday(substr(n.memento_at, 1, 10)) - julianday(?) AS INTEGER), n.verified_at, n.quality <> m.quality"
        " OR EXISTS (SELECT 1 FROM reviews WHERE memento_id = m.id AND (until IS NULL OR until > ?))"
        " FROM memento_now AS n JOIN mementos AS m ON m.id = n.memento_id WHERE n.memento_id = ?",
        (cited_on, clock.now(), memento_id),
    ).fetchone()
    return Snapshot(
        memento_id=memento_id, url=row[0], at=row[1], state=row[2], service=row[3], gap_days=row[4],
        verified_at=row[5], reviewed=bool(row[6]), said=said,
    )  # fmt: skip
