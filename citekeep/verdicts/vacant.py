"""Nobody at home: parked domains, domains for sale or expired, hosting without a site."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from citekeep.verdicts.lists import phrases
from citekeep.verdicts.marker import LITTLE, find_marker, find_name, find_phrase
from citekeep.verdicts.page import Match, Page, Rule

_SUSPENDED_NAME = re.compile(r"^(?:account|site|website|domain|hosting) (?:is |has been )?(?:suspended|disabled)\W*$")
_NUMBERED = re.compile(r"^ww\d{1,2}\.")
_NOTHING = 60  # characters
_PARKING = re.compile(
    r"(?<![a-z])(?:domain-?park(?:ing|ed)?|parked(?:-?(?:domain|page)s?)?|parking-?(?:page|lander|service)s?)(?:[/.?&=_-]|$)"
)
_SELLERS = (
    "hugedomains.com", "dan.com", "afternic.com", "sedo.com", "buydomains.com", "domainmarket.com", "namebright.com",
)  # fmt: skip


def _said(kind: str, limit: int) -> Callable[[Page], Match | None]:
    def find(page: Page) -> Match | None:
        if len(page.visible) > limit or page.is_story or page.is_of_site or page.markup.code:
            return None
        return find_phrase(page.shown, phrases(kind))

    return find


def _marked(kind: str) -> Callable[[Page], Match | None]:
    return lambda page: None if page.is_story or page.is_of_site else find_marker(page, kind)


def _marked_and_said(kind: str, words: str) -> Callable[[Page], Match | None]:
    """Return a rule for what others link to as well: it counts where there is nothing else, or words that go with it."""

    def find(page: Page) -> Match | None:
        found = _marked(kind)(page)
        told = found and (len(page.visible) <= _NOTHING or phrases(words).search(page.shown))
        return found if told else None

    return find


def _described(kind: str, limit: int) -> Callable[[Page], Match | None]:
    """Return a rule for pages that say what they are to search engines alone, and little to readers."""

    def find(page: Page) -> Match | None:
        if len(page.visible) > limit or page.is_story or page.is_of_site or page.markup.code:
            return None
        found = phrases(kind).search(page.markup.description.lower())
        return Match(matched=found[0].strip()[:200], where="markup") if found else None

    return find


def _framed(page: Page) -> Match | None:
    """Nothing but a frame that shows a page of a parking service."""
    if len(page.visible) > _NOTHING:
        return None
    frame = next((frame for frame in page.markup.frames if _PARKING.search(frame.lower())), None)
    return Match(matched=frame[:200], where="markup") if frame else None


def _moved_to_seller(page: Page) -> Match | None:
    try:
        host = urlsplit(page.final_url).hostname or ""
    except ValueError:
        return None
    found = page.redirected and any(host == name or host.endswith(f".{name}") for name in _SELLERS)
    return Match(matched=page.final_url[:200], where="url") if found else None


def _parking_host(page: Page) -> Match | None:
    """Led to a numbered sibling of "www", as parking services do on the domain itself."""
    try:
        host = urlsplit(page.final_url).hostname or ""
    except ValueError:
        return None
    found = page.redirected and _NUMBERED.match(host) and len(page.visible) < LITTLE
    return Match(matched=page.final_url[:200], where="url") if found else None


def _suspended(page: Page) -> Match | None:
    if len(page.visible) > LITTLE or page.is_story:
        return None
    if "suspendedpage.cgi" in page.final_url.lower():
        return Match(matched=page.final_url[:200], where="url")
    name = find_name(page, _SUSPENDED_NAME)
    return name or _said("suspended", LITTLE // 2)(page)


def _index_of_nothing(page: Page) -> Match | None:
    """A server's list of an empty directory at the root, in place of a page or of the root."""
    at_root = page.final_path == "/" and any(name.startswith("index of /") for name in page.names)
    if not (at_root or "index of /" in page.names) or page.markup.links > 6:
        return None
    return Match(matched="index of /", where="title")


VACANT: tuple[Rule, ...] = (
    Rule("sold_elsewhere", "domain_for_sale", _moved_to_seller),
    Rule("expired_saying", "expired_registration", _said("expired", 2 * LITTLE)),
    Rule("sale_saying", "domain_for_sale", _said("for_sale", 2 * LITTLE)),
    Rule("sale_marker", "domain_for_sale", _marked_and_said("for_sale", "sale_words")),
    Rule("parked_host", "parked", _parking_host),
    Rule("parked_marker", "parked", _marked("parked")),
    Rule("parked_frame", "parked", _framed),
    Rule("parked_saying", "parked", _said("parked", 2 * LITTLE)),
    Rule("suspended", "account_suspended", _suspended),
    Rule("unclaimed", "unclaimed_host", _marked("unclaimed")),
    Rule("placeholder", "hosting_placeholder", _marked("placeholder")),
    Rule("placeholder_saying", "hosting_placeholder", _said("placeholder", LITTLE // 2)),
    Rule("placeholder_described", "hosting_placeholder", _described("placeholder", LITTLE)),
    Rule("owner_addressed", "hosting_placeholder", _said("owner_addressed", LITTLE // 2)),
    Rule("index_of_nothing", "hosting_placeholder", _index_of_nothing),
)
