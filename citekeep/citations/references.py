"""What a reference says beside its link: the day on which it was looked at, and where an archived copy is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citekeep import dates
from citekeep.citations import labels
from citekeep.citations.roads import Road, road
from citekeep.exceptions import InputError
from citekeep.items import Citation
from citekeep.urls import canonical

_REACH = 40  # characters from "accessed" to the end of the date
_BEFORE = 24  # characters before "閲覧" in which its date stands


@dataclass(eq=False)
class Reference:
    """One link of a note: its address (absolute), its words, and the text between it and the next link of the note.

    cited_via, its road: an archived copy that stands beside it. accessed_on: YYYY-MM-DD.
    """

    url: str
    words: str
    rest: str
    cited_via: str | None = None
    road: Road | None = None
    accessed_on: str | None = None

    def tell(self, citation: Citation) -> Citation:
        """Have a citation say what this says beside the link; return it."""
        citation.accessed_on = self.accessed_on
        if self.cited_via is not None and self.road is not None:
            citation.cited_via, citation.cited_via_at = self.cited_via, self.road.at
            citation.cited_via_kind, citation.cited_via_service = self.road.kind, self.road.service
        return citation


def of_note(found: Sequence[Reference], language: str | None, *, stated: str | None = None) -> list[Reference]:
    """Return the references of one note: a link and the archived copy beside it are one, which says when it was looked at.

    stated: the text of what the page itself marks as the date of access.
    """
    languages = labels.languages_of(language, " ".join(one.words + one.rest for one in found))
    kept = _without_copies(list(found), languages)
    said = _day(stated, language) if stated else None
    for one in kept:
        one.accessed_on = accessed_on(one.rest, language, languages) or said
    return kept


def accessed_on(text: str, language: str | None, languages: frozenset[str] | None = None) -> str | None:
    """Return the day (YYYY-MM-DD) on which a reference's text says that it was looked at; None where it says none."""
    text = labels.spelling(text)
    languages = labels.languages_of(language, text) if languages is None else languages
    for match in labels.pattern("accessed", languages).finditer(text):
        day = _day(text[match.end() : match.end() + _REACH], language)
        if day is not None:
            return day
    for match in labels.pattern("accessed_after", languages).finditer(text):
        day = _day(text[max(0, match.start() - _BEFORE) : match.start()], language)
        if day is not None:
            return day
    return None


def _day(text: str, language: str | None) -> str | None:
    reading = dates.read(text, language)
    return None if reading is None or reading.other is not None else reading.on.isoformat()


def _without_copies(found: list[Reference], languages: frozenset[str]) -> list[Reference]:
    """Return the references without those that are archived copies of another, which names them."""
    roads = [road(one.url) for one in found]
    sources = [n for n, at in enumerate(roads) if at is None or at.kind != "archive"]
    copies = {}
    for number, at in enumerate(roads):
        if at is None or at.kind != "archive":
            continue
        source = _source(number, at, found, sources, languages)
        if source is not None and found[source].cited_via is None:
            found[source].cited_via, found[source].road = found[number].url, at
            copies[number] = source
    for number, source in copies.items():
        if number < source:  # the title leads to the copy, "the original" to the page
            found[source].words = found[number].words
        found[source].rest = f"{found[number].rest} {found[source].rest}"
    return [one for number, one in enumerate(found) if number not in copies]


def _source(number: int, at: Road, found: list[Reference], sources: list[int], languages: frozenset[str]) -> int | None:
    """Return which reference an archived copy is of: that with its original's address; else, called a copy, the one before."""
    if at.original is not None:
        key = _key(at.original)
        return next((source for source in sources if _key(found[source].url) == key), None)
    before = [source for source in sources if source < number]
    called = labels.pattern("archived", languages).match(labels.spelling(found[number].words))
    return before[-1] if before and called else None


def _key(url: str) -> str:
    """Return a URL without what a copy's address often leaves out: scheme, "www.", a slash at the end."""
    try:
        return canonical(url).partition("//")[2].removeprefix("www.").rstrip("/")
    except InputError:
        return url
