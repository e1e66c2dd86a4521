"""Our WARCs replayed by pywb, and indexed by cdxj-indexer: tools apart from the project, in an environment of their own.

It is made once, with pip as this machine has it configured, under ``$XDG_CACHE_HOME/citekeep-tests``; where that fails
the tests are skipped and say why.
"""

import gzip
import http.client
import json
import socket
import subprocess
import time

import pytest
import warc_exchanges as made

from citekeep.warc.sort_key import sort_key
from tests import pywb_tools

BODY = b"<p>What was said, word for word.</p>" * 60
ODD = (
    b"HTTP/1.1 203 Okey Dokey\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-oDD: yes\r\n"
    b"Content-Length: 3\r\n\r\nodd"
)
SENT = {
    "http://a.test/odd": ODD,
    "http://a.test/coded": made.chunked(gzip.compress(BODY, mtime=0), b"Content-Type: text/html", b"Content-Encoding: gzip"),
    "http://a.test/first": made.page(BODY, b"Content-Type: text/html", b"X-Which: first"),
    "http://b.test/again": made.page(BODY, b"Content-Type: text/html", b"X-Which: again"),
}  # fmt: skip
FEED = "http://c.test/feed"
SAME = b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n'


@pytest.fixture(scope="session")
def tools():
    """The folder of the tools' programs."""
    return pywb_tools.install()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("warcs")
    made.write(folder, *(made.exchange(response, url=url) for url, response in SENT.items()))
    made.unchanged(
        folder, FEED, made.page(BODY + b"a feed", b"Content-Type: text/html", b"X-Which: feed", b'ETag: "one"'), SAME
    )
    return folder


@pytest.fixture(scope="module")
def replay(tools, written):
    """Ask pywb for a memento as it was stored (``id_``): replay(url) -> http.client response, read."""
    collection = written / "site" / "collections" / "c"
    for name, source in (("archive", "*.warc.gz"), ("indexes", "*.cdxj")):
        (collection / name).mkdir(parents=True)
        for path in written.glob(source):
            (collection / name / path.name).write_bytes(path.read_bytes())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (written / "pywb.log").open("wb")
    server = subprocess.Popen(
        [str(tools / "python"), "-W", "ignore", str(tools / "pywb"), "-p", str(port), "-b", "127.0.0.1"],
        cwd=written / "site", stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        _wait_for(port, server, written / "pywb.log")

        def ask(url, at="20260301120000"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", f"/c/{at}id_/{url}", headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            return answer, body

        yield ask
    finally:
        server.kill()
        server.wait()
        log.close()


def _wait_for(port, server, log):
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"pywb did not start: {log.read_text()[-2000:]}")


def test_the_replay_has_odd_reasons_and_repeated_cookies(replay):
    answer, body = replay("http://a.test/odd")
    assert (answer.status, answer.reason, body) == (203, "Okey Dokey", b"odd")
    cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    assert cookies == ["a=1", "b=2"]
    assert answer.getheader("x-odd") == "yes"


def test_the_replay_of_a_chunked_and_coded_body_is_its_bytes(replay):
    answer, body = replay("http://a.test/coded")
    assert answer.getheader("Content-Encoding") == "gzip"
    assert body == gzip.compress(BODY, mtime=0)


def test_the_replay_of_a_revisit_has_its_own_head_and_the_earlier_body(replay, written):
    kinds = {
        headers.get("WARC-Target-URI"): kind
        for path in made.warcs(written)
        for kind, headers, _ in made.records(path)
        if kind != "request"
    }
    assert kinds["http://b.test/again"] == "revisit"
    for url, which in (("http://a.test/first", "first"), ("http://b.test/again", "again")):
        answer, body = replay(url)
        assert (answer.status, body) == (200, BODY)
        assert answer.getheader("X-Which") == which


def test_the_replay_of_what_was_not_modified_is_the_earlier_answer(replay):
    answer, body = replay(FEED, at=made.LATER_STAMP)
    assert (answer.status, body, answer.getheader("X-Which")) == (200, BODY + b"a feed", "feed")
    assert made.LATER_STAMP in (answer.getheader("Content-Location") or answer.getheader("Link") or "")


def test_our_index_is_that_of_cdxj_indexer(tools, written):
    for path in made.warcs(written):
        done = subprocess.run(
            [str(tools / "cdxj-indexer"), "--sort", str(path)], capture_output=True, text=True, timeout=60, check=True
        )
        ours = path.with_name(path.name.replace(".warc.gz", ".cdxj")).read_text().splitlines()
        theirs = [line for line in done.stdout.splitlines() if not line.startswith("- ")]  # what names no URI
        assert [_parts(line) for line in ours] == [_parts(line) for line in theirs]


def _parts(line):
    key, stamp, fields = line.split(" ", 2)
    return key, stamp, json.loads(fields)


def test_our_sort_keys_are_those_of_cdxj_indexer(tools):
    urls = [
        "http://www.example.com/", "https://EXAMPLE.com:443/A/b/?B=2&a=1#frag", "http://www2.example.com:8080/x",
        "http://user:pw@example.com/", "http://example.com", "http://example.com/a//b/../c", "http://example.com/?",
        "http://example.com/a?x=1&x=0&", "http://192.168.0.1/a", "http://example.com/%7Euser/%D1%8F", "http://example.com./",
        "http://xn--e1afmkfd.xn--p1ai/a", "http://example.com/a;jsessionid=0123456789ABCDEF0123456789ABCDEF?q",
        "http://example.com/../a/./b/..", "http://example.com/a/../../b/", "http://example.com/%25257Ea%2fb", "http://example.com//",
        "http://example.com/a?phpsessid=0123456789abcdef0123456789abcdef&b=2&a", "http://example.com/?a=%41&a-=1&a=&a",
        "https://example.com:80/", "http://example.com/(0123456789abcdefghijklmn)/page.aspx", "http://example.com/a%20b?c d",
        "http://example.com/.", "http://example.com/..", "http://example.com/a/b/../", "http://www.www.com/", "http://example.com/%",
    ]  # fmt: skip
    code = "import json, sys; from surt import surt; print(json.dumps([surt(url) for url in json.load(sys.stdin)]))"
    done = subprocess.run(
        [str(tools / "python"), "-W", "ignore", "-c", code],
        input=json.dumps(urls), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert {url: sort_key(url) for url in urls} == dict(zip(urls, json.loads(done.stdout), strict=True))
