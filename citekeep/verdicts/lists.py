"""The lists of this package: what pages say, by kind and language (phrases.toml), and what else stands in its TOML files."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from citekeep.verdicts.phrases import Lexicon, Phrases, needles_of

MARKUP = "markup"
"""The place (markers.toml) of strings that are looked for in the source of a page, not in what it shows."""
BEGINS = "\n"
"""What each of a page's names stands behind where strings are looked for that begin one."""


@cache
def read(name: str) -> dict[str, Any]:
    """Return what a TOML file of this package holds."""
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


@cache
def lexicon(*, markup: bool) -> Lexicon:
    """Return the strings of all lists: those that are looked for in the source of a page, or those in what it shows."""
    marked = {
        f"{BEGINS if entry['where'] == 'name' else ''}{text}"
        for kind in read("markers.toml").values()
        for entry in kind
        for text in entry["texts"]
        if (entry["where"] == MARKUP) is markup
    }
    if markup:
        return Lexicon(marked)
    every = (phrase for kind in read("phrases.toml").values() for language in kind.values() for phrase in language)
    return Lexicon(marked.union(*(needles_of(phrase) or () for phrase in every)))


@cache
def phrases(kind: str, before: str = "", after: str = "") -> Phrases:
    """Return the phrases of a kind in all languages, to be searched for in lower-case text."""
    every = (phrase for language in read("phrases.toml")[kind].values() for phrase in language)
    return Phrases(every, before, after, lexicon=lexicon(markup=False))


@cache
def whole(kind: str, before: str = "") -> Phrases:
    """Return phrases that take a title or heading, or a part of one, from end to end."""
    return phrases(kind, rf"^{before}", r"\W*$")
