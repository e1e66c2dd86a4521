"""Lines of a PDF put together into paragraphs. What a layout did is undone: broken words, running heads, notes at the foot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from citekeep.citations.text import Mark, Paragraph, Place, url_goes_on
from citekeep.documents.layout import Document, Note, with_plain_urls
from citekeep.documents.notes import bracketed, endnotes
from citekeep.documents.pdf_lines import HYPHENS, Line

MARGIN = 0.09  # of a page's height, at its top and foot: there running heads and page numbers stand
GAP = 1.6  # of the type: so far a running head stands from the text
REPEATED = 3  # pages on which a line in the margin stands before it is a running head
FOOT = 0.55  # of a page's height, from below: there its notes stand
SMALL = 0.93  # of the body's type: notes are set smaller
APART = 1.45  # of the usual distance of lines: a paragraph ends
INDENT = 0.8  # of the type
SHORT = 0.85  # of the width: a line that ends before it, with a full stop, ends a paragraph

SOFT_HYPHEN = "\u00ad"
_AS_WRITTEN = str.maketrans(dict.fromkeys(HYPHENS, "-") | {SOFT_HYPHEN: " "})
_PAGE_NUMBER = re.compile(
    r"^\W*(?:\w{1,10}\W{0,2}\s)?\d{1,4}(?:\s*(?:/|of|von|из|de|sur)\s*\d{1,4})?\W*$", re.IGNORECASE
)
_PRINTED = re.compile(
    r"^(?:(?:https?|file|data|about):\S*|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:,?\s+\d{1,2}:\d\d(?::\d\d)?(?:\s*[AP]M)?)?)"
    r"(?:\s+\d{1,4}\s*/\s*\d{1,4})?$"
)
"""What a browser prints into the margins of a page: its own address, and when that was. No source stands there alone."""
_NOTE = re.compile(r"^\s*[\[(]?(\d{1,3}|[*†‡§])[\])]?[.)]?\s*(?=\S)")
_ITEM = re.compile(r"^\s*(?:[•●▪◦–—*-]\s|[\[(]?\d{1,3}[\])]?[.)]\s|\[\d{1,3}\])")
_ENDS = tuple(".!?:;…»”\"')]")


def paragraphs_of(lines: Sequence[Line], heights: dict[int, float]) -> Document:
    """Return paragraphs, notes and title of a document, by the lines of its pages. heights: of its pages, in points."""
    lines = [_clean(line) for line in lines]
    heads = _running_heads(lines, heights)
    lines = [line for number, line in enumerate(lines) if number not in heads and line.text.strip()]
    body = _body_size(lines)
    foot = _foot_notes(lines, heights, body)
    words = Counter(re.findall(r"[\w-]+", " ".join(line.text for line in lines).lower()))
    document = Document()
    notes_at = {number for block in foot for number in block}
    for block in _blocks([line for number, line in enumerate(lines) if number not in notes_at]):
        document.paragraphs.append(_joined(block, words))
        document.pages.append(block[-1].page)
    for numbers in foot:
        block = [lines[number] for number in numbers]
        document.notes += _note(_joined(block, words), block)
    document.title = _title(lines, body)
    bracketed(document)
    endnotes(document)
    return document


def _clean(line: Line) -> Line:
    """Return a line without the spaces around it; its places and marks move along."""
    lead = len(line.text) - len(line.text.lstrip())
    text = line.text.strip()
    urls = [Place(max(0, u.start - lead), min(len(text), u.end - lead), u.url, u.kind) for u in line.urls]
    marks = [Mark(min(len(text), max(0, m.position - lead)), m.note) for m in line.marks]
    return Line(line.page, text, line.x0, line.x1, line.y, line.size, urls, marks)


def _running_heads(lines: Sequence[Line], heights: dict[int, float]) -> set[int]:
    """Return the numbers of lines that stand in the margins of several pages, and of page numbers."""
    margin = {number for page in _by_page(lines).values() for number in _in_margin(lines, page, heights)}
    seen: dict[str, set[int]] = {}
    for number in margin:
        seen.setdefault(re.sub(r"\d+", "#", lines[number].text), set()).add(lines[number].page)
    often = {text for text, pages in seen.items() if len(pages) >= min(REPEATED, max(2, len(heights)))}
    return {
        number for number in margin
        if re.sub(r"\d+", "#", lines[number].text) in often
        or _PAGE_NUMBER.match(lines[number].text)
        or _PRINTED.match(lines[number].text)
    }  # fmt: skip


def _by_page(lines: Sequence[Line]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for number, line in enumerate(lines):
        found.setdefault(line.page, []).append(number)
    return found


def _in_margin(lines: Sequence[Line], page: list[int], heights: dict[int, float]) -> Iterator[int]:
    """Yield the lines of a page that stand in its margins, with more than the distance of two lines to what follows."""
    height = heights.get(lines[page[0]].page) or 1.0
    for top in (True, False):
        inward = sorted(page, key=lambda number: lines[number].y, reverse=top)
        outer: list[int] = []
        for number, following in pairwise(inward):
            outer.append(number)
            if not ((1 - MARGIN) * height <= lines[number].y if top else lines[number].y <= MARGIN * height):
                break
            if abs(lines[number].y - lines[following].y) > GAP * lines[number].size:
                yield from outer
                outer = []


def _body_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _title(lines: Sequence[Line], body: float) -> str | None:
    """Return what is set largest on the first page, if it is larger than the body."""
    first = [line for line in lines if line.page == lines[0].page] if lines else []
    largest = max((line.size for line in first), default=0.0)
    if largest < 1.15 * body:
        return None
    text = " ".join(line.text for line in first if line.size >= 0.97 * largest)
    return text if 2 <= len(text) <= 300 else None


# --- notes at the foot ---------------------------------------------------------------------------------------------


def _foot_notes(lines: Sequence[Line], heights: dict[int, float], body: float) -> list[list[int]]:
    """Return the lines of each note: in small type, in the lower part of a page, below all that is not small."""
    found: list[list[int]] = []
    for page, numbers in _by_page(lines).items():
        lowest = min((lines[n].y for n in numbers if lines[n].size > SMALL * body), default=float("inf"))
        small = [
            n for n in numbers
            if lines[n].size <= SMALL * body and lines[n].y < min(lowest, FOOT * heights.get(page, 0.0))
        ]  # fmt: skip
        small.sort(key=lambda n: (-round(lines[n].y), lines[n].x0))
        for number in small:
            if _NOTE.match(lines[number].text) or _raised_first(lines[number]):
                found.append([number])
            elif found and lines[found[-1][0]].page == page:
                found[-1].append(number)
    return found


def _raised_first(line: Line) -> bool:
    return bool(line.marks) and line.marks[0].position == 0


def _note(paragraph: Paragraph, block: Sequence[Line]) -> list[Note]:
    if paragraph.marks and paragraph.marks[0].position == 0:
        return [Note(paragraph.marks[0].note, paragraph, block[0].page)]
    match = _NOTE.match(paragraph.text)
    return [Note(match[1], paragraph, block[0].page)] if match else []


# --- paragraphs ----------------------------------------------------------------------------------------------------


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    if not lines:
        return
    leading = _leading(lines)
    right = {page: max(line.x1 for line in lines if line.page == page) for page in {line.page for line in lines}}
    block = [lines[0]]
    for before, line in pairwise(lines):
        if _ends(block, before, line, leading, right[before.page]):
            yield block
            block = []
        block.append(line)
    yield block


def _leading(lines: Sequence[Line]) -> dict[float, float]:
    """Return the usual distance of lines by their type."""
    apart: dict[float, list[float]] = {}
    for before, line in pairwise(lines):
        if before.page == line.page and abs(before.size - line.size) < 0.5 and 0 < before.y - line.y < 3 * line.size:
            apart.setdefault(round(line.size), []).append(before.y - line.y)
    return {size: median(distances) for size, distances in apart.items()}


def _ends(block: Sequence[Line], before: Line, line: Line, leading: dict[float, float], right: float) -> bool:
    """Return whether a paragraph ends between two lines."""
    if abs(before.size - line.size) > 0.08 * max(before.size, line.size):
        return True
    finished = before.text.endswith(_ENDS)
    down = before.y - line.y
    if before.page != line.page or down <= 0:  # the next page or column
        return finished or not (line.text[:1].islower() or before.text[-1:] in HYPHENS + "-,")
    if down > APART * leading.get(round(line.size), 1.2 * line.size):
        return True
    if _ITEM.match(line.text) and (finished or line.x0 <= block[0].x0 + 1):
        return True
    if len(block) > 1 and line.x0 > before.x0 + INDENT * line.size and finished:
        return True
    width = right - min(one.x0 for one in block)
    return finished and before.x1 - block[0].x0 < SHORT * width and not line.text[:1].islower()


def _joined(block: Iterable[Line], words: Counter[str]) -> Paragraph:
    """Return lines as one paragraph: words that were broken mended, URLs that were broken too, places moved along."""
    text, before = "", ""
    urls: list[Place] = []
    marks: list[Mark] = []
    for line in block:
        text = _onward(text, before, line, words)
        at = len(text)
        text += line.text
        urls += [Place(at + u.start, at + u.end, u.url, u.kind) for u in line.urls]
        marks += [Mark(at + m.position, m.note) for m in line.marks]
        before = line.text
    places = _merged([Place(u.start, min(u.end, len(text)), u.url, u.kind) for u in urls if u.start < len(text)], text)
    text = text.translate(_AS_WRITTEN)
    return Paragraph(text, with_plain_urls(places, text), marks)


def _onward(text: str, before: str, line: Line, words: Counter[str]) -> str:
    """Return a text ready to be gone on with by a line: with a space, or with what was broken put together."""
    if not text:
        return ""
    if text[-1] == SOFT_HYPHEN:
        return text[:-1]
    if url_goes_on(text.replace(HYPHENS[0], "-"), before, line.text):
        return text
    if text[-1] in HYPHENS + "-" and text[-2:-1].isalpha() and line.text[:1].islower():
        head, tail = re.search(r"[\w-]*$", text[:-1]), re.match(r"[\w-]*", line.text)
        assert head is not None
        assert tail is not None
        whole, hyphened = (head[0] + tail[0]).lower(), f"{head[0]}-{tail[0]}".lower()
        return f"{text[:-1]}-" if words[hyphened] > words[whole] else text[:-1]
    return f"{text} "


def _merged(urls: list[Place], text: str) -> list[Place]:
    """Return places with those of one link that runs over lines put together."""
    found: list[Place] = []
    for place in sorted(urls):
        if found and found[-1].url == place.url and not text[found[-1].end : place.start].strip(HYPHENS + " "):
            found[-1] = Place(found[-1].start, place.end, place.url, place.kind)
        else:
            found.append(place)
    return found
