"""One citation against one text: present, partly (with what is missing), absent, or not to be compared (with the reason).

Pure, total, and modest: words prove that a page says what was cited less than they prove that it does not any more. What
the answers rest on, and how often they are right, is in docs/fact-checkers.md and tests/passages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from citekeep.passages.features import Features, Name, features_of
from citekeep.passages.figures import Day, Figure, figures, is_there
from citekeep.passages.scripts import LEAST, keys, script_of
from citekeep.passages.words import known_as, language_of, lowered, plain, stem, tokens

METHOD = "names, figures, quotation and anchor words 2"
"""Raised when the same two texts would give another answer."""

TEXT_MAX = 200_000  # characters of a page that are looked through

REASONS = {
    "no_snapshot": "no snapshot is known",
    "not_read": "its snapshot was not read back yet",
    "gone": "the page is not there",
    "refused": "we were refused the page",
    "failed": "the page could not be fetched",
    "no_text": "there is no text to read: a picture, a video or a file",
    "not_kept": "the check kept no text (EXTRACT_ENABLED is 0)",
    "part_read": "only a part of its text could be read",
    "other_language": "it is in another language, and the sentence has no names or figures",
    "other_script": "it is in a script in which names are not recognised",
    "nothing_to_compare": "the sentence has no names, figures or quotation, and the link is on no words of its own",
    "too_little": "the sentence gives too little to look for",
}
"""Why a citation and a page are not_comparable, in words for people."""

QUOTATION_WEIGHT, FIGURE_WEIGHT, ANCHOR_WEIGHT = 3.0, 1.5, 2.0
"""What each is worth beside a name, which is worth one."""
PRESENT = 0.6
"""Share of the weight from which on a passage is present, if no quotation and no figure is missing."""
ABSENT = 0.2
"""Share of the weight up to which it is absent, if there is no figure and no half of a quotation on the page."""
ENOUGH = 2.0
"""Weight that must be looked for before a page is said to lack it."""
SHINGLE = 3  # words
QUOTED, HALF_QUOTED = 0.75, 0.4
"""Shares of a quotation's word sequences from which on it is there, and there in part: editors mend a word."""


@dataclass(frozen=True, kw_only=True)
class Cited:
    """How an article cites a page. language: of the article, as far as it is known."""

    sentence: str
    anchor: str = ""
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a page shows: text, and what stands around it (title, name and host of its site). whole: all of its text."""

    text: str
    around: str = ""
    language: str | None = None
    whole: bool = True

    @cached_property
    def spoken(self) -> str | None:
        """The language of its text."""
        return language_of(self.text, self.language)

    @cached_property
    def words(self) -> list[str]:
        """Its words, as written."""
        return tokens(plain(f"{self.text[:TEXT_MAX]}\n{self.around[:2_000]}"))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Its words without endings."""
        return frozenset(stem(word) for word in set(self.words))

    @cached_property
    def places(self) -> frozenset[str]:
        """The places and bodies that it names, by one name for all languages."""
        return frozenset(found for word in set(self.words) if (found := known_as(word)))

    @cached_property
    def name_keys(self) -> frozenset[str]:
        """Keys of what may be a name on it, in any script."""
        found: set[str] = set()
        for word in {word for word in self.words if word[0].isupper()} | set(tokens(self.around.lower())):
            found |= keys(word)
        return frozenset(found)

    @cached_property
    def lower(self) -> str:
        """Its words in lower case, one space between and around them."""
        return f" {' '.join(map(lowered, self.words))} "

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        """Its sequences of SHINGLE words."""
        return _shingles(self.lower.split())

    @cached_property
    def figures(self) -> tuple[set[float], list[Day]]:
        """Its numbers and its dates."""
        numbers, days = figures(f"{self.text[:TEXT_MAX]}\n{self.around[:2_000]}")
        return {value for number in numbers for value in number.values}, days


@dataclass(frozen=True, kw_only=True)
class Answer:
    """answer: present, partly, absent or not_comparable. missing: what was not found, as it is written in the sentence.

    reason: a key of REASONS where it is not_comparable, else None.
    """

    answer: str
    missing: list[str] = field(default_factory=list)
    reason: str | None = None


def not_comparable(reason: str) -> Answer:
    """Return the answer where there is nothing to compare with. reason: a key of REASONS."""
    return Answer(answer="not_comparable", reason=reason)


