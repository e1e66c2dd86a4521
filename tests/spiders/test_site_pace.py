"""Over real sockets and runs: a site that asks for less, fails or walls us is asked less or not at all, by every run."""

import os
import re
import sys
import threading
import time
from itertools import pairwise

import pytest

from citekeep import clock
from tests.forked import forked
from tests.small_web import ROOT, TEXT, Web, ask, crawl, later

FORBIDDEN = ("<html><title>403 Forbidden</title><h1>403 Forbidden</h1>", {}, 403)
DAY = 86_400
HTML = {"Content-Type": "text/html"}


def page(path):
    text = f"<p>{TEXT} So says report {path}.</p>"
    return f"<html lang=en><title>{path}</title><body><article><h1>{path}</h1>{text}</article></body>", HTML


@pytest.fixture
def web():
    with Web() as web:
        yield web


def links(folder, *urls):
    path = folder / "urls.txt"
    path.write_text("".join(f"{url}\n" for url in urls))
    return "-a", f"urls={path}"


def paths(host, *names):
    return [f"http://{host}/{name}" for name in names]


def site(folder, name):
    columns = "delay_ms, pause_reason, paused_until, walls, requests"
    (row,) = ask(folder, f"SELECT {columns} FROM sites WHERE site = '{name}'")
    return dict(zip(columns.split(", "), row, strict=True))


def verdicts(folder, *, of="1"):
    return ask(
        folder,
        "SELECT l.url, j.verdict, count(*) FROM checks AS c JOIN links AS l ON l.id = c.link_id"
        f" JOIN judgements AS j ON j.check_id = c.id WHERE {of} GROUP BY 1, 2 ORDER BY min(c.id)",
    )


def end_pause(folder):
    later(folder, "UPDATE sites SET paused_until = '2026-01-01T00:00:00Z', not_before_at = NULL")


def seconds_left(until):
    return clock.parse(until) - clock.timestamp()


def test_a_site_that_walls_us_is_paused_and_named_and_each_link_that_waits_has_its_reason_once(tmp_path, web):
    for name in "abcdef":
        web.pages["walled.test", f"/{name}"] = FORBIDDEN
    done = crawl(tmp_path, web, *links(tmp_path, *paths("walled.test", *"abcdef")), spider="links", code=7)
    assert len(web.paths()) == 3
    found = site(tmp_path, "walled.test")
    assert (found["pause_reason"], found["walls"]) == ("walled", 1)
    assert abs(seconds_left(found["paused_until"]) - DAY) < 120
    assert "walled.test is paused until" in done.stdout
    assert "lets us read nothing" in done.stdout
    assert [verdict for _, verdict, _ in verdicts(tmp_path)] == ["access_denied"] * 3 + ["paused"] * 3

    for _ in range(2):  # what waits is not recorded run after run, nor asked
        later(tmp_path)
        crawl(tmp_path, web, spider="due")
    assert web.paths() == []
    rows = verdicts(tmp_path)
    assert {number for *_, number in rows if number} == {1}
    assert sum(verdict == "paused" for _, verdict, _ in rows) == 6, "each whose time came, once"
    assert ask(tmp_path, "SELECT waiting, pause_reason FROM paused_sites") == [(6, "walled")]
    assert ask(tmp_path, "SELECT count(*) FROM links WHERE next_check_at < (SELECT paused_until FROM sites)") == [(0,)]


def test_after_a_pause_one_link_is_asked_and_a_site_that_lets_us_in_is_asked_as_before(tmp_path, web):
    for name in "abcdef":
        web.pages["walled.test", f"/{name}"] = FORBIDDEN
    crawl(tmp_path, web, *links(tmp_path, *paths("walled.test", *"abcdef")), spider="links", code=7)
    web.asked.clear()
    end_pause(tmp_path)
    later(tmp_path)
    crawl(tmp_path, web, spider="due")
    assert len(web.paths()) == 1, "one wall is enough now"
    found = site(tmp_path, "walled.test")
    assert found["walls"] == 2
    assert abs(seconds_left(found["paused_until"]) - 2 * DAY) < 120

    for name in "abcdef":
        web.pages["walled.test", f"/{name}"] = page(name)
    end_pause(tmp_path)
    later(tmp_path)
    crawl(tmp_path, web, spider="due")
    assert len(web.paths()) == 6
    assert site(tmp_path, "walled.test")["walls"] == 0
    assert ask(tmp_path, "SELECT count(*) FROM paused_sites") == [(0,)]
    assert ask(tmp_path, "SELECT DISTINCT standing FROM links") == [("alive",)]


