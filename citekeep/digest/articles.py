"""New and changed articles of a span."""

from __future__ import annotations

import sqlite3
from typing import Any

from citekeep.cards.lines import Line
from citekeep.digest.data import Item, Section
from citekeep.digest.span import Span
from citekeep.drift.compare import GAINED, LOST, SAME, Drift, compare
from citekeep.health.summaries import CHANGED, IS_NEW, READ
from citekeep.tables import plural

EDITS_SHOWN = 3  # changed paragraphs of an article
EDIT_WORDS = 300  # characters of each

_NEW = f"""
SELECT s.article_id, coalesce(so.name, a.source) AS source FROM ({READ}) AS s
JOIN articles AS a ON a.id = s.article_id
JOIN links AS l ON l.id = s.link_id
LEFT JOIN sources AS so ON so.id = coalesce(
    (SELECT source_id FROM source_articles WHERE article_id = a.id ORDER BY first_listed_at LIMIT 1), l.source_id)
WHERE {IS_NEW}
"""  # noqa: S608 - all of it is ours

_NEW_SHOWN = f"""
SELECT n.source, l.url, d.title, d.language, d.outcome, d.word_count, coalesce(a.published_at, a.published_on),
    (SELECT count(*) FROM citations WHERE article_id = a.id)
FROM ({_NEW}) AS n JOIN articles AS a ON a.id = n.article_id JOIN links AS l ON l.id = a.link_id
LEFT JOIN documents AS d ON d.id = coalesce(a.last_document_id,
    (SELECT document_id FROM checks WHERE id = l.last_check_id))
ORDER BY n.source, a.id LIMIT :limit
"""  # noqa: S608 - all of it is ours

_BY_SOURCE = f"SELECT source, count(*) FROM ({_NEW}) GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608 - all of it is ours


def new_articles(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return the articles that were read for the first time, by source."""
    by_source = connection.execute(_BY_SOURCE, span.values).fetchall()
    items = [_new(*row) for row in connection.execute(_NEW_SHOWN, span.values | {"limit": shown})]
    told = ", ".join(f"{source} {number:,}" for source, number in by_source[:20])
    return Section(
        name="new_articles", title="New articles", about=f"By source: {told}." if told else "No new article was found.",
        total=sum(number for _, number in by_source), items=tuple(items),
    )  # fmt: skip


def _new(
    source: str, url: str, title: str | None, language: str | None, outcome: str | None, words: int | None,
    published: str | None, citations: int,
) -> Item:  # fmt: skip
    what = (
        f"{words or 0:,} words, {citations:,} {plural(citations, 'citation')}"
        if outcome == "ok"
        else "no text was found in it"
    )
    facts = {
        "source": source, "url": url, "title": title, "language": language, "words": words or 0, "citations": citations,
        "published": published, "text": outcome == "ok",
    }  # fmt: skip
    lines = (Line("From", source), Line("Published", published or "no date was found"), Line("It has", what))
    return Item(headline=title or url, url=url, quoted=bool(title), language=language, lines=lines, facts=facts)


# Since they were added nothing has shown them; of each the last look in these runs.
_UNREAD = f"""
SELECT max(s.id) AS check_id, s.article_id, coalesce(so.name, a.source) AS source FROM ({READ}) AS s
JOIN articles AS a ON a.id = s.article_id
JOIN links AS l ON l.id = s.link_id
LEFT JOIN sources AS so ON so.id = l.source_id
WHERE s.added_at >= :from_at AND NOT EXISTS (
    SELECT 1 FROM checks AS e
    JOIN judgements AS ej ON ej.check_id = e.id
        AND ej.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = e.id)
    JOIN verdicts AS ev ON ev.name = ej.verdict
    WHERE e.link_id = s.link_id AND (ev."group" IN ('alive', 'changed') OR e.document_id IS NOT NULL))
GROUP BY s.article_id
"""  # noqa: S608 - all of it is ours

_UNREAD_SHOWN = f"""
SELECT u.source, c.requested_url, c.status, v.name, v."group", v.sentence_en, l.next_check_at
FROM ({_UNREAD}) AS u JOIN checks AS c ON c.id = u.check_id JOIN links AS l ON l.id = c.link_id
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
JOIN verdicts AS v ON v.name = j.verdict
ORDER BY u.source, u.article_id LIMIT :limit
"""  # noqa: S608 - all of it is ours


def unread_articles(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return the articles that were added in the span and could not be read so far, with what came instead."""
    (total,) = connection.execute(f"SELECT count(*) FROM ({_UNREAD})", span.values).fetchone()  # noqa: S608 - ours
    items = [_unread(*row) for row in connection.execute(_UNREAD_SHOWN, span.values | {"limit": shown})]
    return Section(
        name="unread_articles", title="New articles that could not be read",
        about="Listed or asked for, and not archived yet." if total else "Every new article was read.",
        total=total, items=tuple(items),
    )  # fmt: skip


