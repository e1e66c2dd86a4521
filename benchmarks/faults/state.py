"""What an archive holds after a fault: whether it is sound, and whether it says what that of an undisturbed run says."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from citekeep.exceptions import ArchiveError
from citekeep.items import WarcRef
from citekeep.warc.index import OPEN, index_lines
from citekeep.warc.reader import read
from citekeep.warc.repair import whole_members
from citekeep.wayback.ledger import OPEN as OPEN_STATES

SIGNATURE = {
    "links": "SELECT url, turn, public, withheld, priority FROM links",
    "sites": "SELECT site FROM sites",
    "articles": "SELECT l.url, a.source, a.published_on, d.body_sha256 FROM articles a JOIN links l ON l.id = a.link_id"
    " LEFT JOIN documents d ON d.id = a.last_document_id",
    "checks": "SELECT l.url, c.turn, c.status, c.error, c.reason, c.final_url, c.content_type, c.body_sha256, c.bytes"
    " FROM checks c JOIN links l ON l.id = c.link_id",
    "judgements": "SELECT l.url, c.turn, j.verdict FROM judgements j JOIN checks c ON c.id = j.check_id"
    " JOIN links l ON l.id = c.link_id",
    "captures": "SELECT l.url, c.turn, p.purpose, p.hop, p.url, p.status, p.error, p.body_sha256, p.warc_id IS NOT NULL"
    " FROM captures p JOIN checks c ON c.id = p.check_id JOIN links l ON l.id = c.link_id"
    " WHERE p.purpose NOT IN ('robots', 'probe')",
    "documents": "SELECT body_sha256, extractor, outcome, title, word_count FROM documents WHERE id IN"
    " (SELECT document_id FROM checks)",
    "texts": "SELECT text_sha256 FROM texts WHERE id IN (SELECT text_id FROM documents WHERE id IN"
    " (SELECT document_id FROM checks))",
    "citations": "SELECT a.url, l.url, c.fingerprint, c.kind, c.position FROM citations c JOIN links l ON l.id = c.link_id"
    " JOIN articles r ON r.id = c.article_id JOIN links a ON a.id = r.link_id",
    "saves": "SELECT l.url, s.service, s.mode FROM saves s JOIN links l ON l.id = s.link_id",
}
"""What has to be the same as after an undisturbed run, in words that no run shares with another by chance: no ids, no
times. robots.txt is asked anew by a run whose forerunner died before it could say what it had read; the address of a probe
is random.
"""


@contextmanager
def copied(folder: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to a copy of archive.db with its log: the file itself is left as the fault left it."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("archive.db", "archive.db-wal"):
            if (folder / name).exists():
                shutil.copy(folder / name, place)
        connection = sqlite3.connect(Path(place) / "archive.db")
        try:
            yield connection
        finally:
            connection.close()


def right_after(folder: Path) -> list[str]:
    """Return what is broken in an archive whose run was killed a moment ago: nothing may be."""
    if not (folder / "archive.db").exists():
        return []
    with copied(folder) as connection:
        return [*_database(connection), *_places(connection, folder)]


def at_the_end(folder: Path) -> list[str]:
    """Return what is broken, or was left lying, once a later run has come to its end."""
    with copied(folder) as connection:
        return [
            *_database(connection),
            *_places(connection, folder),
            *_left_lying(connection, folder),
            *_stories(connection),
            *_warcs(connection, folder / "warcs"),
        ]


def sound(folder: Path) -> list[str]:
    """Return what is broken in an archive whose runs have ended, whatever is still due in it."""
    with copied(folder) as connection:
        return [
            *_database(connection),
            *_places(connection, folder),
            *_stories(connection),
            *_warcs(connection, folder / "warcs"),
        ]


def _database(connection: sqlite3.Connection) -> Iterator[str]:
    for (told,) in connection.execute("PRAGMA integrity_check").fetchall():
        if told != "ok":
            yield f"integrity_check: {told}"
    for row in connection.execute("PRAGMA foreign_key_check").fetchall():
        yield f"foreign_key_check: {row}"


_PLACES = """
SELECT w.name, p.offset, p.length, p.url, p.body_sha256 FROM captures AS p JOIN warcs AS w ON w.id = p.warc_id
"""
_ORIGINAL = """
SELECT w.name, p.offset, p.length FROM captures AS p JOIN warcs AS w ON w.id = p.warc_id
WHERE p.body_sha256 = ? AND p.url = ? AND p.started_at = ? ORDER BY p.id LIMIT 1
"""


def _places(connection: sqlite3.Connection, folder: Path) -> Iterator[str]:
    """Every row that names a WARC record names the one that is there, digest and all."""
    if not _has(connection, "captures"):
        return
    for name, offset, length, url, body in connection.execute(_PLACES).fetchall():

        def original(where: str, date: str, body: str = body) -> WarcRef | None:
            row = connection.execute(_ORIGINAL, (body, where, date)).fetchone()
            return None if row is None else WarcRef(name=row[0], offset=row[1], length=row[2])

        try:
            stored = read(folder / "warcs", WarcRef(name=name, offset=offset, length=length), original=original)
        except ArchiveError as error:
            yield f"{url}: {error}"
            continue
        if stored.url != url:
            yield f"{url}: {name} has {stored.url} at {offset}"
        elif body is not None and hashlib.sha256(stored.body).hexdigest() != body and stored.raw:
            yield f"{url}: the body in {name} is another"


def _has(connection: sqlite3.Connection, table: str) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None


def _left_lying(connection: sqlite3.Connection, folder: Path) -> Iterator[str]:
    questions = {
        "sites still claimed": "SELECT count(*) FROM sites WHERE claimed_by IS NOT NULL",
        "leases left": "SELECT count(*) FROM leases",
        "runs without an end": "SELECT count(*) FROM crawls WHERE finished_at IS NULL",
        "links of this run still due": "SELECT count(*) FROM links WHERE priority > 0",
        "saves being submitted by nobody": "SELECT count(*) FROM saves WHERE state = 'submitting'",
        "saves still open": f"SELECT count(*) FROM saves WHERE state IN {OPEN_STATES}",
        "WARCs without a sum": "SELECT count(*) FROM warcs WHERE sha256 IS NULL",
        "links with other than turn checks": "SELECT count(*) FROM links AS l WHERE turn <>"
        " (SELECT count(*) FROM checks WHERE link_id = l.id)",
        "sites with a wrong due": "SELECT count(*) FROM sites AS s WHERE due_at IS NOT (SELECT next_check_at FROM links"
        " WHERE site_id = s.id AND next_check_at IS NOT NULL ORDER BY priority DESC, next_check_at LIMIT 1)",
        "texts not in the index": "SELECT count(*) FROM texts WHERE id NOT IN (SELECT text_id FROM documents)",
    }
    for what, question in questions.items():
        (number,) = connection.execute(question).fetchone()
        if number:
            yield f"{number} {what}"
    left = [*folder.glob(f"warcs/*{OPEN}"), *folder.glob("runs/*.lock")]
    yield from (f"left lying: {path.name}" for path in left)


def _stories(connection: sqlite3.Connection) -> Iterator[str]:
    """Each save's events follow on one another and end in its state."""
    states = dict(connection.execute("SELECT id, state FROM saves").fetchall())
    reached: dict[int, str | None] = {}
    for save_id, before, after in connection.execute(
        "SELECT save_id, from_state, to_state FROM save_events ORDER BY id"
    ).fetchall():
        if reached.get(save_id) != before:
            yield f"save {save_id}: from {before} to {after}, but it was {reached.get(save_id)}"
        reached[save_id] = after
    if states != reached:
        yield "saves whose state is not their last event's"


