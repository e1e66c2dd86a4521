"""What may befall an outlet or a page: fates as data."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from benchmarks.quarter.words import CASINO

DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Fate:
    """name. days: how long it lasts. status, body, retry_after: what is answered in place of pages; robots: of robots.txt
    (None: as ever). door: the port that connections meet (sandbox/doors.py). unknown: DNS knows no such name.
    """

    name: str
    days: float = inf
    status: int | None = None
    body: str = ""
    retry_after: int | None = None
    robots: str | None = None
    door: str | None = None
    unknown: bool = False


def _page(title: str, text: str) -> str:
    return f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"


_PARKED = _page("Domain parked", "This domain is for sale. Buy this domain. The domain is parked.")
_MISSING = _page("Page not found", "Sorry, the page you are looking for does not exist any more.")
_WALL = _page("Just a moment...", "Checking your browser before you are let in. Enable JavaScript and cookies.")
_CASINO = _page("Bonus for new players", CASINO)

_ALL = (
    Fate(name="unknown", unknown=True),
    Fate(name="not_found", status=404, body=_page("404", "Not found.")),
    Fate(name="gone", status=410, body=_page("410", "Gone.")),
    Fate(name="refused", door="refused"),
    Fate(name="parked", status=200, body=_PARKED),
    Fate(name="soft_404", status=200, body=_MISSING),
    Fate(name="usurped", status=200, body=_CASINO),
    Fate(name="moved"),
    Fate(name="wall", days=7, status=403, body=_WALL),
    Fate(name="throttle", days=2, status=429, retry_after=5_400),
    Fate(name="throttle_long", days=3, status=429, retry_after=72_000),
    Fate(name="unavailable", days=2, status=503, retry_after=7_200),
    Fate(name="errors", days=2, status=503),
    Fate(name="reset", days=3, door="reset"),
    Fate(name="silent", days=20),
    Fate(name="forbidding", days=25, robots="User-agent: *\nDisallow: /\n"),
)
FATES = {fate.name: fate for fate in _ALL}
"""By name."""

DEATHS = {name: FATES[name] for name in ("unknown", "not_found", "gone", "refused", "parked", "soft_404")}
"""After which a page is dead, for ever or until it is revived."""

PAGE_FATES = ("not_found", "gone", "soft_404", "errors", "wall")
"""What befalls single pages."""
