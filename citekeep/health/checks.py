"""All that is looked at for alarms, asking nobody but archive.db and the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator

from citekeep import clock
from citekeep.durations import in_words
from citekeep.health import disk, outlets
from citekeep.health.alarms import Change, Finding, update
from citekeep.health.terms import DAY, Terms

ANSWERS = 2_000  # events of the ledger, the newest, that are looked at
SITES_LEAST = 3  # on which saves were refused: one host that is excluded is no alarm
REFUSED_A_DAY = 3  # answers of the last day, all refusals, that are enough


def check_all(connection: sqlite3.Connection, terms: Terms) -> Change:
    """Look at everything, record what is raised and what is over, and return it. Runs in the caller's transaction."""
    findings = [finding for look in LOOKS for finding in look(connection, terms)]
    return update(connection, findings)


def integrity(connection: sqlite3.Connection, terms: Terms) -> Iterator[Finding]:
    """Yield an alarm where the last backup found archive.db itself damaged, or could not be made, or is old."""
    last = connection.execute("SELECT made_at, outcome, reason FROM backups ORDER BY id DESC LIMIT 1").fetchone()
    if last is not None and last[1] != "good":
        made_at, outcome, reason = last
        name = "integrity_failed" if outcome == "damaged" else "backup_failed"
        yield Finding(name=name, subject="", sentence=reason, since=made_at)
    if not terms.backup_every_days:
        return
    row = (
        connection.execute(
            "SELECT made_at FROM backups WHERE outcome = 'good' AND removed_at IS NULL ORDER BY id DESC LIMIT 1"
        ).fetchone()
        or connection.execute("SELECT started_at FROM crawls ORDER BY id LIMIT 1").fetchone()
    )
    since = row[0] if row else clock.now()
    age = clock.timestamp() - clock.parse(since)
    if age > 2 * terms.backup_every_days * DAY:
        told = f"There is no good backup of archive.db of the last {in_words(age)}; BACKUP_EVERY asks for one every"
        yield Finding(
            name="backup_old", subject="", since=since, sentence=f"{told} {in_words(terms.backup_every_days * DAY)}."
        )


def warcs(connection: sqlite3.Connection, _: Terms) -> Iterator[Finding]:
    """Yield an alarm for each WARC whose sum was looked at and found wrong."""
    told = {
        "missing": "is not there",
        "unreadable": "cannot be read",
        "other_size": "has another size than when it was closed",
        "other_sum": "is not the file that was closed: its SHA-256 is another",
    }
    for name, damage, at in connection.execute("SELECT name, damage, verified_at FROM warcs WHERE damage IS NOT NULL"):
        yield Finding(name="warc_damaged", subject=name, sentence=f"The WARC {name} {told[damage]}.", since=at)


def room(connection: sqlite3.Connection, terms: Terms) -> Iterator[Finding]:
    """Yield an alarm where hardly any room is left, or soon will be."""
    left = disk.free([terms.database.parent, terms.warc_dir])
    if terms.disk_free_min and left < terms.disk_free_min:
        told = f"Only {disk.in_words(left)} are free where the archive lies; DISK_FREE_MIN asks for"
        yield Finding(
            name="disk_filling", subject="", since=clock.now(), sentence=f"{told} {disk.in_words(terms.disk_free_min)}."
        )
        return
    days = disk.days_left(connection, left)
    if days is not None and days < terms.disk_full_days:
        yield Finding(
            name="disk_filling", subject="", since=clock.now(),
            sentence=f"At the rate of the last days the disk is full in {in_words(days * DAY)}: {disk.in_words(left)} are free.",
        )  # fmt: skip


_ANSWERS = """
SELECT e.at, e.to_state, e.reason, l.site_id FROM (
    SELECT id, save_id, at, from_state, to_state, reason FROM save_events ORDER BY id DESC LIMIT ?) AS e
JOIN saves AS s ON s.id = e.save_id JOIN links AS l ON l.id = s.link_id
WHERE e.from_state IN ('submitting', 'submitted') AND e.to_state IN ('saved', 'found', 'refused', 'deferred')
ORDER BY e.id DESC
"""


def saves(connection: sqlite3.Connection, terms: Terms) -> Iterator[Finding]:
    """Yield an alarm where Save Page Now refuses our keys, or everything.

    A wish that is deferred after it was sent was refused for now. Good keys are refused in an overload: once is none.
    """
    if not terms.saves_refused:
        return
    for service, since, times in connection.execute("SELECT * FROM refused_keys WHERE times > 1"):
        told = f"Save Page Now has not taken the keys since {since}, {times} times in a row: nothing is saved."
        yield Finding(name="saves_refused", subject=f"keys of {service}", sentence=told, since=since)
    refused: list[tuple[str, str | None, int]] = []
    good_at = ""
    for at, state, reason, site in connection.execute(_ANSWERS, (ANSWERS,)):
        if state in {"saved", "found"}:
            good_at = at
            break
        refused.append((at, reason, site))
    day_ago = clock.after(-DAY)
    of_day = [answer for answer in refused if answer[0] >= day_ago]
    many = len(refused) >= terms.saves_refused and _sites(refused) >= SITES_LEAST
    all_day = good_at < day_ago and len(of_day) >= REFUSED_A_DAY and _sites(of_day) >= SITES_LEAST
    if many or all_day:
        since, last_reason = refused[-1][0], refused[0][1]
        yield Finding(
            name="saves_refused", subject="", since=since,
            sentence=f"Save Page Now has refused the last {len(refused)} pages, since {since}; the last reason:"
            f" {(last_reason or 'none was given')[:300]}",
        )  # fmt: skip


def _sites(answers: list[tuple[str, str | None, int]]) -> int:
    return len({site for *_, site in answers})


def late(connection: sqlite3.Connection, terms: Terms) -> Iterator[Finding]:
    """Yield an alarm where no run has been at work for long; an archive without a run has none to miss."""
    row = connection.execute(
        "SELECT max(heartbeat_at) FROM (SELECT heartbeat_at FROM crawls ORDER BY id DESC LIMIT 100)"
    )
    (at,) = row.fetchone()
    if not terms.runs_late_hours or at is None:
        return
    age = clock.timestamp() - clock.parse(at)
    if age > terms.runs_late_hours * 3_600:
        told = f"No run has been at work for {in_words(age)}, since {at}."
        yield Finding(name="runs_late", subject="", sentence=told, since=at)


LOOKS: tuple[Callable[[sqlite3.Connection, Terms], Iterable[Finding]], ...] = (
    integrity, warcs, room, saves, late, outlets.outlets, outlets.feeds,
)  # fmt: skip
