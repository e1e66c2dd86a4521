"""sources.toml: read whole, refused whole, with the line of each fault."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from citekeep.exceptions import InputError
from citekeep.sources.fields import FIELDS, Fault
from citekeep.sources.lines import Lines, lines_of
from citekeep.sources.source import EVERY, KINDS, Source

SOURCES_MAX_BYTES = 4 * 2**20
FAULTS_SHOWN = 20


class SourcesError(InputError):
    """sources.toml cannot be used. Its text has one sentence a line, each with the line of the file; mend and repeat."""


def read_sources(path: Path) -> list[Source]:
    """Return the sources of a file, in its order. Raises SourcesError with all its faults, each with its line.

    A file that is not there raises as well: a schedule that silently does nothing is worse than none.
    """
    text = _text(path)
    try:
        read = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourcesError(f"{path.name}: {error}.") from error
    faults: list[tuple[int, str]] = []
    lines = lines_of(text)
    entries = _entries(read, lines, lambda line, why: faults.append((line, why)))
    found = []
    for number, entry in enumerate(entries):
        source = _source(entry, number, lines, path, faults)
        if source is not None:
            found.append(source)
    _repeated(found, faults)
    if faults:
        told = [f"{path.name}, line {line}: {why}" for line, why in sorted(faults)[:FAULTS_SHOWN]]
        more = [f"... and {len(faults) - FAULTS_SHOWN} more."] if len(faults) > FAULTS_SHOWN else []
        raise SourcesError("\n".join([*told, *more]))
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(SOURCES_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise SourcesError(f"There is no {path.name}: docs/archivists.md shows how to write one.") from error
    except OSError as error:
        raise SourcesError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if len(raw) > SOURCES_MAX_BYTES:
        raise SourcesError(f"{path.name} is larger than {SOURCES_MAX_BYTES >> 20} MiB; put the URLs into lists.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SourcesError(f"{path.name}, line {line}: this is no UTF-8; save the file as UTF-8.") from error


def _entries(read: dict[str, Any], lines: Lines, fault: Callable[[int, str], None]) -> list[dict[str, Any]]:
    entries = read.pop("source", [])
    for name in read:
        fault(
            lines.others.get(name, 1), f"{name[:60]!r} stands outside of an entry; each entry begins with [[source]]."
        )
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        fault(lines.others.get("source", 1), "each entry begins with [[source]], in two pairs of brackets.")
        return []
    if not entries and not read:
        fault(1, "no [[source]] is in it.")
    return entries


def _source(
    entry: dict[str, Any], number: int, lines: Lines, path: Path, faults: list[tuple[int, str]]
) -> Source | None:
    """Return one entry as a Source; None where it has faults, which are added to them."""
    before = len(faults)
    known: dict[str, Any] = {}
    for key, value in entry.items():
        field = FIELDS.get(key)
        if field is None:
            names = ", ".join([*KINDS, *(name for name in FIELDS if name not in KINDS)])
            faults.append((lines.of(number, key), f"{key[:60]!r} is no field of a source; there are {names}."))
            continue
        try:
            known[key] = field(value, path)
        except Fault as why:
            faults.append((lines.of(number, key), f"{key} {why}"))
    if len(faults) == before:
        faults += [(lines.of(number, key), why) for key, why in _between(known)]
    if len(faults) > before:
        return None
    (kind,) = (kind for kind in KINDS if kind in known)
    place = known.pop(kind)
    every = known.pop("every", EVERY[kind])
    known["public"] = known.pop("publicity", True)
    return Source(kind=kind, place=place, every=every, line=lines.of(number), **known)


def _between(known: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong between the fields of an entry: (the key whose line is told, a sentence)."""
    kinds = [kind for kind in KINDS if kind in known]
    found = []
    if "name" not in known:
        found.append(("", 'a source needs a name, which stays the same for years: name = "moscow-times".'))
    if len(kinds) != 1:
        said = f"this one has {' and '.join(kinds)}" if kinds else "this one has none of them"
        found.append((kinds[-1] if kinds else "", f"a source is one of {', '.join(KINDS)}; {said}."))
    if ("pattern" in known) != (kinds == ["section"]):
        said = 'a section needs the pattern of its articles\' URLs: pattern = "https://example.org/news/*".'
        found.append(("pattern", said if "pattern" not in known else "only a section has a pattern."))
    if "since" in known and kinds and kinds[0] in {"article", "list"}:
        found.append(
            ("since", f"{'an' if kinds[0] == 'article' else 'a'} {kinds[0]} has no since: all of it is wanted.")
        )
    if "every" in known and kinds and kinds[0] in {"article", "list"}:
        said = (
            "an article is revisited by its age and its changes"
            if kinds[0] == "article"
            else "a list is read at each run"
        )
        found.append(("every", f"every is of feeds, sitemaps and sections: {said}."))
    for field in ("robots", "signals"):
        if known.get(field) == "ignore" and f"{field}_reason" not in known:
            found.append((field, f'{field} = "ignore" needs a {field}_reason, which is recorded with each run.'))
        if f"{field}_reason" in known and known.get(field) != "ignore":
            found.append((f"{field}_reason", f'{field}_reason is for {field} = "ignore" alone.'))
    return found


def _repeated(found: list[Source], faults: list[tuple[int, str]]) -> None:
    names: dict[str, int] = {}
    places: dict[tuple[str, str], int] = {}
    for source in found:
        first = names.setdefault(source.name, source.line)
        if first != source.line:
            faults.append((source.line, f"the name {source.name!r} is that of line {first} already."))
        first = places.setdefault((source.kind, source.place), source.line)
        if first != source.line:
            faults.append((source.line, f"this {source.kind} is that of line {first} already."))
