"""Statements 1 to 24 and 42 about the real service, held by the stand-in: Save Page Now."""

import re

import httpx2
import pytest

from sandbox.run import KEYS

URL = "https://example.test/page"
SAME = "The same snapshot had been made"
CODES = [
    "bad-gateway", "bad-request", "bandwidth-limit-exceeded", "blocked", "blocked-client-ip", "blocked-url",
    "browsing-timeout", "capture-location-error", "cannot-fetch", "celery", "filesize-limit", "ftp-access-denied",
    "gateway-timeout", "http-version-not-supported", "internal-server-error", "invalid-url-syntax",
    "invalid-server-response", "invalid-host-resolution", "job-failed", "method-not-allowed", "not-implemented",
    "no-browsers-available", "network-authentication-required", "no-access", "not-found", "proxy-error",
    "protocol-error", "read-timeout", "soft-time-limit-exceeded", "service-unavailable", "too-many-daily-captures",
    "too-many-redirects", "too-many-requests", "user-session-limit", "unauthorized", "max-daily-bandwidth",
    "max-daily-bandwidth-from-ip", "max-daily-bandwidth-host", "no-captures", "of-tomorrow",
]  # fmt: skip


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


async def test_statement_11_pending_grows_to_success_with_the_final_url(ask):
    ask.archive.page("https://example.test/end", hops=(URL,))
    job = (await ask.submit(URL))["job_id"]
    seen = []
    for _ in range(3):
        seen.append(len((told := await ask.status(job))["resources"]))
        assert (told["status"], told["job_id"]) == ("pending", job)
        ask.turn(3)
    assert seen == sorted(set(seen))
    ask.turn(1)
    done = await ask.status(job)
    assert done["status"] == "success"
    assert done["original_url"] == "https://example.test/end"
    assert done["timestamp"] == "20261101120000"
    assert isinstance(done["duration_sec"], float)


async def test_statement_11_within_so_many_polls(ask):
    ask.standin.script(URL, "takes", polls=3)
    job = (await ask.submit(URL))["job_id"]
    assert [(await ask.status(job))["status"] for _ in range(4)] == ["pending", "pending", "success", "success"]


async def test_statement_12_unknown_and_old_jobs_are_pending_for_ever(ask):
    known = (await ask.submit(URL))["job_id"]
    ask.turn(3600 + 11)
    for job in ("spn2-" + "0" * 40, known):
        assert await ask.status(job) == {"job_id": job, "resources": [], "status": "pending"}
    ask.turn(10 * 86_400)
    assert (await ask.status(known))["status"] == "pending"


@pytest.mark.parametrize("code", CODES)
async def test_statement_13_every_code_can_be_scripted(ask, code):
    ask.standin.script(URL, "error", code=f"error:{code}", message=f"It is {code}.")
    told = await ask.saved(URL)
    assert (told["status"], told["status_ext"], told["message"]) == ("error", f"error:{code}", f"It is {code}.")


@pytest.mark.parametrize("given", [{"code": "error:job-failed"}, {"message": "Job failed"}, {}])
async def test_statement_13_without_message_or_code(ask, given):
    ask.standin.script(URL, "error", **given)
    told = await ask.saved(URL)
    assert told["status"] == "error"
    assert ("status_ext" in told, "message" in told) == ("code" in given, "message" in given)


@pytest.mark.parametrize(
    "fields",
    [{"timestamp": None}, {"original_url": None}, {"original_job_id": "spn2-1"}, {"original_url": "/only/a/path"}],
)
async def test_statement_14_a_success_that_lacks_or_bends_a_field(ask, fields):
    ask.standin.script(URL, "tell", fields=fields)
    told = await ask.saved(URL)
    assert told["status"] == "success"
    for name, value in fields.items():
        assert told.get(name) == value


async def test_statement_15_outlinks_in_three_shapes(ask):
    links = "".join(f"<a href='/out/{n}'>x</a>" for n in range(600)) + "<a href='https://other.test/a.pdf'>x</a>"
    ask.archive.page(URL, f"<body>{links}</body>".encode())
    vars(ask.standin.limits.rates).update(sessions=1000)
    plain = (await ask.saved(URL))["outlinks"]
    assert plain[:2] == ["https://other.test/a.pdf", "https://example.test/out/0"]
    assert len(plain) == 500
    ask.turn(3600)
    told = await ask.saved(URL, outlinks_availability="1")
    assert told["outlinks"]["https://example.test/out/0"] == {"timestamp": None}
    ask.turn(3600)
    captured = (await ask.saved(URL, capture_outlinks="on"))["outlinks"]
    assert len(captured) == 100
    assert all(job.startswith("spn2-") for job in captured.values())


async def test_statement_15_resources_are_capped(ask):
    ask.archive.page(URL, b"".join(b"<img src='/%d.png'>" % n for n in range(600)))
    assert len((await ask.saved(URL))["resources"]) == 500


@pytest.mark.parametrize("value", ["01", "True", "true", "yes", "0", ""])
async def test_statement_16_only_1_and_on_are_on(ask, value):
    ask.archive.page(URL, status=404)
    assert (await ask.saved(URL, capture_all=value))["status_ext"] == "error:not-found"


async def test_statement_17_a_batch_in_any_order_with_unknown_jobs(ask):
    vars(ask.standin.limits.rates).update(save=100, sessions=100)
    jobs = [(await ask.submit(f"{URL}/{n}"))["job_id"] for n in range(60)]
    ask.turn(10)
    told = (await ask.post("/save/status", {"job_ids": ",".join([*jobs, "spn2-made-up"])})).json()
    by_job = {row["job_id"]: row["status"] for row in told}
    assert by_job == {**dict.fromkeys(jobs, "success"), "spn2-made-up": "pending"}
    assert [row["job_id"] for row in told] != [*jobs, "spn2-made-up"]
    assert (await ask.post("/save/status", {"job_id": jobs[0]})).json()["status"] == "success"


async def test_statement_17_the_jobs_of_outlinks(ask):
    ask.archive.page(URL, b"<a href='/a'>a</a><a href='/b'>b</a>")
    parent = (await ask.submit(URL, capture_outlinks="1"))["job_id"]
    ask.turn(10)
    told = (await ask.post("/save/status", {"job_id_outlinks": parent})).json()
    assert {row["original_url"] for row in told} == {"https://example.test/a", "https://example.test/b"}


async def test_statement_18_a_delayed_start_is_said_and_kept(ask):
    ask.standin.script(URL, "delayed", seconds=2 * 3600 + 180)
    told = await ask.submit(URL)
    assert told["message"].startswith("The capture will start in ~2 hours, 3 minutes because")
    ask.turn(2 * 3600 + 180)
    assert (await ask.status(told["job_id"]))["status"] == "pending"
    ask.turn(10)
    assert (await ask.status(told["job_id"]))["timestamp"] == "20261101140300"


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
