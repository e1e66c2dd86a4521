"""Statements 25 to 34 about the real service, held by the stand-in: its index, and the availability API."""

from urllib.parse import quote

import httpx2
import pytest

URL = "https://example.test/page"
STAMPS = ("20190101000000", "20200101000000", "20200102000000", "20210101000000")
NAMES = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


def stamps(rows):
    return [row.split(" ")[1] for row in rows]


async def test_statement_25_seven_fields_as_text_or_json(ask):
    ask.holds(URL, STAMPS[0], body=b"x")
    answer = await ask.cdx(URL)
    assert answer.headers["Content-Type"] == "text/plain;charset=UTF-8"
    fields = answer.text.rstrip("\n").split(" ")
    digest = "CH3K3DWFFIUYJK5K7V6DWULFAN4FYIDS"  # base32 of SHA-1 of "x"
    assert fields == ["test,example)/page", STAMPS[0], URL, "text/html", "200", digest, "301"]
    assert (await ask.cdx(URL, output="json")).json() == [NAMES, fields]


async def test_statement_25_nothing_is_an_empty_body_or_an_empty_list(ask):
    text, data = await ask.cdx(URL), await ask.cdx(URL, output="json")
    assert (text.status_code, text.content) == (200, b"")
    assert (data.status_code, data.json()) == (200, [])


async def test_statement_26_duplicates_ports_revisits_and_malformed_rows(ask):
    lines = (
        "test,example)/page 20000012170449 http://example.test/page text/html 200 AAAA 1",
        "test,example)/page 20200101000000 http://mailto:someone@example.test text/html 200 AAAA 1",
        "test,example)/page 20200101000000 http://example.test/a b text/html 200 AAAA 1",
    )
    ask.standin.script(URL, "rows", lines=lines)
    ask.holds("http://www.example.test:80/page", STAMPS[0], STAMPS[0])
    ask.holds(URL, STAMPS[1], revisit=True)
    rows = await ask.rows(URL)
    assert rows[0] == rows[1]
    assert rows[0].split(" ")[2] == "http://www.example.test:80/page"
    assert rows[2].split(" ")[3:5] == ["warc/revisit", "-"]
    assert rows[3:] == list(lines)


async def test_statement_27_a_resume_key_is_sent_back_encoded_once_more(ask):
    ask.holds(URL, *STAMPS)
    first = await ask.rows(URL, limit=3, showResumeKey="true")
    assert first[3] == ""
    assert first[4] == "test%2Cexample%29%2Fpage+20210101000000"
    url = f"/cdx/search/cdx?url={quote(URL, safe='')}&limit=3&resumeKey={quote(first[4], safe='')}"
    assert "%252C" in url
    assert stamps((await ask.get(url)).text.splitlines()) == [STAMPS[3]]
    as_json = (await ask.cdx(URL, limit=3, showResumeKey="true", output="json")).json()
    assert as_json[-2:] == [[], [first[4]]]


async def test_statement_27_no_rows_and_yet_a_key(ask):
    ask.holds(URL, *STAMPS)
    ask.standin.script(URL, "empty_page", times=1)
    page = await ask.rows(URL, limit=2, showResumeKey="true")
    assert page[0] == ""
    assert stamps(await ask.rows(URL, resumeKey=page[1])) == list(STAMPS)


async def test_statement_27_keys_that_cycle(ask):
    ask.holds(URL, *STAMPS)
    ask.standin.script(URL, "cycle")
    first = await ask.rows(URL, limit=2, showResumeKey="true")
    assert await ask.rows(URL, limit=2, showResumeKey="true", resumeKey=first[-1]) == first


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"limit": "2"}, STAMPS[:2]),
        ({"limit": "-1"}, STAMPS[3:]),
        ({"limit": "2", "offset": "1"}, STAMPS[1:3]),
        ({"sort": "reverse"}, STAMPS[::-1]),
        ({"sort": "of-no-kind"}, STAMPS),
        ({"collapse": "timestamp:4"}, (STAMPS[0], STAMPS[1], STAMPS[3])),
        ({"collapse": "digest"}, STAMPS[:1]),
        ({"from": "2020", "to": "2020"}, STAMPS[1:3]),
        ({"to": "20200101"}, STAMPS[:2]),
        ({"filter": "timestamp:2020.*"}, STAMPS[1:3]),
        ({"filter": "timestamp:2020"}, ()),
        ({"filter": "!timestamp:2020.*"}, (STAMPS[0], STAMPS[3])),
        ({"filter": ["statuscode:200", "!mimetype:text/.*"]}, ()),
    ],
)
async def test_statement_28_limits_collapse_filters_and_times(ask, asked, found):
    ask.holds(URL, *STAMPS)
    assert stamps(await ask.rows(URL, **asked)) == list(found)


