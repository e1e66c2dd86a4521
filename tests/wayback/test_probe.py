"""A first contact with the stand-in: every service in plain words, and never an exception."""

import asyncio

import pytest

from citekeep import clock
from citekeep.wayback import probe
from citekeep.wayback.keys import Keys
from citekeep.wayback.probe import FAILED, OK, SKIPPED, WAIT, Probe
from sandbox.run import KEYS

THE_KEYS = Keys(*KEYS.values())
URL = "https://live.test/page"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Pauses turn the clock of both."""
    real = asyncio.sleep

    async def turn(seconds):
        clock.turn(seconds)
        await real(0)

    monkeypatch.setattr(probe.asyncio, "sleep", turn)


async def results(keys=THE_KEYS, url=URL):
    return {result.service: result async for result in Probe("Citekeep tests", keys, url).run()}


def outcomes(told):
    return {service: result.outcome for service, result in told.items()}


async def test_all_is_well(archive):
    archive.standin.jobs.index_lag = 0.0
    told = await results()
    assert outcomes(told) == dict.fromkeys(("system", "account", "save", "status", "index", "replay"), OK)
    assert list(told) == ["system", "account", "save", "status", "index", "replay"]
    assert "0 of 30,000" in told["account"].told
    (capture,) = list(archive.standin.captures)
    assert capture.timestamp in told["status"].told
    assert archive.fetched == [URL]


async def test_an_index_that_lags_is_no_failure(archive):
    archive.standin.jobs.index_lag = 3_600.0
    told = await results()
    assert (told["status"].outcome, told["index"].outcome, told["replay"].outcome) == (OK, WAIT, WAIT)


async def test_without_keys_it_saves_the_anonymous_way(archive):
    archive.standin.jobs.index_lag = 0.0
    told = await results(keys=None)
    assert outcomes(told) == {"system": OK, "account": SKIPPED, "save": OK, "index": OK, "replay": OK}
    assert "https://archive.org/account/s3.php" in told["account"].told


async def test_wrong_keys_save_nothing(archive):
    told = await results(keys=Keys("wrong", "secret-of-mine"))
    assert (told["account"].outcome, told["save"].outcome, told["replay"].outcome) == (FAILED, SKIPPED, SKIPPED)
    assert "IA_ACCESS_KEY_ID" in told["account"].told
    assert archive.fetched == []
    assert not any("secret-of-mine" in result.told for result in told.values())


@pytest.mark.parametrize(
    ("at", "mode", "options", "failed"),
    [
        ("save", "status", {"status": 429}, "save"),
        ("save", "hang", {}, "save"),
        ("save", "reset", {}, "save"),
        ("save", "refuse", {"code": "error:blocked-url"}, "save"),
        ("save", "error", {"code": "error:not-found"}, "status"),
        ("index", "status", {"status": 429}, "index"),
        ("index", "outage", {}, "index"),
        ("index", "robots_line", {}, "index"),
    ],
)
async def test_a_service_that_fails_is_named_and_the_others_are_asked(archive, monkeypatch, at, mode, options, failed):
    monkeypatch.setattr(probe.spn, "SUBMIT_LIMIT", 0.5)
    archive.standin.script("*", mode, at=at, **options)
    told = await results()
    assert [name for name, result in told.items() if result.outcome == FAILED] == [failed]
    assert "index" in told


@pytest.mark.parametrize(
    ("mode", "options", "words"),
    [
        ("no_job", {}, "The same snapshot"),
        ("refuse", {"code": "error:user-session-limit", "message": "limit of active sessions"}, "sessions"),
        ("delayed", {"seconds": 7_380.0}, "start in 123 minutes"),
        ("lost", {}, "Not done after"),
    ],
)
async def test_what_is_not_done_yet_is_no_failure(archive, mode, options, words):
    archive.standin.script("*", mode, **options)
    told = await results()
    assert FAILED not in outcomes(told).values()
    assert any(result.outcome == WAIT and words in result.told for result in told.values())


async def test_an_overload_and_a_used_up_quota_are_told(archive):
    archive.standin.save.overloaded = True
    archive.standin.limits.rates.day = 0
    told = await results()
    assert (told["system"].outcome, told["account"].outcome) == (WAIT, WAIT)


async def test_where_nobody_answers_all_fails_in_words(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    told = await results()
    assert (told["system"].outcome, told["account"].outcome, told["index"].outcome) == (FAILED, FAILED, FAILED)


def test_each_probe_saves_a_page_of_its_own():
    assert probe.unique_page() != probe.unique_page()
    assert probe.unique_page().startswith("https://example.com/?")
