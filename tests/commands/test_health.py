"""``scrapy health``, ``digest`` and ``backup``, and what a run leaves, as processes on a real archive."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.test_due import due
from tests.forked import forked
from tests.spiders.test_feed import FEED, Web, ask, later

ROOT = Path(__file__).resolve().parents[2]


pytestmark = pytest.mark.timeout(400)  # many processes, one after another


@pytest.fixture
def web():
    with Web() as web:
        yield web


def scrapy(folder, *arguments, **environment):
    return forked(
        [sys.executable, "-m", "scrapy", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
        env=os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "160", "NO_COLOR": "1"} | environment,
    )  # fmt: skip


def change(folder, sql, *values):
    with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
        connection.execute(sql, values)


def test_a_morning(tmp_path, web):
    """An archivist's first days: two runs, an edit, a death, an alarm that is raised, told and over."""
    (tmp_path / "sources.toml").write_text(FEED)
    web.feed("/a/1", "/a/2", etag='"one"')
    web.article("/a/1", "http://other.test/report")
    web.article("/a/2")
    web.article("/report", host="other.test")
    done = due(tmp_path, web=web)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 new articles, 0 changed" in done.stdout, "the run ends with its digest"
    assert "By source: paper 2." in done.stdout
    names = sorted(path.name for path in (tmp_path / "digests").iterdir())
    assert [name.rpartition(".")[2] for name in names] == ["html", "json", "txt"]

    later(tmp_path)
    web.feed("/a/1", "/a/2", etag='"two"')
    web.article(
        "/a/1",
        "http://other.test/report",
        text="The council opened the bridge again, to everybody's surprise, and said that it had never been closed for"
        " good at all.",
    )
    change(tmp_path, "UPDATE sources SET failures = 9, failing_since = '2026-01-01T00:00:00Z'")
    change(tmp_path, "UPDATE source_articles SET first_listed_at = '2026-01-01T00:00:00Z'")
    done = due(tmp_path, "-s", "DISK_FULL_DAYS=0", web=web)
    assert done.returncode == 0, "the feed answers again: no alarm"
    told = json.loads(scrapy(tmp_path, "digest", "--last", "--format", "json").stdout)
    assert (told["counts"]["articles_new"], told["counts"]["articles_changed"]) == (0, 1)
    (changed,) = told["sections"]["changed_articles"]["shown"]
    assert changed["url"] == "http://www.paper.test/a/1"
    assert any("never been closed" in edit["text"] for edit in changed["edits"])
    both = json.loads(scrapy(tmp_path, "digest", "--since", "1d", "--format", "json").stdout)
    assert (both["counts"]["articles_new"], both["counts"]["articles_changed"], both["run_total"]) == (2, 1, 2)
    assert ask(tmp_path, "SELECT articles_new, articles_changed FROM run_history ORDER BY started_at, 1 DESC") == [
        (2, 0),
        (0, 1),
    ]

    marker = tmp_path / "told.json"
    hook = f"{sys.executable} -c \"import sys, pathlib; pathlib.Path(r'{marker}').write_text(sys.stdin.read())\""
    change(tmp_path, "UPDATE warcs SET sha256 = 'ff' || substr(sha256, 3) WHERE id = 1")
    done = scrapy(tmp_path, "health", "--warcs", CITEKEEP_ALARM_COMMAND=hook)
    assert done.returncode == 11, done.stdout + done.stderr
    assert "warc_damaged (11)" in done.stdout
    assert "raised just now" in done.stdout
    assert json.loads(marker.read_text())["raised"][0]["name"] == "warc_damaged"
    marker.unlink()
    (tmp_path / "sources.toml").write_text(FEED + '[[source]]\nname = "by-hand"\nlist = "list.txt"\n')
    (tmp_path / "list.txt").write_text("not a url\n")
    done = due(tmp_path, web=web)
    assert done.returncode == 11, "it stands, and a bad line of a list hides it not"
    assert "line 1: not a url: There is a space" in done.stderr
    assert "It stands in the list of by-hand." in done.stderr
    again = scrapy(tmp_path, "health", "--json", CITEKEEP_ALARM_COMMAND=hook)
    assert (again.returncode, json.loads(again.stdout)["exit_code"], json.loads(again.stdout)["raised"]) == (11, 11, [])
    assert not marker.exists(), "told once"
    (name,) = {one["subject"] for one in json.loads(again.stdout)["alarms"]}
    (tmp_path / "warcs" / name).rename(tmp_path / "gone")
    assert "is not there" in scrapy(tmp_path, "health", "--warcs").stdout
    (tmp_path / "gone").rename(tmp_path / "warcs" / name)
    import hashlib

    change(
        tmp_path,
        "UPDATE warcs SET sha256 = ? WHERE id = 1",
        hashlib.sha256((tmp_path / "warcs" / name).read_bytes()).hexdigest(),
    )
    done = scrapy(tmp_path, "health", "--warcs", CITEKEEP_ALARM_COMMAND=hook)
    assert (done.returncode, "Over: warc_damaged" in done.stdout) == (0, True)
    assert json.loads(marker.read_text())["cleared"][0]["name"] == "warc_damaged"


