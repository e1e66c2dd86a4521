"""What gives a kind of page away: strings by vendor (markers.toml), and phrases (lists.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice

from citekeep.verdicts.lists import BEGINS, MARKUP, lexicon, phrases, read
from citekeep.verdicts.page import Match, Page
from citekeep.verdicts.phrases import Phrases, Strings

LITTLE = 1500
"""Characters of visible text up to which a page may be a wall or a notice: an article about them is longer."""
OPENING = 600
"""Characters in which a standard page says what it is."""

_CLOSING = {"“": "”", "„": "“”", "«": "»", "‘": "’", "「": "」", "『": "』", "‹": "›"}
_SENTENCE_END = re.compile(r"\w{2}[.!?]\s|[。！？]")
_CLAUSE = 80  # characters
_STRAIGHT = frozenset('"')
_MARK = re.compile(r"[\s(]\"(?=\w)|\"(?=[\s,.;:!?)])")
"""A straight mark that opens a quotation, with what stands before it, or one that closes it."""
_JUST = 5  # characters before a phrase in which a quotation with straight marks may begin: it may begin with "The"
_OPENED = 80  # characters before a phrase in which any other may
_CODE = re.compile(r"^\S*[./_=&;<-]\S*$")
_CODE_AROUND = re.compile(r"[<>{}/_]|=[\"']")
_NEAR = 60  # characters before a piece of code in which there is more code


@dataclass(frozen=True)
class Marker:
    """One string that gives a page away; markers.toml says what the fields mean."""

    vendor: str
    text: str
    where: str
    limit: int


@cache
def markers(kind: str) -> tuple[Marker, ...]:
    """Return the markers of one kind of page, in the order of the file."""
    return tuple(
        Marker(entry["vendor"], text, entry["where"], entry["limit"])
        for entry in read("markers.toml")[kind]
        for text in entry["texts"]
    )


@cache
def _groups(kind: str) -> list[tuple[str, int, tuple[Marker, ...], Strings]]:
    """Return the markers of a kind with those together that follow one another in one place, and all of their strings."""
    groups = []
    for (where, limit), grouped in groupby(markers(kind), key=lambda marker: (marker.where, marker.limit)):
        same = tuple(grouped)
        begins = BEGINS if where == "name" else ""
        strings = Strings([begins + marker.text for marker in same], lexicon(markup=where == MARKUP))
        groups.append((where, limit, same, strings))
    return groups


def find_marker(page: Page, kind: str) -> Match | None:
    """Return the first marker of a kind that the page carries, with its vendor; None where it carries none."""
    for where, limit, same, strings in _groups(kind):
        if limit and len(page.visible) > limit:
            continue
        place = _place(page, where)
        found = strings.found(place) if place else ()
        here = (same[place] for place in sorted(found))
        marker = next((marker for marker in here if not _is_shown(page, marker)), None)
        if marker:
            return Match(matched=marker.text, where=where, facts={"vendor": marker.vendor})
    return None


def _is_shown(page: Page, marker: Marker) -> bool:
    """Whether a string of the source is only shown to the reader: a piece of code in a text, or a sentence that is quoted."""
    if marker.where != MARKUP or not marker.text:
        return False
    at = page.visible.find(marker.text)
    if at < 0:
        return False
    if _CODE.search(marker.text) and _CODE_AROUND.search(page.visible, max(0, at - _NEAR), at + len(marker.text) + 1):
        return page.source.count(marker.text) <= page.visible.count(marker.text)
    return is_quoted(page.visible, at)


def find_name(page: Page, pattern: re.Pattern[str] | Phrases) -> Match | None:
    """Return the first title or heading, or part of one, that the pattern finds; None where none does."""
    name = next((name for name in page.names if pattern.search(name)), None)
    return Match(matched=name[:200], where="title") if name else None


def find_phrase(text: str, sought: Phrases) -> Match | None:
    """Return what is found of phrases in a page's text; None where nothing is but what is quoted."""
    found = next((found for found in islice(sought.finditer(text), 5) if not is_quoted(text, found.start())), None)
    return Match(matched=found[0].strip()[:200], where="visible") if found else None


def is_quoted(text: str, start: int) -> bool:
    """Return whether a quotation that begins before a place in a text is not over there, or words that lead to one stand
    before it: what is quoted, somebody else says."""
    opened = ""
    for character in text[max(0, start - _OPENED) : start]:
        if opened and character in _CLOSING.get(opened, opened):
            opened = ""
        elif character in _CLOSING:
            opened = character
    if opened or not _STRAIGHT.isdisjoint(text[max(0, start - _JUST) : start]) or _is_between_straight(text, start):
        return True
    return phrases("introducing").search(text[max(0, start - _OPENED) : start]) is not None


def _is_between_straight(text: str, start: int) -> bool:
    """Return whether a straight mark stands in the line before a place that opens a quotation, and one behind that closes it."""
    before = text[max(0, start - _OPENED) : start].rpartition("\n")[2]
    behind = text[start : start + 2 * _OPENED].partition("\n")[0]
    marks = [mark.group() for mark in _MARK.finditer(f" {before}")]
    following = _MARK.search(f"{behind} ")
    return bool(marks) and marks[-1][0] != '"' and following is not None and following.group()[0] == '"'


def _place(page: Page, where: str) -> str:
    """Return the text in which markers of a place are looked for; empty where none can be meant."""
    kind, _, field = where.partition(":")
    if kind == "header":
        return page.headers.get(field, "").lower()
    if kind == "opening":
        return page.visible[:OPENING]
    if kind == "name":
        return "".join(f"{BEGINS}{name}" for name in page.names)
    if page.reads_like_article:
        return ""
    return page.source if kind == MARKUP else page.said


def is_said_first(page: Page, said: str, spared: int = 0) -> bool:
    """Whether no whole sentence stands between the headings and what is said, or only so many characters do, and nobody
    informs somebody of it."""
    before = page.spoken.partition(said)[0] if said in page.spoken else ""
    if phrases("informing").search(before[-_CLAUSE:]):
        return False
    for heading in page.markup.headings:
        before = before.rpartition(heading.lower() or "\n")[2]
    return len(before) <= spared or _SENTENCE_END.search(before) is None
