"""Stores checks that were made long ago: functions for ``Writer.run``. Each finds its place in the history of its link."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from citekeep import clock, record_passages
from citekeep.asking import ensure_article
from citekeep.dating import date_link
from citekeep.ingest.take import Hop
from citekeep.items import Result, WarcRef
from citekeep.link_rows import ensure_link
from citekeep.record import find_link, record_check, record_judgement
from citekeep.record_article import LinkRow, record_article
from citekeep.record_captures import record_captures
from citekeep.record_document import record_document
from citekeep.record_roads import follow
from citekeep.record_versions import find_anew
from citekeep.rejudging.standing import Course, Judged
from citekeep.schedule import Rules
from citekeep.standing import failures, settle
from citekeep.standing_changes import noted
from citekeep.wayback.memento_rows import choose_as_cited

SOURCE = "import"  # of articles


@dataclass(frozen=True, kw_only=True)
class Target:
    """The link that checks are of. url: as a record has it. article: whether its citations are kept."""

    url: str
    article: bool
    public: bool
    collection: str | None


@dataclass(frozen=True, kw_only=True)
class Past:
    """A check of a stored capture. result: without link, site and turn.

    hops: the records of its captures. body: where the body of the last of them lies, if it is a revisit.
    """

    result: Result
    hops: tuple[Hop, ...]
    body: WarcRef | None


@dataclass(kw_only=True)
class Kept:
    """What was stored: checks, documents, citations that are new, and whether the article was no article before."""

    checks: int = 0
    documents: int = 0
    citations: int = 0
    new_article: bool = False


@dataclass(frozen=True, kw_only=True)
class File:
    """A file in warcs/ that others wrote."""

    name: str
    bytes: int
    records: int
    sha256: str
    said: str
    software: str | None


def note_file(connection: sqlite3.Connection, file: File) -> None:
    """Record a file, once."""
    now = clock.now()
    connection.execute(
        "INSERT INTO warcs (name, opened_at, closed_at, bytes, records, sha256, imported_from, software)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        (file.name, now, now, file.bytes, file.records, file.sha256, file.said, file.software),
    )


_KNOWN = """
SELECT p.url, p.started_at FROM imports AS i JOIN captures AS p ON p.id = i.capture_id AND p.hop = 0
WHERE i.record_id = ? LIMIT 1
"""


def known(connection: sqlite3.Connection, record_id: str, url: str, at: str) -> str | None:
    """Return "already" where a record was brought in before, "record_id_reused" where another one has its id, else None."""
    row = connection.execute(_KNOWN, (record_id,)).fetchone()
    return None if row is None else "already" if tuple(row) == (url, at) else "record_id_reused"


def others(connection: sqlite3.Connection, record_id: str) -> list[str]:
    """Return the ids of the other records of a check that was brought in before: of the way on from its first."""
    rows = connection.execute(
        "SELECT o.record_id FROM imports AS i JOIN captures AS p ON p.id = i.capture_id AND p.hop = 0"
        " JOIN captures AS n ON n.check_id = p.check_id AND n.hop > 0 JOIN imports AS o ON o.capture_id = n.id"
        " WHERE i.record_id = ?",
        (record_id,),
    )
    return [other for (other,) in rows]


def keep(connection: sqlite3.Connection, target: Target, pasts: Sequence[Past], rules: Rules) -> Kept:
    """Store checks of one link, those of which the first record is not known yet, and what holds of the link after them."""
    now, kept = clock.now(), Kept()
    pasts = [p for p in pasts if known(connection, p.hops[0].record_id, p.hops[0].url, p.hops[0].at) is None]
    if not pasts:
        return kept
    link_id = ensure_link(connection, target.url, public=target.public, now=now)
    if target.article:
        kept.new_article = connection.execute("SELECT 1 FROM articles WHERE link_id = ?", (link_id,)).fetchone() is None
        ensure_article(connection, link_id, SOURCE, target.public, target.collection, now)
    before, read_until = _citations(connection, link_id), _read_until(connection, link_id)
    new = {_keep_one(connection, link_id, past, kept, now) for past in pasts}
    oldest = min(past.hops[0].at for past in pasts)
    connection.execute("UPDATE links SET first_seen_at = min(first_seen_at, ?) WHERE id = ?", (oldest, link_id))
    stand(connection, link_id, new, rules)
    if oldest < read_until:
        find_anew(connection, link_id, new)
    kept.citations = _citations(connection, link_id) - before
    return kept


def _citations(connection: sqlite3.Connection, link_id: int) -> int:
    (number,) = connection.execute(
        "SELECT count(*) FROM citations WHERE article_id = (SELECT id FROM articles WHERE link_id = ?)", (link_id,)
    ).fetchone()
    return int(number)


def _read_until(connection: sqlite3.Connection, link_id: int) -> str:
    """Return when an article was read last, "" where it was not."""
    (at,) = connection.execute(
        "SELECT coalesce(max(c.checked_at), '') FROM versions AS v JOIN checks AS c ON c.id = v.last_check_id"
        " WHERE v.article_id = (SELECT id FROM articles WHERE link_id = ?)",
        (link_id,),
    ).fetchone()
    return str(at)


def _keep_one(connection: sqlite3.Connection, link_id: int, past: Past, kept: Kept, now: str) -> int:
    link = find_link(connection, link_id)
    assert link is not None
    (epoch,) = connection.execute("SELECT epoch FROM sites WHERE id = ?", (link.site_id,)).fetchone()
    result = replace(past.result, link_id=link_id, site_id=link.site_id, turn=link.turn, epoch=epoch)
    document_id = record_document(connection, result, now)
    check_id = record_check(connection, result, document_id)
    record_captures(connection, result.captures, now, check_id=check_id)
    _keep_records(connection, check_id, past)
    record_judgement(connection, result, check_id, now)
    connection.execute("UPDATE links SET turn = turn + 1 WHERE id = ?", (link_id,))
    _note_article(connection, link, past, result, check_id, document_id, now)
    judged = result.judgement
    if document_id is not None and judged.group == "alive":
        date_link(connection, link_id)
    record_passages.of_check(
        connection, link_id, check_id, verdict=judged.verdict, group=judged.group, document_id=document_id
    )
    record_passages.note_similarity(connection, link_id, check_id, document_id)
    record_passages.of_the_next(connection, link_id, check_id)
    source = follow(connection, result, now=now)
    if source is not None:
        _ask_unseen(connection, [source], now)
        choose_as_cited(connection, source)
    kept.checks += 1
    kept.documents += document_id is not None
    return check_id


def _note_article(
    connection: sqlite3.Connection,
    link: LinkRow,
    past: Past,
    result: Result,
    check_id: int,
    document_id: int | None,
    now: str,
) -> None:
    article_id = link.article_id
    if article_id is None:
        return
    if past.result.check["status"] is None:  # a resource: the document itself, as a saved one
        link = replace(link, has_local=1)
    cited = record_article(connection, link, result, check_id=check_id, document_id=document_id, now=now)
    _ask_unseen(connection, cited, now)
    record_passages.of_article(connection, article_id)


def _ask_unseen(connection: sqlite3.Connection, link_ids: Sequence[int], now: str) -> None:
    """Make links due that nobody has looked at: as routine, for an import must not go before what is cited today."""
    connection.executemany(
        "UPDATE links SET next_check_at = ? WHERE id = ? AND last_check_id IS NULL AND next_check_at IS NULL",
        [(now, link_id) for link_id in link_ids],
    )


def _keep_records(connection: sqlite3.Connection, check_id: int, past: Past) -> None:
    captures = connection.execute("SELECT id FROM captures WHERE check_id = ? ORDER BY id", (check_id,)).fetchall()
    for number, ((capture_id,), hop) in enumerate(zip(captures, past.hops, strict=True), start=1):
        body = past.body if number == len(past.hops) else None
        body_id = None
        if body is not None:
            (body_id,) = connection.execute("SELECT id FROM warcs WHERE name = ?", (body.name,)).fetchone()
        place = (body_id, body.offset, body.length) if body is not None else (None, None, None)
        connection.execute("INSERT INTO imports VALUES (?, ?, ?, ?, ?)", (capture_id, hop.record_id, *place))


# --- what holds of a link, its checks in the order of their time -----------------------------------------------------

_COURSE = """
SELECT c.id, c.checked_at, j.verdict, t.text_sha256 FROM checks AS c
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
LEFT JOIN documents AS d ON d.id = c.document_id LEFT JOIN texts AS t ON t.id = d.text_id
WHERE c.link_id = ? ORDER BY c.checked_at, c.id
"""
_SINCE = """
SELECT iif(a.id IS NULL, NULL, coalesce(a.published_at, a.published_on || 'T00:00:00Z', l.first_seen_at))
FROM links AS l LEFT JOIN articles AS a ON a.link_id = l.id WHERE l.id = ?
"""
_STANDING = """
UPDATE links SET last_check_id = ?, standing = ?, standing_basis = NULL, strikes = ?, last_strike_at = ?, next_check_at = ?
WHERE id = ?
"""


def stand(connection: sqlite3.Connection, link_id: int, new: set[int], rules: Rules) -> None:
    """Write what holds of a link to which checks of the past (``new``) were added.

    What was checked later than they outranks them: where they add nothing to what it says, the link is due when it was.
    """
    (since,) = connection.execute(_SINCE, (link_id,)).fetchone()
    failed = failures(connection, link_id)
    was, course = (Course(rules, failed, since) for _ in range(2))
    last_id = 0
    for last_id, at, verdict, text_sha256 in connection.execute(_COURSE, (link_id,)):
        judged = Judged(at=at, verdict=verdict, text_sha256=text_sha256)
        course.add(judged)
        if last_id not in new:
            was.add(judged)
    before, after = was.standing, course.standing
    with noted(connection, link_id):
        if last_id in new or (before.standing, before.strikes) != (after.standing, after.strikes):
            connection.execute(
                _STANDING,
                (last_id, after.standing, after.strikes, after.last_strike_at, after.next_check_at, link_id),
            )
        settle(connection, link_id)
