"""Alarms: raised once, kept while they last, over when what they say no longer holds. Functions take a connection first."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from citekeep import clock


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of alarm. code: what `scrapy health` and `scrapy due` exit with. meaning: for the docs. advice: what to do."""

    name: str
    code: int
    meaning: str
    advice: str


KINDS = (
    Kind(
        name="integrity_failed", code=10,
        meaning="SQLite finds archive.db itself damaged: told when a backup is made, which reads all of it.",
        advice="Stop all runs, keep a copy of archive.db as it is, and restore the last good backup.",
    ),
    Kind(
        name="warc_damaged", code=11,
        meaning="A WARC is gone, cannot be read, or is not the file that was closed: its size or its sum is another.",
        advice="Bring the file back from a copy of your own; look at the disk (dmesg, smartctl).",
    ),
    Kind(
        name="disk_filling", code=12,
        meaning="Less room is left than DISK_FREE_MIN, or at the rate of the last week the disk is full within"
        " DISK_FULL_DAYS. A run that is not begun, or ended early, for want of room exits with this code, too.",
        advice="Make room, move the archive to a larger disk, or archive less.",
    ),
    Kind(
        name="backup_failed", code=13,
        meaning="The last backup could not be made, or its copy was found bad.",
        advice="Mend what the sentence says and run `scrapy backup`.",
    ),
    Kind(
        name="backup_old", code=14,
        meaning="The last good backup is older than twice BACKUP_EVERY, or was removed.",
        advice="Run `scrapy backup`; `scrapy due` makes one when it is time.",
    ),
    Kind(
        name="runs_late", code=15,
        meaning="No run has been at work for RUNS_LATE_HOURS.",
        advice="Look at what starts `scrapy due` (cron, systemd, a container); `scrapy schedule` prints its lines.",
    ),
    Kind(
        name="saves_refused", code=16,
        meaning="Save Page Now refuses: of the last SAVES_REFUSED answers on three sites or more none was a snapshot, or none"
        " of the last day where there were three or more; or it does not take the keys, twice in a row.",
        advice="Look at the reasons (`scrapy snapshots --dry-run`, the table save_events), and try `scrapy snapshots --probe`.",
    ),
    Kind(
        name="outlet_without_text", code=17,
        meaning="The last OUTLET_ARTICLES articles of a source yield no text, where those before them did.",
        advice="Open one of them in a browser: the outlet has a new layout, a wall, or pages that need a browser.",
    ),
    Kind(
        name="outlet_without_citations", code=18,
        meaning="The last OUTLET_ARTICLES articles of a source cite nothing, where those before them did.",
        advice="Open one of them in a browser: does it cite anything? If so, its layout has changed.",
    ),
    Kind(
        name="feed_silent", code=19,
        meaning="A feed, sitemap or section has failed FEED_FAILURES times in a row, or has brought nothing new for"
        " FEED_SILENT_TIMES times its usual interval, and for twice as long as it ever was silent.",
        advice="Open it in a browser. If it has moved, change sources.toml; if it has ended, take it out.",
    ),
)  # fmt: skip
"""In the order of their gravity: of several that stand, the first decides the exit code."""

BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong now. subject: of what kind there is more than one: a source, a file; "" else. since: UTC.

    sentence: one, for a person; no path of this machine is in it.
    """

    name: str
    subject: str
    sentence: str
    since: str


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One row of ``alarms``. cleared_at: None while it stands."""

    alarm_id: int
    name: str
    subject: str
    sentence: str
    advice: str
    since_at: str
    raised_at: str
    cleared_at: str | None

    @property
    def code(self) -> int:
        """The exit code of its kind; 1 for a kind of another version."""
        kind = BY_NAME.get(self.name)
        return kind.code if kind else 1

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values, without the row's id."""
        return {name: value for name, value in asdict(self).items() if name != "alarm_id"} | {"code": self.code}


@dataclass
class Change:
    """What an update changed. standing: all alarms that stand after it, the gravest first."""

    raised: list[Alarm] = field(default_factory=list)
    cleared: list[Alarm] = field(default_factory=list)
    standing: list[Alarm] = field(default_factory=list)


_COLUMNS = "id, name, subject, sentence, advice, since_at, raised_at, cleared_at"


_RAISE = f"""
INSERT INTO alarms (name, subject, sentence, advice, since_at, raised_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (name, subject) WHERE cleared_at IS NULL DO UPDATE SET
    sentence = excluded.sentence, advice = excluded.advice, seen_at = excluded.seen_at
RETURNING {_COLUMNS}
"""  # noqa: S608 - fixed names


def update(connection: sqlite3.Connection, findings: Iterable[Finding]) -> Change:
    """Make what was found the standing alarms, and return what changed.

    An alarm that stands already keeps its times and takes the new sentence.
    """
    now, change = clock.now(), Change()
    before = {(alarm.name, alarm.subject): alarm for alarm in standing(connection)}
    found = {(finding.name, finding.subject): finding for finding in findings}
    for key, finding in found.items():
        told = (*key, finding.sentence, BY_NAME[finding.name].advice, finding.since, now, now)
        row = connection.execute(_RAISE, told).fetchone()
        if key not in before:
            change.raised.append(_alarm(row))
    for key, alarm in before.items():
        if key not in found:
            (row,) = connection.execute(
                f"UPDATE alarms SET cleared_at = ? WHERE id = ? RETURNING {_COLUMNS}",  # noqa: S608 - fixed names
                (now, alarm.alarm_id),
            ).fetchall()
            change.cleared.append(_alarm(row))
    change.standing = standing(connection)
    return change


def standing(connection: sqlite3.Connection) -> list[Alarm]:
    """Return the alarms that stand, the gravest first."""
    return sorted(
        select(connection, "cleared_at IS NULL"), key=lambda alarm: (alarm.code, alarm.raised_at, alarm.subject)
    )


def select(connection: sqlite3.Connection, where: str, *values: Any) -> list[Alarm]:
    """Return the alarms for which a condition of our own holds, in the order in which they were raised."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM alarms WHERE {where} ORDER BY id", values)  # noqa: S608 - ours
    return [_alarm(row) for row in rows]


def _alarm(row: tuple[Any, ...]) -> Alarm:
    return Alarm(**dict(zip(Alarm.__dataclass_fields__, row, strict=True)))


def exit_code(found: Collection[Alarm]) -> int:
    """Return the exit code of the gravest alarm, 0 where there is none."""
    return min((alarm.code for alarm in found), default=0)
