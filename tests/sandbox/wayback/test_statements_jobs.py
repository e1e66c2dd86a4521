"""Statements about the real service, held by the stand-in: what becomes of a job, and how it is told."""

import pytest

URL = "https://example.test/page"
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
