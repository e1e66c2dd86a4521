"""What every reader of documents returns: paragraphs with their URLs and note marks, notes apart, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from citekeep.citations.text import Paragraph, Place, urls_in


@dataclass
class Note:
    """A note with its mark as the text has it: "1", "*". Its paragraph cites; where it belongs, a mark says.

    page: on whose foot it stands; None where its mark may be anywhere.
    """

    mark: str
    paragraph: Paragraph
    page: int | None = None


@dataclass
class Document:
    """A document as read. pages: of each paragraph of a PDF, the page on which it ends; empty for others.

    cut: whether only its beginning was read, by a bound. error_text: for a person, where nothing could be read.
    """

    paragraphs: list[Paragraph] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    title: str | None = None
    author: str | None = None
    language: str | None = None
    created: str | None = None
    cut: bool = False
    error_text: str = ""


def with_plain_urls(places: list[Place], text: str, unread: Sequence[range] = ()) -> list[Place]:
    """Return places with those of the URLs that stand in a text, each once: what is a link already is none besides.

    unread: parts of the text that cite nothing, such as code.
    """
    taken = [range(place.start, place.end) for place in places] + list(unread)
    bare = [one for one in urls_in(text) if all(one.end <= part.start or one.start >= part.stop for part in taken)]
    return sorted([*places, *bare])