def test_a_page_let_through_between_walls_pauses_nobody(tmp_path, web):
    for name in "abcdef":
        web.pages["some.test", f"/{name}"] = page(name) if name in "be" else FORBIDDEN
    crawl(tmp_path, web, *links(tmp_path, *paths("some.test", *"abcdef")), spider="links")
    assert len(web.paths()) == 6
    assert site(tmp_path, "some.test")["paused_until"] is None


def test_back_off_goes_on_in_the_next_run_and_recovers_slowly(tmp_path, web):
    answers = [page("x"), ("", {}, 503), ("", {}, 503)]
    for name in "abcdefgh":
        web.pages["busy.test", f"/{name}"] = lambda: answers.pop(0) if answers else page("x")
    crawl(tmp_path, web, *links(tmp_path, *paths("busy.test", *"abc")), spider="links")
    assert site(tmp_path, "busy.test")["delay_ms"] == 1_000  # 0, 500, 1,000: DOWNLOAD_DELAY is 0 here
    web.asked.clear()
    crawl(tmp_path, web, *links(tmp_path, *paths("busy.test", *"de")), spider="links")
    first, second = web.times("busy.test", "/d"), web.times("busy.test", "/e")
    assert second[0] - first[0] > 0.85, "the run before told how slowly"
    assert site(tmp_path, "busy.test")["delay_ms"] == 810
    crawl(tmp_path, web, *links(tmp_path, *paths("busy.test", *"fgh")), spider="links", SITE_DELAY_RECOVERY=1)
    assert site(tmp_path, "busy.test")["delay_ms"] is None


@pytest.mark.parametrize(
    ("fields", "seconds"), [({"Retry-After": "7200"}, 7_200), ({"Retry-After": "99999999"}, DAY), ({}, 3_600)]
)
def test_a_site_that_asks_for_less_is_left_alone_by_other_runs_too(tmp_path, web, fields, seconds):
    for name in "abc":
        web.pages["less.test", f"/{name}"] = ("slow down", fields, 429)
    crawl(tmp_path, web, *links(tmp_path, *paths("less.test", *"abc")), spider="links", code=7)
    crawl(tmp_path, web, *links(tmp_path, *paths("less.test", *"abc")), spider="links", code=7)
    assert len(web.paths()) == 1
    assert abs(seconds_left(site(tmp_path, "less.test")["paused_until"]) - seconds) < 120


def test_a_short_wait_is_waited_out(tmp_path, web):
    answers = [("", {"Retry-After": "2"}, 503)]
    for name in "ab":
        web.pages["soon.test", f"/{name}"] = lambda: answers.pop() if answers else page("x")
    crawl(tmp_path, web, *links(tmp_path, *paths("soon.test", *"ab")), spider="links")
    first, second = web.times("soon.test", "/a"), web.times("soon.test", "/b")
    assert second[0] - first[0] > 1.5


def test_a_redirect_does_not_lead_to_a_paused_site(tmp_path, web):
    web.pages["less.test", "/a"] = ("slow down", {"Retry-After": "7200"}, 429)
    crawl(tmp_path, web, *links(tmp_path, "http://less.test/a"), spider="links")
    web.pages["short.test", "/x"] = ("", {"Location": "http://less.test/b"}, 302)
    web.asked.clear()
    crawl(tmp_path, web, *links(tmp_path, "http://short.test/x"), spider="links", code=7)
    assert web.paths() == [("short.test", "/x")]
    assert ("http://short.test/x", "paused", 1) in verdicts(tmp_path)


