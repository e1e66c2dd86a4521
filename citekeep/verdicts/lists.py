"""The lists of this package: what pages say, by kind and language (phrases.toml), and what else stands in its TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from citekeep.verdicts.phrases import Lexicon, Phrases, needles_of

MARKUP = "markup"
"""The place (markers.toml) of strings that are looked for in the source of a page, not in what it shows."""
BEGINS = "\n"
"""What each of a page's names stands behind where strings are looked for that begin one."""


_UNSPACED = frozenset({"th", "ja", "zh", "ko", "he", "ar"})
"""Languages that write words, or the little ones before them, without a space between."""
_SHORT = 4  # letters of a stem that begins many words
_STEM = 3  # letters that may follow it
_LONG = 6  # letters that may follow a longer one
_BETWEEN = 24  # characters between a thing and what is said of it
_OF = "of|on|about|über|sur|sobre|su|о|об|про|om|over|despre|za"
"""Words before what a thing is about: then it is a certain one, elsewhere."""

_NOT_THEN = r"(?! (?:to|guilty|that|until|before|without|than)\b)"


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
    return Lexicon(marked.union(*(needles_of(phrase) or () for phrase in (*every, *missing_things()))))


@cache
def missing_things() -> tuple[str, ...]:
    """Return expressions for sentences of missing_things.toml: each thing with each saying, language by language."""
    every = read("missing_things.toml")
    ends = rf"\w{{0,15}}(?=\s*(?:$|[^\w\s]| (?:{'|'.join(every['any']['ends'])})\b))"
    return tuple(
        sentence for name, words in every.items() if name != "any" for sentence in _sentences(name, words, ends)
    )


def _sentences(language: str, words: dict[str, list[str]], ends: str) -> Iterator[str]:
    apart = language not in _UNSPACED
    begins = r"(?<![^\W_])" if apart else ""
    things = "|".join(rf"{thing}\w{{0,{_STEM if len(thing) <= _SHORT else _LONG}}}" for thing in words["things"])
    between = rf"(?:(?!\s(?:{_OF})\s)[^.!?,:;\n。！？、]){{0,{_BETWEEN}}}?"
    pointed, gone, removed = ("|".join(words[kind]) for kind in ("this", "gone", "removed"))
    if apart:
        yield rf"{begins}(?:(?:{pointed})\s)?(?:{things}){between}{begins}(?:{gone}){_NOT_THEN}"
    else:
        yield rf"(?:{things}){between}(?:{gone})"
    yield rf"{begins}(?:{pointed})\s?(?:{things}){between}(?:{removed}){ends if apart else ''}"
    if "before" in words:
        yield rf"{begins}(?:{'|'.join(words['before'])})\s?(?:\w{{1,12}} )?(?:{things})"
    yield from words.get("other", ())


@cache
def things_missing() -> Phrases:
    """Return what missing_things composes, to be searched for in lower-case text."""
    return Phrases(missing_things(), lexicon=lexicon(markup=False))


@cache
def phrases(kind: str, before: str = "", after: str = "") -> Phrases:
    """Return the phrases of a kind in all languages, to be searched for in lower-case text."""
    every = (phrase for language in read("phrases.toml")[kind].values() for phrase in language)
    return Phrases(every, before, after, lexicon=lexicon(markup=False))


@cache
def whole(kind: str, before: str = "", after: str = "") -> Phrases:
    """Return phrases that take a title or heading, or a part of one, from end to end."""
    return phrases(kind, rf"^{before}", rf"{after}\W*$")
