"""``scrapy rejudge``: stored captures extracted and judged anew, by the rules of today, without the network."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import database
from citekeep.check_settings import check_settings
from citekeep.dating import say_as_cited_within
from citekeep.exceptions import ArchiveError, CitekeepError
from citekeep.schedule import Rules
from citekeep.standing import be_patient
from citekeep.tables import cell, plain, plural
from citekeep.verdicts import fingerprints
from citekeep.verdicts.table import RULES_VERSION

if TYPE_CHECKING:
    import argparse

    from citekeep.rejudging.run import Summary

EXIT_CODES = {
    0: "Done: every stored check is judged by the rules of today.",
    2: "Bad input or a bad setting: nothing was judged; the sentence printed says what to change.",
    3: "Stopped before the end (Ctrl-C): what was judged is kept, the next run goes on.",
    4: "archive.db is not there, or cannot be opened or written: what was committed is safe.",
    5: "Some records of the WARCs are missing or damaged, or cost their worker: those checks stay as they were judged.",
}
"""What each exit code of ``scrapy rejudge`` means (docs/analysts.md)."""

SHOWN = 40  # changes in the table


class Command(ScrapyCommand):
    """Judges what is stored anew, or says what would change."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[--dry-run] [--json]"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Extract and judge stored captures anew, by the rules of today, without the network"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Read every stored check that older rules judged, or of which an older extractor made the text, from its "
            "WARC, and extract and judge it anew. Nobody is asked. Earlier judgements and texts stay beside the new ones; "
            "what holds of each link follows from the new ones, reviews outrank both. Says which verdicts changed, by "
            "which rule; the view judgement_changes keeps that. May be stopped and run again at any time, also beside a "
            "crawl: what is judged already is not judged twice."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument("--dry-run", action="store_true", help="judge, but keep nothing: say what would change")
        parser.add_argument("--json", action="store_true", help="print what a program reads, as one JSON object")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Judge, print what changed, set the exit code."""
        if args:
            raise UsageError(f"rejudge takes no {args[0]!r}: it judges all that is stored.", print_help=False)
        assert self.settings is not None
        try:
            check_settings(self.settings)
            path = Path(self.settings["ARCHIVE_DB"])
            if not opts.dry_run:
                database.bring_up_to_date(path)
            summary, stopped = asyncio.run(self._work(path, dry_run=opts.dry_run, quiet=opts.json))
        except (CitekeepError, sqlite3.Error) as error:
            print(error, file=sys.stderr)
            self.exitcode = 4 if isinstance(error, ArchiveError | sqlite3.Error) else 2
            return
        if opts.json:
            print(json.dumps(_as_json(summary), ensure_ascii=False, indent=2))
        else:
            _print(summary, dry_run=opts.dry_run)
        if stopped:
            print("Stopped: what was judged is kept, the next run goes on.", file=sys.stderr)
        self.exitcode = 3 if stopped else 5 if summary.unread else 0

    async def _work(self, path: Path, *, dry_run: bool, quiet: bool) -> tuple[Summary, bool]:
        assert self.settings is not None
        from citekeep.rejudging import rows  # noqa: PLC0415 - Scrapy loads every command for each, also `crawl`
        from citekeep.rejudging.run import Place, Rejudging, Terms  # noqa: PLC0415
        from citekeep.workers import Workers  # noqa: PLC0415

        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        settings = self.settings
        rules = Rules.of(settings)
        terms = Terms(
            place=Place(database=path, warcs=Path(settings["WARC_DIR"]), body_max=settings.getint("DOWNLOAD_MAXSIZE")),
            rules=rules,
            citations_limit=settings.getint("CITATIONS_PER_ARTICLE"),
            redirects_most=settings.getint("REDIRECT_MAX_TIMES"),
        )
        lists = fingerprints.paths_of(settings)
        workers = Workers(
            count=settings.getint("EXTRACT_WORKERS") or None,
            timeout=settings.getfloat("EXTRACT_TIMEOUT"),
            memory_bytes=settings.getint("EXTRACT_MEMORY"),
            fingerprints=lists,
        )
        writer = None if dry_run else await asyncio.to_thread(database.Writer, path)
        if writer is not None:
            writer.run_sync(be_patient, rules)
            writer.run_sync(say_as_cited_within, settings.getint("AS_CITED_WITHIN_DAYS"))
        progress = Progress(
            TextColumn("judged"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn(),
            console=Console(stderr=True), disable=quiet or not sys.stderr.isatty(), transient=True,
        )  # fmt: skip
        try:
            with closing(database.connect(path, read_only=True)) as connection, progress:
                task = progress.add_task("", total=rows.count_outdated(connection)[0])
                run = Rejudging(
                    connection, writer, workers, terms, stop=stop,
                    told=lambda told: progress.update(task, completed=told.checks + told.unread),
                )  # fmt: skip
                return await run.run(), stop.is_set()
        finally:
            await workers.close()
            if writer is not None:
                await writer.aclose()


def _print(summary: Summary, *, dry_run: bool) -> None:
    console = Console()
    if not summary.checks and not summary.unread:
        console.print("Everything that is stored is judged by the rules of today.")
        return
    would = "would be " if dry_run else ""
    judged, texts = _many(summary.checks, "check"), _many(summary.documents, "text")
    console.print(
        f"{judged} {would}judged by rules {RULES_VERSION}, {texts} {would}extracted anew; "
        f"{_many(summary.changed, 'verdict')} {would}changed.",
        highlight=False,
    )
    if summary.changes:
        table = Table("Checked at", "Link", "Before", "Now", "By rule")
        for change in summary.changes[:SHOWN]:
            said = (change.before.replace("_", " "), change.verdict.replace("_", " "), change.rule.replace("_", " "))
            table.add_row(change.checked_at, cell(change.url, 60), *said)
        console.print(table)
        if summary.changed > SHOWN:
            console.print(f"and {summary.changed - SHOWN:,} more: see the view judgement_changes.", highlight=False)
    for (before, after), number in summary.standings.most_common():
        console.print(
            f"{number:,} links: {before.replace('_', ' ')} before, {after.replace('_', ' ')} now.", highlight=False
        )
    if summary.unread:
        console.print(
            f"{_many(summary.unread, 'check')} could not be read again and stay as judged before:", highlight=False
        )
        for url, at, why in summary.damaged[:SHOWN]:
            console.print(f"  {at} {plain(url, 80)}: {plain(why, 200)}", highlight=False, markup=False)


def _many(number: int, noun: str) -> str:
    return f"{number:,} {plural(number, noun)}"


def _as_json(summary: Summary) -> dict[str, Any]:
    by_rule = [
        {"before_rule": key[0], "before": key[1], "rule": key[2], "verdict": key[3], "checks": number}
        for key, number in summary.rules.most_common()
    ]
    return {
        "rules_version": RULES_VERSION,
        "checks": summary.checks,
        "documents": summary.documents,
        "changed": summary.changed,
        "by_rule": by_rule,
        "changes": [asdict(change) for change in summary.changes],
        "standings": [
            {"before": before, "now": after, "links": number}
            for (before, after), number in summary.standings.most_common()
        ],
        "not_read": summary.unread,
        "damaged": [{"url": url, "checked_at": at, "why": why} for url, at, why in summary.damaged],
    }
