"""Citations in a plain text: every URL that stands in it, each with the sentence it belongs to.

A URL in running text belongs to the sentence it stands in. One that stands apart, on lines of its own, belongs to the
sentence that names its outlet or shares the most words with it, else to the last one before it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from citekeep.citations import labels
from citekeep.citations.fingerprint import numbered
from citekeep.citations.sentences import sentence_at, spans
from citekeep.items import Citation
from citekeep.urls import host_of, is_http, site_of

CONTEXT = 200
_URL = re.compile(r"(?:https?://|www\.(?=[^\s.]+\.[^\s]))[^\s<>\"“”«»‹›\u200b\u3000]+", re.IGNORECASE)
_TRAILING = ".,;:!?'’*_…|"
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}
_MAY_CONTINUE = re.compile(r"^[A-Za-z0-9%&=?#/._~+-]+$")
_CLOSES = re.compile(r"[^\s<>]*[^\s<>.,;:]>")
"""The rest of a URL that "<" opened: RFC 3986, appendix C, has breaks in it left out."""
_BROKEN_END = ("-", "_", "=", "&", "?", "%", "~", "+")
_RESUMES = ("/", "?", "&", "=", "-", "_", "%", "#")
_BULLET = re.compile(r"[-*+#&]+$|#\d+$|\d+[.)]?$")
_SLUG = re.compile(r"[-_/=%]|\w\.\w")
_SLUG_WORD = re.compile(r"[^\W_]{3,}")
_LINE_WIDTH_LEAST = 50  # a line this long may have been broken by a page's layout


class Place(NamedTuple):
    """Where a URL is cited within a text: from start to end. kind: "plain_text" where it stands there, else "anchor"."""

    start: int
    end: int
    url: str
    kind: str = "plain_text"


class Mark(NamedTuple):
    """Where a note is referred to: before the character at ``position``. note: its number or sign."""

    position: int
    note: str


@dataclass
class Paragraph:
    """A paragraph with its lines joined. urls: in the order of the text. apart: it is nothing but URLs. marks: of notes."""

    text: str
    urls: list[Place] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @property
    def apart(self) -> bool:
        """Return whether nothing but URLs (and bullets or numbers before them) stands here."""
        if any(place.kind != "plain_text" for place in self.urls):
            return False
        rest, last = [], 0
        for start, end, _, _ in self.urls:
            rest.append(self.text[last:start])
            last = end
        rest.append(self.text[last:])
        return bool(self.urls) and not re.search(r"[^\W\d_]{2,}", " ".join(rest))


def paragraphs_of(text: str) -> list[Paragraph]:
    """Return the paragraphs of a text: divided by empty lines, lines that a layout broke joined, URLs mended and found."""
    found = []
    for lines in _chunks(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")):
        joined = _join(lines)
        if joined.strip():
            found.append(Paragraph(joined, urls_in(joined)))
    return found


def _chunks(text: str) -> list[list[str]]:
    chunks: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip():
            chunks[-1].append(line.strip())
        elif chunks[-1]:
            chunks.append([])
    return [chunk for chunk in chunks if chunk]


def _join(lines: list[str]) -> str:
    joined = lines[0]
    for before, line in pairwise(lines):
        joined += ("" if url_goes_on(joined, before, line) else " ") + line
    return joined


def url_goes_on(joined: str, before: str, line: str) -> bool:
    """Return whether a layout broke a URL at the end of ``before``: it ends the line, and the next begins like its rest."""
    tail = joined.rsplit(None, 1)[-1] if joined.strip() else ""
    head = line.split(None, 1)[0]
    if not re.match(r"(?:[(\[<]*)(?:https?://|www\.)", tail, re.IGNORECASE) or _URL.match(head):
        return False
    if tail.startswith("<") and ">" not in tail and _CLOSES.match(head):
        return True
    if not _MAY_CONTINUE.match(head.rstrip(_TRAILING + ")")):
        return False
    if _BULLET.match(head):
        return False
    like_a_slug = _SLUG.search(head) is not None and not head[:1].isupper()
    if tail.endswith("/"):  # most addresses that end so are whole
        return like_a_slug
    if tail.endswith(_BROKEN_END) or (head.startswith(_RESUMES) and len(head) > 1):
        return True
    return len(before) >= _LINE_WIDTH_LEAST and like_a_slug


def urls_in(text: str) -> list[Place]:
    """Return the URLs that stand in a text, without the punctuation around them."""
    found = []
    for match in _URL.finditer(text):
        raw = _trim(match[0])
        url = raw if raw.lower().startswith("http") else f"https://{raw}"
        if is_http(url) and "." in host_of(url):
            found.append(Place(match.start(), match.start() + len(raw), url))
    return found


def _trim(raw: str) -> str:
    """Return a URL without the punctuation of the sentence around it; a closing bracket stays if it was opened inside."""
    unopened = {closing: raw.count(closing) - raw.count(opening) for closing, opening in _PAIRS.items()}
    end = len(raw)
    while end and (raw[end - 1] in _TRAILING or unopened.get(raw[end - 1], 0) > 0):
        end -= 1
        if raw[end] in unopened:
            unopened[raw[end]] -= 1
    return raw[:end]


# --- which sentence ---


@dataclass(frozen=True)
class _Sentence:
    paragraph: int
    start: int
    end: int
    text: str
    words: frozenset[str]


def find_citations(paragraphs: list[Paragraph], *, language: str | None, limit: int) -> list[Citation]:
    """Return one citation for each URL of a text, in its order, at most ``limit``; a URL twice apart counts once."""
    sentences = _Sentences(_sentences(paragraphs, language))
    found: list[Citation] = []
    apart_seen: set[str] = set()
    for number, paragraph in enumerate(paragraphs):
        apart = paragraph.apart
        for place in paragraph.urls:
            if len(found) >= limit:
                return numbered(found)
            if not apart:
                found.append(_within(place, number, paragraph, language))
            elif place.url not in apart_seen:
                apart_seen.add(place.url)
                found.append(_apart(place.url, number, sentences, paragraphs))
    return numbered(found)


def _sentences(paragraphs: list[Paragraph], language: str | None) -> list[_Sentence]:
    found = []
    for number, paragraph in enumerate(paragraphs):
        if paragraph.apart:
            continue
        for start, end in spans(paragraph.text, language or "en"):
            text = paragraph.text[start:end]
            found.append(_Sentence(number, start, end, text, frozenset(_words(text))))
    return found


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return [word.removesuffix("s") if word.isascii() and len(word) > 4 else word for word in _SLUG_WORD.findall(folded)]


def _within(place: Place, number: int, paragraph: Paragraph, language: str | None) -> Citation:
    start, end = place.start, place.end
    first, last = sentence_at(paragraph.text, start, end, language)
    return Citation(
        url_as_written=place.url,
        anchor_text=paragraph.text[start:end],
        sentence=paragraph.text[first:last].strip(),
        before=paragraph.text[max(0, start - CONTEXT) : start],
        after=paragraph.text[end : end + CONTEXT],
        paragraph=number,
        position=0,
        kind="related" if labels.offers(paragraph.text) else place.kind,
    )


def _apart(url: str, number: int, sentences: _Sentences, paragraphs: list[Paragraph]) -> Citation:
    chosen = sentences.belongs_to(url, number)
    if chosen is None:
        return Citation(
            url_as_written=url, anchor_text=url, sentence="", before="", after="", paragraph=number, position=0,
            kind="plain_text",
        )  # fmt: skip
    paragraph = paragraphs[chosen.paragraph].text
    return Citation(
        url_as_written=url,
        anchor_text=url,
        sentence=chosen.text,
        before=paragraph[max(0, chosen.start - CONTEXT) : chosen.start],
        after=paragraph[chosen.end : chosen.end + CONTEXT],
        paragraph=chosen.paragraph,
        position=0,
        kind="related" if labels.offers(chosen.text) else "plain_text",
    )


NAMES_HOST = 3.0  # what it counts that a sentence writes the host out
NAMES_OUTLET = 1.5  # that it has the outlet's name as a word
NEAR = 0.02  # what a paragraph of distance costs
BEFORE_BONUS = 0.1
ENOUGH = 0.5


COMMON = 100
"""A word in more sentences than this tells nothing; and of those that name an outlet, so many on each side are weighed."""


class _Sentences:
    """The sentences of a text, and which of them hold a word."""

    def __init__(self, sentences: list[_Sentence]) -> None:
        self.all = sentences
        self.holding: dict[str, list[int]] = {}
        for number, sentence in enumerate(sentences):
            for word in sentence.words:
                self.holding.setdefault(word, []).append(number)

    def belongs_to(self, url: str, paragraph: int) -> _Sentence | None:
        """Return the sentence that a URL standing apart belongs to: names its host, its outlet, or shares rare words."""
        here = bisect_left(self.all, paragraph, key=lambda sentence: sentence.paragraph)
        host, outlet = host_of(url).removeprefix("www."), site_of(url).split(".")[0]
        slug = frozenset(_words(unquote(urlsplit(url).path)))
        scores: dict[int, float] = {}
        for number in self._naming(outlet, here):
            lowered = self.all[number].text.lower()
            named = NAMES_HOST if host in lowered else NAMES_OUTLET if _has_word(lowered, outlet) else 0.0
            scores[number] = named
        for word in slug:
            holding = self.holding.get(word, ())
            for number in holding if len(holding) <= COMMON else ():
                share = 2 / len(holding) / max(4, len(slug)) ** 0.5
                scores[number] = scores.get(number, 0.0) + share
        ranked = [(self._weighed(number, score, paragraph), -number) for number, score in scores.items()]
        best, number = max(ranked, default=(0.0, 0))
        if best >= ENOUGH:
            return self.all[-number]
        return self.all[max(0, here - 1)] if self.all else None

    def _naming(self, outlet: str, here: int) -> list[int]:
        """Return the sentences that hold the words of an outlet's name, the nearest where there are many."""
        words = _words(outlet)
        if not words:
            return []
        rarest = min((self.holding.get(word, []) for word in words), key=len)
        middle = bisect_left(rarest, here)
        return rarest[max(0, middle - COMMON) : middle + COMMON]

    def _weighed(self, number: int, score: float, paragraph: int) -> float:
        sentence = self.all[number]
        if labels.offers(sentence.text):
            score *= 1.25
        return score - NEAR * abs(paragraph - sentence.paragraph) + BEFORE_BONUS * (sentence.paragraph < paragraph)


def _has_word(text: str, word: str) -> bool:
    return len(word) > 2 and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
