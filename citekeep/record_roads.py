"""Roads to a source as they are recorded: the link that a citation is of, and what a short address was seen to lead to."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from citekeep import clock, urls, values
from citekeep.citations.roads import road, shortens
from citekeep.items import Citation, Result
from citekeep.link_rows import ensure_link
from citekeep.sources.rows import TAKE_OVER
from citekeep.wayback.lookup import Capture
from citekeep.wayback.memento_rows import keep_captures
from citekeep.wayback.terms import SERVICE

VIA_KINDS = ("archive", "amp", "shortener", "redirector", "wrapper")
AMP, SHORTENER = "amp", "shortener"
CAPTURES_AT = "https://web.archive.org"


def source_of(
    connection: sqlite3.Connection, citation: Citation, *, public: bool, now: str
) -> tuple[int, tuple[str | None, ...]]:
    """Return the id of the link that a citation is of, and its columns from cited_via to accessed_on.

    The link is the original, as the address tells it or an earlier check has shown it.
    """
    link_id = ensure_link(connection, citation.original or citation.url_as_written, public=public, now=now)
    (leads_to,) = connection.execute("SELECT leads_to_id FROM links WHERE id = ?", (link_id,)).fetchone()
    if leads_to is None:
        return link_id, _columns(citation)
    if public:
        connection.execute("UPDATE links SET public = 1 WHERE id = ? AND public = 0", (leads_to,))
    if citation.cited_via is None:  # what leads on and is no short address
        citation = replace(citation, cited_via=citation.url_as_written, cited_via_kind=AMP, cited_via_service=AMP)
    return int(leads_to), _columns(citation)


def _columns(citation: Citation) -> tuple[str | None, ...]:
    return (
        values.text(citation.cited_via),
        values.one_of(citation.cited_via_kind, VIA_KINDS, None),
        values.text(citation.cited_via_service),
        values.time(citation.cited_via_at),
        values.date(citation.accessed_on),
    )


_READ_BACK = "UPDATE mementos SET next_verify_at = ? WHERE id = ? AND quality = 'unread' AND next_verify_at IS NULL"


def keep_cited_capture(connection: sqlite3.Connection, link_id: int, citation: Citation) -> None:
    """Keep the Wayback Machine's capture that a citation names, to be read back.

    Those of other archives stay in the citation alone: nothing here reads them back, so nothing is to rest on them.
    """
    if citation.cited_via_service != SERVICE or citation.cited_via_at is None or citation.cited_via is None:
        return
    original = citation.original or citation.url_as_written
    url = f"{CAPTURES_AT}/web/{clock.stamp14(citation.cited_via_at)}/{values.words(original)}"
    capture = Capture(memento_url=url, at=citation.cited_via_at, original=original, status=None, type="", digest="")
    (memento_id,) = keep_captures(connection, link_id, SERVICE, [capture], "cited")
    connection.execute(_READ_BACK, (clock.now(), memento_id))


_LEADS_TO = "UPDATE links SET leads_to_id = ? WHERE id = ? AND leads_to_id IS NULL RETURNING id"
_CITED_THROUGH = """
UPDATE citations SET
    link_id = :target, cited_via = coalesce(cited_via, url_as_written),
    cited_via_kind = coalesce(cited_via_kind, :kind), cited_via_service = coalesce(cited_via_service, :service)
WHERE link_id = :link
"""


def follow(connection: sqlite3.Connection, result: Result, *, now: str) -> int | None:
    """Give the citations of a link to the page that it was seen to lead to; return that link's id, None where none is.

    That is where a shortener redirects to, and what an AMP page of the same site names as the page it is a form of. What
    was seen first stays: a short address may be sold.
    """
    found = _seen(result)
    if found is None:
        return None
    kind, url = found
    link = connection.execute("SELECT url, public, source_id FROM links WHERE id = ?", (result.link_id,)).fetchone()
    target = ensure_link(connection, url, public=bool(link[1]), now=now)
    known = connection.execute("SELECT leads_to_id FROM links WHERE id = ?", (target,)).fetchone()[0]
    if target == result.link_id or known is not None:
        return None
    if connection.execute(_LEADS_TO, (target, result.link_id)).fetchone() is None:
        return None
    if link[2] is not None:
        connection.execute(TAKE_OVER, (link[2], target))
    moved = connection.execute(
        _CITED_THROUGH, {"target": target, "link": result.link_id, "kind": kind, "service": kind}
    ).rowcount
    return target if moved else None


def _seen(result: Result) -> tuple[str, str] | None:
    """Return (kind, URL) of what the page of a check is but a road to."""
    asked, landed = result.check["requested_url"], result.check.get("final_url")
    extraction = result.extraction
    if extraction is not None and extraction.form_of and result.judgement.group == "alive" and urls.is_http(asked):
        return AMP, extraction.form_of
    if not landed or not urls.is_http(asked) or not urls.is_http(landed) or not shortens(urls.host_of(asked)):
        return None
    found = road(landed)  # a page that warns or asks for consent names where it leads
    source = found.original if found is not None and found.original else landed
    elsewhere = urls.site_of(asked) != urls.site_of(source) and not shortens(urls.host_of(source))
    return (SHORTENER, source) if elsewhere else None
