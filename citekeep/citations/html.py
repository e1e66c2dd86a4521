"""Citations in a page: its text blocks are held against the extracted text, then the rules take away what is no citation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from citekeep.citations import rules
from citekeep.citations.blocks import Anchor, Block, blocks_of, words_of
from citekeep.citations.fingerprint import numbered
from citekeep.citations.sentences import sentence_at
from citekeep.items import Citation
from citekeep.urls import canonical, is_http, site_of

CONTEXT = 200  # characters kept before and after


@dataclass(frozen=True)
class _Body:
    """The extracted text: its n-grams, and its words in a row for blocks that have fewer than an n-gram."""

    ngrams: frozenset[tuple[str, ...]]
    row: str

    @classmethod
    def of(cls, text: str) -> _Body:
        words = words_of(text)
        grams = frozenset(zip(*(words[i:] for i in range(rules.NGRAM)), strict=False))
        return cls(grams, f" {' '.join(words)} ")

    def holds(self, words: list[str]) -> bool:
        if not words:
            return False
        if len(words) < rules.NGRAM:
            return f" {' '.join(words)} " in self.row
        grams = list(zip(*(words[i:] for i in range(rules.NGRAM)), strict=False))
        return sum(gram in self.ngrams for gram in grams) >= rules.MATCH_SHARE * len(grams)


def find_citations(root: Any, *, url: str, body_text: str, language: str | None, limit: int) -> list[Citation]:
    """Return the citations of a parsed page in reading order, at most ``limit``.

    root: lxml element. url: of the page; a <base> in it is honoured. body_text: what the extractor took for the body.
    """
    base = _base(root, url)
    page = canonical(url) if is_http(url) else None
    blocks = blocks_of(root)
    _match(blocks, _Body.of(body_text))
    zones = _Zones(blocks)
    found: list[Citation] = []
    previous = ""
    for number, block in enumerate(blocks):
        kind = _kind(block, zones, previous, url)
        previous = block.text or previous
        for anchor in block.anchors if kind is not None else ():
            target = _target(anchor.href, base)
            if target is None or canonical(target) == page or not _wanted(anchor, block, target, url):
                continue
            assert kind is not None
            found.append(_citation(block, anchor, target, number, len(found), kind, language))
            if len(found) >= limit:
                return numbered(found)
    return numbered(found)


# --- matching ---


def _match(blocks: list[Block], body: _Body) -> None:
    for block in blocks:
        block.matched = body.holds(block.words)
    for before, block, after in zip(blocks, blocks[1:], blocks[2:], strict=False):
        inside = before.matched and after.matched and before.parent.getparent() is after.parent.getparent()
        same = block.parent.getparent() is before.parent.getparent()
        if not block.matched and inside and same and not _is_short(block):
            block.matched = True


def _is_short(block: Block) -> bool:
    return len(block.words) < rules.SHORT_WORDS and len(block.text) < rules.SHORT_CHARACTERS


class _Zones:
    """How many matched words each element holds, and which elements say that they are not the article."""

    def __init__(self, blocks: list[Block]) -> None:
        self.words: Counter[int] = Counter()
        self.total = 0
        self.keep: list[Any] = []  # elements must outlive their id()
        for block in blocks:
            if block.matched:
                self._count(block)
        self.known: dict[tuple[str, int], bool] = {}

    def _count(self, block: Block) -> None:
        number = len(block.words)
        self.total += number
        for element in _ancestors(block.parent):
            self.words[id(element)] += number
            self.keep.append(element)

    def is_small(self, element: Any) -> bool:
        return self.words[id(element)] <= rules.EXCLUDED_SHARE * max(self.total, 1)

    def excludes(self, element: Any) -> bool:
        """Return whether an ancestor says that it is not the article, and holds little enough of it to be believed."""
        return self._known("excluded", element, lambda one: _says_no(one) and self.is_small(one))

    def embeds(self, element: Any) -> bool:
        """Return whether it stands in something embedded from elsewhere."""
        return self._known("embedded", element, lambda one: bool(rules.EMBED_NAMES.search(_names(one))))

    def takes_embed(self, element: Any) -> bool:
        """Return whether something embedded stands in the body: what holds it and body text too is the article.

        Between the two there may be boxes for embeds alone, which pages call widget, social or figure.
        """
        for one in _ancestors(element):
            if self.embeds(one):
                continue
            if self.words[id(one)]:
                return not self.is_small(one) and not self.excludes(one)
            if _says_no(one) and not _is_wrapper(one):
                return False
        return False

    def notes(self, element: Any) -> bool:
        """Return whether it stands among the notes."""
        return self._known("notes", element, lambda one: bool(rules.NOTE_NAMES.search(_names(one))))

    def _known(self, question: str, element: Any, applies: Callable[[Any], bool]) -> bool:
        """Return whether something applies to an element or an ancestor, asked of each element once."""
        asked = []
        answer = False
        for one in _ancestors(element):
            known = self.known.get((question, id(one)))
            if known is not None:
                answer = known
                break
            asked.append(one)
        for one in reversed(asked):
            answer = answer or applies(one)
            self.known[question, id(one)] = answer
        self.keep += asked
        return answer


def _ancestors(element: Any) -> Iterable[Any]:
    while element is not None:
        yield element
        element = element.getparent()


def _names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-component') or ''}"[:500]


def _says_no(element: Any) -> bool:
    if element.tag in {"body", "html"}:
        return False
    return element.tag in rules.EXCLUDED_TAGS or bool(rules.EXCLUDED_NAMES.search(_names(element)))


def _is_wrapper(element: Any) -> bool:
    names = _names(element)
    if element.tag in rules.EXCLUDED_TAGS - rules.EMBED_WRAPPER_TAGS:
        return False
    return not rules.EXCLUDED_NAMES.search(rules.EMBED_WRAPPERS.sub(" ", names))


# --- rules ---


def _kind(block: Block, zones: _Zones, previous: str, url: str) -> str | None:
    """Return the kind of citation that the links of a block are, or None where they are none."""
    if not block.anchors:
        return None
    if zones.embeds(block.parent):
        return "embed" if zones.takes_embed(block.parent) else None
    if _is_related(block, previous, url):
        return "related" if block.matched or not zones.excludes(block.parent) else None
    if not block.matched or zones.excludes(block.parent):
        return None
    if _is_noise(block):
        return None
    if rules.PROMO.search(block.text) and len(block.words) < rules.PROMO_WORDS and _promotes(block):
        return "promo"
    return "footnote" if zones.notes(block.parent) else "anchor"


def _is_related(block: Block, previous: str, url: str) -> bool:
    if rules.RELATED_LABEL.match(block.text):
        return True
    if len(words_of(previous)) <= rules.LABEL_WORDS and rules.RELATED_LABEL.match(previous):
        return _link_share(block) > rules.LINKY_SHARE and all(_same_site(a.href, url) for a in block.anchors)
    return False


def _same_site(href: str, url: str) -> bool:
    target = urljoin(url, href.strip()) if is_http(url) else href
    return is_http(target) and is_http(url) and site_of(target) == site_of(url)


def _link_share(block: Block) -> float:
    linked = sum(len(words_of(block.anchor_text(anchor))) for anchor in block.anchors)
    return linked / max(1, len(block.words))


def _is_noise(block: Block) -> bool:
    words, linked = block.words, sum(len(words_of(block.anchor_text(a))) for a in block.anchors)
    beside = len(words) - linked
    if rules.TAG_LINE.match(block.text) or (len(words) < rules.META_LINE_WORDS and rules.META_LINE.search(block.text)):
        return True
    if rules.BYLINE.match(block.text) and len(words) < rules.BYLINE_WORDS:
        return True
    if len(block.anchors) >= rules.LINKY_LINKS and linked >= rules.LINKY_SHARE * len(words):
        return True
    least = rules.WORDS_BESIDE.get(block.parent.tag)
    if beside == 0:
        return True
    return _is_short(block) and (least is None or beside < least)


def _promotes(block: Block) -> bool:
    """Return whether the words of promotion stand in or right beside a link, not somewhere in a sentence about them."""
    return any(rules.PROMO.search(block.text[max(0, anchor.start - 60) : anchor.end + 40]) for anchor in block.anchors)


def _wanted(anchor: Anchor, block: Block, target: str, url: str) -> bool:
    rel = (anchor.element.get("rel") or "").lower().split()
    if rules.SHARE_URL.search(target) or {"tag", "author", "category"} & set(rel):
        return False
    names = _names(anchor.element)
    if rules.BYLINE_NAMES.search(names) or re.search(r"(?:^|[\s_-])(?:share|social)(?:$|[\s_-])", names, re.IGNORECASE):
        return False
    return not (_is_short(block) and rules.TAG_PATH.search(target) and _same_site(target, url))


# --- the citation ---


def _base(root: Any, url: str) -> str:
    for element in root.iter("base"):
        href = (element.get("href") or "").strip()
        if href:
            try:
                return urljoin(url, href)
            except ValueError:
                return url
    return url


def _target(href: str, base: str) -> str | None:
    """Return the absolute URL that a href leads to, as written otherwise; None for what is no http or https URL."""
    text = href.strip()
    if not text or text.startswith("#"):
        return None
    try:
        target = urljoin(base, text)
    except ValueError:
        return None
    return target if is_http(target) else None


def _citation(
    block: Block, anchor: Anchor, target: str, paragraph: int, position: int, kind: str, language: str | None
) -> Citation:
    begin, finish = _trimmed(block.text, anchor.start, anchor.end)
    start, end = sentence_at(block.text, begin, finish, language)
    sentence = block.text[start:end].strip()
    return Citation(
        url_as_written=target,
        anchor_text=block.text[begin:finish],
        sentence=sentence,
        before=block.text[max(0, begin - CONTEXT) : begin],
        after=block.text[finish : finish + CONTEXT],
        paragraph=paragraph,
        position=position,
        kind="promo" if kind == "anchor" and rules.PROMO_OPENING.match(sentence) else kind,
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch of a text without the space around it."""
    end = min(end, len(text))
    inner = text[start:end]
    begin = min(start + len(inner) - len(inner.lstrip()), end)
    return begin, begin + len(inner.strip())
