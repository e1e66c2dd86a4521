"""What a page shows of others: quotations, code, comments, and who takes part in a conversation on it.

A thread that quotes an error, a manual that prints one and a reader who complains of one are pages that are there.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

_ELEMENTS = 20_000  # that many are looked at
_PIECES = 50  # pieces of text, and links, of one part
_ALOUD = 20  # characters of a part of a conversation, outside links
_BESIDE = frozenset({"aside", "nav", "footer", "form"})
_QUOTED = ("pre", "code", "blockquote", "q", "samp", "kbd", "tt", "textarea", "xmp", "listing")
_COMMENTS = frozenset({
    "comment", "comments", "comments-area", "comment-list", "commentlist", "comment-body", "comment-content",
    "comment-text", "replies", "disqus_thread", "respond",
})  # fmt: skip
"""Classes and ids of what readers write below a page."""
_VOICE = re.compile(
    r"(?:^|\s)(?:js-|bz_|ips|bbp-|d-)?(?:(?:comment|answer|question|reply|message|post|note|journal|usertext)"
    r"[_-]?(?:body|text|copy|_text|message_\d+|message)|comment|answer|question|reply|postcontent|markdown-body|"
    r"s-prose|cooked|bbwrapper|topic-body|crawler-post|commtext|md|reply-content|comment[_-]content|message[_-]content|"
    r"post[_-]message(?:_\d+)?|ccomment|activity-comment|"
    r"https?://schema\.org/(?:answer|comment|question|discussionforumposting))(?=\s|$)"
)
"""Classes, ids or types that forums, trackers and sites of questions give to what one person wrote."""
_SPEAKS = re.compile(
    r"comment|answer|question|repl|message|post|note|journal|usertext|markdown|prose|cooked|wrapper|topic|\bmd\b|disqus|"
    r"respond|commtext",
    re.IGNORECASE,
)
_PARTS = ("div", "section", "article", "ol", "ul", "li", "td", "p", "span")
_OPENED = re.compile(r"<(pre|code|blockquote|samp|textarea|xmp)\b")


def named_parts(root: Any) -> list[tuple[Any, str]]:
    """Return the elements of a page whose class, id or type speaks of people who write, each with these names."""
    parts = []
    for element in islice(root.iter(*_PARTS), _ELEMENTS):
        get = element.get
        name = get("class") or ""
        if own := get("id") or get("itemtype"):
            name = f"{name} {own} {get('itemtype') or ''}"
        if name and _SPEAKS.search(name):
            parts.append((element, name.lower()))
    return parts


def is_conversation(parts: list[tuple[Any, str]]) -> bool:
    """Return whether a page shows what at least two people wrote, each in a part (named_parts) of its own."""
    first = None
    for element, name in parts:
        if _VOICE.search(name) is None:
            continue
        above = list(element.iterancestors())
        if first in above or any(one.tag in _BESIDE for one in above) or not _is_aloud(element):
            continue
        if first is not None:
            return True
        first = element
    return False


def _is_aloud(element: Any) -> bool:
    linked = sum(_length(link) for link in islice(element.iter("a"), _PIECES))
    return _length(element) - linked >= _ALOUD


def _length(element: Any) -> int:
    return len(" ".join(" ".join(islice(element.itertext(), _PIECES)).split()))


def quoted(root: Any, parts: list[tuple[Any, str]]) -> list[Any]:
    """Return the elements of a page that hold what others say or what a machine shows, those within others left out.

    parts: those of named_parts."""
    elements = list(islice(root.iter(*_QUOTED), _ELEMENTS))
    elements += [element for element, name in parts if not _COMMENTS.isdisjoint(name.split())]
    known = set(elements)
    return [element for element in elements if known.isdisjoint(element.iterancestors())]


def without_quotes(source: str) -> str:
    """Return the source of a page, lower case, without what stands in blocks of code and quotations.

    What is opened and not closed stays."""
    kept = []
    at = 0
    open_ended = set()  # names that nothing closes from here on: looked for once
    while (found := _OPENED.search(source, at)) is not None:
        closing = f"</{found[1]}"
        end = -1 if closing in open_ended else source.find(closing, found.end())
        if end < 0:
            open_ended.add(closing)
            kept.append(source[at : found.end()])
            at = found.end()
            continue
        kept.append(source[at : found.start()])
        at = end + len(closing)
    return "".join([*kept, source[at:]]) if kept else source
