"""What another archive has of a URL, asked by the Memento protocol (RFC 7089): by a TimeMap or by a TimeGate.

Only the archive's own host is asked, over https. What it names elsewhere is kept, but never asked for; captures of the
Wayback Machine, which is asked itself, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from citekeep import clock
from citekeep.exceptions import WaybackError
from citekeep.wayback import link_format
from citekeep.wayback.archives import Archive
from citekeep.wayback.client import Answer, Client, raise_for_trouble
from citekeep.wayback.link_format import Link
from citekeep.wayback.lookup import Capture, Found
from citekeep.wayback.outcomes import same_page
from citekeep.wayback.replay import Replayed, archived_at

LIMIT = 60.0  # seconds for one answer
HOPS_MAX = 3  # redirects that are followed, on the archive's own host
PAGES_MAX = 10  # of one TimeMap: at a guest's pace, one minute; archives put 1,000 mementos and more on a page
KEPT = 250  # mementos of one TimeMap that are kept as the nearest to the citation, and as many as the newest
URL_MAX = 4_000  # characters
_WAYBACK = re.compile(r"https?://web\.archive\.org(?:[:/]|$)", re.IGNORECASE)


Turn = Callable[[], Awaitable[bool]]
"""Waits until the archive may be asked once more; False where it may not for now."""


async def ask(client: Client, archive: Archive, url: str, at: str, turn: Turn | None = None) -> Found:
    """Return what the archive has of a URL; of a TimeGate, what it names for the time ``at`` (UTC).

    A TimeMap in pages (or one that lists TimeMaps) is read on the archive's own host, those about the time ``at`` first,
    at most PAGES_MAX of them and only as ``turn`` allows; without it, the first alone. Raises WaybackThrottledError,
    WaybackUnreachableError or, for any other answer that says nothing about the page, WaybackError: of the first page; one
    further on that does not answer is counted as unread.
    """
    found, pages = await _page(client, archive, archive.path(url), url, at)
    seen = {archive.path(url)}
    waiting = [path for path in pages if path not in seen]
    unread = 0
    while waiting and turn is not None and len(seen) < PAGES_MAX and await turn():
        path = waiting.pop(0)
        seen.add(path)
        try:
            more, pages = await _page(client, archive, path, url, at)
        except WaybackError:
            unread += 1
            break
        known = {capture.memento_url: capture for capture in (*found.captures, *more.captures)}
        merged = sorted(known.values(), key=lambda capture: capture.at)
        found = Found(captures=merged, malformed=found.malformed + more.malformed)
        waiting += [path for path in pages if path not in seen and path not in waiting]
    return _kept(replace(found, unread=unread + len(waiting)), at)


async def _page(client: Client, archive: Archive, path: str, url: str, at: str) -> tuple[Found, list[str]]:
    """Return what one address says, redirects followed, and the paths of other pages of the same list."""
    fields = {"Accept-Datetime": _http_date(at)} if archive.timegate else {}
    for _ in range(HOPS_MAX + 1):
        answer = await client.ask("GET", path, limit=LIMIT, fields=fields)
        raise_for_trouble(answer, archive.name)
        if answer.status == 404:
            return Found(), []
        found = _told(answer, archive, client.base + path, url)
        if found is not None:
            return found, [] if archive.timegate else _pages(client, answer.text, path, at)
        path = _onward(client, path, answer) or ""
        if not path:
            break
    raise WaybackError(f"{archive.name}: HTTP {answer.status}, and nothing about the page.")


def _pages(client: Client, text: str, path: str, at: str) -> list[str]:
    """Return the other TimeMaps that one names on the archive's own host, those whose time is nearest to ``at`` first."""
    found: dict[str, float] = {}
    moment = clock.parse(at)
    for link in link_format.parse(text):
        if not link.relations & {"timemap", "next"} or link.relations & {"self", "memento"}:
            continue
        there = _joined(client.base + path, link.uri).partition("#")[0]
        own = f"http://{urlsplit(client.base).netloc}/"  # some archives name themselves without TLS
        there = f"{client.base}/{there.removeprefix(own)}" if there.startswith(own) else there
        onward = there.removeprefix(client.base)
        if onward.startswith("/") and onward != path and onward.isprintable() and len(onward) <= URL_MAX:
            times = [_time(link.attributes.get(name, "")) for name in ("from", "until")]
            begin, end = (clock.parse(time) if time else None for time in times)
            far = max((begin or moment) - moment, moment - (end or moment), 0.0)
            found.setdefault(onward, far)
    return sorted(found, key=lambda onward: found[onward])


