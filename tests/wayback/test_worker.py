"""What becomes of wishes: each outcome of the service is a state that says no more than is known."""

import asyncio

import pytest

from citekeep import clock
from citekeep.wayback import ledger as ledger_module
from citekeep.wayback import moves as moves_module
from citekeep.wayback import spn as spn_module
from citekeep.wayback import worker as worker_module
from citekeep.wayback.keys import Keys
from citekeep.wayback.terms import SERVICE
from citekeep.wayback.worker import LEASE, Worker
from sandbox.wayback.jobs import Options

URL = "https://live.test/page"
OTHER = "https://other.test/page"


async def test_a_page_without_a_snapshot_is_saved(archive, ledger):
    await ledger.wish(URL)
    await ledger.work()
    save = ledger.save(URL)
    (capture,) = list(archive.standin.captures)
    assert (save["state"], save["origin"]) == ("saved", "saved")
    assert save["memento_url"] == f"https://web.archive.org/web/{capture.timestamp}/{URL}"
    assert ledger.story(URL) == ["wanted", "submitting", "submitted", "saved"]


async def test_one_with_a_recent_snapshot_is_not(archive, ledger, holds):
    holds(URL, clock.stamp14(clock.after(-86_400)))
    await ledger.wish(URL)
    await ledger.work()
    assert ledger.story(URL) == ["wanted", "found"]
    assert archive.fetched == []


async def test_a_recent_capture_that_was_read_back_and_found_bad_is_not_enough(archive, ledger, holds):
    holds(URL, clock.stamp14(clock.after(-86_400)))
    await ledger.wish(URL)
    await ledger.work()
    assert ledger.story(URL) == ["wanted", "found"]

    def is_bad(connection):
        connection.execute("UPDATE mementos SET quality = 'rejected', reason = 'a challenge page'")
        (save_id,) = connection.execute("SELECT id FROM saves").fetchone()
        ledger_module.move(connection, save_id, "rejected", reason="a challenge page")

    await ledger.writer.run(is_bad, urgent=True)
    await ledger.wish_again(URL)
    await ledger.work()
    assert ledger.save(URL)["state"] == "saved"
    assert archive.fetched == [URL]


async def test_two_lanes_do_not_work_on_one_wish(archive, ledger, holds, monkeypatch):
    """A wish that was looked up may be submitted: not while what came of the look-up is still being written."""
    keep = moves_module.Moves.keep

    async def keep_slowly(self, *arguments):
        await asyncio.sleep(0.2)
        await keep(self, *arguments)

    monkeypatch.setattr(moves_module.Moves, "keep", keep_slowly)
    monkeypatch.setattr(worker_module, "JOBS_PAUSE", 0.02)
    holds(URL, clock.stamp14(clock.after(-86_400)))
    await ledger.wish(URL)
    await ledger.work()
    assert ledger.story(URL) == ["wanted", "found"]
    assert archive.fetched == []


async def test_of_a_link_that_redirects_a_recent_capture_of_the_redirect_is_enough(archive, ledger, holds):
    holds(URL, clock.stamp14(clock.after(-7_200)), status=301)
    await ledger.wish(URL)
    await ledger.work()
    assert ledger.story(URL) == ["wanted", "found"]
    assert archive.fetched == []


@pytest.mark.parametrize("status", [404, 503])
async def test_recent_captures_of_errors_do_not_count(ledger, holds, status):
    holds(URL, clock.stamp14(clock.after(-7_200)), status=status)
    await ledger.wish(URL)
    await ledger.work()
    assert ledger.save(URL)["state"] == "saved"


async def test_what_cannot_be_saved_is_only_looked_up(archive, ledger, holds):
    holds(URL, "20190101000000")
    await ledger.wish(URL, OTHER, mode="lookup", verdict="not_found", standing="dead", status=404)
    await ledger.work()
    assert ledger.states() == {URL: "found", OTHER: "absent"}
    assert archive.fetched == []


