"""What a look at a feed, a sitemap or a section page brought: new articles, dated; and when to look again."""

from __future__ import annotations

import sqlite3
from typing import Any

from citekeep import clock, dates, values
from citekeep.dating import date_article
from citekeep.items import Result
from citekeep.link_rows import ensure_link
from citekeep.sources.rows import BROUGHT, Terms, add_article, add_page

MAPS_MAX = 1_000
"""Sitemaps of one index that are looked at, the last changed first: an index may name 50,000."""
ROBOTS_AGAIN = 86_400
"""Seconds until a list is due again that robots.txt forbids: as long as that is believed (RFC 9309, section 2.4)."""
SITEMAP_DAYS = 30
"""A sitemap lists a site's whole past. Where a source has no ``since``, what is dated so many days before it was named is
left alone."""

_SOURCES = """
SELECT s.id, s.kind, s.public, s.collection, s.every_s, coalesce(s.since,
    iif(s.kind = 'sitemap', date(s.added_at, ?), NULL))
FROM source_pages AS sp JOIN sources AS s ON s.id = sp.source_id
WHERE sp.link_id = ? AND sp.gone_at IS NULL AND s.removed_at IS NULL
"""


def record_listing(connection: sqlite3.Connection, result: Result) -> int:
    """Add what a page lists for its sources, and say when it is due again; return how many articles are due now.

    Does nothing for a link that lists for nobody.
    """
    sources = connection.execute(_SOURCES, (f"-{SITEMAP_DAYS} days", result.link_id)).fetchall()
    if not sources:
        return 0
    now, listing = clock.now(), result.listing or {}
    outcome = _outcome(result)
    due = 0
    for source_id, kind, public, collection, _, since in sources:
        terms = Terms(found="feed", public=bool(public), collection=collection)
        new = _add_entries(connection, source_id, terms, listing, since, now) if outcome == "entries" else 0
        if outcome == "entries" and kind == "sitemap":
            _add_maps(connection, source_id, listing, since, now)
        connection.execute(
            "UPDATE sources SET looked_at = ?1, outcome = ?2, new_at = iif(?3, ?1, new_at),"
            " failures = iif(?5, failures + 1, 0), failing_since = iif(?5, coalesce(failing_since, ?1), NULL) WHERE id = ?4",
            (now, outcome, new, source_id, outcome in {"failed", "unreadable"}),
        )
        due += new
    _look_again(connection, result, min(every for *_, every, _ in sources))
    if outcome != "unchanged":
        known = listing if outcome in {"entries", "none"} else {}  # what cannot be read is asked for whole again
        connection.execute(
            "UPDATE links SET etag = ?, last_modified = ? WHERE id = ?",
            (values.text(known.get("etag")), values.text(known.get("last_modified")), result.link_id),
        )
    return due


def _outcome(result: Result) -> str:
    """Return sources.outcome. What lists articles is read whatever it looks like otherwise: a bare page of links does."""
    if result.listing is not None and (result.listing["outcome"] == "entries" or result.judgement.group == "alive"):
        return str(result.listing["outcome"])
    return "unchanged" if result.check.get("status") == 304 and not result.check.get("error") else "failed"


def _look_again(connection: sqlite3.Connection, result: Result, every: int) -> None:
    """A page that lists is due at its source's own pace; one that failed not sooner than a link that failed so.

    What robots.txt forbids is due again when that is read anew: an outlet that lets us in again is not missed for long.
    """
    asked_to_wait = result.judgement.verdict == "rate_limited" or result.judgement.group == "not_checked"
    at = clock.after(every)
    if result.judgement.verdict == "robots":
        at = max(at, clock.after(ROBOTS_AGAIN))
    elif asked_to_wait and result.judgement.next_check_at:
        at = max(at, result.judgement.next_check_at)
    connection.execute("UPDATE links SET next_check_at = ? WHERE id = ?", (at, result.link_id))


def _add_entries(
    connection: sqlite3.Connection,
    source_id: int,
    terms: Terms,
    listing: dict[str, Any],
    since: str | None,
    now: str,
) -> int:
    due = 0
    for entry in listing["entries"]:
        if _older(entry, since):
            continue
        changed = entry.get("changed") or entry.get("published")
        article_id, is_due = add_article(connection, source_id, entry["url"], terms, now=now, changed_text=changed)
        if is_due:
            due += 1
            _date(connection, article_id, entry.get("published"), listing["dated_by"])
    return due


def _older(entry: dict[str, Any], since: str | None) -> bool:
    """Return whether an entry is of before the day from which a source's articles are wanted; not where it has no date."""
    if since is None:
        return False
    read = dates.read(entry.get("published") or entry.get("changed") or "")
    return read is not None and read.on.isoformat() < since


def _add_maps(
    connection: sqlite3.Connection, source_id: int, listing: dict[str, Any], since: str | None, now: str
) -> None:
    """Have the sitemaps of an index looked at: new ones, and those that say that they changed."""
    wanted = [entry for entry in listing["maps"] if not _older(entry, since)]
    for entry in sorted(wanted, key=lambda one: one.get("changed") or "", reverse=True)[:MAPS_MAX]:
        link_id = ensure_link(connection, entry["url"], public=False, now=now)
        if add_page(connection, source_id, link_id, now=now, changed_text=values.text(entry.get("changed"))):
            connection.execute(
                "UPDATE links SET source_id = ? WHERE id = ? AND source_id IS NULL", (source_id, link_id)
            )
            connection.execute("UPDATE links SET next_check_at = ?, priority = ? WHERE id = ?", (now, BROUGHT, link_id))


def _date(connection: sqlite3.Connection, article_id: int, published: str | None, basis: str) -> None:
    """Date an article by what lists it, where nothing but a guess is known."""
    read = dates.read(published or "")
    if read is None or read.other is not None:
        return
    connection.execute(
        "UPDATE articles SET published_text = ?, published_on = ?, published_at = ?, published_basis = ?"
        " WHERE id = ? AND coalesce(published_basis, 'guess') = 'guess'",
        (values.text(published), read.on.isoformat(), read.at, basis, article_id),
    )
    date_article(connection, article_id)
