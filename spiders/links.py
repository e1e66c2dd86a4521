"""The links spider: what is cited is looked at again, in time, or now."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from citekeep.asked_links import AskedLinks, cited_links, read_links
from citekeep.inputs import know
from spiders.due import ASK_AGAIN, DueSpider

if TYPE_CHECKING:
    from collections.abc import Mapping


PATIENCE = 60.0  # seconds that a run waits at most for sites that others hold: each gives them back within a request


class LinksSpider(DueSpider):
    """Check links again: all that is due, or those that are named, now.

    -a urls=LIST       check the links of a file with one URL a line ("-": standard input), and nothing else
    -a article=URL     check what an article of this archive cites, and nothing else
    -a publish=1|0     whether these links may be looked up and saved elsewhere (default: only if they may already)

    Without any of these it takes what is due. Several runs at the same time share the work.
    """

    name = "links"
    shows_links = True
    """A run ends with a table of what it checked."""
    arguments = ("urls", "article", "publish")

    patient_until: float | None = None

    def __init__(self, *args: Any, asked: AskedLinks | None = None, **kwargs: Any) -> None:
        super().__init__(*args)
        self.asked = asked if asked is not None else self.read_arguments(kwargs)
        self.asked_only = self.waits_for_others = bool(self.asked)

    @classmethod
    def read_arguments(cls, arguments: Mapping[str, str]) -> AskedLinks:
        """Return what the arguments ask for; unusable or unknown ones raise InputError, a sentence for a person."""
        know(arguments, cls.arguments, cls.name)
        given: dict[str, Any] = dict(arguments)
        return read_links(**given)

    async def wait_for_others(self) -> bool:
        """Wait for the sites of links that were named while other runs hold them: those give them back soon."""
        if not self.asked:
            return False
        if self.patient_until is None:
            self.patient_until = time.monotonic() + PATIENCE
        if time.monotonic() >= self.patient_until:
            return False
        if not await self.frontier.still_asked(sorted(self.crawler.pace.capped)):  # type: ignore[attr-defined]
            return False
        await asyncio.sleep(ASK_AGAIN)
        return True

    async def claim(self) -> None:
        """Claim what there is room for; patience begins anew with what is got."""
        await super().claim()
        if self.leases.held:
            self.patient_until = None

    async def ask(self) -> None:
        """Make what was named due, unless the run that this one goes on with has checked it already."""
        if not self.asked:
            return
        archive = self.crawler.archive  # type: ignore[attr-defined]
        found: list[Any] = self.asked.urls
        if self.asked.article:
            cited = await archive.writer.run(cited_links, self.asked.article)
            found = [link_id for link_id, _ in cited]
        since = None if self.asked.anew else archive.resumed_since
        await self.frontier.add_links(found, public=self.asked.public, since=since)
