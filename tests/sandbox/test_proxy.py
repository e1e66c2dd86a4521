"""The proxy ends TLS for those it stands in for, and lets nothing else out."""

import asyncio
import ssl

import httpx2
import pytest
import requests

from sandbox.certificates import Certificates
from sandbox.http import Response, plain
from sandbox.proxy import Proxy
from sandbox.server import HOST, Log


@pytest.fixture
async def proxy(tmp_path):
    async def handler(request):
        if request.path == "/reset":
            return Response(raw=b"", end="reset")
        return plain(f"{request.method} {request.url} {len(request.body)}")

    certificates = Certificates({})
    certificates.write_bundle(tmp_path / "ca.pem")
    made = Proxy({"archive.example.test": handler}, certificates, Log())
    made.bundle = str(tmp_path / "ca.pem")
    await made.start()
    yield made
    await made.close()


def environment(monkeypatch, proxy):
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://{HOST}:{proxy.port}")
        monkeypatch.setenv(name.lower(), f"http://{HOST}:{proxy.port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", proxy.bundle)
    monkeypatch.setenv("SSL_CERT_FILE", proxy.bundle)


@pytest.mark.parametrize("url", ["https://archive.example.test/x?y=1", "http://archive.example.test/x?y=1"])
async def test_requests_and_httpx2_reach_the_handler_unmodified(monkeypatch, proxy, url):
    environment(monkeypatch, proxy)
    told = f"POST {url} 4"
    response = await asyncio.to_thread(requests.post, url, data=b"body", timeout=5)
    assert response.text == told
    async with httpx2.AsyncClient() as client:
        assert (await client.post(url, content=b"body")).text == told
    assert proxy.log.urls() == [url, url]


async def test_a_reset_is_a_reset_through_the_tunnel(monkeypatch, proxy):
    environment(monkeypatch, proxy)
    async with httpx2.AsyncClient() as client:
        with pytest.raises(httpx2.TransportError):
            await client.get("https://archive.example.test/reset")
        assert (await client.get("https://archive.example.test/")).status_code == 200


@pytest.mark.parametrize(
    "target", ["example.com:443", "archive.example.test:22", "127.0.0.1:443", "", ":", "[::1]:443"]
)
async def test_nothing_else_gets_out(proxy, target):
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(f"CONNECT {target or '-'} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 502 ")
    writer.close()
    assert proxy.refused == [target or "-"]


async def test_its_certificate_is_trusted_by_the_bundle_alone(proxy):
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(b"CONNECT archive.example.test:443 HTTP/1.1\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    with pytest.raises(ssl.SSLCertVerificationError):
        await writer.start_tls(ssl.create_default_context(), server_hostname="archive.example.test")
    writer.close()
