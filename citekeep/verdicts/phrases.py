"""Many phrases looked for at once: a page is gone through for what they cannot be without, then only for those that may be there.

A page carries next to none of the hundreds of phrases that give some kind of page away. Python's regular expressions try
every alternative at every character; the automaton of Aho and Corasick sees all strings in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from re import _parser  # type: ignore[attr-defined]  # as in fingerprints.py; tests say so if it moves
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

LEAST = 2  # characters of a string that is worth looking for: a letter is in every text
REMEMBERED = 16  # texts, the last that were gone through: rule after rule looks for something else in the same ones


class Lexicon:
    """Strings of many kinds of pages, all found in one pass of a text, which is remembered."""

    def __init__(self, strings: Iterable[str]) -> None:
        self.strings = sorted(set(strings) - {""})
        self.numbers = {string: number for number, string in enumerate(self.strings)}
        self.found = lru_cache(maxsize=REMEMBERED)(self._found)

    @cached_property
    def _automaton(self) -> Any:
        return AhoCorasick(self.strings, implementation=Implementation.DFA)

    def _found(self, text: str) -> frozenset[int]:
        """Return the numbers of the strings that a text contains. Never raises."""
        try:
            matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # half a character, as JSON may spell one: no string here has any
            whole = text.encode("utf-8", "replace").decode()
            matches = self._automaton.find_matches_as_indexes(whole, overlapping=True)
        return frozenset([match[0] for match in matches])


class Strings:
    """Strings that are looked for together. lexicon: one that has them all and more; None: one of their own."""

    def __init__(self, strings: Sequence[str], lexicon: Lexicon | None = None) -> None:
        self._always = {place for place, string in enumerate(strings) if not string}
        known = lexicon is not None and lexicon.numbers.keys() >= set(strings) - {""}
        self._lexicon = lexicon if lexicon is not None and known else Lexicon(strings)
        self._places: dict[int, list[int]] = {}
        for place, string in enumerate(strings):
            if string:
                self._places.setdefault(self._lexicon.numbers[string], []).append(place)
        self._numbers = frozenset(self._places)

    def found(self, text: str) -> set[int]:
        """Return the places, in the sequence given, of the strings that a text contains. Never raises."""
        here = self._lexicon.found(text)
        if here.isdisjoint(self._numbers):
            return self._always
        return self._always.union(*(self._places[number] for number in self._numbers & here))


class Phrases:
    """Alternatives of one regular expression, searched for as if they were joined by "|"; no flags, no groups by name.

    before, after: stand around each of them. lexicon: as in Strings.
    """

    def __init__(
        self, alternatives: Iterable[str], before: str = "", after: str = "", *, lexicon: Lexicon | None = None
    ) -> None:
        self._lexicon = lexicon
        self._expressions = [f"{before}(?:{one}){after}" for one in alternatives]
        self._patterns: dict[int, re.Pattern[str]] = {}
        self._always: list[int] = []
        self._needles: list[str] = []
        self._whose: list[int] = []
        for place, one in enumerate(self._expressions):
            needles = needles_of(one)
            if needles is None or min(map(len, needles)) < LEAST:
                self._always.append(place)
            else:
                self._needles += needles
                self._whose += [place] * len(needles)

    @cached_property
    def _strings(self) -> Strings:
        return Strings(self._needles, self._lexicon)

    def search(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """Return what ``re.search`` would: the leftmost match, of the first alternative that has one there."""
        end = len(text) if end is None else end
        return self._leftmost(self._candidates(text[start:end]), text, start, end)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield what ``re.finditer`` would; no alternative may match the empty string."""
        candidates = self._candidates(text)
        at = 0
        while (found := self._leftmost(candidates, text, at, len(text))) is not None:
            yield found
            at = max(found.end(), at + 1)

    def _candidates(self, text: str) -> list[int]:
        found = {self._whose[place] for place in self._strings.found(text)}
        return sorted(found.union(self._always)) if found else self._always

    def _leftmost(self, candidates: Iterable[int], text: str, start: int, end: int) -> re.Match[str] | None:
        first: re.Match[str] | None = None
        for place in candidates:
            pattern = self._patterns.get(place)
            if pattern is None:
                pattern = self._patterns[place] = re.compile(self._expressions[place])
            found = pattern.search(text, start, end)
            if found is not None and (first is None or found.start() < first.start()):
                first = found
        return first


def needles_of(expression: str) -> list[str] | None:
    """Return strings one of which every match of a regular expression contains; None where none can be told."""
    needles = _needles(_parser.parse(expression))
    return None if needles is None else sorted(needles)


def _needles(sequence: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """Return the needles of things that follow one another: those of one of them, or a run of letters; the longest."""
    choices: list[frozenset[str]] = []
    run = ""
    for operation, argument in sequence:
        if str(operation) == "LITERAL":
            run += chr(argument)
            continue
        if run:
            choices.append(frozenset({run}))
        run = ""
        inner = _inner(str(operation), argument)
        if inner is not None:
            choices.append(inner)
    if run:
        choices.append(frozenset({run}))
    return max(choices, key=lambda needles: (min(map(len, needles)), -len(needles)), default=None)


def _inner(operation: str, argument: Any) -> frozenset[str] | None:
    """Return the needles of one thing; None where it may match without any, or is not known here."""
    if operation == "SUBPATTERN":
        return _needles(argument[3])
    if operation in {"MAX_REPEAT", "MIN_REPEAT"}:
        return _needles(argument[2]) if argument[0] else None
    if operation == "BRANCH":
        branches = [_needles(branch) for branch in argument[1]]
        known = [needles for needles in branches if needles is not None]
        return frozenset().union(*known) if len(known) == len(branches) else None
    return None