def _unread(
    source: str, url: str, status: int | None, verdict: str, group: str, sentence: str, again: str | None
) -> Item:
    said = f"{verdict.replace('_', ' ')}{f', {status}' if status else ''}. {sentence}"
    lines = (
        Line("From", source),
        Line("What came", said),
        Line("Asked again", f"{again[:16].replace('T', ' ')} (UTC)" if again else "not by itself"),
    )
    facts = {"source": source, "url": url, "status": status, "verdict": verdict, "asked_again_at": again}
    return Item(headline=url, url=url, group=group, lines=lines, facts=facts)


_CHANGED_SHOWN = f"""
SELECT l.url, c.checked_at, v.place, v.title, p.title, d.language, v.words_gained, v.words_lost, t.text, b.text,
    (SELECT checked_at FROM checks WHERE id = p.last_check_id)
FROM ({CHANGED}) AS c
JOIN versions AS v ON v.id = c.id JOIN versions AS p ON p.id = c.before_id
JOIN links AS l ON l.id = c.link_id JOIN documents AS d ON d.id = v.document_id
JOIN texts AS t ON t.id = v.text_id JOIN texts AS b ON b.id = p.text_id
ORDER BY c.id LIMIT :limit
"""  # noqa: S608 - all of it is ours


def changed_articles(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return the articles that an outlet edited, and what it edited."""
    (total,) = connection.execute(f"SELECT count(*) FROM ({CHANGED})", span.values).fetchone()  # noqa: S608 - ours
    items = [_changed(*row) for row in connection.execute(_CHANGED_SHOWN, span.values | {"limit": shown})]
    return Section(
        name="changed_articles", title="Changed articles",
        about="Edited since they were last read; `scrapy diff URL` shows all of it." if total else "No article was edited.",
        total=total, items=tuple(items),
    )  # fmt: skip


def _changed(
    url: str, at: str, place: int, title: str, title_before: str, language: str | None, gained: int | None,
    lost: int | None, text: str, before: str, read_before: str,
) -> Item:  # fmt: skip
    drift = compare(before, text)
    lines = [Line("Seen", f"{at[:16].replace('T', ' ')}; last read before {read_before[:16].replace('T', ' ')} (UTC)")]
    if title != title_before:
        lines.append(Line("Title was", title_before or "none", quoted=bool(title_before)))
    if drift.same:
        lines.append(Line("Text", "the same; its title or the links in its text are others"))
    else:
        lines.append(Line("Words", f"{lost or drift.words_lost:,} went, {gained or drift.words_gained:,} came"))
    edits = _edits(drift)
    lines += [Line({LOST: "Went", GAINED: "Came"}[kind], words, quoted=True) for kind, words in edits]
    facts: dict[str, Any] = {
        "url": url, "title": title, "title_before": title_before if title != title_before else None, "language": language,
        "seen_at": at, "read_before_at": read_before, "place": place, "words_lost": drift.words_lost,
        "words_gained": drift.words_gained, "edits": [{"kind": kind, "text": words} for kind, words in edits],
    }  # fmt: skip
    return Item(
        headline=title or url, url=url, quoted=bool(title), language=language, group="changed", lines=tuple(lines),
        facts=facts,
    )  # fmt: skip


def _edits(drift: Drift) -> list[tuple[str, str]]:
    """Return the first changed passages: (LOST or GAINED, the words)."""
    found: list[tuple[str, str]] = []
    blocks = 0
    for block in drift.blocks:
        if block.kind == SAME:
            continue
        for kind in (LOST, GAINED):
            words = " … ".join(text.strip() for part, text in block.parts if part == kind and text.strip())
            if words:
                found.append((kind, words if len(words) <= EDIT_WORDS else f"{words[: EDIT_WORDS - 1].rstrip()}…"))
        blocks += 1
        if blocks == EDITS_SHOWN:
            break
    return found
