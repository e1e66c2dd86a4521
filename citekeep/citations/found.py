"""The citations of a page as they are found: in its text, and in its notes, whose links are read together."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from itertools import islice

from citekeep.citations.blocks import Anchor, Block, Place
from citekeep.citations.notes import Note, Notes
from citekeep.citations.references import Reference, of_note
from citekeep.citations.sentences import sentence_at
from citekeep.items import Citation

CONTEXT = 200  # characters kept before and after


class Found:
    """The citations of a page as they are found: those in its text, and the links of each note until all are known."""

    def __init__(self, blocks: list[Block], notes: Notes, language: str | None, limit: int) -> None:
        self.blocks = blocks
        self.notes = notes
        self.language = language
        self.limit = limit
        self.cited: list[tuple[Place, Citation]] = []
        self.noted: dict[Note | Block, list[tuple[Place, Reference]]] = {}
        self.links = 0
        self.read: dict[int, str] = {}

    @property
    def is_full(self) -> bool:
        """Whether as many links were taken as are wanted."""
        return self.links >= self.limit

    def in_text(self, number: int, anchor: Anchor, target: str, kind: str, *, promotes: Callable[[str], bool]) -> None:
        """Take a link that stands in the text."""
        block = self.blocks[number]
        place = _place(block, number, anchor)
        citation = self._citation(place, target, block.text[place.start : place.end], kind)
        if kind == "anchor" and promotes(citation.sentence):
            citation.kind = "promo"
        self.cited.append((place, citation))
        self.links += 1

    def in_note(self, note: Note | Block, number: int, anchor: Anchor, target: str) -> None:
        """Take a link of a note, or of a block among the notes to which no mark leads."""
        block = self.blocks[number]
        place = _place(block, number, anchor)
        after = bisect_left(block.anchors, max(anchor.end, anchor.start + 1), key=lambda other: other.start)
        following = (other.start for other in islice(block.anchors, after, None) if _is_elsewhere(other.href))
        rest = block.text[anchor.end : next(following, None)]
        reference = Reference(target, block.text[place.start : place.end], rest)
        self.noted.setdefault(note, []).append((place, reference))
        self.links += 1

    def in_order(self) -> list[Citation]:
        """Return all citations in the order of the text, at most ``limit``."""
        for note, links in self.noted.items():
            stated = note.stated_access() if isinstance(note, Note) else None
            kept = of_note([reference for _, reference in links], self.language, stated=stated)
            if isinstance(note, Note):
                self._of_marks(note, kept)
            else:
                self._of_themselves(links, kept)
        self.cited.sort(key=lambda one: (one[0].number, one[0].start))
        return [citation for _, citation in self.cited[: self.limit]]

    def _of_marks(self, note: Note, kept: list[Reference]) -> None:
        """Add the references of a note to each sentence that has its mark."""
        seen = set()
        for place in note.marked():
            sentence = self._sentence(place)
            if (place.number, sentence) in seen or len(self.cited) > 2 * self.limit:
                continue
            seen.add((place.number, sentence))
            for reference in kept:
                citation = self._citation(place, reference.url, reference.words, "footnote")
                self.cited.append((place, reference.tell(citation)))

    def _of_themselves(self, links: list[tuple[Place, Reference]], kept: list[Reference]) -> None:
        """Add the references of a block to which no mark leads: they are cited by their own words."""
        for place, reference in links:
            if reference in kept:
                citation = self._citation(place, reference.url, reference.words, "footnote")
                self.cited.append((place, reference.tell(citation)))

    def _citation(self, place: Place, target: str, words: str, kind: str) -> Citation:
        text = self.blocks[place.number].text
        start, end = self._sentence(place)
        return Citation(
            url_as_written=target,
            anchor_text=words,
            sentence=text[start:end].strip(),
            before=text[max(0, place.start - CONTEXT) : place.start],
            after=text[place.end : place.end + CONTEXT],
            paragraph=place.number,
            position=0,
            kind=kind,
        )

    def _sentence(self, place: Place) -> tuple[int, int]:
        """Return the stretch of the sentence around a place; of a mark, around the words that it is set to."""
        if place.number not in self.read:
            self.read[place.number] = self.notes.without_marks(place.number, self.blocks[place.number].text)
        at = (place.start, place.end) if place.said is None else (place.said, place.said + 1)
        return sentence_at(self.read[place.number], *at, self.language)


def _place(block: Block, number: int, anchor: Anchor) -> Place:
    """Return where the words of a link stand, without the space around them."""
    end = min(anchor.end, len(block.text))
    inner = block.text[anchor.start : end]
    begin = min(anchor.start + len(inner) - len(inner.lstrip()), end)
    return Place(number, begin, begin + len(inner.strip()))


def _is_elsewhere(href: str) -> bool:
    return not href.lstrip().startswith("#")
