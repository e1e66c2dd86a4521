"""A crawl that is killed, again and again, loses nothing and asks nothing twice: the same command goes on."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from citekeep.items import WarcRef
from citekeep.warc.reader import read

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.timeout(600)  # many runs, one after another

HOSTS = [
    "good-tls.test",
    "untrusted.test",
    "www.volga-observer.test",
    "statistics.test",
    "www.radio-meridian.test",
    "expired.test",
]
PAGES = 4
KILLS = 3


def command(sandbox, folder):
    return [
        sys.executable, "-m", "scrapy", "crawl", "article", *sandbox.scrapy_arguments(), "-a", f"urls={folder / 'urls.txt'}",
        "-s", "DOWNLOAD_DELAY=0.2", "-s", "SNAPSHOTS_ENABLED=0", "-s", "LEASE_SECONDS=30",
    ]  # fmt: skip


def start(sandbox, folder):
    environment = os.environ | sandbox.environment() | {"CITEKEEP_DATA": str(folder)}
    return subprocess.Popen(
        command(sandbox, folder), cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def checked(folder):
    path = folder / "archive.db"
    if not path.exists():
        return 0
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute("select count(*) from checks").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def test_a_killed_crawl_goes_on_where_it_was(sandbox, tmp_path):
    urls = [f"https://{host}/page?number={n}" for n in range(PAGES) for host in HOSTS]
    (tmp_path / "urls.txt").write_text("\n".join(urls), encoding="utf-8")
    chance = random.Random(2026)
    survived = 0
    for _ in range(KILLS):
        process = start(sandbox, tmp_path)
        before, end = checked(tmp_path), time.monotonic() + 100
        wanted = before + chance.randint(1, 5)  # a moment in the middle of things, wherever that is on this machine
        while checked(tmp_path) < wanted and process.poll() is None and time.monotonic() < end:
            time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=10)
        survived += 1
    last = start(sandbox, tmp_path)
    output, _ = last.communicate(timeout=100)
    assert last.returncode == 0, output

    connection = sqlite3.connect(tmp_path / "archive.db")
    counts = dict(
        connection.execute(
            "select l.request_url, count(c.id) from links l left join checks c on c.link_id = l.id group by 1"
        )
    )
    assert {url: counts[url] for url in urls} == dict.fromkeys(urls, 1), "each exactly once"
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    assert connection.execute("pragma foreign_key_check").fetchall() == []
    reasons = [row[0] for row in connection.execute("select finish_reason from crawls order by id")]
    assert reasons == ["interrupted"] * survived + ["finished"]
    assert not list((tmp_path / "warcs").glob("*.open")), "what was left open has been closed"
    places = connection.execute(
        'select w.name, p."offset", p.length, p.url from captures p join warcs w on w.id = p.warc_id'
    ).fetchall()
    assert len(places) >= len(urls)
    for name, offset, length, url in places:
        assert read(tmp_path / "warcs", WarcRef(name=name, offset=offset, length=length)).url == url


def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(sandbox, tmp_path):
    urls = [f"https://{host}/page?number={n}" for n in range(PAGES) for host in HOSTS]
    (tmp_path / "urls.txt").write_text("\n".join(urls), encoding="utf-8")
    process = start(sandbox, tmp_path)
    end = time.monotonic() + 100
    while checked(tmp_path) < 4 and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 3, output
    assert "goes on" in output
    done = checked(tmp_path)
    assert 0 < done < len(urls)
    again = start(sandbox, tmp_path)
    output, _ = again.communicate(timeout=100)
    assert again.returncode == 0, output
    assert checked(tmp_path) == len(urls)
