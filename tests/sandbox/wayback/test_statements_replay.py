"""Statements 35 to 41 about the real service, held by the stand-in: captures read back, TimeMaps, the TimeGate."""

import gzip

import pytest

URL = "https://example.test/page"
STAMPS = ("20190101000000", "20200101000000", "20210101000000")
BODY = b"<html><body class='x'>\xd0\x9f <a href='/next'>n</a><img src='a.png'></body></html>"
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx"), ("X-Own", "1")]


async def test_statement_35_a_memento_with_its_headers(ask):
    ask.holds(URL, *STAMPS, body=BODY, headers=HEADERS)
    answer = await ask.get(f"/web/{STAMPS[1]}id_/{URL}")
    assert answer.status_code == 200
    assert answer.headers["Memento-Datetime"] == "Wed, 01 Jan 2020 00:00:00 GMT"
    assert answer.headers["x-archive-src"].endswith(".warc.gz")
    for name, value in HEADERS:
        assert answer.headers[f"x-archive-orig-{name}"] == value
    links = answer.headers["Link"]
    for stamp, relation in zip((*STAMPS, STAMPS[2]), ("first", "", "next", "last"), strict=True):
        assert f'<https://web.archive.org/web/{stamp}/{URL}>; rel="{f"{relation} memento".strip()}"' in links
    assert f'/web/{STAMPS[0]}/{URL}>; rel="prev memento"' in links
    assert f'<{URL}>; rel="original"' in links
    assert "id_" not in links


async def test_statement_35_a_saved_page_names_save_page_now(ask):
    stamp = (await ask.saved(URL))["timestamp"]
    ask.turn(30)
    assert (await ask.get(f"/web/{stamp}id_/{URL}")).headers["x-archive-src"].startswith("spn2-")


@pytest.mark.parametrize("modifier", ["", "id_", "if_"])
async def test_statement_36_another_time_leads_to_the_nearest(ask, modifier):
    ask.holds(URL, *STAMPS, body=BODY)
    answer = await ask.get(f"/web/20200202{modifier}/{URL}")
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["Location"] == f"https://web.archive.org/web/{STAMPS[1]}{modifier}/{URL}"
    assert answer.headers["x-archive-redirect-reason"] == f"found capture at {STAMPS[1]}"
    assert "Memento-Datetime" not in answer.headers


@pytest.mark.parametrize("status", [404, 429, 301])
async def test_statement_37_archived_errors_are_mementos(ask, status):
    ask.holds(URL, STAMPS[0], status=status, location="/moved" if status == 301 else None)
    answer = await ask.get(f"/web/{STAMPS[0]}id_/{URL}")
    assert answer.status_code == status
    assert "Memento-Datetime" in answer.headers
    if status == 301:
        assert answer.headers["Location"] == f"https://web.archive.org/web/{STAMPS[0]}id_/https://example.test/moved"


async def test_statement_37_live_errors_are_not(ask):
    ask.holds(URL, STAMPS[0])
    ask.standin.script(URL, "status", at="replay", status=429, times=1)
    live = await ask.get(f"/web/{STAMPS[0]}id_/{URL}")
    assert (live.status_code, "Memento-Datetime" in live.headers) == (429, False)
    ask.standin.limits.rates.playback = 0
    limited = await ask.get(f"/web/{STAMPS[0]}id_/{URL}")
    assert (limited.status_code, "Memento-Datetime" in limited.headers) == (429, False)


async def test_statement_38_raw_is_every_byte_and_the_view_is_not(ask):
    ask.holds(URL, STAMPS[0], body=BODY, headers=HEADERS)
    raw, view = await ask.get(f"/web/{STAMPS[0]}id_/{URL}"), await ask.get(f"/web/{STAMPS[0]}/{URL}")
    assert raw.content == BODY
    assert "WAYBACK TOOLBAR" in view.text
    assert f"https://web.archive.org/web/{STAMPS[0]}/https://example.test/next" in view.text
    assert f"https://web.archive.org/web/{STAMPS[0]}im_/https://example.test/a.png" in view.text


async def test_statement_38_a_redirect_to_look_at_is_a_page(ask):
    ask.holds(URL, STAMPS[0], status=302, location="https://example.test/moved")
    view = await ask.get(f"/web/{STAMPS[0]}/{URL}")
    assert view.status_code == 200
    assert "Got an HTTP 302 response at crawl time" in view.text


