"""``scrapy ingest``: captures that others made, from their WARCs and WACZs, as if they had been fetched; nobody is asked."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep.check_settings import check_settings
from citekeep.exceptions import ArchiveError, CitekeepError
from citekeep.inputs import named
from citekeep.schedule import Rules
from citekeep.tables import plain, plural
from citekeep.verdicts import fingerprints

if TYPE_CHECKING:
    import argparse

    from citekeep.ingest.job import Asked, Done

EXIT_CODES = {
    0: "Done: what was to come in is recorded, or was before; what was left out is told with its reason.",
    2: "Bad input or a bad setting: nothing was brought in; the sentence printed says what to change.",
    3: "Stopped before the end (Ctrl-C): what came in is kept, the same command goes on.",
    4: "archive.db or warcs/ could not be opened or written (a full disk, no permission): what was committed is safe.",
    5: "Done, but something is damaged: records that could not be read, parts of a WACZ that are not what it says of them, or "
    "one of several files that is empty, cut off or no WARC at all. Each is named with its place; the rest came in.",
}
"""What each exit code of ``scrapy ingest`` means (docs/archivists.md)."""

SHOWN = 20  # damaged places in the table


class Command(ScrapyCommand):
    """Brings captures in, or says what would come in."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "FILE... [--articles PATTERN] [--articles-from LIST] [--all-links] [--publish] [--dry-run]"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Bring in captures that others made: WARCs and WACZs, without the network"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Read WARCs (.warc, .warc.gz, .warc.zst) and WACZs, whatever tool wrote them, and record what is in them as if it "
            "had been fetched on its WARC-Date: the pages that you name as articles (--articles, --articles-from; of a WACZ, "
            "its seed pages; and all that are articles of this archive already) with their texts and citations, then every "
            "capture of a link that this archive knows as a check of it. Name all files of a crawl at once: a redirect or a "
            "revisit may lie in another one than what it leads to. Nobody is asked; the links that came in are due for "
            "`scrapy crawl links`. An import is private unless --publish. Run it again at any time, also after it was "
            "killed: no record is brought in twice, and links that are cited by now come in."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument(
            "--articles",
            metavar="PATTERN",
            action="append",
            default=[],
            help="pages that are articles: an address with * for any characters (news.example/2015/*); repeatable",
        )
        parser.add_argument(
            "--articles-from",
            metavar="LIST",
            help='pages that are articles: a file with one URL a line, "-": standard input',
        )
        parser.add_argument(
            "--all-links", action="store_true", help="bring in every page, also those that nothing cites"
        )
        parser.add_argument("--collection", metavar="NAME", help="a label for the articles and the run")
        parser.add_argument(
            "--publish",
            action="store_true",
            help="the articles and their links are public: they may be looked up in and saved to the Wayback Machine",
        )
        kept = parser.add_mutually_exclusive_group()
        kept.add_argument(
            "--copy", action="store_true", help="copy the files into warcs/, also where a link to them would do"
        )
        kept.add_argument(
            "--leave", action="store_true", help="leave the files where they lie: warcs/ gets a symbolic link"
        )
        parser.add_argument("--dry-run", action="store_true", help="only read the files: say what would come in")
        parser.add_argument("--json", action="store_true", help="print what a program reads, as one JSON object")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Bring in, print what came in, set the exit code."""
        args = named(args)
        if not args:
            raise UsageError("Name one or more files: scrapy ingest crawl.warc.gz", print_help=False)
        assert self.settings is not None
        try:
            check_settings(self.settings)
            done = asyncio.run(self._work(args, opts))
        except (CitekeepError, sqlite3.Error) as error:
            print(error, file=sys.stderr)
            self.exitcode = 4 if isinstance(error, ArchiveError | sqlite3.Error) else 2
            return
        if opts.json:
            print(json.dumps(done.as_json(), ensure_ascii=False, indent=2))
        else:
            _print(done, Console(), dry_run=opts.dry_run)
        if done.stopped:
            print("Stopped: what came in is kept, the same command goes on.", file=sys.stderr)
        self.exitcode = 3 if done.stopped else 5 if done.wrong else 0

    async def _work(self, args: list[str], opts: argparse.Namespace) -> Done:
        assert self.settings is not None
        from citekeep.ingest.job import bring_in, read_asked  # noqa: PLC0415 - Scrapy loads every command for each
        from citekeep.ingest.plan import Limits  # noqa: PLC0415
        from citekeep.workers import Workers  # noqa: PLC0415

        settings = self.settings
        asked: Asked = read_asked(
            args,
            patterns=opts.articles,
            articles_from=opts.articles_from,
            all_links=opts.all_links,
            public=opts.publish,
            collection=opts.collection,
            how="copy" if opts.copy else "leave" if opts.leave else "link",
        )
        for number, text, why in asked.bad_lines:
            print(f"line {number}: {plain(text)}: {why}", file=sys.stderr)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        path = Path(settings["ARCHIVE_DB"])
        path.parent.mkdir(parents=True, exist_ok=True)
        workers = Workers(
            count=settings.getint("EXTRACT_WORKERS") or None,
            timeout=settings.getfloat("EXTRACT_TIMEOUT"),
            memory_bytes=settings.getint("EXTRACT_MEMORY"),
            fingerprints=fingerprints.paths_of(settings),
        )
        with ExitStack() as stack:
            progress = _progress(quiet=opts.json)
            stack.enter_context(progress)
            task = progress.add_task("", total=None, what="")
            try:
                return await bring_in(
                    asked,
                    path,
                    Path(settings["WARC_DIR"]),
                    workers,
                    rules=Rules.of(settings),
                    limits=Limits(
                        redirects_most=settings.getint("REDIRECT_MAX_TIMES"),
                        body_max=settings.getint("DOWNLOAD_MAXSIZE"),
                    ),
                    citations_limit=settings.getint("CITATIONS_PER_ARTICLE"),
                    as_cited_within=settings.getint("AS_CITED_WITHIN_DAYS"),
                    dry_run=opts.dry_run,
                    stop=stop,
                    told=lambda what, done, total: progress.update(task, what=what, completed=done, total=total),
                )
            finally:
                await workers.close()


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.fields[what]}", markup=False), BarColumn(),
        console=Console(stderr=True), disable=quiet or not sys.stderr.isatty(), transient=True,
    )  # fmt: skip


def _print(done: Done, console: Console, *, dry_run: bool) -> None:
    summary = done.summary
    would = "would come in" if dry_run else "came in"
    span = f", dated {summary.first_at[:10]} to {(summary.last_at or '')[:10]}" if summary.first_at else ""
    told = f"{_many(done.records, 'record')} read in {_many(done.files, 'file')}; {_many(summary.checks, 'check')} {would}{span}."
    console.print(told, highlight=False)
    if not dry_run and summary.checks:
        parts = [
            f"{_many(summary.articles, 'article')} new", f"{_many(summary.versions, 'version')} of articles",
            f"{_many(summary.citations, 'citation')} found", f"{_many(summary.documents, 'document')}",
        ]  # fmt: skip
        console.print("; ".join(parts) + ".", highlight=False)
        seen = ", ".join(f"{number:,} {group.replace('_', ' ')}" for group, number in summary.groups.most_common())
        console.print(f"Seen then: {seen}.", highlight=False)
    if dry_run:
        console.print(
            f"Of these checks, {summary.versions:,} are of articles. What they cite is known once they are read: its captures "
            "come in, too.",
            highlight=False,
        )
    if not summary.checks and "already" not in done.reasons and not done.stopped:
        console.print(
            "Nothing of it is an article, or is cited by one, as far as this archive knows: name the articles with --articles or "
            "--articles-from.",
            highlight=False,
        )
    if done.left_out:
        table = Table("Left out", "Records")
        for reason, number in done.left_out:
            table.add_row(reason, f"{number:,}")
        console.print(table)
    for sentence in done.told:
        console.print(plain(sentence), highlight=False, markup=False)
    for name, offset, why in done.damaged[:SHOWN]:
        console.print(f"Damaged: {plain(name, 80)} at {offset:,}: {plain(why, 200)}.", highlight=False, markup=False)
    if done.damaged_count > SHOWN:
        console.print(f"and {done.damaged_count - SHOWN:,} more damaged places: see --json.", highlight=False)


def _many(number: int, noun: str) -> str:
    return f"{number:,} {plural(number, noun)}"