@pytest.mark.parametrize(
    ("url", "kind", "found"),
    [
        ("http://www.example.test:80/PAGE/", None, {URL}),
        ("https://example.test/page", "prefix", {URL, f"{URL}/a"}),
        ("https://example.test/page*", None, {URL, f"{URL}/a"}),
        ("example.test", "host", {URL, f"{URL}/a", "https://example.test/"}),
        ("example.test", "domain", {URL, f"{URL}/a", "https://example.test/", "https://news.example.test/"}),
        ("*.example.test", None, {URL, f"{URL}/a", "https://example.test/", "https://news.example.test/"}),
    ],
)
async def test_statement_28_kinds_of_matches_and_wildcards(ask, url, kind, found):
    for held in (URL, f"{URL}/a", "https://example.test/", "https://news.example.test/", "https://notexample.test/"):
        ask.holds(held, STAMPS[0])
    rows = await ask.rows(url, **({"matchType": kind} if kind else {}))
    assert {row.split(" ")[2] for row in rows} == found


async def test_statement_29_closest_sorts_is_ignored_or_needs_its_sort(ask):
    ask.holds(URL, *STAMPS)
    asked = {"closest": "20200103", "limit": "1"}
    assert stamps(await ask.rows(URL, **asked, sort="closest")) == [STAMPS[2]]
    assert stamps(await ask.rows(URL, **asked)) == [STAMPS[0]]
    ask.standin.cdx.closest_works = False
    assert stamps(await ask.rows(URL, **asked, sort="closest")) == [STAMPS[0]]


async def test_statement_29_pages_are_refused_unless_switched_on(ask):
    ask.holds(URL, *STAMPS)
    assert (await ask.cdx(URL, showNumPages="true")).status_code == 400
    ask.standin.cdx.pages = True
    assert (await ask.cdx(URL, showNumPages="true")).text.strip() == "1"


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("excluded", "AdministrativeAccessControlException: Blocked Site Error"),
        ("robots", "RobotAccessControlException: Blocked By Robots"),
    ],
)
async def test_statement_30_blocks_are_403_with_java_in_header_and_body(ask, why, text):
    ask.standin.excluded["example.test"] = why
    answer = await ask.cdx(URL)
    assert answer.status_code == 403
    assert text in answer.text
    assert text in answer.headers["X-Archive-Wayback-Runtime-Error"]


async def test_statement_30_a_block_as_a_line_an_outage_and_a_question_without_url(ask):
    ask.standin.script(URL, "robots_line", times=1)
    line = await ask.cdx(URL)
    assert (line.status_code, "Blocked By Robots" in line.text) == (200, True)
    ask.standin.script(URL, "outage", text="java.io.IOException: no index")
    down = await ask.cdx(URL)
    assert (down.status_code, down.text) == (503, "java.io.IOException: no index")
    assert down.headers["X-Archive-Wayback-Runtime-Error"] == "java.io.IOException: no index"
    nothing = await ask.get("/cdx/search/cdx?limit=1")
    assert (nothing.status_code, nothing.text) == (400, "url parameter is required")


async def test_statement_31_one_pool_of_30_a_minute_for_index_and_timemaps(ask):
    ask.holds(URL, STAMPS[0])
    answers = [await ask.cdx(URL) for _ in range(15)]
    answers += [await ask.get(f"/web/timemap/link/{URL}") for _ in range(15)]
    assert {answer.status_code for answer in answers} == {200}
    assert (await ask.cdx(URL)).status_code == 429
    refused = await ask.get(f"/web/timemap/json/{URL}")
    assert (refused.status_code, "429 Too Many Requests" in refused.text) == (429, True)
    assert (await ask.get(f"/web/2019id_/{URL}")).status_code == 302