def test_a_run_asks_a_site_no_more_than_it_may_and_leaves_the_rest_due(tmp_path, web):
    for name in "abcdef":
        web.pages["big.test", f"/{name}"] = page(name)
    limit = {"SITE_REQUESTS_PER_RUN": 3}  # robots.txt is one of them
    done = crawl(tmp_path, web, *links(tmp_path, *paths("big.test", *"abcdef")), spider="links", code=7, **limit)
    assert len(web.asked) == 3
    web.asked.clear()
    assert "big.test was asked as often as one run may: 4 links left for another." in done.stdout
    assert [verdict[:5] for _, verdict, _ in verdicts(tmp_path)] == ["alive"] * 2 + ["cap"] * 4
    crawl(tmp_path, web, *links(tmp_path, *paths("big.test", *"cdef")), spider="links", code=7, **limit)
    assert len(web.asked) == 3
    assert verdicts(tmp_path, of="j.verdict = 'cap'") == [(f"http://big.test/{n}", "cap", 1) for n in "cdef"]
    crawl(tmp_path, web, spider="due")
    assert ask(tmp_path, "SELECT DISTINCT standing FROM links") == [("alive",)]


def test_a_day_has_so_many_requests_for_a_site_over_all_runs(tmp_path, web):
    for name in "abcdef":
        web.pages["big.test", f"/{name}"] = page(name)
    for _ in range(3):
        crawl(
            tmp_path,
            web,
            *links(tmp_path, *paths("big.test", *"abcdef")),
            spider="links",
            code=7,
            SITE_REQUESTS_PER_DAY=4,
        )
    assert len(web.asked) == 4
    found = site(tmp_path, "big.test")
    assert (found["pause_reason"], found["requests"]) == ("cap", 4)
    assert found["paused_until"].endswith("T00:00:00Z")
    assert ask(tmp_path, "SELECT reason, count(*) FROM checks WHERE reason IS NOT NULL GROUP BY 1") == [("cap", 6)], (
        "of each link once: those that were asked again by name, too"
    )


def test_two_processes_share_the_pace_of_a_site(tmp_path, web):
    names = [f"n{number}" for number in range(8)]
    for name in names:
        web.pages["slow.test", f"/{name}"] = page(name)
    crawl(tmp_path, web, *links(tmp_path, "http://slow.test/n0"), spider="links")
    later(tmp_path, "UPDATE sites SET delay_ms = 1200")
    later(tmp_path)
    web.asked.clear()
    runs = []
    for half in (names[:4], names[4:]):
        folder = tmp_path / half[0]
        folder.mkdir()
        runs.append(crawl(tmp_path, web, *links(folder, *paths("slow.test", *half)), spider="links", code=None, wait=False,
                          SITE_DELAY_RECOVERY=0))  # fmt: skip
    for run in runs:
        run.communicate(timeout=60)
    times = sorted(time for name in names for time in web.times("slow.test", f"/{name}"))
    assert len(times) >= 4
    assert all(later - earlier > 1.0 for earlier, later in pairwise(times)), times


