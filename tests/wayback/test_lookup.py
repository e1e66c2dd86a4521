"""The index: "nothing archived", "too many requests", "blocked" and "unreadable" are four different answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.exceptions import WaybackBlockedError, WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback.lookup import look_up, parse
from sandbox.http import Response
from sandbox.wayback.captures import key_of

DEAD = "https://www.uralwire.test/en/2022-01-13/fifteen_hundred_activists_and_journalists_gone_in_one_year"
NEVER = "https://www.uralwire.test/never/archived"


async def test_rows(client):
    found = await look_up(client, DEAD)
    assert (found.outcome, found.malformed) == ("rows", 0)
    assert [capture.at[:10] for capture in found.captures] == ["2022-01-14", "2022-02-20", "2023-05-11"]
    first = found.captures[0]
    assert first.memento_url == f"https://web.archive.org/web/20220114083015/{DEAD}"
    assert (first.status, first.type) == (200, "text/html")


async def test_a_stretch_of_time(client):
    found = await look_up(client, DEAD, since="2022-02-01T00:00:00Z", until="2022-03-01T00:00:00Z")
    assert [capture.at for capture in found.captures] == ["2022-02-20T19:11:42Z"]


async def test_nothing_is_archived(client):
    assert (await look_up(client, NEVER)).outcome == "empty"


@pytest.mark.parametrize("why", ["excluded", "robots"])
async def test_the_archive_shows_nothing_of_the_host(standin, client, why):
    standin.excluded["www.uralwire.test"] = why
    with pytest.raises(WaybackBlockedError):
        await look_up(client, DEAD)


async def test_too_many_requests_are_not_an_empty_answer(standin, client):
    for _ in range(30):
        assert standin.limits.allow("index")
    with pytest.raises(WaybackThrottledError):
        await look_up(client, NEVER)


async def test_rows_that_cannot_be_are_counted(standin, client):
    key = key_of(NEVER)
    standin.captures.rows[key] = [
        f"{key} 20000012170449 {NEVER} text/html 200 AAAA 100",
        f"{key} 20200101000000 http://mailto:someone text/html 200 AAAA 100",
        f"{key} 20200101000000 {NEVER} and a space text/html 200 AAAA 100",
        f"{key} 20200202020202 {NEVER} warc/revisit - BBBB 100",
        f"{key} 20200202020202 {NEVER} warc/revisit - BBBB 100",
    ]
    try:
        found = await look_up(client, NEVER)
        assert [(capture.at, capture.status) for capture in found.captures] == [("2020-02-02T02:02:02Z", None)]
        assert found.malformed == 3
        standin.captures.rows[key] = standin.captures.rows[key][:1]
        assert (await look_up(client, NEVER)).outcome == "malformed"
    finally:
        del standin.captures.rows[key]


@pytest.mark.parametrize("status", [500, 503, 504])
async def test_an_outage_is_no_answer(running, standin, client, monkeypatch, status):
    async def broken(_):
        return Response(status=status, body=b"Temporarily Offline")

    monkeypatch.setattr(running.proxy, "handlers", dict.fromkeys(running.proxy.handlers, broken))
    with pytest.raises(WaybackUnreachableError):
        await look_up(client, DEAD)


@given(st.text())
def test_any_text_is_parsed(text):
    found = parse(text)
    assert found.outcome in {"rows", "empty", "malformed"}
    assert all(capture.original.startswith("http") for capture in found.captures)
