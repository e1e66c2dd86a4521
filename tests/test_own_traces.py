"""Nothing of the machine that runs Citekeep is stored or told: no address of its own, no name of host or user, no path."""

import gzip
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing, suppress

import pytest

from citekeep import crawls, values
from citekeep.database import Writer
from citekeep.health import backups
from citekeep.health.alarms import BY_NAME
from sandbox.failures import FAILURES
from tests.archive_fixture import archive, begin, extraction
from tests.running import HOST, NAMED, ROOT, USER

pytestmark = pytest.mark.timeout(300)  # where nothing else has run the example yet, that counts, too

SETTINGS = {
    "DOWNLOAD_DELAY": "0", "DOWNLOAD_MAXSIZE": str(2**20), "CONCURRENT_REQUESTS": "100", "SNAPSHOTS_ENABLED": "0",
    "PROBES_ENABLED": "0", "BACKUP_EVERY": "0", "VANTAGE": "a desk", "SITES_ONLY": "",
}  # fmt: skip


def scan(raw, words):
    """Return what of ``words`` stands in bytes, in any case; in what they hold compressed, too."""
    found = {word for word in words if word.encode().lower() in raw.lower()}
    inner = b""
    with suppress(OSError, EOFError, zlib.error):
        inner = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else zlib.decompress(raw) if raw[:1] == b"\x78" else b""
    return found | scan(inner, words) if inner else found


def scan_database(path, words):
    """Return (table, column, word, value) for each that stands in any column of any table."""
    found = []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            rows = connection.execute(f'SELECT * FROM "{table.decode()}"')
            names = [column[0] for column in rows.description]
            places = ((name, value) for row in rows for name, value in zip(names, row, strict=True))
            found += [
                (table.decode(), name, word, value[:300])
                for name, value in places if isinstance(value, bytes) for word in scan(value, words)
            ]  # fmt: skip
    return found


