"""Mementos read back: only what carries Memento-Datetime is an archived response."""

import pytest

from citekeep import clock
from citekeep.exceptions import WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback.replay import replay
from sandbox.http import Response

WEB = "https://web.archive.org/web"
DEAD = "https://www.uralwire.test/en/2022-01-13/gone"
STAMP = "20220114083015"


@pytest.fixture
def add(holds):
    """Let the archive hold a capture, and return its address."""

    def added(url, **fields):
        holds(url, STAMP, **fields)
        return f"{WEB}/{STAMP}/{url}"

    return added


async def test_a_page_as_it_was(standin, client, add):
    shown = await replay(client, add(DEAD, body=b"<html><body>As it was."))
    assert (shown.missing, shown.at, shown.status, shown.url) == (None, "2022-01-14T08:30:15Z", 200, DEAD)
    assert "text/html" in shown.content_type
    stored = standin.captures.of(DEAD, standin.clock.now())[0]
    assert shown.body == stored.body, "no banner, no rewritten links"
    assert shown.digest == stored.digest


@pytest.mark.parametrize("status", [404, 429, 503])
async def test_an_archived_error_is_an_archived_response(client, add, status):
    address = add(f"https://www.uralwire.test/{status}", status=status, body=b"Gone")
    shown = await replay(client, address)
    assert (shown.missing, shown.status, shown.body) == (None, status, b"Gone")


async def test_archived_redirects_are_followed_within_the_archive(client, add):
    end = "https://www.uralwire.test/end"
    address = add("https://www.uralwire.test/start", status=301, location="/end", headers=[("Location", "/end")])
    add(end, body=b"Here")
    shown = await replay(client, address)
    assert (shown.url, shown.body) == (end, b"Here")


@pytest.mark.parametrize(
    ("captured", "missing"),
    [("20220114083017", None), ("20220119000000", None), ("20220301000000", "target"), ("20210301000000", "target")],
)
async def test_the_page_that_a_redirect_leads_to_has_a_time_of_its_own(client, add, holds, captured, missing):
    """The archive leads on to the nearest capture; what is far from it in time is not what was shown then."""
    end = "https://www.uralwire.test/end"
    address = add("https://www.uralwire.test/start", status=301, location="/end", headers=[("Location", "/end")])
    holds(end, captured, body=b"Here")
    shown = await replay(client, address)
    assert shown.missing == missing
    if missing is None:
        assert (shown.url, shown.at, shown.redirected, shown.digest) == (end, "2022-01-14T08:30:15Z", True, None)
        assert shown.landed_at == clock.from_stamp14(captured)


async def test_a_redirect_to_what_was_never_archived(client, add):
    address = add("https://www.uralwire.test/start", status=301, location="/end", headers=[("Location", "/end")])
    assert (await replay(client, address)).missing == "target"


async def test_round_in_circles(client, add):
    url = "https://www.uralwire.test/circle"
    address = add(url, status=302, location=url, headers=[("Location", url)])
    assert (await replay(client, address)).missing == "loop"


async def test_another_time(client, add):
    add(DEAD)
    assert (await replay(client, f"{WEB}/20220114083016/{DEAD}")).missing == "another_time"


async def test_never_archived(client):
    assert (await replay(client, f"{WEB}/20220114083015/https://www.uralwire.test/never")).missing == "not_there"
    assert (await replay(client, "https://elsewhere.example/web/2022")).missing == "not_there"


async def test_excluded_is_a_page_of_status_200(standin, client, add):
    add(DEAD)
    standin.excluded["uralwire.test"] = "excluded"
    assert (await replay(client, f"{WEB}/20220114083015/{DEAD}")).missing == "excluded"


@pytest.mark.parametrize(("status", "error"), [(429, WaybackThrottledError), (503, WaybackUnreachableError)])
async def test_what_the_service_says_of_itself_is_no_answer(archive, client, monkeypatch, status, error):
    async def trouble(_):
        return Response(status=status, body=b"trouble")

    monkeypatch.setattr(archive.proxy, "handlers", dict.fromkeys(archive.proxy.handlers, trouble))
    with pytest.raises(error):
        await replay(client, f"{WEB}/20220114083015/{DEAD}")
