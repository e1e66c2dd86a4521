"""``scrapy traces``: what a server wrote of us into a page is found, however it was packed."""

import gzip
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from citekeep.exceptions import ArchiveError
from citekeep.traces import rows_with
from citekeep.warc.search import search
from tests.forked import forked
from tests.small_web import Web, crawl

ROOT = Path(__file__).resolve().parents[2]
PAGE = b"<html lang=en><title>Denied</title><body><h1>Access denied</h1><p>Your address 203.0.113.7 was blocked.</p></body>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traces")
    (folder / "draft.html").write_text(
        "<html lang=en><title>T</title><body><article><p>The council closed the bridge on Monday after engineers had found"
        " cracks in two of its piers. As <a href='http://other.test/memo'>the Memo</a> says, it is old.</p></article></body>"
    )
    with Web() as web:
        fields = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
        web.pages["other.test", "/memo"] = (gzip.compress(PAGE), fields, 403)
        crawl(folder, web, "-a", f"file={folder / 'draft.html'}", spider="article")
    return folder


def traces(folder, *words):
    return forked(
        [sys.executable, "-m", "scrapy", "traces", *words],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_each_place_is_named(folder):
    done = traces(folder, "203.0.113.7", "MEMO")
    assert (done.returncode, done.stderr) == (5, "")
    first, *rest = done.stdout.splitlines()
    assert "MEMO: archive.db, citations.anchor_text: 1 row" in [first, *rest]
    (told,) = [line for line in rest if line.startswith("203.0.113.7: ")]
    assert ".warc.gz, response of http://other.test/memo (20" in told, "it came compressed: grep finds nothing"
    assert any(line.startswith("MEMO: ") and "request of http://other.test/memo" in line for line in rest)
    none = traces(folder, "203.0.113.8")
    assert (none.returncode, none.stdout) == (
        0, "Found nowhere: neither in archive.db nor in the 1 files of warcs/.\n",
    )  # fmt: skip
    assert traces(folder, " ").returncode == 2


def test_what_cannot_be_looked_through_is_told(folder, tmp_path):
    (warc,) = (folder / "warcs").glob("*.warc.gz")
    assert {(one.word, one.url) for one in search(warc, ["203.0.113.7"], limit=50)} == {("", "http://other.test/memo")}
    (tmp_path / "cut.warc.gz").write_bytes(b"no gzip at all")
    with pytest.raises(ArchiveError, match=r"cut\.warc\.gz cannot be read"):
        list(search(tmp_path / "cut.warc.gz", ["x"]))


def test_a_value_that_is_no_text_is_looked_through():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE a (b BLOB, n INTEGER)")
        connection.executemany("INSERT INTO a VALUES (?, ?)", [(b"\xff 203.0.113.7", 1), (None, 2030), (b"", 3)])
        connection.execute("CREATE VIRTUAL TABLE f USING fts5(b)")
        connection.execute("INSERT INTO f VALUES ('2030')")
        assert rows_with(connection, "203.0.113.7") == [("a", "b", 1)]
        assert rows_with(connection, "2030") == [("a", "n", 1)]