async def test_statement_39_a_fresh_capture_is_not_there_yet(ask):
    ask.holds(f"{URL}/old", STAMPS[0])
    new = (await ask.saved(URL))["timestamp"]
    old = (await ask.saved(f"{URL}/old"))["timestamp"]
    assert (await ask.get(f"/web/{new}id_/{URL}")).status_code == 404
    elsewhere = await ask.get(f"/web/{old}id_/{URL}/old")
    assert (elsewhere.status_code, STAMPS[0] in elsewhere.headers["Location"]) == (302, True)
    ask.turn(30)
    assert (await ask.get(f"/web/{new}id_/{URL}")).status_code == 200
    assert (await ask.get(f"/web/{old}id_/{URL}/old")).status_code == 200


async def test_statement_40_never_archived_and_excluded(ask):
    never = await ask.get(f"/web/{STAMPS[0]}id_/{URL}")
    assert (never.status_code, "Memento-Datetime" in never.headers) == (404, False)
    assert never.headers["Content-Type"].startswith("text/html")
    ask.standin.excluded["example.test"] = "excluded"
    ask.holds(URL, STAMPS[0])
    excluded = await ask.get(f"/web/{STAMPS[0]}id_/{URL}")
    assert (excluded.status_code, "excluded" in excluded.text) == (200, True)
    assert "Memento-Datetime" not in excluded.headers


async def test_statement_40_content_encoding_told_twice(ask):
    ask.holds(URL, STAMPS[0], body=gzip.compress(BODY), headers=[*HEADERS, ("Content-Encoding", "gzip")])
    assert (await ask.get(f"/web/{STAMPS[0]}id_/{URL}")).content == BODY
    ask.standin.script(URL, "both_encodings")
    async with ask.client.stream("GET", f"https://web.archive.org/web/{STAMPS[0]}id_/{URL}") as answer:
        assert sorted(answer.headers.get_list("content-encoding")) == ["", "gzip"]
        assert gzip.decompress(b"".join([part async for part in answer.aiter_raw()])) == BODY


async def test_statement_40_redirects_that_go_round(ask):
    ask.holds("https://example.test/a", STAMPS[0], status=302, location="/b")
    ask.holds("https://example.test/b", STAMPS[0], status=302, location="/a")
    path = f"/web/{STAMPS[0]}id_/https://example.test/a"
    first = await ask.get(path)
    second = await ask.get(first.headers["Location"].removeprefix("https://web.archive.org"))
    assert second.headers["Location"] == f"https://web.archive.org{path}"


async def test_statement_41_timemaps(ask):
    ask.holds(URL, *STAMPS, body=BODY)
    link = await ask.get(f"/web/timemap/link/{URL}")
    assert link.headers["Content-Type"] == "application/link-format"
    lines = link.text.rstrip("\n").split(",\n")
    assert lines[0] == f'<{URL}>; rel="original"'
    assert lines[1].startswith(f'<https://web.archive.org/web/timemap/link/{URL}>; rel="self"; type=')
    assert 'rel="timegate"' in lines[2]
    assert 'rel="first memento"; datetime="Tue, 01 Jan 2019' in lines[3]
    assert ['rel="memento"' in line for line in lines[4:]] == [True, True]
    rows = (await ask.get(f"/web/timemap/json/{URL}")).json()
    assert [len(row) for row in rows] == [11] * 4
    assert rows[0][6:8] == ["redirect", "robotflags"]
    cdxj = await ask.get(f"/web/timemap/cdxj/{URL}")
    assert cdxj.headers["Content-Type"] == "text/plain"
    assert [line.split(" ") for line in cdxj.text.splitlines()] == rows[1:]


async def test_statement_41_the_timegate(ask):
    ask.holds(URL, *STAMPS)
    wanted = {"Accept-Datetime": "Wed, 15 Jan 2020 00:00:00 GMT"}
    answer = await ask.get(f"/web/{URL}", headers=wanted)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"https://web.archive.org/web/{STAMPS[1]}/{URL}"
    assert answer.headers["Vary"] == "accept-datetime"
    assert f'/web/{STAMPS[1]}/{URL}>; rel="memento"' in answer.headers["Link"]
    assert STAMPS[2] in (await ask.get(f"/web/{URL}")).headers["Location"]