def scan_folder(folder, words, without=()):
    """Return where a word stands in the files of a folder: in their bytes, in databases column by column."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.relative_to(folder).parts[0] in without:
            continue
        raw = path.read_bytes()
        found += [(path.name, word) for word in sorted(scan(raw, words))]
        if raw.startswith(b"SQLite format 3"):
            found += [(path.name, *place) for place in scan_database(path, words)]
    return found


def own_addresses():
    """Return the addresses by which this machine reaches others; nothing is sent for it."""
    found = set()
    for family, other in ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((other, 9))
            found.add(asked.getsockname()[0])
    return {address for address in found if not address.startswith(("127.", "::1"))}


class Desk:
    """An archivist's: a folder with data and lists, and commands that are run there against the sandbox."""

    def __init__(self, folder, example, sandbox):
        self.data, self.lists, self.sandbox, self.told = folder / "data", folder / "lists", sandbox, {}
        self.lists.mkdir()
        shutil.copytree(example.folder, self.data)
        self.words = {str(self.data), str(self.lists), str(example.folder), str(ROOT), sys.prefix}
        self.words |= {"citekeep-sandbox-", HOST, USER} | own_addresses()

    def write(self, name, text):
        (self.lists / name).write_text(text, encoding="utf-8")
        return self.lists / name

    def run(self, *commands, codes=(0,)):
        """Run commands beside one another and keep what they printed."""
        for arguments, process in [(arguments, self._start(*arguments)) for arguments in commands]:
            out, err = process.communicate(timeout=200)
            assert process.returncode in codes, (arguments, process.returncode, out.decode(), err.decode()[-3000:])
            self.told[arguments] = out

    def _start(self, *arguments):
        options = [part for name, value in SETTINGS.items() for part in ("-s", f"{name}={value}")]
        return subprocess.Popen(
            [sys.executable, "-m", "scrapy", arguments[0], *self.sandbox.scrapy_arguments(), *options, *arguments[1:]],
            cwd=ROOT, env=os.environ | self.sandbox.environment() | NAMED | {"CITEKEEP_DATA": str(self.data)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip


def failing():
    """Return a URL for each way to fail that is over at once."""
    found = {}
    for failure in FAILURES:
        told = failure.recorded
        if told.error != "timeout":
            found.setdefault((told.error, told.error_phase, told.reason, told.tls_faults, told.flags), failure.url)
    return found.values()


@pytest.fixture(scope="module")
def desk(tmp_path_factory, example, sandbox):
    """What the example leaves, a scheduled run of all that fails, and what came of it in every form."""
    desk = Desk(tmp_path_factory.mktemp("desk"), example, sandbox)
    listed = desk.write("all.txt", "\n".join(failing()))
    (desk.data / "sources.toml").write_text(f'[[source]]\nname = "desk"\nlist = "{listed}"\n', encoding="utf-8")
    desk.run(("due",))
    desk.run(
        ("crawl", "links", "-a", f"urls={desk.write('some.txt', 'https://good-tls.test/page')}"),
        ("backup", "-s", f"BACKUP_DIR={desk.write('no-folder', '')}"),
        ("linkrot", "--format", "json"),
        ("health", "--json"),
        codes=(0, BY_NAME["backup_failed"].code),
    )
    return desk


def test_what_is_looked_through_is_there(desk):
    with closing(sqlite3.connect(desk.data / "archive.db")) as connection:
        for table in ("requisites", "saves", "lookups", "run_summaries", "source_terms", "documents", "citations"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0], table
        (errors,) = connection.execute("SELECT count(DISTINCT error) FROM captures").fetchone()
        assert errors >= 10
        assert connection.execute("SELECT outcome FROM backups").fetchall() == [("failed",)]
    for pattern in ("warcs/*.warc.gz", "warcs/*.cdxj", "digests/*.html", "digests/*.json"):
        assert list(desk.data.glob(pattern)), pattern


def test_nothing_of_this_machine_is_stored(desk):
    assert scan_folder(desk.data, desk.words, without=("logs", "sources.toml")) == []


def test_nothing_of_this_machine_is_in_what_is_handed_on(desk):
    for export in ("linkrot", "health"):
        (printed,) = [printed for arguments, printed in desk.told.items() if arguments[0] == export]
        assert len(printed) > 100
        assert (export, scan(printed, desk.words)) == (export, set())


# --- the looking itself, and what errors say ---


def test_what_is_there_is_found(tmp_path):
    with closing(sqlite3.connect(tmp_path / "any.db")) as connection:
        connection.execute("CREATE TABLE a (said TEXT, packed BLOB)")
        connection.execute("INSERT INTO a VALUES (?, ?)", (f"at {HOST.upper()}", zlib.compress(f"by {USER}".encode())))
        connection.commit()
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(b"nothing") + gzip.compress(f"software: {HOST}".encode()))
    assert scan_database(tmp_path / "any.db", {USER}) != []
    found = {(place[0], place[-1] if len(place) == 2 else place[3]) for place in scan_folder(tmp_path, {HOST, USER})}
    assert found == {("a.warc.gz", HOST), ("any.db", HOST), ("any.db", USER)}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"OSError: no bundle at {ROOT}/certificates/ca.pem: give one", "OSError: no bundle at [path]: give one"),
        (f"File '{ROOT}/spiders/due.py', line 7", "File '[path]', line 7"),
        (f"two: {sys.prefix}/a, {ROOT}/b", "two: [path], [path]"),
        ("No answer from https://web.archive.org/tmp/save/status", "No answer from https://web.archive.org/tmp/save/status"),
        ("bad line: GET /no-such-folder/at/all HTTP/1.1", "bad line: GET /no-such-folder/at/all HTTP/1.1"),
        ("text/html, and/or nothing", "text/html, and/or nothing"),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_an_error_is_told_without_paths(said, kept):
    assert values.told(said) == kept


@pytest.fixture
def writer(tmp_path):
    made = Writer(tmp_path / "archive.db")
    yield made
    made.close()


async def test_what_an_error_says_of_this_machine_is_not_stored(writer):
    said = f"OSError: cannot read {ROOT}/somewhere/model.bin"
    crawl, frontier = begin(writer)
    failed = {"purpose": "page", "url": "https://news.test/a", "status": None, "error": "other", "error_text": said}
    outcomes = {"https://news.test/a": {"captures": [failed], "extracted": extraction(error_text=said)}}
    await archive(frontier, "https://news.test/a", outcomes=outcomes)
    made = backups.Backup(outcome="failed", made_at="2026-11-01T12:00:00Z", took_ms=1, reason=said)
    writer.run_sync(lambda connection: backups.note(connection, made))
    writer.run_sync(lambda connection: crawls.finish(connection, crawl.crawl_id, reason="finished", stats={}))
    assert scan_database(writer.path, {"OSError: cannot read [path]"}) != []
    assert scan_database(writer.path, {str(ROOT)}) == []
