"""Notes of documents: marks in brackets, the list of notes at the end, and citations by way of a note."""

from __future__ import annotations

import re
from collections.abc import Iterator

from citekeep.citations.fingerprint import numbered
from citekeep.citations.references import Reference, of_note
from citekeep.citations.sentences import sentence_at
from citekeep.citations.text import CONTEXT, Mark, Paragraph, find_citations
from citekeep.documents.layout import Document, Note
from citekeep.items import Citation

_BRACKETED = re.compile(r"(?<=\S)\s?\[((?:\d{1,3}(?:\s*[,;–-]\s*)?)+)\]")
_ENTRY = re.compile(r"^\s*(?:\[(\d{1,3})\]|(\d{1,3})[.)]?)\s+(?=\S)")
_SERIES_LEAST = 2  # numbered paragraphs in a row, from 1, with which a list of notes begins
_IN_LIST_MOST = 60  # marks of one pair of brackets: "[1-60]"


def bracketed(document: Document) -> None:
    """Find the marks that stand in brackets, as in “as was said [3]” and “[4, 7]”; they stay in the text."""
    for paragraph in document.paragraphs:
        for match in _BRACKETED.finditer(paragraph.text):
            paragraph.marks += [Mark(match.start(), str(number)) for number in _numbers(match[1])]


def _numbers(written: str) -> Iterator[int]:
    for part in re.split(r"\s*[,;]\s*", written):
        ends = [int(one) for one in re.findall(r"\d+", part)]
        if len(ends) == 2 and 0 < ends[1] - ends[0] < _IN_LIST_MOST:
            yield from range(ends[0], ends[1] + 1)
        else:
            yield from ends


def endnotes(document: Document) -> None:
    """Move the list of notes at a document's end into its notes: paragraphs numbered from 1, if the text has their marks."""
    marked = {mark.note for paragraph in document.paragraphs for mark in paragraph.marks}
    series: dict[int, str] = {}
    for at in range(len(document.paragraphs) - 1, -1, -1):
        match = _ENTRY.match(document.paragraphs[at].text)
        if match is None:
            continue
        number = match[1] or match[2]
        series[at] = number
        if number == "1":
            break
    else:
        return
    wanted, chosen = 1, []
    for at in sorted(series):
        if int(series[at]) == wanted:
            chosen.append(at)
            wanted += 1
    if len(chosen) < _SERIES_LEAST or not marked & {series[at] for at in chosen}:
        return
    document.notes += [Note(series[at], document.paragraphs[at]) for at in chosen]
    gone = set(chosen)
    if document.pages:
        document.pages = [page for at, page in enumerate(document.pages) if at not in gone]
    document.paragraphs = [paragraph for at, paragraph in enumerate(document.paragraphs) if at not in gone]


def citations_of(document: Document, *, language: str | None, limit: int) -> list[Citation]:
    """Return the citations of a document in the order of its text: those of a note where its mark stands, kind ``footnote``.

    A note that is marked several times cites as often; one whose mark is nowhere cites by its own words.
    """
    paragraphs = list(document.paragraphs)
    found = [(c.paragraph, _at(c, paragraphs), c) for c in find_citations(paragraphs, language=language, limit=limit)]
    lost: list[Paragraph] = []
    marks: dict[str, list[tuple[int, Mark]]] = {}
    for at, paragraph in enumerate(paragraphs):
        for mark in paragraph.marks:
            marks.setdefault(mark.note, []).append((at, mark))
    for note in document.notes:
        if not note.paragraph.urls or len(found) >= 2 * limit:
            continue
        marked = [(at, mark) for at, mark in marks.get(note.mark, ()) if _is_near(document, note, at)][:limit]
        if not marked:
            lost.append(note.paragraph)
        for at, mark in marked:
            found += [(at, mark.position, cited) for cited in _by_note(note, paragraphs[at], at, mark, language)]
    found.sort(key=lambda one: one[:2])
    more = find_citations(lost, language=language, limit=limit) if lost else []
    for citation in more:
        citation.paragraph += len(paragraphs)
    return numbered([citation for *_, citation in found] + more)[:limit]


def _at(citation: Citation, paragraphs: list[Paragraph]) -> int:
    place = paragraphs[citation.paragraph].text.find(citation.anchor_text)
    return max(0, place)


def _is_near(document: Document, note: Note, at: int) -> bool:
    """Return whether a mark of a paragraph may be a note's: of one at the foot of a page only on that page."""
    page = document.pages[at] if document.pages else None
    return note.page is None or page is None or page - 1 <= note.page <= page


def _by_note(note: Note, paragraph: Paragraph, at: int, mark: Mark, language: str | None) -> Iterator[Citation]:
    place = max(0, min(mark.position, len(paragraph.text)) - 1)
    first, last = sentence_at(paragraph.text, place, place + 1, language)
    for reference in of_note(_references(note.paragraph), language):
        citation = Citation(
            url_as_written=reference.url,
            anchor_text=reference.words,
            sentence=paragraph.text[first:last].strip(),
            before=paragraph.text[max(0, mark.position - CONTEXT) : mark.position],
            after=paragraph.text[mark.position : mark.position + CONTEXT],
            paragraph=at,
            position=0,
            kind="footnote",
        )
        yield reference.tell(citation)


def _references(paragraph: Paragraph) -> list[Reference]:
    """Return the links of a note with the text after each."""
    ends = [url.start for url in paragraph.urls[1:]] + [len(paragraph.text)]
    return [
        Reference(url.url, paragraph.text[url.start : url.end], paragraph.text[url.end : max(url.end, end)])
        for url, end in zip(paragraph.urls, ends, strict=True)
    ]