async def test_a_dead_link_has_the_snapshot_of_its_citation_and_not_the_parked_page(ledger, holds):
    holds(URL, "20211120083015", "20220114083015", "20220220191142", "20230511040307")
    holds(URL, "20220113000000", status=404)
    await ledger.wish(URL, mode="lookup", verdict="dns_nxdomain", standing="dead", status=None)
    await ledger.work()
    (cited,) = ledger.rows("SELECT m.memento_at FROM citations AS c JOIN mementos AS m ON m.id = c.as_cited_memento_id")
    assert cited == {"memento_at": "2022-01-14T08:30:15Z"}


async def test_two_links_that_are_one_page_to_the_archive_both_have_their_snapshot(ledger, holds):
    holds(URL, "20220114083015")
    await ledger.wish(URL, URL.replace("https:", "http:"), mode="lookup")
    await ledger.work()
    assert set(ledger.states().values()) == {"found"}


@pytest.mark.parametrize("change", ["public = 0", "withheld = 'a token in its query'"])
async def test_private_and_withheld_links_are_never_named(archive, ledger, change):
    await ledger.wish(URL)
    await ledger.writer.run(lambda c: c.execute(f"UPDATE links SET {change}") and None)
    summary = await ledger.work(seconds=3_600)
    assert archive.log.urls() == []
    assert (summary.done(), ledger.states()) == (0, {URL: "wanted"})


# --- refusals ---


@pytest.mark.parametrize(
    ("code", "state", "seconds"),
    [
        ("not-found", "refused", None),
        ("blocked-url", "refused", None),
        ("read-timeout", "deferred", 900),
        ("too-many-requests", "deferred", 7_200),
        ("too-many-daily-captures", "deferred", 43_260),
        ("of-tomorrow", "deferred", 86_400),
    ],
)
@pytest.mark.parametrize("mode", ["refuse", "error"])
async def test_a_refusal_is_for_good_or_for_a_time(standin, ledger, mode, code, state, seconds):
    standin.script(URL, mode, code=f"error:{code}", message="It says why.")
    await ledger.wish(URL)
    await ledger.work()
    save = ledger.save(URL)
    assert (save["state"], save["reason"]) == (state, f"error:{code}: It says why.")
    if seconds is not None:
        due = clock.parse(save["next_attempt_at"]) - clock.parse(save["changed_at"])
        assert due == pytest.approx(seconds, abs=60)


async def test_a_refusal_for_a_time_is_tried_again_and_in_the_end_is_for_good(standin, ledger):
    standin.script(URL, "error", code="error:of-tomorrow", message="Not today.")
    await ledger.wish(URL)
    await ledger.work(seconds=4 * 86_400)
    assert ledger.story(URL).count("submitting") == 2
    assert ledger.save(URL)["state"] == "refused"


async def test_it_may_work_out_the_second_time(standin, ledger):
    standin.script(URL, "error", code="error:browsing-timeout", times=1)
    await ledger.wish(URL)
    await ledger.work(seconds=3_600)
    assert ledger.save(URL)["state"] == "saved"


# --- what is not known ---


@pytest.mark.parametrize("mode", ["reset", "hang"])
async def test_silence_is_looked_up_and_never_sent_again(archive, standin, ledger, monkeypatch, mode):
    monkeypatch.setattr(spn_module, "SUBMIT_LIMIT", 0.3)
    standin.script(URL, mode)
    await ledger.wish(URL)
    await ledger.work()
    assert ledger.save(URL)["state"] == "unknown"
    await ledger.work(seconds=3_600)
    assert ledger.save(URL)["state"] == "saved"
    assert archive.fetched == [URL]


async def test_where_nothing_came_about_it_is_absent_in_the_end(standin, ledger):
    standin.script(URL, "status", status=520)
    await ledger.wish(URL)
    await ledger.work(seconds=2 * 86_400)
    assert ledger.save(URL)["state"] == "absent"
    assert ledger.story(URL).count("submitting") == 1


async def test_a_job_that_is_lost_is_looked_up(archive, standin, ledger):
    standin.script(URL, "lost")
    standin.script(URL, "lag", seconds=5_400)
    await ledger.wish(URL)
    await ledger.work(seconds=4_000)
    assert ledger.save(URL)["state"] == "unknown"
    await ledger.work(seconds=4 * 3_600)
    assert ledger.save(URL)["state"] == "saved"
    assert archive.fetched == [URL]


