"""Roads to a source: archives, AMP pages, shorteners and redirectors, whose addresses only lead to it. Pure and total.

What these are is data: roads.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from citekeep import clock
from citekeep.exceptions import InputError
from citekeep.urls import has_public_suffix, host_of, is_http, site_of

DEEPEST = 4  # roads within one another: an archived AMP page, a redirector to a shortener
_SCHEME = re.compile(
    r"(https?):/{1,2}(?=[^/])", re.IGNORECASE
)  # archives write one slash where a server took the other
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
_AFTER_PATH = re.compile(r"[?#]")
_ESCAPED = re.compile(r"%([0-7][0-9A-Fa-f])")


@dataclass(frozen=True)
class Road:
    """An address that only leads to a source. kind: archive, amp, shortener, redirector or wrapper; service: whose it is.

    original: the source's own address, absolute; None where this one does not tell it. at: when an archive's capture was
    taken (clock's form, UTC); None where the address does not say.
    """

    kind: str
    service: str
    original: str | None = None
    at: str | None = None


@dataclass(frozen=True)
class _Row:
    name: str
    kind: str
    paths: tuple[re.Pattern[str], ...]
    params: frozenset[str]
    prefix: str
    short: re.Pattern[str] | None
    anywhere: bool


def road(url: str) -> Road | None:
    """Return what an address only leads to, None where it is a source's own. Never raises.

    Of roads within one another it is the outermost, with the original at their end.
    """
    outermost = None
    for _ in range(DEEPEST):
        found = _one(url)
        outermost = _joined(outermost, found)
        if found is None or found.original is None:
            break
        url = found.original
    return outermost


def shortens(host: str) -> bool:
    """Return whether the addresses of a host (lower case) name no source, and a request is redirected to it."""
    return any(row.kind == "shortener" for row in _rows(host, host))


def form_of(root: Any, url: str) -> str | None:
    """Return the page that an AMP page (parsed; its URL) is a form of, by its canonical link; None elsewhere.

    Only one of the same site is believed. AMP documentation, "Make your page discoverable": every AMP page names it.
    """
    if not is_http(url) or not {"amp", "⚡"} & set(root.attrib):
        return None
    for element in root.iter("link"):
        if "canonical" not in (element.get("rel") or "").lower().split():
            continue
        try:
            page = urljoin(url, (element.get("href") or "").strip())
        except ValueError:
            return None
        return page if is_http(page) and site_of(page) == site_of(url) else None
    return None


def _joined(outer: Road | None, inner: Road | None) -> Road | None:
    if outer is None or inner is None or inner.original is None:
        return outer if outer is not None else inner
    return Road(outer.kind, outer.service, inner.original, outer.at)


def _one(url: str) -> Road | None:
    try:
        host, site = host_of(url), site_of(url)
    except InputError:
        return None
    _, _, rest = url.partition("//")
    rest = "/" + rest.partition("/")[2] if "/" in rest else ""
    for row in _rows(host, site):
        for original, at in _told(row, rest):
            if original is not None and not (row.anywhere and site_of(original) == site):
                return Road(row.kind, row.name, original, at)
        if row.short is not None and row.short.search(_AFTER_PATH.split(rest, maxsplit=1)[0]):
            return Road(row.kind, row.name)
    return None


def _told(row: _Row, rest: str) -> Iterator[tuple[str | None, str | None]]:
    """Yield what the parts of an address say is the source, and when it was captured."""
    for pattern in row.paths:
        match = pattern.search(rest)
        if match is not None:
            named = match.groupdict()
            host = f"{named['host']}/" if named.get("host") else ""
            prefix = "https://" if named.get("https") else row.prefix
            in_query = "=" in rest[: match.start("url")].partition("?")[2]
            text = _plain(named["url"]) if in_query else named["url"]
            yield _address(host + text, prefix), _moment(named.get("at"))
    query = rest.partition("#")[0].partition("?")[2] if row.params else ""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name.lower() in row.params and _SCHEME.match(_plain(value)):
            yield _address(_plain(value), row.prefix), None


def _address(text: str, prefix: str) -> str | None:
    """Return the address that a part of another one holds, None where it is none."""
    if "/" not in text[:8]:
        text = _plain(text)
    scheme = _SCHEME.match(text)
    if scheme is not None:
        text = f"{scheme[1].lower()}://{text[scheme.end() :]}"
    elif _OTHER_SCHEME.match(text):
        return None
    else:
        text = prefix + text
    named = scheme is not None or has_public_suffix(text.partition("//")[2])
    return text if named and is_http(text) else None


def _plain(text: str) -> str:
    """Return a text with its escaped ASCII characters as they are; what is in another charset stays escaped."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _moment(digits: str | None) -> str | None:
    if digits is None:
        return None
    try:
        return clock.from_stamp14(re.sub(r"\D", "", digits))
    except ValueError:  # no such day or hour
        return None


# --- the rows ---


def _rows(host: str, site: str) -> list[_Row]:
    """Return the rows that hold on a host, in their order."""
    by_host = _table()
    names = [host, f"{site.partition('.')[0]}.*" if host.removeprefix("www.") == site else ""]
    while "." in host:
        host = host.partition(".")[2]
        names.append(f".{host}")
    found = {number: row for name in (*names, "*") for number, row in by_host.get(name, ())}
    return [found[number] for number in sorted(found)]


@cache
def _table() -> dict[str, list[tuple[int, _Row]]]:
    written = tomllib.loads(Path(__file__).with_name("roads.toml").read_text(encoding="utf-8"))["road"]
    table: dict[str, list[tuple[int, _Row]]] = {}
    for number, row in enumerate(written):
        for host in row.get("hosts", ["*"]):
            table.setdefault(host, []).append((number, _row(row)))
    return table


def _row(written: dict[str, Any]) -> _Row:
    short = written.get("short")
    return _Row(
        name=written["name"],
        kind=written["kind"],
        paths=tuple(re.compile(pattern, re.DOTALL) for pattern in written.get("paths", ())),
        params=frozenset(written.get("params", ())),
        prefix=written.get("prefix", "http://"),
        short=None if short is None else re.compile(short),
        anywhere="hosts" not in written,
    )
