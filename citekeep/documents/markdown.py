"""A Markdown text read (CommonMark, footnotes, front matter): inline, reference and bare links; code cites nothing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from html import unescape
from itertools import accumulate
from urllib.parse import unquote

from lxml import etree, html
from markdown_it import MarkdownIt
from markdown_it.token import Token

from citekeep.citations.text import Mark, Paragraph, Place
from citekeep.documents.layout import Document, Note, with_plain_urls
from citekeep.documents.notes import bracketed
from citekeep.urls import is_http

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FRONT_MAX = 20_000  # characters of a front matter
_FIELD = re.compile(r"^(title|author|date|lang|language)\s*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_NOTE = re.compile(
    r"^ {0,3}\[\^([^\]\s]{1,60})\]:[ \t]*(.*(?:\n(?![ \t]*\n| {0,3}\[\^).+|\n[ \t]*\n(?:    |\t).+)*)", re.MULTILINE
)
_OPENED = re.compile(r"<a\s(?:[^>]*\s)?href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_CLOSED = re.compile(r"</a\s*>", re.IGNORECASE)
_MARK = re.compile(r"\s?\[\^([^\]\s]{1,60})\]")


def read_markdown(text: str) -> Document:
    """Return what there is to read in a Markdown text. Never raises for any text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    document = Document()
    front = _FRONT.match(text[:_FRONT_MAX])
    if front:
        _say_of_itself(document, front[1])
        text = text[front.end() :]
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    notes: list[tuple[str, str]] = []

    def keep(match: re.Match[str]) -> str:
        notes.append((match[1], re.sub(r"\n[ \t]+", "\n", match[2])))
        return "\n"

    tokens = parser.parse(_NOTE.sub(keep, text))
    document.paragraphs = list(_paragraphs(tokens))
    document.title = document.title or _first_heading(tokens)
    for name, written in notes:
        document.notes += [Note(name, paragraph) for paragraph in _paragraphs(parser.parse(written))]
    bracketed(document)
    return document


def _say_of_itself(document: Document, front: str) -> None:
    told = {name.lower(): value.strip("\"' ") for name, value in _FIELD.findall(front)}
    document.title = told.get("title") or None
    document.author = told.get("author") or None
    document.created = told.get("date") or None
    language = (told.get("lang") or told.get("language") or "")[:2].lower()
    document.language = language if language.isalpha() and len(language) == 2 else None


def _first_heading(tokens: Sequence[Token]) -> str | None:
    for at, token in enumerate(tokens[:-1]):
        if token.type == "heading_open":
            paragraph = _inline(tokens[at + 1].children or [])
            return paragraph.text if paragraph is not None else None
    return None


def _paragraphs(tokens: Iterable[Token]) -> Iterable[Paragraph]:
    for token in tokens:
        found: Paragraph | None = None
        if token.type == "inline":
            found = _inline(token.children or [])
        elif token.type in {"fence", "code_block"}:
            found = Paragraph(" ".join(token.content.split()))
        elif token.type == "html_block":
            found = _markup(token.content)
        if found is not None and found.text:
            yield found


def _inline(tokens: Sequence[Token]) -> Paragraph | None:
    text, begun = "", 0
    href: str | None = None
    places: list[Place] = []
    code: list[range] = []
    for token in tokens:
        opened = _href_of(token)
        if opened is not None:
            href, begun = opened, len(text)
        elif token.type == "link_close" or (token.type == "html_inline" and _CLOSED.match(token.content)):
            if href and is_http(href):
                kind = "plain_text" if unquote(href).endswith(text[begun:]) and "://" in text[begun:] else "anchor"
                places.append(Place(begun, len(text), href, kind))
            href = None
        elif token.type in {"softbreak", "hardbreak"}:
            text += " "
        elif token.type == "code_inline":
            code.append(range(len(text), len(text) + len(token.content)))
            text += token.content
        elif token.type == "image" or token.type == "text":
            text += token.content
    return _marked(text, places, code)


def _href_of(token: Token) -> str | None:
    """Return the address of a link that a token opens, in Markdown or in HTML within a line; None where it opens none."""
    if token.type == "link_open":
        return str(token.attrGet("href") or "")
    opened = _OPENED.match(token.content) if token.type == "html_inline" else None
    return unescape(next(filter(None, opened.groups()), "")).strip() if opened else None


def _marked(text: str, places: list[Place], code: list[range]) -> Paragraph | None:
    """Return a paragraph without the marks of its notes, which stand beside it; None where nothing is left."""
    found = list(_MARK.finditer(text))
    starts = [match.start() for match in found]
    gone = [0, *accumulate(match.end() - match.start() for match in found)]

    def moved(at: int) -> int:
        """Return where a place is once the marks before it are gone."""
        number = bisect_left(starts, at)
        return at - gone[number] + (max(0, found[number - 1].end() - at) if number else 0)

    marks = [Mark(moved(match.start()), match[1]) for match in found]
    clean = _MARK.sub("", text)
    kept = [Place(moved(p.start), moved(p.end), p.url, p.kind) for p in places]
    unread = [range(moved(part.start), moved(part.stop)) for part in code]
    kept = [place for place in kept if place.end > place.start]
    return Paragraph(clean, with_plain_urls(kept, clean, unread), marks) if clean.strip() else None


def _markup(content: str) -> Paragraph | None:
    """Return what a block of HTML says: its text, and its links by their words."""
    try:
        tree = html.fragment_fromstring(content, create_parent="div")
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    text = " ".join(str(tree.text_content()).split())
    places, at = [], 0
    for link in tree.iter("a"):
        words, href = " ".join(str(link.text_content()).split()), (link.get("href") or "").strip()
        found = text.find(words, at)
        if words and found >= 0 and is_http(href):
            places.append(Place(found, found + len(words), href, "anchor"))
            at = found + len(words)
    return Paragraph(text, with_plain_urls(places, text)) if text else None