async def test_a_late_start_is_waited_for(standin, ledger):
    standin.script(URL, "delayed", seconds=4 * 3_600)
    await ledger.wish(URL)
    await ledger.work(seconds=4 * 3_600 + 300)
    assert ledger.story(URL) == ["wanted", "submitting", "submitted", "saved"]


async def test_a_capture_of_someone_else_without_a_job_is_found(standin, ledger, holds):
    stamp = clock.stamp14(clock.after(-86_400))
    listed = clock.timestamp() + 50
    holds(URL, stamp, listed_from=listed)
    await ledger.wish(URL)
    await ledger.work(seconds=600)
    assert ledger.story(URL) == ["wanted", "submitting", "unknown", "found"]
    assert ledger.save(URL)["memento_url"].endswith(f"/{stamp}/{URL}")


@pytest.mark.parametrize("fields", [{"timestamp": None}, {"original_url": "/path"}, {"timestamp": "20261399000000"}])
async def test_a_success_that_names_no_capture_is_looked_up(standin, ledger, fields):
    standin.script(URL, "tell", fields=fields)
    await ledger.wish(URL)
    await ledger.work(seconds=600)
    assert ledger.story(URL)[-2:] == ["unknown", "saved"]


async def test_a_success_with_an_old_time_is_found_and_not_saved(standin, ledger):
    standin.script(URL, "tell", fields={"timestamp": "20200101000000"})
    await ledger.wish(URL)
    await ledger.work()
    assert ledger.save(URL)["state"] == "found"


async def test_the_snapshot_of_a_link_that_redirects_is_of_the_link(archive, ledger):
    archive.page("https://elsewhere.test/", hops=(URL,))
    await ledger.wish(URL)
    await ledger.work()
    save = ledger.save(URL)
    assert (save["state"], save["memento_url"].split("/", 5)[5]) == ("saved", URL)
    assert "redirected to https://elsewhere.test/" in save["reason"]


async def test_of_two_jobs_the_one_that_made_the_capture_names_its_time(archive, standin, ledger):
    first = await standin.jobs.start(OTHER, {}, Options())
    archive.clock.turn(600)
    standin.script(URL, "tell", fields={"original_job_id": first.job_id})
    await ledger.wish(URL)
    await ledger.work()
    assert ledger.save(URL)["state"] == "found"
    assert ledger.save(URL)["memento_at"] == clock.from_stamp14(first.answer["timestamp"])


# --- limits ---


async def test_a_crowd_meets_no_429_and_no_wish_is_lost(standin, ledger):
    urls = [f"https://site-{n}.test/" for n in range(40)]
    await ledger.wish(*urls)
    await ledger.work(seconds=3_600)
    assert {ledger.states()[url] for url in urls} == {"saved"}
    assert standin.limits.throttled.total() == 0


async def test_the_reserve_of_the_account_is_kept(standin, ledger):
    standin.limits.rates.day = 10
    await ledger.wish(*(f"https://site-{n}.test/" for n in range(12)))
    summary = await ledger.work(seconds=7_200, reserve=0.2)
    assert standin.limits.today("captures") == 8
    assert "8 of 10 captures" in summary.sentence
    await ledger.work(seconds=12 * 3_600, reserve=0.2)
    assert set(ledger.states().values()) == {"saved"}


async def test_429_closes_the_endpoint_for_as_long_as_it_says(archive, standin, ledger):
    standin.script("*", "status", status=429, retry_after=600, times=1)
    await ledger.wish(URL, OTHER)
    await ledger.work(seconds=590)
    assert sum("/save" in url and "user" not in url for url in archive.log.urls()) == 1
    await ledger.work(seconds=900)
    assert set(ledger.states().values()) == {"saved"}


