"""The frontier under random sequences of claims, records, repeats, kills and time; and under real processes."""

import asyncio
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from citekeep import clock, database
from citekeep.frontier import LEASE_LOST, RECORDED, STALE_TURN
from citekeep.inputs import AskedArticle

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ROOT = Path(__file__).resolve().parent.parent
URLS = [f"https://{site}.example/{page}" for site in "abc" for page in range(3)]
HOLDERS = ["run-1", "run-2"]


class Machine(RuleBasedStateMachine):
    """Two runs share one archive; a model beside it knows who may record what."""

    def __init__(self):
        super().__init__()
        self.turned = 0
        self.folder = tempfile.TemporaryDirectory(prefix="citekeep-test-")
        self.writer = database.Writer(Path(self.folder.name) / "archive.db")
        self.frontiers = {name: fill.begin(self.writer, run=name, seconds=100)[1] for name in HOLDERS}
        self.leases = []  # (holder, lease, when it ends): all that was ever granted, kept like a worker that is late
        self.recorded = {}  # (link_id, turn): the Result
        self.stored = 0

    def teardown(self):
        self.writer.close()
        self.folder.cleanup()
        clock.turn(-self.turned)

    def wait(self, coroutine):
        return asyncio.run(coroutine)

    @rule(url=st.sampled_from(URLS), holder=st.sampled_from(HOLDERS))
    def ask(self, url, holder):
        self.wait(self.frontiers[holder].add_articles([AskedArticle(url=url, source="list")], public=True))

    @rule(holder=st.sampled_from(HOLDERS), n=st.integers(1, 3))
    def claim(self, holder, n):
        now = clock.timestamp()
        for lease in self.wait(self.frontiers[holder].claim(n)):
            held = [old for _, old, end in self.leases if old.site_id == lease.site_id and end > now]
            assert held == [], "a site was given to two at once"
            assert lease.links
            self.leases.append((holder, lease, now + lease.seconds))

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), cites=st.lists(st.sampled_from(URLS), max_size=3))
    def record(self, data, cites):
        holder, lease, _ = data.draw(st.sampled_from(self.leases))
        link = data.draw(st.sampled_from(lease.links))
        extracted = fill.extraction(cites=cites) if link.is_article else None
        one = fill.result(lease, link, self.frontiers[holder], extracted=extracted)
        newest = max(old.epoch for _, old, _ in self.leases if old.site_id == lease.site_id)
        first = self.recorded.get((link.link_id, link.turn))
        (outcome,) = self.wait(self.frontiers[holder].record([one]))
        if first is not None:
            same = (first.crawl_id, first.epoch, first.check["checked_at"]) == (
                one.crawl_id, one.epoch, one.check["checked_at"],
            )  # fmt: skip
            assert outcome == (RECORDED if same else STALE_TURN)
        elif lease.epoch == newest:
            assert outcome == RECORDED
            self.recorded[link.link_id, link.turn] = one
        else:
            assert outcome in {LEASE_LOST, STALE_TURN}

    @precondition(lambda self: self.recorded)
    @rule(data=st.data())
    def record_again(self, data):
        one = data.draw(st.sampled_from(list(self.recorded.values())))
        assert self.wait(self.frontiers["run-1"].record([one, one])) == [RECORDED, RECORDED]

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def release(self, data):
        holder, lease, _ = data.draw(st.sampled_from(self.leases))
        self.wait(self.frontiers[holder].release(lease))
        self.leases = [
            (who, old, 0.0 if (who, old.site_id, old.epoch) == (holder, lease.site_id, lease.epoch) else end)
            for who, old, end in self.leases
        ]

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def extend(self, data):
        holder, lease, _ = data.draw(st.sampled_from(self.leases))
        now = clock.timestamp()
        still = self.wait(self.frontiers[holder].extend([(lease.site_id, lease.epoch)]))
        newest = max(old.epoch for _, old, _ in self.leases if old.site_id == lease.site_id)
        assert not still or lease.epoch == newest
        if still:
            self.leases = [(who, old, now + 100 if old is lease else end) for who, old, end in self.leases]

    @rule(seconds=st.integers(1, 200))
    def pass_time(self, seconds):
        self.turned += seconds
        clock.turn(seconds)

    @invariant()
    def nothing_is_lost_or_doubled(self):
        rows = self.writer.run_sync(
            lambda c: (
                c.execute("SELECT link_id, turn FROM checks").fetchall(),
                c.execute("SELECT id, turn, next_check_at IS NOT NULL FROM links").fetchall(),
                c.execute(
                    "SELECT s.id FROM sites s WHERE (due_priority, due_at) IS NOT (SELECT priority, next_check_at"
                    " FROM links WHERE site_id = s.id AND next_check_at IS NOT NULL"
                    " ORDER BY priority DESC, next_check_at LIMIT 1)"
                ).fetchall(),
            )
        )
        checks, links, stray_sites = rows
        assert sorted(checks) == sorted(self.recorded)
        assert all(sum(link_id == check[0] for check in checks) == turn for link_id, turn, _ in links)
        assert all(due for _, _, due in links), "a link that nobody will ever ask again"
        assert stray_sites == [], "a site does not know its best link"


@pytest.fixture(autouse=True, scope="module")
def _small_batches():
    before, database.BATCH_SECONDS = database.BATCH_SECONDS, 0.0
    yield
    database.BATCH_SECONDS = before


TestFrontier = Machine.TestCase
TestFrontier.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


# --- real processes ---

LINKS, SITES, PROCESSES = 3000, 150, 5


def start(path, run, pause=0):
    script = Path(__file__).with_name("frontier_worker.py")
    return subprocess.Popen([sys.executable, script, path, run, str(pause)], env=os.environ | {"PYTHONPATH": str(ROOT)})


def test_five_processes_share_the_work_and_one_is_killed(tmp_path):
    path = tmp_path / "archive.db"
    writer = database.Writer(path)
    frontier = fill.begin(writer, run="first")[1]
    articles = [AskedArticle(url=f"https://s{n % SITES}.example/{n}", source="list") for n in range(LINKS)]
    assert asyncio.run(frontier.add_articles(articles, public=True)) == LINKS
    victim = start(path, "victim", 60)  # it records one lease, then sits on the others
    while not writer.run_sync(lambda c: c.execute("SELECT count(*) FROM checks").fetchone()[0]):
        time.sleep(0.01)
    victim.kill()
    victim.wait()
    held = writer.run_sync(lambda c: c.execute("SELECT count(*) FROM sites WHERE claimed_by = 'victim'").fetchone()[0])
    assert held == 4
    claimed_until = clock.parse(
        writer.run_sync(lambda c: c.execute("SELECT max(claimed_until) FROM sites").fetchone()[0])
    )
    processes = [start(path, f"run-{n}") for n in range(PROCESSES)]
    assert [process.wait() for process in processes] == [0] * PROCESSES
    time.sleep(max(0, claimed_until - time.time()))  # the dead holder's leases run out
    assert start(path, "last").wait() == 0
    totals = "SELECT count(*), count(DISTINCT link_id), max(turn), count(DISTINCT crawl_id) > 2 FROM checks"
    assert writer.run_sync(lambda c: c.execute(totals).fetchone()) == (LINKS, LINKS, 0, 1)
    assert writer.run_sync(lambda c: c.execute("PRAGMA integrity_check").fetchone()) == ("ok",)
    assert writer.run_sync(lambda c: c.execute("PRAGMA foreign_key_check").fetchall()) == []
    assert asyncio.run(frontier.waiting()) == 0
    writer.close()
