"""An observation with what its rules ask for worked out once, when first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from citekeep import urls
from citekeep.exceptions import InputError
from citekeep.verdicts.observation import Observation

MARKUP_LIMIT = 200_000
"""Characters of a page, scripts and styles not counted, that are parsed."""

_PARAGRAPHS = 500  # that many are measured; more cannot change what is concluded
_PIECES = 50  # pieces of text, and links, of one paragraph
_ARTICLE = 2000  # characters in paragraphs of more than 120
_STORY_MARKS = (
    "article:published_time", '"newsarticle"', '"reportagenewsarticle"', '"blogposting"', 'og:type" content="article"',
    'itemprop="datepublished"', 'itemprop="articlebody"', "<time ",
)  # fmt: skip
"""What an article says to search engines (Open Graph, schema.org) and of its date; notices and walls do not."""

WORDS_LIMIT = 20_000
"""Characters of text in which words are looked for."""
COMMON = {"the", "and", "for", "with", "from", "that", "this", "html", "htm", "php", "index", "www", "news", "article"}
"""Words whose presence says nothing."""

_HIDDEN = ("script", "style", "template", "noscript", "svg", "head", "iframe", "object")
_LANGUAGE = re.compile(r"^[a-z]{2}(?:[-_][a-z]{2})?$", re.IGNORECASE)
_INDEX = re.compile(r"^(?:index|default|home|main|start)(?:\.\w{2,5})?$", re.IGNORECASE)
_OPENING = re.compile(r"<(script|style)\b[^<>]*>")
_SEPARATOR = re.compile(r"\s*[|•·»«:–—/]\s*|\s+-\s+|\s*::\s*|(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W\d_]{2,}|\d{2,}")


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


@dataclass(frozen=True)
class Markup:
    """What the markup of a page holds, apart from what a reader sees of it."""

    title: str = ""
    headings: tuple[str, ...] = ()
    text: str = ""
    noscript: str = ""
    links: int = 0
    passwords: int = 0
    scripts: int = 0
    canonical: str = ""
    refresh: str = ""
    frames: tuple[str, ...] = ()
    paragraphs: int = 0
    prose: int = 0


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
            return Markup(text=_squeeze(self.body[:MARKUP_LIMIT]))
        return read_markup(without_scripts(self.body)[:MARKUP_LIMIT])

    @cached_property
    def title(self) -> str:
        """The page's title: its own, else the extractor's."""
        return self.markup.title or _squeeze(self.seen.title or "")

    @cached_property
    def visible(self) -> str:
        """What a reader sees without scripts: body text, lower case, white space squeezed."""
        return self.markup.text.lower()

    @cached_property
    def names(self) -> list[str]:
        """What the page calls itself, lower case: title and headings, whole and divided at their separators."""
        whole = [self.title, *self.markup.headings]
        return [part for name in whole for part in (name.lower(), *_segments(name.lower())) if part]

    @cached_property
    def announced(self) -> str:
        """Title, headings and the first 2,000 characters of visible text, lower case."""
        return "\n".join([self.title, *self.markup.headings, self.visible[:2000]]).lower()

    @cached_property
    def reads_like_article(self) -> bool:
        """Whether there is so much running text that a phrase in it says nothing of the page itself."""
        return self.markup.prose >= _ARTICLE and len(self.visible) >= 3000

    @cached_property
    def is_story(self) -> bool:
        """Whether the page shows that it is somebody's article, whatever it is about: by its length, by what it says to
        search engines, or because its title or headings repeat the words of the requested URL."""
        return (
            self.reads_like_article or any(mark in self.lower for mark in _STORY_MARKS) or len(self._slug_in_names) >= 2
        )

    @cached_property
    def words(self) -> set[str]:
        """The words of title, headings and text (of the extractor where there is one)."""
        text = (self.seen.text or self.visible)[:WORDS_LIMIT]
        return words_of(f"{self.title} {' '.join(self.markup.headings)} {text}")

    @cached_property
    def slug_found(self) -> set[str]:
        """The words of the requested URL that the page repeats, empty unless they are two and most of them."""
        slug = {word for word in words_of(unquote(self.asked_path).replace("_", " ")) if not word.isdigit()} - COMMON
        found = slug & self.words if len(slug) >= 2 else set()
        return found if len(found) >= 2 and 2 * len(found) >= len(slug) else set()

    @cached_property
    def _slug_in_names(self) -> set[str]:
        slug = {word for word in words_of(unquote(self.asked_path).replace("_", " ")) if len(word) >= 4}
        found = slug & words_of(" ".join([self.title, *self.markup.headings]))
        return found if 2 * len(found) >= len(slug) else set()

    @cached_property
    def asked_path(self) -> str:
        """Path of the requested URL, "/" where it cannot be taken apart."""
        return _path(self.seen.requested_url)

    @cached_property
    def final_path(self) -> str:
        """Path of the final URL, "/" where it cannot be taken apart."""
        return _path(self.final_url)

    @cached_property
    def redirected(self) -> bool:
        """Whether it ended at another page than the one asked for (http to https and www do not count)."""
        return bare(self.seen.requested_url) != bare(self.final_url)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"


def path_parts(path: str) -> list[str]:
    """Return the segments of a path, without empty ones and names of index pages."""
    return [part for part in path.split("/") if part and not _INDEX.match(part)]


def is_home(path: str) -> bool:
    """Return whether a path is a site's front page, or that of one of its languages."""
    parts = path_parts(path)
    return not parts or (len(parts) == 1 and bool(_LANGUAGE.match(parts[0])))


