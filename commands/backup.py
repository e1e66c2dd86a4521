"""``scrapy backup``: a checked copy of archive.db, also while runs write to it."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import database
from citekeep.check_settings import check_settings
from citekeep.exceptions import ArchiveError, CitekeepError
from citekeep.health.after_run import back_up
from citekeep.health.alarms import BY_NAME
from citekeep.health.backups import Backup, check_file
from citekeep.health.disk import in_words
from citekeep.health.terms import Terms

if TYPE_CHECKING:
    import argparse

FAILED, DAMAGED = BY_NAME["backup_failed"].code, BY_NAME["integrity_failed"].code

EXIT_CODES = {
    0: "Done: the backup was made and is good; with --check: it is good.",
    2: "Bad input or a bad setting, or another process makes a backup just now: the sentence printed says which.",
    3: "Stopped (Ctrl-C): what had been copied was removed, older backups are as they were.",
    4: "archive.db is not there, or cannot be read or written.",
    DAMAGED: "archive.db itself is damaged: the sentence says how. No older backup was removed.",
    FAILED: "The backup could not be made, or its copy was found bad; with --check: it is bad. No older one was removed.",
}
"""What each exit code of ``scrapy backup`` means (docs/archivists.md)."""


class Command(ScrapyCommand):
    """Copies, checks, keeps; or checks a backup that is there."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[--to FOLDER] [--keep N] | --check FILE"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Make a checked copy of archive.db while runs write to it, or check one"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Copy archive.db by SQLite's online backup, check the copy (its structure, its indexes, its foreign keys), write"
            " its SHA-256 beside it, and then remove the oldest backups. Runs may write meanwhile: the copy is what had been"
            " committed when it began. WARCs are files that do not change: copy the folder by any means. --check says"
            " whether a backup is still good, before you need it. To restore one, see docs/archivists.md."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument("--to", metavar="FOLDER", help="where to keep it (BACKUP_DIR); another disk is better")
        parser.add_argument(
            "--keep", type=int, metavar="N", help="backups that stay there, with this one (BACKUP_KEEP)"
        )
        parser.add_argument("--check", metavar="FILE", help="make none: say whether this one is good")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Make a backup or check one, set the exit code."""
        if args:
            raise UsageError(f"backup takes no {args[0]!r}; see --help.")
        if opts.keep is not None and opts.keep < 1:
            raise UsageError("--keep counts from 1.", print_help=False)
        if opts.check is not None and (opts.to or opts.keep):
            raise UsageError("--check FILE goes alone.", print_help=False)
        try:
            self.exitcode = self._check(Path(opts.check)) if opts.check is not None else self._make(opts)
        except KeyboardInterrupt:
            print("Stopped. Older backups are as they were.", file=sys.stderr)
            self.exitcode = 3
        except (CitekeepError, sqlite3.Error, OSError) as error:
            print(error, file=sys.stderr)
            self.exitcode = 2 if isinstance(error, CitekeepError) and not isinstance(error, ArchiveError) else 4

    def _make(self, opts: argparse.Namespace) -> int:
        assert self.settings is not None
        check_settings(self.settings)
        terms = Terms.of(self.settings)
        if not terms.database.exists():
            raise ArchiveError(f"There is no {terms.database.name} yet: the first run makes it.")
        folder = Path(opts.to).expanduser().resolve() if opts.to else None
        console = Console(stderr=True)
        columns = TextColumn("Copying"), BarColumn(), TextColumn("{task.percentage:.0f} %")
        with (
            closing(database.connect(terms.database)) as connection,
            Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
        ):
            task = bar.add_task("copy", total=1.0)
            made = back_up(
                connection,
                terms,
                keep=opts.keep,
                folder=folder,
                progress=lambda share: bar.update(task, completed=share),
            )
        return _say(made)

    def _check(self, path: Path) -> int:
        faults = check_file(path)
        for fault in faults:
            print(f"{path.name}: {fault}.", file=sys.stderr)
        if faults:
            return FAILED
        print(f"{path.name} is good: its sum, its structure and its foreign keys.")
        return 0


def _say(made: Backup) -> int:
    if made.outcome != "good":
        print(made.reason, file=sys.stderr)
        return DAMAGED if made.outcome == "damaged" else FAILED
    print(f"{made.path}: {in_words(made.bytes or 0)}, checked, in {made.took_ms / 1000:.1f} s. SHA-256 {made.sha256}")
    if made.removed:
        print(f"Removed: {', '.join(made.removed)}")
    return 0
