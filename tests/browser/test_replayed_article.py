"""An article replayed from its WARC alone, in a real browser: it looks as it did, and what is missing is counted."""

import base64
import json
import re

import pytest

from tests import look, pywb_tools, small_web

SIZES = {"laptop": (1440, 900, 1, False), "phone": (390, 844, 3, True)}
QUIET = "enable_banner: false\nframed_replay: false\n"


@pytest.fixture(scope="module")
def tools():
    return pywb_tools.install()


def show(chrome, url, size):
    """Load a page at a size; return (what was asked with what came of it, a screenshot)."""
    width, height, density, mobile = SIZES[size]
    chrome.get_log("performance")
    chrome.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": density, "mobile": mobile},
    )
    chrome.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    chrome.get(url)
    chrome.execute_async_script("document.fonts.ready.then(() => setTimeout(arguments[0], 300))")
    asked, urls = {}, {}
    for entry in chrome.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        told = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            urls[told["requestId"]] = told["request"]["url"]
            asked.setdefault(told["request"]["url"], "nothing")
        elif message["method"] == "Network.responseReceived":
            asked[told["response"]["url"]] = told["response"]["status"]
        elif message["method"] == "Network.loadingFailed" and asked.get(urls.get(told["requestId"])) == "nothing":
            asked[urls[told["requestId"]]] = told["errorText"]
    picture = base64.b64decode(chrome.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])
    return {url: came for url, came in asked.items() if url.startswith("http")}, picture


def archived(asked):
    """Return what was asked of the archive, by the URL as it was, without the replay's own scripts."""
    found = {}
    for url, came in asked.items():
        of = re.search(r"/web/\d+(?:[a-z]{2}_)?/(.*)", url)
        if of is not None and came != "net::ERR_ABORTED":  # the browser itself wanted it no more
            found["http:" + of[1] if of[1].startswith("//") else of[1]] = came
    return found


@pytest.fixture(scope="module")
def live(tmp_path_factory, browser_of):
    """The folder of a crawl of the article, and how it looked on the web, by size."""
    folder = tmp_path_factory.mktemp("look")
    with small_web.Web() as web:
        look.publish(web)
        small_web.crawl(folder, web, "-a", f"url={look.ARTICLE}", spider="article", REQUISITES_ENABLED="1")
        hosts = f"MAP *.test 127.0.0.1:{web.port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        with browser_of(folder / "profile", hosts) as chrome:
            return folder, {size: show(chrome, look.ARTICLE, size) for size in SIZES}


def replay(folder, tools, browser_of, place):
    """Return how the WARCs of a folder show the article, by size; no other network can be reached."""
    warcs = sorted((folder / "warcs").glob("*.warc.gz"))
    with (
        pywb_tools.serving(tools, place, warcs, config=QUIET) as address,
        browser_of(place / "profile", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1") as chrome,
    ):
        return {size: show(chrome, f"{address}/web/2026mp_/{look.ARTICLE}", size) for size in SIZES}


def test_its_replay_looks_like_the_page_and_nothing_is_missing(live, tools, browser_of, tmp_path):
    folder, seen = live
    replayed = replay(folder, tools, browser_of, tmp_path)
    for size in SIZES:
        on_the_web, as_it_was = seen[size]
        asked, as_it_is = replayed[size]
        (tmp_path / f"{size}-web.png").write_bytes(as_it_was)
        (tmp_path / f"{size}-replay.png").write_bytes(as_it_is)
        came = archived(asked)
        assert set(came) >= {url for url in on_the_web if not url.endswith("/favicon.ico")}, "all of it was asked again"
        assert {url: status for url, status in came.items() if status != 200} == {}, "0 are missing"
        assert as_it_is == as_it_was, "pixel by pixel"


def test_without_requisites_much_is_missing_so_the_count_counts(tools, browser_of, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    with small_web.Web() as web:
        look.publish(web)
        small_web.crawl(
            folder,
            web,
            "-a",
            f"url={look.ARTICLE}",
            spider="article",
            REQUISITES_ENABLED="1",
            REQUISITES_PER_ARTICLE="4",
        )
    asked, _ = replay(folder, tools, browser_of, tmp_path / "site")["laptop"]
    missing = {url for url, status in archived(asked).items() if status != 200}
    named = dict(small_web.ask(folder, "SELECT url, why FROM missing_requisites"))
    assert missing
    assert missing <= set(named), "what a browser misses is named"
    assert set(named.values()) == {"number"}
    assert small_web.ask(folder, "SELECT captured, over_the_cap, failed, waiting FROM article_requisites") == [
        (4, len(named), 0, 0)
    ]
