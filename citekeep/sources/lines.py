"""Where in a TOML file something stands: tomllib tells of values, not of the lines they stand on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_HEAD = re.compile(r"\s*\[\[\s*(?:source|\"source\"|'source')\s*\]\]")
_OTHER_HEAD = re.compile(r"\s*\[")
_KEY = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+))\s*[=.]")
_NEWLINE = re.compile(r"\r?\n")  # of TOML; others, U+2028 say, end no line of it
_STRING = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*$')


@dataclass
class Lines:
    """The lines of a file's ``[[source]]`` entries. heads: of each entry; keys: of each of its keys, entry by entry;
    others: of what stands outside of all entries. All from 1.
    """

    heads: list[int] = field(default_factory=list)
    keys: list[dict[str, int]] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    def of(self, entry: int, key: str | None = None) -> int:
        """Return the line of an entry's key, else of its head, else 1."""
        if entry >= len(self.heads):
            return 1
        return self.keys[entry].get(key or "", self.heads[entry])


def lines_of(text: str) -> Lines:
    """Return where the entries of a TOML text stand, which tomllib has read without complaint."""
    found = Lines()
    into = found.others
    closes: str | None = None  # the end of the many-line string that is open
    depth = 0  # of brackets that are open: an array may go over many lines
    for number, line in enumerate(_NEWLINE.split(text), start=1):
        if closes is None and not depth:
            if _HEAD.match(line):
                found.heads.append(number)
                found.keys.append({})
                into = found.keys[-1]
            elif _OTHER_HEAD.match(line):
                into = found.others
                into.setdefault(line.strip(" []"), number)
            elif key := _KEY.match(line):
                into.setdefault(next(part for part in key.groups() if part is not None), number)
        closes, depth = _open_at_end(line, closes, depth)
    return found


def _open_at_end(line: str, closes: str | None, depth: int) -> tuple[str | None, int]:
    """Return which many-line string is open behind a line, and how many brackets."""
    place = 0
    while place < len(line):
        if closes is not None:
            end = line.find(closes, place)
            if end < 0:
                return closes, depth
            place, closes = end + 3, None
            continue
        string = _STRING.search(line, place)
        upto = string.start() if string else len(line)
        if "=" in line[place:upto] or depth:
            bare = line[place:upto].partition("=")[2] if not depth else line[place:upto]
            depth = max(0, depth + bare.count("[") - bare.count("]"))
        if string is None:
            break
        if string[0] in {'"""', "'''"}:
            closes = string[0]
        place = string.end()
    return closes, depth
