"""A site that asks for less is left alone: its other links are not asked, and it is given back until later."""

import pytest

from citekeep import clock
from tests.crawled import RawWeb, answering, crawl, ok

DAY = 86_400


def answer(status, *headers):
    fields = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 %d X\r\n%sContent-Length: 0\r\n\r\n" % (status, fields)


SEEN = {}
ANSWERS = {  # host: answers in order
    "429.test": [ok(b"<p>one</p>"), answer(429)],
    "hours.test": [answer(429, b"Retry-After: 7200")],
    "weeks.test": [answer(429, b"Retry-After: 9999999")],
    "soon.test": [answer(503, b"Retry-After: 120")],
    "dated.test": [answer(429, b"Date: Mon, 23 Nov 2026 10:00:00 GMT", b"Retry-After: Mon, 23 Nov 2026 13:00:00 GMT")],
    "503.test": [answer(503)],
    "fine.test": [ok(b"<p>fine</p>")],
    "away.test": [answer(302, b"Location: http://hours.test/elsewhere")],
}
HOSTS = {host: answering(*answers, seen=SEEN.setdefault(host, [])) for host, answers in ANSWERS.items()}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pauses")
    judged = {
        "ITEM_PIPELINES": {
            "pipelines.judge_link.JudgeLinkPipeline": 200,
            "pipelines.heed_site.HeedSitePipeline": 350,
        }
    }
    with RawWeb(HOSTS, folder) as web:
        return crawl([f"http://{host}/{n}" for host in HOSTS for n in range(4)], folder, {**web.settings, **judged})


@pytest.mark.parametrize(
    ("host", "asked", "seconds"),
    [
        ("429.test", 2, 3_600),
        ("hours.test", 1, 7_200),
        ("weeks.test", 1, DAY),
        ("soon.test", 1, 120),
        ("dated.test", 1, 3 * 3_600),
        ("503.test", 4, None),
        ("fine.test", 4, None),
        ("away.test", 4, None),
    ],
)
def test_a_site_that_asks_for_less(crawled, host, asked, seconds):
    assert len([url for url in crawled.checks if url.startswith(f"http://{host}/")]) == asked
    assert [target for target in SEEN[host] if target[1:].isdigit()] == [f"/{n}" for n in range(asked)]
    ((_, not_before),) = (released for released in crawled.released if released[0] == host)
    if seconds is None:
        assert not_before is None
    else:
        assert abs(clock.parse(not_before) - clock.timestamp() - seconds) < 60
