"""``scrapy due``: all whose time has come, feeds first, within a time; and what it says without asking anybody."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spiders.test_feed import FEED, Web, ask, crawl, later

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def web():
    with Web() as web:
        yield web


def due(folder, *arguments, web=None):
    settings = {"DOWNLOAD_DELAY": "0", "SNAPSHOTS_ENABLED": "0", "EXTRACT_WORKERS": "1", "PROBES_ENABLED": "0"}
    if web is not None:
        settings |= {
            "CONNECT_TO": f'{{"*.test": "127.0.0.1:{web.port}"}}', "ADDRESS_GUARD_ALLOW": f"*.test:{web.port}",
        }  # fmt: skip
    settings = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    return subprocess.run(
        [sys.executable, "-m", "scrapy", "due", *arguments, *settings],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "160"}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--for", "soon"), "no time such as"), (("--dry-run", "--status"), "either"), (("x",), "takes no 'x'"),
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
