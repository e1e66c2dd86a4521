"""``scrapy snapshots``: work the ledger of Wayback Machine snapshots, beside a crawl or by itself."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import clock, database, urls
from citekeep.durations import seconds_of
from citekeep.exceptions import ArchiveError, CitekeepError
from citekeep.schedule import Rules
from citekeep.standing import be_patient
from citekeep.tables import plain
from citekeep.verdicts import fingerprints
from citekeep.wayback import capacity, ledger, probe
from citekeep.wayback.archives import parse_archives
from citekeep.wayback.capacity import Capacity
from citekeep.wayback.keys import WHERE_TO_GET, find_keys
from citekeep.wayback.states import STATES
from citekeep.wayback.worker import SERVICE, Summary, Terms, Worker

if TYPE_CHECKING:
    import argparse

WITHHELD = {
    "looks_secret": "it looks secret, and a snapshot is public",
    "acts_on_get": "to ask for it may do something, such as ending a subscription",
}
"""Why a URL is not saved (citekeep.urls.withheld), for a person."""

EXIT_CODES = {
    0: "Done, also where another process works the ledger, or a limit was reached: the sentence printed says so.",
    2: "Bad input or a bad setting: nothing was asked; the sentence printed says what to change.",
    3: "A probe was stopped before its end (Ctrl-C). Work on the ledger that is stopped is done: 0.",
    4: "archive.db is not there, or cannot be opened or written: what was committed is safe.",
    5: "A probe found a service that did not answer as it has to: its line says what to do.",
}
"""What each exit code of ``scrapy snapshots`` means (docs/snapshots.md)."""


class Command(ScrapyCommand):
    """Works the ledger without a crawler, or says how it stands, or probes the real service."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[--for 30m] [--limit N] [--dry-run] [--json] | --probe [URL]"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Look up and save snapshots in the Wayback Machine, and resolve old jobs"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Work the ledger: resolve old jobs first, then look up what is wanted, save what has no recent snapshot, and "
            "poll. Ends when nothing is due, or after --for. Says what waits until when, and whether as much is submitted "
            "as is wanted. Links that are private or look secret are never named to the Wayback Machine. Keys for "
            f"saving: {WHERE_TO_GET}."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument("--for", dest="duration", metavar="TIME", help="go on for so long: 90s, 30m, 2h, 1d")
        parser.add_argument("--limit", type=int, metavar="N", help="end after N changes of state")
        parser.add_argument("--dry-run", action="store_true", help="only say what waits; ask nobody")
        parser.add_argument("--json", action="store_true", help="print what a program reads, as one JSON object")
        parser.add_argument(
            "--probe",
            nargs="?",
            const="",
            metavar="URL",
            help="a first contact: ask every service once and say what it answered. Saves one page, in public: URL, or a "
            "page of example.com",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Work, then print what was done and what waits; or probe."""
        if args:
            raise UsageError(f"snapshots takes no {args[0]!r}; see --help.")
        if opts.limit is not None and opts.limit < 1:
            raise UsageError("--limit must be at least 1.", print_help=False)
        if opts.probe is not None and (opts.dry_run or opts.duration or opts.limit):
            raise UsageError("--probe asks every service once: no --for, --limit or --dry-run.", print_help=False)
        seconds = parse_duration(opts.duration)
        assert self.settings is not None
        try:
            if opts.probe is not None:
                self.exitcode = self._probe(opts.probe, as_json=opts.json)
                return
            path = Path(self.settings["ARCHIVE_DB"])
            database.connect(path, read_only=True).close()
            summary = None if opts.dry_run else asyncio.run(self._work(path, seconds, opts.limit))
            self._print(path, summary, as_json=opts.json)
        except CitekeepError as error:
            print(error, file=sys.stderr)
            self.exitcode = 4 if isinstance(error, ArchiveError) else 2

    # --- the probe ---

    def _probe(self, url: str, *, as_json: bool) -> int:
        """Ask every service once, print each answer as it comes, and return the exit code."""
        assert self.settings is not None
        url = urls.parse_input(url) if url else probe.unique_page()
        why = urls.withheld(url)
        if why is not None:
            raise UsageError(f"{plain(url)} is not saved: {WITHHELD[why]}.", print_help=False)
        url = urls.request_form(url)[0]
        print(f"This saves one page in the Wayback Machine, in public: {plain(url)}", file=sys.stderr)
        asked = probe.Probe(self.settings["USER_AGENT"], find_keys(), url)
        try:
            results = asyncio.run(_told(asked, silent=as_json))
        except KeyboardInterrupt:
            print("Stopped. What was submitted may still be saved.", file=sys.stderr)
            return 3
        if as_json:
            print(json.dumps([vars(result) for result in results], ensure_ascii=False, indent=2))
        return 5 if any(result.outcome == probe.FAILED for result in results) else 0

    # --- the work ---

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
        writer.run_sync(be_patient, Rules.of(self.settings))
        workers = Workers(
            count=1,
            timeout=self.settings.getfloat("EXTRACT_TIMEOUT"),
            fingerprints=fingerprints.paths_of(self.settings),
        )
        try:
            worker = Worker(writer, keys=keys, terms=terms, stop=stop, reader=workers)
            deadline = None if seconds is None else clock.timestamp() + seconds
            return await worker.work(until_idle=seconds is None, limit=limit, deadline=deadline)
        finally:
            await workers.close()
            await writer.aclose()

    def _print(self, path: Path, summary: Summary | None, *, as_json: bool) -> None:
        connection = database.connect(path, read_only=True)
        try:
            waiting = ledger.states(connection, SERVICE)
            able = Capacity(counts=capacity.count(connection, SERVICE), most=self._most(summary))
        finally:
            connection.close()
        if as_json:
            print(json.dumps(_as_json(summary, waiting, able), ensure_ascii=False, indent=2))
            return
        console = Console()
        if summary is not None and summary.sentence:
            console.print(summary.sentence, markup=False)
        table = Table("State", "Meaning", "Now", "Reached just now", "Next at (UTC)")
        for state, told in STATES.items():
            number, at = waiting.get(state, (0, None))
            moved = summary.moved[state] if summary is not None else 0
            if number or moved:
                table.add_row(state, told.meaning, str(number), str(moved) if moved else "", at or "")
        if not table.row_count:
            console.print("The ledger is empty: no link wishes for a snapshot.")
            return
        console.print(table)
        for sentence in able.sentences():
            console.print(sentence, markup=False, highlight=False)

    def _most(self, summary: Summary | None) -> capacity.Most:
        """Return the most that may be submitted a day, by what the account told just now if it was asked."""
        assert self.settings is not None
        reserve = self.settings.getfloat("SNAPSHOT_QUOTA_RESERVE")
        quota = summary.quota if summary is not None else None
        return capacity.most(keys=find_keys() is not None, quota=quota, reserve=reserve)


async def _told(asked: probe.Probe, *, silent: bool) -> list[probe.Result]:
    """Return the results of a probe, each printed as it comes unless silent."""
    results = []
    async for result in asked.run():
        results.append(result)
        if not silent:
            print(f"{result.outcome:8} {result.service:8} {plain(result.told)}", flush=True)
    return results


def _as_json(summary: Summary | None, waiting: dict[str, tuple[int, str | None]], able: Capacity) -> dict[str, Any]:
    """Return what is printed with --json."""
    return {
        "sentence": summary.sentence if summary is not None else None,
        "busy": summary is not None and summary.busy,
        "moved": dict(summary.moved) if summary is not None else {},
        "states": {state: {"saves": number, "next_attempt_at": at} for state, (number, at) in waiting.items()},
        "capacity": able.as_json(),
    }


def parse_duration(text: str | None) -> float | None:
    """Return seconds for "90s", "30m", "2h" or "1d"; None for None. Raises UsageError for anything else."""
    if text is None:
        return None
    seconds = seconds_of(text)
    if seconds is None:
        raise UsageError(f"--for {text!r} is no time such as 90s, 30m, 2h or 1d.", print_help=False)
    return float(seconds)
