"""Helps the tests of WARCs: exchanges made of bytes as the download handler makes them, and the files read by warcio."""

import base64
import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from citekeep.http_message import body_of, parse_head
from citekeep.items import Exchange
from citekeep.warc.writer import WarcWriter

AT = "2026-03-01T12:00:00Z"
LATER, LATER_STAMP = "2026-03-02T12:00:00Z", "20260302120000"
REQUEST = b"GET /page HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: Citekeep\r\n\r\n"
INFO = {"software": "Citekeep/0", "format": "WARC File Format 1.1", "operator": ""}


def exchange(response, url="https://www.example.test/page", at=AT, request=REQUEST, truncated=None):
    head = parse_head(response)
    body = body_of(response, head) if head is not None else None
    return Exchange(
        url=url,
        started_at=at,
        request_bytes=request,
        response_bytes=response,
        head_length=head.length if head else 0,
        status=head.status if head else None,
        headers=head.headers if head else [],
        ip="127.0.0.1",
        body_sha256=hashlib.sha256(body).hexdigest() if body is not None else None,
        body_sha1=base64.b32encode(hashlib.sha1(body).digest()).decode() if body is not None else None,
        body_length=len(body) if body is not None else None,
        truncated=truncated,
    )


def page(body, *headers, status=b"200 OK"):
    fields = b"".join(header + b"\r\n" for header in (*headers, b"Content-Length: %d" % len(body)))
    return b"HTTP/1.1 " + status + b"\r\n" + fields + b"\r\n" + body


def chunked(body, *headers, size=700):
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    fields = b"".join(header + b"\r\n" for header in (*headers, b"Transfer-Encoding: chunked"))
    return b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + framed


def unchanged(folder, url, first, then):
    """Write an answer in one run, and in the next a 304 that speaks of it; return where both lie."""
    (whole,) = write(folder, exchange(first, url=url))
    known = {"etag": '"one"', "last_modified": None, "body_sha256": exchange(first).body_sha256}
    told = replace(exchange(then, url=url, at=LATER), unchanged=known)
    (same,) = write(
        folder, told, answers=lambda digest, at: [whole] if (digest, at) == (known["body_sha256"], url) else []
    )
    return whole, same


def writer(folder, **terms):
    return WarcWriter(Path(folder), **{"max_bytes": 10**9, "info": INFO} | terms)


def write(folder, *exchanges, **terms):
    """Write exchanges in a run of their own; return where each response lies."""
    running = writer(folder, **terms)
    futures = [running.submit(one) for one in exchanges]
    running.close()
    return [future.result() for future in futures]


def warcs(folder):
    return sorted(Path(folder).glob("*.warc.gz"))


def records(path):
    """Return (type, headers as a dict, block as stored) of every record."""
    with path.open("rb") as stream:
        return [
            (record.rec_type, dict(record.rec_headers.headers), record.raw_stream.read())
            for record in ArchiveIterator(stream, no_record_parse=True)
        ]


def check(*paths):
    """Run warcio's own check; fail with what it says."""
    code = "import sys; from warcio.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", *map(str, paths)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
