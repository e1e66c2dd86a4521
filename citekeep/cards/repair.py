"""What mends an article: Robust Links, wiki parameters, a table; only with snapshots that were read back just now."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from lxml import html
from lxml.html import builder as E

from citekeep import clock
from citekeep.cards.card import Card, Cited
from citekeep.cards.csv_rows import cell
from citekeep.cards.words import lacks_words
from citekeep.tables import plain
from citekeep.verdicts.table import BY_NAME

JUST_NOW = 3_600.0  # seconds: a snapshot that was read back since then is not read again
CS1_STATUSES = frozenset({"live", "dead", "usurped", "deviated", "unfit", "bot: unknown"})
"""What |url-status= of Wikipedia's citation templates (CS1) accepts."""

SHOWN = {"verified", "identical"}
DECIDED = {"alive", "dead"}
_STAMP = re.compile(r"^https://web\.archive\.org/web/(\d{14})/")
_WIKI = str.maketrans(
    {"|": "%7C", "[": "%5B", "]": "%5D", "{": "%7B", "}": "%7D", "<": "%3C", ">": "%3E", " ": "%20", "~": "%7E"}
)


@dataclass(frozen=True, kw_only=True)
class Repair:
    """One citation with what mends it. url: as it was cited. version_url, version_at: the snapshot and its time (UTC).

    url_status: as CS1 has it. cited_on: YYYY-MM-DD.
    """

    url: str
    anchor: str
    cited_on: str | None
    version_url: str
    version_at: str
    url_status: str
    reviewed_by: str | None


@dataclass(frozen=True, kw_only=True)
class LeftAlone:
    """A citation for which nothing is offered, and why."""

    url: str
    why: str


def repairs(cards: Iterable[Card], *, now: float, alive: bool = False) -> tuple[list[Repair], list[LeftAlone]]:
    """Return what mends each citation, and which are left alone with the reason; each link and anchor once.

    now: clock.timestamp(). alive: also for links that are alive.
    """
    offered: dict[tuple[str, str], Repair] = {}
    left: dict[str, LeftAlone] = {}
    for card in cards:
        if card.cited is None:
            continue
        url = _source(card.link_url, card.cited)
        status, why = url_status(card)
        why = why or ("it is alive" if status == "live" and not alive else None) or _not_shown(card, now)
        if why is not None or status is None or card.snapshot is None:
            left[url] = LeftAlone(url=url, why=why or "no snapshot is known")
            continue
        offered[url, card.cited.anchor_text] = Repair(
            url=url, anchor=card.cited.anchor_text or url, cited_on=card.cited.on, version_url=card.snapshot.url,
            version_at=card.snapshot.at, url_status=status, reviewed_by=card.review.by if card.review else None,
        )  # fmt: skip
    return list(offered.values()), list(left.values())


def _source(link_url: str, cited: Cited) -> str:
    """Return the source's address: as it was written, or the link's own where what was written only leads to it."""
    return link_url if cited.cited_via == cited.url_as_written else cited.url_as_written


def url_status(card: Card) -> tuple[str | None, str | None]:
    """Return what CS1's url-status is for a card, or None and why it cannot be said."""
    row = BY_NAME.get(card.now.verdict or "")
    if row is None:
        return None, "it was not checked"
    if card.review is None and card.now.standing == "dead" and row.cs1_url_status not in CS1_STATUSES:
        return "dead", None  # many looks have told what the last alone does not
    if row.cs1_url_status not in CS1_STATUSES:
        why = "we were refused" if row.group == "unknown_access" else "one look cannot tell"
        return None, f"{why}: {row.sentence_en[:1].lower()}{row.sentence_en[1:].rstrip('.')}"
    if card.review is None and row.group != "changed" and card.now.standing not in DECIDED:
        standing = (card.now.standing or "unknown").replace("_", " ")
        strikes = f", strike {card.now.strikes}" if card.now.strikes else ""
        return None, f"not decided yet: its standing is {standing}{strikes}"
    return row.cs1_url_status, None


def to_read(cards: Iterable[Card], *, now: float, alive: bool = False) -> list[int]:
    """Return the ids of the snapshots that have to be read back before they can be offered; see ``repairs``."""
    return [card.snapshot.memento_id for card in cards if card.snapshot is not None and _is_old(card, now, alive)]


def _is_old(card: Card, now: float, alive: bool) -> bool:
    shot, (status, _) = card.snapshot, url_status(card)
    if shot is None or shot.reviewed or not card.public or status is None or (status == "live" and not alive):
        return False
    # one that could not be read is unread still, however lately that was tried
    tried_in_vain = shot.state not in SHOWN
    return tried_in_vain or shot.verified_at is None or now - clock.parse(shot.verified_at) > JUST_NOW


def _not_shown(card: Card, now: float) -> str | None:
    shot = card.snapshot
    if shot is None:
        return "no snapshot is known"
    if shot.reviewed:
        return None
    if lacks_words(card):
        return "the cited words were not found in its snapshot; a person who finds them there can review it as verified"
    if shot.state not in SHOWN:
        return f"its snapshot is {shot.state}"
    if shot.verified_at is None or now - clock.parse(shot.verified_at) > JUST_NOW:
        return f"its snapshot was last read back on {(shot.verified_at or 'no day')[:10]}, and not just now"
    return None


# --- formats ---


def robust_link(repair: Repair) -> str:
    """Return a Robust Link as HTML: a link that leads to the snapshot where the page is not there any more.

    Attributes as robustlinks.mementoweb.org has them: data-originalurl, data-versionurl, and data-versiondate, the day
    on which it was cited.
    """
    live = repair.url_status == "live"
    url, version = plain(repair.url), plain(repair.version_url)
    named = {
        "href": url if live else version,
        "data-originalurl": url,
        "data-versionurl": version,
        "data-versiondate": repair.cited_on or repair.version_at[:10],
    }
    return html.tostring(E.A(plain(repair.anchor), named), encoding="unicode")


def wiki_parameters(repair: Repair) -> str | None:
    """Return CS1's parameters, or None where the snapshot is none of the Wayback Machine's: CS1 wants its 14 digits."""
    stamp = _STAMP.match(repair.version_url)
    if stamp is None:
        return None
    date = f"{stamp[1][:4]}-{stamp[1][4:6]}-{stamp[1][6:8]}"
    named = {
        "url": plain(repair.url).translate(_WIKI),
        "archive-url": plain(repair.version_url).translate(_WIKI),
        "archive-date": date,
        "url-status": repair.url_status,
    }
    return " ".join(f"|{name}={value}" for name, value in named.items()).replace("''", "%27%27")


COLUMNS = ("url", "anchor", "cited_on", "version_url", "version_at", "url_status", "reviewed_by", "wiki", "html")


def write_csv(found: Iterable[Repair], stream: IO[str]) -> None:
    """Write a header and a row for each repair."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        row = vars(one) | {"wiki": wiki_parameters(one), "html": robust_link(one)}
        writer.writerow([cell(row[name]) for name in COLUMNS])
