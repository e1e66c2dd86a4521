"""What was found: URLs with what they are for, each once, at most so many."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin

from citekeep.exceptions import InputError
from citekeep.urls import request_form

STYLE, FONT, IMAGE, ICON = KINDS = ("style", "font", "image", "icon")
"""In the order in which they are asked for: without its style a page looks like another, without its icon like itself."""

URL_MAX = 4_096
"""Characters of a URL that is asked for. Longer ones carry data; no style, picture or font is known to need them."""


@dataclass(frozen=True)
class Wanted:
    """A URL as it goes over the wire, and what it is for: of KINDS."""

    url: str
    kind: str


@dataclass
class Found:
    """wanted: the first ``limit`` URLs, in the order in which they stand. more: how many others there were (counted up to
    ten times the limit).
    """

    limit: int
    wanted: list[Wanted] = field(default_factory=list)
    more: int = 0
    _seen: set[str] = field(default_factory=set, repr=False)

    def add(self, reference: str | None, base: str, kind: str) -> None:
        """Add what an attribute or a ``url()`` names; what no request is made for (data:, a fragment) is passed over."""
        url = address(reference, base)
        if url is None or url in self._seen or len(self._seen) >= 10 * self.limit:
            return
        self._seen.add(url)
        if len(self.wanted) < self.limit:
            self.wanted.append(Wanted(url, kind))
        else:
            self.more += 1


def address(reference: str | None, base: str) -> str | None:
    """Return what a reference names as it goes over the wire, or None where nothing is to be asked for it. Never raises.

    A name and password in it go, as they go from a redirect.
    """
    text = (reference or "").strip(" \t\n\r\f")
    if not text or text.startswith("#") or len(text) > URL_MAX:
        return None
    try:
        url, _ = request_form(urljoin(base, text.replace("\n", "").replace("\r", "").replace("\t", "")))
    except (InputError, ValueError):
        return None
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    if "@" in host:
        url = f"{scheme}://{host.rpartition('@')[2]}{rest[len(host) :]}"
    return url if len(url) <= URL_MAX else None
