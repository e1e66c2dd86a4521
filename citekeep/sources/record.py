"""What a look at a feed, a sitemap or a section page brought: new articles, dated; and when to look again."""

from __future__ import annotations

import sqlite3
from typing import Any

from citekeep import clock, dates, values
from citekeep.dating import date_article
from citekeep.items import Result
from citekeep.link_rows import ensure_link
from citekeep.sources.rows import BROUGHT, TAKE_OVER, Terms, add_article, add_page

MAPS_MAX = 1_000
"""Sitemaps of one index that are looked at, the last changed first: an index may name 50,000."""
ROBOTS_AGAIN = 86_400
"""Seconds until a list is due again that robots.txt forbids: as long as that is believed (RFC 9309, section 2.4)."""
SITEMAP_DAYS = 30
"""A sitemap lists a site's whole past. Where a source has no ``since``, what is dated so many days before it was named is
left alone."""

_SOURCES = """
SELECT s.id, s.kind, s.public, s.collection, s.every_s, coalesce(s.since,
    iif(s.kind = 'sitemap', date(s.added_at, ?), NULL)), sp.link_id IS s.link_id, sp.changed_text
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
    due, paces = 0, []
    for source_id, kind, public, collection, every, since, is_its_own, dated in sources:
        terms = Terms(found="feed", public=bool(public), collection=collection)
        new = _add_entries(connection, source_id, terms, listing, since, now) if outcome == "entries" else 0
        if outcome == "entries" and kind == "sitemap":
            _add_maps(connection, source_id, listing, since, now)
        if is_its_own:
            failed = outcome in {"failed", "unreadable"}
            connection.execute(_LOOKED_AT, (now, outcome, new, source_id, failed))
        elif new:
            connection.execute("UPDATE sources SET new_at = ? WHERE id = ?", (now, source_id))
        due += new
        seldom = not is_its_own and not new and outcome in {"entries", "none", "unchanged"}
        paces.append(_pace(every, dated) if seldom else every)
    _look_again(connection, result, min(paces))
    if result.judgement.standing == "dead":
        connection.execute(_MAP_IS_GONE, (now, result.link_id))
        connection.execute(_NOT_LOOKED_AT, (result.link_id,))
    if outcome != "unchanged":
        known = listing if outcome in {"entries", "none"} else {}  # what cannot be read is asked for whole again
        connection.execute(
            "UPDATE links SET etag = ?, last_modified = ? WHERE id = ?",
            (values.text(known.get("etag")), values.text(known.get("last_modified")), result.link_id),
        )
    return due


# A sitemap is told by its index: of its many maps one that fails is not the source, one that answers does not mend it.
_LOOKED_AT = """
UPDATE sources SET looked_at = ?1, outcome = ?2, new_at = iif(?3, ?1, new_at),
    failures = iif(?5, failures + 1, 0), failing_since = iif(?5, coalesce(failing_since, ?1), NULL)
WHERE id = ?4
"""
# Three strikes, days apart, as for any page. Asked again when its index names it with another date, else once a day.
_MAP_IS_GONE = """
UPDATE source_pages SET gone_at = ?1 WHERE link_id = ?2 AND gone_at IS NULL
    AND link_id IS NOT (SELECT link_id FROM sources WHERE id = source_pages.source_id)
"""
GONE_AGAIN = 86_400  # seconds
_GONE_LATELY = """
SELECT 1 FROM source_pages AS sp JOIN links AS l ON l.id = sp.link_id AND l.standing = 'dead'
WHERE sp.source_id = ? AND sp.link_id = ? AND sp.changed_text IS ? AND sp.gone_at > ?
"""
_NOT_LOOKED_AT = """
UPDATE links SET next_check_at = NULL WHERE id = ?1
    AND NOT EXISTS (SELECT 1 FROM source_pages WHERE link_id = ?1 AND gone_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM citations WHERE link_id = ?1) AND NOT EXISTS (SELECT 1 FROM articles WHERE link_id = ?1)
"""
MAP_SELDOM = 30 * 86_400
"""Seconds in which a sitemap of an index is looked at once at least, whatever the index says of it."""


def _pace(every: int, dated: str | None) -> float:
    """Return the seconds until a map that brought nothing new is looked at again: a tenth of the time since its index's date.

    An outlet may have a map for each day of its past; one that changes is made due by its index.
    """
    read = dates.read(dated) if dated else None
    if read is None:
        return every
    age = clock.timestamp() - clock.parse(f"{read.on.isoformat()}T00:00:00Z")
    return max(every, min(age / 10, MAP_SELDOM))


def _outcome(result: Result) -> str:
    """Return sources.outcome. What lists articles is read whatever it looks like otherwise: a bare page of links does."""
    if result.listing is not None and (result.listing["outcome"] == "entries" or result.judgement.group == "alive"):
        return str(result.listing["outcome"])
    return "unchanged" if result.check.get("status") == 304 and not result.check.get("error") else "failed"


def _look_again(connection: sqlite3.Connection, result: Result, every: float) -> None:
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
        changed = values.text(entry.get("changed"))
        if connection.execute(_GONE_LATELY, (source_id, link_id, changed, clock.after(-GONE_AGAIN))).fetchone():
            continue
        if add_page(connection, source_id, link_id, now=now, changed_text=changed):
            connection.execute(TAKE_OVER, (source_id, link_id))
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
