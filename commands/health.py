"""``scrapy health``: whether anything is wrong with the archive as a whole; asks nobody but the disk and archive.db."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import database
from citekeep.check_settings import check_settings
from citekeep.exceptions import ArchiveError, CitekeepError
from citekeep.health.after_run import Health, look, verify_warcs
from citekeep.health.alarms import exit_code
from citekeep.health.hooks import Hooks
from citekeep.health.terms import Terms
from citekeep.health.warc_sums import Looked
from citekeep.tables import plain

if TYPE_CHECKING:
    import argparse

SAMPLE, SAMPLE_MOST = 10, 1_000_000  # WARCs

EXIT_CODES = {
    0: "Nothing is wrong: no alarm stands.",
    2: "Bad input or a bad setting: the sentence printed says what to change.",
    4: "archive.db is not there, or cannot be read or written.",
}
"""What each exit code of ``scrapy health`` means, besides those of alarms (docs/archivists.md)."""


class Command(ScrapyCommand):
    """Looks, records what is raised and what is over, tells the hooks, exits with the gravest alarm's code."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[--warcs [--sample N]] [--json]"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Say whether anything is wrong with the archive, and exit with the alarm's code"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Look for what is wrong with the archive as a whole: outlets that yield nothing, feeds that are silent, saves"
            " that are refused, a disk that fills, backups that fail or are old, WARCs that are damaged, runs that do not"
            " happen. Nobody is asked but the disk and archive.db. What is new is told to ALARM_WEBHOOK and ALARM_COMMAND,"
            " once. The exit code is that of the gravest alarm that stands. --warcs takes the sums of WARCs again, the"
            " longest unseen first."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument("--warcs", action="store_true", help="read WARCs whole and compare their sums")
        parser.add_argument("--sample", type=int, metavar="N", help=f"with --warcs: so many files ({SAMPLE})")
        parser.add_argument("--json", action="store_true", help="print what a program reads, as one JSON object")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Look, print, set the exit code."""
        if args:
            raise UsageError(f"health takes no {args[0]!r}; see --help.")
        if opts.sample is not None and (not 1 <= opts.sample <= SAMPLE_MOST or not opts.warcs):
            raise UsageError(f"--sample goes with --warcs, and is from 1 to {SAMPLE_MOST:,}.", print_help=False)
        assert self.settings is not None
        try:
            check_settings(self.settings)
            terms, hooks = Terms.of(self.settings), Hooks.of(self.settings)
            _must_be_there(terms.database)
            with closing(database.connect(terms.database)) as connection:
                looked = verify_warcs(connection, terms.warc_dir, opts.sample or SAMPLE) if opts.warcs else []
                found = look(connection, terms, hooks)
        except (CitekeepError, sqlite3.Error, OSError) as error:
            print(error, file=sys.stderr)
            self.exitcode = 2 if isinstance(error, CitekeepError) and not isinstance(error, ArchiveError) else 4
            return
        _print_json(found, looked) if opts.json else _print(found, looked)
        self.exitcode = exit_code(found.standing)


def _must_be_there(path: Path) -> None:
    if not path.exists():
        raise ArchiveError(f"There is no {path.name} yet: the first run makes it.")


def _print_json(found: Health, looked: list[Looked]) -> None:
    told = {
        "exit_code": exit_code(found.standing),
        "alarms": [alarm.as_json() for alarm in found.standing],
        "raised": [alarm.as_json() for alarm in found.raised],
        "cleared": [alarm.as_json() for alarm in found.cleared],
        "warcs": [{"name": one.name, "damage": one.damage} for one in looked],
        "sentences": found.sentences,
    }
    print(json.dumps(told, ensure_ascii=False, indent=2))


def _print(found: Health, looked: list[Looked]) -> None:
    console = Console()

    def say(text: str, style: str = "") -> None:
        console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    for alarm in found.standing:
        new = ", raised just now" if any(one.alarm_id == alarm.alarm_id for one in found.raised) else ""
        say(f"{alarm.name} ({alarm.code}), since {alarm.since_at}{new}", "bold red")
        say(f"  {plain(alarm.sentence)}")
        say(f"  {plain(alarm.advice)}")
    for alarm in found.cleared:
        say(f"Over: {alarm.name}: {plain(alarm.sentence)}")
    if looked:
        whole = sum(one.damage is None for one in looked)
        say(f"{whole:,} of the {len(looked):,} WARCs that were looked at are the files that were closed.")
    if not found.standing:
        say("Nothing is wrong: no alarm stands.", "green")
    for sentence in found.sentences:
        print(plain(sentence), file=sys.stderr)
