"""Dates in a page's own elements: those that say they are the publication, those at its headline, a lone one.

An element of a comment, of other stories or of a modification is none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from citekeep.dates.meta import is_of_another
from citekeep.dates.texts import TEXT_MAX, read

_SAYS_SO = re.compile(
    r"publi|posted|(?:entry|post|article|story)[-_]?(?:date|time)|dateline|(?:^|\s)date-header", re.IGNORECASE
)
MODIFIED = re.compile(
    r"updat|modif|edited|aktuali[sz]|actuali[sz]|mis[e]? à jour|обновл|изменен|оновлен|зменен|aggiorn|atualizad|bijgewerkt|"
    r"oppdater|opdater|uppdater|güncel|päivitetty|frissít|更新|수정|تحديث|עודכן",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:comments?|respond|replies|related|recommend\w*|sidebar|widgets?|footer|teasers?|most|popular|trending|"
    r"latest|promo|newsletter|carousel|swiper|navigation|menu|breadcrumbs?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OTHER_TAGS = frozenset({"aside", "footer", "nav", "form"})
_DATED = "//time | //*[@itemprop='datePublished'] | //*[contains(@class, 'published')]"
_WORDS = (
    "date",
    "time",
    "publish",
    "posted",
    "byline",
    "meta",
    "info",
    "Date",
    "Time",
    "Publish",
    "Posted",
    "Byline",
    "Meta",
    "Info",
)
_LOOK_DATED = f"//*[{' or '.join(f'contains(@class, {word!r})' for word in _WORDS)}]"
_NOT_SHOWN = frozenset({"meta", "script", "style", "body", "html"})
_NEAR = 3  # ancestors of the headline: what stands in one of them stands at the headline
BYLINE_MAX = 160  # characters: more than a byline has
_ELEMENTS_MAX = 500  # dates that are looked at


class Page:
    """What the elements of a page say. language: ISO 639-1, for names of months."""

    def __init__(self, root: Any, language: str | None) -> None:
        self.root = root
        self.language = language
        headline = next(root.iter("h1"), None)
        above = [] if headline is None else list(headline.iterancestors())
        self._holds_headline = set(above)
        self._near = {element for element in above[:_NEAR] if element.tag not in {"body", "html"}}
        self._content = next((element for element in reversed(above) if _is_content(element)), None)
        self._loose: list[Any] = []

    def times(self) -> Iterator[str]:
        """Yield the texts of elements that date the article: by what they say, by where they stand, then a lone one in it.

        What stands outside of it, beside other stories or in a clock of the site's, is left to ``loose``.
        """
        saying, near, rest, self._loose = [], [], [], []
        for element in self._dated(_DATED):
            if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
                saying.append(element)
            elif self._says_so(element):
                (saying if self._content is None or self._is_within(element) else self._loose).append(element)
            elif element.tag == "time" and self._is_near(element):
                near.append(element)
            elif element.tag == "time":
                rest.append(element)
        for element in (*saying, *near):
            yield _text_of(element)
        days = {found and found.on for found in (read(_text_of(element), self.language) for element in rest)}
        if len(days) != 1 or near:
            return
        if self._is_within(rest[0]):
            yield _text_of(rest[0])
        else:
            self._loose.append(rest[0])

    def loose(self) -> str | None:
        """Return the first of the dates that ``times`` found to stand outside of the article, or None: but a guess."""
        return _text_of(self._loose[0]) if self._loose else None

    def byline(self) -> str | None:
        """Return the text beside the headline that holds a date, or None: a guess, as nothing says what day it is."""
        for element in self._dated(_LOOK_DATED):
            text = _words_of(element, BYLINE_MAX) if self._is_near(element) else ""
            if text and len(text) <= BYLINE_MAX and not MODIFIED.search(text) and read(text, self.language):
                return text
        return None

    def _dated(self, found: str) -> Iterator[Any]:
        for element in self.root.xpath(found)[:_ELEMENTS_MAX]:
            if element.tag in _NOT_SHOWN or _is_modified(element) or self._is_beside(element):
                continue
            yield element

    def _says_so(self, element: Any) -> bool:
        return _is_hatom(element) or (
            element.tag == "time"
            and _SAYS_SO.search(f"{element.get('class') or ''} {element.get('id') or ''}") is not None
        )

    def _is_within(self, element: Any) -> bool:
        """Return whether an element stands in what holds the headline; of a page without one, in an article of its."""
        above = element.iterancestors()
        if self._holds_headline:
            return self._content is not None and self._content in above
        return any(map(_is_content, above))

    def _is_near(self, element: Any) -> bool:
        for above in element.iterancestors():
            if above in self._near:
                return True
            if above.tag == "header" and any(over.tag in {"article", "main"} for over in above.iterancestors()):
                return above in self._holds_headline or not self._holds_headline
        return False

    def _is_beside(self, element: Any) -> bool:
        """Return whether an element belongs to a comment, to other stories, to the rest of the site."""
        if element.get("itemprop") and is_of_another(element):
            return True
        for above in (element, *element.iterancestors()):
            if above in self._holds_headline or above.tag in {"body", "html"}:
                return False
            if above.tag in _OTHER_TAGS or _OTHERS.search(f"{above.get('class') or ''} {above.get('id') or ''}"):
                return True
        return False


def _is_content(element: Any) -> bool:
    return element.tag in {"article", "main"} or element.get("role") in {"article", "main"}


def _is_hatom(element: Any) -> bool:
    """Return whether this is "published" of hAtom, or "dt-published" of h-entry (microformats.org)."""
    return not {"published", "dt-published"}.isdisjoint((element.get("class") or "").split())


def _is_modified(element: Any) -> bool:
    previous = element.getprevious()
    parent = element.getparent()
    before = (previous.tail if previous is not None else parent.text if parent is not None else "") or ""
    own = (
        element.get("class"),
        element.get("itemprop"),
        parent.get("class") if parent is not None else "",
        before[-40:],
    )
    return MODIFIED.search(" ".join(text or "" for text in own)) is not None


def _text_of(element: Any) -> str:
    for attribute in ("datetime", "content", "title"):
        value = str(element.get(attribute) or "").strip()
        if value and read(value) is not None:
            return value
    return _words_of(element, TEXT_MAX)[:TEXT_MAX]


def _words_of(element: Any, enough: int) -> str:
    """Return the text of an element; of a long one so much that it is seen to be longer than ``enough``."""
    found, length = [], 0
    for text in element.itertext():
        words = " ".join(text[: enough * 10].split())
        found.append(words)
        length += len(words)
        if length > enough:
            break
    return " ".join(filter(None, found))
