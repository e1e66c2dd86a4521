"""``scrapy evidence``: all that can be shown of a link or of an article's citations, looked at just now."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import clock, database, run_log
from citekeep.asked_links import AskedLinks
from citekeep.cards import find
from citekeep.cards.card import LANGUAGES, Card, cards_of_article, cards_of_link
from citekeep.cards.terminal import print_cards
from citekeep.check_settings import check_settings
from citekeep.exceptions import ArchiveError, CitekeepError, InputError
from citekeep.inputs import named
from citekeep.open_files import check_limit
from citekeep.urls import is_urn

if TYPE_CHECKING:
    import argparse

EXIT_CODES = {
    0: "Done: every card rests on a check made just now (or, with --offline, on what was known).",
    2: "Bad input or a bad setting: nothing was asked; the sentence printed says what to change.",
    3: "Stopped before the end (Ctrl-C): the cards say when each link was last looked at.",
    4: "archive.db could not be opened or written: what was committed is safe.",
    5: "Time ran out, or another run kept a site: some cards rest on an earlier check, as the sentence printed says.",
}
"""What each exit code of ``scrapy evidence`` means (docs/fact-checkers.md)."""

SECONDS = 45.0  # for the checks, so that an answer takes less than a minute
LAST_REQUEST = 8.0  # seconds of that which a request under way is given when time has run out
SAID = 20  # links that were not looked at, by name
OWN_SETTINGS = {"SNAPSHOTS_ENABLED": False, "SNAPSHOT_WAIT": 0}
"""Whoever asks for evidence publishes nothing: no archive is asked, nothing is saved."""


class Command(ScrapyCommand):
    """Checks what is asked about, now, and prints its cards."""

    requires_project = True
    default_settings = {"LOG_LEVEL": "INFO"}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "URL [--offline] [--json] [--lang en|ru|uk] [--seconds N]"

    def short_desc(self) -> str:
        """Return what ``scrapy`` says of this command."""
        return "Show what is known of a link, or of all that an article cites, looked at just now"

    def long_desc(self) -> str:
        """Return what ``scrapy evidence --help`` says first."""
        return (
            "Check a link, or everything that an article cites, now, and print a card for each citation: then (date and"
            " snapshot), now (verdict and why), since when, how sure, what to do, and a reference to copy. URL may be in"
            " any spelling: as it was cited, over an archive, with or without www. No archive is asked and nothing is"
            " saved: it publishes nothing. A link that this archive does not know is checked and kept, privately."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add this command's options."""
        super().add_options(parser)
        parser.add_argument("--offline", action="store_true", help="ask nobody: show what archive.db knows")
        parser.add_argument("--json", action="store_true", help="print a JSON array of cards")
        parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the verdicts' sentences")
        parser.add_argument("--seconds", type=float, default=SECONDS, help=f"for the checks ({SECONDS:g})")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the options; the log goes to a file of its own, as that of a crawl."""
        super().process_options(args, opts)
        assert self.settings is not None
        for name, value in OWN_SETTINGS.items():
            self.settings.set(name, value, priority="cmdline")
        if opts.offline:
            self.settings.set("LOG_ENABLED", False, priority="cmdline")
        elif not (opts.logfile or self.settings.get("LOG_FILE")):
            try:
                path = run_log.open_log(self.settings["LOG_DIR"], "evidence")
            except ArchiveError as error:
                print(error, file=sys.stderr)
                raise SystemExit(4) from error
            self.settings.set("LOG_FILE", str(path), priority="cmdline")
        run_log.own_loop(self.settings["ASYNCIO_EVENT_LOOP"])

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check, print the cards, set the exit code."""
        args = named(args)
        if len(args) != 1:
            raise UsageError("Name one URL: scrapy evidence https://...")
        assert self.settings is not None
        begun = clock.now()
        try:
            if not 1 <= opts.seconds <= 86_400:
                raise InputError(f"--seconds: {opts.seconds:g} is no number from 1 to 86400.")
            check_settings(self.settings)
            check_limit()
            meant = self._meant(args[0], opts.offline)
            code = 0 if opts.offline else self._check(meant, args[0], opts.seconds)
            cards = self._cards(args[0], opts.lang)
        except (CitekeepError, sqlite3.Error) as error:
            print(error, file=sys.stderr)
            self.exitcode = 4 if isinstance(error, ArchiveError | sqlite3.Error) else 2
            return
        if opts.json:
            print(json.dumps([card.as_json() for card in cards], ensure_ascii=False, indent=2))
        else:
            print_cards(cards, Console())
        self.exitcode = code if opts.offline else _say_what_is_old(cards, begun, stopped=code == 3) or code

    def _meant(self, text: str, offline: bool) -> find.Meant | None:
        with closing(self._open(offline=offline)) as connection:
            must_be_known = offline or is_urn(
                text.strip()
            )  # a document that this archive does not have cannot be asked
            return find.known(connection, text) if must_be_known else find.find(connection, text)

    def _open(self, *, offline: bool = False) -> sqlite3.Connection:
        assert self.settings is not None
        path = Path(self.settings["ARCHIVE_DB"])
        if offline:
            database.bring_up_to_date(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        return database.connect(path)

    def _check(self, meant: find.Meant | None, text: str, seconds: float) -> int:
        """Check what is meant; return the exit code of that."""
        assert self.settings is not None
        process = self.crawler_process
        assert process is not None
        if meant is not None and meant.is_article:
            asked = AskedLinks(article=meant.url, anew=True)
        else:
            url = find.address(text)
            asked = AskedLinks(urls=[meant.url if meant is not None else find.over_archive(url) or url], anew=True)
        limit = min(self.settings.getfloat("DOWNLOAD_TIMEOUT"), max(1.0, seconds - LAST_REQUEST))
        for name, value in {"CLOSESPIDER_TIMEOUT": seconds - LAST_REQUEST, "DOWNLOAD_TIMEOUT": limit}.items():
            self.settings.set(name, max(1.0, value), priority="cmdline")
        crawler = process.create_crawler("links")
        begun = time.monotonic()
        task: Any = process.crawl(crawler, asked=asked)
        process.start()
        error = task.exception() if task is not None and task.done() and not task.cancelled() else None
        if error is not None:
            raise error if isinstance(error, CitekeepError) else ArchiveError(f"The check failed: {error}")
        reason = crawler.stats.get_value("finish_reason", "shutdown") if crawler.stats else "shutdown"
        if reason == "archive_failed":
            raise ArchiveError(getattr(crawler.archive, "failure", None) or "archive.db could not be written.")  # type: ignore[attr-defined]
        print(f"Looked at in {time.monotonic() - begun:.0f} s.", file=sys.stderr)
        return 3 if reason == "shutdown" else 0

    def _cards(self, text: str, language: str) -> list[Card]:
        with closing(self._open()) as connection:
            meant = find.known(connection, text)
            cards = cards_of_article if meant.is_article else cards_of_link
            return cards(connection, meant.link_id, now=clock.now(), language=language)


def _say_what_is_old(cards: list[Card], begun: str, *, stopped: bool) -> int:
    """Say which links were not looked at since ``begun``; return the exit code for it, 0 where there are none."""
    why = "stopped before that" if stopped else "time ran out, or another run kept its site"
    old = {card.link_url: card.now.checked_at for card in cards if (card.now.checked_at or "") < begun}
    for url, at in list(old.items())[:SAID]:
        told = f"last looked at on {at[:10]}" if at else "never looked at"
        print(f"Not looked at now: {url[:300]} ({told}): {why}.", file=sys.stderr)
    if len(old) > SAID:
        print(f"Nor were {len(old) - SAID} more of its links.", file=sys.stderr)
    return (3 if stopped else 5) if old else 0