@pytest.mark.parametrize(("mode", "options"), [("outage", {}), ("status", {"status": 429, "body": ""}), ("reset", {})])
async def test_an_index_that_does_not_answer_is_asked_less_and_less(archive, standin, ledger, mode, options):
    standin.script("*", mode, at="index", **options)
    await ledger.wish(URL, mode="lookup")
    summary = await ledger.work(seconds=6 * 3_600)
    assert set(ledger.states().values()) == {"wanted"}
    assert 3 <= len(archive.log.urls()) <= 20
    assert "the wishes wait" in summary.sentence
    standin.scripts.clear()
    await ledger.work(seconds=3_600)
    assert ledger.save(URL)["state"] == "absent"


async def test_while_an_index_does_not_answer_no_check_has_the_wishes_sorted(standin, ledger, monkeypatch):
    standin.script("*", "status", at="index", status=503)
    await ledger.wish(URL, mode="lookup")
    due, sorted_for, woken = ledger_module.due, [], []

    def noted(connection, service, state, limit, **among):
        sorted_for.append((state, among.get("looked_up")))
        return due(connection, service, state, limit, **among)

    async def is_woken(pause):
        woken.append(pause)
        if len(woken) == 5:
            ledger.stop.set()

    monkeypatch.setattr(ledger_module, "due", noted)
    monkeypatch.setattr(Worker, "_sleep", lambda _, pause: is_woken(pause))
    await ledger.work(real=True, seconds=600)
    assert len(woken) == 5
    assert [sorted_for.count(kind) for kind in (("wanted", False), ("unknown", None))] == [1, 1]


async def test_unreadable_rows_are_not_taken_for_none(standin, ledger):
    standin.script(URL, "rows", lines=("nonsense",), times=1)
    await ledger.wish(URL, mode="lookup")
    await ledger.work()
    save = ledger.save(URL)
    assert (save["state"], "none can be read" in save["reason"]) == ("deferred", True)
    assert [row["outcome"] for row in ledger.rows("SELECT outcome FROM lookups")] == ["malformed"]


@pytest.mark.parametrize("state", ["wanted", "unknown"])
async def test_a_host_that_is_excluded_waits_with_the_reason(standin, ledger, state):
    if state == "unknown":
        standin.script(URL, "status", status=520)
        await ledger.wish(URL)
        await ledger.work()
    else:
        await ledger.wish(URL, mode="lookup")
    standin.excluded["live.test"] = "excluded"
    await ledger.work(seconds=3_600)
    save = ledger.save(URL)
    assert save["state"] == ("unknown" if state == "unknown" else "deferred")
    assert "shows nothing of this host" in save["reason"]
    assert clock.parse(save["next_attempt_at"]) > clock.timestamp() + 86_400


async def test_wrong_keys_are_said_and_used_twice_at_most(archive, ledger):
    await ledger.wish(URL)
    summary = await ledger.work(keys=Keys("wrong-access", "wrong-secret"), seconds=6 * 3_600)
    assert "did not accept the keys" in summary.sentence
    assert sum("/save" in url for url in archive.log.urls()) == 2
    assert ledger.save(URL)["state"] in {"wanted", "deferred"}
    assert archive.fetched == []


async def test_keys_that_are_refused_once_in_an_overload_are_good(standin, ledger):
    standin.script("", "status", at="user", status=401, body='{"message": "You need to be logged in"}', times=1)
    await ledger.wish(URL)
    await ledger.work(seconds=600)
    assert ledger.save(URL)["state"] == "saved"


# --- without keys ---


async def test_without_keys_a_page_is_saved_by_waybackpy(archive, standin, ledger):
    standin.jobs.seconds = 0.0
    await ledger.wish(URL)
    await ledger.work(keys=None)
    assert ledger.story(URL) == ["wanted", "submitting", "saved"]
    assert f"https://web.archive.org/save/{URL}" in archive.log.urls()


async def test_without_keys_an_older_capture_is_found_and_not_saved(standin, ledger):
    standin.script(URL, "older", timestamp="20200101000000")
    await ledger.wish(URL)
    await ledger.work(keys=None)
    assert ledger.save(URL)["state"] == "found"


