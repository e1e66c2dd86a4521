"""Probes: what the judge wants to know beyond the page itself, and what it makes of the answers.

The judge asks for nothing itself. A verdict names what would help (``wants``); a spider asks, ``fact_of`` makes plain
data of each answer, and with these facts the same observation is judged again.

sibling: an address that nobody can have made, beside the page: what comes there is what the server says of a page that
it does not have. root: the host's front page. other: the same page by http, or without or with "www.". post: what a
platform says of a post to those who embed it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from heapq import nsmallest
from typing import Any

from citekeep import urls
from citekeep.exceptions import InputError
from citekeep.verdicts.addresses import bare, is_home
from citekeep.verdicts.marker import LITTLE
from citekeep.verdicts.missing import SHELL_MARKUP, query_of
from citekeep.verdicts.page import Match, Page, Rule
from citekeep.verdicts.platforms import post_probe

KINDS = ("sibling", "root", "other", "post")

WANTED: dict[str, tuple[str, ...]] = {
    "answered": ("sibling", "root"),
    "own_address_named": ("sibling", "root"),
    "sibling_same": ("root",),
    "error_tls_failed": ("other",),
    "error_nxdomain": ("other",),
    "error_no_address": ("other",),
    "error_dns_failed": ("other",),
    "error_refused": ("other",),
}
"""By rule that decided: what may show it wrong, or may show more."""

SAME = 0.95
"""Resemblance from which two pages are one: the threshold of B. Hoyt's soft-404 detector (after Bar-Yossef et al. 2004)."""

SKETCH = 128
"""Smallest hashes of a page's word sequences that are kept: they tell resemblance with an error of two hundredths."""

GONE = frozenset({404, 410})
_SEQUENCE = 3  # words
_FEW = 8  # sequences: a shorter text resembles nothing
_MANY_LINKS = 8
"""Links from which a page with little text is a front page rather than a wall that stands before every page."""
_BORNE_OUT = frozenset({"cited_words_found", "url_words_found", "type_as_named", "paywall_after_head"})
"""Rules by which a page bears out what was cited."""
_WORD = re.compile(r"\w+")
_TEXT_LIMIT = 50_000  # characters of a page that are compared


def sketch_of(text: str) -> list[int]:
    """Return a sketch of a text: what two pages have in common can be told from theirs. [] of a text of a few words."""
    words = _WORD.findall(text[:_TEXT_LIMIT].lower())
    sequences = {" ".join(words[at : at + _SEQUENCE]) for at in range(len(words) - _SEQUENCE + 1)}
    if len(sequences) < _FEW:
        return []
    return nsmallest(SKETCH, {zlib.crc32(sequence.encode("utf-8", "replace")) for sequence in sequences})