def _warcs(connection: sqlite3.Connection, folder: Path) -> Iterator[str]:
    """Every WARC can be read to its end by warcio, is known with its sum, and has its index."""
    known = dict(connection.execute("SELECT name, sha256 FROM warcs").fetchall())
    paths = sorted(folder.glob("*.warc.gz"))
    yield from (f"{path.name} is not in archive.db" for path in paths if path.name not in known)
    for path in paths:
        if hashlib.sha256(path.read_bytes()).hexdigest() != known.get(path.name):
            yield f"{path.name}: another sum than archive.db says"
        try:
            records_of(path)
        except Exception as error:  # noqa: BLE001 - whatever it is, the file cannot be read to its end
            yield f"{path.name} cannot be read to its end: {error}"
            continue
        index = path.with_name(path.name.removesuffix(".warc.gz") + ".cdxj")
        if not index.exists() or index.read_text().splitlines() != sorted(index_lines(path)):
            yield f"{path.name}: its index does not list it"


def records_of(path: Path) -> int:
    """Return how many records warcio reads from a WARC, each to its end, with right digests."""
    number = 0
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            record.content_stream().read()
            number += 1
    with gzip.open(path) as stream:  # warcio takes a file that was cut within a member for one that has ended
        while stream.read(2**20):
            pass
    return number


