"""``scrapy repair``: what mends the links of an article, with snapshots that were read back just now."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import clock, database
from citekeep.cards import find
from citekeep.cards.card import Card, cards_of_article
from citekeep.cards.repair import (
    JUST_NOW,
    LeftAlone,
    Repair,
    repairs,
    robust_link,
    to_read,
    wiki_parameters,
    write_csv,
)
from citekeep.exceptions import ArchiveError, CitekeepError, InputError
from citekeep.inputs import named
from citekeep.tables import plain
from citekeep.verdicts import fingerprints

if TYPE_CHECKING:
    import argparse

FORMATS = ("html", "wiki", "csv", "json")
SECONDS = 300.0  # for reading snapshots back, at the archive's pace

EXIT_CODES = {
    0: "Done: every citation that needs it has its repair.",
    2: "Bad input: the sentence printed says what to change.",
    4: "archive.db is not there, or cannot be read or written.",
    5: "Some citations were left alone: each is named with the reason.",
}
"""What each exit code of ``scrapy repair`` means (docs/fact-checkers.md)."""


class Command(ScrapyCommand):
    """Reads snapshots back from the archive that holds them, and prints what to put into the article."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "ARTICLE [--format html|wiki|csv|json] [--alive] [--offline]"

    def short_desc(self) -> str:
        """Return what ``scrapy`` says of this command."""
        return "Print what mends the links of an article: Robust Links, wiki parameters or a table"

    def long_desc(self) -> str:
        """Return what ``scrapy repair --help`` says first."""
        return (
            "For each citation whose page is gone, print a link to the snapshot that shows it as cited: Robust Links"
            " HTML (html), parameters for Wikipedia's citation templates (wiki), or a table (csv, json). Only snapshots"
            " that were read back just now, or that a person reviewed, are offered; what is left alone is named with"
            " its reason. Reading a snapshot back asks the archive that holds it; links of private articles are left."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add this command's options."""
        super().add_options(parser)
        parser.add_argument("--format", choices=FORMATS, default="html")
        parser.add_argument("--alive", action="store_true", help="also for pages that are still there")
        parser.add_argument(
            "--offline",
            action="store_true",
            help=f"ask nobody: only what was read back within {JUST_NOW / 60:g} minutes",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read back, print, set the exit code."""
        args = named(args)
        if len(args) != 1:
            raise UsageError("Name one article: scrapy repair https://...")
        assert self.settings is not None
        path = Path(self.settings["ARCHIVE_DB"])
        try:
            if not path.exists():
                raise ArchiveError(f"{path} is not there: archive an article first, with scrapy crawl article.")
            cards = _cards(path, args[0])
            if not opts.offline:
                old = to_read(cards, now=clock.timestamp(), alive=opts.alive)
                if old and (sentence := asyncio.run(self._read_back(path, old))):
                    print(sentence, file=sys.stderr)
                cards = _cards(path, args[0])
        except (CitekeepError, sqlite3.Error) as error:
            print(error, file=sys.stderr)
            self.exitcode = 2 if isinstance(error, InputError) else 4
            return
        found, left = repairs(cards, now=clock.timestamp(), alive=opts.alive)
        self.exitcode = _print(found, left, opts.format)

    async def _read_back(self, path: Path, memento_ids: list[int]) -> str | None:
        assert self.settings is not None
        # Scrapy loads every command for each, also `crawl`
        from citekeep.wayback.read_again import read_again  # noqa: PLC0415
        from citekeep.workers import Workers  # noqa: PLC0415

        print(f"Reading {len(memento_ids)} snapshots back ...", file=sys.stderr)
        writer = await asyncio.to_thread(database.Writer, path)
        workers = Workers(
            count=1,
            timeout=self.settings.getfloat("EXTRACT_TIMEOUT"),
            fingerprints=fingerprints.paths_of(self.settings),
        )
        try:
            named = {"user_agent": self.settings["USER_AGENT"], "reader": workers, "seconds": SECONDS}
            return (await read_again(writer, memento_ids, **named)).sentence
        finally:
            await workers.close()
            await writer.aclose()


def _cards(path: Path, article: str) -> list[Card]:
    with closing(database.connect(path)) as connection:
        meant = find.known(connection, article)
        if not meant.is_article:
            raise InputError(f"{meant.url} cites nothing: name an article of this archive.")
        return cards_of_article(connection, meant.link_id, now=clock.now())


def _print(found: list[Repair], left: list[LeftAlone], form: str) -> int:
    """Print what was found in a format, and on standard error what was left alone; return the exit code."""
    skipped = [one for one in left if one.why != "it is alive"]
    if form == "json":
        rows = [vars(one) | {"wiki": wiki_parameters(one), "html": robust_link(one)} for one in found]
        told = {"repairs": rows, "left_alone": [vars(one) for one in left]}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    elif form == "csv":
        write_csv(found, sys.stdout)
    else:
        for one in found:
            text = robust_link(one) if form == "html" else wiki_parameters(one)
            if text is None:
                skipped.append(LeftAlone(url=one.url, why="CS1 takes snapshots of the Wayback Machine only"))
            else:
                print(text)
    for alone in skipped:
        print(f"Left alone: {plain(alone.url, 300)}: {plain(alone.why).rstrip('.')}.", file=sys.stderr)
    if not found and not skipped:
        print("Nothing to mend: every cited page is there.", file=sys.stderr)
    return 5 if skipped else 0
