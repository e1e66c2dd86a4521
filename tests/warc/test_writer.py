"""What the writer puts into a WARC: records that warcio reads and checks, byte for byte what came and went."""

import asyncio
import gzip
import hashlib
import json
import random
import re
import socket
import tempfile

import pytest
import warc_exchanges as made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citekeep.exceptions import ArchiveError
from citekeep.warc.index import index_lines
from citekeep.warc.reader import read

ODD = b"HTTP/1.1 200 Okey Dokey\r\nX-oDD: 1\r\nno colon here\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nbody"
TEXT = b"All that was written about it. " * 100


def test_a_request_and_a_response_each_with_its_bytes_and_the_link_between_them(tmp_path):
    (ref,) = made.write(tmp_path, made.exchange(ODD))
    (path,) = made.warcs(tmp_path)
    made.check(path)
    (_, info, _), (kind, response, block), (_, request, sent) = made.records(path)
    assert (kind, block, sent) == ("response", ODD, made.REQUEST)
    assert info["WARC-Filename"] == path.name == ref.name
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert response["WARC-Date"] == made.AT
    assert response["WARC-IP-Address"] == "127.0.0.1"
    assert response["WARC-Block-Digest"] == "sha256:" + hashlib.sha256(ODD).hexdigest()
    assert response["WARC-Payload-Digest"] == "sha256:" + hashlib.sha256(b"body").hexdigest()
    assert "WARC-Truncated" not in response
    stored = read(tmp_path, ref)
    assert (stored.raw, stored.body, stored.url) == (ODD, b"body", "https://www.example.test/page")


def test_every_record_is_a_gzip_member_of_its_own(tmp_path):
    refs = made.write(tmp_path, *(made.exchange(made.page(b"%d" % n)) for n in range(3)))
    raw = made.warcs(tmp_path)[0].read_bytes()
    for n, ref in enumerate(refs):
        assert gzip.decompress(raw[ref.offset : ref.offset + ref.length]).endswith(b"\r\n\r\n%d\r\n\r\n" % n)


def test_warcinfo_says_nothing_of_this_machine(tmp_path):
    made.write(tmp_path, made.exchange(ODD), info=made.INFO | {"description": "two\r\nlines: of it"})
    ((kind, headers, block), *_) = made.records(made.warcs(tmp_path)[0])
    assert kind == "warcinfo"
    assert headers["Content-Type"] == "application/warc-fields"
    assert block == b"software: Citekeep/0\r\nformat: WARC File Format 1.1\r\ndescription: two lines: of it\r\n"
    for word in (socket.gethostname(), str(tmp_path)):
        assert word.encode() not in block


@pytest.mark.parametrize(
    ("response", "truncated", "digested"),
    [
        (made.page(b"x" * 50)[:-20], "length", True),
        (made.chunked(TEXT)[:-900], "disconnect", True),
        (b"HTTP/1.1 200 OK\r\nContent-Ty", "disconnect", False),
        (b"\x15\x03\x01\x00\x02\x02\x46 no HTTP at all", None, False),
        (b"\r\n\r\n", "time", False),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n \t \r\nB: 2\r\n\r\nbody", None, False),
    ],
)
def test_what_was_cut_and_what_is_no_http_is_kept_as_it_came(tmp_path, response, truncated, digested):
    (ref,) = made.write(tmp_path, made.exchange(response, truncated=truncated))
    (path,) = made.warcs(tmp_path)
    made.check(path)
    _, headers, block = made.records(path)[1]
    assert block == response
    assert headers.get("WARC-Truncated") == truncated
    assert ("WARC-Payload-Digest" in headers) is digested
    assert read(tmp_path, ref).raw == response


def test_without_a_response_the_request_alone_is_kept(tmp_path):
    never_sent = made.exchange(b"", request=b"")
    assert made.write(tmp_path, made.exchange(b""), never_sent) == [None, None]
    (path,) = made.warcs(tmp_path)
    made.check(path)
    (_, _, _), (kind, headers, block) = made.records(path)
    assert (kind, block) == ("request", made.REQUEST)
    assert "WARC-Concurrent-To" not in headers
    assert path.with_name(path.name.replace(".warc.gz", ".cdxj")).read_bytes() == b""


def test_a_hostile_url_ends_no_header_line(tmp_path):
    url = "https://www.example.test/a\r\nWARC-Type: metadata\r\n\r\nб"
    (ref,) = made.write(tmp_path, made.exchange(ODD, url=url))
    made.check(*made.warcs(tmp_path))
    stored = read(tmp_path, ref)
    assert stored.kind == "response"
    assert stored.url == "https://www.example.test/a%0D%0AWARC-Type:%20metadata%0D%0A%0D%0A%D0%B1"


