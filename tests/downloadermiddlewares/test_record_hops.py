"""Redirects: every exchange of the way in order, no way into our own network, and no secrets carried along."""

import re

import pytest

from tests.crawled import RawWeb, answering, crawl, ok

END = ok(b"the end")


def to(location, number=302, *headers):
    fields = b"".join(header + b"\r\n" for header in headers)
    location = location.encode("latin-1") if isinstance(location, str) else location
    return b"HTTP/1.1 %d Moved\r\n%sLocation: %s\r\nContent-Length: 0\r\n\r\n" % (number, fields, location)


class Heads:
    """A talk that keeps the heads of requests for pages, and answers each with the next of ``answers``."""

    def __init__(self, *answers):
        self.answers, self.heads = list(answers), []

    async def __call__(self, reader, writer):
        import asyncio

        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            if b"/robots.txt " in head:
                writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            else:
                self.heads.append(head)
                writer.write(self.answers[min(len(self.heads), len(self.answers)) - 1])
            await writer.drain()

    def cookies(self):
        """Return the Cookie header of each request, or None."""
        found = [re.search(rb"\r\nCookie: ([^\r]*)", head) for head in self.heads]
        return [match and match[1] for match in found]


LOCATIONS = {  # of host lN.test: Location, and the last URL that is asked; None: not a web address
    "http://end.test/": "http://end.test/",
    "//end.test/x": "http://end.test/x",
    "HTTP://END.TEST/Up": "http://end.test/Up",
    "http://end.test/a b\t\x01\x7f": "http://end.test/a%20b%01%7F",
    "http://end.test/%0d%0aX-Injected:%20y": "http://end.test/%0d%0aX-Injected:%20y",
    "http://end.test/caf\xe9": "http://end.test/caf%E9",
    "http://end.test/{a}|b^": "http://end.test/%7Ba%7D%7Cb%5E",
    "http://end.test/#part": "http://end.test/",
    "http://end.test": "http://end.test/",
    "http://end.test\\@inside.test/": "http://end.test/@inside.test/",
    "http://user:secret@end.test/in": "http://end.test/in",
    "http://user@end.test/in": "http://end.test/in",
    "javascript:alert(1)": None,
    "data:text/html,hi": None,
    "file:///etc/passwd": None,
    "ftp://end.test/": None,
    "mailto:a@end.test": None,
    "http://[::1": None,
    "http://end.test:99999/": None,
    "http://end..test/": None,
    "http://end test/": None,
    "http://" + "a" * 300 + ".test/": None,
    "http://end.test/" + "a" * 70_000: None,
}
REFUSED = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://[::1]/",
    "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://169.254.169.254/latest/",
    "http://[fd00:ec2::254]/", "http://168.63.129.16/", "http://10.0.0.1/", "http://0/", "http://1.1.1.1:22/",
    "http://1.1.1.1:6379/", "http://\u2460\u2461\u2466.0.0.1/",
]  # fmt: skip
NAMES = ["http://localhost/", "http://printer/", "http://a.onion/", "http://metadata.google.internal/"]

COOKIES = Heads(
    to("http://other.test/", 302, b"Set-Cookie: sid=1; Path=/", b"Set-Cookie: wide=2; Domain=test"),
    END,
)
OTHER = Heads(to("http://cookies.test/back", 302, b"Set-Cookie: theirs=3; Domain=cookies.test", b"Set-Cookie: own=4"))
SWARM = Heads(to("/next", 302, *(b"Set-Cookie: c%d=%s" % (n, b"v" * 100) for n in range(1_500))), END)
SUFFIX = Heads(to("http://one.co.uk/", 302), END)
AGAIN = Heads(to("http://again.test/2", 302, b"Set-Cookie: seen=1"), END)
END_SERVER = Heads(END)

HOSTS = {
    "end.test": END_SERVER,
    "way.test": answering(to("http://way2.test/b?x=1", 301)),
    "way2.test": answering(to("/c", 303, b"X-Hop: 1"), to("http://end.test/d", 308)),
    "loop.test": answering(to("http://loop.test/page")),
    "maze.test": answering(lambda target: to(f"/{len(target)}{target}"[:40])),
    "bare.test": answering(b"HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\nbody"),
    "choice.test": answering(b"HTTP/1.1 300 Choices\r\nLocation: http://end.test/\r\nContent-Length: 0\r\n\r\n"),
    "gone.test": answering(to("http://missing.test/")),
    "twice.test": answering(to("http://end.test/1", 302, b"Location: http://end.test/2")),
    "cookies.test": COOKIES,
    "other.test": OTHER,
    "swarm.test": SWARM,
    "uk.test": answering(to("http://one.co.uk/")),
    "one.co.uk": answering(
        to("http://two.co.uk/", 302, b"Set-Cookie: super=1; Domain=co.uk", b"Set-Cookie: big=" + b"v" * 5_000)
    ),
    "two.co.uk": SUFFIX,
    "again.test": AGAIN,
    **{f"l{n}.test": answering(to(location)) for n, location in enumerate(LOCATIONS)},
    **{f"r{n}.test": answering(to(location.encode())) for n, location in enumerate(REFUSED)},
    **{f"n{n}.test": answering(to(location)) for n, location in enumerate(NAMES)},
}