def compare(cited: Cited, shown: Shown) -> Answer:
    """Return whether what is said of a page is on it. Never raises, whatever the texts are.

    Where sentence and page are in different languages, only names and figures are looked for. Names are told in Latin and
    Cyrillic letters: that a page in other letters lacks them is never said.
    """
    if not shown.text.strip():
        return not_comparable("no_text")
    spoken = language_of(cited.sentence, cited.language)
    scripts = {script_of(text) for text in (cited.sentence, shown.text) if any(map(str.isalpha, text[:4_000]))}
    legible = len(scripts) < 2 or "other" not in scripts
    same = legible and (spoken == shown.spoken or spoken is None or shown.spoken is None)
    wanted = features_of(cited.sentence, cited.anchor, spoken)
    found = _Found()
    if same:
        _quotations(wanted, shown, found)
        _anchor(wanted, shown, found)
    _figures(wanted.figures, shown, found)
    names = wanted.names if same else [name for name in wanted.names if name.weight == 1.0]
    for name in names:
        found.note(name.written, name.weight, there=_has_name(name, shown, same=same), kind="name")
    if found.total == 0:
        _days(wanted.days, shown, found)
    if found.total == 0:
        return not_comparable("nothing_to_compare" if same else "other_language")
    return found.answer(whole=shown.whole) if legible else found.answer_of_some()


class _Found:
    """What was looked for, what of it was found."""

    def __init__(self) -> None:
        self.total = self.weight = 0.0
        self.missing: list[str] = []
        self.kinds_missing: set[str] = set()
        self.hard_found = False

    def note(self, written: str, weight: float, *, there: bool, kind: str) -> None:
        if there:
            self.total += weight
            self.weight += weight
            self.hard_found = self.hard_found or kind in {"figure", "quotation"}
        elif kind != "name" or weight >= 1.0:
            self.total += weight
            self.missing.append(written[:80])
            self.kinds_missing.add(kind)

    def answer(self, *, whole: bool) -> Answer:
        share = self.weight / self.total
        if share >= PRESENT and not self.kinds_missing & {"figure", "quotation"}:
            return Answer(answer="present", missing=self.missing)
        if not whole:  # what is missing may stand in what was not read
            return not_comparable("part_read")
        if share > ABSENT or self.hard_found:
            return Answer(answer="partly", missing=self.missing)
        return not_comparable("too_little") if self.total < ENOUGH else Answer(answer="absent", missing=self.missing)

    def answer_of_some(self) -> Answer:
        """Return the answer where much cannot be recognised: what was found counts, what was not found says nothing."""
        enough = self.weight >= ENOUGH and self.weight / self.total >= PRESENT and not self.kinds_missing & {"figure"}
        return Answer(answer="present", missing=self.missing) if enough else not_comparable("other_script")


def _quotations(wanted: Features, shown: Shown, found: _Found) -> None:
    for written, parts in wanted.quotations:
        share = sum(_share(part, shown) * len(part) for part in parts) / sum(map(len, parts))
        if share >= QUOTED:
            found.note(written, QUOTATION_WEIGHT, there=True, kind="quotation")
        elif share >= HALF_QUOTED:
            found.note(written, QUOTATION_WEIGHT / 2, there=True, kind="name")
            found.note(written, QUOTATION_WEIGHT / 2, there=False, kind="quotation")
        else:
            found.note(written, QUOTATION_WEIGHT, there=False, kind="quotation")


def _share(part: list[str], shown: Shown) -> float:
    """Return how much of a run of words stands on the page, in its order."""
    if f" {' '.join(part)} " in shown.lower:
        return 1.0
    sequences = _shingles(part)
    return len(sequences & shown.shingles) / len(sequences) if sequences else 0.0


def _shingles(words: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(*(words[start:] for start in range(SHINGLE)), strict=False))


def _anchor(wanted: Features, shown: Shown, found: _Found) -> None:
    if not wanted.anchor:
        return
    missing = [w for w in wanted.anchor if stem(w) not in shown.stems and known_as(w) not in shown.places]
    weight = ANCHOR_WEIGHT * min(1.0, len(wanted.anchor) / 3)
    there = 1 - len(missing) / len(wanted.anchor)
    found.total += weight
    found.weight += weight * there
    if there < PRESENT:
        found.missing += missing
        found.kinds_missing.add("anchor")


def _figures(wanted: list[Figure], shown: Shown, found: _Found) -> None:
    there, _ = shown.figures
    for figure in wanted:
        found.note(figure.written, FIGURE_WEIGHT, there=is_there(figure, there), kind="figure")


def _days(wanted: list[Day], shown: Shown, found: _Found) -> None:
    """Look for dates only where there is nothing else: a page of the day seldom says of what year it is."""
    numbers, days = shown.figures
    for day in wanted:
        if day.month:
            there = any(day.agrees(other) for other in days)
        else:
            there = day.year in numbers or any(other.year == day.year for other in days)
        found.note(day.written, 1.0, there=there, kind="day")


def _has_name(name: Name, shown: Shown, *, same: bool) -> bool:
    """Return whether enough words of a name are there: of two the last, of more at least half."""
    there = [_has_word(word, shown, same=same) for word in name.words]
    return there[-1] if len(there) <= 2 else sum(there) * 2 >= len(there)


def _has_word(word: str, shown: Shown, *, same: bool) -> bool:
    if same and stem(word) in shown.stems:
        return True
    if known_as(word) in shown.places:
        return True
    wanted = keys(word)
    return any(len(key) >= LEAST or word.isupper() for key in wanted) and bool(wanted & shown.name_keys)
