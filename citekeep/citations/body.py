"""Which blocks of a page are the article: those that stand in the extracted text, and those between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from citekeep.citations import rules
from citekeep.citations.blocks import Block
from citekeep.citations.tokens import size_of, words_of
from citekeep.citations.zones import ancestors, says_no


@dataclass(frozen=True)
class Body:
    """A text of the article: its n-grams, its words in a row for blocks that have fewer than an n-gram, its size in words."""

    ngrams: frozenset[tuple[str, ...]]
    row: str
    size: float

    @classmethod
    def of(cls, text: str) -> Body:
        """Return a text as what blocks are held against."""
        words = words_of(text)
        return cls(frozenset(_ngrams(words)), f" {' '.join(words)} ", size_of(words))

    def share(self, words: list[str]) -> float:
        """Return how much of a block stands in the text: 0 to 1; of a short one, all of it or nothing."""
        if not words:
            return 0.0
        if len(words) < rules.NGRAM:
            return float(f" {' '.join(words)} " in self.row)
        grams = _ngrams(words)
        return sum(gram in self.ngrams for gram in grams) / len(grams)


def match(blocks: list[Block], body: Body, stated: Body, is_own: Callable[[str], bool]) -> None:
    """Set ``matched`` on the blocks that are the article.

    body: of the extracted text. stated: of what the page itself says is its body; it has the last word where it holds
    most of what was extracted, for a publisher may state no more than a summary. is_own: whether a href leads to the page's
    own site.
    """
    for block in blocks:
        block.matched = body.share(block.words) >= rules.MATCH_SHARE
    for before, block, after in zip(blocks, blocks[1:], blocks[2:], strict=False):
        inside = before.matched and after.matched and before.parent.getparent() is after.parent.getparent()
        same = block.parent.getparent() is before.parent.getparent()
        if not block.matched and inside and same and not block.is_short:
            block.matched = True
    _fill_rows(blocks)
    _match_lead(blocks)
    if body.ngrams and len(body.ngrams & stated.ngrams) >= rules.STATED_SHARE * len(body.ngrams):
        for block in blocks:
            share = stated.share(block.words)
            block.matched = (
                share >= rules.DENIED_SHARE if block.matched else share >= rules.MATCH_SHARE and block.is_prose
            )
    _match_sources(blocks, is_own)


def _match_sources(blocks: list[Block], is_own: Callable[[str], bool]) -> None:
    """Match the list of sources below the article's last paragraph: extraction takes nothing but links for navigation."""
    row = main_row(blocks)
    members = [block for block in blocks if block.size and row_of(block) is row] if row is not None else []
    last = max((number for number, block in enumerate(members) if block.matched and block.is_prose), default=None)
    between = 0
    for block in members[last + 1 :] if last is not None else ():
        if _is_source(block, is_own):
            block.matched = True
        elif block.anchors or between >= rules.SOURCES_AFTER:
            break
        else:
            between += 1


def _is_source(block: Block, is_own: Callable[[str], bool]) -> bool:
    enough = bool(block.anchors) and block.linked >= rules.SOURCE_WORDS
    return enough and block.parent.tag == "li" and leads_elsewhere(block, is_own)


def leads_elsewhere(block: Block, is_own: Callable[[str], bool]) -> bool:
    """Return whether no link of a block leads to the page's own site, to an account or to an app."""
    return not any(is_own(anchor.href) or rules.PROFILE_URL.search(anchor.href) for anchor in block.anchors)


def _match_lead(blocks: list[Block]) -> None:
    """Match the sentences between the article's heading and its first paragraph: its lead, which extraction often loses."""
    first = next((number for number, block in enumerate(blocks) if block.matched and block.is_prose), None)
    if first is None:
        return
    before = blocks[max(0, first - rules.LEAD_REACH) : first]
    heading = max((number for number, block in enumerate(before) if block.parent.tag == "h1"), default=None)
    for block in before[heading + 1 :] if heading is not None else ():
        if block.is_sentence and block.size >= rules.PROSE_WORDS and block.link_share < 0.5:
            block.matched = True


def _fill_rows(blocks: list[Block]) -> None:
    """Match the prose that extraction lost: it stands in a row with much of the article, between parts of it."""
    total = sum(block.size for block in blocks if block.matched)
    rows: dict[Any, list[tuple[int, Block]]] = {}
    for number, block in enumerate(blocks):
        if block.size:
            rows.setdefault(row_of(block), []).append((number, block))
    for members in rows.values():
        matched = [number for number, block in members if block.matched]
        size = sum(block.size for _, block in members if block.matched)
        if len(matched) < 2 or size < rules.ROW_SHARE * total:
            continue
        for number, block in members:
            if matched[0] < number < matched[-1] and not block.matched and block.is_prose:
                block.matched = True


def main_row(blocks: list[Block]) -> Any:
    """Return the element whose row has the most words of the article, None without any."""
    sizes: dict[Any, float] = {}
    for block in blocks:
        if block.matched:
            row = row_of(block)
            sizes[row] = sizes.get(row, 0.0) + block.size
    return max(sizes, key=lambda row: sizes[row], default=None)


def longest_row(blocks: list[Block]) -> list[Block]:
    """Return the paragraphs beside one another that have the most words, but for those in parts that are no article."""
    rows: dict[Any, list[Block]] = {}
    for block in blocks:
        if block.is_prose and not block.is_short and block.parent.tag != "li":  # lists are of teasers, too
            rows.setdefault(row_of(block), []).append(block)
    longest = sorted(rows.items(), key=lambda item: -sum(block.size for block in item[1]))
    return next((row for element, row in longest[:10] if not any(map(says_no, ancestors(element)))), [])


def row_of(block: Block) -> Any:
    """Return what holds a block's neighbours, which are its row: lists, tables and quotations count as one of them."""
    element = block.parent
    parent = element.getparent()
    while parent is not None and parent.tag in rules.INNER_TAGS:
        element, parent = parent, parent.getparent()
    return element if parent is None else parent


def _ngrams(words: list[str]) -> list[tuple[str, ...]]:
    return list(zip(*(words[i:] for i in range(rules.NGRAM)), strict=False))
