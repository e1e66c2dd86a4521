"""Stores what came of judging anew: functions for ``Writer.run``, a transaction each, which may be repeated at will."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from citekeep import clock, record_passages, values
from citekeep.dating import date_link
from citekeep.items import Extraction, Judgement, Result
from citekeep.record import find_link
from citekeep.record_article import drop_citations, find_text_anew, make_due, record_article
from citekeep.record_document import keep_document
from citekeep.record_versions import find_anew
from citekeep.rejudging.rows import Stored, StoredLink
from citekeep.rejudging.standing import Standing
from citekeep.standing import settle
from citekeep.standing_changes import noted
from citekeep.verdicts.table import RULES_VERSION


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is to be kept of one check. extraction: None where its document stays as it is. shown: what is extracted from an
    article that the rules of before did not see there: its citations were never recorded.
    """

    stored: Stored
    verdict: str
    group: str
    flags: list[str]
    evidence: dict[str, object] = field(repr=False)
    extraction: Extraction | None = field(default=None, repr=False)
    shown: Extraction | None = field(default=None, repr=False)


_JUDGEMENT = """
INSERT INTO judgements (check_id, rules_version, verdict, flags, evidence, judged_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (check_id, rules_version) DO UPDATE SET
    verdict = excluded.verdict, flags = excluded.flags, evidence = excluded.evidence, judged_at = excluded.judged_at
"""


def keep_check(connection: sqlite3.Connection, link: StoredLink, kept: Kept) -> None:
    """Store the judgement of a check, and its document where one was made; the earlier rows stay."""
    stored, now = kept.stored, clock.now()
    connection.execute(
        _JUDGEMENT,
        (stored.check_id, RULES_VERSION, kept.verdict, values.as_json(kept.flags), values.as_json(kept.evidence), now),
    )
    if kept.extraction is None and kept.shown is not None and stored.document_id is not None:
        _record_article(connection, link, kept, kept.shown, stored.document_id, now)
    if kept.extraction is None or stored.body_sha256 is None:
        return
    document_id = keep_document(connection, kept.extraction, stored.body_sha256, now)
    connection.execute("UPDATE checks SET document_id = ? WHERE id = ?", (document_id, stored.check_id))
    record_passages.note_similarity(connection, link.link_id, stored.check_id, document_id)
    if link.is_article and stored.document_id is not None:
        _keep_article(connection, link, kept, document_id, now)
    if kept.group == "alive":
        date_link(connection, link.link_id)


def _keep_article(connection: sqlite3.Connection, link: StoredLink, kept: Kept, document_id: int, now: str) -> None:
    """Store text, date and citations of an article anew, if it was this check that showed the article last, or shows it by the
    rules of today alone.
    """
    last = connection.execute(
        "SELECT 1 FROM articles WHERE link_id = ? AND last_document_id = ?", (link.link_id, kept.stored.document_id)
    ).fetchone()
    if kept.extraction is not None and (last is not None or kept.shown is not None):
        _record_article(connection, link, kept, kept.extraction, document_id, now)


def _record_article(
    connection: sqlite3.Connection, link: StoredLink, kept: Kept, extraction: Extraction, document_id: int, now: str
) -> None:
    row = find_link(connection, link.link_id)
    if row is None:
        return
    judgement = Judgement(rules_version=RULES_VERSION, verdict=kept.verdict, group=kept.group)
    stored = kept.stored
    result = Result(
        link_id=link.link_id, site_id=link.site_id, epoch=0, turn=stored.turn, crawl_id=stored.crawl_id, check={},
        captures=[], judgement=judgement, extraction=extraction,
    )  # fmt: skip
    cited = record_article(connection, row, result, check_id=stored.check_id, document_id=document_id, now=now)
    make_due(connection, cited, crawl_id=stored.crawl_id, now=now)


_STANDING = """
UPDATE links SET standing = :standing, standing_basis = NULL, strikes = :strikes, last_strike_at = :last_strike_at,
    next_check_at = :next_check_at
WHERE id = :link_id
"""


def keep_link(connection: sqlite3.Connection, link: StoredLink, last: Kept | None, standing: Standing | None) -> bool:
    """Store the last check that was judged, and with it what holds of its link; False where it was checked meanwhile.

    standing: None where the new verdicts conclude nothing else than the old ones did.
    """
    (turn,) = connection.execute("SELECT turn FROM links WHERE id = ?", (link.link_id,)).fetchone()
    if turn != link.turn:
        return False
    if last is not None:
        keep_check(connection, link, last)
    with noted(connection, link.link_id):
        if standing is not None:
            connection.execute(
                _STANDING,
                {
                    "standing": standing.standing,
                    "strikes": standing.strikes,
                    "last_strike_at": standing.last_strike_at,
                    "next_check_at": standing.next_check_at,
                    "link_id": link.link_id,
                },
            )
        settle(connection, link.link_id)
    find_text_anew(connection, link.link_id)
    drop_citations(connection, link.link_id)
    find_anew(connection, link.link_id)
    _compare_anew(connection, link.link_id)
    return True


_LAST_TELLING = """
SELECT c.id, j.verdict, v."group", c.document_id
FROM checks AS c
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
JOIN verdicts AS v ON v.name = j.verdict
WHERE c.link_id = ? AND v."group" <> 'not_checked' ORDER BY c.checked_at DESC, c.id DESC LIMIT 1
"""


def _compare_anew(connection: sqlite3.Connection, link_id: int) -> None:
    """Compare the cited words with what the last check saw; and with the snapshots, by the method of today."""
    row = connection.execute(_LAST_TELLING, (link_id,)).fetchone()
    if row is not None:
        check_id, verdict, group, document_id = row
        record_passages.of_check(connection, link_id, check_id, verdict=verdict, group=group, document_id=document_id)
    mementos = connection.execute(
        "SELECT DISTINCT as_cited_memento_id FROM citations WHERE link_id = ? AND as_cited_memento_id IS NOT NULL",
        (link_id,),
    ).fetchall()
    for (memento_id,) in mementos:
        record_passages.of_memento(connection, memento_id)
