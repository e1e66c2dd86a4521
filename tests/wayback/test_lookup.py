"""The index: "nothing archived", "too many requests", "blocked" and "unreadable" are four different answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.exceptions import WaybackBlockedError, WaybackError, WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback import lookup as lookup_module
from citekeep.wayback.lookup import FIELDS, look_up, parse

URL = "https://dead.test/en/page"
STAMPS = ("20220114083015", "20220220191142", "20230511040307")


async def test_rows_oldest_first(client, holds):
    holds(URL, *STAMPS)
    found = await look_up(client, URL)
    assert (found.outcome, found.malformed) == ("rows", 0)
    assert [capture.at for capture in found.captures] == [
        "2022-01-14T08:30:15Z", "2022-02-20T19:11:42Z", "2023-05-11T04:03:07Z",
    ]  # fmt: skip
    first = found.captures[0]
    assert first.memento_url == f"https://web.archive.org/web/{STAMPS[0]}/{URL}"
    assert (first.status, first.type) == (200, "text/html")


async def test_a_stretch_of_time(client, holds):
    holds(URL, *STAMPS)
    found = await look_up(client, URL, since="2022-02-01T00:00:00Z", until="2022-03-01T00:00:00Z")
    assert [capture.at for capture in found.captures] == ["2022-02-20T19:11:42Z"]


async def test_nothing_is_archived(client):
    assert (await look_up(client, URL)).outcome == "empty"


async def test_only_the_newest_are_asked_for(archive, client):
    await look_up(client, URL)
    assert "limit=-500" in archive.log.urls()[-1]


@pytest.mark.parametrize("why", ["excluded", "robots"])
async def test_the_archive_shows_nothing_of_the_host(standin, client, why):
    standin.excluded["dead.test"] = why
    with pytest.raises(WaybackBlockedError):
        await look_up(client, URL)


async def test_nor_where_it_says_so_in_a_line_of_a_200(standin, client):
    standin.script(URL, "robots_line")
    with pytest.raises(WaybackBlockedError):
        await look_up(client, URL)


@pytest.mark.parametrize("options", [{}, {"body": ""}, {"retry_after": 120}])
async def test_too_many_requests_are_not_an_empty_answer(standin, client, options):
    standin.script(URL, "status", at="index", **options)
    with pytest.raises(WaybackThrottledError) as caught:
        await look_up(client, URL)
    assert caught.value.retry_after == options.get("retry_after")


async def test_rows_that_cannot_be_are_counted(standin, client):
    key = "test,dead)/en/page"
    lines = [
        f"{key} 20000012170449 {URL} text/html 200 AAAA 100",
        f"{key} 20200101000000 http://mailto:someone text/html 200 AAAA 100",
        f"{key} 20200101000000 {URL} and a space text/html 200 AAAA 100",
        f"{key} 20200202020202 {URL} warc/revisit - BBBB 100",
        f"{key} 20200202020202 {URL} warc/revisit - BBBB 100",
    ]
    standin.script(URL, "rows", lines=tuple(lines), times=1)
    found = await look_up(client, URL)
    assert [(capture.at, capture.status) for capture in found.captures] == [("2020-02-02T02:02:02Z", None)]
    assert found.malformed == 3
    standin.script(URL, "rows", lines=tuple(lines[:1]), times=1)
    assert (await look_up(client, URL)).outcome == "malformed"


async def test_a_page_of_html_is_unreadable_and_not_empty(standin, client):
    standin.script(URL, "status", at="index", status=200, body="<html>\n<h1>Internet Archive</h1>\n</html>")
    assert (await look_up(client, URL)).outcome == "malformed"


@pytest.mark.parametrize("mode", ["empty_page", "cycle"])
async def test_keys_to_further_pages_lead_nowhere(archive, standin, client, holds, mode):
    holds(URL, *STAMPS)
    standin.script(URL, mode)
    await look_up(client, URL)
    assert len(archive.log.urls()) == 1


async def test_an_outage_is_no_answer(standin, client):
    standin.script(URL, "outage")
    with pytest.raises(WaybackUnreachableError):
        await look_up(client, URL)


@pytest.mark.parametrize("mode", ["reset", "hang"])
async def test_nor_is_silence(standin, client, monkeypatch, mode):
    monkeypatch.setattr(lookup_module, "LOOKUP_LIMIT", 0.3)
    standin.script(URL, mode, at="index")
    with pytest.raises(WaybackUnreachableError):
        await look_up(client, URL)


@pytest.mark.parametrize("status", [301, 400, 402, 404, 418, 500, 509, 599])
async def test_any_other_status_is_no_answer_either(standin, client, status):
    standin.script(URL, "status", at="index", status=status, body="")
    with pytest.raises(WaybackError):
        await look_up(client, URL)


@given(st.text())
def test_any_text_is_parsed(text):
    found = parse(text)
    assert found.outcome in {"rows", "empty", "malformed"}
    assert all(capture.original.startswith("http") for capture in found.captures)


FIELD = st.one_of(st.sampled_from(["200", "-", "20200101000000", "http://a.test/", "http://[", "9" * 500]), st.text())


@given(st.lists(st.lists(FIELD, min_size=len(FIELDS), max_size=len(FIELDS)).map(" ".join)))
def test_any_rows_are_parsed(rows):
    found = parse("\n".join(rows))
    assert all(100 <= (capture.status or 200) <= 999 for capture in found.captures)
    assert [capture.at for capture in found.captures] == sorted(capture.at for capture in found.captures)
