"""What each run did, as one row: counted at its end, and by the next run for one that was killed.

What is counted follows what the run did, not the archive's age. Functions for ``Writer.run`` take a connection first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from citekeep import clock

OWN = ("checks", "not_checked", "requests", "bytes", "articles_new", "articles_changed", "without_text")
COUNTS = (*OWN, "died", "revived", "lookups", "submitted", "saved", "found", "refused", "lost")
"""What can be added up over runs; the columns of run_summaries."""

IN_RUNS = "crawl_id IN (SELECT value FROM json_each(:runs))"

READ = f"""
SELECT c.id, c.link_id, c.turn, c.checked_at, a.id AS article_id, a.added_at, c.document_id, d.outcome, d.title,
    d.language, d.word_count, v."group" AS verdict_group
FROM checks AS c
JOIN articles AS a ON a.link_id = c.link_id
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
JOIN verdicts AS v ON v.name = j.verdict
LEFT JOIN documents AS d ON d.id = c.document_id
WHERE c.{IN_RUNS}
"""  # noqa: S608 - all of it is ours
"""Every check of an article in some runs (:runs, ids as JSON), with what was read."""

IS_NEW = """
    (s.verdict_group IN ('alive', 'changed') OR s.document_id IS NOT NULL) AND NOT EXISTS (
        SELECT 1 FROM checks AS e
        JOIN judgements AS ej ON ej.check_id = e.id
            AND ej.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = e.id)
        JOIN verdicts AS ev ON ev.name = ej.verdict
        WHERE e.link_id = s.link_id AND e.turn < s.turn AND e.checked_at >= s.added_at
            AND (ev."group" IN ('alive', 'changed') OR e.document_id IS NOT NULL))
"""
"""Whether a row s of READ is the first that shows its article, since it is one."""

CHANGED = f"""
SELECT v.id, p.id AS before_id, s.article_id, s.link_id, s.checked_at
FROM ({READ}) AS s
JOIN versions AS v ON v.article_id = s.article_id AND v.first_check_id = s.id AND v.place > 1
JOIN versions AS p ON p.article_id = v.article_id AND p.place = v.place - 1
JOIN documents AS vd ON vd.id = v.document_id
JOIN documents AS pd ON pd.id = p.document_id AND pd.extractor_version = vd.extractor_version
"""  # noqa: S608 - all of it is ours
"""Versions of articles that some runs were the first to see, each with the one before it; what two extractors read is not
compared."""

_OWN = f"""
SELECT
    (SELECT count(*) FROM checks WHERE {IN_RUNS} AND reason IS NULL AND error IS NOT 'local'),
    (SELECT count(*) FROM checks WHERE {IN_RUNS} AND (reason IS NOT NULL OR error IS 'local')),
    (SELECT count(*) FROM checks AS c JOIN captures AS p ON p.check_id = c.id
     WHERE c.{IN_RUNS}),
    (SELECT coalesce(sum(p.body_length), 0) FROM checks AS c JOIN captures AS p ON p.check_id = c.id
     WHERE c.{IN_RUNS}),
    (SELECT count(*) FROM ({READ}) AS s WHERE {IS_NEW}),
    (SELECT count(*) FROM ({CHANGED})),
    (SELECT count(*) FROM ({READ}) AS s WHERE coalesce(s.outcome, '') <> 'ok' AND {IS_NEW})
"""  # noqa: S608 - all of it is ours

STANDINGS = f"""
SELECT e.link_id, e.at, e.from_standing, e.to_standing, e.id FROM checks AS c
JOIN standing_changes AS e ON e.check_id = c.id WHERE c.{IN_RUNS}
UNION ALL
SELECT link_id, at, from_standing, to_standing, id FROM standing_changes
WHERE id > :standings_after AND id <= :standings_until AND check_id IS NULL
"""  # noqa: S608 - all of it is ours
"""What changed with the checks of some runs, and beside them in a span of rows."""

DIED = "to_standing = 'dead'"
REVIVED = "from_standing = 'dead' AND to_standing = 'alive'"

_LEDGER = """
SELECT count(*) FILTER (WHERE to_state = 'submitting'), count(*) FILTER (WHERE to_state = 'saved'),
    count(*) FILTER (WHERE to_state = 'found'), count(*) FILTER (WHERE to_state = 'refused'),
    count(*) FILTER (WHERE to_state = 'lost')