ON_THE_WAY = {"way2.test", "other.test", "end.test", "one.co.uk", "two.co.uk"}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hops")
    urls = [f"http://{host}/page" for host in HOSTS if host not in ON_THE_WAY] + ["http://again.test/other"]
    with RawWeb(HOSTS, folder) as web:
        settings = web.settings
        settings["CONNECT_TO"]["missing.test:80"] = "127.0.0.1:1"
        settings["ADDRESS_GUARD_ALLOW"].append("127.0.0.1:1")
        yield crawl(urls, folder, settings)


def way(crawled, url):
    return [(e.purpose, e.hop, e.status, e.url) for e in crawled.exchanges(url, "page", "hop")]


def test_every_exchange_is_recorded_in_order(crawled):
    url = "http://way.test/page"
    assert way(crawled, url) == [
        ("page", 0, 301, "http://way.test/page"),
        ("hop", 1, 303, "http://way2.test/b?x=1"),
        ("hop", 2, 308, "http://way2.test/c"),
        ("hop", 3, 200, "http://end.test/d"),
    ]
    check = crawled.checks[url]
    assert (check.status, check.final_url, check.body, check.flags) == (200, "http://end.test/d", b"the end", [])
    assert [e.url for e in check.exchanges if ("X-Hop", "1") in e.headers] == ["http://way2.test/b?x=1"]
    assert check.exchanges[-1].response_bytes == END


@pytest.mark.parametrize("host", ["loop.test", "maze.test"])
def test_a_way_without_end_is_ended(crawled, host):
    check = crawled.checks[f"http://{host}/page"]
    assert (check.status, check.flags, check.error) == (302, ["too_many_redirects"], None)
    hops = way(crawled, f"http://{host}/page")
    assert [hop for _, hop, _, _ in hops] == list(range(11))
    assert check.final_url == hops[-1][3]


@pytest.mark.parametrize("number", range(len(LOCATIONS)), ids=[location[:40] for location in LOCATIONS])
def test_where_a_location_leads(crawled, number):
    wanted = list(LOCATIONS.values())[number]
    check = crawled.checks[f"http://l{number}.test/page"]
    if wanted is None:
        assert (check.status, check.flags, len(way(crawled, check.requested_url))) == (302, ["bad_redirect"], 1)
    else:
        assert (check.status, check.final_url, check.flags) == (200, wanted, [])


def test_nothing_is_injected_and_no_password_is_sent(crawled):
    heads = b"".join(END_SERVER.heads)
    assert b"X-Injected" not in heads.replace(b"%0d%0aX-Injected:%20y", b"")
    assert b"secret" not in heads
    assert b"Authorization" not in heads
    assert b"Referer" not in heads
    assert all(re.fullmatch(rb"GET [!-~]+ HTTP/1\.1", head.split(b"\r\n")[0]) for head in END_SERVER.heads)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=REFUSED)
def test_no_way_leads_into_our_network(crawled, number):
    check = crawled.checks[f"http://r{number}.test/page"]
    assert (check.reason, check.status, check.error) == ("address_refused", None, None)
    assert [e.status for e in crawled.exchanges(check.requested_url, "page", "hop")] == [302]
    refused = check.exchanges[-1]
    assert (refused.dns["outcome"], refused.ip, refused.request_bytes) == ("refused", None, b"")
    assert refused.dns["refused"]


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_no_way_leads_to_names_that_are_nowhere(crawled, number):
    assert crawled.checks[f"http://n{number}.test/page"].reason == "special_use_name"


def test_a_hop_that_fails_keeps_the_way_to_it(crawled):
    check = crawled.checks["http://gone.test/page"]
    assert (check.error, check.error_phase, check.status) == ("refused", "connect", None)
    assert way(crawled, check.requested_url) == [("page", 0, 302, "http://gone.test/page")]
    assert (check.exchanges[-1].purpose, check.exchanges[-1].url) == ("robots", "http://missing.test/robots.txt")


@pytest.mark.parametrize(("host", "status"), [("bare.test", 302), ("choice.test", 300)])
def test_what_is_no_redirect_is_an_answer(crawled, host, status):
    check = crawled.checks[f"http://{host}/page"]
    assert (check.status, check.flags, len(way(crawled, check.requested_url))) == (status, [], 1)


def test_of_two_locations_one_is_followed(crawled):
    assert crawled.checks["http://twice.test/page"].final_url in {"http://end.test/1", "http://end.test/2"}


# --- cookies ---


def test_cookies_go_back_to_whom_they_came_from(crawled):
    assert COOKIES.cookies()[:1] == [None]
    assert COOKIES.cookies()[1] == b"sid=1"
    assert OTHER.cookies()[0] is None
    assert crawled.checks["http://cookies.test/page"].final_url == "http://cookies.test/back"


def test_no_cookie_is_for_all_of_a_public_suffix(crawled):
    assert crawled.checks["http://uk.test/page"].final_url == "http://two.co.uk/"
    assert SUFFIX.cookies() == [None, None]


def test_no_check_knows_the_cookies_of_another(crawled):
    first, hop, second = AGAIN.cookies()
    assert (first, hop, second) == (None, b"seen=1", None)


def test_a_swarm_of_cookies_is_not_carried_along(crawled):
    check = crawled.checks["http://swarm.test/page"]
    assert check.status == 200
    assert len(SWARM.heads[1]) < 8_192


def test_nothing_was_unforeseen(crawled):
    assert "Traceback" not in crawled.log
    assert crawled.unannounced == []
    assert not [check.requested_url for check in crawled.checks.values() if check.error == "other"]
