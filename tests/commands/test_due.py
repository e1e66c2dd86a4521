"""``scrapy due``: all whose time has come, feeds first, within a time; and what it says without asking anybody."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.forked import forked
from tests.small_web import Web, ask, crawl, later
from tests.spiders.test_feed import FEED

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def web():
    with Web() as web:
        yield web


def command(folder, *arguments, web=None):
    settings = {"DOWNLOAD_DELAY": "0", "SNAPSHOTS_ENABLED": "0", "EXTRACT_WORKERS": "1", "PROBES_ENABLED": "0"}
    if web is not None:
        settings |= {
            "CONNECT_TO": f'{{"*.test": "127.0.0.1:{web.port}"}}', "ADDRESS_GUARD_ALLOW": f"*.test:{web.port}",
        }  # fmt: skip
    settings = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    environment = os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "160"}
    return [sys.executable, "-m", "scrapy", arguments[0], *settings, *arguments[1:]], {
        "cwd": ROOT,
        "env": environment,
        "text": True,
    }


def due(folder, *arguments, web=None):
    line, named = command(folder, "due", *arguments, web=web)
    return forked(line, **named, timeout=60)


def test_feeds_come_first_then_articles_then_links(tmp_path, web):
    (tmp_path / "sources.toml").write_text(FEED)
    web.feed("/a/1", etag='"one"')
    web.article("/a/1", "http://other.test/report")
    web.article("/report", host="other.test")
    crawl(tmp_path, web)
    web.paths()
    later(tmp_path)
    told = json.loads(due(tmp_path, "--dry-run", "--json").stdout)
    assert told["new_sources"] == []
    assert [(p["source"], p["site"], p["pages"], p["articles"], p["links"]) for p in told["due"]] == [
        ("paper", "paper.test", 1, 1, 0), ("paper", "other.test", 0, 0, 1),
    ]  # fmt: skip
    assert web.asked == [], "a dry run asks nobody"
    web.feed("/a/1", "/a/2", etag='"two"')
    web.article("/a/2")
    done = due(tmp_path, web=web)
    assert done.returncode == 0, done.stderr
    assert next(path for host, path, _ in web.asked if host == "www.paper.test") == "/rss"
    assert [path for _, path in web.paths()] == ["/report", "/a/1", "/a/2", "/rss"], "robots.txt is believed for a day"
    assert "Nothing is due." in due(tmp_path, "--dry-run").stdout
    told = json.loads(due(tmp_path, "--status", "--json").stdout)
    assert [run["spider"] for run in told["runs"]] == ["due", "feed"]
    assert (told["waiting"], told["late"], told["scheduled"], told["silent"]) == (0, 0, 4, [])
    assert told["checks"] == len(ask(tmp_path, "SELECT 1 FROM checks"))
    assert told["requests"] == len(ask(tmp_path, "SELECT 1 FROM captures"))
    assert (told["room"]["lookups_most"], told["room"]["late_sites"]) == (34_560, [])
    assert told["room"]["disk_free"] > 0


def test_a_dry_run_reads_the_sources_and_keeps_nothing_of_it(tmp_path):
    assert due(tmp_path).returncode == 0, "archive.db is there"
    (tmp_path / "list.txt").write_text("http://www.paper.test/l/1\nnot a url\nhttp://other.test/l/2\n")
    (tmp_path / "sources.toml").write_text(FEED + '[[source]]\nname = "by-hand"\nlist = "list.txt"\n')
    done = due(tmp_path, "--dry-run", "--json")
    assert (done.returncode, "line 2: not a url" in done.stderr) == (0, True)
    told = json.loads(done.stdout)
    assert [(p["source"], p["site"], p["pages"], p["articles"]) for p in told["due"]] == [
        ("by-hand", "other.test", 0, 1), ("by-hand", "paper.test", 0, 1), ("paper", "paper.test", 1, 0),
    ]  # fmt: skip
    assert told["new_sources"] == ["paper", "by-hand"]
    assert ask(tmp_path, "SELECT count(*) FROM links") == ask(tmp_path, "SELECT count(*) FROM sources") == [(0,)]


def test_time_that_is_up_leaves_the_rest_due(tmp_path, web):
    (tmp_path / "list.txt").write_text("".join(f"http://www.paper.test/l/{n}\n" for n in range(30)))
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "list"\nlist = "list.txt"\n')
    for number in range(30):
        web.article(f"/l/{number}")
    done = due(tmp_path, "--for", "2s", "-s", "DOWNLOAD_DELAY=0.4", web=web)
    assert done.returncode == 0, done.stderr
    checked = len(ask(tmp_path, "SELECT 1 FROM checks"))
    assert 1 <= checked < 30
    shown = due(tmp_path, "--dry-run")
    assert f"{30 - checked} due on 1 sites" in shown.stdout
    assert due(tmp_path, web=web).returncode == 0
    assert ask(tmp_path, "SELECT count(*), max(turn) FROM checks") == [(30, 0)], "each was asked once"


@pytest.mark.parametrize("second", [("due",), ("crawl", "feed")])
def test_a_second_run_beside_a_first_shares_its_sites_or_says_who_has_them(tmp_path, web, second):
    lists = "".join(f"http://www.paper.test/l/{n}\n" for n in range(12))
    (tmp_path / "list.txt").write_text(lists)
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "list"\nlist = "list.txt"\n')
    for number in range(12):
        web.article(f"/l/{number}")
    web.open.clear()
    line, named = command(tmp_path, "due", web=web)
    with subprocess.Popen(line, **named, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as first:
        while not web.asked:
            time.sleep(0.05)
        line, named = command(tmp_path, *second, web=web)
        done = forked(line, **named, timeout=60)
        web.open.set()
        told, _ = first.communicate(timeout=60)
    assert (first.returncode, done.returncode) == (0, 0), told + done.stdout + done.stderr
    assert "Another run is at work: " in done.stdout, done.stdout
    assert "still due" not in done.stdout
    assert ask(tmp_path, "SELECT count(*), max(turn), count(DISTINCT crawl_id) FROM checks") == [(12, 0, 1)]
    assert [path for _, path in web.paths()] == sorted(f"/l/{number}" for number in range(12)), "each was asked once"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--for", "soon"), "no time such as"), (("--lift", ""), "There is no archive.db"),
     (("--dry-run", "--status"), "either"), (("x",), "takes no 'x'"),
     (("--json",), "goes with"), (("--status",), "There is no archive.db yet")],
)  # fmt: skip
def test_bad_input_is_one_sentence(tmp_path, arguments, said):
    done = due(tmp_path, *arguments)
    assert done.returncode in {2, 4}
    assert said in done.stderr + done.stdout
    assert not (tmp_path / "archive.db").exists()


def test_a_faulty_file_stops_it(tmp_path):
    (tmp_path / "sources.toml").write_text("[[source]]\n")
    for arguments in ((), ("--status",), ("--dry-run",)):
        done = due(tmp_path, *arguments)
        assert (done.returncode, "sources.toml, line 1" in done.stderr) == (2, True), done.stdout + done.stderr


def test_a_run_for_which_nothing_is_due_loads_nothing_that_reads_pages_or_asks_for_snapshots(tmp_path):
    (line, named), heavy = command(tmp_path, "due"), ("trafilatura", "pypdfium2", "httpcore2", "aiohttp")
    line[1:1] = ["-X", "importtime"]  # of worker processes, too
    line[line.index("SNAPSHOTS_ENABLED=0")] = "SNAPSHOTS_ENABLED=1"
    ran = subprocess.run(line, **named, capture_output=True, timeout=60, check=False)
    loaded = {row.rpartition("|")[2].strip() for row in ran.stderr.splitlines() if row.startswith("import time:")}
    assert (ran.returncode, {"scrapy.core.engine", "citekeep.wayback.client"} - loaded) == (0, set()), ran.stderr[
        -2_000:
    ]
    assert loaded & set(heavy) == set()


def test_what_the_first_run_would_ask_is_told_before_there_is_an_archive(tmp_path, web):
    (tmp_path / "sources.toml").write_text(FEED)
    done = due(tmp_path, "--dry-run", web=web)
    assert done.returncode == 0, done.stderr
    assert "1 due on 1 sites" in done.stdout
    assert web.paths() == []
    assert [path.name for path in tmp_path.iterdir()] == ["sources.toml"]
