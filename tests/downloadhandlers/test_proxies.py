"""A proxy is used where a person turns it on, and said to be; one that merely stands in the environment is not."""

import asyncio
import os
import sqlite3
import sys
from contextlib import closing

import pytest
from scrapy.core.downloader.handlers.http11 import TunnelError

from benchmarks.guard.trial import Trap
from downloadhandlers.errors import tunnel_failed
from tests.running import ROOT

PAGE = b"<html><head><title>A page behind a proxy</title></head><body><p>It says something.</p></body></html>"


async def crawl(folder, port, *settings, urls):
    given = {"SNAPSHOTS_ENABLED": "0", "DOWNLOAD_DELAY": "0", "DNS_SERVERS": "127.0.0.1:9", "DNS_TIMEOUT": "1"}
    options = [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scrapy", "crawl", "links", "-a", "urls=-", *options, *settings,
        "--logfile", str(folder / "log"), cwd=ROOT,
        env=os.environ | {"CITEKEEP_DATA": str(folder), "http_proxy": f"http://127.0.0.1:{port}"},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await asyncio.wait_for(process.communicate("\n".join(urls).encode()), 60)
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        checks = connection.execute(
            "SELECT l.url, c.status, c.reason, c.error, p.via_proxy, p.ip FROM checks AS c JOIN links AS l ON l.id = c.link_id"
            " LEFT JOIN captures AS p ON p.check_id = c.id AND p.purpose = 'page' ORDER BY l.url"
        ).fetchall()
    return checks, told.decode(), (folder / "log").read_text()


@pytest.fixture
async def proxy():
    running = Trap(PAGE)
    running.port = await running.listen("127.0.0.1")
    yield running
    for server in running.servers:
        server.close()


async def test_a_proxy_of_the_environment_is_not_used_unasked(proxy, tmp_path):
    checks, _, _ = await crawl(tmp_path, proxy.port, urls=["http://page.example/"])
    assert [(url, status) for url, status, *_ in checks] == [("http://page.example/", None)]
    assert proxy.connections == 0


async def test_behind_a_proxy_the_check_says_so_and_has_no_address(proxy, tmp_path):
    on = ("-s", "HTTPPROXY_ENABLED=1", "-s", f"ADDRESS_GUARD_ALLOW=127.0.0.1:{proxy.port}")
    urls = ["http://page.example/", "http://10.0.0.1/inside", "http://db.internal/"]
    checks, told, log = await crawl(tmp_path, proxy.port, *on, urls=urls)
    by_url = {url: rest for url, *rest in checks}
    assert by_url["http://page.example/"] == [200, None, None, 1, None]
    assert by_url["http://10.0.0.1/inside"][1] == "address_refused", "what needs no DNS is judged here all the same"
    assert by_url["http://db.internal/"][1] == "special_use_name"
    assert "proxy" in told, "a person is told who judges"
    assert proxy.connections == 2, "robots.txt and the page"
    assert "10.0.0.1" not in log.replace("http://10.0.0.1/inside", "")


async def test_a_proxy_that_is_not_there_is_held_against_no_page(proxy, tmp_path):
    for server in proxy.servers:
        server.close()
    on = ("-s", "HTTPPROXY_ENABLED=1", "-s", f"ADDRESS_GUARD_ALLOW=127.0.0.1:{proxy.port}")
    checks, _, _ = await crawl(tmp_path, proxy.port, *on, urls=["http://page.example/"])
    assert [(url, error) for url, _, _, error, *_ in checks] == [("http://page.example/", "local")]
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        assert connection.execute("SELECT strikes, standing FROM links").fetchall() == [(0, "not_checked")]
        assert connection.execute("SELECT checks, not_checked FROM run_history").fetchall() == [(0, 1)]


def test_what_a_proxy_says_of_a_host_is_no_fault_of_the_proxy():
    told = "Could not open CONNECT tunnel with proxy 127.0.0.1:3128 [{'status': %d, 'reason': b'no'}]"
    assert [status for status in (403, 407, 502, 503, 504) if tunnel_failed(TunnelError(told % status))] == [
        502,
        503,
        504,
    ]
    assert not tunnel_failed(ConnectionRefusedError("502"))
    assert not tunnel_failed(None)
