"""An outage of our own: it is told from dead sites, strikes nobody, and is made good."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy.settings import Settings

import tests.archive_fixture as fill
from citekeep import clock, database
from citekeep.outage import SITES, SITES_WITH_CONTROLS, Failed, Outage, take_back
from citekeep.schedule import schedule
from citekeep.verdicts.table import BY_NAME
from spiders.watch import Watch
from tests.crawled import answering, ok

ROOT = Path(__file__).resolve().parent.parent
DAY = 86_400.0
PAGE = b"<title>A page</title><p>Some words that a reader may read here and then go on with the day.</p>"


def failed(n, error="timeout", **more):
    return Failed(link_id=n, turn=0, site=f"site-{n}.test", error=error, **more)


def test_many_sites_that_fail_alike_in_a_row_are_suspicious():
    outage = Outage()
    for n in range(SITES - 1):
        outage.failure(failed(n))
    assert outage.suspected() is None
    outage.failure(failed(0))
    assert outage.suspected() is None, "the same site again says no more"
    outage.failure(failed(SITES))
    assert outage.suspected() == "timeout"
    outage.success("fine.test", "https://fine.test")
    assert outage.suspected() is None
    assert outage.take() == []


def test_what_a_dead_network_would_not_say_is_not_suspicious():
    outage = Outage()
    for n in range(50):
        outage.failure(failed(n, "nxdomain"))
        outage.failure(failed(n, "bad_response"))
    assert outage.suspected() is None
    named = Outage(["http://control.test/"])
    for n in range(SITES_WITH_CONTROLS):
        named.failure(failed(n, "nxdomain"))
    assert named.suspected() == "nxdomain"
    assert named.ask() == ["http://control.test/"]


def test_an_answer_says_nothing_of_what_failed_after_it_though_it_is_recorded_later():
    """A text takes time to be read: what was cut off behind it is recorded sooner."""
    outage = Outage()
    for n in range(SITES):
        outage.failure(failed(n, ended=5.0 + n))
    outage.success("fine.test", "https://fine.test", ended=4.0)
    assert outage.suspected() == "timeout"
    outage.success("fine.test", "https://fine.test", ended=6.0)
    assert [one.link_id for one in outage.take()] == [2, 3, 4, 5]


def test_the_sites_that_answered_last_are_asked():
    outage = Outage()
    assert outage.ask() == []
    for n in range(5):
        outage.success(f"s{n}.test", f"https://s{n}.test")
    assert outage.ask() == [f"https://s{n}.test/robots.txt" for n in (4, 3, 2)]


# --- three days ---


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


def rows(writer, sql):
    return writer.run_sync(lambda c: c.execute(sql).fetchall())


async def check_all(writer, run, seen):
    """Check all links as a run does that sees ``seen(url)`` -> (verdict, error); return what it would take back."""
    _, frontier = fill.begin(writer, run=run)
    writer.run_sync(lambda c: c.execute("UPDATE links SET next_check_at = ? WHERE turn > 0", (clock.now(),)) and None)
    outage = Outage()
    for lease in await frontier.claim(1000):
        for link in lease.links:
            verdict, error = seen(link.url)
            after = schedule(verdict, link.history, now=clock.now())
            result = fill.result(
                lease,
                link,
                frontier,
                verdict=verdict,
                standing=after.standing,
                status=None if error else 200,
                error=error,
            )
            result.judgement.strikes, result.judgement.next_check_at = after.strikes, after.next_check_at
            await frontier.record([result])
            if error:
                before = {name: link.history.get(name) for name in ("standing", "strikes", "last_strike_at")}
                outage.failure(
                    Failed(link_id=link.link_id, turn=link.turn, site=lease.site, error=error, before=before)
                )
            else:
                outage.success(lease.site, f"https://{lease.site}")
        await frontier.release(lease)
    return outage


async def test_an_outage_of_a_day_strikes_nobody(writer, turn):
    urls = [f"https://site-{n}.test/page" for n in range(40)]
    _, frontier = fill.begin(writer)
    await frontier.add_links(urls, public=True)
    dead = set(urls[::10])

    def works(url):
        return ("conn_refused", "refused") if url in dead else ("alive", None)

    def is_cut(url):
        return ("conn_refused", "refused")

    def standings():
        return rows(writer, "SELECT standing, strikes, last_strike_at, alive_until, dead_by FROM links ORDER BY id")

    outage = await check_all(writer, "day-1", works)
    assert outage.suspected() is None
    before = standings()
    assert [row[:2] for row in before].count(("doubtful", 1)) == len(dead)

    turn(3 * DAY)
    outage = await check_all(writer, "day-2", is_cut)
    assert outage.suspected() == "refused"
    assert standings() != before
    taken = outage.take()
    assert writer.run_sync(take_back, taken, "our own network", 0) == 40
    assert standings() == before
    assert {row[0] for row in rows(writer, "SELECT next_check_at FROM links")} == {clock.now()}
    assert writer.run_sync(take_back, taken, "our own network", 0) == 0, "only once"
    assert rows(
        writer,
        "SELECT DISTINCT j.verdict, j.evidence ->> '$.rule', j.evidence ->> '$.was.verdict', c.error FROM judgements AS j"
        " JOIN checks AS c ON c.id = j.check_id WHERE c.turn = 1",
    ) == [("local", "own_outage", "conn_refused", "refused")]
    assert BY_NAME["local"].group == "not_checked"

    turn(3 * DAY)
    await check_all(writer, "day-3", works)
    assert [row[:2] for row in standings()].count(("alive", 0)) == 40 - len(dead)
    assert [row[:2] for row in standings()].count(("doubtful", 2)) == len(dead), "theirs still count"


async def test_a_link_that_was_checked_again_since_is_left_alone(writer, turn):
    urls = ["https://site-1.test/page"]
    _, frontier = fill.begin(writer)
    await frontier.add_links(urls, public=True)
    outage = await check_all(writer, "one", lambda _: ("conn_refused", "refused"))
    turn(4 * DAY)
    await check_all(writer, "two", lambda _: ("conn_refused", "refused"))
    assert writer.run_sync(take_back, outage.take(), "our own network", 0) == 0


# --- over real sockets ---


class Net:
    """All of *.test behind one port, whose door can be shut: then every connection is refused."""

    def __init__(self, cut_after):
        self.cut_after = cut_after
        self.asked = 0
        self.cut = threading.Event()
        self.port = 0

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.open()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _close(self):
        self.server.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports say goodbye

    def open(self):
        asyncio.run_coroutine_threadsafe(self._open(), self.loop).result(10)

    async def _open(self):
        self.server = await asyncio.start_server(self.talk, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def talk(self, reader, writer):
        if self.cut_after and self.asked >= self.cut_after and not self.cut.is_set():
            self.server.close()
            self.cut.set()
        self.asked += 1
        if self.cut.is_set() and not self.server.is_serving():
            writer.transport.abort()
            return
        await answering(
            ok(
                b"<title>A page</title><p>Some words that a reader may read here and then go on with the day.</p>",
                b"Content-Type: text/html",
            ),
            then="close",
        )(reader, writer)
        writer.close()


def start_crawl(folder, net, urls, *settings):
    (folder / "urls.txt").write_text("\n".join(urls))
    named = {
        "CONNECT_TO": f'{{"*.test": "127.0.0.1:{net.port}"}}', "ADDRESS_GUARD_ALLOW": f"*.test:{net.port}",
        "DOWNLOAD_DELAY": "0", "CONCURRENT_REQUESTS": "2", "SNAPSHOTS_ENABLED": "0", "PROBES_ENABLED": "0",
        "ROBOTSTXT_OBEY": "0", "EXTRACT_WORKERS": "1",
    }  # fmt: skip
    arguments = [f"{name}={value}" for name, value in named.items()]
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "links", "-a", f"urls={folder / 'urls.txt'}"]
        + [part for setting in [*arguments, *settings] for part in ("-s", setting)],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder / "data"), "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def wait_for(folder, words, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        logged = "".join(path.read_text() for path in (folder / "data" / "logs").glob("*"))
        if words in logged:
            return
        time.sleep(0.05)
    raise AssertionError(f"never said: {words}; it said: {process.communicate()[0][-3000:]}")


def archive(folder):
    connection = database.connect(folder / "data" / "archive.db")
    try:
        told = "SELECT j.verdict, l.standing, l.strikes, c.turn FROM links AS l JOIN checks AS c ON c.link_id = l.id"
        return connection.execute(f"{told} JOIN judgements AS j ON j.check_id = c.id ORDER BY l.id, c.turn").fetchall()
    finally:
        connection.close()


def test_a_run_whose_network_is_cut_pauses_takes_back_and_goes_on(tmp_path):
    urls = [f"http://site-{n}.test/page" for n in range(24)]
    with Net(cut_after=8) as net:
        process = start_crawl(tmp_path, net, urls)
        wait_for(tmp_path, "The run pauses", process)
        net.open()
        said, _ = process.communicate(timeout=60)
    found = archive(tmp_path)
    assert process.returncode == 0, said
    assert {row[1:3] for row in found} == {("alive", 0)}, found
    taken = [row for row in found if row[0] == "local"]
    assert len(taken) >= SITES
    assert len(found) == 24 + len(taken), "what was ours was asked again, in the same run"
    assert {row[0] for row in found} == {"alive_unverified", "local"}


def test_a_run_whose_network_stays_away_ends_and_strikes_nobody(tmp_path):
    urls = [f"http://site-{n}.test/page" for n in range(24)]
    with Net(cut_after=8) as net:
        process = start_crawl(tmp_path, net, urls, "OUTAGE_PATIENCE=1")
        said, _ = process.communicate(timeout=90)
    assert process.returncode == 1
    assert "Our own network seems to be down" in said
    found = archive(tmp_path)
    assert {row[0] for row in found} == {"alive_unverified", "local"}
    assert {row[2] for row in found} == {0}


def test_dead_sites_in_a_row_are_dead_where_a_control_answers(tmp_path):
    with Net(cut_after=0) as net:
        urls = [f"http://site-{n}.gone/page" for n in range(9)]
        process = start_crawl(
            tmp_path, net, urls, "CONTROL_URLS=http://control.test/",
            f'CONNECT_TO={{"*.test": "127.0.0.1:{net.port}", "*.gone": "127.0.0.1:9"}}',
            f"ADDRESS_GUARD_ALLOW=*.test:{net.port},*.gone:9",
        )  # fmt: skip
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert {row[:3] for row in archive(tmp_path)} == {("conn_refused", "doubtful", 1)}


async def test_what_still_ends_when_a_run_gives_up_is_taken_back_as_well():
    taken: list[int] = []
    told: list[str] = []

    def failed(number):
        return SimpleNamespace(
            reason=None, status=None, error="refused", ended=0.0, requested_url=f"https://site{number}.test/",
            checked_at=clock.now(), link=SimpleNamespace(local_body=None, terms={}, history={}, link_id=number, turn=0),
        )  # fmt: skip

    class Frontier:
        async def controls(self):
            return []

        async def take_back(self, failures, why, priority):
            if not taken:
                watch.saw(failed(7))  # ends while the others are taken back
            await asyncio.sleep(0)
            taken.extend(one.link_id for one in failures)
            return len(failures)

    crawler = SimpleNamespace(
        settings=Settings({"CONTROL_URLS": [], "OUTAGE_PATIENCE": 0}), stats=SimpleNamespace(inc_value=lambda *_: None)
    )
    watch = Watch(crawler, Frontier(), priority=0, over=lambda: None, give_up=told.append)
    for number in range(1, 7):
        watch.saw(failed(number))
    await watch.task
    assert (taken, len(told)) == ([1, 2, 3, 4, 5, 6, 7], 1)
    watch.saw(failed(8))  # it was on its way when the run gave up
    watch.close()
    await watch.task
    assert taken[-1] == 8
