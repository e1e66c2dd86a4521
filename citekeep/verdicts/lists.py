"""The lists of this package: what pages say, by kind and language (phrases.toml), and what else stands in its TOML files."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from citekeep.verdicts.phrases import Phrases


@cache
def read(name: str) -> dict[str, Any]:
    """Return what a TOML file of this package holds."""
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


@cache
def phrases(kind: str, before: str = "", after: str = "") -> Phrases:
    """Return the phrases of a kind in all languages, to be searched for in lower-case text."""
    every = (phrase for language in read("phrases.toml")[kind].values() for phrase in language)
    return Phrases(every, before, after)


@cache
def whole(kind: str, before: str = "") -> Phrases:
    """Return phrases that take a title or heading, or a part of one, from end to end."""
    return phrases(kind, rf"^{before}", r"\W*$")
