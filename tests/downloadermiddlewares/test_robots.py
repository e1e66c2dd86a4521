"""robots.txt as RFC 9309 has it, at every hop, and what a hostile one costs."""

import gzip
import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import NotConfigured
from scrapy.settings import Settings

from citekeep import clock
from downloadermiddlewares.robots import AGENT, PARSED_BYTES, RobotsMiddleware, parse
from tests.crawled import RawWeb, answering, crawl, ok, read_head

PAGE = ok(b"page")
ALL_BUT = b"User-agent: *\nDisallow: /no\n"
DELAY = 0.4


def status(number, *headers):
    fields = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 %d X\r\n%sContent-Length: 0\r\n\r\n" % (number, fields)


def to(url, number=302):
    return status(number, b"Location: " + url.encode())


async def chain(reader, writer):
    """Redirect robots.txt to /robots.txt?1, ?2 ... for ever."""
    while (target := await read_head(reader)) is not None:
        number = int(target.partition("?")[2] or 0)
        writer.write(to(f"/robots.txt?{number + 1}") if target.startswith("/robots.txt") else PAGE)
        await writer.drain()


async def silent_robots(reader, writer):
    if await read_head(reader) is not None:
        await reader.read()


async def cut_robots(reader, writer):
    while (target := await read_head(reader)) is not None:
        if target == "/robots.txt":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nUser-agent: *\nDisallow: /no\n")
            await writer.drain()
            return
        writer.write(PAGE)


class Timed:
    """A talk that keeps when each page was asked for."""

    def __init__(self, robots):
        self.robots, self.times = robots, []

    async def __call__(self, reader, writer):
        while (target := await read_head(reader)) is not None:
            if target != "/robots.txt":
                self.times.append(time.monotonic())
            writer.write(self.robots if target == "/robots.txt" else PAGE)
            await writer.drain()

    def pauses(self):
        return [later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)]


