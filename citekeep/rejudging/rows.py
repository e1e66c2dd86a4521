"""What archive.db says of the checks that are to be judged anew. Functions take a connection first; they only read."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from citekeep.items import WarcRef
from citekeep.readings import VERSION
from citekeep.verdicts import Observation
from citekeep.verdicts.earlier import TEXT_LIMIT
from citekeep.verdicts.table import RULES_VERSION

OUR_OUTAGE = "own_outage"
"""The rule of checks that failed because our own network did (citekeep/outage.py): no page can say otherwise."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A check as it was recorded, with its last judgement.

    outdated: whether it is to be judged by newer rules, or its document was made by an older extractor.
    """

    check_id: int
    turn: int
    crawl_id: int
    checked_at: str
    requested_url: str
    final_url: str | None
    status: int | None
    error: str | None
    error_phase: str | None
    reason: str | None
    content_type: str | None
    body_sha256: str | None
    document_id: int | None
    text_sha256: str | None
    rules_version: int
    verdict: str
    flags: list[str]
    evidence: dict[str, Any] = field(repr=False)
    extractor_version: str | None
    kept: bool

    @property
    def outdated(self) -> bool:
        """See the class."""
        if self.evidence.get("rule") == OUR_OUTAGE:
            return False
        old_text = self.extractor_version is not None and self.extractor_version != VERSION and self.kept
        return self.rules_version < RULES_VERSION or old_text


@dataclass(frozen=True, kw_only=True)
class StoredLink:
    """A link with its checks, oldest first. turn: of the link when it was read. words: how it was cited first."""

    link_id: int
    site_id: int
    host_id: int
    url: str
    turn: int
    standing: str | None
    is_article: bool
    lists: bool
    words: tuple[str, ...]
    article_since: str | None
    checks: list[Stored]


# A check whose judgement or document is older than what makes them now; but where the rules said that it was us.
_OUTDATED = f"""
FROM checks AS c
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
LEFT JOIN documents AS d ON d.id = c.document_id
WHERE coalesce(json_extract(j.evidence, '$.rule'), '') <> '{OUR_OUTAGE}' AND (j.rules_version < :rules
    OR (d.extractor_version <> :extractor
        AND EXISTS (SELECT 1 FROM captures WHERE check_id = c.id AND purpose IN ('page', 'hop') AND warc_id IS NOT NULL)))
"""  # noqa: S608 - our own
_NOW = {"rules": RULES_VERSION, "extractor": VERSION}


def count_outdated(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return how many checks are to be judged anew, and of how many links."""
    checks, links = connection.execute(f"SELECT count(*), count(DISTINCT c.link_id) {_OUTDATED}", _NOW).fetchone()
    return checks, links


def outdated_links(connection: sqlite3.Connection, after: int, most: int) -> list[int]:
    """Return ids of links with checks to be judged anew, ascending, those after one."""
    rows = connection.execute(
        f"SELECT DISTINCT c.link_id {_OUTDATED} AND c.link_id > :after ORDER BY c.link_id LIMIT :most",
        _NOW | {"after": after, "most": most},
    )
    return [link_id for (link_id,) in rows]


_LINK = """
SELECT l.site_id, l.host_id, l.url, l.turn, l.standing, a.id IS NOT NULL,
    EXISTS (SELECT 1 FROM source_pages WHERE link_id = l.id),
    (SELECT anchor_text || ' ' || sentence FROM citations
     WHERE link_id = l.id AND kind IN ('anchor', 'plain_text', 'footnote') ORDER BY id LIMIT 1),
    iif(a.id IS NULL, NULL, coalesce(a.published_at, a.published_on || 'T00:00:00Z', l.first_seen_at))
FROM links AS l LEFT JOIN articles AS a ON a.link_id = l.id WHERE l.id = ?
"""
_CHECKS = """
SELECT c.id, c.turn, c.crawl_id, c.checked_at, c.requested_url, c.final_url, c.status, c.error, c.error_phase, c.reason,
    c.content_type, c.body_sha256, c.document_id, t.text_sha256, j.rules_version, j.verdict, j.flags, j.evidence,
    d.extractor_version,
    EXISTS (SELECT 1 FROM captures WHERE check_id = c.id AND purpose IN ('page', 'hop') AND warc_id IS NOT NULL)
FROM checks AS c
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
LEFT JOIN documents AS d ON d.id = c.document_id
LEFT JOIN texts AS t ON t.id = d.text_id
WHERE c.link_id = ? ORDER BY c.checked_at, c.id
"""


def stored_link(connection: sqlite3.Connection, link_id: int) -> StoredLink:
    """Return a link with all its checks."""
    site_id, host_id, url, turn, standing, is_article, lists, words, since = connection.execute(
        _LINK, (link_id,)
    ).fetchone()
    checks = [
        Stored(
            check_id=r[0], turn=r[1], crawl_id=r[2], checked_at=r[3], requested_url=r[4], final_url=r[5], status=r[6],
            error=r[7], error_phase=r[8], reason=r[9], content_type=r[10], body_sha256=r[11], document_id=r[12],
            text_sha256=r[13], rules_version=r[14], verdict=r[15], flags=json.loads(r[16]), evidence=json.loads(r[17]),
            extractor_version=r[18], kept=bool(r[19]),
        )
        for r in connection.execute(_CHECKS, (link_id,))
    ]  # fmt: skip
    return StoredLink(
        link_id=link_id, site_id=site_id, host_id=host_id, url=url, turn=turn, standing=standing,
        is_article=bool(is_article), lists=bool(lists), words=(words,) if words else (), article_since=since,
        checks=checks,
    )  # fmt: skip


