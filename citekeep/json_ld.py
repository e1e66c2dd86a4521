"""JSON-LD of a page, made harmless for those who read it with patterns."""

from __future__ import annotations

import json

_BROKEN_MAX = 4_000  # characters of JSON-LD that is no JSON
_UNCLOSED_MAX = 50
"""So many tags may be begun before one ends: HTML in the text of an article begins one at a time."""


def tamed(json_ld: str) -> str:
    """Return JSON-LD as trafilatura can read it in little time: its patterns take time with the square of what is broken.

    64 KB of unclosed tags or comments, or of "author": in what is no JSON, took five seconds. Tags that are never closed
    lose their sign, and of long text that is no JSON the beginning is left, which names author and title.
    """
    if len(json_ld) <= _BROKEN_MAX:
        return json_ld
    if any(_unclosed(json_ld, *pair) > _UNCLOSED_MAX for pair in (("<", ">"), ("<!--", "-->"))):
        json_ld = json_ld.replace("<", " ")
    try:
        json.loads(json_ld, strict=False)
    except (ValueError, RecursionError):
        return json_ld[:_BROKEN_MAX]
    return json_ld


def _unclosed(text: str, begin: str, end: str) -> int:
    """Return how often ``begin`` stands before the next ``end``, at most."""
    return max(part.count(begin) for part in text.split(end))
