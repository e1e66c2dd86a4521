"""Saving without keys, through waybackpy: one try, and what is named must be ours to be called saved."""

import pytest

from citekeep.exceptions import WaybackError, WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback import keyless
from sandbox.wayback.clock import stamp_of

LIVE = "https://www.volga-observer.test/2025/11/08/five-million-departures-revisited"


@pytest.fixture
def now(standin):
    """The archive's clock set to ours."""
    standin.clock.turned = 0.0
    for pool in standin.limits._asked.values():
        pool.clear()
    return standin


async def save(**script):
    return await keyless.save(LIVE, "Citekeep tests")


async def test_a_capture_of_our_own(now):
    now.scripts.add("*", seconds=0.1)
    saved = await save()
    assert saved.ours
    assert saved.original == LIVE
    assert saved.memento_url == f"https://web.archive.org/web/{now.captures.of(LIVE)[-1].timestamp}/{LIVE}"


async def test_an_older_capture_that_is_handed_out_is_not_ours(now):
    now.scripts.add("*", seconds=0.1, timestamp=stamp_of(now.clock.now() - 86_400))
    assert not (await save()).ours


async def test_too_many_requests(now):
    now.scripts.add("*", status=429)
    with pytest.raises(WaybackThrottledError):
        await save()


@pytest.mark.parametrize("script", [{"refuse": "error:blocked-url"}, {"error": "error:not-found", "seconds": 0}])
async def test_a_refusal_is_a_page_and_names_no_capture(now, script):
    now.scripts.add("*", **script)
    with pytest.raises(WaybackError):
        await save()


async def test_a_hang_is_ended(now, monkeypatch):
    monkeypatch.setattr(keyless, "READ_LIMIT", 0.5)
    now.scripts.add("*", hang=True)
    with pytest.raises(WaybackUnreachableError):
        await save()


@pytest.mark.parametrize("status", [502, 520])
async def test_an_outage(now, status):
    now.scripts.add("*", status=status)
    with pytest.raises(WaybackError):
        await save()
