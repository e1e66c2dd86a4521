"""``scrapy due``: everything whose time has come, in one line that cron, a timer or a container can run."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from scrapy.exceptions import UsageError

from citekeep import database, pace_rows
from citekeep.check_settings import check_settings
from citekeep.digest.read import digest
from citekeep.digest.span import of_run
from citekeep.digest.text import ITEMS, lines_of
from citekeep.due_capacity import Room, room
from citekeep.due_plan import Part, Status, parts, status
from citekeep.durations import in_words, seconds_of
from citekeep.exceptions import ArchiveError, CitekeepError, InputError
from citekeep.health import disk
from citekeep.health.after_run import Health
from citekeep.health.alarms import exit_code
from citekeep.pace import REASONS
from citekeep.sources import AskedSources, read_asked, read_sources
from citekeep.tables import cell, paused_sentences, plain
from citekeep.urls import parse_input, site_of
from citekeep.wayback.keys import find_keys
from citekeep.wayback.terms import SERVICE
from commands.crawl import BAD_LINES
from commands.crawl import Command as CrawlCommand

if TYPE_CHECKING:
    import argparse

PARTS_SHOWN = 60
PAUSED_SHOWN = 20
DID_ALL = (0, BAD_LINES)
"""Exit codes of a run that did all that it could: an alarm says more, and a bad line of a list would hide it for ever."""


class Command(CrawlCommand):
    """Runs the spider ``due``, or says what it would do, or how things stand.

    Exit codes: those of ``scrapy crawl``; where the run did all that it could, the code of the gravest alarm that stands.
    """

    scheduled = True

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[--for 2h] | --dry-run [--json] | --status [--json] | --lift SITE"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Do all that is due: snapshots, feeds, articles, links"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Do all that is due, within a time if you name one: old snapshot jobs go on beside; the feeds, sitemaps, "
            "sections and lists of sources.toml come first, then new articles with what they cite and articles to "
            "revisit, then links to check. What is not reached stays due. Run it as often as you like: a second run "
            "shares the work with the first. --dry-run says what would be asked, of whom; --status whether runs keep up."
            " --lift ends the pause of a site, say when it has let you in."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument("--for", dest="duration", metavar="TIME", help="ask nothing more after 90s, 30m, 2h, 1d")
        parser.add_argument("--dry-run", action="store_true", help="ask nobody: say what is due, by source and site")
        parser.add_argument("--status", action="store_true", help="ask nobody: what ran, what waits, what is late")
        parser.add_argument("--json", action="store_true", help="with --dry-run or --status: print JSON")
        parser.add_argument(
            "--lift", metavar="SITE", help="ask nobody: end the pause of a site (its registrable domain)"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the options; what asks nobody writes no log."""
        if opts.dry_run or opts.status or opts.lift is not None:
            opts.nolog = True
        super().process_options(["due"], opts)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do what is due, or say it."""
        if args:
            raise UsageError(f"scrapy due takes no {args[0]!r}: what is due is in archive.db and sources.toml.")
        if sum((opts.dry_run, opts.status, opts.lift is not None)) > 1:
            raise UsageError("Give either --dry-run or --status or --lift.", print_help=False)
        if opts.duration is not None and not seconds_of(opts.duration):
            raise UsageError(f"--for {opts.duration!r} is no time such as 90s, 30m, 2h or 1d.", print_help=False)
        if opts.json and not (opts.dry_run or opts.status):
            raise UsageError("--json goes with --dry-run or --status.", print_help=False)
        if not (opts.dry_run or opts.status or opts.lift is not None):
            opts.spargs = {"for": opts.duration} if opts.duration else {}
            super().run(["due"], opts)
            return
        try:
            self._lift(opts.lift) if opts.lift is not None else self._tell(opts)
        except (CitekeepError, sqlite3.Error) as error:
            print(error, file=sys.stderr)
            self.exitcode = 2 if isinstance(error, InputError) else 4

    def _look_after(self, crawl_id: int | None = None, *, failed: bool = False) -> Health:
        """Do what a run's end asks for; then print the digest, and let the alarms decide the exit code of a good run."""
        health = super()._look_after(crawl_id, failed=failed)
        assert self.settings is not None
        if crawl_id is not None and not failed:
            try:
                with closing(database.connect(self.settings["ARCHIVE_DB"])) as connection:
                    print("\n".join(lines_of(digest(connection, of_run(connection, crawl_id), shown=ITEMS))))
            except (CitekeepError, sqlite3.Error) as error:
                self._say(f"The digest could not be read: {error}")
            print(f"\nLog  {self.settings.get('LOG_FILE') or 'standard error'}")
        if self.exitcode in DID_ALL:
            self.exitcode = exit_code(health.standing) or self.exitcode
        return health

    def _lift(self, named: str) -> None:
        assert self.settings is not None
        path = Path(self.settings["ARCHIVE_DB"])
        if not path.exists():
            raise ArchiveError(f"There is no {path.name} yet: the first run makes it.")
        site = site_of(parse_input(named if "://" in named else f"https://{named}"))
        with closing(database.connect(path)) as connection, connection:
            due = pace_rows.lift(connection, site)
        if due is None:
            raise InputError(f"{site} is not paused; --status lists who is.")
        links = "1 link is" if due == 1 else f"{due} links are"
        print(f"{site} is not paused any more. {links} due now that waited for it.")

    def _tell(self, opts: argparse.Namespace) -> None:
        assert self.settings is not None
        check_settings(self.settings)
        asked = self._sources(lists=not opts.status)
        path = Path(self.settings["ARCHIVE_DB"])
        with ExitStack() as held:
            if not path.exists():
                if opts.status or asked.sources is None:
                    raise ArchiveError(f"There is no {path.name} yet: the first run makes it.")
                # what the first run would do is seen on an empty archive that nobody keeps
                path = Path(held.enter_context(TemporaryDirectory(prefix="citekeep-"))) / path.name
            connection = held.enter_context(closing(database.connect(path)))
            known = {name for (name,) in connection.execute("SELECT name FROM sources WHERE removed_at IS NULL")}
            if opts.status:
                found = status(connection)
                _show_status(found, self._room(connection, found), as_json=opts.json)
                return
            new = [source.name for source in asked.sources or () if source.name not in known]
            _show_parts(self._would_ask(connection, asked), new, as_json=opts.json)

    def _room(self, connection: sqlite3.Connection, found: Status) -> Room:
        assert self.settings is not None
        return room(
            connection,
            found,
            keys=find_keys() is not None,
            reserve=self.settings.getfloat("SNAPSHOT_QUOTA_RESERVE"),
            delay=self.settings.getfloat("DOWNLOAD_DELAY"),
            free=disk.free([Path(self.settings["ARCHIVE_DB"]).parent, Path(self.settings["WARC_DIR"])]),
            service=SERVICE,
        )

    def _sources(self, *, lists: bool) -> AskedSources:
        """Return sources.toml as a run reads it, with its lists or without."""
        assert self.settings is not None
        path = Path(self.settings["SOURCES"])
        if not path.exists():
            return AskedSources(sources=None)
        if not lists:
            return AskedSources(sources=read_sources(path))
        asked = read_asked(path, {})
        self._say_bad_lines(asked)
        return asked

    def _would_ask(self, connection: sqlite3.Connection, asked: AskedSources) -> list[Part]:
        """Return what is due once sources.toml has been read; that it was is undone."""
        assert self.settings is not None
        connection.execute("BEGIN IMMEDIATE")
        try:
            asked.begin(connection)
            return parts(connection, delay=self.settings.getfloat("DOWNLOAD_DELAY"))
        finally:
            connection.execute("ROLLBACK")


