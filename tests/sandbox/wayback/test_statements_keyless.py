"""Statement 22 about the real service, held by the stand-in: GET /save/URL, without keys."""

import httpx2
import pytest

URL = "https://example.test/page?a=1&b=%20c"


async def save(ask, url=URL, **options):
    return await ask.get(f"/save/{url}", accept="*/*", **options)


async def test_statement_22_a_redirect_to_the_new_capture(ask):
    ask.standin.jobs.seconds = 0.2
    answer = await save(ask)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"https://web.archive.org/web/20261101120000/{URL}"
    assert answer.elapsed.total_seconds() >= 0.2
    ask.turn(31)
    assert (await ask.get(f"/web/20261101120000id_/{URL}")).status_code == 200


async def test_statement_22_keys_make_no_difference(ask):
    ask.standin.jobs.seconds = 0
    answers = [await save(ask, f"{URL}&n={n}", keys=True) for n in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]


async def test_statement_22_too_many_in_a_day_are_told_as_a_page(ask):
    ask.standin.jobs.seconds = 0
    ask.standin.limits.rates.anonymous_day = 1
    await save(ask)
    answer = await save(ask, f"{URL}&n=2")
    assert answer.status_code == 200
    assert "daily not-logged-in captures limit of (1,) webpages" in answer.text


async def test_statement_22_a_refusal_is_a_page(ask):
    ask.standin.script(URL, "refuse", message="This URL is in the Save Page Now service block list")
    answer = await save(ask)
    assert answer.status_code == 200
    assert "block list" in answer.text
    assert ask.archive.fetched == []


async def test_statement_22_an_error_of_the_page_is_a_page(ask):
    ask.archive.page(URL, status=404)
    answer = await save(ask)
    assert answer.status_code == 200
    assert "HTTP status=404" in answer.text


async def test_statement_22_429_and_520_when_scripted(ask):
    ask.standin.script(URL, "status", status=429, times=1)
    ask.standin.script(URL, "status", status=520, captured=True, after=0.1)
    assert (await save(ask)).status_code == 429
    assert ask.archive.fetched == []
    late = await save(ask)
    assert (late.status_code, late.elapsed.total_seconds() >= 0.1) == (520, True)
    ask.turn(40)
    assert len(await ask.rows(URL)) == 1


async def test_statement_22_a_hang_with_a_late_capture(ask):
    ask.standin.script(URL, "hang")
    ask.standin.script(URL, "lag", seconds=1_200)
    with pytest.raises(httpx2.ReadTimeout):
        await save(ask, timeout=0.2)
    ask.turn(1_199)
    assert await ask.rows(URL) == []
    ask.turn(1)
    assert len(await ask.rows(URL)) == 1


async def test_statement_22_a_redirect_to_an_older_capture(ask):
    ask.standin.script(URL, "older", timestamp="20190504030201")
    answer = await save(ask)
    assert answer.headers["Location"].startswith("https://web.archive.org/web/20190504030201/")
    assert ask.archive.fetched == []
