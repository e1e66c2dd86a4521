"""What a page itself states to be the body of its article: schema.org's articleBody, in JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

_SCRIPT_MAX = 2_000_000  # characters of one script
_BODY_MAX = 1_000_000
_DEPTH = 12
_TAG = re.compile(r"<[^<>]{0,500}>")
_GLUED = re.compile(r"(?<=[^\W\d_A-ZА-ЯЁ])(?=[A-ZА-ЯЁ])")
"""Where a paragraph's last word and the next one's first are run together, as some publishers join them."""


def stated_body(root: Any) -> str:
    """Return the longest articleBody of a page's JSON-LD as plain text, or "" where there is none."""
    longest = ""
    for script in root.iter("script"):
        text = script.text or ""
        if "json" not in (script.get("type") or "").lower() or "articleBody" not in text or len(text) > _SCRIPT_MAX:
            continue
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        longest = max([longest, *_bodies(data, _DEPTH)], key=len)
    plain = _TAG.sub(" ", unescape(longest[:_BODY_MAX]))
    return _GLUED.sub(" ", plain)


def _bodies(data: Any, depth: int) -> Iterator[str]:
    if depth > 0 and isinstance(data, dict):
        body = data.get("articleBody")
        if isinstance(body, str):
            yield body
        for value in data.values():
            if isinstance(value, dict | list):
                yield from _bodies(value, depth - 1)
    elif depth > 0 and isinstance(data, list):
        for value in data:
            yield from _bodies(value, depth - 1)