def test_what_a_page_needs_counts_against_the_day_of_its_site_and_the_pause_can_be_lifted(tmp_path, web):
    pictures = "".join(f"<img src=/{n}.png>" for n in range(5))
    body, fields = page("story")
    web.pages["big.test", "/story"] = (body.replace("</article>", f"{pictures}</article>"), fields)
    for n in range(5):
        web.pages["big.test", f"/{n}.png"] = (b"\x89PNG" + b"x" * 50, {"Content-Type": "image/png"})
    limits = {"SITE_REQUESTS_PER_DAY": 4, "REQUISITES_ENABLED": 1}
    crawl(tmp_path, web, "-a", "url=http://big.test/story", spider="article", **limits)
    assert len(web.asked) == 4, "robots.txt, the page, two pictures"
    found = site(tmp_path, "big.test")
    assert (found["pause_reason"], found["requests"]) == ("cap", 4)
    assert ask(tmp_path, "SELECT captured, waiting FROM article_requisites") == [(2, 3)]
    until = found["paused_until"]
    later(tmp_path, f"UPDATE links SET next_check_at = '{until}' WHERE url LIKE '%story'")

    def lift(name):
        return forked(
            [sys.executable, "-m", "scrapy", "due", "--lift", name], cwd=ROOT, capture_output=True, text=True, check=False,
            env=os.environ | {"CITEKEEP_DATA": str(tmp_path)},
        )  # fmt: skip

    done = lift("www.big.test")
    assert (done.returncode, done.stdout) == (
        0,
        "big.test is not paused any more. 1 link is due now that waited for it.\n",
    )
    assert ask(tmp_path, "SELECT count(*) FROM paused_sites") == [(0,)]
    assert ask(tmp_path, "SELECT not_before_at FROM sites WHERE site = 'big.test'") == [(None,)]
    assert ask(tmp_path, f"SELECT next_check_at < '{until}' FROM links WHERE url LIKE '%story'") == [(1,)]
    done = lift("big.test")
    assert (done.returncode, done.stderr) == (2, "big.test is not paused; --status lists who is.\n")


def test_a_redirect_to_the_site_of_another_process_comes_after_its_current_request(tmp_path, web):
    """The first holds the site and waits for a page; meanwhile the second is led there, and learns that it asks for less."""
    asked_first = threading.Event()
    too_soon = []

    def slow():
        asked_first.set()
        _wait_until(lambda: ask(tmp_path, "SELECT 1 FROM sites WHERE site = 'less.test' AND wanted_at IS NOT NULL"))
        time.sleep(3)  # whoever holds it listens every second
        too_soon.extend(path for host, path, _ in web.asked if (host, path) == ("less.test", "/b"))
        return page("a0")

    web.pages["less.test", "/a0"] = slow
    web.pages["less.test", "/b"] = ("slow down", {"Retry-After": "7200"}, 429)
    for name, target in (("x", "b"), ("y", "c")):
        web.pages["short.test", f"/{name}"] = ("", {"Location": f"http://less.test/{target}"}, 302)
    (tmp_path / "second").mkdir()
    first = crawl(tmp_path, web, *links(tmp_path, *paths("less.test", "a0", "a1", "a2")), spider="links", wait=False)
    assert asked_first.wait(100)
    named = links(tmp_path / "second", *paths("short.test", *"xy"))
    second = crawl(tmp_path, web, *named, spider="links", wait=False)
    told = [run.communicate(timeout=100) for run in (first, second)]
    assert second.returncode == 7, told
    assert too_soon == [], "one request at a time, over both"
    asked = [path for host, path, _ in web.asked if host == "less.test" and path != "/robots.txt"]
    assert asked[:2] == ["/a0", "/b"], "before the others of the first, though it held the site"
    assert "/c" not in asked, "the site asked for less"
    found = {url.partition("://")[2]: verdict for url, verdict, _ in verdicts(tmp_path)}
    assert (found["short.test/x"], found["short.test/y"]) == ("rate_limited", "paused")
    assert found["less.test/a0"] == "alive_unverified"


def _wait_until(true, seconds=100):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)


def test_status_and_dry_run_name_who_is_paused(tmp_path, web):
    for name in "abcd":
        web.pages["walled.test", f"/{name}"] = FORBIDDEN
    crawl(tmp_path, web, *links(tmp_path, *paths("walled.test", *"abcd")), spider="links", code=7)

    def due(*arguments):
        return forked(
            [sys.executable, "-m", "scrapy", "due", *arguments], cwd=ROOT, capture_output=True, text=True, check=True,
            env=os.environ | {"CITEKEEP_DATA": str(tmp_path), "COLUMNS": "200"},
        ).stdout  # fmt: skip

    assert re.search(
        r"walled\.test is paused until 20\S+Z: It lets us read nothing: .* 1 link waits\.", due("--status")
    )
    assert '"pause_reason": "walled"' in due("--status", "--json")
    assert "It lets us read nothing" in due("--dry-run")
