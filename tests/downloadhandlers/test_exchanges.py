"""What passed over the wire, as it passed: bytes, connections, digests, phases, and whatever came of what failed."""

import asyncio
import base64
import gzip
import hashlib
import socket

import pytest

from tests.crawled import RawWeb, answering, crawl, ok, read_head

ODD = (
    b"HTTP/1.1 200 Okey  Dokey\r\nsErVeR: odd\r\nSet-Cookie: a=1\r\nno colon in this line\r\nX-Empty:\r\nSet-Cookie: b=2\r\n"
    b"X-Latin: caf\xe9\r\nTransfer-Encoding: Chunked\r\n\r\n"
    b"5;ext=1\r\nHello\r\n0006\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n"
)
PACKED = gzip.compress(b"packed " * 100)
PIECES = [b"a" * 40_000, b"b" * 70_000, b"c"]
BARE = b"HTTP/1.1 200 OK\nContent-Type: text/plain\n\nuntil the end"
LIMIT = 200_000
HEAD_LIMIT = 10_000


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class Requests:
    """A talk that keeps the exact bytes of each request, and counts connections."""

    def __init__(self, answer):
        self.answer, self.heads, self.connections = answer, [], 0

    async def __call__(self, reader, writer):
        self.connections += 1
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            self.heads.append(head)
            writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" if b"/robots.txt " in head else self.answer)
            await writer.drain()


async def drip(reader, writer):
    """Send a head, then bytes of the body for ever, slowly."""
    while (target := await read_head(reader)) is not None:
        if target == "/robots.txt":
            writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            continue
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"drip")
            await writer.drain()
            await asyncio.sleep(0.1)


def flooding(first, again):
    """Return a talk that answers with ``first``, then ``again`` and again."""

    async def talk(reader, writer):
        while (target := await read_head(reader)) is not None:
            if target == "/robots.txt":
                writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                continue
            writer.write(first)
            while True:
                writer.write(again)
                await writer.drain()

    return talk


async def resets(reader, writer):
    """Answer robots.txt; then a part of a body, and a RST."""
    from sandbox.server import reset

    while (target := await read_head(reader)) is not None:
        if target == "/robots.txt":
            writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            continue
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
        await writer.drain()
        await asyncio.sleep(0.1)
        await reset(writer)
        return


STALE = Requests(ok(b"fresh"))


async def hangs_up_when_idle(reader, writer):
    """Answer one request of each connection with a promise to keep it open, and close it 50 ms later."""
    STALE.connections += 1
    if await read_head(reader) is not None:
        first = STALE.connections == 1
        writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" if first else ok(b"fresh"))
        await writer.drain()
        if first:
            await asyncio.sleep(0.02)


ONE = Requests(ok(b"one"))
HOSTS = {
    "odd.test": answering(ODD),
    "packed.test": answering(ok(PACKED, b"Content-Encoding: gzip")),
    "pieces.test": answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(*PIECES)),
    "bare.test": answering(BARE, then="close"),
    "empty.test": answering(b"HTTP/1.1 204 Nothing\r\n\r\n"),
    "hints.test": answering(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok(b"hinted")),
    "many.test": ONE,
    "idle.test": hangs_up_when_idle,
    "cut.test": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.", then="close"),
    "cut-chunk.test": answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n8\r\nhalf", then="close"
    ),
    "reset.test": resets,
    "half-head.test": answering(b"HTTP/1.1 200 OK\r\nContent-Ty", then="close"),
    "closed.test": answering(b"", then="close"),
    "no-http.test": answering(b"220 ftp.example FTP server ready\r\n\r\n", then="close"),
    "lengths.test": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", then="close"),
    "status.test": answering(b"HTTP/1.1 99999 OK\r\n\r\n", then="close"),
    "silent.test": answering(b"", then="hang"),
    "stalled.test": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.", then="hang"),
    "drip.test": drip,
    "announced.test": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nfirst", then="hang"),
    "flood.test": flooding(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000),
    "chunks.test": flooding(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2710\r\n" + b"x" * 10_000 + b"\r\n"
    ),
    "fields.test": flooding(b"HTTP/1.1 200 OK\r\n", b"X-Field: value\r\n" * 50),
    "line.test": flooding(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 500),
    "interim.test": flooding(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 10),
}
LOST = ("refused.test", "full.test", "nowhere.test")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exchanges")
    urls = [f"http://{host}/page" for host in HOSTS] + [f"http://many.test/{n}" for n in range(3)]
    urls += [f"http://{host}/page" for host in LOST]
    closed, full = socket.socket(), socket.socket()
    with RawWeb(HOSTS, folder) as web, closed, full:
        closed.bind(("127.0.0.1", 0))
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queue = [socket.socket() for _ in range(3)]  # the kernel's queue of connections is full: a SYN gets no answer
        for connection in queue:
            connection.setblocking(False)
            connection.connect_ex(full.getsockname())
        settings = web.settings
        for host, at in (("refused.test", closed), ("full.test", full)):
            settings["CONNECT_TO"][f"{host}:80"] = f"127.0.0.1:{at.getsockname()[1]}"
            settings["ADDRESS_GUARD_ALLOW"].append(f"127.0.0.1:{at.getsockname()[1]}")
        yield crawl(
            urls, folder,
            {
                **settings, "DOWNLOAD_MAXSIZE": LIMIT, "HEADERS_MAXSIZE": HEAD_LIMIT, "CONNECT_TIMEOUT": 1.5,
                "DOWNLOAD_TIMEOUT": 2,
            },
        )  # fmt: skip
        for connection in queue:
            connection.close()


