"""What comes over the wire before a page is one: heads, DNS answers, certificates, cookies, codings, robots.txt."""

from __future__ import annotations

import asyncio
import math
from types import SimpleNamespace
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.message
import dns.nameserver
from OpenSSL import crypto
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from citekeep import names
from citekeep.http_message import body_of, dechunk, end_of_head, parse_head
from downloadermiddlewares import robots as robots_middleware
from downloadermiddlewares.check_cookies import COOKIES_KEPT, CheckCookiesMiddleware
from downloadermiddlewares.decompress import DecompressMiddleware
from downloadhandlers import certificates
from fuzz.bytes_as import fields, run

BODY_MAX = 2**20


def http_message(data: bytes) -> None:
    """Any bytes have a head or none; a body is never longer than what came."""
    head = parse_head(data)
    end_of_head(data)
    assert len(dechunk(data)[0]) <= len(data)
    if head is not None:
        assert 100 <= head.status <= 999
        assert 0 < head.length <= len(data)
        assert len(body_of(data, head)) <= len(data) - head.length


def robots(data: bytes) -> None:
    """Any robots.txt allows or forbids, and names a delay or none."""
    rules = robots_middleware._Rules(robots_middleware.parse(data), size=len(data))
    for url in (
        "https://example.org/",
        "https://example.org/a/b.html?c=%C3%A9&d=*$",
        "https://example.org/" + "a" * 500,
    ):
        assert rules.parser.can_fetch(url, robots_middleware.AGENT) in {True, False}
    delay = rules.delay()
    if delay is not None:
        assert 0 <= min(delay, 60.0) <= 60.0
        assert not math.isnan(delay)


class _Server(dns.nameserver.Nameserver):
    """A name server that answers each question with the same bytes."""

    def __init__(self, wire: bytes) -> None:
        super().__init__()
        self.wire = wire

    def __str__(self) -> str:
        return "Do53:192.0.2.53@53"

    def kind(self) -> str:
        return "Do53"

    def is_always_max_size(self) -> bool:
        return True

    def answer_nameserver(self) -> str:
        return "192.0.2.53"

    def answer_port(self) -> int:
        return 53

    async def async_query(self, request: Any, *_: Any, **__: Any) -> Any:
        question = request.to_wire()
        answer = dns.message.from_wire(question[:2] + self.wire)
        if not request.is_response(answer):
            raise dns.exception.FormError("not the answer to this question")
        return answer


def dns_answer(data: bytes) -> None:
    """Any DNS answer (after its two bytes of id) gives addresses, or why there are none."""
    run(_ask(data))


async def _ask(data: bytes) -> None:
    asked = names.Names([("192.0.2.53", 53)], timeout=1.0)
    asked._resolver = dns.asyncresolver.Resolver(configure=False)
    asked._resolver.nameservers = [_Server(data)]
    asked._resolver.lifetime = asked._resolver.timeout = 0.2
    answer = await asyncio.wait_for(asked.ask("example.test"), 5)
    assert answer.outcome in {"ok", *names.PROBLEMS}
    assert (answer.outcome == "ok") == bool(answer.addresses)


_COOKIES = CheckCookiesMiddleware(debug=False)


def cookies(data: bytes) -> None:
    """Any Set-Cookie fields leave a small jar, and the next request goes out."""
    request = Request("https://www.example.org/a/b?c=d", meta={"cookiejar": "one"})
    values = [line for line in data.split(b"\n") if line]
    response = Response(request.url, headers={"Set-Cookie": values})
    _COOKIES.process_response(request, response)
    _COOKIES.process_request(Request("https://sub.example.org/", meta={"cookiejar": "one"}))
    assert len(_COOKIES.jars["one"]) <= COOKIES_KEPT
    _COOKIES.drop_jar("one")


_CODINGS = DecompressMiddleware.from_crawler(get_crawler(settings_dict={"DOWNLOAD_MAXSIZE": BODY_MAX}))


def codings(data: bytes) -> None:
    """A body in any coding, right or wrong, is a response, no larger than the limit."""
    coding, body = fields(data, 2)
    request = Request("https://example.org/")
    headers = {"Content-Encoding": coding.replace(b"\n", b" "), "Content-Type": "text/html"}
    response = run(_CODINGS.process_response(request, Response(request.url, headers=headers, body=body)))
    assert isinstance(response, Response)
    assert len(response.body) <= max(BODY_MAX, len(body))


def certificate(data: bytes) -> None:
    """A certificate that OpenSSL takes has facts, or is unreadable; it names a host or does not."""
    try:
        taken = crypto.load_certificate(crypto.FILETYPE_ASN1, data)
    except (crypto.Error, ValueError):
        return
    facts = certificates.tls_facts(_transport(taken))
    assert set(facts["faults"]) <= {"expired", "not_yet_valid", "other_name", "untrusted", "incomplete_chain", "other"}
    certificates.is_for(taken, "www.example.org", is_name=True)
    certificates.is_for(taken, "192.0.2.1", is_name=False)


def _transport(taken: crypto.X509) -> Any:
    connection = SimpleNamespace(
        get_peer_cert_chain=lambda: [taken],
        get_protocol_version_name=lambda: "TLSv1.3",
        get_cipher_name=lambda: "x",
    )
    return SimpleNamespace(getHandle=lambda: connection, noted_errors={20})
