"""The lists by which pages are judged take some 0.5 s to load: here beside an event loop, not within it."""

from __future__ import annotations

import asyncio
from threading import Lock

from citekeep.verdicts import lists
from citekeep.verdicts.judge import judge
from citekeep.verdicts.observation import Observation, with_page

_lock = Lock()
_is_loaded = False
_URL = "http://example.org/report"
_PAGES = {
    200: b"<title>Report</title><p>It is about a bridge.",
    403: b"<h1>Access denied</h1><p>You were blocked.",
    404: b"<p>Nothing is here.",
    503: b"",
}


def load() -> None:
    """Read all lists, once in a process, and what is made of them: by judging a page of each kind."""
    global _is_loaded  # noqa: PLW0603 - what is loaded, is so for the process
    with _lock:
        if _is_loaded:
            return
        for kind in lists.read("phrases.toml"):
            lists.phrases(kind)
        for status, body in _PAGES.items():
            seen = Observation(requested_url=_URL, final_url=_URL, status=status, content_type="text/html")
            judge(with_page(seen, body), {"words": ["the report"]})
        _is_loaded = True


async def loaded() -> None:
    """Return once the lists are loaded: a page can be judged at once then."""
    if not _is_loaded:
        await asyncio.to_thread(load)
