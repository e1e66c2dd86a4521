"""What the stand-in's crawler sees on a page: the pages it links to, and what it loads."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from sandbox.fetch import Fetched

_HREF = re.compile(rb"<a\b[^>]*?\shref\s*=\s*[\"']([^\"'#]*)", re.IGNORECASE)
_LOADED = re.compile(rb"<(?:img|script|iframe|link)\b[^>]*?\s(?:src|href)\s*=\s*[\"']([^\"'#]*)", re.IGNORECASE)
_DOCUMENT = re.compile(r"\.(?:pdf|epub)$", re.IGNORECASE)


def outlinks_of(page: Fetched) -> list[str]:
    """Return the pages that a page links to, each once: documents first, then those of its own host, then others."""
    host = urlsplit(page.final_url).hostname

    def rank(url: str) -> tuple[bool, bool]:
        parts = urlsplit(url)
        return not _DOCUMENT.search(parts.path), parts.hostname != host

    return sorted(_urls(page, _HREF), key=rank)


def resources_of(page: Fetched) -> list[str]:
    """Return the page and what it loads, each once."""
    return list(dict.fromkeys([page.final_url, *_urls(page, _LOADED)]))


def _urls(page: Fetched, pattern: re.Pattern[bytes]) -> list[str]:
    found = (unescape(match.decode("utf-8", "replace")).strip() for match in pattern.findall(page.body))
    absolute = (urljoin(page.final_url, url) for url in found)
    return list(dict.fromkeys(url for url in absolute if url.startswith(("http://", "https://"))))
