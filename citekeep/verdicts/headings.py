"""The headings of a page and what stands below them: an entry, a list, or next to nothing."""

from __future__ import annotations

import re
from itertools import dropwhile, islice
from typing import Any

_PARTS = 4  # elements above a heading that may be its part
_BELOW = 3000  # characters of it
_ASIDE = frozenset({"li", "aside", "nav", "footer", "form"})
"""Elements whose heading is not the page's."""
_BESIDE = _ASIDE - {"li"}
_DAY = (
    r"(?:(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d[./年-]\s?\d{1,2}[./月-]\s?\d{1,2}|"
    r"(?<!\d)\d{1,2}\.? (?:de )?[^\W\d]{3,12}\.?,? (?:de )?(?:19|20)\d\d|"
    r"\b[^\W\d]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d)(?!\d)"
)
_DATES = re.compile(_DAY)
_DATE = re.compile(rf"\W*(?:[^\W\d]{{2,12}}\W{{1,3}})?{_DAY}")
"""A date, with the name of its day or "published" before it, at the beginning of a text."""
_HEAD = re.compile(r"(?:^|[\s_-])head(?:er)?(?:$|\s)", re.IGNORECASE)
"""Classes of the head of an entry: its title, its date, its author."""


def squeeze(text: str) -> str:
    """Return a text with one space for any white space."""
    return " ".join(text.split())  # a twentieth of the time of a regular expression


def text_in(elements: Any) -> str:
    """Return the text of elements, with one space for any white space."""
    return squeeze(" ".join(" ".join(element.itertext()) for element in elements))


def beside_heading(heading: Any) -> tuple[str, str]:
    """Return a heading and the text that follows it in the smallest part of the page that has any.

    What stands with it in a head of its own (a date, who wrote it) is no such text, if anything follows that head."""
    name = text_in([heading])
    parts = list(islice(heading.iterancestors(), _PARTS))
    for part in sorted(parts, key=_is_head):
        after = text_in([part]).partition(name)[2].strip() if name else ""
        if after:
            return name[:300], after[:_BELOW]
    return name[:300], ""


def is_entry(heading: Any) -> bool:
    """Whether one date follows a heading at once: so entries begin, whatever they are marked as, and notices do not. Behind the
    heading of a list of news, more follow."""
    name = text_in([heading])
    if not name or any(above.tag in _ASIDE for above in heading.iterancestors()):
        return False
    below = [text for part in islice(heading.iterancestors(), _PARTS) if (text := text_in([part]).partition(name)[2])]
    return bool(below) and _DATE.match(below[0]) is not None and len(_DATES.findall(below[-1][:_BELOW])) == 1


def leads_on(heading: Any) -> bool:
    """Whether several links follow a heading, outside of menus and of what stands beside: it is that of a list."""
    links = (link for link in heading.getroottree().getroot().iter("a", heading.tag))
    behind = dropwhile(lambda element: element is not heading, links)
    outside = (e for e in behind if e.tag == "a" and not _BESIDE.intersection(above.tag for above in e.iterancestors()))
    return len(list(islice(outside, 2))) > 1


def _is_head(part: Any) -> bool:
    return part.tag in {"header", "hgroup"} or _HEAD.search(part.get("class") or "") is not None