def resemblance(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the share, 0 to 1, of word sequences that two pages have in common, by their sketches; 0 where one is []."""
    if not one or not other:
        return 0.0
    union = nsmallest(SKETCH, set(one) | set(other))
    return len(set(union) & set(one) & set(other)) / len(union)


def fact_of(page: Page, verdict: str, rule: str, at: str) -> dict[str, Any]:
    """Return what is kept of the answer to a probe, as JSON values; ``page`` is the answer, judged by itself."""
    return {
        "url": page.seen.requested_url,
        "final_url": page.final_url,
        "status": page.status,
        "error": page.seen.error,
        "title": page.title[:200],
        "sketch": sketch_of(page.visible),
        "verdict": verdict,
        "rule": rule,
        "at": at,
    }


def wants(page: Page, rule: str) -> tuple[str, ...]:
    """Return the kinds of probes that would help where ``rule`` decided; none that were made already."""
    useful = [kind for kind in WANTED.get(rule, ()) if _useful(page, kind)]
    if page.status is not None and page.status not in GONE and post_probe(page.seen.requested_url):
        useful.append("post")
    return tuple(kind for kind in useful if kind not in page.seen.probes)


def _useful(page: Page, kind: str) -> bool:
    if kind == "other":
        return other_address(page.seen.requested_url, page.seen.error) is not None
    if page.status != 200 or "<" not in page.body:
        return False
    home, query = is_home(page.asked_path), bool(query_of(page.seen.requested_url))
    if kind == "sibling":
        return not home
    if home:
        return query and page.asked_path == "/"
    return page.redirected or _same_as(page, "sibling") is not None


def other_address(url: str, error: str | None) -> str | None:
    """Return where the same page may be had when a URL fails so; None where there is no such place."""
    scheme, rest = url.partition("://")[::2]
    if error in {"tls_failed", "refused"}:
        return f"http://{rest}" if scheme.lower() == "https" else None
    if error not in {"nxdomain", "no_address", "dns_failed"}:
        return None
    try:
        host, site = urls.host_of(url), urls.site_of(url)
    except InputError:
        return None
    if host == f"www.{site}":
        return f"{scheme}://{rest[4:]}" if rest.lower().startswith("www.") else None
    return f"{scheme}://www.{rest}" if host == site and rest.lower().startswith(site) else None


# --- rules ---------------------------------------------------------------------------------------------------------


def _answered(page: Page, kind: str) -> Mapping[str, Any] | None:
    fact = page.seen.probes.get(kind)
    return fact if fact is not None and 200 <= (fact.get("status") or 0) <= 299 else None


def _matched(fact: Mapping[str, Any], page: Page, **facts: Any) -> Match | None:
    """Return a match where a page is the one that a probe found: the same place, or the same text."""
    final = str(fact.get("final_url") or fact.get("url") or "")
    alike = resemblance(sketch_of(page.visible), fact.get("sketch") or ())
    if page.redirected and bare(final) == bare(page.final_url):
        return Match(matched=page.final_url[:200], where="url", facts={"probe": fact.get("url"), **facts})
    if alike >= SAME:
        told = {"probe": fact.get("url"), "resemblance": round(alike, 2), **facts}
        return Match(matched=page.title[:200] or "the same text", where="text", facts=told)
    return None


def _same_as(page: Page, kind: str, why: str = "") -> Match | None:
    fact = _answered(page, kind)
    return _matched(fact, page, why=why) if fact is not None else None


def _sibling_same(page: Page) -> Match | None:
    """An address that cannot exist shows the same; but where the whole site does, with little on it, that may be a wall."""
    if not 200 <= (page.status or 0) <= 299 or is_home(page.asked_path):
        return None
    found = _same_as(page, "sibling", "an address that cannot exist shows the same")
    little = len(page.visible) < LITTLE and page.markup.links < _MANY_LINKS
    other_front = _answered(page, "root") is not None and _same_as(page, "root") is None
    return None if little and not other_front else found


def _sibling_shell(page: Page) -> Match | None:
    """Every address shows the same shell, which scripts fill: that says nothing of what they would fill it with."""
    found = _same_as(page, "sibling", "an address that cannot exist shows the same")
    return found if found is not None and SHELL_MARKUP.search(page.lower) else None


def _root_same(page: Page) -> Match | None:
    if is_home(page.asked_path) and not query_of(page.seen.requested_url):
        return None
    little = len(page.visible) < LITTLE and page.markup.links < _MANY_LINKS
    return None if little else _same_as(page, "root", "the front page shows the same")


def _elsewhere(page: Page) -> Match | None:
    fact = page.seen.probes.get("other")
    if fact is None or page.seen.error is None or fact.get("rule") not in _BORNE_OUT:
        return None
    told = {"probe": fact.get("url"), "instead_of": page.seen.error, "rule_there": fact.get("rule")}
    return Match(matched=str(fact.get("final_url") or fact.get("url"))[:200], where="url", facts=told)


ELSEWHERE: tuple[Rule, ...] = (Rule("answers_elsewhere", "alive", _elsewhere),)

PROBED: tuple[Rule, ...] = (
    Rule("sibling_shell", "js_shell", _sibling_shell),
    Rule("root_same", "redirect_to_home", _root_same),
    Rule("sibling_same", "soft_404", _sibling_same),
)
