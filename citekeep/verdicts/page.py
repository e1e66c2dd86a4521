"""An observation with what its rules ask for worked out once, when first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from citekeep import urls
from citekeep.exceptions import InputError
from citekeep.verdicts.observation import BODY_LIMIT, Observation

_HIDDEN = ("script", "style", "template", "noscript", "svg", "head", "iframe", "object")
_SPACE = re.compile(r"\s+")
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
    headings: str = ""
    text: str = ""
    noscript: str = ""
    links: int = 0
    passwords: int = 0
    scripts: int = 0
    canonical: str = ""
    refresh: str = ""
    frames: tuple[str, ...] = ()
    paragraphs: int = 0


class Page:
    """One observation and what was worked out of it. Everything is computed at most once; nothing raises."""

    def __init__(self, seen: Observation) -> None:
        self.seen = seen
        self.status = seen.status
        self.body = (seen.body or "")[:BODY_LIMIT].replace("\0", "")

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
        """The body, lower case: markers of markup are looked for in it."""
        return self.body.lower()

    @cached_property
    def final_url(self) -> str:
        """Where it ended; the requested URL where nothing says otherwise."""
        return self.seen.final_url or self.seen.requested_url

    @cached_property
    def markup(self) -> Markup:
        """What the markup holds; empty where the body is no HTML."""
        return read_markup(self.body) if "<" in self.body else Markup(text=_squeeze(self.body))

    @cached_property
    def title(self) -> str:
        """The page's title: its own, else the extractor's."""
        return self.markup.title or _squeeze(self.seen.title or "")

    @cached_property
    def visible(self) -> str:
        """What a reader sees without scripts: body text, lower case, white space squeezed."""
        return self.markup.text.lower()

    @cached_property
    def read(self) -> str:
        """Title, headings and the beginning of the visible text, lower case: where a page says what it is."""
        return f"{self.title}\n{self.markup.headings}\n{self.visible[:3000]}".lower()

    @cached_property
    def small(self) -> bool:
        """Whether a reader sees little: an article about walls, parking or censorship is longer than such a page."""
        return len(self.visible) < 3000

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


def _squeeze(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _all_text(elements: Any) -> str:
    return _squeeze(" ".join(" ".join(element.itertext()) for element in elements))


def read_markup(body: str) -> Markup:
    """Return what the markup of an HTML page holds. Whatever the bytes, it returns; broken markup yields less."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return Markup(text=_squeeze(re.sub(r"<[^<>]*>", " ", body)))
    if root is None:
        return Markup()
    markup = Markup(
        title=_all_text(root.findall(".//head/title")[:1] or root.findall(".//title")[:1])[:500],
        noscript=_all_text(root.iter("noscript"))[:2000],
        links=sum(1 for _ in root.iter("a")),
        passwords=sum(1 for field in root.iter("input") if (field.get("type") or "").lower() == "password"),
        scripts=sum(1 for _ in root.iter("script")),
        canonical=next((e.get("href") or "" for e in root.iter("link") if (e.get("rel") or "") == "canonical"), ""),
        refresh=next((e.get("content") or "" for e in root.iter("meta") if _is_refresh(e)), ""),
        frames=tuple((e.get("src") or "")[:300] for e in root.iter("iframe", "frame"))[:20],
        paragraphs=sum(1 for e in root.iter("p") if len(_all_text([e])) > 120),
    )
    etree.strip_elements(root, *_HIDDEN, with_tail=False)
    return replace(markup, headings=_all_text(root.iter("h1", "h2"))[:500], text=_all_text([root]))


def _is_refresh(element: Any) -> bool:
    return (element.get("http-equiv") or "").lower() == "refresh"


def resolve(base: str, reference: str) -> str:
    """Return a reference resolved against a URL; the reference itself where that cannot be done."""
    try:
        return urljoin(base, reference.strip())
    except ValueError:
        return reference
