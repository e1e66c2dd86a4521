"""Lists of fingerprints that others keep, in OONI's CSV form: what block pages, and the addresses they live at, look like.

Columns (github.com/ooni/blocking-fingerprints): name, scope, location_found (body, header.NAME, dns), pattern_type (full,
prefix, contains, regexp), pattern, expected_countries. A list is the reader's own; none is part of this project. ``use``
makes a process judge by lists: they are part of its rules then, as much as the project's own.

Regular expressions are taken apart at ``.*`` and searched for piece after piece, each without unbounded repetitions, so
that no page and no list can make one run for ever; ``.`` matches line ends, too.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from citekeep.exceptions import SettingsError
from citekeep.verdicts.marker import LITTLE
from citekeep.verdicts.page import Match, Page, Rule

COLUMNS = frozenset({"name", "scope", "location_found", "pattern_type", "pattern"})
SCOPES = frozenset({"nat", "isp", "prod", "inst", "vbw", "fp", "injb", "prov"})
TYPES = frozenset({"full", "prefix", "contains", "regexp"})
MAX_BYTES = 20_000_000  # of a list: the largest is a hundredth of that
MAX_ROWS = 100_000
MAX_PATTERN = 4_000  # characters; a shorter limit holds for regular expressions
MAX_REGEXP = 500
MAX_REPEAT = 100  # of one piece of a regular expression
BODY_LIMIT = 100_000  # characters of a page that are looked at
HEADER_LIMIT = 4_000
_VAGUE = "vbw"  # words that innocent pages have as well: they count on a page with little text alone
_FALSE = "fp"  # marks of pages that look like block pages and are none
_GAP = re.compile(r"\.(?:\*|\+)\??")


@dataclass(frozen=True)
class Fingerprint:
    """One row. pieces: what is searched for, in order; compiled for regexp, else one string."""

    name: str
    origin: str
    scope: str
    location: str
    kind: str
    pieces: tuple[Any, ...]
    countries: str = ""


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used: its line in the file and a sentence why."""

    line: int
    why: str