def test_files_are_rotated_by_size_and_each_has_its_sum_and_its_index(tmp_path):
    noise = random.Random(1)
    pages = [made.exchange(made.page(noise.randbytes(3_000)), url=f"https://a.test/{n}") for n in range(6)]
    opened, closed = [], []
    running = made.writer(tmp_path, max_bytes=5_000, opened=lambda name, at: opened.append(name), closed=closed.append)
    refs = [running.submit(one).result() for one in pages]  # one batch each
    running.close()
    paths = made.warcs(tmp_path)
    made.check(*paths)
    assert [path.name for path in paths] == opened == [file.name for file in closed]
    assert len(paths) == 3
    assert all(re.fullmatch(r"citekeep-\d{14}-\d{5}-[0-9a-f]{8}\.warc\.gz", name) for name in opened)
    for path, file in zip(paths, closed, strict=True):
        raw = path.read_bytes()
        assert (file.bytes, file.sha256) == (len(raw), hashlib.sha256(raw).hexdigest())
        assert file.records == len(made.records(path)) == 5
        lines = path.with_name(path.name.replace(".warc.gz", ".cdxj")).read_text().splitlines()
        assert lines == sorted(index_lines(path))
    assert {ref.name for ref in refs} == set(opened)
    assert not list(tmp_path.glob("*.open"))


def test_an_index_line_leads_to_its_record(tmp_path):
    made.write(
        tmp_path, made.exchange(made.page(b"x", b"Content-Type: Text/HTML; charset=utf-8"), url="http://b.test/q?b&a")
    )
    (index,) = tmp_path.glob("*.cdxj")
    key, stamp, fields = index.read_text().rstrip("\n").split(" ", 2)
    found = json.loads(fields)
    assert (key, stamp) == ("test,b)/q?a&b", "20260301120000")
    assert (found["url"], found["mime"], found["status"]) == ("http://b.test/q?b&a", "text/html", "200")
    raw = (tmp_path / found["filename"]).read_bytes()
    start = int(found["offset"])
    assert b"WARC-Type: response" in gzip.decompress(raw[start : start + int(found["length"])])


async def test_the_event_loop_never_waits_and_many_are_written_at_once(tmp_path):
    running = made.writer(tmp_path)
    pages = [made.exchange(made.page(b"%d" % n * 2_000)) for n in range(50)]
    refs = await asyncio.gather(*(running.put(one) for one in pages))
    for one, ref in zip(pages, refs, strict=True):  # while the file is still open
        assert read(tmp_path, ref).raw == one.response_bytes
    await running.aclose()
    running.close()
    with pytest.raises(ArchiveError, match="closed"):
        running.submit(pages[0])


heads = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.one_of(
            st.sampled_from(
                [b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"HTTP/1.1 103 Early Hints", b"Transfer-Encoding: chunked", b"no colon",
                 b" folded", b"\x00", b"", b" ", b"\x85", b"\xc2\xa0", b"a:" + b"b" * 9_000, b"WARC/1.1", b"\x1f\x8b\x08"]
            ),
            st.binary(max_size=20),
        ),
        max_size=8,
    ).flatmap(lambda lines: st.sampled_from([b"\r\n", b"\n"]).map(lambda end: end.join(lines) + end)),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(heads, st.binary(max_size=3_000)), min_size=1, max_size=25))
def test_any_bytes_give_a_file_that_passes_the_check_and_reads_back(messages):
    from warcio.checker import Checker

    with tempfile.TemporaryDirectory() as folder:
        sent = [made.exchange(head + body, request=body) for head, body in messages]
        refs = made.write(folder, *sent)
        (path,) = made.warcs(folder)

        class Command:
            inputs = (str(path),)
            verbose = False

        assert Checker(Command).process_all() == 0
        for one, ref in zip(sent, refs, strict=True):
            assert (ref is None) == (one.response_bytes == b"")
            if ref is not None:
                stored = read(path.parent, ref)
                assert stored.kind == "revisit" or stored.raw == one.response_bytes
        blocks = [block for kind, _, block in made.records(path) if kind == "request"]
        assert blocks == [one.request_bytes for one in sent if one.request_bytes]
        index = path.with_name(path.name.replace(".warc.gz", ".cdxj")).read_text(encoding="utf-8").split("\n")[:-1]
        assert index == sorted(index_lines(path))
