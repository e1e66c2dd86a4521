"""waybackpy and requests, as they are, take the stand-in for web.archive.org: by proxy and CA alone."""

import asyncio

import pytest
import requests
from waybackpy import WaybackMachineAvailabilityAPI, WaybackMachineCDXServerAPI, WaybackMachineSaveAPI
from waybackpy.exceptions import BlockedSiteError, TooManyRequestsError, WaybackError

URL = "https://example.test/page"
STAMPS = ("20190101000000", "20200101000000", "20210101000000")
AGENT = "Mozilla/5.0 (a test)"


@pytest.fixture(autouse=True)
def found(ask, monkeypatch):
    for name, value in ask.archive.environment().items():
        monkeypatch.setenv(name, value)


def listed(**options):
    return [(row.timestamp, row.archive_url) for row in WaybackMachineCDXServerAPI(URL, AGENT, **options).snapshots()]


async def test_cdx_lists_what_is_held(ask):
    ask.holds(URL, *STAMPS)
    rows = await asyncio.to_thread(listed)
    assert rows == [(stamp, f"https://web.archive.org/web/{stamp}/{URL}") for stamp in STAMPS]


async def test_cdx_pages_by_resume_keys(ask):
    ask.holds(URL, *STAMPS)
    rows = await asyncio.to_thread(listed, limit=1)
    assert [stamp for stamp, _ in rows] == list(STAMPS)
    assert len(ask.archive.log.urls()) == 3


async def test_cdx_nearest_by_sort_closest(ask):
    ask.holds(URL, *STAMPS)
    near = await asyncio.to_thread(WaybackMachineCDXServerAPI(URL, AGENT).near, year=2020, month=3, day=1)
    assert near.timestamp == STAMPS[1]


async def test_cdx_of_an_excluded_host(ask):
    ask.standin.excluded["example.test"] = "excluded"
    with pytest.raises(BlockedSiteError):
        await asyncio.to_thread(listed)


async def test_cdx_takes_a_bare_429_for_nothing_archived(ask):
    """Why the answers' statuses are checked by Citekeep itself."""
    ask.holds(URL, *STAMPS)
    ask.standin.script(URL, "status", at="index", body="")
    assert await asyncio.to_thread(listed) == []


async def test_cdx_dies_of_a_row_that_cannot_be(ask):
    ask.holds(URL, *STAMPS)
    ask.standin.script(URL, "rows", lines=(f"test,example)/page 20000012170449 {URL} text/html 200 {'A' * 32} 1",))
    with pytest.raises((ValueError, WaybackError)):
        await asyncio.to_thread(listed)


async def test_a_save_lands_on_the_new_capture(ask):
    ask.standin.jobs.seconds = ask.standin.jobs.index_lag = 0.0
    api = WaybackMachineSaveAPI(URL, AGENT, max_tries=1)
    saved = await asyncio.to_thread(api.save)
    (capture,) = list(ask.standin.captures)
    assert saved == f"https://web.archive.org/web/{capture.timestamp}/{URL}"


async def test_a_save_that_is_refused_with_429(ask):
    ask.standin.script(URL, "status", status=429)
    with pytest.raises(TooManyRequestsError):
        await asyncio.to_thread(WaybackMachineSaveAPI(URL, AGENT, max_tries=1).save)


async def test_availability(ask):
    ask.holds(URL, *STAMPS)
    api = WaybackMachineAvailabilityAPI(URL, AGENT)
    api.api_call_time_gap = 0  # it waits five seconds before its first call
    newest = await asyncio.to_thread(api.newest)
    assert newest.archive_url == f"https://web.archive.org/web/{STAMPS[2]}/{URL}"


async def test_requests_reads_a_capture_back(ask):
    ask.holds(URL, *STAMPS, body=b"<p>What it says.</p>")
    answer = await asyncio.to_thread(requests.get, f"https://web.archive.org/web/2020id_/{URL}", timeout=5)
    assert (answer.content, answer.headers["Memento-Datetime"]) == (
        b"<p>What it says.</p>",
        "Wed, 01 Jan 2020 00:00:00 GMT",
    )


async def test_nothing_else_is_let_out(ask):
    with pytest.raises(requests.exceptions.ProxyError):
        await asyncio.to_thread(requests.get, "https://example.test/", timeout=5)
    assert ask.archive.proxy.refused == ["example.test:443"]