# --- captures ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One exchange of a check as it was recorded. place: of its record, None where none was written.

    body_place: of an imported revisit, where the record lies whose body it has.
    """

    purpose: str
    hop: int
    url: str
    started_at: str | None
    status: int | None
    error: str | None
    ips: tuple[str, ...]
    tls_faults: tuple[str, ...]
    body_sha256: str | None
    truncated: str | None
    place: WarcRef | None
    body_place: WarcRef | None = None


_CAPTURES = """
SELECT p.purpose, p.hop, p.url, p.started_at, p.status, p.error, p.ip, p.dns, p.tls, p.body_sha256, p.truncated, w.name,
    p.offset, p.length, b.name, i.body_offset, i.body_length
FROM captures AS p LEFT JOIN warcs AS w ON w.id = p.warc_id
LEFT JOIN imports AS i ON i.capture_id = p.id LEFT JOIN warcs AS b ON b.id = i.body_warc_id
WHERE p.check_id = ? ORDER BY p.id
"""


def captures_of(connection: sqlite3.Connection, check_id: int) -> list[Capture]:
    """Return the exchanges of a check, in the order they were made."""
    found = []
    for purpose, hop, url, at, status, error, ip, dns, tls, sha256, truncated, *place in connection.execute(
        _CAPTURES, (check_id,)
    ):
        named = [str(one) for one in (json.loads(dns) if dns else {}).get("addresses") or ()]
        faults = (json.loads(tls) if tls else {}).get("faults") or ()
        found.append(
            Capture(
                purpose=purpose, hop=hop, url=url, started_at=at, status=status, error=error,
                ips=tuple(dict.fromkeys([*([ip] if ip else []), *named])), tls_faults=tuple(faults), body_sha256=sha256,
                truncated=truncated,
                place=_ref(place[:3]), body_place=_ref(place[3:]),
            )
        )  # fmt: skip
    return found


def _ref(place: list[Any]) -> WarcRef | None:
    return WarcRef(name=place[0], offset=place[1], length=place[2]) if place[0] else None


def observation_of(check: Stored, captures: list[Capture], words: tuple[str, ...], redirects_most: int) -> Observation:
    """Return what a check saw as far as rows tell: without headers and body, which lie in its last record."""
    pages = [capture for capture in captures if capture.purpose in {"page", "hop"}]
    last = pages[-1] if pages else None
    return Observation(
        requested_url=check.requested_url,
        final_url=check.final_url,
        status=check.status,
        error=check.error,
        error_phase=check.error_phase,
        reason=check.reason,
        hops=tuple((page.url, page.status or 0) for page in pages[:-1]),
        tls_faults=tuple(fault for page in pages for fault in page.tls_faults),
        content_type=check.content_type,
        words=words,
        truncated=bool(last and last.truncated),
        saved_document=check.requested_url.startswith("urn:")
        or not (captures or check.reason or check.error)
        or bool(last and last.place and last.status is None and not last.error),  # a WARC's resource
        flags=_flags(pages, redirects_most),
        ips=tuple(dict.fromkeys(ip for page in pages for ip in page.ips)),
    )


def _flags(pages: list[Capture], redirects_most: int) -> tuple[str, ...]:
    """Return the flag of a way that ended at a redirect: no row has it, but the way shows it."""
    if not pages or pages[-1].status not in REDIRECTS or pages[-1].error:
        return ()
    return ("too_many_redirects" if len(pages) > redirects_most else "bad_redirect",)


_PROBE_CHECK = """
SELECT p.check_id FROM captures AS p WHERE p.check_id = :check AND p.purpose = 'probe' AND p.url = :url
UNION ALL
SELECT * FROM (
    SELECT c.id FROM links AS l JOIN checks AS c ON c.link_id = l.id JOIN captures AS p ON p.check_id = c.id
    WHERE l.host_id = :host AND p.purpose = 'probe' AND p.url = :url AND c.checked_at <= :at
    ORDER BY c.checked_at DESC LIMIT 1)
LIMIT 1
"""


def probe_of(connection: sqlite3.Connection, link: StoredLink, check: Stored, url: str) -> list[Capture]:
    """Return the exchanges of the probe that asked ``url`` for this check, or for one before it; [] where none is known."""
    values = {"check": check.check_id, "url": url, "host": link.host_id, "at": check.checked_at}
    row = connection.execute(_PROBE_CHECK, values).fetchone()
    if row is None:
        return []
    probes = [capture for capture in captures_of(connection, row[0]) if capture.purpose == "probe"]
    start = next(number for number, capture in enumerate(probes) if capture.url == url)
    end = next((n for n in range(start + 1, len(probes)) if probes[n].hop == 0), len(probes))
    return probes[start:end]


def unanswered(url: str, at: str, error: str | None) -> Capture:
    """Return the exchange of a probe that nothing came of, and of which no row tells: its host's robots.txt failed."""
    return Capture(
        purpose="probe", hop=0, url=url, started_at=at, status=None, error=error, ips=(), tls_faults=(),
        body_sha256=None, truncated=None, place=None,
    )  # fmt: skip


# --- what it showed when it was good -------------------------------------------------------------------------------


def text_of_document(connection: sqlite3.Connection, document_id: int | None) -> str | None:
    """Return the beginning of a document's text, None where it has none."""
    row = connection.execute(
        "SELECT substr(t.text, 1, ?) FROM documents AS d JOIN texts AS t ON t.id = d.text_id"
        " WHERE d.id = ? AND d.outcome = 'ok'",
        (TEXT_LIMIT, document_id),
    ).fetchone()
    return None if row is None else row[0]
