"""Notes of a page: the marks in its text lead to them, and their links are citations of the sentences that carry the marks.

A mark is a short link (or one that says it is a mark) within a block to a place further down on the same page: footnotes of
MediaWiki, WordPress, Substack, Pandoc, Word, EPUB's and DPUB-ARIA's doc-noteref. What leads upwards is a way back.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from citekeep.citations.blocks import Anchor, Block, Place
from citekeep.citations.rules import BLOCK_TAGS, NOTE_NAMES
from citekeep.citations.zones import ancestors, names_of

_SHORT = 4  # characters of a mark without its brackets: "[12]", "*", "iv", "№ 3"
_BRACKETS = " \u00a0[](){}（）［］【】〔〕"
_MARK_NAMES = re.compile(
    r"(?:^|[\s_-])(?:footnotes?|endnotes?|noteref|fn|fnref|ftnref|reference|cite|citation|sidenote|note|mark|doc-noteref)"
    r"(?:$|[\s_:-])",
    re.IGNORECASE,
)
_SHORTENED = "CITEREF"  # MediaWiki: from "Smith 2001, p. 5" to the book in the list
_NEAR = 3  # elements around a mark in which "sup" or a name is looked for
_DEEPEST = 3  # from note to note: a mark, a shortened note, the list of sources
_MARKS_MOST, _ABOVE_MOST = 500, 50  # of one note that are followed back
_CHARACTERS_MOST = 6_000  # of what one mark leads to: more is a part of the article
_NOT_ONE = frozenset(["html", "body", "main", "article", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "table", "nav"])
_CLIMBED = frozenset(["li", "dd", "td", "aside"])
_TARGETS_MOST = 20_000  # places of a page that are looked at
_NUMBER = re.compile(r"\d+")
_ACCESS = re.compile(r"(?:^|[\s_-])access-?date(?:$|[\s_-])", re.IGNORECASE)


@dataclass(eq=False)
class Note:
    """What a mark leads to. container: the element around its words; order: of the place that the mark names."""

    container: Any
    order: int
    places: list[Place] = field(default_factory=list)
    above: list[Note] = field(default_factory=list)

    def marked(self, depth: int = _DEEPEST) -> list[Place]:
        """Return the places in the article's text whose marks lead here, also by way of other notes."""
        found = dict.fromkeys(self.places[:_MARKS_MOST])
        for note in self.above[:_ABOVE_MOST] if depth > 1 and len(found) < _MARKS_MOST else ():
            found.update(dict.fromkeys(note.marked(depth - 1)))
        return sorted(found, key=lambda place: (place.number, place.start))

    def stated_access(self) -> str | None:
        """Return the text of the only element that says of itself that it is the day of access, None without one."""
        named = [one for one in self.container.iter() if isinstance(one.tag, str) and _ACCESS.search(names_of(one))]
        return " ".join(named[0].itertext())[:200] if len(named) == 1 else None


