"""Statements about the real service, held by the stand-in: what Save Page Now says to a submission, and the account."""

import re

import httpx2
import pytest

from sandbox.run import KEYS

URL = "https://example.test/page"
SAME = "The same snapshot had been made"


@pytest.mark.parametrize("path", ["/save", "/save/"])
async def test_statement_01_a_submission_is_answered_with_a_job(ask, path):
    answer = await ask.post(path, {"url": URL})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json()) == {"url", "job_id"}
    assert re.fullmatch(r"spn2-[0-9a-f]{40}", answer.json()["job_id"])


async def test_statement_02_the_same_url_within_the_hour_is_the_same_job(ask):
    first = await ask.submit(URL)
    ask.turn(120)
    second = await ask.submit(URL)
    assert second["job_id"] == first["job_id"]
    assert second["message"] == f"{SAME} 2 minutes ago. You can make new capture of this URL after 1 hour."
    ask.turn(3600)
    assert (await ask.submit(URL))["job_id"] != first["job_id"]


async def test_statement_03_within_an_age_of_ones_own_there_is_no_job(ask):
    await ask.saved(URL)
    ask.turn(7200)
    told = await ask.submit(URL, if_not_archived_within="3h")
    assert told["job_id"] is None
    assert told["message"] == f"{SAME} 2 hours, 0 minutes ago. You can make new capture of this URL after 3 hours."
    assert (await ask.submit(URL, if_not_archived_within="3600"))["job_id"]


async def test_statement_03_scripted(ask):
    ask.standin.script(URL, "no_job")
    told = await ask.submit(URL)
    assert told["job_id"] is None
    assert SAME in told["message"]
    assert ask.archive.fetched == []


@pytest.mark.parametrize("authorization", [{}, {"Authorization": "LOW wrong:keys"}, {"Authorization": "LOW"}])
async def test_statement_04_programs_need_keys(ask, authorization):
    headers = {"Accept": "application/json", **authorization}
    base = "https://web.archive.org/save"
    answers = [await ask.client.post(base, data={"url": URL}, headers=headers)]
    answers += [await ask.client.get(f"{base}/status/{what}", headers=headers) for what in ("spn2-0", "user")]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.json() == {"message": "You need to be logged in to use Save Page Now."}


async def test_statement_05_a_browser_is_answered_without_keys(ask):
    answer = await ask.post("/save/", {"url": URL}, keys=False, accept="text/html,*/*")
    assert answer.status_code == 200
    job = re.search(r'spn\.watchJob\("(spn2-[0-9a-f]{40})", "/_static/",6000\)', answer.text)[1]
    ask.turn(10)
    assert (await ask.get(f"/save/status/{job}", accept="text/html")).json()["status"] == "success"


async def test_statement_06_a_refusal_is_http_200_without_a_job(ask):
    ask.standin.script(URL, "refuse", code="error:blocked-url", message="This URL is in the block list.")
    answer = await ask.post("/save", {"url": URL})
    assert answer.status_code == 200
    told = {"status": "error", "status_ext": "error:blocked-url", "message": "This URL is in the block list."}
    assert answer.json() == told


async def test_statement_07_a_url_is_captured_five_times_a_day_by_all_accounts(ask):
    ask.standin.save.keys["other"] = "account"
    for n in range(5):
        keys = {"Authorization": "LOW other:account"} if n % 2 else {}
        told = await ask.client.post(
            "https://web.archive.org/save",
            data={"url": URL},
            headers={"Accept": "application/json", "Authorization": f"LOW {':'.join(KEYS.values())}", **keys},
        )
        assert "job_id" in told.json()
        ask.turn(3601)
    refused = await ask.submit(URL)
    assert refused["status_ext"] == "error:too-many-daily-captures"
    assert refused["message"].startswith("This URL has been already captured 5 times today")
    ask.turn(12 * 3600 - 5 * 3601)
    assert "job_id" in await ask.submit(URL)


async def test_statement_07_a_pdf_once(ask):
    ask.archive.page(URL, b"%PDF-1.7", mime="application/pdf")
    await ask.submit(URL)
    ask.turn(3601)
    assert "1 times today" in (refused := await ask.submit(URL))["message"]
    assert refused["message"].endswith("for that Resource type.")
    ask.standin.limits.rates.type_day.clear()
    assert "job_id" in await ask.submit(URL)