@pytest.fixture
def seen(crawled):
    """Return (check, exchange of the page) of a host."""

    def seen(host, path="/page"):
        url = f"http://{host}{path}"
        pages = crawled.exchanges(url, "page")
        assert len(pages) <= 1
        return crawled.checks[url], pages[0] if pages else None

    return seen


# --- what came, as it came ---


@pytest.mark.parametrize(
    ("host", "raw", "framed", "body"),
    [
        ("odd.test", ODD, ODD[ODD.index(b"5;ext") :], b"Hello world"),
        ("packed.test", ok(PACKED, b"Content-Encoding: gzip"), PACKED, PACKED),
        ("bare.test", BARE, b"until the end", b"until the end"),
        ("hints.test", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok(b"hinted"), b"hinted", b"hinted"),
        ("pieces.test", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(*PIECES), chunked(*PIECES),
         b"".join(PIECES)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_bytes_and_digests_are_those_of_the_wire(seen, host, raw, framed, body):
    check, exchange = seen(host)
    assert exchange.response_bytes == raw
    assert exchange.response_bytes[exchange.head_length :] == framed
    assert exchange.body_sha256 == hashlib.sha256(body).hexdigest()
    assert exchange.body_sha1 == base64.b32encode(hashlib.sha1(body).digest()).decode()
    assert exchange.body_length == len(body)
    assert (exchange.status, exchange.error, exchange.truncated) == (200, None, None)
    assert check.body == (b"packed " * 100 if host == "packed.test" else body)


def test_fields_keep_order_case_and_repetition(seen):
    _, exchange = seen("odd.test")
    assert exchange.headers == [
        ("sErVeR", "odd"), ("Set-Cookie", "a=1"), ("X-Empty", ""), ("Set-Cookie", "b=2"), ("X-Latin", "caf\xe9"),
        ("Transfer-Encoding", "Chunked"),
    ]  # fmt: skip


def test_no_body_has_no_digest(seen):
    _, exchange = seen("empty.test")
    assert (exchange.status, exchange.body_sha256, exchange.body_sha1, exchange.body_length) == (204, None, None, None)


def test_what_was_sent_is_what_arrived(crawled):
    sent = [exchange.request_bytes for check in crawled.checks.values() if "many.test" in check.requested_url
            for exchange in check.exchanges]  # fmt: skip
    assert sorted(sent) == sorted(ONE.heads)
    assert all(head.startswith(b"GET /") and b"\r\nHost: many.test\r\n" in head for head in sent)


def test_a_connection_that_serves_again_is_noted_as_such(crawled):
    assert ONE.connections == 1
    pages = [crawled.exchanges(f"http://many.test/{n}", "page")[0] for n in range(3)]
    assert all(page.response_bytes == ok(b"one") for page in pages), "each exchange has its own bytes alone"
    assert [(page.dns, page.connect_ms) for page in pages] == [(None, None)] * 3
    assert all(page.ip == "127.0.0.1" and page.first_byte_ms is not None for page in pages)
    (robots,) = (e for e in crawled.exchanges("http://many.test/page", "robots"))
    assert robots.dns["outcome"] == "mapped"
    assert robots.connect_ms is not None


def test_a_connection_that_was_closed_while_idle_is_no_failure(seen):
    check, exchange = seen("idle.test")
    assert (check.status, check.error, check.body) == (200, None, b"fresh")
    assert exchange.response_bytes == ok(b"fresh")
    assert exchange.request_bytes.count(b"GET /page") == 1
    assert STALE.connections == 2


def test_times_are_those_of_one_exchange(crawled):
    for check in crawled.checks.values():
        for exchange in check.exchanges:
            phases = [exchange.dns_ms, exchange.connect_ms, exchange.tls_ms, exchange.first_byte_ms]
            assert all(0 <= phase <= exchange.total_ms + 1 for phase in phases if phase is not None)
            assert exchange.total_ms < 6_000
            assert len(exchange.started_at) == 20


# --- what failed, and what came of it ---

FAILED = {  # host: status, error, phase, truncated, body
    "cut.test": (200, "cut_off", "body", "disconnect", b"ten bytes."),
    "cut-chunk.test": (200, "cut_off", "body", "disconnect", b"fourhalf"),
    "reset.test": (200, "reset", "body", "disconnect", b"part"),
    "half-head.test": (None, "closed", "headers", "disconnect", b""),
    "closed.test": (None, "closed", "headers", None, b""),
    "no-http.test": (None, "bad_response", "headers", None, b""),
    "lengths.test": (200, "bad_response", "body", None, b"abcd"),
    "status.test": (None, "bad_response", "headers", None, b""),
    "silent.test": (None, "timeout", "headers", None, b""),
    "stalled.test": (200, "timeout", "body", "time", b"ten bytes."),
}


@pytest.mark.parametrize("host", FAILED)
def test_failures_keep_what_came(seen, host):
    status, error, phase, truncated, body = FAILED[host]
    check, exchange = seen(host)
    assert (exchange.status, exchange.error, exchange.error_phase) == (status, error, phase), exchange.error_text
    assert exchange.truncated == truncated
    assert exchange.error_text
    assert (check.status, check.error, check.error_phase, check.body) == (status, error, phase, body)
    if status is not None:
        assert exchange.response_bytes[exchange.head_length :]
        assert exchange.body_sha256 == hashlib.sha256(body).hexdigest()


def test_a_body_that_drips_ends_with_the_time(seen):
    check, exchange = seen("drip.test")
    assert (check.status, check.error, check.error_phase, exchange.truncated) == (200, "timeout", "body", "time")
    assert check.body == exchange.response_bytes[exchange.head_length :]
    assert len(check.body) > 20
    assert set(check.body) == set(b"drip")
    assert 1_900 < exchange.total_ms < 4_000


@pytest.mark.parametrize("host", ["announced.test", "flood.test", "chunks.test"])
def test_a_body_past_the_limit_is_cut(seen, host):
    check, exchange = seen(host)
    assert (check.status, check.error, check.error_phase, exchange.truncated) == (200, "too_large", "body", "length")
    assert "too_large" in check.flags
    if host == "announced.test":
        assert check.body in {b"", b"first"}
    else:
        assert LIMIT < len(check.body) < LIMIT + HEAD_LIMIT + 2**17
        assert set(check.body) == set(b"x")


@pytest.mark.parametrize("host", ["fields.test", "line.test", "interim.test"])
def test_a_head_past_the_limit_is_cut(seen, host):
    check, exchange = seen(host)
    assert (check.status, check.error, check.error_phase, exchange.truncated) == (
        None,
        "too_large",
        "headers",
        "length",
    )
    assert HEAD_LIMIT < len(exchange.response_bytes) < HEAD_LIMIT + 2**17
    assert exchange.total_ms < 2_000


@pytest.mark.parametrize(
    ("host", "error", "phase", "outcome"),
    [
        ("refused.test", "refused", "connect", "mapped"),
        ("full.test", "timeout", "connect", "mapped"),
    ],
)
def test_no_connection(crawled, host, error, phase, outcome):
    check = crawled.checks[f"http://{host}/page"]
    (exchange,) = check.exchanges
    assert (exchange.error, exchange.error_phase, exchange.dns["outcome"]) == (error, phase, outcome)
    assert (exchange.ip, exchange.response_bytes, exchange.request_bytes) == (None, b"", b"")
    assert (check.status, check.error, check.error_phase, check.final_url) == (None, error, phase, None)


def test_what_our_rules_forbid_is_no_failure(crawled):
    check = crawled.checks["http://nowhere.test/page"]
    assert (check.reason, check.error, check.status, check.final_url) == ("special_use_name", None, None, None)


def test_each_exchange_was_announced_before_the_spider_saw_it(crawled):
    assert crawled.unannounced == []
    assert sum(len(check.exchanges) for check in crawled.checks.values()) > 2 * len(HOSTS)


def test_nothing_was_unforeseen(crawled):
    assert "Traceback" not in crawled.log
    assert not [check.requested_url for check in crawled.checks.values() if check.error == "other"]
