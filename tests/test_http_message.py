"""HTTP/1 messages as bytes: any bytes give an answer, whole messages the right one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.http_message import body_of, dechunk, end_of_head, parse_head

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,15}", fullmatch=True)
VALUES = st.from_regex(r"[!-~\xa1-\xfe]([ -~\xa1-\xfe]{0,30}[!-~\xa1-\xfe])?", fullmatch=True)


@given(
    st.integers(200, 999),
    st.lists(st.tuples(NAMES, VALUES), max_size=6),
    st.sampled_from([b"\r\n", b"\n"]),
    st.binary(max_size=50),
    st.integers(0, 3),
)
def test_a_whole_head_is_read_as_it_was_written(status, fields, end, body, interim):
    lines = [b"HTTP/1.1 %d Some Reason" % status, *(f"{name}: {value}".encode("latin-1") for name, value in fields)]
    before = (b"HTTP/1.1 103 Early Hints" + end + b"Link: </a>" + end + end) * interim
    message = before + end.join(lines) + end + end + body
    head = parse_head(message)
    assert (head.status, head.headers) == (status, fields)
    assert message[head.length :] == body
    assert end_of_head(message) == (len(before) // interim if interim else head.length)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_head_or_none(message):
    head = parse_head(message)
    if head is not None:
        assert 100 <= head.status <= 999
        assert 0 < head.length <= len(message)
        assert message[: head.length].endswith(b"\n")
        assert len(body_of(message, head)) <= len(message) - head.length


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n", None),
        (b"HTTP/1.1 100 Continue\r\n\r\n", None),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n", 204),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
        (b"HTTP/1.1 200\r\n\r\n", 200),
        (b"HTTP/1.1 200\n\n", 200),
        (b"ICY 200 OK\r\n\r\n", 200),
        (b"HTTP/1.1 2000 OK\r\n\r\n", None),
        (b"HTTP/1.1 000 OK\r\n\r\n", None),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", None),
        (b"\r\n\r\n", None),
        (b"", None),
    ],
)
def test_what_is_a_status_line(message, status):
    head = parse_head(message)
    assert (head.status if head else None) == status


def test_odd_lines():
    head = parse_head(b"HTTP/1.1 200 OK\r\n first: x\r\nno colon\r\nA : 1\r\n\t2\r\n  3\r\nA:\r\n: empty\r\n\r\n")
    assert head.headers == [(" first", "x"), ("A", "1 2 3"), ("A", ""), ("", "empty")]
    assert (head.get("a"), head.get("b")) == ("1 2 3", None)


def test_a_head_of_folded_lines_costs_no_time():
    begun = time.process_time()
    head = parse_head(b"HTTP/1.1 200 OK\r\nA: 1" + b"\r\n x" * 500_000 + b"\r\n\r\n")
    assert len(head.get("A")) == 1_000_001
    assert time.process_time() - begun < 5  # a second at most; joined one by one it is minutes


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.sampled_from([b"\r\n", b"\n"]), st.data())
def test_chunks_come_back_as_their_data(parts, end, data):
    framed = b"".join(b"%X;a=b%s%s%s" % (len(part), end, part, end) for part in parts) + b"0" + end + end
    assert dechunk(framed) == (b"".join(parts), True)
    cut = framed[: data.draw(st.integers(0, len(framed)))]
    got, whole = dechunk(cut)
    if len(cut) > len(framed) - len(end) - 1:
        assert whole
    elif parts and len(cut) > len(b"%X;a=b" % len(parts[0])) + len(end):
        assert b"".join(parts).startswith(got)
        assert not whole


@given(st.binary(max_size=200))
def test_any_bytes_can_be_taken_for_chunks(raw):
    got, whole = dechunk(raw)
    assert len(got) <= len(raw)
    assert isinstance(whole, bool)


def test_chunks_that_lie():
    assert dechunk(b"FFFFFFFFFFFFFFF\r\nshort") == (b"short", False)
    assert dechunk(b"3\r\nabcdef") == (b"abc", False)
    assert dechunk(b"<html>not chunked</html>") == (b"<html>not chunked</html>", False)
    assert dechunk(b"") == (b"", False)
    assert dechunk(b"0\r\n\r\nmore") == (b"", True)


@pytest.mark.parametrize(
    ("message", "body"),
    [
        (b"HTTP/1.1 204 No\r\n\r\nnothing", b""),
        (b"HTTP/1.1 304 Same\r\nContent-Length: 7\r\n\r\nnothing", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", b"ab"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nplain", b"plain"),
        (b"HTTP/1.1 200 OK\r\n\r\n2\r\nab\r\n0\r\n\r\n", b"2\r\nab\r\n0\r\n\r\n"),
    ],
)
def test_the_body_of_a_message(message, body):
    assert body_of(message, parse_head(message)) == body
