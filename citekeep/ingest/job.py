"""A whole import, from the names of files to what came of them: the run as a row, the files opened, the loop, the summary."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from citekeep import crawls, database, run_lock, runs
from citekeep.dating import say_as_cited_within
from citekeep.exceptions import InputError
from citekeep.ingest.asked import article_pattern
from citekeep.ingest.files import look_at, working_folder
from citekeep.ingest.index import Index
from citekeep.ingest.open import Opened, open_files
from citekeep.ingest.plan import Limits
from citekeep.ingest.run import Ingesting, Summary, Terms
from citekeep.ingest.words import LEFT_OUT
from citekeep.inputs import read_list
from citekeep.schedule import Rules
from citekeep.standing import be_patient
from citekeep.workers import Workers

SPIDER = "ingest"
"""The name of such runs in ``crawls``: by it checks of captures that others made are told from our own."""

Told = Callable[[str, int, int], None]
"""What is being done, how much of it, of how much (0: nobody knows)."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person asks for. articles: URLs; patterns: of URLs, as written. how: as in files.keep."""

    paths: list[Path]
    patterns: list[str]
    articles: list[str]
    bad_lines: list[tuple[int, str, str]]
    all_links: bool
    public: bool
    collection: str | None
    how: str

    def arguments(self) -> dict[str, str]:
        """Return what was asked for without paths, equal for equal input."""
        names = sorted(path.name for path in self.paths)
        listed = "\n".join(self.articles)
        return {
            "files": names[0] if len(names) == 1 else f"{len(names)} files, {_digest(names)}",
            "publish": str(int(self.public)),
            **({"articles": ", ".join(sorted(self.patterns))} if self.patterns else {}),
            **({"list": hashlib.sha256(listed.encode("utf-8", "replace")).hexdigest()} if self.articles else {}),
            **({"all_links": "1"} if self.all_links else {}),
        }


def _digest(names: list[str]) -> str:
    return hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def read_asked(
    files: Sequence[str],
    *,
    patterns: Sequence[str],
    articles_from: str | None,
    all_links: bool,
    public: bool,
    collection: str | None,
    how: str,
) -> Asked:
    """Return what is asked for. Raises InputError where none of the files, or a pattern, can be used."""
    for pattern in patterns:
        article_pattern(pattern)
    found, bad = read_list(articles_from) if articles_from else ([], [])
    if articles_from and not found:
        raise InputError(f"No usable URL in {'standard input' if articles_from == '-' else articles_from}.")
    paths = [Path(name) for name in files]
    refused = [why for path in paths if (why := _why_refused(path)) is not None]
    if len(refused) == len(paths):
        raise InputError("\n".join(refused))
    return Asked(
        paths=paths, patterns=list(patterns), articles=found, bad_lines=bad, all_links=all_links, public=public,
        collection=collection, how=how,
    )  # fmt: skip


def _why_refused(path: Path) -> str | None:
    try:
        look_at(path)
    except InputError as error:
        return str(error)
    return None


@dataclass(kw_only=True)
class Done:
    """What came of it. left_out: (in words, number) of records. damaged: (file or URL, offset, why)."""

    summary: Summary
    records: int
    files: int
    kinds: dict[str, int]
    left_out: list[tuple[str, int]]
    reasons: dict[str, int]
    damaged: list[tuple[str, int, str]]
    damaged_count: int
    told: list[str] = field(default_factory=list)
    stopped: bool = False
    wrong: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        summary = asdict(self.summary)
        summary = {name: summary[name] for name in _COUNTS} | {"verdict_groups": dict(self.summary.groups)}
        return {
            "files": self.files,
            "records": self.records,
            "records_by_type": self.kinds,
            **summary,
            "left_out": self.reasons,
            "damaged_places": self.damaged_count,
            "damaged": [{"where": where, "offset": offset, "why": why} for where, offset, why in self.damaged],
            "told": self.told,
            "stopped": self.stopped,
        }


_COUNTS = ("articles", "versions", "checks", "citations", "documents", "first_at", "last_at")


