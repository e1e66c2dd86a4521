"""WARC files as rows, and a payload of an earlier run found through archive.db without asking its writer."""

import hashlib
import sqlite3
import sys
from pathlib import Path

import pytest

from citekeep.database import Writer
from citekeep.exceptions import ArchiveError
from citekeep.warc.index import WarcFile
from citekeep.warc.reader import read
from citekeep.warc_rows import Payloads, find_original, note_closed, note_opened, sum_up

sys.path.insert(0, str(Path(__file__).parent / "warc"))
import warc_exchanges as made

BODY = b"Words that stay the same. " * 100
URL = "https://a.test/first"


@pytest.fixture
def writer(tmp_path):
    running = Writer(tmp_path / "archive.db")
    yield running
    running.close()


def capture(connection, exchange, ref):
    connection.execute("PRAGMA ignore_check_constraints = ON")  # a capture of no check
    connection.execute(
        'INSERT INTO captures (purpose, url, started_at, body_sha256, truncated, warc_id, "offset", length)'
        " SELECT 'page', ?, ?, ?, ?, id, ?, ? FROM warcs WHERE name = ?",
        (exchange.url, exchange.started_at, exchange.body_sha256, exchange.truncated, ref.offset, ref.length, ref.name),
    )


def run(folder, writer, payloads, exchange):
    """Write one exchange as a run of its own does, and record it."""
    (ref,) = made.write(
        folder,
        exchange,
        seen=payloads.find,
        opened=lambda name, at: writer.run_sync(note_opened, name, at),
        closed=lambda file: writer.run_sync(note_closed, file),
    )
    writer.run_sync(capture, exchange, ref)
    payloads.close()
    return ref


def test_the_next_run_finds_the_payload_of_this_one(tmp_path, writer):
    payloads = Payloads(tmp_path / "archive.db")
    first = made.exchange(made.page(BODY), url=URL)
    cut = made.exchange(made.page(BODY), url=URL, truncated="length")
    run(tmp_path / "warcs", writer, payloads, cut)
    place = run(tmp_path / "warcs", writer, payloads, first)
    later = made.exchange(made.page(BODY), url="https://b.test/later", at="2026-04-01T00:00:00Z")
    ref = run(tmp_path / "warcs", writer, payloads, later)
    assert read(tmp_path / "warcs", place).kind == "response", "a cut body is nothing to refer to"

    def original(url, date):
        return writer.run_sync(find_original, later.body_sha256, url, date)

    stored = read(tmp_path / "warcs", ref, original=original)
    assert (stored.kind, stored.refers_to, stored.body) == ("revisit", (URL, made.AT), BODY)
    made.check(*made.warcs(tmp_path / "warcs"))


def test_each_file_is_a_row_with_its_sum(tmp_path, writer):
    run(tmp_path / "warcs", writer, Payloads(tmp_path / "archive.db"), made.exchange(made.page(BODY)))
    (path,) = made.warcs(tmp_path / "warcs")
    sql = "select name, bytes, records, sha256, closed_at >= opened_at from warcs"
    rows = writer.run_sync(lambda connection: connection.execute(sql).fetchall())
    raw = path.read_bytes()
    assert rows == [(path.name, len(raw), 3, hashlib.sha256(raw).hexdigest(), 1)]


def test_a_repaired_file_gets_its_sum_whether_it_had_a_row_or_not(writer):
    writer.run_sync(note_opened, "a.warc.gz", made.AT)
    for name in ("a.warc.gz", "b.warc.gz"):
        writer.run_sync(note_closed, WarcFile(name, 10, 2, "0" * 64))
    sql = "select name, opened_at = ?, bytes, records, sha256 from warcs order by name"
    rows = writer.run_sync(lambda connection: connection.execute(sql, (made.AT,)).fetchall())
    assert rows == [("a.warc.gz", 1, 10, 2, "0" * 64), ("b.warc.gz", 0, 10, 2, "0" * 64)]


@pytest.mark.parametrize("unsaid", [0, 1], ids=["closed unsaid", "not even opened, by what is said"])
def test_a_file_that_was_closed_unsaid_is_summed_up_at_the_next_start(tmp_path, writer, unsaid):
    made.write(tmp_path, made.exchange(made.page(BODY)))
    (path,) = made.warcs(tmp_path)
    for name in (path.name, "open.warc.gz")[unsaid:]:
        writer.run_sync(note_opened, name, made.AT)
    (tmp_path / "of-somebody-else.warc.gz").write_bytes(b"")
    writer.run_sync(sum_up, tmp_path)
    sql = "select name, bytes, records, sha256 from warcs order by name"
    rows = writer.run_sync(lambda connection: connection.execute(sql).fetchall())
    raw = path.read_bytes()
    assert rows == [(path.name, len(raw), 3, hashlib.sha256(raw).hexdigest()), ("open.warc.gz", None, None, None)]


def test_without_a_database_the_payload_is_simply_written(tmp_path):
    payloads = Payloads(tmp_path / "none.db")
    with pytest.raises(ArchiveError, match="There is no"):
        payloads.find("0" * 64)
    one = made.exchange(made.page(BODY))
    (ref,) = made.write(tmp_path, one, seen=payloads.find)
    assert read(tmp_path, ref).body == BODY


def test_the_connection_cannot_write(tmp_path, writer):
    payloads = Payloads(tmp_path / "archive.db")
    assert payloads.find("0" * 64) is None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        payloads._connection.execute("DELETE FROM warcs")
    payloads.close()
