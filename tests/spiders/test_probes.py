"""Probes over real sockets: what a server says of an address that nobody can have made decides what its 200 is worth."""

import re

import pytest

from tests.crawled import RawWeb, answering, crawl, ok

JUDGED = {
    "ITEM_PIPELINES": {
        "pipelines.ask_probes.AskProbesPipeline": 150,
        "pipelines.judge_link.JudgeLinkPipeline": 200,
    },
    "DOWNLOAD_DELAY": 0,
}
RANDOM = re.compile(r"/[a-z]{25}(?:\.html)?$")
TYPE = b"Content-Type: text/html; charset=utf-8"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot there"

# No language: its phrases for "not found" cannot be known.
SOFT = "<html><head><title>Selmo</title></head><body><h1>Bramdu</h1><p>%s</p></body></html>" % (
    "Tur belmo vas kenaru drel opavi sunto mirg, dul vas kemarin tolve brus aneti golm pirasu vent olda " * 3
)
STORY = "<html><head><title>Selmo</title></head><body><h1>Ambavi</h1><p>%s</p></body></html>" % (
    "Golm pirasu aneti drel sunto vas mirgan opavi, tul kemar dolvena brusi tur belmo kenaru vent amba " * 3
)
HOME = "<html><head><title>Daily</title></head><body><p>%s</p></body></html>" % (
    "Weather, sports and horoscopes of the day, brought to you by a small paper in the hills since long ago. " * 4
    + "".join(f"<a href=/{n}>Item {n}</a> " for n in range(12))
)
# Some wall, in no language either: the same at every address, the front page included.
GATE = "<html><head><title>Selmo</title></head><body><p>%s</p><a href=/ok>Tav</a></body></html>" % (
    "Kemar tolve vas drel mirgan sunto tur opavi golm, brusi aneti pirasu dolvena vent belmo kenaru olda " * 3
)
SHELL = (
    "<html><head><title>App</title></head><body><div id='root'></div><p>%s</p><script src=/a.js></script></body></html>"
    % ("One moment while the application is made ready for you and all that you may wish to read in it today. " * 4)
)


def page(text):
    return ok(text.encode(), TYPE)


def soft(target):
    return page(HOME if target == "/" else SOFT)


def real(target):
    return NOT_FOUND if RANDOM.search(target) else page(STORY)


def home(target):
    return page(HOME)


def led_home(target):
    if target.startswith("/lobby"):
        return page(HOME)
    return b"HTTP/1.1 302 Found\r\nLocation: /lobby.html\r\nContent-Length: 0\r\n\r\n" if target != "/" else page(HOME)


SEEN = {}
SERVERS = {
    "soft.test": soft, "real.test": real, "home.test": home, "ledhome.test": led_home, "shell.test": lambda _: page(SHELL),
    "forbids.test": soft, "gate.test": lambda _: page(GATE), "words.test": lambda _: page(STORY),
}  # fmt: skip
ROBOTS = b"User-agent: *\nDisallow: /\nAllow: /ambavi/1\n"
HOSTS = {
    host: answering(
        answer,
        seen=SEEN.setdefault(host, []),
        **({"robots": ok(ROBOTS, b"Content-Type: text/plain")} if host == "forbids.test" else {}),
    )
    for host, answer in SERVERS.items()
}

URLS = [
    "http://soft.test/ambavi/1", "http://soft.test/ambavi/2", "http://soft.test/skhva/3.html",
    "http://real.test/ambavi/1", "http://home.test/2019/a-story-of-old", "http://home.test/?p=77",
    "http://ledhome.test/2019/a-story-of-old", "http://shell.test/view/9", "http://forbids.test/ambavi/1",
    "http://gate.test/2019/a-story-of-old",
]  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probes")
    with RawWeb(HOSTS, folder) as web:
        return crawl(URLS, folder, {**web.settings, **JUDGED})