def _told(answer: Answer, archive: Archive, asked: str, url: str) -> Found | None:
    """Return what an answer says of the page; None where it may lead on to what does."""
    if not archive.timegate:
        return _listed(answer.text, asked, url) if answer.status == 200 else None
    field = _listed(answer.headers.get("link", ""), asked, url)
    if answer.status < 300 and field.malformed:  # of another page
        return field
    at = archived_at(answer)
    if at is not None:  # the memento itself
        here = _joined(asked, answer.headers.get("content-location") or asked)
        return Found(captures=[_capture(here, at, url, answer.status)]) if _usable(here) else Found(malformed=1)
    return field if field.captures else None


def _listed(text: str, asked: str, url: str) -> Found:
    links = link_format.parse(text)
    originals = [link.uri for link in links if "original" in link.relations]
    if any(not same_page(_joined(asked, uri), url) for uri in originals) or (text.strip() and not links):
        return Found(malformed=1)  # of another page, or no links at all
    captures: dict[str, Capture] = {}
    malformed = 0
    for link in links:
        if "memento" not in link.relations:
            continue
        capture = _of_link(link, asked, url)
        if capture is None:
            malformed += 1
        elif not _WAYBACK.match(capture.memento_url):
            captures.setdefault(capture.memento_url, capture)
    return Found(captures=sorted(captures.values(), key=lambda c: c.at), malformed=malformed)


def _of_link(link: Link, asked: str, url: str) -> Capture | None:
    at = _time(link.attributes.get("datetime", ""))
    try:
        there = urljoin(asked, link.uri)
        host = urlsplit(asked).netloc
    except ValueError:
        return None
    own = f"http://{host}/"  # some archives name themselves without TLS
    there = f"https://{host}/{there.removeprefix(own)}" if there.startswith(own) else there
    return _capture(there, at, url, None) if at is not None and _usable(there) else None


def _joined(asked: str, there: str) -> str:
    """Return where a reference leads from what was asked; "" for what is none ("http://[")."""
    try:
        return urljoin(asked, there)
    except ValueError:
        return ""


def _capture(memento_url: str, at: str, url: str, status: int | None) -> Capture:
    return Capture(memento_url=memento_url, at=at, original=url, status=status, type="", digest="")


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and len(url) <= URL_MAX and url.isprintable()
    except ValueError:
        return False


def _kept(found: Found, at: str) -> Found:
    """Return what is kept of a long list: the nearest to a time and the newest."""
    moment = clock.parse(at)
    near = sorted(found.captures, key=lambda capture: abs(clock.parse(capture.at) - moment))[:KEPT]
    kept = {capture.memento_url: capture for capture in near + found.captures[-KEPT:]}
    return replace(found, captures=sorted(kept.values(), key=lambda c: c.at))


async def read_back(client: Client, memento_url: str, url: str) -> Replayed:
    """Return what a memento on the archive's own host shows, as the archive shows it to people.

    Raises WaybackThrottledError or WaybackUnreachableError where the archive said nothing about the memento.
    """
    path = memento_url.removeprefix(client.base)
    if not path.startswith("/"):
        return Replayed(missing="not_there")
    for _ in range(HOPS_MAX + 1):
        answer = await client.ask("GET", path, limit=LIMIT)
        at = archived_at(answer)
        if at is None:
            raise_for_trouble(answer, "Replay")
        onward = _onward(client, path, answer)
        if onward is not None:
            path = onward
            continue
        if at is None:
            return Replayed(missing="another_time" if 300 <= answer.status < 400 else "not_there")
        return Replayed(
            at=at, url=url, status=answer.status, content_type=answer.headers.get("content-type"), body=answer.body,
            raw=False,
        )  # fmt: skip
    return Replayed(missing="loop")


def _onward(client: Client, path: str, answer: Answer) -> str | None:
    """Return path and query to which an answer leads on the archive's own host, or None."""
    location = answer.headers.get("location")
    if not 300 <= answer.status < 400 or not location:
        return None
    try:
        there = urljoin(client.base + path, location)
    except ValueError:
        return None
    onward = there.partition("#")[0].removeprefix(client.base)
    return onward if onward.startswith("/") and onward.isprintable() and len(onward) <= URL_MAX else None


def _time(value: str) -> str | None:
    try:
        return clock.text(parsedate_to_datetime(value).timestamp())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _http_date(at: str) -> str:
    return format_datetime(datetime.fromtimestamp(clock.parse(at), UTC), usegmt=True)
