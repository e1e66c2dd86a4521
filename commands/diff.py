"""``scrapy diff``: what a page says beside what it said: any two texts of it that are kept."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import database
from citekeep.cards import find
from citekeep.drift.compare import compare
from citekeep.drift.found import Found
from citekeep.drift.page import page_of, shown
from citekeep.drift.versions import Version, pick, text_of, versions
from citekeep.exceptions import ArchiveError, CitekeepError, InputError
from citekeep.inputs import named
from citekeep.tables import cell, plain, visible

if TYPE_CHECKING:
    import argparse

FORMATS = ("table", "html", "diff", "json")
EXIT_CODES = {
    0: "Done, whether the texts differ or not.",
    2: "Bad input, or fewer than two texts are kept: the sentence printed says which.",
    4: "archive.db is not there or cannot be read.",
}
"""What each exit code of ``scrapy diff`` means (docs/fact-checkers.md)."""

_STYLES = {"lost": "strike red", "gained": "underline green"}
_MARKS = {"lost": "- ", "gained": "+ ", "edited": "~ ", "same": "  "}
_BRACKETS = {"lost": ("[-", "-]"), "gained": ("{+", "+}")}


class Command(ScrapyCommand):
    """Reads archive.db, asks nobody."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "URL [FROM] [TO] [--format table|html|diff|json] | URL --list [--format json]"

    def short_desc(self) -> str:
        """Return what ``scrapy`` says of this command."""
        return "Show what changed on a page: between its snapshot as cited and now, or any two texts that are kept"

    def long_desc(self) -> str:
        """Return what ``scrapy diff --help`` says first."""
        return (
            "Compare two texts of a link or an article, as archive.db keeps them from checks and from snapshots that were "
            "read back; nobody is asked. URL: in any spelling. FROM and TO: first, last, cited (the snapshot that shows "
            "the page as cited), version:2 (of an article, as --list numbers them), a time such as 2026-11 (the last text "
            "seen by then), a snapshot's URL, or a name that --list shows. Without them: as cited, else the first; and the last."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add this command's options."""
        super().add_options(parser)
        parser.add_argument("--format", choices=FORMATS, default="table", help="table: in the terminal; diff: unified")
        parser.add_argument("--list", dest="listed", action="store_true", help="list the texts that are kept")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the difference, set the exit code."""
        args = named(args)
        if not 1 <= len(args) <= 3:
            raise UsageError("Name one URL, and at most two versions of it: scrapy diff https://... [FROM] [TO]")
        if opts.listed and (len(args) > 1 or opts.format in {"html", "diff"}):
            raise UsageError("--list takes one URL, and --format table or json.", print_help=False)
        assert self.settings is not None
        path = Path(self.settings["ARCHIVE_DB"])
        try:
            if not path.exists():
                raise ArchiveError(f"{path.name} is not there: archive an article first, with scrapy crawl article.")
            with closing(database.connect(path, read_only=True)) as connection:
                self._show(connection, args, opts)
        except (CitekeepError, sqlite3.Error) as error:
            print(error, file=sys.stderr)
            self.exitcode = 2 if isinstance(error, InputError) else 4

    def _show(self, connection: sqlite3.Connection, args: list[str], opts: argparse.Namespace) -> None:
        meant = find.known(connection, args[0])
        kept = versions(connection, meant.link_id)
        if opts.listed:
            _list(kept, as_json=opts.format == "json")
            return
        names: list[str | None] = [*args[1:], None, None]
        before, after = pick(kept, names[0], names[1])
        texts = text_of(connection, before), text_of(connection, after)
        if opts.format == "diff":
            sys.stdout.writelines(_unified(before, after, *texts))
            return
        found = Found(meant.url, before, after, compare(*texts))
        if opts.format == "json":
            print(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        elif opts.format == "html":
            print(page_of(found))
        else:
            _print(found, Console())


def _list(kept: list[Version], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([version.as_json() for version in kept], ensure_ascii=False, indent=2))
        return
    if not kept:
        print("No text of it is kept.")
        return
    table = Table("name", "seen at (UTC)", "words", "title", "text")
    for number, version in enumerate(kept):
        same = number > 0 and kept[number - 1].text_sha256 == version.text_sha256
        numbered = f" (version {version.number})" if version.number else ""
        cited = ", as cited" if version.cited else ""
        told = "as before" if same else "" if number == 0 else "another"
        table.add_row(version.name + cited, version.at, f"{version.words:,}", cell(version.title, 60), told + numbered)
    Console().print(table)


def _unified(before: Version, after: Version, old: str, new: str) -> list[str]:
    """Return a unified diff, each paragraph a line; no line of the web can draw on the terminal."""
    was, now = ([f"{plain(line)}\n" for line in text.split("\n")] for text in (old, new))
    return list(unified_diff(was, now, before.name, after.name, before.at, after.at))


def _print(found: Found, console: Console) -> None:
    console.print(Text(plain(found.url), style="bold"), soft_wrap=True)
    for sentence in found.sentences():
        console.print(f"  {plain(sentence)}", markup=False, highlight=False, soft_wrap=True)
    for way in ("lost", "gained"):
        words: dict[str, int] = getattr(found.drift, way)
        if words:
            console.print(f"  {way}: {plain(', '.join(words), 400)}", markup=False, highlight=False, soft_wrap=True)
    if found.drift.same:
        return
    console.print()
    for block in shown(found.drift.blocks):
        if isinstance(block, int):
            console.print(f"  … {block} unchanged", style="dim", highlight=False)
            continue
        line = Text(_MARKS[block.kind])
        for kind, text in block.parts:
            start, end = (
                _BRACKETS.get(kind, ("", "")) if block.kind == "edited" and not console.color_system else ("", "")
            )
            clean = visible(text)
            said = f"{start}{clean.rstrip()}{end}{clean[len(clean.rstrip()) :]}"
            line.append(said, style=_STYLES.get(kind, ""))
        console.print(line, soft_wrap=True)
