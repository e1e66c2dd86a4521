"""The made-up world: outlets, what they publish and edit, whom they cite, and what befalls them. A seed tells it all.

Times are seconds since 1970 UTC. The world only says what is; ``serve.py`` shows it, ``judge.py`` holds the archive to it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from math import inf
from urllib.parse import urlsplit

from benchmarks.quarter import words
from benchmarks.quarter.script import DEATHS, FATES, PAGE_FATES, Fate

DAY = 86_400.0
HOUR = 3_600.0
LISTINGS = ("rss", "atom", "sitemap", "index", "section")
EDITS = ("paragraph", "title", "citation", "revert")


@dataclass(frozen=True)
class Episode:
    """Something that befalls a site or a page: its fate (a name of script.FATES), from when until when."""

    fate: str
    begins: float
    ends: float = inf

    def covers(self, at: float) -> bool:
        """Return whether it is so at a time."""
        return self.begins <= at < self.ends


@dataclass(frozen=True)
class Version:
    """What a page says from a time on. cites: URLs, in order."""

    begins: float
    title: str
    paragraphs: tuple[str, ...]
    cites: tuple[str, ...] = ()


@dataclass
class Page:
    """One page of a site. born: from when it is there. kind: article, report or document (a PDF)."""

    path: str
    born: float
    versions: list[Version]
    kind: str = "article"
    episodes: list[Episode] = field(default_factory=list)

    def version(self, at: float) -> Version:
        """Return what it says at a time."""
        return next(version for version in reversed(self.versions) if version.begins <= at)


@dataclass
class Site:
    """One registrable domain. moved_to: the domain to which it leads once it has moved. listing: None of one that only is
    cited. announces: whether its listing says when an article was changed. crawl_delay: seconds, None: none is asked for.
    """

    domain: str
    scheme: str = "http"
    listing: str | None = None
    private: bool = False
    announces: bool = False
    crawl_delay: float | None = None
    moved_to: str | None = None
    pages: dict[str, Page] = field(default_factory=dict)
    episodes: list[Episode] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The host of its pages."""
        return f"www.{self.domain}"

    def url(self, path: str) -> str:
        """Return the URL of a page."""
        return f"{self.scheme}://{self.host}{path}"

    def fate(self, at: float, page: Page | None = None) -> Fate | None:
        """Return what befalls it, or one of its pages, at a time; None where all is well."""
        for episode in (*self.episodes, *(page.episodes if page else ())):
            if episode.covers(at):
                return FATES[episode.fate]
        return None

    def articles(self, at: float) -> list[Page]:
        """Return the articles that are published by then, the newest first."""
        found = [page for page in self.pages.values() if page.kind == "article" and page.born <= at]
        return sorted(found, key=lambda page: page.born, reverse=True)


