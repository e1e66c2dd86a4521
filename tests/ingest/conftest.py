import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from citekeep import database
from citekeep.ingest.job import bring_in, read_asked
from citekeep.ingest.plan import Limits
from citekeep.schedule import Rules
from citekeep.workers import Workers


class Archive:
    """An archive into which captures are brought, in this process, with real workers."""

    def __init__(self, folder, workers):
        self.folder, self.workers = folder, workers
        self.path, self.warcs = folder / "archive.db", folder / "warcs"

    def ingest(self, *paths, patterns=(), articles_from=None, all_links=False, public=False, collection=None, how="link",
               dry_run=False, body_max=20 * 2**20, stop_after=None):  # fmt: skip
        asked = read_asked(
            [str(path) for path in paths], patterns=patterns, articles_from=articles_from, all_links=all_links,
            public=public, collection=collection, how=how,
        )  # fmt: skip

        async def work():
            stop = asyncio.Event()
            told = 0

            def count(what, done, total):
                nonlocal told
                told += "came in" in what
                if told == stop_after:
                    stop.set()

            return await bring_in(
                asked, self.path, self.warcs, self.workers, rules=Rules(),
                limits=Limits(redirects_most=10, body_max=body_max), citations_limit=5_000, as_cited_within=30,
                dry_run=dry_run, stop=stop, told=count,
            )  # fmt: skip

        return asyncio.run(work())

    def rows(self, sql, *values):
        with closing(database.connect(self.path)) as connection:
            return connection.execute(sql, values).fetchall()

    def change(self, script):
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executescript(script)

    def standing(self, url):
        (row,) = self.rows(
            "SELECT standing, strikes, alive_until, alive_until_basis, dead_by, dead_by_basis FROM links WHERE url = ?",
            url,
        )
        return row


@pytest.fixture(scope="session")
def workers():
    pool = Workers(count=2)
    yield pool
    asyncio.run(pool.close())


@pytest.fixture
def archive(tmp_path, workers):
    folder = tmp_path / "data"
    folder.mkdir()
    return Archive(folder, workers)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    return Path(folder)
