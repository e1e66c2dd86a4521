"""What is decided at the wire itself: nothing leaves without a lease, heads are found however they are cut up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers

from citekeep.exceptions import LeaseLostError
from downloadhandlers.wire import ObservedProtocol, Wire
from tests.crawled import RawWeb, answering, crawl, ok


class Transport(StringTransport):
    aborted = False

    def abortConnection(self):
        self.aborted = True


def connected(*, may_send):
    wire = Wire(head_limit=1_000, body_limit=1_000, may_send=may_send)
    protocol, transport = ObservedProtocol(lambda _: None), Transport()
    protocol.makeConnection(transport)
    wire.attach(protocol)
    return wire, protocol, transport


def page():
    return Request(b"GET", b"/page", Headers({b"Host": [b"a.test"]}), None)


def test_a_lease_that_ended_while_connecting_sends_nothing():
    wire, protocol, transport = connected(may_send=lambda: False)
    failures = []
    protocol.request(page()).addErrback(failures.append)
    assert [failure.type for failure in failures] == [LeaseLostError]
    assert (transport.value(), transport.aborted, wire.sent) == (b"", True, [])


def test_with_a_lease_what_is_sent_is_noted():
    wire, protocol, transport = connected(may_send=lambda: True)
    protocol.request(page())
    assert b"".join(wire.sent) == transport.value()
    assert transport.value().startswith(b"GET /page HTTP/1.1\r\n")
    wire.detach()
    transport.write(b"of another request")
    assert b"another" not in b"".join(wire.sent)


def test_it_is_told_when_a_request_leaves_over_tls_once_the_session_is_there():
    wire, protocol, _ = connected(may_send=lambda: True)
    told = []
    wire.was_sent = lambda: told.append(wire.handshake_done)
    protocol.handshakeCompleted()
    assert told == [], "nothing was written yet"
    protocol.request(page())
    protocol.handshakeCompleted()
    assert told == [True, True]


def test_without_a_lease_no_connection_is_made(tmp_path):
    seen = []
    with RawWeb({"a.test": answering(ok(b"page"), seen=seen)}, tmp_path) as web:
        crawled = crawl(["http://a.test/page"], tmp_path, web.settings, lease_seconds=0)
    assert (crawled.checks, crawled.unannounced, seen) == ({}, [], [])
    assert "Traceback" not in crawled.log


@given(st.integers(0, 3), st.sampled_from([b"\r\n", b"\n"]), st.binary(max_size=20), st.data())
def test_the_last_head_is_found_in_any_pieces(interim, end, body, data):
    before = (b"HTTP/1.1 103 Early Hints" + end + b"Link: </a>" + end + end) * interim
    head = before + b"HTTP/1.1 200 OK" + end + b"A: b" + end + end
    message = head + body
    wire = Wire(head_limit=1_000, body_limit=1_000, may_send=lambda: True)
    place = 0
    while place < len(message):
        size = data.draw(st.integers(1, 40))
        wire.take(message[place : place + size])
        place += size
    assert (wire.head_size, wire.over_limit) == (len(head), None)
    assert wire.give_up_bytes() == message
    assert wire.give_up_bytes() == b""


@pytest.mark.parametrize(
    ("message", "over"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200, "headers"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, "headers"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_100, "body"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_900, None),
    ],
)
def test_limits(message, over):
    wire, _, transport = connected(may_send=lambda: True)
    wire.take(message)
    assert (wire.over_limit, transport.aborted) == (over, over is not None)