async def ignore_429(ask):
    ask.standin.limits.rates.index = 0
    for _ in range(4):
        assert (await ask.cdx(URL)).status_code == 429
        ask.turn(30)
    ask.standin.limits.rates.index = 30


async def test_statement_31_who_ignores_it_is_shut_out_for_longer_each_time(ask):
    for hours in (1, 2, 4):
        await ignore_429(ask)
        with pytest.raises((httpx2.TransportError, httpx2.ProxyError)):
            await ask.cdx(URL)
        ask.turn(hours * 3600 - 31)
        with pytest.raises((httpx2.TransportError, httpx2.ProxyError)):
            await ask.cdx(URL)
        ask.turn(1)
        assert (await ask.cdx(URL)).status_code == 200
        ask.turn(120)


async def test_statement_31_who_waits_is_not(ask):
    ask.standin.limits.rates.index = 0
    for _ in range(4):
        assert (await ask.cdx(URL)).status_code == 429
        ask.turn(61)


async def test_statement_32_latency_and_timeouts(ask):
    ask.standin.script(URL, "slow", at="index", seconds=0.2, times=1)
    assert (await ask.cdx(URL)).elapsed.total_seconds() >= 0.2
    ask.standin.script(URL, "hang", at="index")
    with pytest.raises(httpx2.ReadTimeout):
        await ask.get("/cdx/search/cdx", params={"url": URL}, timeout=0.2)


async def test_statement_33_a_new_capture_is_listed_late(ask):
    await ask.submit(URL)
    ask.turn(29)
    assert await ask.rows(URL) == []
    ask.turn(1)
    assert len(await ask.rows(URL)) == 1
    ask.turn(3600)
    await ask.submit(URL, delay_wb_availability="1")
    ask.turn(12 * 3600 - 1)
    assert len(await ask.rows(URL)) == 1
    ask.turn(1)
    assert len(await ask.rows(URL)) == 2


async def available(ask, url, **params):
    return await ask.get("/wayback/available", host="https://archive.org", params={"url": url, **params})


async def test_statement_34_the_nearest_capture(ask):
    ask.holds(URL, *STAMPS)
    told = (await available(ask, URL, timestamp="20190201")).json()
    nearest = {
        "status": "200", "available": True, "url": f"http://web.archive.org/web/{STAMPS[0]}/{URL}",
        "timestamp": STAMPS[0],
    }  # fmt: skip
    assert told == {"url": URL, "archived_snapshots": {"closest": nearest}, "timestamp": "20190201"}
    assert (await available(ask, "http://never.test/")).json() == {
        "url": "http://never.test/", "archived_snapshots": {},
    }  # fmt: skip


async def test_statement_34_never_a_revisit_and_later_than_the_index(ask):
    ask.holds(URL, STAMPS[0])
    ask.holds(URL, STAMPS[3], revisit=True)
    await ask.saved(f"{URL}/new")
    ask.turn(3600)
    assert (await available(ask, URL)).json()["archived_snapshots"]["closest"]["timestamp"] == STAMPS[0]
    assert len(await ask.rows(f"{URL}/new")) == 1
    assert (await available(ask, f"{URL}/new")).json()["archived_snapshots"] == {}
    ask.turn(4 * 3600)
    assert (await available(ask, f"{URL}/new")).json()["archived_snapshots"] != {}


async def test_statement_34_switches_and_429_on_the_first_request(ask):
    ask.holds(URL, *STAMPS)
    ask.standin.script(URL, "status", at="available", times=1)
    first = await available(ask, URL)
    assert (first.status_code, first.headers["Content-Type"]) == (429, "text/html")
    ask.standin.available.https_works = False
    assert (await available(ask, URL)).json()["archived_snapshots"] == {}
    assert (await available(ask, "http://example.test/page")).json()["archived_snapshots"] != {}
    ask.standin.available.forgetful = True
    assert (await available(ask, "http://example.test/page")).json()["archived_snapshots"] == {}
