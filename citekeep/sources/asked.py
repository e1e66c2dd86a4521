"""What a run is asked to do with sources: all of sources.toml, or one of them now."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from citekeep import clock
from citekeep.exceptions import InputError
from citekeep.inputs import AskedArticle, read_list
from citekeep.sources.file import read_sources
from citekeep.sources.rows import BROUGHT, Changes, sync
from citekeep.sources.source import Source


@dataclass(kw_only=True)
class AskedSources:
    """Sources as their file says, with the URLs of those that are lists; None where there is no file.

    name: the one source to look at now, or None for all that are due. bad_lines: as in inputs.Asked, of all lists.
    public: whether anything found may be named elsewhere. articles: none by name.
    """

    sources: list[Source] | None
    name: str | None = None
    lists: dict[str, list[str]] = field(default_factory=dict)
    bad_lines: list[tuple[int, str, str]] = field(default_factory=list)
    articles: tuple[AskedArticle, ...] = ()

    @property
    def public(self) -> bool:
        """Whether the articles of any source may be looked up and saved."""
        return self.sources is None or any(source.public for source in self.sources)

    def arguments(self) -> dict[str, str]:
        """Return what was asked for, equal for equal input."""
        return {"source": self.name} if self.name else {}

    def begin(self, connection: sqlite3.Connection) -> Changes:
        """Make archive.db's sources those that were read, and what is to be looked at now due before routine."""
        changes = Changes() if self.sources is None else sync(connection, self.sources, self.lists)
        connection.execute(_AWAKE, {"now": clock.now(), "latest": clock.after(LATEST), "most": LATEST})
        connection.execute(_DUE, {"now": clock.now(), "name": self.name, "brought": BROUGHT})
        return changes


LATEST = 32 * 86_400
"""Seconds from now on in which any list is due: more than any pace or wait. One that is due later was put off by a clock that
ran ahead."""
_AWAKE = """
UPDATE links SET next_check_at = :now
WHERE next_check_at > :latest AND id IN (
    SELECT sp.link_id FROM sources AS s JOIN source_pages AS sp ON sp.source_id = s.id
    WHERE sp.gone_at IS NULL AND s.removed_at IS NULL AND coalesce(s.every_s, 0) < :most)
"""
_DUE = """
UPDATE links SET priority = max(priority, :brought), next_check_at = :now
WHERE id IN (
    SELECT sp.link_id FROM sources AS s JOIN source_pages AS sp ON sp.source_id = s.id JOIN links AS l ON l.id = sp.link_id
    WHERE sp.gone_at IS NULL AND s.removed_at IS NULL AND (s.name = :name OR :name IS NULL AND l.next_check_at <= :now))
"""
"""Named by itself in the inner part, a link is looked up for each page that lists; else every link of the archive is read."""


def articles_first(connection: sqlite3.Connection) -> int:
    """Have articles that are due come before links that are; return how many: a function for ``Writer.run``."""
    return connection.execute(
        "UPDATE links SET priority = ? WHERE priority = 0 AND next_check_at <= ? AND id IN (SELECT link_id FROM articles)",
        (BROUGHT, clock.now()),
    ).rowcount


def read_asked(path: Path, arguments: Mapping[str, str]) -> AskedSources:
    """Return what is asked for. arguments: "source" names one. Raises InputError, a sentence for a person."""
    sources = read_sources(path)
    name = arguments.get("source")
    if name is not None and name not in {source.name for source in sources}:
        raise InputError(f"There is no source {name[:80]!r} in {path.name}.")
    asked = AskedSources(sources=sources, name=name)
    for source in sources:
        if source.kind == "list" and name in {None, source.name}:
            try:
                found, bad = read_list(source.place)
            except InputError as error:
                raise InputError(
                    f"{path.name}, line {source.line}: the list of {source.name} cannot be read. {error}"
                ) from error
            asked.lists[source.name] = found
            where = f"It stands in the list of {source.name}."
            asked.bad_lines += [(number, text, f"{why} {where}") for number, text, why in bad]
    return asked
