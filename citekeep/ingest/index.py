"""What is in the files, record by record, in a scratch database of its own: so that order and size of the files do not matter.

An article may lie behind what it cites, a redirect behind its target, a revisit in another file than its original.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citekeep import clock, urls
from citekeep.exceptions import InputError
from citekeep.http_message import parse_head, status_at
from citekeep.warc.index import mime_of
from citekeep.warc.scan import Damaged, Found, scan

DAMAGED_SHOWN = 1_000
FIRST_YEAR = "1991"  # of the web
REVISIT_SAME = "identical-payload-digest"
_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|\+00:00)")
_BATCH = 1_000

_SCHEMA = """
CREATE TABLE records (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, kind TEXT NOT NULL,
    record_id TEXT NOT NULL UNIQUE, url TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL, status INTEGER, mime TEXT NOT NULL,
    location TEXT, block_length INTEGER NOT NULL, crc INTEGER NOT NULL, digest TEXT NOT NULL, refers_id TEXT NOT NULL,
    refers_key TEXT NOT NULL, refers_at TEXT NOT NULL, concurrent_to TEXT NOT NULL, ip TEXT, truncated TEXT
);
CREATE INDEX records_key ON records (key, at);
CREATE INDEX records_digest ON records (digest) WHERE digest <> '';
CREATE TABLE not_get (record_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE asked (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE done (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE used (id INTEGER PRIMARY KEY);
CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT NOT NULL, software TEXT, records INTEGER NOT NULL DEFAULT 0);
"""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record of a page, as the index has it. at: its WARC-Date in the clock's form. file: of ``Index.name``."""

    id: int
    file: int
    offset: int
    length: int
    kind: str
    record_id: str
    url: str
    key: str
    at: str
    status: int | None
    mime: str
    location: str | None
    block_length: int
    digest: str
    refers_id: str
    refers_key: str
    refers_at: str
    ip: str | None
    truncated: str | None


_COLUMNS = (
    "id, file, offset, length, kind, record_id, url, key, at, status, mime, location, block_length, digest, refers_id,"
    " refers_key, refers_at, ip, truncated"
)


@dataclass(kw_only=True)
class Read:
    """What came of reading the files. kinds: records by type. left_out: of these, by reason (words.LEFT_OUT)."""

    kinds: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    damaged: list[tuple[str, int, str]] = field(default_factory=list)
    damaged_count: int = 0
    without_id: int = 0


class Index:
    """The scratch database. For one thread at a time. places: whether records are to be read by their places later."""

    def __init__(self, path: Path | str, *, places: bool = True) -> None:
        self.places = places
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        self.read = Read()

    def close(self) -> None:
        """Close it; its file is the caller's to remove."""
        self.connection.close()

    def add(
        self, path: Path, name: str, said: str, form: str, *, stop: Callable[[], bool], told: Callable[[int], None]
    ) -> None:
        """Read a file to its end; told: how far, in bytes of its own. ``stop`` is asked now and then. Raises OSError."""
        (file,) = self.connection.execute("INSERT INTO files (name) VALUES (?) RETURNING id", (name,)).fetchone()
        self.connection.execute("BEGIN")
        number = 0
        with path.open("rb") as stream:
            for number, found in enumerate(scan(stream, form), start=1):
                if isinstance(found, Damaged):
                    self.note_damaged(said, found)
                elif self.places and not found.alone:
                    self.note_damaged(said, Damaged(offset=found.offset, why="it shares its gzip member with others"))
                else:
                    self._add(file, found)
                if number % _BATCH == 0:
                    told(stream.tell())
                    if stop():
                        break
        self.connection.execute("UPDATE files SET records = ? WHERE id = ?", (number, file))
        self.connection.execute("COMMIT")

    def note_damaged(self, said: str, found: Damaged) -> None:
        """Count a place that could not be read."""
        self.read.damaged_count += 1
        if len(self.read.damaged) < DAMAGED_SHOWN:
            self.read.damaged.append((said, found.offset, found.why))

    def _add(self, file: int, found: Found) -> None:
        kind = found.get("warc-type").lower() or "unknown"
        self.read.kinds[kind if kind.isascii() and kind.isalpha() and len(kind) < 20 else "unknown"] += 1
        if kind == "warcinfo":
            self._note_software(file, found)
        elif kind == "request":
            self._note_request(found)
        elif kind in {"response", "revisit", "resource"}:
            self._add_page(file, found, kind)

    def _note_software(self, file: int, found: Found) -> None:
        line = re.search(rb"^software:[ \t]*([^\r\n]{1,300})", found.start, re.IGNORECASE | re.MULTILINE)
        if line:
            software = line[1].decode("utf-8", "replace").strip()
            self.connection.execute("UPDATE files SET software = ? WHERE id = ? AND software IS NULL", (software, file))

    def _note_request(self, found: Found) -> None:
        method = found.start.partition(b" ")[0].upper()
        if method and method != b"GET":
            rows = [(name,) for name in (found.get("warc-record-id"), found.get("warc-concurrent-to")) if name]
            self.connection.executemany("INSERT OR IGNORE INTO not_get VALUES (?)", rows)

    def _add_page(self, file: int, found: Found, kind: str) -> None:
        url = found.get("warc-target-uri").strip("<> ")  # wget writes it between angle brackets
        if not urls.is_http(url):
            self.read.left_out["no_web_address"] += 1
            return
        at = warc_time(found.get("warc-date"))
        if at is None:
            self.read.left_out["bad_date"] += 1
            return
        try:
            key, refers = urls.canonical(url), found.get("warc-refers-to-target-uri").strip("<> ")
            refers_key = urls.canonical(refers) if refers else ""
        except InputError:
            self.read.left_out["no_web_address"] += 1
            return
        head = parse_head(found.start) if kind != "resource" else None
        status = head.status if head else status_at(found.start) if kind == "response" else None
        content_type = (head.get("Content-Type") if head else None) or (
            found.get("content-type") if kind == "resource" else ""
        )
        row: dict[str, Any] = {
            "file": file, "offset": found.offset, "length": found.length, "kind": kind,
            "record_id": found.get("warc-record-id") or self._made_up(found, url, at), "url": url, "key": key, "at": at,
            "status": status, "mime": mime_of(content_type or ""), "location": head.get("Location") if head else None,
            "block_length": found.block_length, "crc": found.crc, "digest": found.get("warc-payload-digest"),
            "refers_id": found.get("warc-refers-to"), "refers_key": refers_key,
            "refers_at": warc_time(found.get("warc-refers-to-date")) or "",
            "concurrent_to": found.get("warc-concurrent-to"), "ip": found.get("warc-ip-address")[:45] or None,
            "truncated": found.get("warc-truncated").lower() or None,
        }  # fmt: skip
        self._insert(row)

    def _made_up(self, found: Found, url: str, at: str) -> str:
        """Return an id for a record that has none: of what it is, so that it is the same the next time."""
        self.read.without_id += 1
        return f"urn:sha256:{hashlib.sha256(f'{url} {at} {found.block_length} {found.crc}'.encode()).hexdigest()}"

    def _insert(self, row: dict[str, Any]) -> None:
        same = self.connection.execute(
            "SELECT (url, at, block_length, crc) = (:url, :at, :block_length, :crc) FROM records WHERE record_id = :record_id",
            row,
        ).fetchone()
        if same is not None:
            self.read.left_out["repeated" if same[0] else "record_id_reused"] += 1
            return
        names = tuple(row)
        self.connection.execute(
            f"INSERT INTO records ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})",  # noqa: S608 - ours
            row,
        )

    def ask(self, found: Iterable[str]) -> None:
        """Remember URLs that are articles, whatever is known of them."""
        keys = [(urls.canonical(url),) for url in found]
        self.connection.executemany("INSERT OR IGNORE INTO asked VALUES (?)", keys)

    def is_asked(self, key: str) -> bool:
        """Return whether an address was given to ``ask``."""
        return self.connection.execute("SELECT 1 FROM asked WHERE key = ?", (key,)).fetchone() is not None

    def note_done(self, key: str) -> bool:
        """Say that the records of an address were gone through; return False where they had been before."""
        return bool(self.connection.execute("INSERT OR IGNORE INTO done VALUES (?)", (key,)).rowcount)

    def note_used(self, record_id: str) -> None:
        """Say that a record came in as a part of another address's check."""
        self.connection.execute("INSERT OR IGNORE INTO used SELECT id FROM records WHERE record_id = ?", (record_id,))

    def count_rest(self) -> None:
        """Count as left out what no address that was gone through has, and what answered anything but a GET."""
        number = "SELECT count(*) FROM records WHERE "
        (answers,) = self.connection.execute(f"{number} NOT ({_GET})").fetchone()
        (rest,) = self.connection.execute(
            f"{number} {_GET} AND key NOT IN (SELECT key FROM done) AND id NOT IN (SELECT id FROM used)"  # noqa: S608
        ).fetchone()
        self.read.left_out["not_get"] += answers
        self.read.left_out["not_cited"] += rest

    # --- what is asked of it ---

    def name(self, file: int) -> str:
        """Return the name of a file."""
        return str(self.connection.execute("SELECT name FROM files WHERE id = ?", (file,)).fetchone()[0])

    def file_named(self, name: str) -> tuple[str | None, int]:
        """Return the software that wrote a file, as it says, and how many records it holds."""
        row: tuple[str | None, int] = self.connection.execute(
            "SELECT software, records FROM files WHERE name = ?", (name,)
        ).fetchone()
        return row

    def addresses(self, most: int = 500) -> Iterator[tuple[str, bool]]:
        """Yield each address that is in the files, and whether there is a page of it: an answer of 2xx that is a document."""
        after = ""
        while rows := self.connection.execute(_KEYS, {"after": after, "most": most}).fetchall():
            yield from ((key, bool(page)) for key, page in rows)
            after = rows[-1][0]

    def records_of(self, key: str) -> Iterator[Record]:
        """Yield the records of an address, the oldest first, but for answers to anything but a GET."""
        after = ("", 0)
        statement = (
            f"SELECT {_COLUMNS} FROM records WHERE key = ? AND (at, id) > (?, ?) AND {_GET}"  # noqa: S608 - ours
            " ORDER BY at, id LIMIT 100"
        )
        while rows := self.connection.execute(statement, (key, *after)).fetchall():
            records = [_record(row) for row in rows]
            yield from records
            after = (records[-1].at, records[-1].id)

    def find(self, where: str, *values: Any) -> Record | None:
        """Return the first record for which ``where`` (ours, with its order) holds."""
        row = self.connection.execute(f"SELECT {_COLUMNS} FROM records WHERE {where} LIMIT 1", values).fetchone()  # noqa: S608 - ours
        return None if row is None else _record(row)


_GET = "record_id NOT IN (SELECT record_id FROM not_get) AND concurrent_to NOT IN (SELECT record_id FROM not_get)"
DOCUMENTS = ("text/html", "application/xhtml+xml", "application/pdf", "text/plain", "text/markdown")
_KEYS = f"""
SELECT key, max(kind IN ('response', 'revisit', 'resource') AND coalesce(status, 200) BETWEEN 200 AND 299
    AND (mime IN {DOCUMENTS!r} OR (kind = 'revisit' AND mime = '')))
FROM records WHERE key > :after GROUP BY key ORDER BY key LIMIT :most
"""  # noqa: S608 - ours


def _record(row: tuple[Any, ...]) -> Record:
    names = _COLUMNS.replace(" ", "").split(",")
    return Record(**dict(zip(names, row, strict=True)))


def warc_time(value: str) -> str | None:
    """Return a WARC-Date in the clock's form, its fraction cut off; None where it is none, before the web, or still to come."""
    found = _DATE.fullmatch(value.strip())
    if not found or found[1] < FIRST_YEAR:
        return None
    try:
        at = clock.text(clock.parse(f"{found[1]}Z"))
    except (ValueError, OverflowError):
        return None
    return at if at <= clock.now() else None