@pytest.mark.parametrize(
    ("message", "state"),
    [
        ("This URL is in the Save Page Now service block list and cannot be captured.", "refused"),
        ("Crawling this host is paused for 30 seconds.", "deferred"),
        ("You cannot make more than (200,) captures per day.", "deferred"),
    ],
)
async def test_without_keys_a_refusal_in_words_is_what_it_says(standin, ledger, message, state):
    standin.script(URL, "refuse", message=message)
    await ledger.wish(URL)
    await ledger.work(keys=None, seconds=300)
    save = ledger.save(URL)
    assert save["state"] == state
    assert message in save["reason"]


async def test_without_keys_a_page_that_names_no_capture_leaves_it_unknown(archive, standin, ledger):
    standin.script(URL, "refuse", message="You have reached your daily limit")
    await ledger.wish(URL)
    await ledger.work(keys=None)
    assert ledger.save(URL)["state"] == "unknown"
    assert sum("/save/" in url for url in archive.log.urls()) == 1


# --- processes ---


async def test_one_process_works_it_at_a_time(archive, ledger):
    await ledger.wish(URL)
    taken = await ledger.writer.run(ledger_module.take_lease, LEASE, "another", 300.0)
    summary = await ledger.work()
    assert (taken, summary.busy, summary.done()) == (True, True, 0)
    assert summary.sentence == "Another process is working the ledger."
    assert archive.log.urls() == []
    clock.turn(301)
    assert not (await ledger.work()).busy
    assert ledger.rows("SELECT * FROM leases WHERE name = ?", LEASE) == []


async def test_what_another_was_submitting_when_it_died_is_looked_up(archive, ledger):
    await ledger.wish(URL)
    (wish,) = await ledger.writer.run(ledger_module.due, SERVICE, "wanted", 10)
    await ledger.writer.run(lambda c: ledger_module.move(c, wish.save_id, "submitting", holder="it died"))
    await ledger.work(seconds=2 * 86_400)
    assert ledger.story(URL)[:3] == ["wanted", "submitting", "unknown"]
    assert ledger.save(URL)["state"] == "absent"
    assert archive.fetched == []


async def test_a_stop_in_the_middle_of_a_submission_takes_no_time_and_loses_nothing(standin, ledger, monkeypatch):
    monkeypatch.setattr("citekeep.wayback.worker.GRACE", 0.1)
    standin.script(URL, "hang")
    await ledger.wish(URL)
    working = asyncio.ensure_future(ledger.work(real=True))
    while standin.save.submitted != [URL]:
        await asyncio.sleep(0.01)
    ledger.stop.set()
    await asyncio.wait_for(working, 2)
    assert ledger.save(URL)["state"] == "unknown"
    assert ledger.rows("SELECT * FROM leases WHERE name = ?", LEASE) == []


async def test_the_lease_that_is_lost_ends_the_work(ledger, monkeypatch):
    await ledger.wish(URL)
    worker = Worker(ledger.writer, keys=None, terms=None, stop=ledger.stop)

    async def lost():
        return False

    worker._held = True
    monkeypatch.setattr(worker, "_hold", lost)
    await asyncio.wait_for(worker._rounds(None, until_idle=False, limit=None, deadline=None), 1)
    assert ledger.save(URL)["state"] == "wanted"


async def test_a_limit_ends_it(ledger):
    await ledger.wish(URL, OTHER, mode="lookup")
    summary = await ledger.work(limit=1)
    assert summary.moved.total() == 1


async def test_what_may_vanish_first_comes_first(archive, ledger, holds):
    holds("https://held.test/", "20190101000000")
    await ledger.wish("https://held.test/", "https://often.test/", URL)
    await ledger.wish("https://often.test/")
    await ledger.wish("https://doubtful.test/", standing="doubtful")
    await ledger.work(seconds=1_800)
    order = [row["url"] for row in ledger.rows(
        "SELECT l.url FROM save_events AS e JOIN saves AS s ON s.id = e.save_id JOIN links AS l ON l.id = s.link_id"
        " WHERE e.to_state = 'submitting' ORDER BY e.id"
    )]  # fmt: skip
    assert order[:2] == ["https://doubtful.test/", "https://often.test/"]
    assert set(order) == {"https://doubtful.test/", "https://often.test/", URL, "https://held.test/"}