@pytest.mark.parametrize(
    ("rates", "retry_after", "empty"),
    [({}, None, False), ({"retry_after": "120"}, "120", False), ({"empty": True}, None, True)],
)
async def test_statement_08_more_than_seven_a_minute_are_too_many(ask, rates, retry_after, empty):
    vars(ask.standin.limits.rates).update(rates, sessions=100)
    answers = [await ask.post("/save", {"url": f"{URL}/{n}"}) for n in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 7 + [429]
    assert answers[-1].headers.get("Retry-After") == retry_after
    assert ("429 Too Many Requests" in answers[-1].text) is not empty
    assert (answers[-1].content == b"") is empty
    ask.turn(60)
    assert (await ask.post("/save", {"url": f"{URL}/8"})).status_code == 200


async def test_statement_09_more_than_the_sessions_are_refused(ask):
    for n in range(3):
        await ask.submit(f"{URL}/{n}")
    refused = await ask.submit(f"{URL}/3")
    assert refused["status_ext"] == "error:user-session-limit"
    assert refused["message"].startswith("You have already reached the limit of active Save Page Now sessions.")
    ask.turn(10)
    assert "job_id" in await ask.submit(f"{URL}/3")


async def test_statement_10_the_account_lags_counts_failures_and_is_cached(ask):
    ask.standin.script("*/fails", "error", code="error:read-timeout")
    assert await ask.user() == {
        "available": 3, "processing": 0, "daily_captures": 0, "daily_captures_limit": 30_000,
        "daily_status_limit": 70_000,
    }  # fmt: skip
    await ask.submit(f"{URL}/fails")
    cached = (await ask.get("/save/status/user", keys=True)).json()
    assert (cached["available"], cached["processing"], cached["daily_captures"]) == (2, 1, 1)
    ask.turn(10)
    assert (await ask.get("/save/status/user", keys=True)).json() == cached
    first, second = await ask.user(), await ask.user()
    assert (first["available"], first["processing"]) == (2, 0)
    assert (second["available"], second["daily_captures"]) == (3, 1)


@pytest.mark.parametrize("value", ["01", "True", "true", "yes", "0", ""])
async def test_statement_16_only_1_and_on_are_on(ask, value):
    ask.archive.page(URL, status=404)
    assert (await ask.saved(URL, capture_all=value))["status_ext"] == "error:not-found"


@pytest.mark.parametrize("status", [502, 503, 504, 520, 523])
async def test_statement_19_a_failed_answer_may_have_made_a_capture(ask, status):
    ask.standin.script(URL, "status", status=status, captured=True)
    assert (await ask.post("/save", {"url": URL})).status_code == status
    ask.turn(40)
    assert len(await ask.rows(URL)) == 1


@pytest.mark.parametrize(("mode", "error"), [("reset", httpx2.TransportError), ("hang", httpx2.ReadTimeout)])
async def test_statement_19_so_may_none_at_all(ask, mode, error):
    ask.standin.script(URL, mode)
    with pytest.raises(error):
        await ask.client.post(
            "https://web.archive.org/save",
            data={"url": URL},
            headers={"Authorization": f"LOW {':'.join(KEYS.values())}"},
            timeout=0.2,
        )
    ask.turn(40)
    assert len(await ask.rows(URL)) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(401, "unauthorized"), (403, "no-access"), (404, "not-found"), (429, "too-many-requests")]
)
async def test_statement_20_errors_of_the_page_are_captured_only_where_all_is(ask, status, code):
    ask.archive.page(URL, status=status)
    assert (await ask.saved(URL))["status_ext"] == f"error:{code}"
    ask.turn(30)
    assert await ask.rows(URL) == []
    assert (await ask.saved(URL, capture_all="1"))["http_status"] == status
    ask.turn(30)
    (row,) = await ask.rows(URL)
    assert row.split(" ")[4] == str(status)


async def test_statement_21_three_redirects_and_no_more(ask):
    way = [f"https://example.test/{n}" for n in range(4)]
    ask.archive.page("https://example.test/end", hops=(URL, *way[:2]))
    told = await ask.saved(URL)
    assert (told["status"], told["original_url"]) == ("success", "https://example.test/end")
    ask.archive.page("https://example.test/end", hops=(f"{URL}/far", *way[:3]))
    assert (await ask.saved(f"{URL}/far"))["status_ext"] == "error:too-many-redirects"


async def test_statement_23_an_excluded_domain_is_a_success_that_nobody_sees(ask):
    ask.standin.excluded["example.test"] = "excluded"
    told = await ask.saved(URL)
    assert told["status"] == "success"
    ask.turn(40)
    index = await ask.cdx(URL)
    assert (index.status_code, "Blocked Site Error" in index.text) == (403, True)
    replayed = await ask.get(f"/web/{told['timestamp']}id_/{URL}")
    assert (replayed.status_code, "has been excluded" in replayed.text) == (200, True)
    assert "Memento-Datetime" not in replayed.headers


async def test_statement_24_how_the_service_is(ask):
    assert (await ask.get("/save/status/system")).json()["status"] == "ok"
    ask.standin.save.overloaded = True
    assert "temporarily overloaded" in (await ask.get("/save/status/system")).json()["status"]
    ask.standin.script("", "status", at="system", status=502)
    assert (await ask.get("/save/status/system")).status_code == 502


async def test_statement_42_no_log_holds_the_keys(ask):
    await ask.saved(URL)
    assert ask.archive.log.urls()
    written = repr(list(ask.archive.log))
    assert "authorization" in written.lower()
    for secret in KEYS.values():
        assert secret not in written
