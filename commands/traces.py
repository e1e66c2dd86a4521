"""``scrapy traces``: whether words stand anywhere in archive.db and the WARCs, before they are given away."""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import database
from citekeep.exceptions import ArchiveError
from citekeep.tables import plain
from citekeep.traces import rows_with
from citekeep.warc.search import Trace, search

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

FOUND = 5
SHOWN = 10  # records of one file

EXIT_CODES = {
    0: "None of the words stands anywhere.",
    2: "Bad input: the sentence printed says what to change.",
    4: "archive.db or a WARC cannot be read, so that nothing is known of it.",
    FOUND: "A word stands somewhere, or a body could not be looked through: each place is named.",
}
"""What each exit code of ``scrapy traces`` means (docs/people-in-danger.md)."""


class Command(ScrapyCommand):
    """Reads all of archive.db and of warcs/, and asks nobody."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "WORD [WORD ...]"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Say where words stand in archive.db and the WARCs: your own address, before you give them away"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Look for words, such as the public addresses of this machine, in each row of archive.db and each record of each"
            " WARC: in what was sent, in what came, and in bodies without the compression in which they came, where grep"
            " finds nothing. Each word is looked for as it is written, whatever its case. Logs, digests and backups are not"
            " read."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add nothing but what scrapy has."""
        super().add_options(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Look, print each place, set the exit code."""
        assert self.settings is not None
        if not args or not all(word.strip() for word in args):
            raise UsageError("Name what to look for: scrapy traces 203.0.113.7", print_help=False)
        path, folder = Path(self.settings["ARCHIVE_DB"]), Path(self.settings["WARC_DIR"])
        failed = found = False
        try:
            if not path.exists():
                raise ArchiveError(f"There is no {path.name} yet: the first run makes it.")
            with closing(database.connect(path)) as connection:
                for word in args:
                    for table, column, rows in rows_with(connection, word):
                        found = True
                        print(
                            f"{plain(word)}: {path.name}, {table}.{column}: {rows:,} {'row' if rows == 1 else 'rows'}"
                        )
        except (ArchiveError, sqlite3.Error) as error:
            failed = True
            print(error, file=sys.stderr)
        warcs = sorted(folder.glob("*.warc*"))
        for warc in warcs:
            try:
                found = _say(warc, search(warc, args)) or found
            except ArchiveError as error:
                failed = True
                print(error, file=sys.stderr)
        if not (failed or found):
            print(f"Found nowhere: neither in {path.name} nor in the {len(warcs):,} files of {folder.name}/.")
        self.exitcode = FOUND if found else 4 if failed else 0


def _say(warc: Path, traces: Iterator[Trace]) -> bool:
    """Print the places of one file; return whether there are any."""
    seen: Counter[str] = Counter()
    for one in traces:
        seen[one.word] += 1
        if seen[one.word] <= SHOWN:
            what = f"{plain(one.word)}:" if one.word else "Not looked through, as it unpacks to too much:"
            whose = f" of {plain(one.url)}" if one.url else ""
            print(f"{what} {warc.name}, {plain(one.kind)}{whose} ({plain(one.date)})")
    for word, number in seen.items():
        if number > SHOWN:
            print(f"{plain(word)}: {warc.name}, {number - SHOWN:,} more")
    return bool(seen)
