"""The parts of what a page is called: titles join the name of the page with that of the site, of the section, of a series."""

from __future__ import annotations

import re

_SEPARATOR = re.compile(r"\s*[|•·»«–—/]\s*|\s+-\s+|\s*::\s*|(?<=[.!?])\s+(?!\d+:)")
_UNQUOTED = re.compile(_SEPARATOR.pattern.replace("»", "").replace("«", ""))
_NUMBERED = re.compile(
    r"^\W*(?!(?:err|error|errore?|erro|erreur|fehler|http|status|code|ошибка|помилка|błąd|hata|chyba|hiba|fout|fel)\b)"
    r"(?:[^\W\d]{3,}|[^\W\d]{2,}\.) (?!4(?:04|10)$)\d+$"
)
"""A part of a whole, as "Chapter 14" or "Ep. 14": what stands behind it is its title. An error has a number, too."""
_BESIDE_COLON = 2  # words


def is_part(name: str) -> bool:
    """Return whether a part of a name numbers it, as "Chapter 14" does."""
    return _NUMBERED.match(name.strip(" .:–—-").lower()) is not None


def segments(name: str) -> list[str]:
    """Return the parts of a name between separators; those at a colon where hardly anything else stands: headlines have it."""
    parts = (_UNQUOTED if "«" in name and "»" in name else _SEPARATOR).split(name)
    for part in list(parts):
        divided = part.split(":")
        if any(is_part(one) for one in divided):
            continue
        parts += [one for one in divided if len(part.split()) - len(one.split()) <= _BESIDE_COLON and one != part]
    return [part.strip(" .!?…\"«»“”'()[]") for part in parts]