FROM save_events WHERE id > :saves_after AND id <= :saves_until
"""

_WAITING = """
SELECT count(*) FROM saves AS s JOIN links AS l ON l.id = s.link_id AND l.public = 1
WHERE state IN ('wanted', 'deferred', 'submitting', 'submitted', 'unknown')
"""
_DUE = "SELECT count(*) FROM links WHERE priority IN (0, 1, 2) AND next_check_at <= ?"
_MARKS = {"saves": "save_events", "lookups": "lookups", "standings": "standing_changes"}


def begin(connection: sqlite3.Connection, crawl_id: int) -> None:
    """Note that a run has begun, and up to where the ledger is not its own where no run was summed up before."""
    ends = [_last(connection, table) for table in _MARKS.values()]
    connection.execute(
        "INSERT INTO run_summaries (crawl_id, saves_after, lookups_after, standings_after) VALUES (?, ?, ?, ?)",
        (crawl_id, *ends),
    )


def sum_up(connection: sqlite3.Connection, *, again: int | None = None) -> list[int]:
    """Count what runs did that have ended and are not summed up yet; return their ids, the oldest first.

    again: a run that is counted anew, as it went on after it was taken for killed.
    """
    rows = connection.execute(
        "SELECT r.crawl_id FROM run_summaries AS r JOIN crawls AS c ON c.id = r.crawl_id"
        " WHERE r.made_at IS NULL AND c.finished_at IS NOT NULL ORDER BY r.crawl_id"
    ).fetchall()
    found = sorted({crawl_id for (crawl_id,) in rows} | ({again} if again is not None else set()))
    for crawl_id in found:
        _sum_up(connection, crawl_id)
    return found


def _sum_up(connection: sqlite3.Connection, crawl_id: int) -> None:
    marks = marks_of(connection, crawl_id)
    counted = own_counts(connection, [crawl_id]) | other_counts(connection, [crawl_id], marks)
    values: dict[str, Any] = counted | {
        **dict(zip(("saves_waiting", "links_due"), waiting(connection), strict=True)),
        "made_at": clock.now(),
    }
    columns = values | marks
    names = ", ".join(f"{name} = :{name}" for name in columns)
    connection.execute(
        f"UPDATE run_summaries SET {names} WHERE crawl_id = :crawl_id",  # noqa: S608 - names are ours
        columns | {"crawl_id": crawl_id},
    )


def own_counts(connection: sqlite3.Connection, crawl_ids: Sequence[int]) -> dict[str, int]:
    """Return the COUNTS that come of the checks of some runs, of OWN."""
    row = connection.execute(_OWN, {"runs": json.dumps(list(crawl_ids))}).fetchone()
    return dict(zip(OWN, row, strict=True))


def other_counts(connection: sqlite3.Connection, crawl_ids: Sequence[int], marks: Mapping[str, int]) -> dict[str, int]:
    """Return the COUNTS that are not OWN: standings that changed with some runs, and what came of the ledger between marks."""
    values: dict[str, Any] = {"runs": json.dumps(list(crawl_ids)), **marks}
    stood = connection.execute(
        f"SELECT count(*) FILTER (WHERE {DIED}), count(*) FILTER (WHERE {REVIVED}) FROM ({STANDINGS})",  # noqa: S608
        values,
    ).fetchone()
    lookups = connection.execute(
        "SELECT count(*) FROM lookups WHERE id > :lookups_after AND id <= :lookups_until", values
    ).fetchone()
    ledger = connection.execute(_LEDGER, values).fetchone()
    return dict(zip(COUNTS[len(OWN) :], (*stood, *lookups, *ledger), strict=True))


def marks_of(connection: sqlite3.Connection, crawl_id: int) -> dict[str, int]:
    """Return between which rows of the ledger a run's summary counts: from where the last summary ended.

    Those of a run that was summed up stay.
    """
    marks: dict[str, int] = {}
    for name, table in _MARKS.items():
        after, until = connection.execute(
            f"SELECT {name}_after, {name}_until FROM run_summaries WHERE crawl_id = ?",  # noqa: S608 - names are ours
            (crawl_id,),
        ).fetchone()
        if until is None:
            before = connection.execute(
                f"SELECT {name}_until FROM run_summaries WHERE saves_until IS NOT NULL"  # noqa: S608 - names are ours
                f" ORDER BY saves_until DESC, {name}_until DESC LIMIT 1"
            ).fetchone()
            after = before[0] if before else after
            until = max(after, _last(connection, table))
        marks |= {f"{name}_after": after, f"{name}_until": until}
    return marks


def waiting(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return how many wishes for snapshots are open now, and how many links are due."""
    (saves,) = connection.execute(_WAITING).fetchone()
    (links,) = connection.execute(_DUE, (clock.now(),)).fetchone()
    return saves, links


def note_room(connection: sqlite3.Connection, disk_free: int) -> None:
    """Note how many bytes are free, with the last run that was summed up."""
    connection.execute(
        "UPDATE run_summaries SET disk_free = ? WHERE crawl_id = (SELECT crawl_id FROM run_summaries"
        " WHERE made_at IS NOT NULL ORDER BY made_at DESC, crawl_id DESC LIMIT 1)",
        (disk_free,),
    )


def totals(connection: sqlite3.Connection, crawl_ids: Sequence[int]) -> dict[str, int]:
    """Return OWN added up over runs: from their summaries, and counted where there is none yet."""
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in OWN)
    row = connection.execute(
        f"SELECT {sums} FROM run_summaries WHERE crawl_id IN (SELECT value FROM json_each(?))",  # noqa: S608 - ours
        (json.dumps(list(crawl_ids)),),
    ).fetchone()
    open_runs = connection.execute(
        "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT crawl_id FROM run_summaries WHERE made_at IS NOT NULL)",
        (json.dumps(list(crawl_ids)),),
    ).fetchall()
    going_on = own_counts(connection, [crawl_id for (crawl_id,) in open_runs])
    return {name: number + going_on[name] for name, number in zip(OWN, row, strict=True)}


def _last(connection: sqlite3.Connection, table: str) -> int:
    (last,) = connection.execute(f"SELECT max(id) FROM {table}").fetchone()  # noqa: S608 - one of _MARKS
    return last or 0
