"""Content codings: undone within limits, and never at the cost of the loop or of the check."""

import gzip
import sys
import zlib

import brotli
import pytest

from tests.crawled import RawWeb, answering, crawl, ok

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 2**20
TEXT = b"Seven pages are gone. " * 1_000
BOMB = bytes(50 * LIMIT)


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "raw": raw_deflate, "br": brotli.compress,
    "zstd": zstd.compress,
}  # fmt: skip


def coded(body, *codings):
    return answering(ok(body, *(b"Content-Encoding: " + coding.encode() for coding in codings)))


def name(packer):
    return "deflate" if packer == "raw" else packer


TWICE = gzip.compress(brotli.compress(TEXT))
NESTED = gzip.compress(gzip.compress(gzip.compress(BOMB)))
CUT = {packer: pack(TEXT * 20) for packer, pack in PACKERS.items()}

HOSTS = {
    **{f"{packer}.test": coded(pack(TEXT), name(packer)) for packer, pack in PACKERS.items()},
    **{f"{packer}-bomb.test": coded(pack(BOMB), name(packer)) for packer, pack in PACKERS.items()},
    **{f"{packer}-plain.test": coded(b"<html>not packed at all</html>", name(packer)) for packer in PACKERS},
    "noise.test": coded(bytes(range(256)) * 2_000, "br"),
    "twice.test": coded(TWICE, "br, gzip"),
    "twice-apart.test": coded(TWICE, "br", "gzip"),
    "nested.test": coded(NESTED, "gzip, gzip, gzip"),
    "many.test": coded(gzip.compress(TEXT), *["gzip, " * 500 + "gzip"] * 10),
    "unknown.test": coded(TEXT, "utf-8"),
    "latin.test": answering(ok(TEXT, b"Content-Encoding: caf\xe9")),
    "identity.test": coded(TEXT, "identity"),
    "empty.test": coded(b"", "gzip"),
    "upper.test": coded(gzip.compress(TEXT), " GZip "),
    "error.test": answering(b"HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot found"),
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codings")
    with RawWeb(HOSTS, folder) as web:
        yield crawl([f"http://{host}/page" for host in HOSTS], folder, {**web.settings, "DOWNLOAD_MAXSIZE": LIMIT})


@pytest.fixture
def seen(crawled):
    """Return (check, exchange of the page) of a host."""
    return lambda host: (crawled.checks[f"http://{host}/page"], crawled.exchanges(f"http://{host}/page", "page")[0])


@pytest.mark.parametrize(
    "host", [*(f"{packer}.test" for packer in PACKERS), "twice.test", "twice-apart.test", "upper.test"]
)
def test_what_is_packed_is_unpacked_and_kept_as_it_came(seen, host):
    check, exchange = seen(host)
    assert (check.status, check.error, check.flags, check.body) == (200, None, [], TEXT)
    assert exchange.body_length < len(TEXT) / 10
    assert exchange.response_bytes[exchange.head_length :] != TEXT


@pytest.mark.parametrize("host", [*(f"{packer}-bomb.test" for packer in PACKERS), "nested.test"])
def test_a_bomb_is_too_large(seen, host):
    check, exchange = seen(host)
    assert (check.status, check.error, check.error_phase, check.flags) == (200, "too_large", "body", ["too_large"])
    assert (exchange.error, exchange.truncated) == ("too_large", None), "what came over the wire is whole"
    assert len(check.body) == exchange.body_length < LIMIT


@pytest.mark.parametrize("host", [*(f"{packer}-plain.test" for packer in PACKERS), "noise.test", "many.test"])
def test_a_coding_that_cannot_be_undone_is_bad(seen, host):
    check, exchange = seen(host)
    assert (check.status, check.error, check.error_phase, check.flags) == (
        200,
        "bad_encoding",
        "body",
        ["bad_encoding"],
    )
    assert exchange.error == "bad_encoding"
    assert exchange.error_text
    assert len(check.body) == exchange.body_length, "the body is kept as it came"


@pytest.mark.parametrize("host", ["unknown.test", "identity.test"])
def test_a_coding_that_nobody_knows_is_left_alone(seen, host):
    check, _ = seen(host)
    assert (check.status, check.error, check.flags, check.body) == (200, None, [], TEXT)


def test_odd_codings_break_nothing(seen):
    assert seen("empty.test")[0].error is None
    assert seen("latin.test")[0].error in {None, "bad_encoding"}
    assert (seen("error.test")[0].status, seen("error.test")[0].error) == (404, "bad_encoding")


def test_memory_stays_within_bounds(crawled):
    assert crawled.peak < 400 * 2**20
    assert "Traceback" not in crawled.log
