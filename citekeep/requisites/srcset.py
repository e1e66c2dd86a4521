"""Which of a picture's variants a browser takes, at the widths of a laptop and of a phone."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

CANDIDATES_MAX = 200  # of one srcset, the first


@dataclass(frozen=True)
class Viewport:
    """Width in CSS pixels, and device pixels in each."""

    width: int
    density: float


VIEWPORTS = (Viewport(1440, 1), Viewport(390, 3))
"""A laptop and a phone. A replay shows the variant that its browser asks for only where that very one was captured, so two
are taken that differ as much as readers' screens do; each further one would cost a picture more for every picture."""

_CONDITION = re.compile(r"\(\s*(min|max)-width\s*:\s*([0-9.]+)(px|em|rem)\s*\)", re.IGNORECASE)
_RANGE = re.compile(r"\(\s*width\s*(<=?|>=?)\s*([0-9.]+)(px|em|rem)\s*\)", re.IGNORECASE)
_LENGTH = re.compile(r"([0-9.]+)(px|vw|em|rem)\s*$", re.IGNORECASE)
_TERM = re.compile(r"([+-]?)\s*([0-9.]+)(px|vw|em|rem)", re.IGNORECASE)
_EM = 16  # CSS pixels


def chosen(srcset: str, sizes: str | None) -> list[str]:
    """Return the URLs that browsers take at VIEWPORTS, each once; [] where there is no candidate."""
    candidates = _candidates(srcset)
    return list(dict.fromkeys(url for view in VIEWPORTS if (url := _choose(candidates, sizes, view)) is not None))


def _candidates(srcset: str) -> list[tuple[str, str]]:
    """Return (URL, descriptor) of each candidate, "" where it has none (https://html.spec.whatwg.org/#parse-a-srcset-attribute)."""
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(srcset) and len(found) < CANDIDATES_MAX:
        while place < len(srcset) and (srcset[place].isspace() or srcset[place] == ","):
            place += 1
        end = place
        while end < len(srcset) and not srcset[end].isspace():
            end += 1
        url, place = srcset[place:end], end
        if not url:
            break
        if url.endswith(","):
            found.append((url.rstrip(","), ""))
            continue
        end = srcset.find(",", place)
        end = len(srcset) if end < 0 else end
        found.append((url, srcset[place:end].strip().lower()))
        place = end + 1
    return found


def _choose(candidates: list[tuple[str, str]], sizes: str | None, view: Viewport) -> str | None:
    """Return a browser's choice: the least density that will do, as Chromium's image_candidate selection has it."""
    slot = _slot(sizes, view)
    dense: dict[float, str] = {}
    for url, descriptor in candidates:
        density = _density(descriptor, slot)
        if density is not None:
            dense.setdefault(density, url)
    steps = sorted(dense)
    place = 0
    while place < len(steps) - 1:
        here, there = steps[place], steps[place + 1]
        if there >= view.density:
            enough = view.density > here if view.density <= 1 else view.density >= math.sqrt(here * there)
            place += 1 if enough else 0
            break
        place += 1
    return dense[steps[place]] if steps else None


def _density(descriptor: str, slot: float) -> float | None:
    """Return device pixels for each CSS pixel of the slot; None for a descriptor that means none."""
    if not descriptor:
        return 1.0
    for part in descriptor.split():
        try:
            number = float(part[:-1])
        except ValueError:
            return None
        if part[-1] == "w" and number > 0 and slot > 0:
            return number / slot
        if part[-1] == "x" and number >= 0:
            return number
    return None


def _slot(sizes: str | None, view: Viewport) -> float:
    """Return the width of a picture's place in CSS pixels: of the first size whose condition holds, else of the viewport."""
    for size in (sizes or "").split(","):
        length = _length(size, view)
        if length is not None and matches(size, view):
            return length
    return float(view.width)


def _length(size: str, view: Viewport) -> float | None:
    calculated = re.search(r"calc\((.*)\)\s*$", size, re.IGNORECASE | re.DOTALL)
    if calculated is not None:
        terms = _TERM.findall(calculated[1])
        total = sum((-1 if sign == "-" else 1) * _pixels(number, unit, view) for sign, number, unit in terms)
        return total if terms and total > 0 else None
    plain = _LENGTH.search(size)
    return _pixels(plain[1], plain[2], view) if plain is not None else None


def matches(media: str, view: Viewport) -> bool:
    """Return whether every condition on the width that a media query states holds; others are taken to hold."""
    if re.search(r"\bprint\b", media, re.IGNORECASE):
        return False
    for end, number, unit in _CONDITION.findall(media):
        limit = _pixels(number, unit, view)
        if view.width < limit if end.lower() == "min" else view.width > limit:
            return False
    for sign, number, unit in _RANGE.findall(media):
        limit = _pixels(number, unit, view)
        holds = view.width < limit if sign[0] == "<" else view.width > limit
        if not holds and not (sign.endswith("=") and view.width == limit):
            return False
    return True


def _pixels(number: str, unit: str, view: Viewport) -> float:
    try:
        value = float(number)
    except ValueError:
        return 0.0
    return value * {"px": 1.0, "vw": view.width / 100}.get(unit.lower(), _EM)
