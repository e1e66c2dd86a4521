"""A page cut into text blocks, each with the links in it and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from citekeep.citations.rules import BLOCK_TAGS, PROSE_WORDS, SHORT_CHARACTERS, SHORT_WORDS, SKIPPED_TAGS
from citekeep.citations.tokens import size_of, words_of

_SPACE = re.compile(r"\s+")
_ENDS = re.compile(r"[.!?…;。！？।॥۔؟։]\W*$")
NODES_MAX = 400_000  # a page of more elements is read so far and no further


@dataclass(eq=False)
class Anchor:
    """A link within a block: start and end are offsets into the block's text. plain: its address stands there as text."""

    href: str
    element: Any
    start: int
    end: int = -1
    plain: bool = False


@dataclass(frozen=True)
class Place:
    """A stretch of the text of the page's ``number``-th block. said: of a mark: the character whose sentence it belongs to."""

    number: int
    start: int
    end: int
    said: int | None = None


@dataclass(eq=False)
class Block:
    """A run of text between two block boundaries. parent: the element it stands in."""

    parent: Any
    text: str = ""
    anchors: list[Anchor] = field(default_factory=list)
    matched: bool = False

    @cached_property
    def words(self) -> list[str]:
        """Its words as ``words_of`` tells them."""
        return words_of(self.text)

    @cached_property
    def size(self) -> float:
        """How many words it has; of scripts without spaces, how many there would be."""
        return size_of(self.words)

    @cached_property
    def linked(self) -> float:
        """How many of these are words of links."""
        return sum(size_of(words_of(self.anchor_text(anchor))) for anchor in self.anchors if not anchor.plain)

    @property
    def link_share(self) -> float:
        """How much of it is links, 0 to 1."""
        return min(1.0, self.linked / max(1.0, self.size))

    @property
    def is_short(self) -> bool:
        """Whether it is no more than a heading, a label or a caption."""
        return self.size < SHORT_WORDS and len(self.text) < SHORT_CHARACTERS

    @property
    def is_sentence(self) -> bool:
        """Whether it ends as a sentence does."""
        return _ENDS.search(self.text[-4:]) is not None

    @property
    def is_prose(self) -> bool:
        """Whether it reads as a paragraph: long or a sentence, and mostly no links."""
        return (self.size >= PROSE_WORDS or (self.is_sentence and not self.is_short)) and self.link_share < 0.5

    def anchor_text(self, anchor: Anchor) -> str:
        """Return the words of a link."""
        return self.text[anchor.start : anchor.end].strip()


class _Collector:
    def __init__(self, root: Any) -> None:
        self.blocks: list[Block] = []
        self.parents = [root]
        self.parts: list[str] = []
        self.length = 0
        self.anchors: list[Anchor] = []
        self.open: Anchor | None = None
        self.breaks = 0

    def add(self, text: str | None) -> None:
        if not text:
            return
        flat = _SPACE.sub(" ", text)
        if flat == " " and (not self.length or self.parts[-1].endswith(" ")):
            return
        if flat.startswith(" ") and (not self.length or self.parts[-1].endswith(" ")):
            flat = flat[1:]
        if flat.strip():
            self.breaks = 0
        if flat:
            self.parts.append(flat)
            self.length += len(flat)

    def line_break(self) -> None:
        self.breaks += 1
        if self.breaks > 1 and self.open is None:
            self.flush()
        else:
            self.add(" ")

    def begin_link(self, element: Any) -> None:
        self.open = Anchor(element.get("href"), element, self.length)
        self.anchors.append(self.open)

    def end_link(self) -> None:
        if self.open is not None:
            self.open.end = self.length
            self.open = None

    def flush(self) -> None:
        reopened = None
        if self.open is not None:  # a link around blocks: it counts for the first of them that has words
            if self.length > self.open.start:
                self.open.end = self.length
            else:
                self.anchors.remove(self.open)
                reopened = self.open
        text = "".join(self.parts)
        if text.strip():
            self.blocks.append(Block(self.parents[-1], text.rstrip(), self.anchors))
        elif self.anchors:
            self.blocks.append(Block(self.parents[-1], "", self.anchors))
        self.parts, self.length, self.anchors, self.breaks = [], 0, [], 0
        self.open = None
        if reopened is not None:
            self.open = Anchor(reopened.href, reopened.element, 0)
            self.anchors.append(self.open)


def blocks_of(root: Any) -> list[Block]:
    """Return the text blocks of a page in reading order."""
    collector = _Collector(root)
    skipping: Any = None
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for count, (event, element) in enumerate(walk):
        if count > 2 * NODES_MAX:
            break
        if event in {"comment", "pi"}:
            if skipping is None:
                collector.add(element.tail)
            continue
        if skipping is not None:
            if event == "end" and element is skipping:
                skipping = None
                collector.add(element.tail)
            continue
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in SKIPPED_TAGS or element.get("hidden") is not None:
                skipping = element
                continue
            _start(collector, element, tag)
        else:
            _end(collector, element, tag)
    collector.flush()
    return collector.blocks


def _start(collector: _Collector, element: Any, tag: str) -> None:
    if tag in BLOCK_TAGS:
        collector.flush()
        collector.parents.append(element)
    elif tag == "br":
        collector.line_break()
    elif tag == "a" and element.get("href"):
        collector.end_link()
        collector.begin_link(element)
    elif tag == "img" and collector.open is not None:
        return
    collector.add(element.text)


def _end(collector: _Collector, element: Any, tag: str) -> None:
    if tag in BLOCK_TAGS:
        collector.flush()
        if len(collector.parents) > 1 and collector.parents[-1] is element:
            collector.parents.pop()
    elif tag == "a" and collector.open is not None and collector.open.element is element:
        collector.end_link()
    collector.add(element.tail)
