"""What is due: by source and site what the next run asks, and whether runs keep up. Read from archive.db, asking nobody."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from citekeep import clock
from citekeep.durations import in_words
from citekeep.health.summaries import totals

DAY = 86_400.0
DAYS = 7  # over which a day is averaged
LATE_DAYS = 2  # a link that has been due for so long is late: a run a day would have come by
RUNS_SHOWN = 10
PAUSED_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is due of one source (None: of none) on one site. seconds: that asking takes at least, at the site's pace."""

    source: str | None
    site: str
    pages: int
    articles: int
    links: int
    oldest_at: str
    paused_until: str | None
    pause_reason: str | None
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


_PARTS = """
SELECT so.name, s.site,
    sum(EXISTS (SELECT 1 FROM source_pages WHERE link_id = l.id AND gone_at IS NULL)),
    sum(a.id IS NOT NULL), count(*), min(l.next_check_at),
    CASE WHEN max(coalesce(s.paused_until, ''), coalesce(s.not_before_at, '')) > :now
        THEN max(coalesce(s.paused_until, ''), coalesce(s.not_before_at, '')) END,
    iif(s.paused_until > :now, s.pause_reason, NULL),
    sum(l.withheld IS NULL) * max(coalesce(s.delay_ms, 0), :delay) / 1000.0
FROM links AS l
JOIN sites AS s ON s.id = l.site_id
LEFT JOIN articles AS a ON a.link_id = l.id
LEFT JOIN sources AS so ON so.id = l.source_id
WHERE l.next_check_at IS NOT NULL AND (l.next_check_at <= :until OR l.priority > 0)
GROUP BY so.name, s.site
ORDER BY so.name IS NULL, so.name, count(*) DESC, s.site
"""


