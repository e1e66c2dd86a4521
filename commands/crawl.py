"""``scrapy crawl``: Scrapy's own, with a sentence for bad input, a table at the end, and exit codes that say why."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from rich.console import Console
from scrapy.commands import crawl
from scrapy.exceptions import UsageError

from citekeep import clock, database, run_log
from citekeep.check_settings import check_settings
from citekeep.crawls import NO_ROOM
from citekeep.exceptions import ArchiveError, CitekeepError, InputError, NoRoomError
from citekeep.health import disk
from citekeep.health.after_run import Health, after_run, leave_digest
from citekeep.health.alarms import BY_NAME
from citekeep.health.hooks import Hooks
from citekeep.health.terms import Terms
from citekeep.open_files import check_limit
from citekeep.report import run_report
from citekeep.report_links import links_of, print_links
from citekeep.tables import plain, print_report, waiting_sentences
from citekeep.wayback.keys import WHERE_TO_GET, find_keys

if TYPE_CHECKING:
    import argparse

    from citekeep.inputs import Asked
    from citekeep.report import RunReport
    from citekeep.sources import AskedSources

BAD_LINES = 6
EXIT_CODES = {
    0: "Done: everything asked for was checked, whatever the checks found.",
    1: "A fault of Citekeep or of its set-up: the last lines of the log say which.",
    2: "Bad input or a bad setting: nothing was asked; the sentence printed says what to change.",
    3: "Stopped before the end (Ctrl-C, a signal): the same command goes on where it stopped.",
    4: "archive.db or a WARC could not be opened or written (a full disk, no permission, no more open files): what was "
    "committed is safe.",
    5: "Done, but no article asked for could be read: see the table.",
    BAD_LINES: "Done, but some lines of the list could not be used: they are named by number.",
    7: "Ended, but what was asked for is still due: another run has its site, SITES_ONLY leaves it "
    "out, or the site is paused or was asked as often as it may.",
    12: "Not begun, or ended before its time, as less room is left than DISK_FREE_MIN: the same command goes on once there "
    "is room.",
}
"""What each exit code of ``scrapy crawl`` means (docs/archivists.md)."""

ARCHIVE_FAILED = "archive_failed"  # finish reasons
OUTAGE = "outage"
STOPPED = "shutdown"
NO_ROOM_CODE = BY_NAME["disk_filling"].code


class Command(crawl.Command):
    """Deliberately of the same name as Scrapy's: whose exit code is 0 when a spider closed itself in trouble."""

    scheduled = False
    """Whether this is the command that an archivist has run by the clock."""

    def long_desc(self) -> str:
        """Return what ``scrapy crawl --help`` says first."""
        return (
            'article: archive an article with everything it cites: -a url=URL, -a urls=LIST ("-": standard input), or '
            "-a file=DOCUMENT (private unless -a publish=1). Without any of these, go on with what was left. "
            "links: check cited links again: all that is due, or now those of -a urls=LIST or -a article=URL. "
            "feed: archive what is new in the feeds, sitemaps, section pages and lists of sources.toml; -a source=NAME: "
            "in that one, now."
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the options; the log goes to a file of its own unless the person asked for another place."""
        super().process_options(args, opts)
        assert self.settings is not None
        if not (opts.logfile or opts.loglevel or opts.nolog or self.settings.get("LOG_FILE")) and args:
            try:
                path = run_log.open_log(self.settings["LOG_DIR"], Path(args[0]).name)
            except ArchiveError as error:
                self._say(str(error))
                raise SystemExit(4) from error
            self.settings.set("LOG_FILE", str(path), priority="command")
        run_log.own_loop(self.settings["ASYNCIO_EVENT_LOOP"])

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the spider, print what it did, set the exit code."""
        if len(args) != 1:
            raise UsageError("Name one spider: scrapy crawl article -a url=https://...")
        process = self.crawler_process
        assert process is not None
        assert self.settings is not None
        run_log.quieten(self.settings["LOG_LEVEL"])
        try:
            spider = process.spider_loader.load(args[0])
        except KeyError:
            known = ", ".join(process.spider_loader.list())
            raise UsageError(f"There is no spider {args[0]!r}; there are: {known}.", print_help=False) from None
        try:
            asked = self._prepare(spider, opts.spargs)
        except CitekeepError as error:
            self._say(str(error))
            self.exitcode = (
                NO_ROOM_CODE if isinstance(error, NoRoomError) else 4 if isinstance(error, ArchiveError) else 2
            )
            if isinstance(error, NoRoomError):
                self._look_after()
            return
        _load_tls()
        crawler = self._create_crawler(spider)
        task = process.crawl(crawler, **opts.spargs, **({"asked": asked} if asked is not None else {}))
        process.start()
        self._conclude(crawler, _exception(task), asked)

    def _say_bad_lines(self, asked: Asked | AskedSources | None) -> None:
        for number, text, why in asked.bad_lines if asked else []:
            self._say(f"line {number}: {plain(text)}: {why}")

    def _prepare(self, spider: Any, arguments: dict[str, str]) -> Asked | None:
        assert self.settings is not None
        check_settings(self.settings)
        terms, _ = Terms.of(self.settings), Hooks.of(self.settings)
        asked = self._asked(spider, arguments)
        self._say_bad_lines(asked)
        if self.settings.getbool("HTTPPROXY_ENABLED") and getproxies():
            self._say(
                "A proxy stands between: it finds and judges the addresses that are asked, not Citekeep. Such checks say"
                " via_proxy and have no IP address."
            )
        if self.settings.getbool("SNAPSHOTS_ENABLED") and find_keys() is None and (asked is None or asked.public):
            self._say(
                "No keys for Save Page Now: pages are saved the anonymous way, a few a minute, without a promise. "
                f"Get keys at {WHERE_TO_GET}."
            )
        check_limit()
        disk.check([terms.database.parent, terms.warc_dir], terms.disk_free_min)
        # Opening archive.db here tells what is wrong with it before anything has started.
        path = Path(self.settings["ARCHIVE_DB"])
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(database.connect(path)) as connection:
            if asked is not None and hasattr(asked, "resolve"):
                asked.resolve(connection)
        return asked

    def _asked(self, spider: Any, arguments: dict[str, str]) -> Any:
        assert self.settings is not None
        if hasattr(spider, "read_sources"):
            return spider.read_sources(arguments, self.settings["SOURCES"])
        return spider.read_arguments(arguments) if hasattr(spider, "read_arguments") else None

    def _say(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)

    def _conclude(self, crawler: Any, error: BaseException | None, asked: Asked | None) -> None:
        if isinstance(error, CitekeepError):
            self._say(str(error))
            self.exitcode = 2 if isinstance(error, InputError) else 4
            return
        assert self.crawler_process is not None
        if error is not None or self.crawler_process.bootstrap_failed:
            self._say(f"Citekeep could not start: {error or 'see the log'}. Log: {crawler.settings.get('LOG_FILE')}")
            self.exitcode = 1
            return
        reason = crawler.stats.get_value("finish_reason", STOPPED)  # none after a second Ctrl-C
        report, unchecked = self._report(crawler, asked)
        if report is not None and not self.scheduled:
            print_report(report, Console(), settings=crawler.settings, reason=reason, spider=crawler.spidercls.name)
        elif report is not None:  # its digest tells the rest
            print("\n".join([*waiting_sentences(report, crawler.spidercls.name), ""]))
        if reason in {
            ARCHIVE_FAILED,
            OUTAGE,
            NO_ROOM,
        }:  # the ledger stopped for the same reason: one sentence is enough
            self._say(
                f"{crawler.archive.failure} What was recorded is safe; the same command goes on where it stopped."
            )
        elif report is not None:
            self._say_of_ledger(crawler)
        self.exitcode = exit_code(reason, crawler.stats.get_stats(), report, asked, unchecked)
        self._look_after(crawler.archive.crawl_id, failed=reason == ARCHIVE_FAILED)

    def _look_after(self, crawl_id: int | None = None, *, failed: bool = False) -> Health:
        """Do what a run's end asks for (citekeep/health/after_run.py), say what is wrong, leave the run's digest.

        failed: archive.db could not be written, which has been said.
        """
        assert self.settings is not None
        terms = Terms.of(self.settings)
        if not terms.database.exists():
            return Health()
        warcs = self.settings.getint("WARCS_PER_RUN")
        health = after_run(
            terms, Hooks.of(self.settings), scheduled=self.scheduled and crawl_id is not None, warcs=warcs
        )
        folder = self.settings["DIGEST_DIR"]
        if crawl_id is not None and folder:
            keep = self.settings.getint("DIGEST_KEEP")
            health.sentences += leave_digest(terms.database, Path(folder), crawl_id, keep=keep)
        for alarm in health.raised:
            self._say(f"ALARM {alarm.name}: {plain(alarm.sentence)} {alarm.advice}")
        for sentence in health.sentences if not failed else []:
            self._say(plain(sentence))
        return health

    def _say_of_ledger(self, crawler: Any) -> None:
        sentence = getattr(crawler.archive, "ledger_sentence", None)
        if sentence:
            self._say(f"{sentence} The wishes wait in archive.db; `python -m scrapy snapshots` goes on with them.")

    def _report(self, crawler: Any, asked: Any) -> tuple[RunReport | None, int]:
        """Return what the run did and how many of the links asked for nobody has checked; print its table of links."""
        archive = getattr(crawler, "archive", None)
        if archive is None or not archive.crawl_id:
            return None, 0
        connection = database.connect(archive.path)  # not read-only: such a one would leave its -wal and -shm behind
        try:
            if getattr(crawler.spidercls, "shows_links", False):
                print_links(links_of(connection, archive.crawl_id), Console())
            unchecked = asked.unchecked(connection, archive.crawl_id) if hasattr(asked, "unchecked") else 0
            priority = getattr(crawler.spidercls, "min_priority", 0)
            return run_report(connection, archive.crawl_id, min_priority=priority, now=clock.now()), unchecked
        except sqlite3.Error as error:
            self._say(f"archive.db could not be read for the table: {error}.")
            return None, 0
        finally:
            connection.close()


def exit_code(
    reason: str | None, stats: dict[str, Any], report: RunReport | None, asked: Asked | None, unchecked: int = 0
) -> int:
    """Return the exit code (EXIT_CODES) for a finish reason, Scrapy's stats and what the run did.

    unchecked: links asked for by name that nobody has checked.
    """
    if reason == ARCHIVE_FAILED:
        return 4
    if reason == NO_ROOM:
        return NO_ROOM_CODE
    if reason == STOPPED:
        return 3
    if reason != "finished" or stats.get("spider_exceptions/count") or stats.get("due_spider/not_recorded"):
        return 1
    if unchecked or (
        report is not None and asked is not None and report.waiting and report.article_count < len(asked.articles)
    ):
        return 7
    if report is not None and asked is not None and asked.articles and report.article_count and not report.readable:
        return 5
    return BAD_LINES if asked is not None and asked.bad_lines else 0


def _load_tls() -> None:
    """Import two modules of Scrapy before it does so itself, from deep within other imports.

    For each class that they deprecate they look through all modules, frame by frame of the stack: a fifth of the time in
    which a run starts.
    """
    for name in ("tls", "contextfactory"):
        import_module(f"scrapy.core.downloader.{name}")


def _exception(task: Any) -> BaseException | None:
    if task is None or not task.done() or task.cancelled():
        return None
    return task.exception()
