"""The feed spider: what is new in the sources that an archivist named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from citekeep.inputs import know
from citekeep.sources import AskedSources, read_asked
from spiders.due import DueSpider

if TYPE_CHECKING:
    from collections.abc import Mapping


class FeedSpider(DueSpider):
    """Look at the feeds, sitemaps, section pages, lists and articles of sources.toml, and archive what is new.

    -a source=NAME    look at this one now, due or not

    New articles, and what they cite, are archived by the same run. What is not due is left alone.
    """

    name = "feed"
    min_priority = 1
    arguments = ("source",)

    def __init__(self, *args: Any, asked: AskedSources | None = None, **kwargs: Any) -> None:
        super().__init__(*args)
        self.asked = asked
        self.given = kwargs

    @classmethod
    def read_sources(cls, arguments: Mapping[str, str], path: str) -> AskedSources:
        """Return the sources of a file; a faulty file or argument raises InputError, a sentence for a person."""
        know(arguments, cls.arguments, cls.name)
        return read_asked(Path(path), arguments)

    async def ask(self) -> None:
        """Make archive.db's sources those of the file, and what is due to be looked at come first."""
        if self.asked is None:
            self.asked = self.read_sources(self.given, self.settings["SOURCES"])
        await self.crawler.archive.writer.run(self.asked.begin)  # type: ignore[attr-defined]
