"""What became of links in a span: died, revived, not checked; and the sites that are left alone now."""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import Any

from citekeep import clock
from citekeep.cards import words
from citekeep.cards.card import Card, cards_of_link, cards_where
from citekeep.cards.lines import Line
from citekeep.digest.data import Item, Section
from citekeep.digest.span import Span
from citekeep.health.summaries import DIED, REVIVED, STANDINGS
from citekeep.verdicts.table import newest

CITING_SHOWN = 3  # articles that cite a link
EXAMPLES = 3  # links of each reason

_LAST = f"""
SELECT link_id, at, {DIED} AS died FROM (
    SELECT *, row_number() OVER (PARTITION BY link_id ORDER BY id DESC) AS place
    FROM ({STANDINGS}) WHERE {DIED} OR {REVIVED})
WHERE place = 1
"""  # noqa: S608 - all of it is ours


def died(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return the links that died in the span and did not come back in it."""
    about = "Held for dead since: after strikes on days apart, or on a witness's word. They are asked again."
    return _section(connection, span, shown, 1, ("died", "Died", about, "No link died."))


def revived(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return the links that were dead and answer again."""
    return _section(
        connection,
        span,
        shown,
        0,
        ("revived", "Revived", "Held for dead before; they answer again.", "No dead link came back."),
    )


def _section(
    connection: sqlite3.Connection, span: Span, shown: int, is_death: int, told: tuple[str, str, str, str]
) -> Section:
    values = span.values | {"death": is_death, "limit": shown}
    (total,) = connection.execute(f"SELECT count(*) FROM ({_LAST}) WHERE died = :death", values).fetchone()  # noqa: S608
    rows = connection.execute(
        f"SELECT link_id, at FROM ({_LAST}) WHERE died = :death ORDER BY at, link_id LIMIT :limit",  # noqa: S608 - ours
        values,
    ).fetchall()
    name, title, about, none = told
    items = tuple(_link(connection, link_id, at) for link_id, at in rows)
    return Section(name=name, title=title, about=about if total else none, total=total, items=items)


def _link(connection: sqlite3.Connection, link_id: int, at: str) -> Item:
    now = clock.now()
    cards = list(
        islice(cards_where(connection, "ci.link_id = :link", "ci.article_id", {"link": link_id}, now=now), CITING_SHOWN)
    ) or cards_of_link(connection, link_id, now=now)
    card = cards[0]
    lines = [
        Line("Now", f"{(card.now.verdict or 'not checked').replace('_', ' ')}. {card.now.sentence}"),
        *([Line("Because", words.because(card))] if words.because(card) else []),
        Line("Since when", words.since(card)),
        Line("How sure", words.sure(card)),
        *_citing(cards),
        Line("What to do", words.to_do(card)),
    ]
    return Item(
        headline=card.link_url, url=card.link_url, group=card.now.group or "", lines=tuple(lines),
        facts=_facts(cards, at), language=card.cited.language if card.cited else None,
    )  # fmt: skip


def _citing(cards: list[Card]) -> list[Line]:
    lines = [
        Line("Cited in", one.cited.article_title or one.cited.article_url, url=one.cited.article_url,
             quoted=bool(one.cited.article_title))
        for one in cards if one.cited is not None
    ]  # fmt: skip
    more = cards[0].citing_articles - len({one.cited.article_url for one in cards if one.cited is not None})
    return [*lines, *([Line("And in", f"{more:,} more articles")] if more > 0 else [])]


def _facts(cards: list[Card], at: str) -> dict[str, Any]:
    card = cards[0]
    return {
        "url": card.link_url, "at": at, "verdict": card.now.verdict, "standing": card.now.standing,
        "strikes": card.now.strikes, "alive_until": card.life.alive_until, "alive_until_basis": card.life.alive_until_basis,
        "dead_by": card.life.dead_by, "dead_by_basis": card.life.dead_by_basis, "how_sure": words.sure(card),
        "citing_articles": card.citing_articles,
        "cited_in": list(dict.fromkeys(one.cited.article_url for one in cards if one.cited is not None)),
        "snapshot": card.snapshot.url if card.snapshot else None,
    }  # fmt: skip


_REASONS = """
SELECT coalesce(v.name, c.reason), coalesce(v.sentence_en, ''), count(*), min(c.id)
FROM checks AS c
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
JOIN verdicts AS v ON v.name = j.verdict
WHERE c.crawl_id IN (SELECT value FROM json_each(:runs)) AND v."group" = 'not_checked' AND v.name <> 'saved_document'
GROUP BY 1, 2 ORDER BY 3 DESC
"""

_EXAMPLES = f"""
SELECT DISTINCT l.url FROM checks AS c JOIN links AS l ON l.id = c.link_id
JOIN judgements AS j ON j.check_id = c.id AND j.verdict = :verdict AND {newest("j")}
WHERE c.crawl_id IN (SELECT value FROM json_each(:runs)) ORDER BY c.id LIMIT :limit
"""  # noqa: S608 - ours


def not_checked(connection: sqlite3.Connection, span: Span, shown: int) -> Section:
    """Return why links were not asked, with examples."""
    rows = connection.execute(_REASONS, span.values).fetchall()
    items = []
    for verdict, sentence, number, _ in rows[:shown]:
        values = span.values | {"verdict": verdict, "limit": EXAMPLES}
        urls = [url for (url,) in connection.execute(_EXAMPLES, values)]
        lines = (Line("Means", sentence), *(Line("For example", url, url=url) for url in urls))
        facts = {"reason": verdict, "links": number, "examples": urls}
        headline = f"{verdict.replace('_', ' ')}: {number:,}"
        items.append(Item(headline=headline, group="not_checked", lines=lines, facts=facts))
    about = "Not asked, by our own rules or for want of a network: that says nothing of the pages."
    return Section(
        name="not_checked", title="Not checked", about=about if rows else "Everything that was due was asked.",
        total=len(rows), items=tuple(items),
    )  # fmt: skip


_PAUSED = """
SELECT site, paused_until, coalesce(pause_reason, '') FROM sites WHERE paused_until > :now ORDER BY paused_until LIMIT :limit
"""


def paused_sites(connection: sqlite3.Connection, _: Span, shown: int) -> Section:
    """Return the sites that are left alone now."""
    now = clock.now()
    (total,) = connection.execute("SELECT count(*) FROM sites WHERE paused_until > ?", (now,)).fetchone()
    items = [
        Item(
            headline=site, facts={"site": site, "until": until, "reason": reason},
            lines=(Line("Until", until), *([Line("Because", reason.replace("_", " "))] if reason else [])),
        )
        for site, until, reason in connection.execute(_PAUSED, {"now": now, "limit": shown})
    ]  # fmt: skip
    about = "Left alone for now; what is due there waits." if total else "No site is paused."
    return Section(name="paused_sites", title="Paused sites", about=about, total=total, items=tuple(items))
