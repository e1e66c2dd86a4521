"""``scrapy digest``: what a run, or a span of time, brought; asks nobody."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import database
from citekeep.digest import span as spans
from citekeep.digest.page import page_of
from citekeep.digest.read import SHOWN, digest
from citekeep.digest.text import ITEMS, lines_of
from citekeep.exceptions import ArchiveError, CitekeepError

if TYPE_CHECKING:
    import argparse

FORMATS = ("text", "html", "json")
LIMIT_MAX = 10_000

EXIT_CODES = {
    0: "Done, whatever the digest says.",
    2: "Bad input: the sentence printed says what to change.",
    4: "archive.db is not there or cannot be read, or the digest could not be written.",
}
"""What each exit code of ``scrapy digest`` means (docs/archivists.md)."""


class Command(ScrapyCommand):
    """Reads archive.db, asks nobody."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[--last | --since DATE | --run N | --runs] [--format text|html|json] [-o FILE]"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Say what the last run, or the time since a day, brought: new, changed, died, revived, saved, ..."

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Tell what came in: new articles by source, changed ones with what was edited, links that died with since when and"
            " how sure, revived ones, saves that were refused, lost or wait, what was not checked and why, paused sites,"
            " alarms. Of the last run, of one by its number, or of a span of time: 2026-11-23, a full time (UTC), 24h, 7d."
            " The HTML page stands alone and needs no network. Nobody is asked."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--last", action="store_true", help="of the last run (the default)")
        which.add_argument(
            "--since", metavar="DATE", help="of all runs since 2026-11-23, 2026-11-23T06:00:00Z, 24h or 7d"
        )
        which.add_argument("--run", type=int, metavar="N", help="of one run; --runs lists them")
        which.add_argument("--runs", action="store_true", help="list the last runs with their numbers")
        parser.add_argument("--format", choices=FORMATS, default="text", help="how (text)")
        parser.add_argument("--output", "-o", metavar="FILE", help="write there; else to standard output")
        parser.add_argument("--links", action="store_true", help="make URLs live in HTML; else they are text")
        parser.add_argument(
            "--limit", type=int, metavar="N", help=f"things of each kind (text: {ITEMS}, HTML and JSON: {SHOWN})"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print or write the digest, set the exit code."""
        if args:
            raise UsageError(f"digest takes no {args[0]!r}; see --help.")
        if opts.limit is not None and not 0 <= opts.limit <= LIMIT_MAX:
            raise UsageError(f"--limit counts from 0 to {LIMIT_MAX:,}.", print_help=False)
        assert self.settings is not None
        path = Path(self.settings["ARCHIVE_DB"])
        try:
            if not path.exists():
                raise ArchiveError(f"There is no {path.name} yet: the first run makes it.")
            with closing(database.connect(path, read_only=True)) as connection:
                text = _runs(connection) if opts.runs else _made(connection, opts)
            _write(text, opts.output)
        except (CitekeepError, sqlite3.Error, OSError) as error:
            print(error, file=sys.stderr)
            self.exitcode = 2 if isinstance(error, CitekeepError) and not isinstance(error, ArchiveError) else 4


def _span(connection: sqlite3.Connection, opts: argparse.Namespace) -> spans.Span:
    if opts.since is not None:
        return spans.since(connection, opts.since)
    return spans.last(connection) if opts.run is None else spans.of_run(connection, opts.run)


def _limit(opts: argparse.Namespace) -> int:
    return (ITEMS if opts.format == "text" else SHOWN) if opts.limit is None else opts.limit


def _made(connection: sqlite3.Connection, opts: argparse.Namespace) -> str:
    found = digest(connection, _span(connection, opts), shown=_limit(opts))
    if opts.format == "html":
        return page_of(found, links=opts.links)
    if opts.format == "json":
        return json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n"
    return "\n".join(lines_of(found, items=_limit(opts))) + "\n"


def _runs(connection: sqlite3.Connection) -> str:
    rows = connection.execute(
        "SELECT id, spider, started_at, coalesce(finish_reason, 'goes on, or was killed') FROM crawls ORDER BY id DESC LIMIT 50"
    )
    return "".join(f"{run:>6}  {started}  {spider:<10} {reason}\n" for run, spider, started, reason in rows)


def _write(text: str, output: str | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    target = Path(output)
    partial = target.with_name(target.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        raise ArchiveError(f"{output} cannot be written: {error.strerror}.") from error
