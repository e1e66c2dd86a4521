"""``scrapy linkrot``: what became of what is cited, for an article, an outlet, a host or everything."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import clock, database
from citekeep.cards.card import LANGUAGES
from citekeep.cards.csv_rows import write_csv
from citekeep.cards.markdown import write_markdown
from citekeep.cards.page import page_of
from citekeep.cards.report import CARDS_SHOWN, Report, autopsy, report, sentences
from citekeep.cards.scope import scope_of
from citekeep.cards.table import citations_table
from citekeep.exceptions import ArchiveError, CitekeepError, InputError
from citekeep.inputs import named

if TYPE_CHECKING:
    import argparse

FORMATS = ("table", "html", "md", "csv", "json")

EXIT_CODES = {
    0: "Done, whatever the report says.",
    2: "Bad input: the sentence printed says what to change.",
    4: "archive.db is not there or cannot be read, or the report could not be written.",
}
"""What each exit code of ``scrapy linkrot`` means (docs/fact-checkers.md)."""


class Command(ScrapyCommand):
    """Reads archive.db, asks nobody."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[ARTICLE | --outlet SITE | --host HOST] [--format table|html|md|csv|json] [--output FILE]"

    def short_desc(self) -> str:
        """Return what ``scrapy`` says of this command."""
        return "Report what became of what is cited: of an article, an outlet, a host or everything"

    def long_desc(self) -> str:
        """Return what ``scrapy linkrot --help`` says first."""
        return (
            "Report link rot as archive.db knows it; nobody is asked (scrapy crawl links and scrapy evidence do that)."
            " A report has figures by three definitions of link rot, what became of each host, and a card for each"
            " citation: then, now, since when, how sure, what to do, and a reference to copy. The HTML page stands"
            " alone and needs no network."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add this command's options."""
        super().add_options(parser)
        parser.add_argument("--outlet", metavar="SITE", help="what the articles of this site cite")
        parser.add_argument("--host", help="the cited pages of this host")
        parser.add_argument("--format", choices=FORMATS, default="table", help="table: in the terminal")
        parser.add_argument("--output", "-o", metavar="FILE", help="write there; else to standard output")
        parser.add_argument(
            "--links", action="store_true", help="make URLs live in HTML and Markdown; else they are text"
        )
        parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the verdicts' sentences")
        parser.add_argument("--limit", type=int, default=CARDS_SHOWN, help=f"cards of a page or table ({CARDS_SHOWN})")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print or write the report, set the exit code."""
        args = named(args)
        if len(args) > 1:
            raise UsageError("Name one article at most: scrapy linkrot https://...")
        if opts.limit < 0:
            raise UsageError("--limit counts from 0.", print_help=False)
        assert self.settings is not None
        path = Path(self.settings["ARCHIVE_DB"])
        try:
            if not path.exists():
                raise ArchiveError(f"{path} is not there: archive an article first, with scrapy crawl article.")
            with closing(database.connect(path, read_only=True)) as connection:
                scope = scope_of(connection, article=args[0] if args else None, outlet=opts.outlet, host=opts.host)
                _print(report(connection, scope, now=clock.now(), language=opts.lang), opts)
        except (CitekeepError, sqlite3.Error, OSError) as error:
            print(error, file=sys.stderr)
            self.exitcode = 4 if isinstance(error, ArchiveError | sqlite3.Error | OSError) else 2


def _print(found: Report, opts: argparse.Namespace) -> None:
    if opts.output is None:
        _write(found, opts, sys.stdout)
        return
    target = Path(opts.output)
    if target.is_dir():
        raise InputError(f"{target} is a folder: name a file.")
    partial = target.with_name(f"{target.name}.part")  # whoever reads the old report never sees half of the new one
    try:
        with partial.open("w", encoding="utf-8", newline="") as stream:
            _write(found, opts, stream)
        partial.replace(target)
    except OSError as error:
        raise OSError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)


def _write(found: Report, opts: argparse.Namespace, stream: IO[str]) -> None:
    _WRITERS[opts.format](found, opts, stream)


def _table(found: Report, opts: argparse.Namespace, stream: IO[str]) -> None:
    console = Console(file=stream)
    console.print(f"\n{found.title()}", style="bold", markup=False, highlight=False)
    for sentence in sentences(found.figures):
        console.print(f"  {sentence}", markup=False, highlight=False, soft_wrap=True)
    for host in found.hosts[:10]:
        console.print(f"  {autopsy(host)}", markup=False, highlight=False, soft_wrap=True)
    cards = list(islice(found.cards, opts.limit))
    if cards:
        console.print(citations_table(cards, console.width))
    if len(cards) < found.figures.citations:
        console.print(f"{found.figures.citations - len(cards)} more: --limit, or --format csv.", markup=False)


def _json(found: Report, _: Any, stream: IO[str]) -> None:
    head = json.dumps(found.head(), ensure_ascii=False, indent=2)
    stream.write(head.removesuffix("\n}") + ',\n  "cards": [')
    for number, card in enumerate(found.cards):
        stream.write(("," if number else "") + "\n    " + json.dumps(card.as_json(), ensure_ascii=False))
    stream.write("\n  ]\n}\n")


_WRITERS: dict[str, Any] = {
    "table": _table,
    "html": lambda found, opts, stream: stream.write(page_of(found, links=opts.links, limit=opts.limit)),
    "md": lambda found, opts, stream: write_markdown(found, stream, links=opts.links, limit=opts.limit),
    "csv": lambda found, _, stream: write_csv(found.cards, stream),
    "json": _json,
}