class Notes:
    """The notes of a page.

    blocks: of the page, with kinds: of the links of each, None where they are no citations. fragment: which part of the
    page itself a href names, or None.
    """

    def __init__(
        self, root: Any, blocks: list[Block], kinds: list[str | None], fragment: Callable[[str], str | None]
    ) -> None:
        self.marks: dict[int, list[Anchor]] = {}
        """The marks of each block, by its number."""
        self.by_container: dict[Any, list[Note]] = {}
        self.around: dict[Any, list[Note]] = {}
        self.order: dict[Any, int] = {}
        marks = [
            (number, anchor, name)
            for number, block in enumerate(blocks)
            for anchor in block.anchors
            if (name := fragment(anchor.href)) and _is_mark(anchor, block, name)
        ]
        if marks:
            self._find(root, blocks, kinds, marks)

    def of(self, block: Block, anchor: Anchor) -> Note | None:
        """Return the note that a link stands in: the last that begins before it in the nearest element with notes."""
        if not self.by_container:
            return None
        if block.parent not in self.around:
            around = (self.by_container[one] for one in ancestors(block.parent) if one in self.by_container)
            self.around[block.parent] = next(around, [])
        notes = self.around[block.parent]
        last = bisect_right(notes, self.order[anchor.element], key=lambda note: note.order) - 1
        if last >= 0:
            return notes[last]
        return notes[0] if len(notes) == 1 else None

    def without_marks(self, number: int, text: str) -> str:
        """Return the text of a block with spaces instead of its marks: "end.¹ Next" is to be read as two sentences."""
        letters = list(text)
        for anchor in self.marks.get(number, ()):
            start, end = anchor.start, min(anchor.end, len(letters))
            if letters[start - 1 : start] == ["["] and letters[end : end + 1] == ["]"]:
                start, end = start - 1, end + 1
            letters[start:end] = " " * (end - start)
        return "".join(letters)

    def _find(
        self,
        root: Any,
        blocks: list[Block],
        kinds: list[str | None],
        marks: list[tuple[int, Anchor, str]],
    ) -> None:
        targets = self._targets(root, blocks, {name for _, _, name in marks})
        notes: dict[str, Note] = {}
        containers: dict[Any, Any] = {}
        small: dict[Any, bool] = {}
        for _, anchor, name in marks:
            target = targets.get(name)
            if target is None or name in notes or self.order[target] <= self.order[anchor.element]:
                continue
            if name not in containers:
                containers[name] = _container(target, small)
            container = containers[name]
            if container is not None and not any(one is container for one in ancestors(anchor.element)):
                notes[name] = Note(container, self.order[target])
        for note in sorted(notes.values(), key=lambda note: note.order):
            self.by_container.setdefault(note.container, []).append(note)
        for name in targets.keys() - notes.keys():
            self._begin_another(targets[name])
        place = None
        for number, anchor, name in marks:
            led = notes.get(name)
            if led is None or led.order <= self.order[anchor.element]:
                continue
            self.marks.setdefault(number, []).append(anchor)
            within = self.of(blocks[number], anchor)
            if within is None and kinds[number] in {"anchor", "footnote"}:
                place = _place(blocks[number], number, anchor, place)
                led.places.append(place)
            elif within is not None and within is not led:
                led.above.append(within)

    def _begin_another(self, element: Any) -> None:
        """Begin a note without a mark where an element with notes has one more."""
        around = next((one for one in ancestors(element) if one in self.by_container), None)
        if around is not None and around is not element:
            insort(self.by_container[around], Note(around, self.order[element]), key=lambda note: note.order)

    def _targets(self, root: Any, blocks: list[Block], names: set[str]) -> dict[str, Any]:
        """Return the elements that names lead to, or that have a name like them, where a note may begin that has no mark.

        Of these and of all links it is written down which comes first on the page.
        """
        links = {anchor.element for block in blocks for anchor in block.anchors}
        shapes = {_shape(name) for name in names}
        found: dict[str, Any] = {}
        for order, element in enumerate(root.iter()):
            if not isinstance(element.tag, str):
                continue
            for name in (element.get("id"), element.get("name") if element.tag == "a" else None):
                if not name or name in found or len(found) >= _TARGETS_MOST:
                    continue
                if name in names or (element.tag == "a" and _shape(name) in shapes):
                    found[name] = element
                    self.order[element] = order
            if element in links:
                self.order[element] = order
        return found


def _place(block: Block, number: int, anchor: Anchor, before: Place | None) -> Place:
    """Return where a mark stands, set to the last character of the words before it, over other marks: before is the last."""
    begin = before.end if before is not None and before.number == number else 0
    words = block.text[begin : anchor.start].rstrip(f"{_BRACKETS},;")
    said = before.said if begin and not words.lstrip(_BRACKETS) and before else max(0, begin + len(words) - 1)
    return Place(number, anchor.start, anchor.end, said)


def _shape(name: str) -> str:
    return _NUMBER.sub("#", name)


def _is_mark(anchor: Anchor, block: Block, name: str) -> bool:
    if name.startswith(_SHORTENED):
        return True
    words = block.anchor_text(anchor).strip(_BRACKETS)
    if not words or not (block.text[: anchor.start] + block.text[anchor.end :]).strip(_BRACKETS + ".,;*†‡^↑"):
        return False
    return len(words) <= _SHORT or _says_mark(anchor.element)


def _says_mark(element: Any) -> bool:
    """Return whether it stands in "sup", has one, or is called a mark."""
    if any(child.tag == "sup" for child in element):
        return True
    near = zip(ancestors(element), range(_NEAR), strict=False)
    return any(one.tag == "sup" or (one.tag not in BLOCK_TAGS and _MARK_NAMES.search(names_of(one))) for one, _ in near)


def _container(target: Any, small: dict[Any, bool]) -> Any:
    """Return the element that holds the words of a note; None where that is more than a note. small: what is known of it."""
    container = next((one for one in ancestors(target) if one.tag in BLOCK_TAGS), None)
    if container is None:
        return None
    parent = container.getparent()
    if parent is not None and container.tag not in _CLIMBED and _is_around(parent):
        container = parent
    if container.tag in _NOT_ONE:
        return None
    if container not in small:
        small[container] = _is_small(container)
    return container if small[container] else None


def _is_around(parent: Any) -> bool:
    """Return whether an element is one whole note, and not the list of them: a name of "ftn3" says so, "footnotes" does not."""
    if parent.tag in _CLIMBED:
        return True
    names = names_of(parent)
    return parent.tag == "div" and bool(re.search(r"\d", names)) and bool(_NOTE.search(names))


_NOTE = re.compile(
    rf"{NOTE_NAMES.pattern}|(?:^|[\s_-])(?:ftn|fn|edn|note|endnote|footnote)[\s_-]?\d+(?:$|[\s_-])", re.I
)


def _is_small(container: Any) -> bool:
    """Return whether it is no longer than a note; than as many as can be led to, where old pages have all in one paragraph."""
    named = sum(1 for one in container.iter("a") if one.get("name") or one.get("id"))
    left = _CHARACTERS_MOST * max(1, named)
    for text in container.itertext():
        left -= len(text)
        if left < 0:
            return False
    return True
