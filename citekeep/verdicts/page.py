"""An observation with what its rules ask for worked out once, when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from citekeep.passages.words import EMPTY
from citekeep.verdicts.addresses import bare, of_same_site, path_of, resolve, site_of
from citekeep.verdicts.lists import phrases, things_missing
from citekeep.verdicts.markup import MARKUP_LIMIT, Markup, read_markup, squeeze, with_alert, without_scripts
from citekeep.verdicts.names import segments
from citekeep.verdicts.observation import Observation
from citekeep.verdicts.quotes import without_quotes
from citekeep.verdicts.spellings import in_address
from citekeep.verdicts.texts import COMMON, STORY_MARKS, WORD, in_digits, words_of

_ARTICLE = 2000  # characters in paragraphs of more than 120
_FEW_WORDS = 60  # characters
_NAMED = 6  # characters of a part of a URL that may name a page
_FURNISHED = 6  # pages of its own that a page links to
_PLAIN = 150  # characters
_LINES = 2
_PROMISED = 40  # characters
_REPORT = 5_000  # characters in which words of reports are looked for

WORDS_LIMIT = 20_000
"""Characters of text in which words are looked for."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a rule found: the text it matched, where, and whatever else it knows (JSON values)."""

    matched: str
    where: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One rule: ``find`` returns a Match where the rule applies, else None. It is pure and never raises."""

    name: str
    verdict: str
    find: Callable[[Page], Match | None]


class Page:
    """One observation and what was worked out of it. Everything is computed at most once; nothing raises."""

    def __init__(self, seen: Observation, history: Mapping[str, Any] | None = None) -> None:
        self.seen = seen
        self.earlier: tuple[Mapping[str, Any], ...] = tuple((history or {}).get("earlier") or ())
        self.status = seen.status
        self.body = seen.body or ""

    @cached_property
    def headers(self) -> dict[str, str]:
        """Header fields by lower-case name, repeated ones joined by a newline."""
        fields: dict[str, str] = {}
        for name, value in self.seen.headers:
            key = name.lower()
            fields[key] = f"{fields[key]}\n{value}" if key in fields else value
        return fields

    @cached_property
    def lower(self) -> str:
        """The beginning of the body, lower case: markers of markup are looked for in it."""
        return self.body[:MARKUP_LIMIT].lower()

    @cached_property
    def final_url(self) -> str:
        """Where it ended; the requested URL where nothing says otherwise."""
        return self.seen.final_url or self.seen.requested_url

    @cached_property
    def markup(self) -> Markup:
        """What the markup holds; empty where the body is no HTML."""
        if "<" not in self.body:
            text = squeeze(self.body[:MARKUP_LIMIT])
            return Markup(text=text, said=text, spoken=text)
        markup = read_markup(without_scripts(self.body)[:MARKUP_LIMIT])
        return markup if markup.text else with_alert(markup, self.body)

    @cached_property
    def title(self) -> str:
        """The page's title: its own, else the extractor's."""
        return self.markup.title or squeeze(self.seen.title or "")

    @cached_property
    def visible(self) -> str:
        """What a reader sees without scripts: body text, lower case, white space squeezed."""
        return self.markup.text.lower()

    @cached_property
    def said(self) -> str:
        """What it says itself, lower case: what a reader sees outside of quotations, code and comments."""
        return self.markup.said.lower()

    @cached_property
    def source(self) -> str:
        """The beginning of the body, lower case, without blocks of code and quotations, unless it shows little else."""
        return self.lower if self.markup.said == self.markup.text else without_quotes(self.lower)

    @cached_property
    def names(self) -> list[str]:
        """What the page calls itself, lower case: title and headings, whole and divided at their separators.

        A page of a few words says nothing else than its name."""
        whole = [self.title, *self.markup.headings]
        if len(self.visible) <= _FEW_WORDS and not self._is_plain:
            whole.append(self.visible)
        names = (in_digits(name.lower()) for name in whole)
        return [part for name in names for part in (name, *segments(name)) if part]

    @cached_property
    def announced(self) -> str:
        """Title, headings and the first 2,000 characters outside of links and menus, lower case."""
        return in_digits("\n".join([self.title, *self.markup.headings, self.spoken[:2000]]).lower())

    @cached_property
    def shown(self) -> str:
        """What is announced, and the first 2,000 characters of visible text, links and menus included."""
        return f"{self.announced}\n{self.said[:2000]}"

    @cached_property
    def spoken(self) -> str:
        """What a reader sees outside of links and menus, lower case: what the page itself says."""
        return self.markup.spoken.lower()

    @cached_property
    def reads_like_article(self) -> bool:
        """Whether there is so much running text that a phrase in it says nothing of the page itself."""
        return self.markup.prose >= _ARTICLE and len(self.visible) >= 3000

    @cached_property
    def is_story(self) -> bool:
        """Whether the page shows that it is somebody's article, whatever it is about: by its length, by what it says to
        search engines, by a date of its own, because its title or headings repeat the words of the requested URL, or
        because it tells what people said, as reports do and notices do not. So is a text that is no HTML and longer than
        the messages of servers are."""
        return self.reads_like_article or self.is_marked_story or self._is_plain

    @cached_property
    def _is_plain(self) -> bool:
        """Whether it is a text that is no HTML and longer than the messages of servers."""
        if not self.headers.get("content-type", "").lower().startswith("text/plain"):
            return False
        return len(self.visible) > _PLAIN or self.body.strip().count("\n") >= _LINES

    @cached_property
    def is_feed(self) -> bool:
        """Whether it is XML for programs: a feed, a map of a site."""
        kind = self.headers.get("content-type", "").lower()
        return "xml" in kind and "html" not in kind

    @cached_property
    def keeps_promise(self) -> bool:
        """Whether a reader sees what the page says of itself to search engines: its text has come, whatever it wants."""
        promised = self.markup.description.lower()[:_PROMISED]
        return len(promised) == _PROMISED and promised in self.spoken

    @cached_property
    def is_marked_story(self) -> bool:
        """Whether it shows that it is somebody's article by anything else than its length."""
        return (
            self.markup.dated
            or self.is_entry
            or len(self._slug_in_names) >= 2
            or STORY_MARKS.search(self.lower) is not None
            or self.reports
            or self.is_about
        )

    @cached_property
    def is_entry(self) -> bool:
        """Whether it begins as entries do, whatever they are marked as: among menus, with a heading and a date at once, and
        nothing is said to be missing above that."""
        if not self.markup.entry or not self.has_menus or not self.markup.headings:
            return False
        above = self.spoken.partition(self.markup.headings[0].lower())[0]
        return not any(
            phrases(kind).search(above) for kind in ("missing", "missing_briefly")
        ) and not things_missing().search(above)

    @cached_property
    def is_about(self) -> bool:
        """Whether it is a conversation, or is called what pages about such things are called, or by the words of its URL:
        what it says of missing pages, of parked domains, of walls, it says of others."""
        return self.markup.conversation or self.is_as_asked or self._is_called_about

    @cached_property
    def is_as_asked(self) -> bool:
        """Whether it is called what the last part of the requested URL says, as entries of encyclopedias are."""
        asked = " ".join(WORD.findall(unquote(self.asked_path.rstrip("/").rpartition("/")[2]).lower()))
        return len(asked) >= _NAMED and any(
            asked == " ".join(WORD.findall(heading.lower())) for heading in self.markup.headings[:2]
        )

    @cached_property
    def _is_called_about(self) -> bool:
        names = (self.title, *self.markup.headings[:1])
        return any(phrases("about").search(name.lower()) for name in names if name)

    @cached_property
    def reports(self) -> bool:
        """Whether it tells what people said, in the words of reports."""
        return phrases("reporting").search(self.spoken[:_REPORT]) is not None

    @cached_property
    def is_of_site(self) -> bool:
        """Whether it shows that it was made by the site that was asked for: it offers a feed, names its own address, or
        stands among the site's menus.

        So do pages that say that something is missing, but none that somebody else puts in the site's place."""
        if self.markup.feed or self.is_furnished:
            return True
        address = self.markup.canonical
        if not address or self.asked_path in {"", "/"}:
            return False
        return bare(resolve(self.final_url, address)) == bare(self.seen.requested_url)

    @cached_property
    def has_menus(self) -> bool:
        """Whether it links to several pages of the site that was asked for, as menus and lists of news do: walls do not."""
        return site_of(self.final_url) == site_of(self.seen.requested_url) and len(self.own_links) >= _FURNISHED

    @cached_property
    def is_furnished(self) -> bool:
        """Whether it stands among menus of the site that was asked for.

        What somebody puts in a site's place (a provider, a host, a seller of the name) links to pages of its own. Where it
        does so without a host, under the address that was asked for, it never names the site."""
        labels = site_of(self.final_url).split(".")[:-1]
        return self.has_menus and any(label.startswith("xn--") or label in self.lower for label in labels)

    @cached_property
    def own_links(self) -> set[str]:
        """Paths (with queries) of the same site that its first links lead to, its root and itself left out; a few are enough."""
        return of_same_site(self.final_url, self.markup.hrefs, most=_FURNISHED)

    @cached_property
    def words(self) -> set[str]:
        """The words of title, headings and text (of the extractor where there is one)."""
        text = (self.seen.text or self.visible)[:WORDS_LIMIT]
        return words_of(f"{self.title} {' '.join(self.markup.headings)} {text}")

    @cached_property
    def slug_found(self) -> set[str]:
        """The words of the requested URL that the page repeats, empty unless they are two and most of them."""
        return self.words_found([self.asked_path])

    def words_found(self, parts: list[str]) -> set[str]:
        """The words of parts of a URL's path that the page repeats, empty unless they are two and most of them."""
        if self.is_search:
            return set()
        said = words_of(unquote(" ".join(parts)).replace("_", " "))
        slug = {word for word in said if not word.isdigit()} - COMMON - EMPTY
        found = slug & self.words if len(slug) >= 2 else set()
        if len(slug) >= 2:
            found |= in_address(slug - found, self.words)
        return found if len(found) >= 2 and 2 * len(found) >= len(slug) else set()

    @cached_property
    def is_search(self) -> bool:
        """Whether it is called the results of a search: it repeats what was sought, be it there or not."""
        names = (self.title, *self.markup.headings[:1])
        return any(phrases("search_name").search(name.strip().lower()) for name in names if name)

    @cached_property
    def _slug_in_names(self) -> set[str]:
        if self.is_search:
            return set()
        slug = {word for word in words_of(unquote(self.asked_path).replace("_", " ")) if len(word) >= 4}
        names = words_of(" ".join([self.title, *self.markup.headings]))
        found = slug & names
        found |= in_address(slug - found, names)
        return found if 2 * len(found) >= len(slug) else set()

    @cached_property
    def asked_path(self) -> str:
        """Path of the requested URL, "/" where it cannot be taken apart."""
        return path_of(self.seen.requested_url)

    @cached_property
    def final_path(self) -> str:
        """Path of the final URL, "/" where it cannot be taken apart."""
        return path_of(self.final_url)

    @cached_property
    def redirected(self) -> bool:
        """Whether it ended at another page than the one asked for (http to https and www do not count)."""
        return bare(self.seen.requested_url) != bare(self.final_url)