def whole_records(folder: Path) -> dict[str, bytes]:
    """Return, by final name, the bytes of each WARC up to the end of its last whole record."""
    kept = {}
    for path in [*folder.glob("warcs/*.warc.gz"), *folder.glob(f"warcs/*.warc.gz{OPEN}")]:
        with path.open("rb") as stream:
            whole, _ = whole_members(stream)
        kept[path.name.removesuffix(OPEN)] = path.read_bytes()[:whole]
    return kept


def touched(folder: Path, kept: dict[str, bytes]) -> list[str]:
    """Return the WARCs that do not begin with the records that they had."""
    now = whole_records(folder)
    return [
        f"{name}: its records were touched" for name, data in kept.items() if not now.get(name, b"").startswith(data)
    ]


def signature(folder: Path, questions: dict[str, str] = SIGNATURE) -> dict[str, Counter[tuple[object, ...]]]:
    """Return what the archive says, by part; see SIGNATURE."""
    with copied(folder) as connection:
        return {name: Counter(connection.execute(question).fetchall()) for name, question in questions.items()}


def outcomes(folder: Path) -> dict[str, str]:
    """Return the state of each link's save, by the URL that is handed in; several of one link are joined."""
    with copied(folder) as connection:
        rows = connection.execute(
            "SELECT l.request_url, s.state FROM saves AS s JOIN links AS l ON l.id = s.link_id ORDER BY s.id"
        ).fetchall()
    found: dict[str, str] = {}
    for url, state in rows:
        found[url] = f"{found[url]}, {state}" if url in found else state
    return found


def differences(
    expected: dict[str, Counter[tuple[object, ...]]], found: dict[str, Counter[tuple[object, ...]]]
) -> list[str]:
    """Return what is lost and what is there twice or should not be, part by part."""
    told = []
    for name, rows in expected.items():
        lost, more = rows - found[name], found[name] - rows
        told += [f"{name}: lost {row}" for row in lost.elements()]
        told += [f"{name}: too many {row}" for row in more.elements()]
    return told


def finished(folder: Path) -> bool:
    """Return whether a run of the list has said that it came to its end."""
    if not (folder / "archive.db").exists():
        return False
    with copied(folder) as connection:
        if not _has(connection, "crawls"):
            return False
        question = "SELECT 1 FROM crawls WHERE finish_reason = 'finished' AND arguments <> '{}'"
        return connection.execute(question).fetchone() is not None


def open_saves(folder: Path) -> int:
    """Return how many wishes have neither a memento nor a final answer."""
    with copied(folder) as connection:
        (number,) = connection.execute(f"SELECT count(*) FROM saves WHERE state IN {OPEN_STATES}").fetchone()
    return int(number)


def unsettled(folder: Path) -> int:
    """Return how many wishes wait for us: those that are open, and those whose memento was never tried to be read back."""
    with copied(folder) as connection:
        (unread,) = connection.execute(
            "SELECT count(*) FROM saves AS s JOIN mementos AS m ON m.id = s.memento_id"
            " WHERE s.state IN ('saved', 'found') AND m.quality = 'unread' AND m.tries = 0"
        ).fetchone()
    return open_saves(folder) + int(unread)
