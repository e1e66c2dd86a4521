"""What a style sheet needs: the sheets it imports, its fonts, its pictures. By tinycss2's tokens, not by patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2

from citekeep.requisites.found import FONT, IMAGE, STYLE, Found

CSS_MAX = 1_000_000
"""Characters of a sheet that are read, the first: several times the style of a large outlet."""
_GROUPS = frozenset({"media", "supports", "layer", "container", "scope", "document", "-moz-document", "starting-style"})
"""At-rules that hold rules; what others hold (@page, @keyframes, @property) is looked through for pictures."""

_OLD_FONTS = re.compile(r"\.(?:eot|svg)(?:[?#]|$)", re.IGNORECASE)
_FORMATS = frozenset({"woff2", "woff", "truetype", "opentype", "woff2-variations", "woff-variations", "collection",
                      "truetype-variations", "opentype-variations"})  # fmt: skip


def in_style(text: str, base: str, found: Found) -> None:
    """Add what a style sheet names. base: the URL of the sheet, or of the page it stands in. Never raises for any text.

    Of a font, one file: the first of a format that browsers of today take, as they do.
    """
    _rules(tinycss2.parse_stylesheet(text[:CSS_MAX], skip_comments=True, skip_whitespace=True), base, found)


def in_declarations(text: str, base: str, found: Found) -> None:
    """Add the pictures that a ``style`` attribute names."""
    _images(tinycss2.parse_component_value_list(text[:CSS_MAX], skip_comments=True), base, found)


def _rules(rules: Iterable[Any], base: str, found: Found) -> None:
    """Go through rules and those within them (@media, @supports, @layer), without recursion: they nest as deep as they like."""
    waiting = [list(rules)]
    while waiting:
        for rule in waiting.pop():
            if rule.type == "at-rule" and rule.lower_at_keyword == "import":
                found.add(_imported(rule.prelude), base, STYLE)
            elif rule.type == "at-rule" and rule.lower_at_keyword == "font-face":
                _font(rule.content or [], base, found)
            elif rule.type == "at-rule" and rule.lower_at_keyword in _GROUPS:
                waiting.append(tinycss2.parse_rule_list(rule.content or [], skip_comments=True, skip_whitespace=True))
            elif rule.type in {"at-rule", "qualified-rule"}:
                _images(rule.content or [], base, found)


def _imported(prelude: list[Any]) -> str | None:
    """Return the URL of an @import: its first token."""
    for token in prelude:
        if token.type in {"string", "url"}:
            return str(token.value)
        if token.type == "function" and token.lower_name == "url":
            return _string(token.arguments)
        if token.type not in {"whitespace", "comment"}:
            return None
    return None


def _font(content: list[Any], base: str, found: Found) -> None:
    for declaration in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if declaration.type == "declaration" and declaration.lower_name == "src":
            usable = next((url for url, kind in _sources(declaration.value) if _is_usable(url, kind)), None)
            if usable is not None:
                found.add(usable, base, FONT)


def _sources(value: list[Any]) -> Iterator[tuple[str, str | None]]:
    """Yield (URL, format or None) of each source of a font that is a file."""
    url, kind = None, None
    for token in [*value, None]:
        if token is None or (token.type == "literal" and token.value == ","):
            if url is not None:
                yield url, kind
            url, kind = None, None
        elif token.type == "url":
            url = str(token.value)
        elif token.type == "function" and token.lower_name == "url":
            url = _string(token.arguments)
        elif token.type == "function" and token.lower_name == "format":
            kind = (_string(token.arguments) or "").lower()


def _is_usable(url: str, kind: str | None) -> bool:
    return kind in _FORMATS if kind else not _OLD_FONTS.search(url)


def _images(tokens: Iterable[Any], base: str, found: Found) -> None:
    """Add every ``url()``, and the strings of ``image-set()``; blocks and functions within are gone through, too."""
    waiting = [(list(tokens), False)]
    while waiting:
        inside, in_set = waiting.pop()
        for token in inside:
            if token.type == "url" or (token.type == "string" and in_set):
                found.add(token.value, base, IMAGE)
            elif token.type == "function" and token.lower_name == "url":
                found.add(_string(token.arguments), base, IMAGE)
            elif token.type == "function":
                if token.lower_name not in {"type", "format"}:
                    waiting.append((token.arguments, token.lower_name in {"image-set", "-webkit-image-set"}))
            elif token.type in {"{} block", "[] block", "() block"}:
                waiting.append((token.content, False))


def _string(arguments: list[Any]) -> str | None:
    return next((str(token.value) for token in arguments if token.type in {"string", "ident"}), None)
