"""What a feed, a sitemap or a section page lists: parsed in bounded memory, whatever the bytes.

One parser for RSS 0.9 to 2.0, RSS 1.0 (RDF), Atom and sitemaps (https://www.sitemaps.org/protocol.html, with the news
extension), by the local names of their elements: lxml reads on after faults, as feeds have many; four facts of an entry are
wanted, so no library for feeds is needed.
"""

from __future__ import annotations

import fnmatch
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from html.entities import name2codepoint
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from citekeep.exceptions import InputError
from citekeep.urls import canonical, is_http

ENTRIES_MAX = 50_000
"""Entries that are read: as many as a sitemap may have (protocol, "Sitemap file limits")."""
UNPACKED_MAX = 50 * 2**20
"""Bytes of a gzipped sitemap: the protocol's 50 MiB. More is cut off, as a bomb is."""
TEXT_MAX = 500

_ENTRIES = {"item", "entry", "url", "sitemap"}
_DATES = ("pubDate", "published", "publication_date", "date", "issued", "updated", "modified", "lastmod")
"""Where the date of an entry stands, best first: lastmod and updated say when it was changed, for want of better."""
_TITLES = frozenset({"title"})
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry: url: absolute. title, published: as written, or None. changed: its own date of change, or None."""

    url: str
    title: str | None = None
    published: str | None = None
    changed: str | None = None


@dataclass(kw_only=True)
class Listing:
    """What was listed. outcome: "entries" (one at least), "none" (readable, but nothing in it), or "unreadable".

    maps: sitemaps that an index names. dated_by: "feed" or "sitemap": the basis of the dates. cut: there was more.
    """

    outcome: str = "none"
    dated_by: str = "feed"
    entries: list[Entry] = field(default_factory=list)
    maps: list[Entry] = field(default_factory=list)
    cut: bool = False

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, as a Result carries it."""
        return asdict(self)


def read_listing(body: bytes, url: str, *, kind: str, pattern: str | None = None, asked: str | None = None) -> Listing:
    """Return what a body lists. url: where it was found, against which its links are resolved. Never raises.

    kind: feed, sitemap or section. pattern: of a section: canonical form with ``*``; other links are no articles. asked: the
    address that led there: of a site that has moved, the pattern is still that of the old one.
    """
    if kind == "section":
        return _section(body, url, pattern or "", asked or url)
    unpacked, cut = _unpacked(body)
    found = _feed(unpacked, url)
    found.cut = found.cut or cut
    return found


def _unpacked(body: bytes) -> tuple[bytes, bool]:
    """Return the body without gzip, and whether it was cut off."""
    if body[:2] != b"\x1f\x8b":
        return body, False
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(body, UNPACKED_MAX)
    except zlib.error:
        return b"", True
    return plain, not unpacker.eof


# --- feeds and sitemaps ---


def _feed(body: bytes, url: str) -> Listing:
    found = Listing(outcome="unreadable")
    known: set[str] = set()
    for element, root in _elements(body):
        name = _local(element)
        if name not in _ENTRIES or (name == "url" and _local(element.getparent()) == "image"):
            continue
        found.outcome = "none" if found.outcome == "unreadable" else found.outcome
        found.dated_by = "sitemap" if name in {"url", "sitemap"} else "feed"
        entry = _entry(element, _joined(url, root))
        into = found.maps if name == "sitemap" else found.entries
        if entry is not None and entry.url not in known:
            known.add(entry.url)
            into.append(entry)
        if len(known) >= ENTRIES_MAX:
            found.cut = True
            break
        element.clear()
    if found.outcome == "unreadable" and _ROOTS.search(body[:4096]):
        found.outcome = "none"
    if found.entries or found.maps:
        found.outcome = "entries"
    return found


_ROOTS = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF|urlset|sitemapindex)[\s>/]")


def _elements(body: bytes) -> Iterator[tuple[Any, str]]:
    """Yield each element at its end, with the xml:base of the root. Entities are not looked up, faults are skipped."""
    mended = io.BytesIO(_ampersands_mended(body.lstrip()))
    parser = etree.iterparse(
        mended, events=("start", "end"), recover=True, resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    base = None
    try:
        for event, element in parser:
            if base is None:
                base = element.get("{http://www.w3.org/XML/1998/namespace}base") or ""
            if event == "end":
                yield element, base
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        return  # what came before the fault was yielded


_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)"
    rb"|&(?!#\d{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)(?:([A-Za-z]{2,8}\d{0,2});)?",
    re.DOTALL,
)


MENDED_MOST = 100_000
"""Places in a feed that are mended: two for each entry that it may have. A bomb is left as it is."""


def _ampersands_mended(body: bytes) -> bytes:
    """Return a feed with what stands in it as people write it in HTML: a bare & (in a URL, say), and &eacute; and its kind.

    Left as it is where the byte of & may be part of another letter (UTF-16, ISO-2022), in CDATA, where & means itself, and
    behind MENDED_MOST of them.
    """
    of_wide_letters = b"\0" in body[:200] or b"\x1b$" in body
    return body if of_wide_letters else _AMPERSAND.sub(_mended, body, count=MENDED_MOST)