SLOW, CUT_DELAY, PLAIN = (
    Timed(ok(b"User-agent: *\nCrawl-delay: %s\n" % delay)) for delay in (b"0.4", b"86400", b"soon")
)
SEEN = {name: [] for name in ("once.test", "known.test", "stale.test")}
COMMENT = b"#" + b"-" * 98 + b"\n"
LATE = b"User-agent: *\n" + COMMENT * (PARSED_BYTES // 100)

HOSTS = {
    **{
        f"s{number}.test": answering(PAGE, robots=status(number))
        for number in (204, 401, 403, 404, 410, 418, 429, 500, 503)
    },
    "forbids.test": answering(PAGE, robots=ok(b"User-agent: *\nDisallow: /\n")),
    "some.test": answering(PAGE, robots=ok(ALL_BUT)),
    "ours.test": answering(PAGE, robots=ok(b"User-agent: *\nDisallow: /\n\nUser-agent: CiteKeep/2.0\nDisallow: /no\n")),
    "packed.test": answering(PAGE, robots=ok(gzip.compress(ALL_BUT), b"Content-Encoding: gzip")),
    "garbled.test": answering(PAGE, robots=ok(b"User-agent: *\nDisallow: /no\n", b"Content-Encoding: gzip")),
    "bomb.test": answering(PAGE, robots=ok(gzip.compress(b"\n" * 5_000_000), b"Content-Encoding: gzip")),
    "html.test": answering(PAGE, robots=ok(b"<html><body>Disallow: /</body></html>", b"Content-Type: text/html")),
    "binary.test": answering(PAGE, robots=ok(bytes(range(256)) * 100)),
    "early.test": answering(PAGE, robots=ok(b"User-agent: *\nDisallow: /no\n" + LATE)),
    "late.test": answering(PAGE, robots=ok(LATE + COMMENT + b"Disallow: /no\n")),
    "elsewhere.test": answering(PAGE, robots=to("http://some.test/robots.txt")),
    "nowhere.test": answering(PAGE, robots=to("ftp://some.test/robots.txt")),
    "inside.test": answering(PAGE, robots=to("http://169.254.169.254/robots.txt")),
    "chain.test": chain,
    "silent.test": silent_robots,
    "cut.test": cut_robots,
    "hop.test": answering(to("http://some.test/no")),
    "good-hop.test": answering(to("http://some.test/yes")),
    "failing-hop.test": answering(to("http://s503.test/page")),
    "slow.test": SLOW,
    "cut-delay.test": CUT_DELAY,
    "plain.test": PLAIN,
    "once.test": answering(PAGE, robots=ok(ALL_BUT), seen=SEEN["once.test"]),
    "known.test": answering(PAGE, robots=ok(b""), seen=SEEN["known.test"]),
    "stale.test": answering(PAGE, robots=ok(b""), seen=SEEN["stale.test"]),
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("robots")
    urls = [f"http://{host}{path}" for host in HOSTS for path in ("/yes", "/no")]
    urls += [
        f"http://{host}/{n}" for host in ("slow.test", "cut-delay.test", "plain.test", "once.test") for n in range(2)
    ]
    facts = {"status": 200, "body": ALL_BUT}
    handed = {
        "http://known.test": {**facts, "read_at": clock.after(-80_000)},
        "http://stale.test": {**facts, "read_at": clock.after(-90_000)},
    }
    with RawWeb(HOSTS, folder) as web:
        settings = {**web.settings, "CRAWL_DELAY_MAX": DELAY, "DOWNLOAD_TIMEOUT": 1.5}
        yield crawl(urls, folder, settings, robots=handed)


def outcome(crawled, host, path):
    check = crawled.checks[f"http://{host}{path}"]
    return check.reason or check.error or check.status


ALLOWED, FORBIDDEN, NOT_NOW = 200, "robots", "robots_unavailable"


@pytest.mark.parametrize(
    ("host", "yes", "no"),
    [
        *((f"s{number}.test", ALLOWED, ALLOWED) for number in (204, 401, 403, 404, 410, 418)),
        *((f"s{number}.test", NOT_NOW, NOT_NOW) for number in (429, 500, 503)),
        ("forbids.test", FORBIDDEN, FORBIDDEN),
        ("some.test", ALLOWED, FORBIDDEN),
        ("ours.test", ALLOWED, FORBIDDEN),
        ("packed.test", ALLOWED, FORBIDDEN),
        ("garbled.test", NOT_NOW, NOT_NOW),
        ("bomb.test", NOT_NOW, NOT_NOW),
        ("html.test", ALLOWED, ALLOWED),
        ("binary.test", ALLOWED, ALLOWED),
        ("early.test", ALLOWED, FORBIDDEN),
        ("late.test", ALLOWED, ALLOWED),
        ("elsewhere.test", ALLOWED, FORBIDDEN),
        ("nowhere.test", ALLOWED, ALLOWED),
        ("inside.test", NOT_NOW, NOT_NOW),
        ("chain.test", ALLOWED, ALLOWED),
        ("cut.test", ALLOWED, FORBIDDEN),
        ("silent.test", "timeout", "timeout"),
        ("hop.test", FORBIDDEN, FORBIDDEN),
        ("good-hop.test", ALLOWED, ALLOWED),
        ("failing-hop.test", NOT_NOW, NOT_NOW),
        ("known.test", ALLOWED, FORBIDDEN),
        ("stale.test", ALLOWED, ALLOWED),
    ],
)
def test_who_may_ask(crawled, host, yes, no):
    assert (outcome(crawled, host, "/yes"), outcome(crawled, host, "/no")) == (yes, no)


def test_it_is_asked_before_the_page_and_recorded_with_it(crawled):
    check = crawled.checks["http://some.test/yes"]
    assert [(e.purpose, e.url) for e in check.exchanges] in (
        [("robots", "http://some.test/robots.txt"), ("page", "http://some.test/yes")],
        [("page", "http://some.test/yes")],  # a check that redirects here may have asked before
    )
    check = crawled.checks["http://forbids.test/yes"]
    assert [e.purpose for e in check.exchanges] == ["robots"]
    assert check.robots_read["http://forbids.test"]["status"] == 200
    assert check.robots_read["http://forbids.test"]["body"] == b"User-agent: *\nDisallow: /\n"
    clock.parse(check.robots_read["http://forbids.test"]["read_at"])


def test_redirects_of_robots_txt_are_recorded_and_end(crawled):
    (first, *others) = (c for c in crawled.checks.values() if c.robots_read.get("http://chain.test"))
    assert not others
    assert [e.url for e in first.exchanges if e.purpose == "robots"] == [
        "http://chain.test/robots.txt", *(f"http://chain.test/robots.txt?{n}" for n in range(1, 6)),
    ]  # fmt: skip


def test_one_host_is_asked_once(crawled):
    assert SEEN["once.test"].count("/robots.txt") == 1
    assert len(SEEN["once.test"]) == 4  # /no was not asked for
    assert SEEN["known.test"] == ["/yes"]
    assert SEEN["stale.test"].count("/robots.txt") == 1


def test_a_host_that_forbids_the_hop_is_not_asked(crawled):
    check = crawled.checks["http://hop.test/yes"]
    assert "http://some.test/no" not in [exchange.url for exchange in check.exchanges]
    assert check.exchanges[-1].url in {"http://hop.test/yes", "http://some.test/robots.txt"}


def test_silence_is_the_hosts_own_failure(crawled):
    check = crawled.checks["http://silent.test/yes"]
    assert (check.error, check.error_phase, [e.purpose for e in check.exchanges]) == ("timeout", "headers", ["robots"])


def test_delays_are_kept_within_the_limit_of_ours():
    for timed in (SLOW, CUT_DELAY):
        assert len(timed.times) == 4
        assert all(pause > DELAY * 0.9 for pause in timed.pauses()), timed.pauses()
    assert sum(PLAIN.pauses()) < sum(SLOW.pauses())


def test_nothing_was_unforeseen(crawled):
    assert "Traceback" not in crawled.log
    assert crawled.unannounced == []


# --- the parser ---


@given(st.binary(max_size=300) | st.text("UserAgntDislow-:*/#$ \n\r\x0b\u2028%é", max_size=200).map(str.encode))
def test_any_bytes_are_rules(body):
    assert parse(body).can_fetch("https://a.test/page?q=1", AGENT) in {True, False}


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("User-agent: *", True),
        ("user-agent:citekeep", True),
        ("USER-AGENT: Citekeep", True),
        ("User-agent: citekeep/0.1", True),
        ("User-agent: citekeep # that is us", True),
        ("useragent citekeep", True),
        ("User agent: citekeep*", True),
        ("User-agent: cite", False),
        ("User-agent: citekeeper", False),
        ("User-agent: my-citekeep", False),
        ("User-agent: Googlebot", False),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_whom_a_group_is_for(line, ours, end):
    rules = parse(f"\ufeffUser-agent: other{end}User-agent: another{end}{line}{end}Disallow: /{end}".encode())
    assert rules.can_fetch("https://a.test/", AGENT) is not ours


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x1c", "\x85", "\u2028"])
@pytest.mark.parametrize(
    "agent", ["User-agent: a{}", "useragent:a{}", "user   agent a{}", "\x0cUser-agent :a{}", "\xa0user-agent a{}"]
)
def test_a_crowd_of_agents_costs_no_time(agent, end):
    lines = [agent.format(n) for n in range(5_000)] + [f"Disallow: /{n}" for n in range(5_000)]
    begun = time.process_time()
    parse(end.join(lines).encode()).can_fetch("https://a.test/page", AGENT)
    assert time.process_time() - begun < 2  # 0.05 s; applied to each agent the rules are minutes and gigabytes


@pytest.mark.parametrize(
    "rules",
    [
        b"Disallow: " + b"*a" * 200_000 + b"b",
        b"\n".join(b"Disallow: /" + b"*a" * 50 + b"b%d" % n for n in range(4_000)),
        b"Disallow: /" + b"a*" * 7_000 + b"$\n",
        b"Disallow: /" + b"%" * 400_000,
        b"Crawl-delay: " + b"9" * 400_000,
    ],
)
def test_hostile_rules_cost_no_time(rules):
    begun = time.process_time()
    rules = parse(b"User-agent: *\n" + rules)
    rules.can_fetch("https://a.test/" + "a" * 8_000, AGENT)
    rules.crawl_delay(AGENT)
    assert time.process_time() - begun < 3  # 0.2 s at most; a regular expression that tries all ways takes years


def test_it_can_be_turned_off():
    with pytest.raises(NotConfigured):
        RobotsMiddleware.from_crawler(SimpleNamespace(settings=Settings({"ROBOTSTXT_OBEY": False})))
