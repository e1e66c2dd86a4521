"""Each host of the table does what its row says, seen by raw sockets, ssl and dnspython: Citekeep has no part in it."""

import ipaddress
import socket
import ssl
import time
import urllib.robotparser
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import brotli
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
import zstandard

from citekeep.failures import ERRORS, REASONS, TLS_FAULTS
from sandbox.failures import FAILURES, Failure, Recorded

SILENCE = 5.0  # seconds without an end that count as a time-out; a busy machine is silent for two
TOTAL = 5.0  # seconds for a whole exchange
LIMIT = 2**20  # bytes of a body
HEAD_LIMIT = 2**18
UNFOLDED = 20 * 2**20

VERIFY_CODES = {9: "not_yet_valid", 10: "expired", 20: "untrusted", 21: "untrusted", 62: "other_name"}
"""X509_V_ERR_* of OpenSSL."""


class Failed(Exception):
    def __init__(self, recorded):
        self.recorded = recorded


def fail(error, phase, **more):
    return Failed(Recorded(error=error, error_phase=phase, **more))


class Visitor:
    """A link checker in small, on sockets alone."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.connect_to = sandbox.web.connect_to()
        self.faults = ()
        self.status = None

    def visit(self, url):
        hops = 0
        try:
            while True:
                status, headers, body = self.get(url)
                if not (300 <= status < 400 and "location" in headers):
                    return replace(decode(headers, body, status), tls_faults=self.faults, hops=hops)
                if hops == 10:
                    return Recorded(status=status, flags=("too_many_redirects",), hops=hops)
                try:
                    url = urljoin(url, headers["location"])
                    refuse(urlsplit(url))
                except ValueError:
                    return Recorded(status=status, flags=("bad_redirect",), hops=hops)
                finally:
                    hops += 1
        except Failed as failed:
            return replace(failed.recorded, hops=hops)

    def get(self, url):
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        where = self.connect_to.get(f"{host}:{port}")
        if where is None:
            self.resolve(host, port)
        connection = self.connect(int(where.rpartition(":")[2]))
        try:
            if parts.scheme == "https":
                connection = self.shake_hands(connection, host)
            return self.exchange(connection, host, parts.path)
        finally:
            connection.close()

    def resolve(self, host, port):
        """Raise what follows from DNS; a name that leads on to an address other than our own web's is refused."""
        ipaddress_or_name = urlsplit(f"//{host}")
        refuse(ipaddress_or_name._replace(scheme="http"))
        query = dns.message.make_query(host, "A")
        at = {"port": self.sandbox.dns.port, "timeout": SILENCE}
        try:
            # As resolvers do: what is no answer to the question is passed over, since anybody may have sent it.
            answer = dns.query.udp(query, "127.0.0.1", **at, ignore_errors=True)
            if answer.flags & dns.flags.TC:
                answer = dns.query.tcp(query, "127.0.0.1", **at)
        except dns.exception.Timeout:
            raise fail("timeout", "dns") from None
        except dns.exception.DNSException:
            raise fail("dns_failed", "dns") from None
        if host.endswith(".invalid"):
            assert answer.rcode() == dns.rcode.REFUSED
            raise Failed(Recorded(reason="special_use_name"))
        if answer.rcode() == dns.rcode.NXDOMAIN:
            raise fail("nxdomain", "dns")
        if answer.rcode() != dns.rcode.NOERROR:
            raise fail("dns_failed", "dns")
        addresses = [item.to_text() for rrset in answer.answer for item in rrset]
        if not addresses:
            raise fail("no_address", "dns")
        assert all(ipaddress.ip_address(address).is_private for address in addresses)
        raise Failed(Recorded(reason="address_refused"))

    def connect(self, port):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SILENCE)
        except ConnectionRefusedError:
            raise fail("refused", "connect") from None
        except TimeoutError:
            raise fail("timeout", "connect") from None

    def shake_hands(self, connection, host):
        context = ssl.create_default_context(cafile=self.sandbox.ca_bundle)
        try:
            return context.wrap_socket(connection, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            self.faults = (self.fault(error, host),)
        except TimeoutError:
            raise fail("timeout", "tls") from None
        except ConnectionResetError:
            raise fail("reset", "tls") from None
        except ssl.SSLError:
            raise fail("tls_failed", "tls") from None
        lenient = ssl.create_default_context()
        lenient.check_hostname, lenient.verify_mode = False, ssl.CERT_NONE
        return lenient.wrap_socket(self.connect(self.sandbox.web.ports["https"]), server_hostname=host)

    def fault(self, error, host):
        name = VERIFY_CODES[error.verify_code]
        if name == "untrusted":
            # With the intermediate at hand the same leaf is good: then it was only left out.
            context = ssl.create_default_context(cafile=self.sandbox.ca_bundle)
            _, _, der = self.get("http://certificates.test/intermediate.der")
            context.load_verify_locations(cadata=der)
            try:
                context.wrap_socket(self.connect(self.sandbox.web.ports["https"]), server_hostname=host).close()
            except ssl.SSLCertVerificationError:
                return "untrusted"
            return "incomplete_chain"
        return name

    def exchange(self, connection, host, path):
        received = b""
        try:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            deadline = time.monotonic() + TOTAL
            while True:
                data = connection.recv(65_536)
                received += data
                if time.monotonic() > deadline:
                    raise TimeoutError
                if not data or len(received) > LIMIT:
                    break
        except TimeoutError:
            raise after(received, "timeout", "time") from None
        except ConnectionError:
            raise after(received, "reset", "disconnect") from None
        return message(received)


def refuse(parts):
    """Raise where a URL leads to no public address or port; ValueError where it is no web address."""
    if parts.scheme not in {"http", "https"}:
        raise ValueError(parts.scheme)
    if parts.port not in {None, 80, 443}:
        raise Failed(Recorded(reason="address_refused"))
    try:
        inside = ipaddress.ip_address(parts.hostname).is_private
    except ValueError:
        return
    assert inside
    raise Failed(Recorded(reason="address_refused"))


def after(received, error, truncated):
    head, end, _ = received.partition(b"\r\n\r\n")
    if not end:
        return fail(error, "headers", truncated=truncated if received else None)
    return fail(error, "body", truncated=truncated, status=int(head.split(b" ")[1]))


def message(received):
    """Return (status, headers, body without its framing) of a whole message; raise what is wrong with another."""
    while received.startswith(b"HTTP/1.1 1"):
        received = received.partition(b"\r\n\r\n")[2]
    if b"\n\n" in received.partition(b"\r\n\r\n")[0]:
        head, _, body = received.partition(b"\n\n")
        received = head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body
    head, end, body = received.partition(b"\r\n\r\n")
    if not received:
        raise fail("closed", "headers")
    if not received.startswith(b"HTTP/1."):
        raise fail("bad_response", "headers")
    if not end or len(head) > HEAD_LIMIT:
        raise fail("too_large", "headers", truncated="length")
    line, *fields = head.decode("latin-1").split("\r\n")
    status = int(line.split(" ")[1])
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    length = int(headers.get("content-length", len(body)))
    if length > LIMIT or len(body) > LIMIT:
        raise fail("too_large", "body", status=status, truncated="length")
    if headers.get("transfer-encoding") == "chunked":
        body = unchunk(body, status)
    elif len(body) < length:
        raise after(received, "cut_off", "disconnect")
    return status, headers, body


def unchunk(data, status):
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if length == 0:
            return body
        body, data = body + data[:length], data[length + 2 :]
    raise fail("cut_off", "body", status=status, truncated="disconnect")


def decode(headers, body, status):
    coding = headers.get("content-encoding")
    try:
        if coding == "gzip":
            body = zlib.decompressobj(wbits=31).decompress(body, UNFOLDED)
        elif coding == "br":
            body = brotli.decompress(body)
        elif coding == "zstd":
            body = zstandard.ZstdDecompressor().decompress(body)
    except zlib.error:
        return Recorded(status=status, error="bad_encoding", error_phase="body")
    if len(body) >= UNFOLDED:
        return Recorded(status=status, error="too_large", error_phase="body")
    assert coding is None or b"<h1>" in body
    return Recorded(status=status)


def check(sandbox, failure):
    """Look at robots.txt where it can be read, then at the page."""
    visitor = Visitor(sandbox)
    try:
        status, _, body = visitor.get(f"{failure.scheme}://{failure.host}/robots.txt")
    except Failed:
        return Visitor(sandbox).visit(failure.url)
    if status >= 500:
        return Recorded(reason="robots_unavailable")
    rules = urllib.robotparser.RobotFileParser()
    rules.parse(body.decode().splitlines() if status == 200 else [])
    return Visitor(sandbox).visit(failure.url) if rules.can_fetch("any", failure.url) else Recorded(reason="robots")


@pytest.fixture(scope="module")
def seen(sandbox):
    with ThreadPoolExecutor(24) as threads:
        found = threads.map(lambda failure: check(sandbox, failure), FAILURES)
        return dict(zip((failure.host for failure in FAILURES), found, strict=True))


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.host)
def test_a_host_does_what_its_row_says(seen, failure: Failure):
    assert seen[failure.host] == failure.recorded


def test_every_word_is_one_that_citekeep_records():
    for recorded in (failure.recorded for failure in FAILURES):
        assert recorded.error is None or recorded.error in ERRORS
        assert recorded.reason is None or recorded.reason in REASONS
        assert set(recorded.tls_faults) <= set(TLS_FAULTS)
        assert recorded.error_phase in {None, "dns", "connect", "tls", "send", "headers", "body"}
        assert recorded.truncated in {None, "length", "time", "disconnect", "unspecified"}


def test_hosts_are_distinct_and_under_test():
    hosts = [failure.host for failure in FAILURES]
    assert len(set(hosts)) == len(hosts)
    assert [host for host in hosts if not host.endswith(".test")] == ["nobody.invalid"]


def test_the_table_has_a_row_for_each_error_that_a_host_can_cause():
    # "unreachable" takes a router that says so, "local" our own machine's fault, "other" an exception nobody knows;
    # redirects that lead nowhere are flags.
    rows = {failure.recorded.error for failure in FAILURES} - {None}
    assert rows == set(ERRORS) - {"unreachable", "local", "other", "too_many_redirects", "bad_redirect"}
