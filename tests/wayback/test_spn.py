"""Save Page Now 2, asked over TLS through the proxy: every shape of its answers is told apart."""

import pytest

from citekeep.exceptions import WaybackError, WaybackKeysError, WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback import codes
from citekeep.wayback import spn as spn_module
from citekeep.wayback.keys import Keys
from citekeep.wayback.spn import SavePageNow
from sandbox.http import redirect

URL = "https://live.test/page"


async def test_a_page_is_saved(archive, spn):
    submission = await spn.submit(URL)
    assert submission.job_id.startswith("spn2-")
    assert (submission.refused, submission.delay) == (False, 0.0)
    assert (await spn.status(submission.job_id)).state == "pending"
    archive.clock.turn(10)
    status = await spn.status(submission.job_id)
    (capture,) = list(archive.standin.captures)
    assert (status.state, status.original_url, status.timestamp) == ("success", URL, capture.timestamp)


async def test_many_jobs_are_asked_about_at_once(archive, spn):
    job = (await spn.submit(URL)).job_id
    archive.clock.turn(10)
    unknown = [f"spn2-{number:040x}" for number in range(120)]
    before = len(archive.log)
    states = {status.job_id: status.state for status in await spn.statuses([job, *unknown])}
    assert states == {job: "success", **dict.fromkeys(unknown, "pending")}
    assert len(archive.log) == before + 3


async def test_a_job_that_is_forgotten_is_pending(archive, spn):
    job = (await spn.submit(URL)).job_id
    archive.clock.turn(3 * 3600)
    assert (await spn.status(job)).state == "pending"


@pytest.mark.parametrize("code", [*codes.CODES, "never-heard-of"])
async def test_a_refusal_comes_as_http_200(standin, spn, code):
    standin.script(URL, "refuse", code=f"error:{code}", message="No.")
    submission = await spn.submit(URL)
    assert (submission.refused, submission.job_id) == (True, None)
    assert (submission.status_ext, submission.message) == (f"error:{code}", "No.")
    assert standin.save.submitted == []


@pytest.mark.parametrize(
    ("status_ext", "message", "kind"),
    [
        ("error:not-found", None, codes.PERMANENT),
        ("error:of-tomorrow", "No.", codes.UNKNOWN),
        (None, None, codes.UNKNOWN),
        (None, "You have already reached the limit of active Save Page Now sessions.", codes.SESSIONS),
        (None, "You cannot make more than (200,) captures per day.", codes.QUOTA),
        (None, "Crawling this host is paused", codes.HOST_PAUSED),
        (None, "This URL has been already captured 5 times today", codes.PER_URL_DAY),
        (None, "Live page is not available: chrome-error://chromewebdata/", codes.TRANSIENT),
        ("error:no-access", "Crawling this host is paused", codes.PERMANENT),
    ],
)
def test_refusals_are_sorted_by_code_then_by_words(status_ext, message, kind):
    assert codes.classify(status_ext, message) == kind


async def test_a_recent_capture_has_the_same_job_or_none(archive, spn):
    first = await spn.submit(URL)
    again = await spn.submit(URL)
    assert again.job_id == first.job_id
    assert "same snapshot" in again.message
    archive.clock.turn(30)
    none = await spn.submit(URL, if_not_archived_within=86_400)
    assert (none.job_id, none.refused) == (None, False)


@pytest.mark.parametrize(("retry_after", "seconds"), [(None, None), ("120", 120.0), ("-1", None), ("9" * 12, 86_400.0)])
async def test_too_many_requests(standin, spn, retry_after, seconds):
    standin.script(URL, "status", status=429, retry_after=retry_after)
    with pytest.raises(WaybackThrottledError) as caught:
        await spn.submit(URL)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [502, 503, 504, 520, 523])
async def test_an_outage_leaves_the_outcome_unknown(standin, spn, status):
    standin.script(URL, "status", status=status)
    with pytest.raises(WaybackUnreachableError):
        await spn.submit(URL)


@pytest.mark.parametrize("mode", ["reset", "hang"])
async def test_silence_ends_and_the_capture_may_exist(standin, spn, monkeypatch, mode):
    monkeypatch.setattr(spn_module, "SUBMIT_LIMIT", 0.3)
    standin.script(URL, mode)
    with pytest.raises(WaybackUnreachableError):
        await spn.submit(URL)
    assert len(standin.captures) == 1


async def test_a_late_start_is_told(standin, spn):
    standin.script(URL, "delayed", seconds=2 * 3600 + 180)
    assert (await spn.submit(URL)).delay == 2 * 3600 + 180


@pytest.mark.parametrize(
    ("message", "seconds"),
    [("The capture will start in ~3 hours, 40 minutes because", 13_200), ("will start in 5 seconds", 5), ("no", 0)],
)
def test_a_delay_is_read_from_words(message, seconds):
    assert spn_module.delay_told(message) == seconds


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"timestamp": None}, "timestamp"),
        ({"timestamp": "today"}, "timestamp"),
        ({"original_url": None}, "original_url"),
        ({"original_url": "/only/a/path"}, "original_url"),
    ],
)
async def test_a_success_that_lacks_or_bends_something_says_so(archive, spn, fields, name):
    archive.standin.script(URL, "tell", fields=fields)
    job = (await spn.submit(URL)).job_id
    archive.clock.turn(10)
    status = await spn.status(job)
    assert status.state == "success"
    assert getattr(status, name) is None


@pytest.mark.parametrize("body", ["<html>Item Not Available</html>", "[]", "null", "{", "[" * 100_000, ""])
async def test_what_is_no_answer_is_said_to_be_none(standin, spn, body):
    standin.script(URL, "status", status=200, body=body)
    with pytest.raises(WaybackError):
        await spn.submit(URL)


async def test_user_and_system(standin, spn):
    await spn.submit(URL)
    user = await spn.user()
    assert (user.available, user.processing, user.daily_captures, user.daily_captures_limit) == (2, 1, 1, 30_000)
    assert await spn_module.system(spn.client) == "ok"
    standin.save.overloaded = True
    assert "overloaded" in await spn_module.system(spn.client)


async def test_keys_that_are_not_accepted(client):
    wrong = SavePageNow(client, Keys("wrong-access", "wrong-secret"))
    with pytest.raises(WaybackKeysError, match=r"https://archive\.org/account/s3\.php") as caught:
        await wrong.submit(URL)
    assert "wrong-" not in str(caught.value) + repr(wrong.keys)


@pytest.mark.parametrize("location", ["https://archive.org/stolen", "http://web.archive.org/save", "//evil.test/"])
async def test_no_redirect_is_followed_with_keys(archive, spn, location):
    asked = []

    async def elsewhere(request):
        asked.append(request.url)
        return redirect(location)

    archive.proxy.handlers = dict.fromkeys(archive.proxy.handlers, elsewhere)
    with pytest.raises(WaybackError):
        await spn.submit(URL)
    assert asked == ["https://web.archive.org/save"]


async def test_no_certificate_of_another_is_accepted(archive, monkeypatch, spn):
    from citekeep.wayback.client import Client

    monkeypatch.delenv("SSL_CERT_FILE")
    async with Client("Citekeep tests") as client:
        with pytest.raises(WaybackUnreachableError):
            await SavePageNow(client, spn.keys).submit(URL)
    assert archive.log.urls() == []