def _mended(found: re.Match[bytes]) -> bytes:
    if found[0].startswith(b"<"):
        return found[0]
    name = (found[1] or b"").decode("ascii")
    known = name2codepoint.get(name)
    return f"&#{known};".encode() if known else b"&amp;" + found[0][1:]


def _local(element: Any) -> str:
    tag = getattr(element, "tag", "")
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


_OF_OTHERS = frozenset({"source", "image", "video"})
"""Parts of an entry that have dates and links of something else: the feed it was taken from, a picture, a film."""


def _of_entry(element: Any) -> Iterator[Any]:
    """Yield what is in an entry, but for _OF_OTHERS. Not by recursion: a feed may nest as deep as it likes."""
    within = 0
    for event, child in etree.iterwalk(element, events=("start", "end")):
        if child is element:
            continue
        other = _local(child) in _OF_OTHERS
        if event == "start" and not within and not other:
            yield child
        within += other * (1 if event == "start" else -1)


def _entry(element: Any, base: str) -> Entry | None:
    """Return one entry, None where it names no page of the web."""
    dates: dict[str, str] = {}
    links: dict[str, str] = {}
    title = None
    for child in _of_entry(element):
        name = _local(child)
        if name in _DATES:
            dates.setdefault(name, _words(child))
        elif name in {"link", "origLink", "loc", "guid", "id"}:
            _link(child, name, links)
        elif name in _TITLES and title is None:
            title = _words(child)[:TEXT_MAX]
    about = element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    named = next(
        (links[name] for name in ("origLink", "loc", "link", "guid") if links.get(name)), about or links.get("id")
    )
    url = _absolute(named, base)
    if url is None:
        return None
    changes = ("updated", "modified", "lastmod")
    published = next((dates[name] for name in _DATES if dates.get(name) and name not in changes), None)
    changed = next((dates[name] for name in changes if dates.get(name)), None)
    return Entry(url=url, title=title or None, published=_cut(published), changed=_cut(changed))


def _link(child: Any, name: str, links: dict[str, str]) -> None:
    if name == "link" and child.get("href"):
        if child.get("rel", "alternate") == "alternate":
            links.setdefault("link", child.get("href"))
    elif name == "guid":
        if child.get("isPermaLink", "true").lower() != "false" and "/" in (said := _words(child)):
            links.setdefault("guid", said)
    elif name != "loc" or _local(child.getparent()) in _ENTRIES:  # image:loc is a picture's
        links.setdefault(name, _words(child))


def _words(element: Any) -> str:
    return _SPACE.sub(" ", "".join(element.itertext())).strip()


def _cut(text: str | None) -> str | None:
    return text[:TEXT_MAX] if text else None


def _joined(url: str, href: str) -> str:
    """Return a base that a page names, as an absolute URL; the page's own where that is none."""
    try:
        return urljoin(url, href)
    except ValueError:
        return url


def _absolute(href: str | None, base: str) -> str | None:
    if not href or not href.strip():
        return None
    try:
        url = urljoin(base, href.strip())
        canonical(url)
    except (InputError, ValueError):
        return None
    return url if is_http(url) else None


# --- section pages ---


def _section(body: bytes, url: str, pattern: str, asked: str) -> Listing:
    found = Listing(outcome="unreadable")
    try:
        root = html.fromstring(
            body, base_url=url, parser=html.HTMLParser(recover=True, huge_tree=False, no_network=True)
        )
    except (etree.LxmlError, ValueError, AssertionError):
        return found
    found.outcome = "none"
    base = next((_joined(url, href) for element in root.iter("base") if (href := element.get("href"))), url)
    matches = re.compile(wildcard(pattern)).match
    known: set[str] = set()
    for element in root.iter("a"):
        target = _absolute(element.get("href"), base)
        key = canonical(target) if target else None
        if target is None or key is None or key in known:
            continue
        if not matches(key) and not ((before := _unmoved(target, url, asked)) and matches(before)):
            continue
        known.add(key)
        found.entries.append(Entry(url=target, title=_cut(_words(element))))
        found.outcome = "entries"
        if len(known) >= ENTRIES_MAX:
            found.cut = True
            break
    return found


def _unmoved(target: str, landed: str, asked: str) -> str | None:
    """Return how a link of the site that was landed at is compared on the site that was asked; None for any other link."""
    try:
        link, here, there = urlsplit(target), urlsplit(landed), urlsplit(asked)
        moved = (link.scheme, link.netloc) == (here.scheme, here.netloc) != (there.scheme, there.netloc)
        return canonical(link._replace(scheme=there.scheme, netloc=there.netloc).geturl()) if moved else None
    except (ValueError, InputError):
        return None


def wildcard(pattern: str) -> str:
    """Return a regular expression for a pattern in which only ``*`` has a meaning: any characters."""
    return fnmatch.translate(re.sub(r"[\[?]", lambda found: f"[{found[0]}]", pattern))
