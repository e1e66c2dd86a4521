"""Saving without keys, through waybackpy: one try, and what is named must be ours to be called saved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep import clock
from citekeep.exceptions import WaybackError, WaybackRefusedError, WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback import codes, keyless
from sandbox.wayback.clock import stamp_of

URL = "https://live.test/page?a=1&b=%D1%8F"


@pytest.fixture(autouse=True)
def at_once(standin):
    standin.jobs.seconds = 0.0


async def save():
    return await keyless.save(URL, "Citekeep tests")


async def test_a_capture_of_our_own(archive, standin):
    saved = await save()
    assert saved.ours
    assert saved.original == URL
    (capture,) = list(standin.captures)
    assert saved.memento_url == f"https://web.archive.org/web/{capture.timestamp}/{URL}"
    assert archive.log.urls() == [f"https://web.archive.org/save/{URL}"]


async def test_it_is_ours_though_replay_still_leads_to_an_older_one(holds):
    holds(URL, "20190101000000")
    saved = await save()
    assert saved.ours
    assert saved.at >= clock.after(-60)


async def test_an_older_capture_that_is_handed_out_is_not_ours(standin):
    standin.script(URL, "older", timestamp=stamp_of(clock.timestamp() - 86_400))
    assert not (await save()).ours


async def test_the_clocks_may_be_two_minutes_apart(standin):
    standin.script(URL, "older", timestamp=stamp_of(clock.timestamp() - 110))
    assert (await save()).ours


@pytest.mark.parametrize("empty", [False, True])
async def test_too_many_requests(standin, empty):
    standin.script(URL, "status", status=429, body="" if empty else None)
    with pytest.raises(WaybackThrottledError):
        await save()


@pytest.mark.parametrize(
    "message",
    [
        "You cannot make more than (200,) captures per day.",
        "This URL is in the Save Page Now service block list and cannot be captured.",
        "Crawling this host is paused for 30 seconds.",
        "The same page: this URL has been already captured 10 times today.",
    ],
)
async def test_a_refusal_is_a_page_of_status_200_and_says_why(archive, standin, message):
    standin.script(URL, "refuse", message=f"<b>{message}</b>")
    with pytest.raises(WaybackRefusedError) as caught:
        await save()
    assert message in str(caught.value)
    assert "<" not in str(caught.value)
    assert len(archive.log.urls()) == 1


async def test_a_page_that_says_nothing_known_leaves_it_unknown(archive, standin):
    standin.script(URL, "refuse", message="Something new, and a script.<script>too many requests</script>")
    with pytest.raises(WaybackError, match="named no capture") as caught:
        await save()
    assert not isinstance(caught.value, WaybackUnreachableError | WaybackRefusedError)


@given(st.text(max_size=300))
def test_any_page_says_something_short_or_nothing(text):
    for page in (text, f"<p>{text} too many requests {text}"):
        told = codes.sentence_of(page)
        assert told is None or 0 < len(told) <= 300


async def test_a_hang_is_ended(standin, monkeypatch):
    monkeypatch.setattr(keyless, "READ_LIMIT", 0.3)
    standin.script(URL, "hang")
    with pytest.raises(WaybackUnreachableError):
        await save()


async def test_so_is_one_that_no_timeout_of_a_socket_sees(standin, monkeypatch):
    monkeypatch.setattr(keyless, "WATCHDOG", 0.3)
    standin.script(URL, "hang")
    with pytest.raises(WaybackUnreachableError, match="within"):
        await save()


@pytest.mark.parametrize("status", [500, 502, 503, 520, 523])
async def test_an_outage_is_asked_of_once(archive, standin, status):
    standin.script(URL, "status", status=status)
    with pytest.raises(WaybackUnreachableError):
        await save()
    assert len(archive.log.urls()) == 1
