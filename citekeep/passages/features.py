"""What of a citation can be looked for on a page: its quotation, figures, names, and the words that carry the link."""

from __future__ import annotations

import re
from dataclasses import dataclass

from citekeep.passages.figures import Day, Figure, figures, month_of
from citekeep.passages.scripts import script_of
from citekeep.passages.words import EMPTY, POINTING, content, lowered, plain, tokens

SENTENCE_MAX = 2_000  # characters that are looked at
QUOTED_WORDS = 3  # words that a quotation has at least: fewer are a title, a term, or irony
_QUOTATION = re.compile(
    r"«([^«»]{3,900})»|“([^“”]{3,900})”|„([^„“”]{3,900})[“”]|\"([^\"]{3,900})\"|‹([^‹›]{3,900})›|「([^「」]{3,900})」"
)
_LEFT_OUT = re.compile(r"\[[^\]]{0,80}\]|\(?\.{3}\)?|…")
_CAPITALS = re.compile(r"[^\W\d_][\w']*(?:-[^\W_][\w']*)*")
_BETWEEN = frozenset({"von", "van", "der", "de", "la", "le", "du", "of", "the", "al", "bin", "ibn", "да", "фон"})
_BREAKS = re.compile(r"[^\s\w'-]")
TITLE_CASE = 0.8
"""Share of capitals from which on they say nothing: a headline in English, or German, where each noun has one."""


@dataclass(frozen=True)
class Name:
    """written: as it stands. words: those that count. sure: whether capitals show it to be one; weight in the answer."""

    written: str
    words: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Features:
    """What can be looked for: quotations (the parts between what was left out), figures, days, names, anchor words."""

    quotations: list[tuple[str, list[list[str]]]]
    figures: list[Figure]
    days: list[Day]
    names: list[Name]
    anchor: list[str]


def features_of(sentence: str, anchor: str, language: str | None) -> Features:
    """Return what a sentence and its anchor give to look for. language: of the sentence, ISO 639-1, or None."""
    text = plain(sentence[:SENTENCE_MAX])
    numbers, days = figures(text)
    return Features(
        quotations=_quotations(sentence[:SENTENCE_MAX]),
        figures=[figure for figure in _unique(numbers) if not figure.in_words and not figure.is_year],
        days=days + [Day(f.written, 0, None, int(min(f.values))) for f in numbers if f.is_year],
        names=_names(text, language),
        anchor=content(anchor[:SENTENCE_MAX]),
    )


def _unique(found: list[Figure]) -> list[Figure]:
    return list({figure.values: figure for figure in reversed(found)}.values())[::-1]


def _quotations(sentence: str) -> list[tuple[str, list[list[str]]]]:
    found = []
    for match in _QUOTATION.finditer(sentence):
        inside = next(group for group in match.groups() if group)
        parts = [[lowered(w) for w in tokens(plain(part))] for part in _LEFT_OUT.split(inside)]
        if sum(map(len, parts)) >= QUOTED_WORDS:
            found.append((inside.strip(), [part for part in parts if part]))
    return found


def _names(text: str, language: str | None) -> list[Name]:
    """Return runs of capitalised words. One at the beginning of a sentence may be any word: it weighs half."""
    if script_of(text) == "other":
        return []
    words = list(_CAPITALS.finditer(text))
    long = [match[0] for match in words if len(match[0]) >= 4]
    nouns = language == "de" or (len(long) >= 4 and sum(w[0].isupper() for w in long) > TITLE_CASE * len(long))
    runs: list[list[re.Match[str]]] = []
    run: list[re.Match[str]] = []
    for number, match in enumerate(words):
        if _is_capital(match[0]) and (not run or not _apart(text, run[-1], match)):
            run.append(match)
        elif run and match[0].lower() in _BETWEEN and number + 1 < len(words) and _is_capital(words[number + 1][0]):
            continue
        else:
            runs.append(run)
            run = [match] if _is_capital(match[0]) else []
    runs.append(run)
    found = [_name(text, run, nouns=nouns) for run in runs if run]
    return list({name.words: name for name in found if name is not None}.values())


def _is_capital(word: str) -> bool:
    return word[0].isupper() and len(word) > 1


def _apart(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    between = text[one.end() : other.start()]
    return bool(_BREAKS.search(between)) or len(between) > 12


def _name(text: str, run: list[re.Match[str]], *, nouns: bool) -> Name | None:
    begins = _begins(text, run[0].start())
    kept = [m for m in run if m[0].lower() not in EMPTY and m[0].lower() not in POINTING]
    if not kept:
        return None
    parts = [part for m in kept for part in tokens(m[0]) if len(part) > 1]
    if all(month_of(part) for part in parts):
        return None
    alone = len(kept) == 1
    shouted = alone and kept[0][0].isupper() and len(kept[0][0]) <= 6
    doubtful = alone and not shouted and (nouns or (begins and kept[0].start() == run[0].start()))
    written = text[kept[0].start() : kept[-1].end()]
    return Name(written, tuple(parts), 0.5 if doubtful else 1.0)


def _begins(text: str, at: int) -> bool:
    """Return whether a sentence, or a quotation, begins there."""
    before = text[:at].rstrip(" \"'«“„(-–")
    return not before or before[-1] in ".!?:…"
