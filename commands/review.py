"""``scrapy review``: what a person saw, which outranks what the machine judged."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import database, reviews
from citekeep.exceptions import ArchiveError, CitekeepError, InputError
from citekeep.inputs import named
from citekeep.schedule import Rules
from citekeep.standing import be_patient
from citekeep.tables import cell, plain

if TYPE_CHECKING:
    import argparse

EXIT_CODES = {
    0: "Done: the review is recorded, ended or listed.",
    2: "Bad input: nothing was recorded; the sentence printed says what to change.",
    4: "archive.db is not there, or cannot be read or written.",
}
"""What each exit code of ``scrapy review`` means (docs/fact-checkers.md)."""


class Command(ScrapyCommand):
    """Records a review, ends it, or lists what people said."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "LINK|SNAPSHOT VERDICT --by NAME --note TEXT [--in ARTICLE] [--until DAY] | --list | --disagreements"

    def short_desc(self) -> str:
        """Return what ``scrapy`` says of this command."""
        return "Record what a person saw of a link, a citation or a snapshot; it outranks the machine"

    def long_desc(self) -> str:
        """Return what ``scrapy review --help`` says first."""
        return (
            "Record what you saw. LINK in any spelling; with --in ARTICLE only as that article cites it. SNAPSHOT: its URL. "
            "VERDICT: of a page one of docs/verdicts.md (alive, content_drift, not_found, soft_404, ...), of a "
            "snapshot verified, rejected or lost. It wins in every view, card and report, is shown as yours, and stays when "
            "verdicts are judged anew. The newest review counts; --withdraw ends it. --disagreements lists where people and "
            "rules differ: the false positives, rule by rule."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add this command's options."""
        super().add_options(parser)
        parser.add_argument("--by", metavar="NAME", help="who says it")
        parser.add_argument("--note", metavar="TEXT", help="on what ground")
        parser.add_argument("--in", dest="article", metavar="ARTICLE", help="only as this article cites it")
        parser.add_argument("--until", metavar="DAY", help="in force to the end of this day (UTC); for good without it")
        parser.add_argument("--withdraw", action="store_true", help="end the review in force; give no VERDICT")
        parser.add_argument("--list", dest="listed", action="store_true", help="list the reviews in force")
        parser.add_argument(
            "--disagreements", action="store_true", help="list where rules said otherwise, rule by rule"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Record or list, set the exit code."""
        args = named(args)
        if opts.listed and opts.disagreements:
            raise UsageError("Give either --list or --disagreements.", print_help=False)
        if opts.article and (opts.listed or opts.disagreements):
            raise UsageError("Lists are of all reviews: --in goes with a link.", print_help=False)
        wanted = 0 if opts.listed or opts.disagreements else 1 if opts.withdraw else 2
        if len(args) != wanted:
            told = (
                "Lists take no URL.",
                "Name one link or snapshot to withdraw its review.",
                "Name a link and a verdict.",
            )
            raise UsageError(told[wanted], print_help=wanted == 2 and not args)
        assert self.settings is not None
        path = Path(self.settings["ARCHIVE_DB"])
        try:
            if not path.exists():
                raise ArchiveError(f"{path.name} is not there: archive an article first, with scrapy crawl article.")
            with closing(database.connect(path)) as connection, connection:
                self._do(connection, args, opts)
        except (CitekeepError, sqlite3.Error) as error:
            print(error, file=sys.stderr)
            self.exitcode = 2 if isinstance(error, InputError) else 4

    def _do(self, connection: sqlite3.Connection, args: list[str], opts: argparse.Namespace) -> None:
        if opts.listed or opts.disagreements:
            found = reviews.in_force(connection) if opts.listed else reviews.disagreements(connection)
            if opts.json:
                print(json.dumps(found, ensure_ascii=False, indent=2))
            else:
                (_print_list if opts.listed else _print_disagreements)(found)
            return
        assert self.settings is not None
        be_patient(connection, Rules.of(self.settings))
        reviewed = reviews.meant(connection, args[0], article=opts.article)
        if opts.withdraw:
            ended = reviews.withdraw(connection, reviewed)
            if not ended:
                raise InputError(f"No review of {reviewed.shown} is in force.")
            told: dict[str, Any] = {"withdrawn": ended, "of": reviewed.shown}
        else:
            verdict = reviews.verdict_of(args[1], reviewed)
            by, note = reviews.person(opts.by, opts.note)
            until = reviews.until_of(opts.until)
            made = reviews.add(connection, reviewed, verdict, by=by, note=note, until=until)
            told = {"recorded": made, "of": reviewed.shown, "verdict": verdict, "by": by, "until": until}
        print(json.dumps(told, ensure_ascii=False) if opts.json else _sentence(told))


def _sentence(told: dict[str, Any]) -> str:
    if "withdrawn" in told:
        return f"The review of {plain(told['of'])} is no longer in force."
    until = f" until {told['until']}" if told["until"] else ""
    return f"{plain(told['of'])}: {told['verdict'].replace('_', ' ')}, by {plain(told['by'])}{until}."


def _print_list(found: list[dict[str, object]]) -> None:
    if not found:
        print("No review is in force.")
        return
    table = Table("what", "reviewed as", "by", "on", "until", "note")
    for row in found:
        what = row["snapshot_url"] or (
            f"{row['url']}, cited in {row['article_url']}" if row["article_url"] else row["url"]
        )
        when, until = str(row["made_at"])[:10], str(row["until"] or "")[:10]
        table.add_row(
            cell(what), cell(str(row["verdict"]).replace("_", " ")), cell(row["by"]), when, until, cell(row["note"])
        )
    Console().print(table)


def _print_disagreements(found: list[dict[str, object]]) -> None:
    if not found:
        print("People and rules agree wherever both spoke.")
        return
    table = Table("rule", "judged", "reviewed as", "what", "by", "note")
    for row in found:
        cells = (
            row["rule"] or "",
            row["judged"],
            row["reviewed"],
            row["snapshot_url"] or row["url"],
            row["by"],
            row["note"],
        )
        table.add_row(*map(cell, cells))
    Console().print(table)
    rules = {row["rule"] for row in found}
    print(f"{len(found)} by {len(rules)} {'rule' if len(rules) == 1 else 'rules'}.")
