"""What a page reserves: whether it asks not to be kept, shown or mined. Read from header fields, meta elements, robots.txt.

Sources: robots meta and X-Robots-Tag as Google documents them (noarchive; nocache is Bing's word for it), TDMRep (W3C
community report of 2024: tdm-reservation, tdm-policy), noai and noimageai (DeviantArt), Content-Signal in robots.txt
(contentsignals.org). /.well-known/tdmrep.json is not asked for: one more request to each host would cost it more.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

LOOKED_AT = 256 * 2**10  # bytes of a body: a head is shorter
VALUE_MAX = 300  # characters of a value that are kept
MOST = 20  # reservations of one page that are kept

SIGNALS = (
    "noarchive", "noindex", "noai", "noimageai", "tdm-reservation", "tdm-policy", "ai-train=no", "ai-input=no", "search=no",
)  # fmt: skip
"""All that are recorded. NOT_SAVED_FOR names those that keep a page from being saved."""

_OURS = frozenset({"", "*", "robots", "citekeep", "ia_archiver", "archive.org_bot"})
"""Whom a directive is for: everybody, us, and the Wayback Machine, which would fetch the page for us."""
_SAME = {"nocache": "noarchive"}
_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta\b([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""([a-z][\w:-]*)\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'<>]{1,500}))""", re.IGNORECASE
)
_GROUP = re.compile(r"\s*(user-agent|content-signal)\s*:\s*([^#]{0,2000})", re.IGNORECASE)


def in_headers(fields: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return what the header fields of an answer reserve: {"signal", "place", "value"}; never raises."""
    found: list[dict[str, str]] = []
    for name, value in fields:
        lowered = name.lower()
        if lowered == "x-robots-tag":
            found += [_one(signal, "X-Robots-Tag", value) for signal in _directives(value)]
        elif lowered in {"tdm-reservation", "tdm-policy"}:
            found += _tdm(lowered, value, f"header {lowered}")
    return _distinct(found)


def in_head(body: bytes) -> list[dict[str, str]]:
    """Return what the meta elements at the beginning of a body reserve; never raises for any bytes."""
    found: list[dict[str, str]] = []
    for match in _META.finditer(_COMMENT.sub(b"", body[:LOOKED_AT])):
        attributes = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(match[1].decode("utf-8", "replace"))
        }
        name, content = attributes.get("name", "").strip().lower(), attributes.get("content", "")
        if name in {"tdm-reservation", "tdm-policy"}:
            found += _tdm(name, content, f"meta {name}")
        elif name in _OURS and name:
            found += [_one(signal, f"meta {name}", content) for signal in _words(content)]
    return _distinct(found)


def in_robots(body: bytes) -> list[dict[str, str]]:
    """Return what Content-Signal lines of a robots.txt reserve for everybody or for us; never raises."""
    found: list[dict[str, str]] = []
    ours, named = True, False
    for line in body[: 2 * LOOKED_AT].decode("utf-8", "replace").splitlines():
        match = _GROUP.match(line)
        if match is None:
            named = False if line.strip() and not line.lstrip().startswith("#") else named
            continue
        value = match[2].strip()
        if match[1].lower() == "user-agent":
            ours, named = value.lower() in _OURS or (named and ours), True
            continue
        named = False
        stated = [re.sub(r"\s", "", part).lower() for part in value.split(",")]
        found += [_one(part, "robots.txt", line.strip()) for part in stated if ours and part in SIGNALS]
    return _distinct(found)


def keeps_from_saving(found: Iterable[Mapping[str, str]], signals: Iterable[str]) -> Mapping[str, str] | None:
    """Return the first reservation that is among ``signals`` (NOT_SAVED_FOR), None where there is none."""
    wanted = frozenset(signals)
    return next((one for one in found if one["signal"] in wanted), None)


def in_words(one: Mapping[str, Any]) -> str:
    """Return why a page is not saved, for a person."""
    asks = "not to be archived" if one["signal"] == "noarchive" else "not to be mined"
    return f"the page asks {asks} ({one['signal']}, {one['place']})"


def _directives(value: str) -> list[str]:
    """Return the signals of an X-Robots-Tag that are for us. A name before a colon holds for what follows it."""
    found, agent = [], ""
    for part in value[:4_000].split(","):
        head, colon, rest = part.partition(":")
        names = bool(colon) and head.strip().lower() not in _WITH_VALUE
        agent = head.strip().lower() if names else agent
        if agent in _OURS:
            found += _words(rest if names else part)
    return found


def _words(text: str) -> list[str]:
    words = [_SAME.get(word, word) for word in re.split(r"[\s,;]+", text[:4_000].lower())]
    return [word for word in words if word in {"noarchive", "noindex", "noai", "noimageai"}] + (
        ["noindex"] if "none" in words else []
    )


def _tdm(name: str, value: str, place: str) -> list[dict[str, str]]:
    if name == "tdm-reservation" and value.strip() != "1":
        return []
    return [_one(name, place, value)] if value.strip() else []


def _one(signal: str, place: str, value: str) -> dict[str, str]:
    return {"signal": signal, "place": place, "value": " ".join(value.split())[:VALUE_MAX]}


def _distinct(found: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({(one["signal"], one["place"]): one for one in reversed(found)}.values())[::-1][:MOST]
