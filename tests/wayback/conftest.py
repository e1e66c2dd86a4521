"""The ledger against a stand-in Wayback Machine, found as production code finds the real one; both on one clock."""

import asyncio
import importlib.util
import sqlite3
import time
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from citekeep import clock, database
from citekeep.wayback.archives import parse_archives
from citekeep.wayback.client import Client
from citekeep.wayback.keys import Keys
from citekeep.wayback.spn import SavePageNow
from citekeep.wayback.worker import Terms, Worker
from sandbox.alone import NOON, alone
from sandbox.certificates import Certificates
from sandbox.run import KEYS
from sandbox.wayback.captures import Capture
from sandbox.wayback.clock import Clock, seconds_of

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).parent.parent / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

THE_KEYS = Keys(*KEYS.values())


class OurClock(Clock):
    """Citekeep's own clock, which goes on by itself and is turned for both."""

    def now(self):
        return clock.timestamp()

    def turn(self, seconds):
        clock.turn(seconds)


@pytest.fixture(scope="session")
def certificates():
    return Certificates({})


@pytest.fixture
def noon(monkeypatch):
    monkeypatch.setattr(clock, "_offset", NOON - time.time())


@pytest.fixture
async def archive(tmp_path, certificates, monkeypatch, noon):
    """The stand-in with its web and its log; see sandbox.alone."""
    async with alone(tmp_path, certificates, OurClock()) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def standin(archive):
    return archive.standin


@pytest.fixture
async def client(archive):
    async with Client("Citekeep tests") as client:
        yield client


@pytest.fixture
def spn(client):
    return SavePageNow(client, THE_KEYS)


@pytest.fixture
def holds(standin):
    """Let the archive hold captures of a URL."""

    def hold(url, *stamps, **fields):
        for stamp in stamps:
            made = {"listed_from": seconds_of(stamp), "body": stamp.encode(), **fields}
            standin.captures.add(Capture(url=url, timestamp=stamp, **made))

    return hold


class Ledger:
    """An archive.db with wishes, and a worker whose pauses turn the clock."""

    def __init__(self, path):
        self.path = path
        self.writer = database.Writer(path)
        self.stop = asyncio.Event()
        self.articles = 0

    async def wish(self, *urls, mode="save", public=True, **outcome):
        """Let an article that was published on 2022-01-13 cite URLs, each with a wish."""
        self.articles += 1
        _, frontier = fill.begin(self.writer, run=f"run-{self.articles}")
        outcomes = {url: {"wish": mode, **outcome} for url in urls}
        article = f"https://article-{self.articles}.test/"
        told = {"published_text": "2022-01-13", "published_on": "2022-01-13", "published_basis": "json_ld"}
        await fill.archive(frontier, article, cites=urls, outcomes=outcomes, public=public, **told)

    async def wish_again(self, url, mode="save"):
        """Wish a URL that is in the archive once more, as a later check of it does."""

        def add(connection):
            (link_id,) = connection.execute("SELECT id FROM links WHERE url = ?", (url,)).fetchone()
            (save_id,) = connection.execute(
                "INSERT INTO saves (link_id, service, mode, state, wanted_at, changed_at, next_attempt_at)"
                " VALUES (?, 'wayback', ?, 'wanted', ?3, ?3, ?3) RETURNING id",
                (link_id, mode, clock.now()),
            ).fetchone()
            connection.execute(
                "INSERT INTO save_events (save_id, at, to_state) VALUES (?, ?, 'wanted')", (save_id, clock.now())
            )

        await self.writer.run(add, urgent=True)

    async def work(self, *, keys=THE_KEYS, seconds=None, limit=None, reserve=0.1, real=False, reader=None, archives=()):
        """Work until nothing is due within a minute, or for so many seconds of the clock; return the summary."""
        terms = Terms(user_agent="Citekeep tests", reserve=reserve, archives=parse_archives(archives))
        worker = Worker(self.writer, keys=keys, terms=terms, stop=self.stop, reader=reader)
        if not real:
            worker._sleep = _turn
        deadline = None if seconds is None else clock.timestamp() + seconds
        return await worker.work(until_idle=seconds is None, limit=limit, deadline=deadline)

    def rows(self, sql, *values):
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            connection.close()

    def states(self):
        """Return {URL: state of its newest wish}."""
        rows = self.rows("SELECT l.url, s.state FROM saves AS s JOIN links AS l ON l.id = s.link_id ORDER BY s.id")
        return {row["url"]: row["state"] for row in rows}

    def save(self, url):
        """Return the newest wish of a URL, with the memento that it has."""
        return self.rows(
            "SELECT s.*, m.memento_url, m.memento_at, m.origin FROM saves AS s JOIN links AS l ON l.id = s.link_id"
            " LEFT JOIN mementos AS m ON m.id = s.memento_id WHERE l.url = ? ORDER BY s.id DESC LIMIT 1",
            url,
        )[0]

    def story(self, url):
        """Return the states through which the wishes of a URL went."""
        return [
            row["to_state"]
            for row in self.rows(
                "SELECT e.to_state FROM save_events AS e JOIN saves AS s ON s.id = e.save_id"
                " JOIN links AS l ON l.id = s.link_id WHERE l.url = ? ORDER BY e.id",
                url,
            )
        ]


async def _turn(pause):
    clock.turn(pause or 3_600.0)
    await asyncio.sleep(0)


@pytest.fixture
async def ledger(tmp_path, archive, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.0)
    made = Ledger(tmp_path / "archive.db")
    yield made
    await made.writer.aclose()


@pytest.fixture
def make_world(certificates):
    """A ledger and a stand-in, for each example of a property anew: ``async with make_world() as (ledger, archive)``."""

    @asynccontextmanager
    async def make():
        with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "_offset", NOON - time.time())
            patch.setattr(database, "BATCH_SECONDS", 0.0)
            async with alone(Path(folder), certificates, OurClock()) as running:
                for name, value in running.environment().items():
                    patch.setenv(name, value)
                made = Ledger(Path(folder) / "archive.db")
                try:
                    yield made, running
                finally:
                    await made.writer.aclose()

    return make
