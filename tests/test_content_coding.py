"""Codings of stored bodies undone: each as written by its own library, nested, cut off, hostile."""

import contextlib
import gzip
import random
import sys
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.content_coding import CODINGS_MAX, CodingError, decoded

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = ("<p>Fifteen hundred people have left the town.</p>\n" * 400).encode()


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


CODE = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("name", CODE)
def test_each_coding_is_undone(name):
    assert decoded(CODE[name](PAGE), name, 10**6) == PAGE
    assert decoded(CODE[name](PAGE), f" {name.upper()} ", 10**6) == PAGE


def test_deflate_without_its_wrapper_is_undone_as_browsers_do():
    assert decoded(_raw_deflate(PAGE), "deflate", 10**6) == PAGE


def test_codings_are_undone_in_reverse():
    assert decoded(brotli.compress(gzip.compress(PAGE)), "gzip, br", 10**6) == PAGE


def test_gzip_members_are_joined_and_padding_is_not_read():
    assert decoded(gzip.compress(PAGE) + gzip.compress(b"more") + b"\0" * 20, "gzip", 10**6) == PAGE + b"more"


@pytest.mark.parametrize("name", CODE)
def test_what_was_cut_off_gives_what_came(name):
    noise = random.Random(1).randbytes(300_000)
    found = decoded(CODE[name](noise)[:200_000], name, 10**6)
    assert len(found) > 1_000
    assert noise.startswith(found)


@pytest.mark.parametrize("name", CODE)
def test_a_bomb_and_what_is_not_coded_so_are_refused(name):
    with pytest.raises(CodingError, match="more than"):
        decoded(CODE[name](b"0" * 5_000_000), name, 100_000)
    with pytest.raises(CodingError):
        decoded(b"<html>" * 30, name, 100_000)


def test_too_many_codings_are_refused_and_unknown_ones_left_alone():
    with pytest.raises(CodingError):
        decoded(PAGE, ", ".join(["gzip"] * (CODINGS_MAX + 1)), 10**6)
    assert decoded(PAGE, "utf-8", 10**6) == PAGE
    assert decoded(b"", "gzip", 10**6) == b""


@given(st.binary(max_size=400), st.sampled_from([*CODE, "gzip, br", "what"]))
def test_any_bytes_give_a_body_or_one_error(body, codings):
    with contextlib.suppress(CodingError):
        assert isinstance(decoded(body, codings, 10_000), bytes)
