"""What the judge knows: the world and its log on one side, the archive on the other."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from benchmarks.quarter import show
from benchmarks.quarter.runs import Run, Runs
from benchmarks.quarter.serve import Asked
from benchmarks.quarter.world import Page, Site, Version, World

_AGENT = re.compile(r"run-(\d+)")


def seconds(value: str) -> float:
    """Return the seconds since 1970 of a time of the archive."""
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def told(at: float | None) -> str:
    """Return a time for a person."""
    return "never" if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


@dataclass(frozen=True)
class Check:
    """A check as it was recorded, with its verdict."""

    url: str
    at: float
    status: int | None
    reason: str | None
    final_url: str | None
    digest: str | None
    verdict: str
    group: str


class Known:
    """runs: all that ended, with the world's log and the stand-in. connection: to the archive, as it is at the end."""

    def __init__(self, runs: Runs, connection: sqlite3.Connection) -> None:
        self.runs, self.connection = runs, connection
        self.world: World = runs.world
        self.log: list[Asked] = sorted(runs.serving.log, key=lambda asked: asked.at)
        self.by_number: dict[int, Run] = {run.number: run for run in runs.done}

    def ask(self, question: str, *values: Any) -> list[Any]:
        """Return the rows of a question to the archive."""
        return self.connection.execute(question, values).fetchall()

    def run_of(self, asked: Asked) -> Run:
        """Return the run that asked."""
        found = _AGENT.search(asked.agent)
        assert found is not None, asked.agent
        return self.by_number[int(found[1])]

    def certain(self, asked: Asked) -> bool:
        """Return whether what was answered has to be in the archive: the run that asked came to its end."""
        return not self.run_of(asked).killed

    @cached_property
    def checks(self) -> dict[str, list[Check]]:
        """All checks by the URL of their links, oldest first."""
        found: dict[str, list[Check]] = defaultdict(list)
        for row in self.ask(
            'SELECT l.url, c.checked_at, c.status, c.reason, c.final_url, c.body_sha256, j.verdict, v."group"'
            " FROM checks AS c JOIN links AS l ON l.id = c.link_id JOIN judgements AS j ON j.check_id = c.id"
            " JOIN verdicts AS v ON v.name = j.verdict ORDER BY c.id"
        ):
            found[row[0]].append(Check(row[0], seconds(row[1]), *row[2:]))
        return found

    @cached_property
    def served(self) -> dict[str, list[Asked]]:
        """All requests by URL, without a query, oldest first."""
        found: dict[str, list[Asked]] = defaultdict(list)
        for asked in self.log:
            found[asked.url.partition("?")[0]].append(asked)
        return found

    def versions(self, site: Site, page: Page) -> dict[str, Version]:
        """Return the versions of a page by the digest of what is shown of each."""
        found = {}
        for version in page.versions:
            body = show.article(site, page, version.begins).body
            assert isinstance(body, bytes)
            found[hashlib.sha256(body).hexdigest()] = version
        return found

    def addresses(self, site: Site, page: Page) -> list[str]:
        """Return the URLs of a page: at its site's domain, and at the one that this moved to."""
        moved = [f"{site.scheme}://www.{site.moved_to}{page.path}"] if site.moved_to else []
        return [site.url(page.path), *moved]
