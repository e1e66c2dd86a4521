"""Stores one whole check: a function for ``Writer.run``, whose transaction makes it one.

A Result may come twice, late, or from a worker that lost its site meanwhile: the link's turn and the site's epoch
decide, and nothing is ever stored twice. What a check says about an article and its citations is in record_article.
"""

from __future__ import annotations

import sqlite3

from citekeep import clock, record_passages, values
from citekeep.asking import ASKED
from citekeep.dating import date_link
from citekeep.failures import ERRORS
from citekeep.items import RESULT_VERSION, Result
from citekeep.pace import PaceRules
from citekeep.pace_rows import record_pace
from citekeep.record_article import LinkRow, make_due, record_article, shows_article
from citekeep.record_captures import record_captures, record_robots
from citekeep.record_document import record_document
from citekeep.record_hosts import record_probes, record_reservations
from citekeep.record_requisites import want
from citekeep.record_roads import follow
from citekeep.requisites.items import Limits
from citekeep.sources.record import record_listing
from citekeep.standing import settle
from citekeep.standing_changes import note, noted
from citekeep.wayback.memento_rows import choose_as_cited

RECORDED = "recorded"
STALE_TURN = "stale_turn"
LEASE_LOST = "lease_lost"
"""Outcomes of recording: it is in the database; another check of this link came first; the site is another's now."""


def record(
    connection: sqlite3.Connection, result: Result, limits: Limits | None = None, rules: PaceRules | None = None
) -> str:
    """Store a Result and return RECORDED, or why it was refused: STALE_TURN or LEASE_LOST; then nothing is stored.

    A Result that was recorded before is RECORDED again, without a second row. limits: of what an article's page may have
    asked for it to look like itself; None: nothing is. rules: how sites' paces change; None: as by default.
    """
    if result.version != RESULT_VERSION:
        raise ValueError(f"a Result of version {result.version}, not {RESULT_VERSION}")
    link = find_link(connection, result.link_id)
    outcome = _outcome(connection, link, result)
    if link is None or outcome is not None:
        return outcome or STALE_TURN
    now = clock.now()
    document_id = record_document(connection, result, now)
    check_id = record_check(connection, result, document_id)
    record_captures(connection, result.captures, now, check_id=check_id)
    record_judgement(connection, result, check_id, now)
    _record_standing(connection, link, result, check_id)
    if link.lists:
        record_listing(connection, result)
    if link.article_id is not None:
        cited = record_article(connection, link, result, check_id=check_id, document_id=document_id, now=now)
        by_name = link.asked or link.has_local
        make_due(connection, cited, crawl_id=result.crawl_id, now=now, found_by=None if by_name else check_id)
        if limits is not None and result.requisites is not None and shows_article(link, result, document_id):
            want(connection, link.article_id, check_id, result.requisites, limits, now)
    if document_id is not None and result.judgement.group == "alive":
        date_link(connection, link.link_id)
    _record_passages(connection, link, result, check_id, document_id)
    follow_road(connection, result, now)
    record_reservations(connection, result, check_id)
    _record_wishes(connection, link, result, now)
    record_robots(connection, result.robots)
    record_probes(connection, result.probes)
    record_pace(connection, result, rules or PaceRules(), now)
    if link.has_local:
        connection.execute("DELETE FROM local_documents WHERE link_id = ?", (link.link_id,))
    return RECORDED


def follow_road(connection: sqlite3.Connection, result: Result, now: str) -> None:
    """Give the citations of a link to the page that its check led to, which is due now."""
    source = follow(connection, result, now=now)
    if source is not None:
        make_due(connection, [source], crawl_id=result.crawl_id, now=now)
        choose_as_cited(connection, source)


def _record_passages(
    connection: sqlite3.Connection, link: LinkRow, result: Result, check_id: int, document_id: int | None
) -> None:
    judged = result.judgement
    if link.cited or link.article_id is not None:  # an article may cite itself, since just now
        record_passages.of_check(
            connection, link.link_id, check_id, verdict=judged.verdict, group=judged.group, document_id=document_id
        )
    if document_id is not None:
        record_passages.note_similarity(connection, link.link_id, check_id, document_id)
    if link.article_id is not None:
        record_passages.of_article(connection, link.article_id)


def find_link(connection: sqlite3.Connection, link_id: int) -> LinkRow | None:
    """Return a link as a check of it is recorded, None where there is none of this id."""
    row = connection.execute(_LINK, (link_id,)).fetchone()
    return None if row is None else LinkRow(*row)


_LINK = f"""
SELECT l.id, l.site_id, l.turn, l.public, l.withheld, l.strikes, a.id, a.public,
    EXISTS (SELECT 1 FROM local_documents WHERE link_id = l.id), s.epoch, l.standing,
    EXISTS (SELECT 1 FROM source_pages WHERE link_id = l.id), EXISTS (SELECT 1 FROM citations WHERE link_id = l.id),
    l.priority >= {ASKED}
FROM links AS l JOIN sites AS s ON s.id = l.site_id LEFT JOIN articles AS a ON a.link_id = l.id WHERE l.id = ?
"""  # noqa: S608 - a number of our own