@pytest.mark.parametrize(
    ("url", "verdict", "rule"),
    [
        ("http://soft.test/ambavi/1", "soft_404", "sibling_same"),
        ("http://soft.test/ambavi/2", "soft_404", "sibling_same"),
        ("http://soft.test/skhva/3.html", "soft_404", "sibling_same"),
        ("http://real.test/ambavi/1", "alive_unverified", "answered"),
        ("http://home.test/2019/a-story-of-old", "redirect_to_home", "root_same"),
        ("http://home.test/?p=77", "redirect_to_home", "root_same"),
        ("http://ledhome.test/2019/a-story-of-old", "redirect_to_home", "root_same"),
        ("http://shell.test/view/9", "js_shell", "sibling_shell"),
        ("http://forbids.test/ambavi/1", "alive_unverified", "answered"),
        ("http://gate.test/2019/a-story-of-old", "alive_unverified", "answered"),
    ],
)
def test_what_a_probe_makes_of_a_200(crawled, url, verdict, rule):
    judgement = crawled.checks[url].judgement
    assert (judgement.verdict, judgement.evidence["rule"]) == (verdict, rule)


def test_evidence_tells_what_was_asked_and_what_came(crawled):
    probes = crawled.checks["http://real.test/ambavi/1"].judgement.evidence["probes"]
    assert list(probes) == ["sibling"], "nothing more has to be asked"
    assert probes["sibling"]["status"] == 404
    assert RANDOM.search(probes["sibling"]["url"])
    assert "probes" not in crawled.checks["http://forbids.test/ambavi/1"].judgement.evidence


def test_a_directory_is_asked_once_and_robots_are_obeyed(crawled):
    asked = [target for target in SEEN["soft.test"] if RANDOM.search(target)]
    assert [target.rpartition("/")[0] for target in asked] == ["/ambavi", "/skhva"]
    assert [target for target in SEEN["forbids.test"] if RANDOM.search(target)] == []


def test_a_probe_is_an_exchange_of_its_check_and_no_page(crawled):
    first, second = (crawled.checks[f"http://soft.test/ambavi/{n}"] for n in (1, 2))
    assert [e.purpose for e in first.exchanges] == ["robots", "page", "probe", "probe"]
    assert [e.purpose for e in second.exchanges] == ["page"]
    assert (first.final_url, first.status) == ("http://soft.test/ambavi/1", 200)
    assert list(first.probes_made) == ["http://soft.test"]
    assert second.probes_made == {}


def test_tls_that_fails_where_http_answers_with_the_page_is_a_page_that_moved(tmp_path):
    text = "<title>Bridge opened in Poti</title><p>" + "A bridge opened in Poti and thousands crossed it. " * 5

    async def no_tls(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 no TLS here\r\n\r\n")

    hosts = {"old.test": answering(lambda _: page(text)), "no-tls.test": no_tls}
    with RawWeb(hosts, tmp_path) as web:
        settings = {**web.settings, **JUDGED}
        settings["CONNECT_TO"] = settings["CONNECT_TO"] | {
            "old.test:443": f"127.0.0.1:{web.ports['no-tls.test', 80]}",
            "gone.test:443": f"127.0.0.1:{web.ports['no-tls.test', 80]}",
            "gone.test:80": f"127.0.0.1:{web.ports['old.test', 80]}",
        }
        url, gone = "https://old.test/bridge-opened-in-poti", "https://gone.test/nothing-of-what-it-shows"
        checks = crawl([url, gone], tmp_path, settings).checks
    judgement = checks[url].judgement
    assert (judgement.verdict, judgement.evidence["rule"], judgement.flags) == ("alive", "answers_elsewhere", ["moved"])
    assert judgement.evidence["matched"] == "http://old.test/bridge-opened-in-poti"
    assert judgement.evidence["instead_of"] == "tls_failed"
    judgement = checks[gone].judgement
    assert judgement.verdict == "tls_failed"
    assert judgement.evidence["probes"]["other"]["status"] == 200