async def bring_in(
    asked: Asked,
    path: Path,
    warcs: Path,
    workers: Workers,
    *,
    rules: Rules,
    limits: Limits,
    citations_limit: int,
    as_cited_within: int,
    dry_run: bool,
    stop: asyncio.Event,
    told: Told,
) -> Done:
    """Bring the files in and return what came of it. path: of archive.db. Raises InputError, ArchiveError, sqlite3.Error."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(working_folder(None if dry_run else warcs))
        writer = None if dry_run else await asyncio.to_thread(database.Writer, path)
        if writer is not None:
            stack.push_async_callback(writer.aclose)
            writer.run_sync(be_patient, rules)
            writer.run_sync(say_as_cited_within, as_cited_within)
        connection = stack.enter_context(closing(_reader(path, folder, writer)))
        index = stack.enter_context(closing(Index(folder / "index", places=not dry_run)))
        index.ask(asked.articles)
        opened = Opened(warcs=warcs, how=asked.how)
        run = _Run(writer, path.parent, asked)
        summary, reason = Summary(), "archive_failed"
        try:
            await asyncio.to_thread(
                open_files, asked.paths, folder, index, opened, None if dry_run else connection,
                stop=stop.is_set, told=lambda name, done, size: told(f"reading {name}", done, size),
            )  # fmt: skip
            terms = Terms(
                warcs=warcs, rules=rules, limits=limits, citations_limit=citations_limit,
                patterns=tuple(article_pattern(pattern) for pattern in asked.patterns), all_links=asked.all_links,
                public=asked.public, collection=asked.collection,
            )  # fmt: skip
            ingesting = Ingesting(
                connection, writer, workers, index, opened, terms, crawl_id=run.crawl_id, stop=stop,
                told=lambda now: told(f"{now.checks:,} checks came in, {now.citations:,} citations", 0, 0),
            )  # fmt: skip
            summary = ingesting.summary
            await ingesting.run()
            reason = "shutdown" if stop.is_set() else "finished"
        finally:
            await run.finish(reason, summary)
        return _done(summary, index, opened, stopped=stop.is_set())


def _reader(path: Path, folder: Path, writer: database.Writer | None) -> sqlite3.Connection:
    if writer is None and not path.exists():
        return database.connect(folder / "empty.db")  # a dry run before the first run
    return database.connect(path, read_only=True)


def _done(summary: Summary, index: Index, opened: Opened, *, stopped: bool) -> Done:
    read = index.read
    reasons = {reason: number for reason, number in summary.left_out.most_common() if number}
    if read.without_id:
        opened.told.append(
            f"{read.without_id:,} records have no WARC-Record-ID: they are known by address, date and content."
        )
    return Done(
        summary=summary,
        records=sum(read.kinds.values()),
        files=len(opened.files),
        kinds=dict(read.kinds),
        left_out=[(LEFT_OUT[reason], number) for reason, number in reasons.items()],
        reasons=reasons,
        damaged=read.damaged + summary.unreadable,
        damaged_count=read.damaged_count + reasons.get("unreadable", 0),
        told=opened.told,
        stopped=stopped,
        wrong=opened.wrong or bool(read.damaged_count or reasons.get("unreadable")),
    )


class _Run:
    """The run as a row of ``crawls``, with its lock and its signs of life; nothing at all for a dry one."""

    def __init__(self, writer: database.Writer | None, data_dir: Path, asked: Asked) -> None:
        self.writer, self.data_dir = writer, data_dir
        self.crawl_id, self.run = 0, uuid4().hex
        if writer is None:
            return
        self.lock = run_lock.hold(data_dir, self.run)
        crawl = runs.begin(
            writer, data_dir, self.run, SPIDER, asked.arguments(), collection=asked.collection, vantage=None
        )
        self.crawl_id = crawl.crawl_id
        self.heart = asyncio.ensure_future(self._beat(writer))

    async def _beat(self, writer: database.Writer) -> None:
        while True:
            await asyncio.sleep(runs.HEARTBEAT)
            await writer.run(crawls.beat, self.crawl_id)

    async def finish(self, reason: str, summary: Summary) -> None:
        """End it."""
        if self.writer is None:
            return
        self.heart.cancel()
        stats = {f"ingest/{name}": value for name, value in asdict(summary).items() if isinstance(value, int | str)}
        stats |= {f"ingest/left_out/{name}": number for name, number in summary.left_out.items()}
        recorded = False
        try:
            await self.writer.run(
                lambda connection: crawls.finish(connection, self.crawl_id, reason=reason, stats=stats)
            )
            recorded = True
        finally:
            run_lock.let_go(self.data_dir, self.run, self.lock, recorded=recorded)
