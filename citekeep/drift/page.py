"""A difference as one HTML page that stands alone: built as a tree, so that no text of the web becomes markup."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from lxml import html
from lxml.html import builder as E

from citekeep.cards.page import POLICY
from citekeep.drift.compare import GAINED, LOST, SAME, Block, Part
from citekeep.drift.found import Found
from citekeep.tables import plain, visible

AROUND = 1  # unchanged paragraphs shown before and after a changed one
STYLE = """
:root { color-scheme: light dark; --lost: #ffd7d9; --gained: #ccf0d4; --line: #767676; --quiet: #595959 }
@media (prefers-color-scheme: dark) { :root { --lost: #6b1a20; --gained: #0f4a24; --line: #8f8f8f; --quiet: #b5b5b5 } }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 0 auto; max-width: 48rem; padding: 1rem; overflow-wrap: anywhere;
  background: Canvas; color: CanvasText }
h1 { font-size: 1.3rem; line-height: 1.25 } h2 { font-size: 1.1rem }
del { background: var(--lost); text-decoration: line-through } ins { background: var(--gained); text-decoration: none;
  border-bottom: 2px solid }
.skipped { color: var(--quiet); border-top: 1px dashed var(--line); padding-top: .3rem }
@media print { body { max-width: none; padding: 0; font-size: 10pt } }
"""


def page_of(found: Found) -> str:
    """Return the page: what was lost is struck out, what came is underlined, unchanged paragraphs are counted."""
    title = f"What changed at {plain(found.url)}"
    language = found.after.language or found.before.language
    text = E.DIV(*_paragraphs(found.drift.blocks), {"dir": "auto"} | ({"lang": language} if language else {}))
    body = E.BODY(
        E.MAIN(
            E.H1(title),
            E.UL(*(E.LI(plain(sentence)) for sentence in found.sentences())),
            E.H2("The text, then and now"),
            text,
        )
    )
    head = E.HEAD(
        E.META(charset="utf-8"),
        E.META({"http-equiv": "Content-Security-Policy", "content": POLICY}),
        E.META(name="viewport", content="width=device-width, initial-scale=1"),
        E.META(name="referrer", content="no-referrer"),
        E.TITLE(title),
        E.STYLE(STYLE),
    )
    return "<!doctype html>\n" + html.tostring(E.HTML(head, body, lang="en"), encoding="unicode")


def shown(blocks: list[Block]) -> list[Block | int]:
    """Return the changed paragraphs with AROUND unchanged ones beside each, and numbers of those left out between them."""
    changed = [number for number, block in enumerate(blocks) if block.kind != SAME]
    near = {number + beside for number in changed for beside in range(-AROUND, AROUND + 1)}
    found: list[Block | int] = []
    for kept, numbers in groupby(range(len(blocks)), key=near.__contains__):
        run = list(numbers)
        found += [blocks[number] for number in run] if kept else [len(run)]
    return found


def _paragraphs(blocks: list[Block]) -> Iterator[Any]:
    for block in shown(blocks):
        if isinstance(block, int):
            yield E.P(f"{block} unchanged", {"class": "skipped", "lang": "en"})
        else:
            yield E.P(*(_part(part) for part in block.parts))


def _part(part: Part) -> Any:
    kind, text = part
    return visible(text) if kind == SAME else {LOST: E.DEL, GAINED: E.INS}[kind](visible(text))
