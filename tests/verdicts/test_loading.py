"""The lists are loaded beside the event loop: what is judged in it afterwards holds nobody up."""

import asyncio
import subprocess
import sys
import threading

from citekeep.verdicts import loading
from tests.crawled import ROOT

LOADED = """
import sys
from citekeep.verdicts import Observation, judge, with_page
from citekeep.verdicts import lists, phrases
from citekeep.verdicts.loading import load

load()
parsed = []
needles_of = phrases.needles_of
lists.needles_of = phrases.needles_of = lambda phrase: parsed.append(phrase) or needles_of(phrase)
before = lists.read.cache_info().misses
for status in (200, 301, 401, 403, 404, 410, 429, 451, 500, 503):
    for body in (b"", b"<title>404</title><p>This page was not found.", b"<h1>Access denied</h1><p>You were blocked."):
        for url in ("http://example.org/", "http://example.org/story/1", "https://t.me/channel/1"):
            seen = Observation(requested_url=url, final_url=url, status=status, content_type="text/html")
            judge(with_page(seen, body), {})
print(len(parsed), lists.read.cache_info().misses - before)
"""


def test_after_loading_nothing_is_left_to_load():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["0", "0"]


async def test_they_are_loaded_in_a_thread_of_their_own_and_once(monkeypatch):
    judged = []
    monkeypatch.setattr(loading, "_is_loaded", False)
    monkeypatch.setattr(loading, "judge", lambda *_: judged.append(threading.get_ident()))
    await asyncio.gather(loading.loaded(), loading.loaded(), loading.loaded())
    assert len(judged) == len(loading._PAGES)
    assert threading.get_ident() not in judged
