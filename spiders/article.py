"""The article spider: an article, and every link it cites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from citekeep.inputs import Asked, know, read_input
from spiders.due import DueSpider

if TYPE_CHECKING:
    from collections.abc import Mapping


class ArticleSpider(DueSpider):
    """Archive articles with everything they cite.

    -a url=URL         an article on the web
    -a urls=LIST       a file with one URL a line ("-": standard input); blank lines and # comments are allowed
    -a file=DOCUMENT   a saved .txt or .html; with -a url= for where it came from
    -a publish=1|0     whether its links may be looked up and saved elsewhere (default: 1, for a file 0)
    -a published=DAY   when the one article was published, if you know better than its page: 2022-01-13
    -a collection=NAME a label for this run

    Without any of these it goes on with what an earlier run left.
    """

    name = "article"
    min_priority = 1
    arguments = ("url", "urls", "file", "publish", "published", "collection")

    def __init__(self, *args: Any, asked: Asked | None = None, **kwargs: Any) -> None:
        super().__init__(*args)
        self.collection: str | None = kwargs.pop("collection", None)
        self.asked = asked if asked is not None else self.read_arguments(kwargs)

    @classmethod
    def read_arguments(cls, arguments: Mapping[str, str]) -> Asked:
        """Return what the arguments ask for; unusable or unknown ones raise InputError, a sentence for a person."""
        know(arguments, cls.arguments, cls.name)
        given: dict[str, Any] = {name: value for name, value in arguments.items() if name != "collection"}
        return read_input(**given)

    async def ask(self) -> None:
        """Add the articles to what is due, unless the run that this one goes on with has checked them already."""
        archive = self.crawler.archive  # type: ignore[attr-defined]
        if self.asked.articles:
            await self.frontier.add_articles(
                self.asked.articles, public=self.asked.public, collection=self.collection, since=archive.resumed_since
            )
