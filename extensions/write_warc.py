"""Every exchange, good or failed, goes into a WARC, off the event loop."""

from __future__ import annotations

import logging
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import scrapy

from citekeep import __version__
from citekeep.signals import exchange_finished
from citekeep.warc.writer import WarcWriter
from citekeep.warc_rows import Payloads, note_closed, note_opened, sum_up

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from citekeep.items import Exchange

logger = logging.getLogger(__name__)


def warcinfo_fields(settings: BaseSettings) -> dict[str, str]:
    """Return what the warcinfo records say. No host, address, user or path of this machine is among it."""
    return {
        "software": f"Citekeep/{__version__} Scrapy/{scrapy.__version__} warcio/{version('warcio')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
        "http-header-user-agent": settings["USER_AGENT"],
        "description": "Articles and what they cite. Each HTTP message is stored as its bytes went and came: "
        "status line, header case and order, chunk framing.",
        "operator": settings.get("WARC_OPERATOR") or "",
    }


class WriteWarc:
    """Hands each exchange to the WARC writer and puts the future of its place on it."""

    def __init__(self, writer: WarcWriter, payloads: Payloads) -> None:
        self.writer = writer
        self.payloads = payloads

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Open the WARC directory; what a killed run left open there is repaired first.

        Raises ArchiveError where the directory cannot be written.
        """
        settings, archive = crawler.settings, crawler.archive  # type: ignore[attr-defined]
        database: Any = archive.writer
        payloads = Payloads(archive.path)
        writer = WarcWriter(
            Path(settings["WARC_DIR"]),
            max_bytes=settings.getint("WARC_MAXSIZE"),
            info=warcinfo_fields(settings),
            terms=payloads.terms,
            seen=payloads.find,
            answers=payloads.answers,
            opened=lambda name, at: database.run_sync(note_opened, name, at),
            closed=lambda file: database.run_sync(note_closed, file),
        )
        for file in writer.repaired:
            logger.info("%s was left open by an earlier run and has been closed", file.name)
            database.run_sync(note_closed, file)
        database.run_sync(sum_up, writer.directory)
        archive.warcs = writer
        extension = cls(writer, payloads)
        archive.on_close(extension.close)
        crawler.signals.connect(extension.exchange_finished, signal=exchange_finished)
        return extension

    def exchange_finished(self, exchange: Exchange, request: Request) -> None:
        """Queue the exchange. Its future raises ArchiveError where it cannot be written: pipelines/record ends the crawl."""
        if request.meta.get("control"):  # a question whether our own network works is no evidence of anything
            return
        exchange.written = self.writer.put(exchange)

    async def close(self) -> None:
        """Write what is queued and close the file."""
        await self.writer.aclose()
        self.payloads.close()
