"""The parts of a page: which say that they are not the article, are lists of other stories, embeds or notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from citekeep.citations import rules
from citekeep.citations.blocks import Block
from citekeep.citations.tokens import size_of, words_of

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass
class _Part:
    """What an element holds. Sizes are in words; matched: of the article; own_links lead to the page's own site;
    opened: blocks that begin with one, as with a title; prose: of sentences of the article.
    """

    depth: int
    matched: float = 0.0
    size: float = 0.0
    linked: float = 0.0
    blocks: int = 0
    links: int = 0
    own_links: int = 0
    opened: int = 0
    prose: float = 0.0

    def add(self, other: _Part) -> None:
        self.matched += other.matched
        self.size += other.size
        self.linked += other.linked
        self.blocks += other.blocks
        self.links += other.links
        self.own_links += other.own_links
        self.opened += other.opened
        self.prose += other.prose


class Zones:
    """How much of the article each element holds, and what its name, its tag and its links say of it.

    is_own: whether a href leads to the page's own site.
    """

    def __init__(self, blocks: list[Block], is_own: Callable[[str], bool]) -> None:
        self.is_own = is_own
        self.known: dict[tuple[str, Any], bool] = {}
        self.parts: dict[Any, _Part] = {}
        for block in blocks:
            part = self._part(block.parent)
            part.add(
                _Part(
                    depth=0,
                    matched=block.size if block.matched and not self.embeds(block.parent) else 0.0,
                    size=block.size,
                    linked=min(block.linked, block.size),
                    blocks=bool(block.size),
                    links=len(block.anchors),
                    own_links=sum(is_own(anchor.href) for anchor in block.anchors),
                    opened=self._opens(block),
                    prose=block.size if block.matched and block.is_prose and block.is_sentence else 0.0,
                )
            )
        for element, part in sorted(self.parts.items(), key=lambda item: -item[1].depth):
            parent = element.getparent()
            if parent is not None:
                self.parts[parent].add(part)
        self.total = max((part.matched for part in self.parts.values()), default=0.0)
        self.believed = True
        denied = sum(block.size for block in blocks if block.matched and self.excludes(block.parent))
        if denied > rules.DENIED_MOST * self.total:  # whoever made the page calls the pieces of its article so
            self.believed = False
            self.known = {key: answer for key, answer in self.known.items() if key[0] != "excluded"}

    def _part(self, element: Any) -> _Part:
        """Return the part of an element; it and those around it are made where they are not there."""
        new = []
        while element is not None and element not in self.parts:
            new.append(element)
            element = element.getparent()
        depth = -1 if element is None else self.parts[element].depth
        for one in reversed(new):
            depth += 1
            self.parts[one] = _Part(depth)
        return self.parts[new[0] if new else element]

    def is_small(self, element: Any, share: float = rules.EXCLUDED_SHARE) -> bool:
        """Return whether it holds too little of the article to be it."""
        part = self.parts.get(element)
        return part is None or part.matched <= share * max(self.total, 1.0)

    def excludes(self, element: Any) -> bool:
        """Return whether it stands in what is not the article, and is small enough to be believed.

        That is told by a name or a tag, or by its being a list of links to the page's own site.
        """
        return self._known("excluded", element, self._is_none_of_it)

    def _is_none_of_it(self, element: Any) -> bool:
        if self._opens_all(element):
            return True
        if not self.is_small(element):
            return False
        return (self.believed and says_no(element) and not self._leads(element)) or self._lists(element)

    def embeds(self, element: Any) -> bool:
        """Return whether it stands in something embedded from elsewhere."""
        return self._known("embedded", element, lambda one: bool(rules.EMBED_NAMES.search(names_of(one))))

    def notes(self, element: Any) -> bool:
        """Return whether it stands among the notes."""
        return self._known("notes", element, lambda one: bool(rules.NOTE_NAMES.search(names_of(one))))

    def takes_embed(self, element: Any) -> bool:
        """Return whether something embedded stands in the body: what holds it and body text too is the article.

        Between the two there may be boxes for embeds alone, which pages call widget, social or figure.
        """
        for one in ancestors(element):
            if self.embeds(one):
                continue
            part = self.parts.get(one)
            if part is not None and part.matched:
                return not self.is_small(one) and not self.excludes(one)
            if says_no(one) and not _is_wrapper(one):
                return False
        return False

    def share_a_box(self, one: Any, other: Any) -> bool:
        """Return whether two elements stand close together in one small part of the page."""
        near = [element for element in _nearest(one) if self.is_small(element, rules.TEASER_SHARE)]
        return any(element in near for element in _nearest(other))

    def _leads(self, element: Any) -> bool:
        """Return whether this is a header whose sentences are the article's: its lead."""
        part = self.parts.get(element)
        if element.tag != "header" or part is None or part.prose < rules.PROSE_WORDS:
            return False
        return rules.EXCLUDED_NAMES.search(names_of(element)) is None

    def _opens(self, block: Block) -> bool:
        """Return whether a block begins with words that lead to the own site."""
        if not block.anchors or not self.is_own(block.anchors[0].href):
            return False
        title = block.anchor_text(block.anchors[0])
        return block.text.lstrip().startswith(title) and size_of(words_of(title)) >= rules.OPENED_WORDS

    def _opens_all(self, element: Any) -> bool:
        """Return whether nearly all blocks of a small part begin with a title that leads to the own site: teasers do."""
        part = self.parts.get(element)
        if part is None or part.opened < rules.OPENED_BLOCKS or not self.is_small(element, rules.TEASER_SHARE):
            return False
        boxed = element.tag in rules.BOX_TAGS - rules.INNER_TAGS  # a list may be of what the article tells one by one
        return boxed and part.opened >= rules.OPENED_SHARE * part.blocks

    def _lists(self, element: Any) -> bool:
        part = self.parts.get(element)
        if part is None or element.tag not in rules.BOX_TAGS or part.blocks < 2 or part.links < rules.LIST_LINKS:
            return False
        return part.linked >= rules.LIST_SHARE * part.size and part.own_links >= rules.OWN_SHARE * part.links

    def _known(self, question: str, element: Any, applies: Callable[[Any], bool]) -> bool:
        """Return whether something applies to an element or one around it, asked of each element once."""
        asked = []
        answer = False
        for one in ancestors(element):
            known = self.known.get((question, one))
            if known is not None:
                answer = known
                break
            asked.append(one)
        for one in reversed(asked):
            answer = answer or applies(one)
            self.known[question, one] = answer
        return answer


def ancestors(element: Any) -> Iterator[Any]:
    """Yield an element and those around it, from the inside out."""
    while element is not None:
        yield element
        element = element.getparent()


def _nearest(element: Any) -> list[Any]:
    return [one for one, _ in zip(ancestors(element), range(rules.BOX_DEPTH), strict=False)]


def names_of(element: Any) -> str:
    """Return what an element is called: class, id, and what frameworks call it, its words divided."""
    attributes = element.attrib
    names = " ".join([attributes[name] for name in rules.NAMING if name in attributes])[:500]
    return names if names.islower() else _HUMP.sub("-", names)


def says_no(element: Any) -> bool:
    """Return whether an element says by tag or name that it is not the article."""
    if element.tag in {"body", "html"}:
        return False
    return element.tag in rules.EXCLUDED_TAGS or bool(rules.EXCLUDED_NAMES.search(names_of(element)))


def _is_wrapper(element: Any) -> bool:
    if element.tag in rules.EXCLUDED_TAGS - rules.EMBED_WRAPPER_TAGS:
        return False
    return not rules.EXCLUDED_NAMES.search(rules.EMBED_WRAPPERS.sub(" ", names_of(element)))