class World:
    """outlets, others (which only are cited): by domain. begins, ends: of the time that is simulated."""

    def __init__(self, *, outlets: int, days: float, begins: float, seed: int) -> None:
        self.begins, self.ends, self.days = begins, begins + days * DAY, days
        self.draw = random.Random(seed)
        self._fates = cycle(self.draw.sample(tuple(FATES), len(FATES)))
        self.outlets: dict[str, Site] = {}
        self.others: dict[str, Site] = {}
        self.moved: dict[str, Site] = {}
        for number in range(outlets * 2):
            self._add_other(number)
        for number in range(outlets):
            self._add_outlet(number)
        for outlet in self.outlets.values():
            self._publish(outlet)

    # --- how it is made ---

    def _moment(self, least: float, most: float) -> float:
        """Return a time between two shares of the whole."""
        return self.begins + self.draw.uniform(least, most) * self.days * DAY

    def _add_other(self, number: int) -> None:
        site = Site(f"source-{number:02}.test", scheme=self.draw.choice(("http", "https")))
        for page_number in range(self.draw.randrange(1, 5)):
            document = self.draw.random() < 0.15
            path = f"/files/{page_number}.pdf" if document else f"/reports/{page_number}"
            page = Page(path, self.begins - 400 * DAY, [self._version(self.begins - 400 * DAY)], "report")
            page.kind = "document" if document else "report"
            if self.draw.random() < 0.3:
                page.episodes.append(self._episode(self.draw.choice(PAGE_FATES)))
            site.pages[path] = page
        if self.draw.random() < 0.3:
            site.episodes.append(self._episode(self.draw.choice(tuple(DEATHS))))
        self.others[site.domain] = site

    def _episode(self, fate: str) -> Episode:
        begins = self._moment(0.15, 0.75)
        lasts = FATES[fate].days
        revives = fate in DEATHS and self.draw.random() < 0.25
        ends = begins + (self.draw.uniform(0.15, 0.3) * self.days if revives else lasts) * DAY
        return Episode(fate, begins, ends)

    def _add_outlet(self, number: int) -> None:
        site = Site(
            f"outlet-{number:02}.test", scheme="https" if number % 3 == 0 else "http", listing=LISTINGS[number % 5],
            private=number % 8 == 3, announces=number % 2 == 0, crawl_delay=0.5 if number % 13 == 4 else None,
        )  # fmt: skip
        if number % 4 == 1:  # a quarter of them has peace
            self.outlets[site.domain] = site
            return
        fate = next(self._fates)
        episode = self._episode(fate)
        site.episodes.append(episode)
        if fate == "moved":
            site.moved_to = f"new-{number:02}.test"
            self.moved[site.moved_to] = site
        self.outlets[site.domain] = site

    def _version(self, begins: float, cites: tuple[str, ...] = ()) -> Version:
        paragraphs = tuple(words.paragraph(self.draw) for _ in range(4))
        return Version(begins, words.headline(self.draw), paragraphs, cites)

    def _publish(self, outlet: Site) -> None:
        """Publish an article every two days or so, from before the first look on; a third of them is edited."""
        at, number = self.begins - 4 * DAY, 0
        while (at := at + self.draw.expovariate(1 / (2 * DAY))) < self.ends - DAY / 2:
            fate = outlet.fate(at)
            if fate is not None and fate.name == "silent":
                continue
            number += 1
            path = f"/story/{number:03}-{self.draw.randrange(10**6)}"
            version = self._version(at, self._cited(outlet, at))
            page = Page(path, at, [version])
            outlet.pages[path] = page
            if self.draw.random() < 0.35:
                self._edit(page)

    def _cited(self, outlet: Site, at: float) -> tuple[str, ...]:
        """Return what an article cites: pages of other sites, seldom an earlier article of another outlet."""
        chosen = []
        for _ in range(self.draw.choice((0, 1, 1, 2, 3))):
            site = self.draw.choice(tuple(self.others.values()))
            chosen.append(site.url(self.draw.choice(tuple(site.pages))))
        peers = [
            site for site in self.outlets.values() if site is not outlet and not site.private and site.articles(at)
        ]
        if peers and self.draw.random() < 0.4:
            site = self.draw.choice(peers)
            chosen.append(site.url(self.draw.choice(site.articles(at)).path))
        return tuple(dict.fromkeys(chosen))

    def _edit(self, page: Page) -> None:
        at = page.born
        for _ in range(self.draw.randrange(1, 4)):
            at += self.draw.choice((2 * HOUR, DAY, 3 * DAY, 10 * DAY, 25 * DAY)) * self.draw.uniform(0.7, 1.3)
            last, how = page.versions[-1], self.draw.choice(EDITS)
            text, title, cites = list(last.paragraphs), last.title, last.cites
            if how == "paragraph":
                text[self.draw.randrange(len(text))] = words.paragraph(self.draw)
            elif how == "title":
                title = words.headline(self.draw)
            elif how == "citation":
                site = self.draw.choice(tuple(self.others.values()))
                cites = tuple(dict.fromkeys((*cites, site.url(self.draw.choice(tuple(site.pages))))))
            elif len(page.versions) > 1:
                earlier = page.versions[-2]
                text, title, cites = list(earlier.paragraphs), earlier.title, earlier.cites
            page.versions.append(Version(at, title, tuple(text), cites))

    # --- what is asked of it ---

    def sites(self) -> Iterator[Site]:
        """Yield every site once."""
        yield from self.outlets.values()
        yield from self.others.values()

    def find(self, host: str) -> tuple[Site, bool] | None:
        """Return the site of a host, and whether it is met at its new domain; None for a host that never is."""
        domain = host.removeprefix("www.")
        site = self.outlets.get(domain) or self.others.get(domain)
        if site is not None:
            return site, False
        return (self.moved[domain], True) if domain in self.moved else None

    def page(self, url: str) -> tuple[Site, Page] | None:
        """Return the site and the page of a URL, None for one that was never published."""
        parts = urlsplit(url)
        found = self.find(parts.hostname or "")
        page = found[0].pages.get(parts.path) if found else None
        return (found[0], page) if found and page else None

    def fate(self, url: str, at: float) -> Fate | None:
        """Return what befalls the page of a URL at a time; None where it is there. A page that moved is there."""
        found = self.page(url)
        assert found is not None, url
        fate = found[0].fate(at, found[1])
        return None if fate is not None and fate.name == "moved" else fate

    def dead_since(self, url: str, at: float) -> float | None:
        """Return since when the page of a URL had been dead without a break at a time, None where it was not dead then.

        One death may begin before another ends: a page that is gone, and then its whole site.
        """
        found = self.page(url)
        assert found is not None, url
        deaths = [one for one in (*found[0].episodes, *found[1].episodes) if one.fate in DEATHS]
        since = None
        for death in sorted(deaths, key=lambda one: one.begins, reverse=True):
            if death.covers(at) if since is None else death.ends >= since:
                since = death.begins
        return since

    def usurped_since(self, url: str, at: float) -> float | None:
        """Return since when the page of a URL was somebody else's at a time, None where it was not."""
        found = self.page(url)
        assert found is not None, url
        return next((one.begins for one in found[0].episodes if one.fate == "usurped" and one.covers(at)), None)