def bare(url: str) -> str:
    """Return a URL without what seldom tells pages apart: scheme, "www.", the last slash, letter case."""
    try:
        key = urls.canonical(url)
    except InputError:
        return url
    return key.partition("://")[2].removeprefix("www.").rstrip("/").lower()


def words_of(text: str) -> set[str]:
    """Return the words (two letters or more) and numbers of a text, lower case."""
    return set(_WORD.findall(text.lower()))


def _segments(name: str) -> list[str]:
    return [part.strip(" .!?…\"«»“”'()[]") for part in _SEPARATOR.split(name)]


def _squeeze(text: str) -> str:
    return " ".join(text.split())  # a twentieth of the time of a regular expression


def _all_text(elements: Any) -> str:
    return _squeeze(" ".join(" ".join(element.itertext()) for element in elements))


def without_scripts(body: str) -> str:
    """Return a page without what stands inside its scripts and styles, which can be all of the first 500 KB."""
    lower = body.lower()
    if len(lower) != len(body):  # a few letters grow; then tags must be as most pages write them
        lower = body
    kept = []
    at = 0
    while (found := _OPENING.search(lower, at)) is not None:
        end = lower.find(f"</{found[1]}", found.end())
        kept.append(body[at : found.end()])
        at = end if end >= 0 else len(body)
    return "".join([*kept, body[at:]]).replace("\0", "")


def read_markup(body: str) -> Markup:
    """Return what the markup of an HTML page holds. Whatever the bytes, it returns; broken markup yields less."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return Markup(text=_squeeze(re.sub(r"<[^<>]*>", " ", body)))
    if root is None:
        return Markup()
    lengths = [length for element in islice(root.iter("p"), _PARAGRAPHS) if (length := _prose_of(element)) > 120]
    markup = Markup(
        title=_all_text(root.findall(".//head/title")[:1] or root.findall(".//title")[:1])[:500],
        noscript=_all_text(root.iter("noscript"))[:2000],
        links=sum(1 for _ in root.iter("a")),
        passwords=sum(1 for field in root.iter("input") if (field.get("type") or "").lower() == "password"),
        scripts=sum(1 for _ in root.iter("script")),
        canonical=next((e.get("href") or "" for e in root.iter("link") if (e.get("rel") or "") == "canonical"), ""),
        refresh=next((e.get("content") or "" for e in root.iter("meta") if _is_refresh(e)), ""),
        frames=tuple((e.get("src") or "")[:300] for e in root.iter("iframe", "frame"))[:20],
        paragraphs=len(lengths),
        prose=sum(lengths),
    )
    etree.strip_elements(root, *_HIDDEN, with_tail=False)
    return replace(markup, headings=_headings(root), text=_all_text([root]))


def _prose_of(paragraph: Any) -> int:
    """Return the characters of a paragraph that stand in no link: a list of links is no prose."""
    text = _squeeze(" ".join(islice(paragraph.itertext(), _PIECES)))
    return len(text) - sum(len(_all_text([link])) for link in islice(paragraph.iter("a"), _PIECES) if not len(link))


def _headings(root: Any) -> tuple[str, ...]:
    return tuple(_all_text([element])[:300] for element in islice(root.iter("h1", "h2"), 20))


def _is_refresh(element: Any) -> bool:
    return (element.get("http-equiv") or "").lower() == "refresh"


def resolve(base: str, reference: str) -> str:
    """Return a reference resolved against a URL; the reference itself where that cannot be done."""
    try:
        return urljoin(base, reference.strip())
    except ValueError:
        return reference