def test_too_little_room_begins_no_run_and_is_an_alarm(tmp_path, web):
    (tmp_path / "sources.toml").write_text(FEED)
    web.feed("/a/1", etag='"one"')
    web.article("/a/1")
    assert due(tmp_path, web=web).returncode == 0
    web.paths()
    later(tmp_path)
    done = due(tmp_path, "-s", f"DISK_FREE_MIN={10**15}", web=web)
    assert done.returncode == 12
    assert done.stderr.count("DISK_FREE_MIN asks for") == 2, "the sentence, and the alarm"
    assert web.paths() == []
    assert scrapy(tmp_path, "health", "-s", f"DISK_FREE_MIN={10**15}").returncode == 12
    assert due(tmp_path, web=web).returncode == 0, "there is room: it goes on, and the alarm is over"


def test_a_disk_that_fills_during_a_run_ends_it_and_the_next_goes_on(tmp_path, web):
    (tmp_path / "list.txt").write_text("".join(f"http://www.paper.test/l/{n}\n" for n in range(12)))
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "list"\nlist = "list.txt"\n')
    for number in range(12):
        web.article(f"/l/{number}")
    hook = "import citekeep.health.disk as d; r = d.free; n = [0]\n" \
        "def free(places):\n    n[0] += 1\n    return r(places) if n[0] < 3 else 5\nd.free = free"  # fmt: skip
    runner = tmp_path / "run.py"
    main = "from scrapy.cmdline import execute\nimport sys\nif __name__ == '__main__':\n    execute(['scrapy'] + sys.argv[1:])\n"
    runner.write_text(f"{hook}\n{main}")
    settings = {
        "DOWNLOAD_DELAY": "0.5", "SNAPSHOTS_ENABLED": "0", "EXTRACT_WORKERS": "1", "PROBES_ENABLED": "0", "DISK_CHECK_EVERY": "1",
        "CONNECT_TO": f'{{"*.test": "127.0.0.1:{web.port}"}}', "ADDRESS_GUARD_ALLOW": f"*.test:{web.port}",
    }  # fmt: skip
    arguments = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    done = subprocess.run(
        [sys.executable, str(runner), "due", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
        env=os.environ | {"CITEKEEP_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 12, done.stdout + done.stderr
    assert "Only 5 bytes are free" in done.stderr
    checked = len(ask(tmp_path, "SELECT 1 FROM checks"))
    assert checked < 12
    assert ask(tmp_path, "SELECT finish_reason, checks FROM run_history") == [("no_room", checked)]
    assert due(tmp_path, web=web).returncode == 0
    assert ask(tmp_path, "SELECT count(*), max(turn), sum(resumes_id) FROM checks, crawls WHERE crawls.id = 2") == [
        (12, 0, 12)
    ]


def test_a_backup_by_hand_and_when_it_is_time(tmp_path, web):
    (tmp_path / "sources.toml").write_text(FEED)
    web.feed("/a/1", etag='"one"')
    web.article("/a/1")
    assert due(tmp_path, web=web).returncode == 0
    done = scrapy(tmp_path, "backup")
    assert done.returncode == 0, done.stderr
    (copy,) = (tmp_path / "backups").glob("*.db")
    assert scrapy(tmp_path, "backup", "--check", str(copy)).returncode == 0
    change(tmp_path, "UPDATE backups SET made_at = '2026-01-01T00:00:00Z'")
    done = scrapy(tmp_path, "health")
    assert (done.returncode, "backup_old (14)" in done.stdout) == (14, True)
    assert due(tmp_path, web=web).returncode == 0, "it made one"
    assert ask(tmp_path, "SELECT outcome FROM backups") == [("good",), ("good",)]
    with copy.open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\xff" * 9000)
    done = scrapy(tmp_path, "backup", "--check", str(copy))
    assert (done.returncode, "its sum is not the one" in done.stderr) == (13, True)
    (tmp_path / "blocked").write_text("")
    done = scrapy(tmp_path, "backup", "--to", str(tmp_path / "blocked" / "x"))
    assert (done.returncode, done.stderr) == (13, "No backup could be made: Not a directory.\n")
    assert scrapy(tmp_path, "health").returncode == 0, "whoever made it by hand was told"
    assert "/" not in str(ask(tmp_path, "SELECT name, reason FROM backups")), "no path is kept"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("health", "x"), 2, "takes no 'x'"), (("health", "--sample", "3"), 2, "--warcs"), (("health",), 4, "no archive.db yet"),
        (("health", "-s", "ALARM_WEBHOOK=secret"), 2, "ALARM_WEBHOOK is no http"),
        (("health", "-s", "OUTLET_ARTICLES=many"), 2, "OUTLET_ARTICLES"),
        (("digest", "--run", "7"), 4, "no archive.db yet"), (("digest", "--limit", "-1"), 2, "--limit"),
        (("digest", "--last", "--since", "1d"), 2, "not allowed with"),
        (("backup",), 4, "no archive.db yet"), (("backup", "--keep", "0"), 2, "--keep"),
        (("backup", "--check", "nowhere.db"), 2, "There is no backup nowhere.db"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(tmp_path, arguments, code, said):
    done = scrapy(tmp_path, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "archive.db").exists()


def test_bad_input_on_an_archive(tmp_path):
    from citekeep import database

    database.connect(tmp_path / "archive.db").close()
    for arguments, said in (
        (("digest",), "No run yet"), (("digest", "--run", "7"), "There is no run 7"),
        (("digest", "--since", "soon"), "is no time such as"),
        (("digest", "--since", "2999-01-01"), "has not come yet"),
        (("digest", "--since", "999999w"), "is no time such as"),
        (("digest", "--run", "99999999999999999999"), "There is no run"),
        (("health", "--warcs", "--sample", "99999999999999999999"), "from 1 to 1,000,000"),
        (("health", "-s", "FEED_FAILURES=1.0"), "FEED_FAILURES: '1.0' is no whole number"),
        (("health", "-s", "USER_AGENT="), "USER_AGENT: '' is no line of ASCII"),
    ):  # fmt: skip
        done = scrapy(tmp_path, *arguments)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    done = scrapy(tmp_path, "digest", "--since", "1d", "-o", str(tmp_path / "no" / "x.txt"))
    assert (done.returncode, "cannot be written" in done.stderr) == (4, True), done.stderr
    done = scrapy(tmp_path, "health")
    assert (done.returncode, done.stdout) == (0, "Nothing is wrong: no alarm stands.\n")
