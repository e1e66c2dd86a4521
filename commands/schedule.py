"""``scrapy schedule``: the lines with which cron or systemd runs ``scrapy due`` for this checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from citekeep import timetable
from citekeep.durations import in_words, seconds_of

if TYPE_CHECKING:
    import argparse

FORMS = {"cron": timetable.crontab, "systemd": timetable.systemd}
ROOT = Path(__file__).resolve().parent.parent


class Command(ScrapyCommand):
    """Prints; installs nothing."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the command line in short."""
        return "[cron|systemd] [--every 1h] [--for 50m]"

    def short_desc(self) -> str:
        """Return what `scrapy` lists."""
        return "Print the crontab or systemd units that run `scrapy due` for this checkout"

    def long_desc(self) -> str:
        """Return what --help says first."""
        return (
            "Print what cron (the default) or systemd needs to do all that is due again and again; add it where its first "
            "line says. A run that is still going when the next begins shares the work with it."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument("--every", default="1h", choices=timetable.EVERY, help="how often (1h)")
        parser.add_argument(
            "--for", dest="duration", default="50m", metavar="TIME", help="end each run after so long (50m)"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the lines."""
        assert self.settings is not None
        form = args[0] if args else "cron"
        if len(args) > 1 or form not in FORMS:
            raise UsageError(f"scrapy schedule takes {' or '.join(FORMS)}.", print_help=False)
        seconds, every = seconds_of(opts.duration), seconds_of(opts.every)
        if not seconds:
            raise UsageError(f"--for {opts.duration!r} is no time such as 50m or 2h.", print_help=False)
        if every and seconds > every:
            raise UsageError(
                f"--for is longer than --every: runs would pile up; at most {in_words(every)}.", print_help=False
            )
        data = Path(self.settings["ARCHIVE_DB"]).parent
        print(FORMS[form](ROOT, data, every=opts.every, duration=opts.duration.replace(" ", "")), end="")
