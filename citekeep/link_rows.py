"""Links as rows: the one place where a URL, as somebody wrote it, becomes a link with its host and its site."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from citekeep import urls, values
from citekeep.exceptions import InputError

_UNUSABLE_LENGTH = 2_000  # characters of a URL that cannot be one: enough to recognise it


@dataclass(frozen=True, kw_only=True)
class LinkIdentity:
    """What a URL says by itself. withheld: why it is not to be asked, of failures.REASONS, or None."""

    url: str
    request_url: str
    verbatim: bool
    origin: str
    host: str
    site: str
    withheld: str | None


def identify(url: str) -> LinkIdentity:
    """Return the identity of a URL as written.

    What is no http or https URL is a link of the site "local" that is withheld: it is recorded, never asked.
    """
    try:
        request_url, verbatim = urls.request_form(url)
        return LinkIdentity(
            url=urls.canonical(url),
            request_url=request_url,
            verbatim=verbatim,
            origin=urls.origin_of(url),
            host=urls.host_of(url),
            site=urls.site_of(url),
            withheld=urls.withheld(url),
        )
    except InputError:
        shown = values.words(url)[:_UNUSABLE_LENGTH]
        scheme = shown.partition(":")[0].strip().lower()
        reason = "invalid_url" if scheme in {"http", "https"} or ":" not in shown else "unsupported_scheme"
        return LinkIdentity(
            url=shown,
            request_url=shown,
            verbatim=False,
            origin=urls.LOCAL,
            host=urls.LOCAL,
            site=urls.LOCAL,
            withheld=reason,
        )


_PUBLISH = """
UPDATE links SET public = 1, next_check_at = iif(turn > 0, :now, next_check_at), priority = max(priority, turn > 0)
WHERE id = :link_id
"""


def ensure_link(connection: sqlite3.Connection, url: str, *, public: bool, now: str) -> int:
    """Return the id of the link with this URL, made where it is new; ``public`` makes it public for good.

    One that was checked while it was private has no wish for a snapshot: it is due again, also in the same run.
    """
    identity = identify(url)
    row = connection.execute("SELECT id, public FROM links WHERE url = ?", (identity.url,)).fetchone()
    if row is not None:
        if public and not row[1]:
            connection.execute(_PUBLISH, {"link_id": row[0], "now": now})
        return int(row[0])
    host_id, site_id = ensure_host(connection, identity.origin, identity.host, identity.site)
    (link_id,) = connection.execute(
        "INSERT INTO links (url, request_url, verbatim, host_id, site_id, first_seen_at, public, withheld)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            identity.url,
            identity.request_url,
            int(identity.verbatim),
            host_id,
            site_id,
            now,
            int(public),
            identity.withheld,
        ),
    ).fetchone()
    return int(link_id)


def ensure_host(connection: sqlite3.Connection, origin: str, host: str, site: str) -> tuple[int, int]:
    """Return the ids of the host with this origin and of its site, made where they are new."""
    row = connection.execute("SELECT id, site_id FROM hosts WHERE origin = ?", (origin,)).fetchone()
    if row is not None:
        return int(row[0]), int(row[1])
    connection.execute("INSERT INTO sites (site) VALUES (?) ON CONFLICT DO NOTHING", (site,))
    (site_id,) = connection.execute("SELECT id FROM sites WHERE site = ?", (site,)).fetchone()
    (host_id,) = connection.execute(
        "INSERT INTO hosts (origin, host, site_id) VALUES (?, ?, ?) RETURNING id", (origin, host, site_id)
    ).fetchone()
    return int(host_id), int(site_id)
