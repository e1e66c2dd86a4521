"""The texts of a link that are kept, from checks and from snapshots that were read back; which two a person means."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from citekeep.exceptions import InputError

NAMES = ("first", "last", "cited")


@dataclass(frozen=True, kw_only=True)
class Version:
    """One text as it was seen. kind: "check" or "snapshot". at: when it was seen, or captured.

    name: how it is named on the command line. cited: whether it is the snapshot that shows a citation. volatile: whether the
    judge took the page for one that changes by design (None: it was not asked). number: which version of an article it is
    (record_versions.py), links: what its text cites, sorted; None where it is no article's, or not known.
    """

    kind: str
    row_id: int
    at: str
    url: str
    title: str | None
    language: str | None
    words: int
    document_id: int
    text_sha256: str
    extractor_version: str
    cited: bool = False
    verdict: str | None = None
    volatile: bool | None = None
    number: int | None = None
    links: list[str] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """See the class."""
        return f"{self.kind}:{self.row_id}"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        names = ("name", "kind", "at", "url", "title", "language", "words", "text_sha256", "extractor_version", "cited",
                 "verdict", "volatile", "number", "links")  # fmt: skip
        return {name: getattr(self, name) for name in names}


_VERSIONS = """
SELECT 'check', c.id, c.checked_at, coalesce(c.final_url, c.requested_url), d.title, d.language, d.word_count, d.id,
    t.text_sha256, d.extractor_version, 0, j.verdict, EXISTS (SELECT 1 FROM json_each(j.flags) WHERE value = 'volatile'),
    v.version, CASE WHEN v.links IS NOT NULL THEN (SELECT json_group_array(url) FROM (
        SELECT l.url FROM json_each(v.links) AS one JOIN links AS l ON l.id = one.value ORDER BY l.url)) END
FROM checks AS c
JOIN documents AS d ON d.id = c.document_id AND d.outcome = 'ok'
JOIN texts AS t ON t.id = d.text_id
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
LEFT JOIN versions AS v ON v.id = (
    SELECT o.id FROM versions AS o JOIN checks AS f ON f.id = o.first_check_id JOIN checks AS z ON z.id = o.last_check_id
    WHERE o.article_id = (SELECT id FROM articles WHERE link_id = :link) AND o.text_id = d.text_id
        AND (c.checked_at, c.id) >= (f.checked_at, f.id) AND (c.checked_at, c.id) <= (z.checked_at, z.id) LIMIT 1)
WHERE c.link_id = :link
UNION ALL
SELECT 'snapshot', m.id, m.memento_at, m.memento_url, d.title, d.language, d.word_count, d.id, t.text_sha256,
    d.extractor_version, EXISTS (SELECT 1 FROM citations WHERE as_cited_memento_id = m.id), NULL, NULL, NULL, NULL
FROM mementos AS m
JOIN memento_now AS n ON n.memento_id = m.id
JOIN documents AS d ON d.id = m.document_id AND d.outcome = 'ok'
JOIN texts AS t ON t.id = d.text_id
WHERE m.link_id = :link AND n.quality IN ('verified', 'identical', 'lost')
ORDER BY 3, 1 DESC, 2
"""


def versions(connection: sqlite3.Connection, link_id: int) -> list[Version]:
    """Return the texts of a link that are kept, without the texts, by time; consecutive ones may be the same."""
    return [
        Version(
            kind=r[0], row_id=r[1], at=r[2], url=r[3], title=r[4], language=r[5], words=r[6] or 0, document_id=r[7],
            text_sha256=r[8], extractor_version=r[9], cited=bool(r[10]), verdict=r[11],
            volatile=None if r[12] is None else bool(r[12]), number=r[13],
            links=None if r[14] is None else json.loads(r[14]),
        )
        for r in connection.execute(_VERSIONS, {"link": link_id})
    ]  # fmt: skip


def text_of(connection: sqlite3.Connection, version: Version) -> str:
    """Return the text of a version."""
    row = connection.execute("SELECT text FROM texts WHERE text_sha256 = ?", (version.text_sha256,)).fetchone()
    return row[0] if row else ""


def pick(found: Sequence[Version], first: str | None, second: str | None) -> tuple[Version, Version]:
    """Return the two versions that a person means, the earlier one first where neither was named.

    Without names: the snapshot that shows the page as cited, else the first text; and the last. Raises InputError where
    there are no two, or a name is none.
    """
    if len(found) < 2:
        told = f"only one text is kept, {found[0].name} of {found[0].at}" if found else "no text of it is kept"
        raise InputError(f"There is nothing to compare: {told}.")
    after = named(found, second) if second is not None else found[-1]
    if first is not None:
        return named(found, first), after
    before = next((one for one in found if one.cited), found[0])
    return (before if before is not after else found[0]), after


_MONTH_ON = r"-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])(:[0-5]\d(:[0-5]\dZ?)?)?)?)?"
_TIME = re.compile(rf"\d{{4}}({_MONTH_ON})?", re.ASCII)
"""Whole times as archive.db has them, and their beginnings."""


def named(found: Sequence[Version], name: str) -> Version:
    """Return the version that a name means: first, last, cited, version:N, check:N, snapshot:N, a snapshot's URL, or a time.

    version:N: the first reading of that version of an article.
    A time (2026, 2026-11 or 2026-11-23T10:00:00Z, of UTC) means the last text seen by the end of it. Raises InputError.
    """
    if name in {"first", "last"}:
        return found[0] if name == "first" else found[-1]
    if name == "cited":
        cited = next((one for one in found if one.cited), None)
        if cited is None:
            raise InputError("No snapshot that was read back shows this page as cited.")
        return cited
    if name.startswith("version:"):
        numbered = next((one for one in found if name == f"version:{one.number}"), None)
        if numbered is None:
            most = max((one.number or 0 for one in found), default=0)
            raise InputError(
                f"There is no {name[:30]}: " + (f"the last is version:{most}." if most else "it is no article.")
            )
        return numbered
    exact = next((one for one in found if name == one.name or (one.kind == "snapshot" and name == one.url)), None)
    if exact is not None:
        return exact
    if _TIME.fullmatch(name):
        by_then = [one for one in found if one.at[: len(name)] <= name]
        if by_then:
            return by_then[-1]
        raise InputError(f"No text was seen by {name}: the first is of {found[0].at}.")
    raise InputError(
        f"{name[:200]!r} names no version: give first, last, cited, version:N, a time, or a name that --list shows."
    )
