"""``scrapy snapshots``: work the ledger of Wayback Machine snapshots, beside a crawl or by itself."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import clock, database
from citekeep.exceptions import CitekeepError
from citekeep.wayback import ledger
from citekeep.wayback.archives import parse_archives
from citekeep.wayback.keys import WHERE_TO_GET, find_keys
from citekeep.wayback.worker import SERVICE, Summary, Terms, Worker

if TYPE_CHECKING:
    import argparse

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

TOLD = {
    "wanted": "to be looked up",
    "deferred": "waiting: a limit, an outage or a refusal for now",
    "submitting": "being submitted",
    "submitted": "submitted, not done yet",
    "unknown": "submitted, outcome unknown: looked up, never sent again",
    "saved": "saved, not read back yet",
    "found": "an existing snapshot was found, not read back yet",
    "verified": "read back and good",
    "rejected": "read back, and not the page",
    "lost": "once verified, gone since",
    "refused": "refused for good",
    "absent": "never archived, and too late to save",
}
"""What each state of the ledger means to a person."""


class Command(ScrapyCommand):
    """Works the ledger without a crawler: exit code 0, also where another process is at work; 2 for bad input; 4 where
    archive.db cannot be opened.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[--for 30m] [--limit N] [--dry-run]"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Look up and save snapshots in the Wayback Machine, and resolve old jobs"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Work the ledger: resolve old jobs first, then look up what is wanted, save what has no recent snapshot, and "
            "poll. Ends when nothing is due, or after --for. Links that are private or look secret are never named to "
            f"the Wayback Machine. Keys for saving: {WHERE_TO_GET}."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --for, --limit and --dry-run."""
        super().add_options(parser)
        parser.add_argument("--for", dest="duration", metavar="TIME", help="go on for so long: 90s, 30m, 2h, 1d")
        parser.add_argument("--limit", type=int, metavar="N", help="end after N changes of state")
        parser.add_argument("--dry-run", action="store_true", help="only say what waits; ask nobody")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Work, then print what was done and what waits."""
        if args:
            raise UsageError(f"snapshots takes no {args[0]!r}; see --help.")
        if opts.limit is not None and opts.limit < 1:
            raise UsageError("--limit must be at least 1.", print_help=False)
        seconds = parse_duration(opts.duration)
        assert self.settings is not None
        path = Path(self.settings["ARCHIVE_DB"])
        try:
            database.connect(path, read_only=True).close()
            summary = None if opts.dry_run else asyncio.run(self._work(path, seconds, opts.limit))
            self._print(path, summary)
        except CitekeepError as error:
            print(error, file=sys.stderr)
            self.exitcode = 4

    async def _work(self, path: Path, seconds: float | None, limit: int | None) -> Summary:
        assert self.settings is not None
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        keys = find_keys()
        if keys is None:
            print(
                f"No keys: pages are saved the anonymous way, a few a minute. Get keys at {WHERE_TO_GET}.",
                file=sys.stderr,
            )
        terms = Terms(
            user_agent=self.settings["USER_AGENT"],
            max_age=self.settings.getfloat("SNAPSHOT_MAX_AGE_DAYS") * 86_400,
            reserve=self.settings.getfloat("SNAPSHOT_QUOTA_RESERVE"),
            archives=parse_archives(self.settings.getlist("MEMENTO_ARCHIVES")),
        )
        from citekeep.workers import Workers  # noqa: PLC0415 - Scrapy loads every command for each, also `crawl`

        writer = await asyncio.to_thread(database.Writer, path)
        workers = Workers(count=1, timeout=self.settings.getfloat("EXTRACT_TIMEOUT"))
        try:
            worker = Worker(writer, keys=keys, terms=terms, stop=stop, reader=workers)
            deadline = None if seconds is None else clock.timestamp() + seconds
            return await worker.work(until_idle=seconds is None, limit=limit, deadline=deadline)
        finally:
            await workers.close()
            await writer.aclose()

    def _print(self, path: Path, summary: Summary | None) -> None:
        connection = database.connect(path, read_only=True)
        try:
            waiting = ledger.states(connection, SERVICE)
        finally:
            connection.close()
        console = Console()
        if summary is not None and summary.sentence:
            console.print(summary.sentence, markup=False)
        table = Table("State", "Meaning", "Now", "Reached just now", "Next at (UTC)")
        for state, told in TOLD.items():
            number, at = waiting.get(state, (0, None))
            moved = summary.moved[state] if summary is not None else 0
            if number or moved:
                table.add_row(state, told, str(number), str(moved) if moved else "", at or "")
        if table.row_count:
            console.print(table)
        else:
            console.print("The ledger is empty: no link wishes for a snapshot.")


def parse_duration(text: str | None) -> float | None:
    """Return seconds for "90s", "30m", "2h" or "1d"; None for None. Raises UsageError for anything else."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if found is None:
        raise UsageError(f"--for {text!r} is no time such as 90s, 30m, 2h or 1d.", print_help=False)
    return float(found[1]) * UNITS[found[2]]