def read(path: Path) -> tuple[list[Fingerprint], list[BadRow]]:
    """Return the fingerprints of a list, and the rows that cannot be used.

    Raises SettingsError, one sentence, where the file cannot be read or is no such list.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"FINGERPRINTS: {path} is larger than {MAX_BYTES:,} bytes.")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(csv.DictReader(file), path)
    except (OSError, UnicodeError, csv.Error) as error:
        raise SettingsError(f"FINGERPRINTS: {path} cannot be read: {error}.") from error


def _rows(reader: csv.DictReader[str], path: Path) -> tuple[list[Fingerprint], list[BadRow]]:
    lacking = COLUMNS - set(reader.fieldnames or ())
    if lacking:
        raise SettingsError(f"FINGERPRINTS: {path} has no column {', '.join(sorted(lacking))}.")
    good: list[Fingerprint] = []
    bad: list[BadRow] = []
    for row in reader:
        if len(good) + len(bad) >= MAX_ROWS:
            bad.append(BadRow(reader.line_num, f"only the first {MAX_ROWS:,} rows are used"))
            break
        try:
            good.append(_fingerprint(row, path.name))
        except ValueError as error:
            bad.append(BadRow(reader.line_num, str(error)))
    return good, bad


def _fingerprint(row: dict[str, Any], origin: str) -> Fingerprint:
    """Return a row as a fingerprint; raise ValueError with a sentence where it is none."""
    name, scope, location, kind, pattern = (
        row[column] or "" for column in ("name", "scope", "location_found", "pattern_type", "pattern")
    )
    location = location.strip().lower()
    if not name.strip() or not pattern:
        raise ValueError("it has no name or no pattern")
    if scope not in SCOPES:
        raise ValueError(f"unknown scope {scope[:40]!r}")
    if location not in {"body", "dns"} and not re.fullmatch(r"header\.[!-~]{1,100}", location):
        raise ValueError(f"unknown location {location[:40]!r}")
    if kind not in TYPES:
        raise ValueError(f"unknown pattern type {kind[:40]!r}")
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"its pattern has more than {MAX_PATTERN:,} characters")
    pieces = pieces_of(pattern) if kind == "regexp" else (pattern,)
    return Fingerprint(
        name.strip()[:100], origin, scope, location, kind, pieces, (row.get("expected_countries") or "")[:100]
    )


# --- regular expressions -------------------------------------------------------------------------------------------


def pieces_of(pattern: str) -> tuple[re.Pattern[str], ...]:
    """Return a regular expression as pieces to be found one after another; raise ValueError for one that may not end."""
    if len(pattern) > MAX_REGEXP:
        raise ValueError(f"its regular expression has more than {MAX_REGEXP} characters")
    pieces = []
    for part in _split(pattern):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # of what Python will read in another way one day
                tree = _parser.parse(part, re.DOTALL)
                compiled = re.compile(part, re.DOTALL)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            raise ValueError(f"its regular expression is none: {error}") from None
        _bounded(tree)
        pieces.append(compiled)
    return tuple(pieces)


def _split(pattern: str) -> list[str]:
    """Return the parts of a pattern between the gaps ("." with a star or a plus) that stand outside of any group."""
    parts, start, at, depth = [], 0, 0, 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 2
            continue
        if pattern[at] == "[":
            at = _class_end(pattern, at)
            continue
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        gap = _GAP.match(pattern, at) if depth == 0 else None
        if gap is not None:
            parts.append(pattern[start:at])
            start = at = gap.end()
        else:
            if pattern[at] == "|" and depth == 0:
                return [pattern]  # alternatives around gaps are not taken apart: they have to be bounded as a whole
            at += 1
    return [part for part in [*parts, pattern[start:]] if part] or [""]


def _class_end(pattern: str, at: int) -> int:
    end = pattern.find("]", at + (3 if pattern[at + 1 : at + 2] == "^" else 2))
    while end > 0 and pattern[end - 1] == "\\" and pattern[end - 2] != "\\":
        end = pattern.find("]", end + 1)
    return len(pattern) if end < 0 else end + 1


def _bounded(tree: Any) -> None:
    for operation, argument in tree:
        name = str(operation)
        if name in {"GROUPREF", "GROUPREF_EXISTS"}:
            raise ValueError("its regular expression refers back to a group")
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            _, most, inner = argument
            if int(most) > MAX_REPEAT or any(
                str(inside[0]) not in {"LITERAL", "ANY", "IN", "NOT_LITERAL"} for inside in inner
            ):
                raise ValueError("its regular expression repeats without bounds")
            continue
        for inner in _inside(name, argument):
            _bounded(inner)


def _inside(name: str, argument: Any) -> list[Any]:
    if name == "BRANCH":
        return list(argument[1])
    if name == "SUBPATTERN":
        return [argument[3]]
    if name in {"ASSERT", "ASSERT_NOT"}:
        return [argument[1]]
    return [argument] if name == "ATOMIC_GROUP" else []


# --- in force ------------------------------------------------------------------------------------------------------

_in_force: tuple[Fingerprint, ...] = ()


def paths_of(settings: Any) -> list[str]:
    """Return the paths that the setting FINGERPRINTS names; a relative one begins at the folder of archive.db."""
    folder = Path(settings["ARCHIVE_DB"]).parent
    return [str(folder / path) for path in settings.getlist("FINGERPRINTS")]


def use(paths: Sequence[str | Path]) -> list[tuple[Path, BadRow]]:
    """Judge by these lists in this process from now on; return their rows that cannot be used. Raises SettingsError."""
    global _in_force  # noqa: PLW0603 - a process has one set of rules
    good: list[Fingerprint] = []
    bad: list[tuple[Path, BadRow]] = []
    for path in map(Path, paths):
        here, unusable = read(path)
        good += here
        bad += [(path, row) for row in unusable]
    _in_force = tuple(good)
    return bad


def matches(fingerprint: Fingerprint, text: str) -> bool:
    """Return whether a text carries a fingerprint; in time that grows with the text's length, not faster."""
    if fingerprint.kind == "regexp":
        at = 0
        for piece in fingerprint.pieces:
            found = piece.search(text, at)
            if found is None:
                return False
            at = found.end()
        return True
    pattern: str = fingerprint.pieces[0]
    if fingerprint.kind == "full":
        return text == pattern
    return text.startswith(pattern) if fingerprint.kind == "prefix" else pattern in text


def _carried(page: Page, places: Iterable[str]) -> Fingerprint | None:
    found = None
    for fingerprint in _in_force:
        if _place(fingerprint.location) not in places or not any(
            matches(fingerprint, t) for t in _texts(page, fingerprint)
        ):
            continue
        if fingerprint.scope == _FALSE:
            return None
        if fingerprint.scope == _VAGUE and (page.is_story or len(page.visible) > LITTLE):
            continue
        found = found or fingerprint
    return found


def _place(location: str) -> str:
    return location.partition(".")[0]


def _texts(page: Page, fingerprint: Fingerprint) -> list[str]:
    if fingerprint.location == "dns":
        return list(page.seen.ips)
    if fingerprint.location == "body":
        return [page.body[:BODY_LIMIT]]
    value = page.headers.get(fingerprint.location.partition(".")[2])
    return [] if value is None else [part[:HEADER_LIMIT] for part in value.split("\n")]


def _listed(*places: str) -> Any:
    def find(page: Page) -> Match | None:
        found = _carried(page, places) if _in_force and page.seen.reason is None else None
        if found is None:
            return None
        facts = {"list": found.origin, "scope": found.scope, "countries": found.countries}
        return Match(matched=found.name, where=found.location, facts=facts)

    return find


LISTED: tuple[Rule, ...] = (
    Rule("listed_address", "blocked_page", _listed("dns")),
    Rule("listed_page", "blocked_page", _listed("body", "header")),
)