def parts(connection: sqlite3.Connection, *, delay: float, within: float = 0.0) -> list[Part]:
    """Return what is due now, or ``within`` so many seconds; delay: seconds between two requests to a site, at least."""
    now = clock.now()
    rows = connection.execute(_PARTS, {"now": now, "until": clock.after(within), "delay": delay * 1000})
    return [
        Part(source=source, site=site, pages=pages, articles=articles, links=total - pages - articles, oldest_at=oldest,
             paused_until=paused, pause_reason=why, seconds=seconds)
        for source, site, pages, articles, total, oldest, paused, why, seconds in rows
    ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of late. finish_reason: None while it goes on."""

    spider: str
    started_at: str
    finished_at: str | None
    finish_reason: str | None
    checks: int


@dataclass(frozen=True, kw_only=True)
class Status:
    """Whether runs keep up. Counts per day are averages of the last ``days``; waiting and late are of now.

    scheduled: links that are looked at again and again. due_in_days: those whose time comes within as many days as were
    counted, with what is due already. late: due for LATE_DAYS and more. silent: names of sources that were not looked
    at when they were due, or failed at the last look. paused: rows of paused_sites, those with most links that wait first.
    """

    runs: list[Run]
    days: float
    checks: float
    requests: float
    bytes: float
    lookups: float
    saves: float
    waiting: int
    late: int
    oldest_at: str | None
    scheduled: int
    due_in_days: int
    saves_waiting: int
    silent: list[str]
    paused: list[dict[str, Any]]

    @property
    def pass_days(self) -> float | None:
        """Days until every link was looked at once more, at this rate; None: nothing was looked at."""
        return self.scheduled / self.checks if self.checks else None

    @property
    def not_reached(self) -> int:
        """Links whose time comes within ``days`` and which will not be reached by its end, at this rate."""
        return max(0, self.due_in_days - int(self.checks * self.days))

    def sentences(self) -> list[str]:
        """Return what a person wants to know, one thing each."""
        if not self.runs:
            return [f"No run yet. {_links(self.waiting)} due.", *self._of_sources()]
        span = "last day" if self.days <= 1 else f"last {self.days:.0f} days"
        told = [
            f"In the {span}, a day: {self.checks:,.0f} checks, {self.requests:,.0f} requests, {self.lookups:,.0f} look-ups,"
            f" {self.saves:,.0f} saves, {self.bytes / 2**20:,.1f} MiB of answers.",
            f"{_links(self.waiting)} due now" + (f", the first since {self.oldest_at}." if self.oldest_at else "."),
        ]
        if self.late:
            told.append(f"{_links(self.late)} late: due for {LATE_DAYS} days and more. Run more often, or longer.")
        if self.pass_days is not None:
            told.append(
                f"{_links(self.scheduled)} looked at again and again; at this rate a pass over all takes"
                f" {in_words(self.pass_days * DAY)}."
            )
        if self.not_reached:
            told.append(
                f"At this rate {self.not_reached:,} of the {self.due_in_days:,} whose time comes within"
                f" {in_words(self.days * DAY)} will not be reached by then."
            )
        told.append(f"{self.saves_waiting:,} wishes for snapshots wait; `scrapy snapshots --dry-run` says for what.")
        return [*told, *self._of_sources()]

    def _of_sources(self) -> list[str]:
        return [f"Not looked at in time, or without an answer: {', '.join(self.silent[:20])}."] if self.silent else []

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values: numbers, and the sentences."""
        days = None if self.pass_days is None else round(self.pass_days, 2)
        return asdict(self) | {"pass_days": days, "not_reached": self.not_reached, "sentences": self.sentences()}


def _links(number: int) -> str:
    return f"{number:,} {'link' if number == 1 else 'links'} {'is' if number == 1 else 'are'}"


_RUNS = """
SELECT spider, started_at, finished_at, finish_reason, (SELECT count(*) FROM checks WHERE crawl_id = c.id)
FROM crawls AS c ORDER BY id DESC LIMIT ?
"""

_RUNS_SINCE = "SELECT id FROM crawls WHERE started_at >= :since ORDER BY id"

_DONE = """
SELECT
    (SELECT count(*) FROM lookups WHERE asked_at >= :since),
    (SELECT count(*) FROM save_events WHERE at >= :since AND to_state = 'submitting'),
    (SELECT count(*) FROM links WHERE next_check_at <= :now OR priority > 0 AND next_check_at IS NOT NULL),
    (SELECT count(*) FROM links WHERE next_check_at <= :late),
    (SELECT min(next_check_at) FROM links WHERE next_check_at <= :now),
    (SELECT count(*) FROM links WHERE next_check_at IS NOT NULL),
    (SELECT count(*) FROM links WHERE next_check_at <= :ahead),
    (SELECT count(*) FROM saves AS s JOIN links AS l ON l.id = s.link_id AND l.public = 1
     WHERE s.state IN ('wanted', 'deferred'))
"""

_SILENT = """
SELECT name FROM source_now
WHERE removed_at IS NULL AND (outcome IN ('failed', 'unreadable') OR next_look_at <= ?) ORDER BY name
"""


_PAUSED = "SELECT * FROM paused_sites WHERE paused_until > ? ORDER BY waiting DESC, site LIMIT ?"


def status(connection: sqlite3.Connection) -> Status:
    """Return how things stand, counted over the last DAYS, or since the first run."""
    (first,) = connection.execute("SELECT min(started_at) FROM crawls").fetchone()
    age = 1.0 if first is None else max(1.0, (clock.timestamp() - clock.parse(first)) / DAY)
    days = min(float(DAYS), age)
    times = {
        "now": clock.now(), "since": clock.after(-days * DAY), "late": clock.after(-LATE_DAYS * DAY),
        "ahead": clock.after(days * DAY),
    }  # fmt: skip
    done = totals(connection, [row[0] for row in connection.execute(_RUNS_SINCE, times)])
    checks, requests, size = done["checks"], done["requests"], done["bytes"]
    lookups, saves, *now = connection.execute(_DONE, times).fetchone()
    waiting, late, oldest, scheduled, due, wishes = now
    return Status(
        runs=[
            Run(spider=spider, started_at=started, finished_at=finished, finish_reason=reason, checks=made)
            for spider, started, finished, reason, made in connection.execute(_RUNS, (RUNS_SHOWN,))
        ],
        days=round(days, 2), checks=checks / days, requests=requests / days, bytes=size / days, lookups=lookups / days,
        saves=saves / days, waiting=waiting, late=late, oldest_at=oldest, scheduled=scheduled, due_in_days=due,
        saves_waiting=wishes,
        silent=[name for (name,) in connection.execute(_SILENT, (clock.after(-DAY / 24),))],
        paused=_paused(connection),
    )  # fmt: skip


def _paused(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    rows = connection.execute(_PAUSED, (clock.now(), PAUSED_SHOWN))
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
