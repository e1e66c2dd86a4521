"""``scrapy snapshots``, as a person runs it, beside nothing else, against the sandbox's Wayback Machine."""

import asyncio
import importlib.util
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from citekeep import database
from citekeep.wayback import ledger
from citekeep.wayback.worker import LEASE
from sandbox.run import KEYS, Sandbox
from tests.forked import forked

ROOT = Path(__file__).resolve().parent.parent.parent
_spec = importlib.util.spec_from_file_location("archive_fixture", ROOT / "tests" / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

LIVE = "https://www.volga-observer.test/2025/11/08/five-million-departures-revisited"
NUMBERS = itertools.count()
DEAD = "https://www.uralwire.test/en/2022-01-13/fifteen_hundred_activists_and_journalists_gone_in_one_year"


@pytest.fixture(scope="module")
def running():
    with Sandbox.in_thread() as sandbox:
        sandbox.standin.jobs.seconds = sandbox.standin.jobs.index_lag = 0.0
        yield sandbox


@pytest.fixture
def standin(running):
    """The stand-in as on another day: nothing scripted, nothing counted."""
    running.standin.scripts.clear()
    running.standin.clock.turn(86_400)
    running.standin.save.submitted.clear()
    return running.standin


@pytest.fixture
def live():
    """A live page that no test has had saved before."""
    return f"{LIVE}?test={next(NUMBERS)}"


@pytest.fixture
def folder(tmp_path, live):
    """A folder with an archive.db in which a live and a dead link wish for snapshots."""

    async def wish():
        writer = database.Writer(tmp_path / "archive.db")
        _, frontier = fill.begin(writer)
        outcomes = {live: {"wish": "save"}, DEAD: {"wish": "lookup", "verdict": "dns_nxdomain", "standing": "dead"}}
        await fill.archive(frontier, "https://article.test/", cites=list(outcomes), outcomes=outcomes)
        await writer.aclose()

    asyncio.run(wish())
    return tmp_path


def environment(running, folder, *, keys=True):
    told = {"CITEKEEP_DATA": str(folder), "COLUMNS": "160", "NO_COLOR": "1"}
    return os.environ | running.environment(keys=keys) | told


def snapshots(running, folder, *arguments, keys=True):
    return forked(
        [sys.executable, "-m", "scrapy", "snapshots", *arguments],
        cwd=ROOT, env=environment(running, folder, keys=keys), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def states(folder):
    connection = sqlite3.connect(folder / "archive.db")
    try:
        sql = "SELECT l.url, s.state FROM saves AS s JOIN links AS l ON l.id = s.link_id"
        return dict(connection.execute(sql).fetchall())
    finally:
        connection.close()


def test_it_looks_up_and_saves_and_says_so(running, standin, folder, live):
    done = snapshots(running, folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert standin.save.submitted == [live]
    assert states(folder)[live] in {"saved", "verified"}
    assert states(folder)[DEAD] in {"found", "verified", "rejected"}
    for state in states(folder).values():
        assert state in done.stdout
    assert not any(key in done.stdout for key in KEYS.values())


def test_a_run_of_what_is_due_goes_on_with_the_ledger_within_its_time(running, standin, folder):
    def seconds(within):
        done = forked(
            [sys.executable, "-m", "scrapy", "due", "--for", within, *running.scrapy_arguments(), "-s", "SNAPSHOT_WAIT=0"],
            cwd=ROOT, env=environment(running, folder), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
            (took,) = connection.execute(
                "SELECT strftime('%s', finished_at) - strftime('%s', started_at) FROM crawls ORDER BY id DESC"
            ).fetchone()
            connection.execute("UPDATE saves SET state = 'refused'")
        return took

    standin.script("*", "lost")
    assert seconds("4s") >= 3, "no link is due, but a job is to be asked about"
    assert seconds("1h") < 60, "nothing is left in the ledger either"


def test_a_second_run_finds_nothing_to_do(running, standin, folder, live):
    first = snapshots(running, folder)
    asked = len(running.log)
    second = snapshots(running, folder, "--for", "1s")
    assert (first.returncode, second.returncode) == (0, 0)
    assert standin.save.submitted == [live]
    assert not any("/save" in url for url in running.log.urls()[asked:])


def test_without_keys_it_says_where_to_get_some_and_goes_on(running, standin, folder, live):
    done = snapshots(running, folder, keys=False)
    assert done.returncode == 0
    assert "https://archive.org/account/s3.php" in done.stderr
    assert states(folder)[live] in {"saved", "verified"}


def test_a_dry_run_asks_nobody(running, folder):
    asked = len(running.log)
    done = snapshots(running, folder, "--dry-run")
    assert (done.returncode, len(running.log)) == (0, asked)
    assert "wanted" in done.stdout
    assert set(states(folder).values()) == {"wanted"}


def test_beside_another_it_says_so_and_ends(running, folder):
    writer = database.Writer(folder / "archive.db")
    writer.run_sync(ledger.take_lease, LEASE, "another", 300.0)
    writer.close()
    done = snapshots(running, folder)
    assert (done.returncode, "Another process is working the ledger." in done.stdout) == (0, True)
    assert set(states(folder).values()) == {"wanted"}


def test_ctrl_c_ends_it_soon_and_nothing_is_lost(running, standin, folder, live):
    standin.script("*", "hang")
    child = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "snapshots"],
        cwd=ROOT, env=environment(running, folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = time.monotonic() + 30
    while standin.save.submitted != [live] and time.monotonic() < end:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    out, _ = child.communicate(timeout=30)
    assert time.monotonic() - begun < 10
    assert (child.returncode, states(folder)[live]) == (0, "unknown")
    assert "unknown" in out


@pytest.mark.parametrize("arguments", [["--for", "soon"], ["--limit", "0"], ["--limit", "x"], ["what"]])
def test_bad_input_is_exit_code_2(running, folder, arguments):
    assert snapshots(running, folder, *arguments).returncode == 2


def test_without_an_archive_it_is_exit_code_4(running, tmp_path):
    done = snapshots(running, tmp_path)
    assert done.returncode == 4
    assert "archive.db" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_teaches(running, tmp_path):
    done = snapshots(running, tmp_path, "--help")
    assert done.returncode == 0
    for word in ("--for", "--limit", "--dry-run", "https://archive.org/account/s3.php"):
        assert word in done.stdout


def test_it_says_whether_it_keeps_up(running, standin, folder):
    done = snapshots(running, folder, "--dry-run")
    assert "1 waits to be submitted" in done.stdout
    assert "none ever will be" in done.stdout
    done = snapshots(running, folder)
    assert "None waits to be submitted" in done.stdout


def test_json_is_one_object(running, standin, folder):
    done = snapshots(running, folder, "--json")
    told = json.loads(done.stdout)
    assert told["capacity"]["submitted"] == 1
    assert "80% of 7 a minute" in told["capacity"]["most_set_by"]
    assert sum(state["saves"] for state in told["states"].values()) == 2
    assert told["moved"]["submitting"] == 1


def test_a_probe_needs_no_archive(running, standin, tmp_path, live):
    done = snapshots(running, tmp_path, "--probe", live)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "in public" in done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        "system", "account", "save", "status", "index", "replay",
    ]  # fmt: skip
    assert standin.save.submitted == [live]
    assert list(tmp_path.iterdir()) == []


def test_a_probe_that_finds_a_fault_is_exit_code_5(running, standin, tmp_path, live):
    standin.script("*", "status", at="index", status=503)
    done = snapshots(running, tmp_path, "--probe", live, "--json")
    assert done.returncode == 5
    assert [row["service"] for row in json.loads(done.stdout) if row["outcome"] == "failed"] == ["index"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--probe", "mailto:someone@example.com"],
        ["--probe", "https://example.com/reset?token=0123456789abcdef0123456789abcdef"],
        ["--probe", "--dry-run"],
        ["--probe", "--for", "1m"],
    ],
)
def test_a_probe_that_must_not_be_is_exit_code_2(running, standin, tmp_path, arguments):
    done = snapshots(running, tmp_path, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert standin.save.submitted == []


def test_a_bad_setting_is_exit_code_2(running, folder):
    done = snapshots(running, folder, "-s", "MEMENTO_ARCHIVES=nonsense")
    assert (done.returncode, "MEMENTO_ARCHIVES" in done.stderr) == (2, True)
