"""Characters of a PDF page put together into lines, with the places of its link annotations. By pdfium."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from citekeep.citations.text import Mark, Place
from citekeep.urls import is_http

LINKS_MAX = 2_000  # annotations of one page that are read
URL_MAX = 4_096  # bytes of an annotation's address
SMALLER = 0.87  # of the line's type: so small, and raised, is a mark of a note
RAISED = 0.15  # of the line's type
HYPHENS = "\x02\ufffe\u00ad"
"""What pdfium gives for a hyphen that a layout put at a line's end, and the soft hyphen itself."""

_MARKS = frozenset("0123456789*†‡§¹²³⁴⁵⁶⁷⁸⁹⁰")
_PLAIN_DIGITS = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹⁰", "1234567890")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character at its place, in points from the page's lower left corner. y: of its base line. size: of its type."""

    text: str
    x0: float
    x1: float
    y: float
    size: float


@dataclass
class Line:
    """A line of a page. size: of most of its type. urls: of annotations over it. marks: raised numbers, not in text."""

    page: int
    text: str
    x0: float
    x1: float
    y: float
    size: float
    urls: list[Place] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class _Area:
    left: float
    bottom: float
    right: float
    top: float
    url: str


def lines_of(pdf: Any, page: Any, number: int, most: int) -> tuple[list[Line], int]:
    """Return the lines of a page in the order of its content, and how many characters were read, at most ``most``."""
    textpage = page.get_textpage()
    try:
        glyphs = list(_glyphs(textpage, most))
    finally:
        textpage.close()
    areas = list(_areas(pdf, page))
    return [line for row in _rows(glyphs) if (line := _line(row, number, areas)) is not None], len(glyphs)


def _glyphs(textpage: Any, most: int) -> Iterator[Glyph]:
    raw = textpage.raw
    x, y = ctypes.c_double(), ctypes.c_double()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    matrix = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)
    scaled = ctypes.byref(matrix)
    boxed = [ctypes.byref(one) for one in (left, right, bottom, top)]
    placed = (ctypes.byref(x), ctypes.byref(y))
    for index in range(min(pdfium.FPDFText_CountChars(raw), most)):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if code in {0, 0x0D, 0x0A} or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            continue
        pdfium.FPDFText_GetCharOrigin(raw, index, *placed)
        pdfium.FPDFText_GetCharBox(raw, index, *boxed)
        pdfium.FPDFText_GetMatrix(raw, index, scaled)
        size = pdfium.FPDFText_GetFontSize(raw, index) * (math.hypot(matrix.c, matrix.d) or 1.0)
        yield Glyph(chr(code), left.value, max(left.value, right.value), y.value, size)


def _rows(glyphs: list[Glyph]) -> Iterator[list[Glyph]]:
    """Yield the glyphs of each line: those whose bands overlap and that follow one another to the right."""
    row: list[Glyph] = []
    for glyph in glyphs:
        if row and not _goes_on(row[-1], glyph):
            yield row
            row = []
        row.append(glyph)
    if row:
        yield row


def _goes_on(last: Glyph, glyph: Glyph) -> bool:
    size = max(last.size, glyph.size)
    overlap = min(last.y + last.size, glyph.y + glyph.size) - max(last.y, glyph.y)
    gap = glyph.x0 - last.x1
    return overlap >= 0.3 * min(last.size, glyph.size) and -size <= gap <= 6 * size


def _line(row: list[Glyph], number: int, areas: list[_Area]) -> Line | None:
    seen = [glyph for glyph in row if not glyph.text.isspace()]
    if not seen:
        return None
    sizes = Counter(round(glyph.size, 1) for glyph in seen)
    size = max(sizes, key=lambda one: (sizes[one], one))
    base = Counter(round(glyph.y, 1) for glyph in seen if round(glyph.size, 1) == size).most_common(1)[0][0]
    text: list[str] = []
    kept: list[Glyph] = []
    marks: list[Mark] = []
    mark = ""
    for glyph in row:
        raised = glyph.text in "¹²³⁴⁵⁶⁷⁸⁹⁰" or (
            glyph.size <= SMALLER * size and glyph.y - base >= RAISED * size and glyph.text in _MARKS
        )
        if raised and text:
            mark += glyph.text.translate(_PLAIN_DIGITS)
            continue
        if mark:
            marks.append(Mark(len(text), mark))
            mark = ""
        text.append(glyph.text)
        kept.append(glyph)
    if mark:
        marks.append(Mark(len(text), mark))
    return Line(
        page=number, text="".join(text), x0=seen[0].x0, x1=seen[-1].x1, y=base, size=size,
        urls=_places(kept, areas), marks=marks,
    )  # fmt: skip


# --- annotations ---------------------------------------------------------------------------------------------------


def _areas(pdf: Any, page: Any) -> Iterator[_Area]:
    """Yield the areas of a page that lead to an address, each of the parts where a link runs over lines."""
    position, link = ctypes.c_int(0), pdfium.FPDF_LINK()
    for _ in range(LINKS_MAX):
        if not pdfium.FPDFLink_Enumerate(page.raw, ctypes.byref(position), ctypes.byref(link)):
            return
        url = _address(pdf, link)
        if url is None:
            continue
        parts = pdfium.FPDFLink_CountQuadPoints(link)
        for part in range(parts):
            quad = pdfium.FS_QUADPOINTSF()
            if pdfium.FPDFLink_GetQuadPoints(link, part, ctypes.byref(quad)):
                xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
                yield _Area(min(xs), min(ys), max(xs), max(ys), url)
        rect = pdfium.FS_RECTF()
        if parts <= 0 and pdfium.FPDFLink_GetAnnotRect(link, ctypes.byref(rect)):
            left, right = sorted((rect.left, rect.right))
            bottom, top = sorted((rect.bottom, rect.top))
            yield _Area(left, bottom, right, top, url)


def _address(pdf: Any, link: Any) -> str | None:
    """Return where a link leads, None where that is no page of the web: a place in the document, a mail address."""
    action = pdfium.FPDFLink_GetAction(link)
    if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
        return None
    length = pdfium.FPDFAction_GetURIPath(pdf.raw, action, None, 0)
    if not 1 < length <= URL_MAX:
        return None
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFAction_GetURIPath(pdf.raw, action, buffer, length)
    url = buffer.value.decode("utf-8", "replace").strip()
    return url if is_http(url) else None


def _places(kept: list[Glyph], areas: list[_Area]) -> list[Place]:
    """Return which parts of a line lead where; of areas that lie over one another, the first."""
    found: list[Place] = []
    taken: set[int] = set()
    for area in areas:
        inside = [
            number
            for number, glyph in enumerate(kept)
            if number not in taken
            and area.left - 1 <= (glyph.x0 + glyph.x1) / 2 <= area.right + 1
            and area.bottom - 1 <= glyph.y + 0.3 * glyph.size <= area.top + 1
        ]
        while inside and kept[inside[-1]].text.isspace():
            inside.pop()
        if inside:
            taken.update(inside)
            found.append(Place(inside[0], inside[-1] + 1, area.url, "anchor"))
    return sorted(found)
