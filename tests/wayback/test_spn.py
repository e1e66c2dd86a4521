"""Save Page Now 2, asked over TLS through the proxy: every shape of its answers is told apart."""

import pytest

from citekeep.exceptions import WaybackError, WaybackKeysError, WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback import codes
from citekeep.wayback import spn as spn_module
from citekeep.wayback.keys import Keys
from citekeep.wayback.spn import SavePageNow

LIVE = "https://www.volga-observer.test/2025/11/08/five-million-departures-revisited"
MOVED = "http://www.radio-meridian.test/a/justice-ministry-blacklists-free-russia-foundation/30026460.html"
MISSING = "https://statistics.test/population/2021/migration-tables"


async def test_a_page_is_saved(standin, spn):
    submission = await spn.submit(LIVE)
    assert submission.job_id.startswith("spn2-")
    assert (submission.refused, submission.delay) == (False, 0.0)
    assert (await spn.status(submission.job_id)).state == "pending"
    standin.clock.turn(3)
    status = await spn.status(submission.job_id)
    assert (status.state, status.original_url) == ("success", LIVE)
    assert standin.captures.of(LIVE)[-1].timestamp == status.timestamp


async def test_where_a_page_has_moved_the_answer_says_so(standin, spn):
    submission = await spn.submit(MOVED)
    standin.clock.turn(3)
    status = await spn.status(submission.job_id)
    assert status.state == "success"
    assert status.original_url.startswith("https://www.radio-meridian.test/news/")


async def test_many_jobs_are_asked_about_at_once(standin, spn):
    job = (await spn.submit(LIVE)).job_id
    standin.clock.turn(3)
    unknown = [f"spn2-{number:040x}" for number in range(120)]
    states = {status.job_id: status.state for status in await spn.statuses([job, *unknown])}
    assert states == {job: "success", **dict.fromkeys(unknown, "pending")}


async def test_a_job_is_forgotten_after_an_hour(standin, spn):
    job = (await spn.submit(LIVE)).job_id
    standin.clock.turn(3 * 3600)
    assert (await spn.status(job)).state == "pending"


@pytest.mark.parametrize("code", [*codes.CODES, "never-heard-of"])
async def test_a_refusal_comes_as_http_200(standin, spn, code):
    standin.scripts.add("*", refuse=f"error:{code}", message="No.")
    submission = await spn.submit(LIVE)
    assert (submission.refused, submission.job_id) == (True, None)
    assert (submission.status_ext, submission.message) == (f"error:{code}", "No.")
    assert standin.save.submitted == []


async def test_a_recent_capture_has_the_same_job_or_none(standin, spn):
    first = await spn.submit(LIVE)
    standin.clock.turn(3)
    again = await spn.submit(LIVE)
    assert again.job_id == first.job_id
    assert "same snapshot" in again.message
    standin.scripts.add("*", no_job=True)
    none = await spn.submit(LIVE)
    assert (none.job_id, none.refused) == (None, False)


@pytest.mark.parametrize("retry_after", [None, "120"])
async def test_too_many_requests(standin, spn, retry_after):
    standin.scripts.add("*", status=429, retry_after=retry_after)
    with pytest.raises(WaybackThrottledError) as caught:
        await spn.submit(LIVE)
    assert caught.value.retry_after == (None if retry_after is None else 120.0)


@pytest.mark.parametrize("status", [502, 503, 504, 520, 523])
async def test_an_outage_leaves_the_outcome_unknown(standin, spn, status):
    standin.scripts.add("*", status=status)
    with pytest.raises(WaybackUnreachableError):
        await spn.submit(LIVE)


async def test_a_hang_ends_and_the_capture_may_exist(standin, spn, monkeypatch):
    monkeypatch.setattr(spn_module, "SUBMIT_LIMIT", 0.5)
    standin.scripts.add("*", hang=True)
    before = len(standin.captures.of(LIVE))
    with pytest.raises(WaybackUnreachableError, match="within"):
        await spn.submit(LIVE)
    assert len(standin.captures.of(LIVE)) == before + 1


async def test_a_late_start_is_told(standin, spn):
    standin.scripts.add("*", delay=2 * 3600 + 180)
    submission = await spn.submit(LIVE)
    assert submission.delay == 2 * 3600 + 180


async def test_more_than_seven_a_minute_and_three_at_once(standin, spn):
    answers = [await spn.submit(f"{LIVE}?{number}") for number in range(7)]
    assert [answer.refused for answer in answers] == [False] * 3 + [True] * 4
    assert answers[3].status_ext == "error:user-session-limit"
    with pytest.raises(WaybackThrottledError):
        await spn.submit(f"{LIVE}?8")


async def test_an_error_of_the_target_is_an_error_of_the_job(standin, spn):
    job = (await spn.submit(MISSING)).job_id
    standin.clock.turn(3)
    status = await spn.status(job)
    assert (status.state, status.status_ext) == ("error", "error:not-found")


@pytest.mark.parametrize("fields", [("timestamp",), ("original_url",)])
async def test_a_success_that_lacks_something_says_so(standin, spn, fields):
    standin.scripts.add("*", strip=fields)
    job = (await spn.submit(LIVE)).job_id
    standin.clock.turn(3)
    status = await spn.status(job)
    assert status.state == "success"
    assert getattr(status, fields[0]) is None


async def test_user_and_system(standin, spn):
    await spn.submit(LIVE)
    user = await spn.user()
    assert (user.available, user.processing, user.daily_captures, user.daily_captures_limit) == (2, 1, 1, 30_000)
    assert await spn.system() == "ok"
    standin.save.system = "Save Page Now servers are temporarily overloaded."
    assert "overloaded" in await spn.system()


async def test_keys_that_are_not_accepted(standin, client):
    wrong = SavePageNow(client, Keys("wrong-access", "wrong-secret"))
    with pytest.raises(WaybackKeysError, match=r"https://archive\.org/account/s3\.php") as caught:
        await wrong.submit(LIVE)
    assert "wrong-" not in str(caught.value) + repr(wrong.keys)


async def test_no_redirect_is_followed_with_keys(running, standin, spn, monkeypatch):
    from sandbox.http import redirect

    asked = []

    async def elsewhere(request):
        asked.append(request.url)
        return redirect("https://archive.org/stolen")

    monkeypatch.setattr(running.proxy, "handlers", dict.fromkeys(running.proxy.handlers, elsewhere))
    with pytest.raises(WaybackError):
        await spn.submit(LIVE)
    assert asked == ["https://web.archive.org/save"]


def test_no_secret_was_logged(running):
    for logged in running.log:
        for name, value in logged.headers:
            assert name.lower() != "authorization" or value == "withheld"
