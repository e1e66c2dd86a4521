"""TLS: faults of certificates are noted and the page is read; where no session comes about, that is the failure."""

import asyncio
import socket

import pytest

from sandbox.server import reset
from tests.crawled import RawWeb, answering, crawl, ok, read_head

KINDS = ("good", "expired", "not_yet_valid", "other_name", "untrusted", "incomplete_chain")
FAULTS = {kind: [] if kind == "good" else [kind] for kind in KINDS}
HOSTS = {f"{kind.replace('_', '-')}.test": kind for kind in KINDS}


async def no_tls(reader, writer):
    writer.write(b"HTTP/1.1 400 Speak HTTP\r\n\r\n")
    await writer.drain()


async def hangs_up(reader, writer):
    await reader.read(65_536)


async def silent(reader, writer):
    await reader.read()
    await asyncio.sleep(60)


def ends(how):
    """Return a talk that sends half a body over TLS, then ends the connection without TLS's own farewell."""

    async def talk(reader, writer):
        while (target := await read_head(reader)) is not None:
            if target == "/robots.txt":
                writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                continue
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
            await writer.drain()
            await asyncio.sleep(0.1)
            if how == "reset":
                await reset(writer)
            else:
                writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            return

    return talk


ENDS = {"fin.test": ends("fin"), "rst.test": ends("reset")}
BROKEN = {"no-tls.test": no_tls, "hangs-up.test": hangs_up, "no-hello.test": silent}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    page = answering(ok(b"read all the same"))
    secure = {host: host for host in HOSTS} | {"xn--ls8h.test": "a.test", "a_b.under.test": "*.under.test"}
    secure |= dict(zip(ENDS, ENDS, strict=True))
    with RawWeb({**dict.fromkeys(secure, page), **BROKEN, **ENDS}, folder, secure, HOSTS) as web:
        settings = web.settings
        for host in BROKEN:
            settings["CONNECT_TO"][f"{host}:443"] = settings["CONNECT_TO"][f"{host}:80"]
        yield crawl(
            [f"https://{host}/page" for host in (*secure, *BROKEN)], folder,
            {**settings, "CONNECT_TIMEOUT": 1}, web.environment,
        )  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_faults_are_noted_and_the_page_is_read(crawled, host):
    check = crawled.checks[f"https://{host}/page"]
    assert (check.status, check.error, check.body) == (200, None, b"read all the same")
    for exchange in check.exchanges:
        assert exchange.tls["faults"] == FAULTS[HOSTS[host]]


def test_facts_of_a_certificate(crawled):
    robots, page = crawled.exchanges("https://expired.test/page")
    assert page.tls["version"] in {"TLSv1.2", "TLSv1.3"}
    assert page.tls["not_before"] < page.tls["not_after"] < page.started_at
    assert page.tls["names"] == ["expired.test"]
    assert len(page.tls["sha256"]) == 64
    assert "Citekeep sandbox" in page.tls["issuer"]
    assert page.tls["cipher"]
    assert robots.tls == page.tls
    assert (robots.tls_ms is not None, page.tls_ms) == (True, None)


@pytest.mark.parametrize(("host", "faults"), [("xn--ls8h.test", ["other_name"]), ("a_b.under.test", [])])
def test_names_that_break_the_rules_of_names_are_asked_all_the_same(crawled, host, faults):
    check = crawled.checks[f"https://{host}/page"]
    assert (check.status, check.error) == (200, None)
    assert check.exchanges[-1].tls["faults"] == faults


@pytest.mark.parametrize(
    ("host", "error"), [("no-tls.test", "tls_failed"), ("hangs-up.test", "closed"), ("no-hello.test", "timeout")]
)
def test_without_a_session_there_is_no_page(crawled, host, error):
    check = crawled.checks[f"https://{host}/page"]
    (exchange,) = check.exchanges
    assert (exchange.error, exchange.error_phase) == (error, "tls")
    assert (exchange.tls, exchange.request_bytes, exchange.status) == (None, b"", None)
    assert exchange.ip == "127.0.0.1"
    assert (check.error, check.error_phase, check.final_url) == (error, "tls", None)


@pytest.mark.parametrize(("host", "error"), [("fin.test", "cut_off"), ("rst.test", "reset")])
def test_an_end_without_farewell_is_no_reset(crawled, host, error):
    check = crawled.checks[f"https://{host}/page"]
    assert (check.status, check.error, check.error_phase, check.body) == (200, error, "body", b"part")
