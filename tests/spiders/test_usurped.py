"""A site that changes hands between two runs: the text of the first check is what the second is compared with."""

import asyncio
import os
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

from citekeep import clock, database
from citekeep.cards.card import cards_of_link
from tests.crawled import answering, ok
from tests.forked import forked

ROOT = Path(__file__).resolve().parents[2]

NEWS = """More than fifteen hundred activists and journalists left the country last year, rights groups that help them abroad
have counted. Most went to Georgia, Lithuania and Germany, where volunteers found them flats and lawyers. Editors say that
registers of foreign agents made their work impossible, and advertisers withdrew overnight. Several newspapers closed
bureaus in the Urals; others continue from Vilnius with half of their reporters. Lawyers expect further departures."""
CASINO = """Welcome bonus for new players: the best online casino offers two hundred freespins, roulette and blackjack with
live dealers, progressive jackpot slots and a sportsbook with the highest odds. Register today, deposit within minutes and
withdraw winnings instantly. Our betting experts review every bookmaker, compare poker rooms and explain how baccarat is
played, so that beginners can enjoy gambling responsibly on mobile phones and tablets around the clock."""


MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def page(text):
    title = "Fifteen hundred left" if text == NEWS else "Bonus"
    html = f"<html><title>{title}</title><body><article><p>{text}</p></article></body></html>"
    return ok(html.encode(), b"Content-Type: text/html")


class Site:
    """One port; what it shows is turned."""

    def __enter__(self):
        self.text = NEWS
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self.loop).result(10)
        return self

    async def _open(self):
        self.server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def talk(self, reader, writer):
        await answering(self.answer, then="close")(reader, writer)
        writer.close()

    def answer(self, target):
        # A newspaper knows its pages; a casino shows itself wherever one asks.
        return MISSING if self.text == NEWS and target != "/en/34019" else page(self.text)

    async def _close(self):
        self.server.close()
        await self.server.wait_closed()

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def crawl(folder, site):
    (folder / "urls.txt").write_text("http://wire.test/en/34019\n")
    settings = {
        "CONNECT_TO": f'{{"*.test": "127.0.0.1:{site.port}"}}', "ADDRESS_GUARD_ALLOW": f"*.test:{site.port}",
        "DOWNLOAD_DELAY": "0", "SNAPSHOTS_ENABLED": "0", "EXTRACT_WORKERS": "1",
    }  # fmt: skip
    arguments = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    done = forked(
        [sys.executable, "-m", "scrapy", "crawl", "links", "-a", f"urls={folder / 'urls.txt'}", *arguments],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return connection.execute(
            "SELECT j.verdict, j.evidence ->> '$.trade', j.evidence ->> '$.compared_with.id', l.standing, c.id"
            " FROM checks AS c JOIN judgements AS j ON j.check_id = c.id JOIN links AS l ON l.id = c.link_id ORDER BY c.id"
        ).fetchall()


def test_a_casino_on_an_expired_domain_is_told_from_the_newspaper_that_was_there(tmp_path):
    with Site() as site:
        ((verdict, _, _, standing, first),) = crawl(tmp_path, site)
        assert (verdict, standing) == ("alive_unverified", "alive")
        site.text = CASINO
        _, second = crawl(tmp_path, site)
    assert second[:4] == ("usurped", "gambling", first, "doubtful")
    with closing(database.connect(tmp_path / "archive.db")) as connection:
        (card,) = cards_of_link(connection, 1, now=clock.now())
    assert card.title == "Fifteen hundred left", "a reference names the source, not who has its domain now"
