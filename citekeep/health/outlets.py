"""Canaries of outlets: a source whose articles suddenly yield nothing, or that has fallen silent. They read archive.db alone."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from citekeep import clock
from citekeep.durations import in_words
from citekeep.health.alarms import Finding
from citekeep.health.terms import DAY, Terms

BASELINE = 20  # earlier articles that tell what is usual; fewer than ``last`` of them tell nothing
USUAL_SHARE = 0.75  # of the baseline: an outlet that often cites nothing raises no alarm by chance
ARRIVALS = 500  # entries, the newest, from which a feed's usual interval is told
ARRIVALS_LEAST = 5  # times at which something new came: fewer are no habit
SILENT_LEAST = DAY  # seconds: no feed counts as silent sooner


@dataclass(frozen=True, kw_only=True)
class Yield:
    """What one article yielded when it was last asked for. added_at: when it was found. verdict: of its last check."""

    added_at: str
    url: str
    text: bool
    citations: bool
    verdict: str


def stopped(yielded: Sequence[bool], last: int) -> bool:
    """Return whether something that was usual has stopped. yielded: the newest first.

    None of the ``last`` newest has it, and USUAL_SHARE of up to BASELINE before them had, of which there are ``last`` at
    least.
    """
    before = yielded[last : last + BASELINE]
    return (
        0 < last <= len(before) and not any(yielded[:last]) and sum(before) >= USUAL_SHARE * len(before)
    )  # fmt: skip


_SOURCES = """
SELECT id, name, kind, every_s, looked_at, new_at, outcome, failures, failing_since, public
FROM sources WHERE removed_at IS NULL
"""

_YIELDS = """
SELECT a.added_at, l.url,
    d.outcome IS 'ok' AND d.word_count > 0,
    EXISTS (SELECT 1 FROM citations WHERE article_id = a.id),
    (SELECT verdict FROM judgements WHERE check_id = c.id ORDER BY rules_version DESC LIMIT 1)
FROM source_articles AS s
JOIN articles AS a ON a.id = s.article_id
JOIN links AS l ON l.id = a.link_id
JOIN checks AS c ON c.id = l.last_check_id AND c.reason IS NULL
LEFT JOIN documents AS d ON d.id = coalesce(a.last_document_id, c.document_id)
WHERE s.source_id = ? ORDER BY s.article_id DESC LIMIT ?
"""


def outlets(connection: sqlite3.Connection, terms: Terms) -> Iterator[Finding]:
    """Yield an alarm for each source whose newest articles yield no text, or a text that cites nothing."""
    last = terms.outlet_articles
    if not last:
        return
    for source_id, name, *_, public in connection.execute(f"{_SOURCES} AND kind <> 'article'").fetchall():
        rows = connection.execute(_YIELDS, (source_id, last + BASELINE)).fetchall()
        found = [
            Yield(added_at=r[0], url=r[1], text=bool(r[2]), citations=bool(r[3]), verdict=r[4] or "") for r in rows
        ]
        if stopped([one.text for one in found], last):
            yield _outlet("outlet_without_text", name, found[:last], "yield no text", named=bool(public))
        elif stopped([one.citations for one in found], last):
            yield _outlet("outlet_without_citations", name, found[:last], "cite nothing", named=bool(public))


def _outlet(alarm: str, name: str, newest: list[Yield], what: str, *, named: bool) -> Finding:
    """named: whether a page may be named; not of a private source, as an alarm is told elsewhere."""
    seen = Counter(one.verdict.replace("_", " ") for one in newest).most_common(2)
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in seen)
    return Finding(
        name=alarm, subject=name, since=newest[-1].added_at,
        sentence=f"The last {len(newest)} articles of {name} {what}, where those before them did (what was seen of them:"
        f" {verdicts}). The newest: {newest[0].url[:300] if named else 'one of a private source'}",
    )  # fmt: skip


def feeds(connection: sqlite3.Connection, terms: Terms) -> Iterator[Finding]:
    """Yield an alarm for each feed, sitemap or section that keeps failing, or has brought nothing new for too long."""
    rows = connection.execute(f"{_SOURCES} AND kind IN ('feed', 'sitemap', 'section')").fetchall()
    for source_id, name, kind, every, looked_at, new_at, outcome, failures, since, _ in rows:
        if terms.feed_failures and failures >= terms.feed_failures:
            what = "cannot be read" if outcome == "unreadable" else "gives no answer"
            told = f"The {kind} {name} {what}: {failures} times in a row, since {since}."
            yield Finding(name="feed_silent", subject=name, sentence=told, since=since)
        elif terms.feed_silent_times and looked_at and new_at:
            silence = clock.parse(looked_at) - clock.parse(new_at)
            usual = usual_silence(arrivals(connection, source_id), every or 0, terms.feed_silent_times)
            if usual is not None and silence > usual:
                yield Finding(
                    name="feed_silent", subject=name, since=new_at,
                    sentence=f"The {kind} {name} has brought nothing new for {in_words(silence)}, since {new_at}; it is not"
                    f" silent for more than {in_words(usual)} by habit.",
                )  # fmt: skip


def arrivals(connection: sqlite3.Connection, source_id: int) -> list[float]:
    """Return when something new came of a source, of late: seconds, in order, each once."""
    rows = connection.execute(
        "SELECT first_listed_at FROM source_articles WHERE source_id = ? ORDER BY article_id DESC LIMIT ?",
        (source_id, ARRIVALS),
    )
    return sorted({clock.parse(at) for (at,) in rows})


def usual_silence(times: Sequence[float], every: float, factor: float) -> float | None:
    """Return for how many seconds a source may well be silent, by its habit; None where it has none yet.

    ``factor`` times its usual interval, twice its longest silence, thrice the interval at which it is looked at: the
    longest of these, and a day at least.
    """
    if len(times) < ARRIVALS_LEAST:
        return None
    gaps = [after - before for before, after in pairwise(times)]
    return max(factor * median(gaps), 2 * max(gaps), 3 * every, SILENT_LEAST)