def _outcome(connection: sqlite3.Connection, link: LinkRow | None, result: Result) -> str | None:
    """Return what to answer without storing anything, None where the Result is to be stored."""
    if link is None:
        return STALE_TURN
    if link.turn != result.turn:
        again = connection.execute(
            "SELECT 1 FROM checks WHERE link_id = ? AND turn = ? AND crawl_id = ? AND epoch = ? AND checked_at = ?",
            (result.link_id, result.turn, result.crawl_id, result.epoch, result.check["checked_at"]),
        ).fetchone()
        return RECORDED if again else STALE_TURN
    return None if (link.site_id, link.epoch) == (result.site_id, result.epoch) else LEASE_LOST


_CHECK = """
INSERT INTO checks (link_id, turn, crawl_id, epoch, checked_at, requested_url, final_url, status, error, error_phase,
    reason, content_type, body_sha256, bytes, document_id)
VALUES (:link_id, :turn, :crawl_id, :epoch, :checked_at, :requested_url, :final_url, :status, :error, :error_phase,
    :reason, :content_type, :body_sha256, :bytes, :document_id)
RETURNING id
"""


def record_check(connection: sqlite3.Connection, result: Result, document_id: int | None) -> int:
    """Store the row of a check and return its id."""
    check = result.check
    row = {
        "link_id": result.link_id,
        "turn": result.turn,
        "crawl_id": result.crawl_id,
        "epoch": result.epoch,
        "document_id": document_id,
        "checked_at": check["checked_at"],
        "requested_url": values.words(check["requested_url"]),
        "final_url": values.text(check.get("final_url")),
        "status": values.status(check.get("status")),
        "error": values.one_of(check.get("error"), ERRORS, "other"),
        "error_phase": check.get("error_phase"),
        "reason": check.get("reason"),
        "content_type": values.text(check.get("content_type")),
        "body_sha256": check.get("body_sha256"),
        "bytes": check.get("bytes"),
    }
    return int(connection.execute(_CHECK, row).fetchone()[0])


def record_judgement(connection: sqlite3.Connection, result: Result, check_id: int, now: str) -> None:
    """Store the judgement of a check by the rules that made it."""
    judgement = result.judgement
    connection.execute(
        "INSERT INTO judgements (check_id, rules_version, verdict, flags, evidence, judged_at) VALUES (?,?,?,?,?,?)",
        (
            check_id,
            judgement.rules_version,
            judgement.verdict,
            values.as_json(judgement.flags),
            values.as_json(judgement.evidence),
            now,
        ),
    )


_STANDING = """
UPDATE links SET
    turn = turn + 1, priority = 0, last_check_id = :check_id, next_check_at = :next_check_at, standing = :standing,
    strikes = :strikes,
    last_strike_at = CASE WHEN :strikes > strikes THEN :checked_at WHEN :strikes = 0 THEN NULL ELSE last_strike_at END
"""
_OF_LINK = "WHERE id = :link_id"

_ALIVE = """,
    alive_until = :checked_at, alive_until_basis = 'own_check', alive_until_check_id = :check_id,
    alive_until_memento_id = NULL, standing_basis = NULL,
    dead_by = NULL, dead_by_basis = NULL, dead_by_check_id = NULL, dead_by_memento_id = NULL
"""


def _record_standing(connection: sqlite3.Connection, link: LinkRow, result: Result, check_id: int) -> None:
    judgement = result.judgement
    row = {
        "link_id": link.link_id,
        "check_id": check_id,
        "checked_at": result.check["checked_at"],
        "next_check_at": judgement.next_check_at,
        "standing": judgement.standing,
        "strikes": judgement.strikes,
    }
    if judgement.group == "alive":  # no proof is later than this one, so none is read
        connection.execute(f"{_STANDING}{_ALIVE}{_OF_LINK}", row)
        note(connection, link.link_id, link.standing, judgement.standing, check_id)
        return
    with noted(connection, link.link_id, check_id):
        connection.execute(f"{_STANDING}{_OF_LINK}", row)
        if judgement.group != "not_checked":
            settle(connection, link.link_id)


def _record_wishes(connection: sqlite3.Connection, link: LinkRow, result: Result, now: str) -> None:
    """Add wishes to the ledger: one open wish for a link and service, none for what is private or withheld."""
    if not link.public or link.withheld is not None:
        return
    for wish in result.wishes:
        row = connection.execute(
            "INSERT INTO saves (link_id, service, mode, why, state, wanted_at, changed_at, next_attempt_at)"
            " VALUES (?, ?, ?, ?, 'wanted', ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
            (link.link_id, wish.service, wish.mode, values.words(wish.why), now, now, now),
        ).fetchone()
        if row is not None:
            connection.execute(
                "INSERT INTO save_events (save_id, at, from_state, to_state, reason) VALUES (?, ?, NULL, 'wanted', ?)",
                (row[0], now, values.words(wish.why)),
            )
        elif wish.reserved:  # the page asks not to be saved since the wish was made
            connection.execute(
                "UPDATE saves SET mode = 'lookup', why = ? WHERE link_id = ? AND service = ? AND mode = 'save'"
                " AND state IN ('wanted', 'deferred')",
                (values.words(wish.why), link.link_id, wish.service),
            )
        elif wish.mode == "save":  # a look-up that still waits becomes a save: the link answers again
            connection.execute(
                "UPDATE saves SET mode = 'save' WHERE link_id = ? AND service = ? AND mode = 'lookup'"
                " AND state IN ('wanted', 'deferred')",
                (link.link_id, wish.service),
            )