def _show_parts(found: list[Part], new: list[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"due": [part.as_json() for part in found], "new_sources": new}, ensure_ascii=False, indent=2))
        return
    console = Console()
    if not found and not new:
        console.print("Nothing is due.")
        return
    table = Table("source", "site", "lists", "articles", "links", "takes at least", "waits until")
    for part in found[:PARTS_SHOWN]:
        counts = [f"{number:,}" if number else "" for number in (part.pages, part.articles, part.links)]
        table.add_row(cell(part.source, 30), cell(part.site, 40), *counts, in_words(part.seconds), _waits(part))
    if found:
        console.print(table)
    if len(found) > PARTS_SHOWN:
        console.print(f"... and {len(found) - PARTS_SHOWN:,} more sites: --json shows all.")
    if new:
        console.print(
            f"New in sources.toml, asked first: {', '.join(plain(name, 64) for name in new)}.", highlight=False
        )
    total = sum(part.pages + part.articles + part.links for part in found)
    longest = max((part.seconds for part in found), default=0.0)
    console.print(
        f"{total:,} due on {len({part.site for part in found}):,} sites; sites are asked side by side, so that it takes"
        f" {in_words(longest)} at least.",
        highlight=False,
    )


def _show_status(found: Status, limits: Room, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found.as_json() | {"room": limits.as_json()}, ensure_ascii=False, indent=2))
        return
    console = Console()
    if found.runs:
        table = Table("run", "began", "ended", "checks")
        for run in found.runs:
            ended = f"{run.finished_at} ({run.finish_reason})" if run.finished_at else "goes on, or was killed"
            table.add_row(plain(run.spider, 20), run.started_at, ended, f"{run.checks:,}")
        console.print(table)
    for sentence in [*found.sentences(), *limits.sentences(), *paused_sentences(found.paused[:PAUSED_SHOWN])]:
        console.print(plain(sentence), markup=False, highlight=False)
    if len(found.paused) > PAUSED_SHOWN:
        console.print("More sites are paused: the view paused_sites has them all.")


def _waits(part: Part) -> str:
    why = REASONS.get(part.pause_reason or "")
    return f"{part.paused_until or ''}{f': {why}' if why else ''}"
