"""How the made-up world looks: its pages, and what lists them."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from benchmarks.quarter.world import DAY, Page, Site
from sandbox.answers import PDF
from sandbox.http import Request, Response, html, plain

LISTED = 15  # articles that a feed holds
MAP_DAYS = 10  # days of articles in one sitemap of an index
PLACES = {
    "rss": "/rss",
    "atom": "/atom.xml",
    "sitemap": "/news.xml",
    "index": "/sitemap-index.xml",
    "section": "/news/",
}
"""Where a site lists its articles, by kind."""


def article(site: Site, page: Page, at: float) -> Response:
    """Return a page as it is at a time."""
    if page.kind == "document":
        return Response(headers=[("Content-Type", "application/pdf")], body=PDF)
    version = page.version(at)
    paragraphs = [f"<p>{escape(text)}</p>" for text in version.paragraphs]
    for number, url in enumerate(version.cites):
        link = f'<a href="{escape(url)}">the report number {number + 1}</a>'
        told = f"As {link} says, little of this is new to those who live there."
        paragraphs.insert(1 + number % 3, f"<p>{told}</p>")
    published = _iso(page.born)
    return html(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(version.title)}</title>'
        f'<meta property="article:published_time" content="{published}"></head>\n<body><article>'
        f"<h1>{escape(version.title)}</h1>\n{''.join(paragraphs)}</article></body></html>\n"
    )


def front(site: Site, at: float) -> Response:
    """Return a site's front page."""
    items = "".join(
        f'<li><a href="{page.path}">{escape(page.version(at).title)}</a></li>' for page in site.articles(at)[:30]
    )
    return html(f"<!doctype html><html><head><title>{site.domain}</title></head><body><ul>{items}</ul></body></html>")


def listing(site: Site, path: str, base: str, at: float, request: Request) -> Response | None:
    """Return what lists a site's articles at a path, None where nothing does; 304 where it is as it was."""
    if site.listing is None:
        return None
    place = PLACES[site.listing]
    if site.listing == "index" and path.startswith("/map-"):
        body, kind = _map_of(site, path, base, at), "application/gzip"
    elif path == place:
        body, kind = _LISTERS[site.listing](site, base, at)
    else:
        return None
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = [("Content-Type", kind), ("ETag", etag)]
    if request.header("If-None-Match") == etag:
        return Response(status=304, headers=headers)
    return Response(headers=headers, body=body)


def robots(site: Site) -> Response:
    """Return a site's robots.txt where nothing befalls it."""
    delay = f"Crawl-delay: {site.crawl_delay}\n" if site.crawl_delay is not None else ""
    return plain(f"User-agent: *\n{delay}Disallow: /internal/\n")


# --- one function for each kind of list ---


def _rss(site: Site, base: str, at: float) -> tuple[bytes, str]:
    items = "".join(
        f"<item><title>{escape(page.version(at).title)}</title><link>{base}{page.path}?utm_source=rss</link>"
        f"<pubDate>{format_datetime(datetime.fromtimestamp(page.born, UTC), usegmt=True)}</pubDate></item>"
        for page in site.articles(at)[:LISTED]
    )
    text = f'<rss version="2.0"><channel><title>{site.domain}</title>{items}</channel></rss>'
    return text.encode(), "application/rss+xml"


def _atom(site: Site, base: str, at: float) -> tuple[bytes, str]:
    entries = "".join(
        f'<entry><title>{escape(page.version(at).title)}</title><link href="{base}{page.path}"/>'
        f"<published>{_iso(page.born)}</published>{_tag('updated', _changed(site, page, at))}</entry>"
        for page in site.articles(at)[:LISTED]
    )
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{site.domain}</title>{entries}</feed>'
    return text.encode(), "application/atom+xml"


def _sitemap(site: Site, base: str, at: float) -> tuple[bytes, str]:
    return _urlset(site, site.articles(at)[:LISTED], base, at), "application/xml"


def _index(site: Site, base: str, at: float) -> tuple[bytes, str]:
    maps: dict[int, float] = {}
    for page in site.articles(at):
        number = int(page.born // (MAP_DAYS * DAY))
        maps[number] = max(maps.get(number, 0.0), _changed(site, page, at) or page.born)
    told = "".join(
        f"<sitemap><loc>{base}/map-{number}.xml.gz</loc><lastmod>{_iso(changed)}</lastmod></sitemap>"
        for number, changed in maps.items()
    )
    return (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{told}</sitemapindex>'.encode(),
        "text/xml",
    )


def _map_of(site: Site, path: str, base: str, at: float) -> bytes:
    number = int(path.removeprefix("/map-").removesuffix(".xml.gz"))
    pages = [page for page in site.articles(at) if int(page.born // (MAP_DAYS * DAY)) == number]
    return gzip.compress(_urlset(site, pages, base, at), mtime=0)


def _section(site: Site, base: str, at: float) -> tuple[bytes, str]:
    items = "".join(
        f'<li><a href="{page.path}">{escape(page.version(at).title)}</a></li>' for page in site.articles(at)[:LISTED]
    )
    return f'<html><body><a href="/about">About</a><ul>{items}</ul></body></html>'.encode(), "text/html"


_LISTERS = {"rss": _rss, "atom": _atom, "sitemap": _sitemap, "index": _index, "section": _section}


def _urlset(site: Site, pages: list[Page], base: str, at: float) -> bytes:
    urls = "".join(
        f"<url><loc>{base}{page.path}</loc>{_tag('lastmod', _changed(site, page, at))}<news:news>"
        f"<news:publication_date>{_iso(page.born)}</news:publication_date></news:news></url>"
        for page in pages
    )
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f"<urlset {spaces}>{urls}</urlset>".encode()


def _changed(site: Site, page: Page, at: float) -> float | None:
    """Return when a page was last changed, as far as its site says so."""
    return page.version(at).begins if site.announces else None


def _tag(name: str, at: float | None) -> str:
    return "" if at is None else f"<{name}>{_iso(at)}</{name}>"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_list(path: str) -> bool:
    """Return whether a path is one where articles are listed."""
    return path in PLACES.values() or path.startswith("/map-")
