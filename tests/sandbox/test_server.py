"""The server sends what it is told, byte for byte."""

import asyncio

import pytest

from sandbox.http import Response, html, plain, redirect
from sandbox.server import HOST, Log, Server, converse


@pytest.fixture
async def serve():
    """serve(handler) -> ask(bytes) -> everything that came until the connection ended."""
    server, log = Server(), Log()

    async def start(handler):
        port = await server.listen(lambda r, w: converse(r, w, handler, scheme="http", log=log))

        async def ask(sent):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(sent)
            writer.write_eof()
            received = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await writer.wait_closed()
            return received

        return ask

    start.log = log
    yield start
    await server.close()


def answering(*responses):
    left = list(responses)

    async def handler(request):
        return left.pop(0)

    return handler


GET = b"GET /a?b=%20c HTTP/1.1\r\nHost: A.test:80\r\n\r\n"


async def test_head_and_body_are_sent_as_they_stand(serve):
    ask = await serve(answering(Response(reason="Okey", headers=[("x-B", "1"), ("X-b", "\xe9")], body=b"hi")))
    assert await ask(GET) == b"HTTP/1.1 200 Okey\r\nx-B: 1\r\nX-b: \xe9\r\nContent-Length: 2\r\n\r\nhi"


async def test_requests_of_one_connection_are_answered_in_turn(serve):
    ask = await serve(answering(plain("one"), plain("two", status=404), plain("three")))
    received = await ask(GET + GET + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + GET)
    assert [received.count(word) for word in (b"one", b"two", b"three", b"HTTP/1.1")] == [1, 1, 1, 3]


async def test_chunks(serve):
    async def parts():
        yield b"one"
        yield b""
        yield b"sixteen bytes..."

    ask = await serve(answering(Response(body=parts(), framing="chunked")))
    assert (await ask(GET)).endswith(b"chunked\r\n\r\n3\r\none\r\n10\r\nsixteen bytes...\r\n0\r\n\r\n")


async def test_head_gets_no_body_and_204_no_length(serve):
    ask = await serve(answering(html("<p>four</p>"), Response(status=204)))
    received = await ask(GET.replace(b"GET", b"HEAD") + GET)
    assert b"Content-Length: 11\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n" in received
    assert b"four" not in received


async def test_raw_bytes_stand_in_place_of_all(serve):
    ask = await serve(answering(Response(raw=b"whatever", end="close")))
    assert await ask(GET + GET) == b"whatever"


async def test_a_body_comes_whole_before_it_is_answered(serve):
    bodies = []

    async def handler(request):
        bodies.append((request.method, request.form(), request.query, request.host, request.url))
        return redirect("/there")

    ask = await serve(handler)
    await ask(b"POST /a?b=%20c HTTP/1.1\r\nHost: A.test:80\r\ncontent-length: 7\r\n\r\nx=1&y=2")
    assert bodies == [("POST", {"x": "1", "y": "2"}, {"b": " c"}, "a.test", "http://a.test/a?b=%20c")]


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
async def test_what_is_no_request_is_not_answered(serve, sent):
    ask = await serve(answering())
    assert await ask(sent) == b""


async def test_a_handler_that_fails_is_seen(serve):
    ask = await serve(answering())
    assert b"500 Internal Server Error" in await ask(GET)


async def test_the_log_keeps_no_secret(serve):
    ask = await serve(answering(plain("")))
    await ask(GET.replace(b"\r\n\r\n", b"\r\nAuthorization: LOW key:secret\r\nCookie: s=secret\r\n\r\n"))
    (logged,) = serve.log
    assert logged.url == "http://a.test/a?b=%20c"
    assert ("Authorization", "withheld") in logged.headers
    assert "secret" not in repr(serve.log)
