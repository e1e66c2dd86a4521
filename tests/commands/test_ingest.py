"""``scrapy ingest`` as a person runs it: in a sentence where it cannot, on where it was killed, and nobody is asked."""

import base64
import hashlib
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

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "ingest"))

import warc_files as made  # noqa: E402
from warc_files import ARTICLE, CITED, Warc, article, page, usual, wacz  # noqa: E402

from tests.forked import forked  # noqa: E402
from tests.running import in_sandbox  # noqa: E402

NEWS = ("--articles", "news.test/2015/*")
NOBODY_IS_ASKED = """
import sys

def refuse(event, arguments):
    if event in {"socket.getaddrinfo", "socket.sendto"} or (event == "socket.connect" and isinstance(arguments[1], tuple)):
        with open(%r, "a") as told:
            told.write(f"{event} {arguments[1:]}\\n")
        raise OSError("somebody was asked")

sys.addaudithook(refuse)
"""
"""In every process, the workers too: local sockets, by which processes talk, have a path for an address."""


def command(folder, *arguments):
    return {
        "args": [sys.executable, "-m", "scrapy", *arguments],
        "cwd": ROOT,
        "env": os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        "text": True,
    }


def run(folder, *arguments, env=None):
    told = command(folder, *arguments)
    if env is None:
        return forked(told.pop("args"), **told, timeout=110)
    told["env"] |= env  # which may be for Python's start
    return subprocess.run(**told, capture_output=True, timeout=110, check=False)


def ask(folder, sql):
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return connection.execute(sql).fetchall()


def state(folder):
    return [
        ask(folder, sql)
        for sql in (
            "SELECT l.url, c.checked_at, j.verdict FROM checks AS c JOIN links AS l ON l.id = c.link_id"
            " JOIN judgements AS j ON j.check_id = c.id ORDER BY 1, 2",
            "SELECT url, turn, standing, strikes, alive_until FROM links ORDER BY 1",
            "SELECT fingerprint FROM citations ORDER BY 1",
            "SELECT record_id, count(*) FROM imports GROUP BY 1 ORDER BY 1",
            "SELECT l.url, v.title, v.place FROM versions AS v JOIN articles AS a ON a.id = v.article_id"
            " JOIN links AS l ON l.id = a.link_id ORDER BY 1, 3",
            "SELECT name, records FROM warcs ORDER BY 1",
        )
    ]


def many(path):
    """Write some articles, each in two versions, with what they cite; as one gzip stream, so that it is packed anew."""
    warc = Warc(gz="whole").info()
    for number in range(8):
        cited = f"http://source.test/{number}"
        for year in (2019, 2016):
            at = f"{year}-01-0{number + 1}T00:00:00Z"
            warc.add(f"http://news.test/2015/{number}", article(cited, CITED, title=f"Of {year}"), at=at)
        for year, status in ((2017, "200 OK"), (2020, "404 Not Found"), (2021, "404 Not Found")):
            warc.add(cited, page(f"Source {number}"), at=f"{year}-01-01T00:00:00Z", status=status)
    warc.add(CITED, page("The report"), at="2018-01-01T00:00:00Z")
    return warc.write(path)


def test_nobody_is_asked_by_any_process_and_the_end_says_what_came_in(tmp_path):
    path = usual().write(tmp_path / "a.warc.gz")
    hook, log = tmp_path / "hook", tmp_path / "asked"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(NOBODY_IS_ASKED % str(log))
    done = run(tmp_path / "data", "ingest", str(path), *NEWS, env={"PYTHONPATH": str(hook)})
    assert (done.returncode, done.stderr) == (0, "")
    assert not log.exists()
    assert "7 records read in 1 file; 3 checks came in, dated 2015-03-01 to 2015-03-02." in done.stdout
    assert "1 article new; 1 version of articles; 3 citations found; 3 documents." in done.stdout
    assert "of pages that no article of this archive cites" in done.stdout
    told = json.loads(run(tmp_path / "data", "ingest", str(path), *NEWS, "--json").stdout)
    assert (told["checks"], told["left_out"]) == (0, {"already": 3, "not_cited": 2})
    asked = subprocess.run(
        [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"],
        env=os.environ | {"PYTHONPATH": str(hook)}, capture_output=True, check=False,
    )  # fmt: skip
    assert b"somebody was asked" in asked.stderr, "the hook would have seen it"


def checks(folder):
    try:
        return ask(folder, "SELECT count(*) FROM checks")[0][0]
    except sqlite3.Error:
        return 0


MOMENTS = {
    "while it reads the files": lambda folder: any(folder.glob("warcs/.ingest-*/*.warc.gz")),
    "after the first check": lambda folder: checks(folder) > 0,
    "within the articles": lambda folder: checks(folder) > 9,
    "within what they cite": lambda folder: checks(folder) > 24,
}


@pytest.mark.timeout(400)
def test_killed_at_any_moment_the_same_command_goes_on(tmp_path):
    path = many(tmp_path / "a.warc.gz")
    whole = run(tmp_path / "undisturbed", "ingest", str(path), *NEWS)
    assert whole.returncode == 0, whole.stderr
    folder = tmp_path / "killed"
    for moment in MOMENTS.values():
        process = subprocess.Popen(
            **command(folder, "ingest", str(path), *NEWS),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        while process.poll() is None and not moment(folder):
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = run(folder, "ingest", str(path), *NEWS)
    assert done.returncode == 0, done.stderr
    assert state(folder) == state(tmp_path / "undisturbed")
    assert {one.name.partition("-")[0] for one in (folder / "warcs").iterdir()} == {"import"}, (
        "no working folder is left"
    )


def test_ctrl_c_ends_it_with_a_sentence(tmp_path):
    path = many(tmp_path / "a.warc.gz")
    process = subprocess.Popen(
        **command(tmp_path / "data", "ingest", str(path), *NEWS), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while not (tmp_path / "data" / "archive.db").exists():
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) in [(3, "Stopped: what came in is kept, the same command goes on.\n"), (0, "")]
    assert run(tmp_path / "data", "ingest", str(path), *NEWS).returncode == 0


def test_everything_works_on_what_came_in(tmp_path):
    """Cards, tables, differences, and a new judgement: of a revisit too, whose body lies in another record."""
    folder, body = tmp_path / "data", page("The report")
    digest = "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()
    warc = usual()
    warc.add(
        ARTICLE, article(CITED, title="A later title", extra="They had added a sentence."), at="2016-01-01T00:00:00Z"
    )
    warc.revisit(CITED, digest, at="2017-01-01T00:00:00Z")
    done = run(folder, "ingest", str(warc.write(tmp_path / "a.warc.gz")), *NEWS)
    assert done.returncode == 0, done.stderr
    (tmp_path / "a.warc.gz").unlink()
    card = run(folder, "evidence", CITED, "--offline")
    assert card.returncode == 0, card.stderr
    assert "2017-01-01" in card.stdout
    assert CITED in run(folder, "linkrot", ARTICLE, "--format", "json").stdout
    difference = run(folder, "diff", ARTICLE)
    assert difference.returncode == 0, difference.stderr
    assert "They had added a sentence." in difference.stdout
    before = ask(folder, "SELECT check_id, verdict FROM judgements ORDER BY 1")
    with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
        connection.executescript(
            "UPDATE judgements SET rules_version = rules_version - 1; UPDATE documents SET extractor_version = 'old'"
        )
    anew = run(folder, "rejudge", "--json")
    assert anew.returncode == 0, anew.stdout
    told = json.loads(anew.stdout)
    assert (told["checks"], told["changed"], told["not_read"]) == (len(before), 0, 0)


def test_a_crawl_of_another_archive_comes_in_as_it_was_judged_and_what_it_lacks_is_checked_next(tmp_path, example):
    """What was asked beside a page (probes) is not known here, and what never answered has no record."""
    folder = tmp_path / "data"
    warcs = [str(path) for path in sorted((example.archive.parent / "warcs").glob("*.warc.gz"))]
    done = run(folder, "ingest", *warcs, "--articles", "www.volga-observer.test/2022/01/13/*")
    assert done.returncode == 0, done.stderr
    seen = "SELECT url, verdict, standing, strikes FROM link_now ORDER BY url"
    there = {row[0]: row for row in ask(example.archive.parent, seen)}
    (gone,) = [url for url, row in there.items() if row[1] == "dns_nxdomain"]
    here = {row[0]: row for row in ask(folder, seen)}
    assert here.pop(gone)[1] is None
    assert here == {url: row for url, row in there.items() if url != gone}
    cited = "SELECT link_url, anchor_text, sentence, kind FROM citation_status ORDER BY position"
    assert ask(folder, cited) == ask(example.archive.parent, cited)
    asked = in_sandbox(folder, "--", "crawl", "links", command="run")
    assert asked.run.returncode == 0, asked.run.stdout + asked.run.stderr
    assert {row[0]: row for row in ask(folder, seen)} == there


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name one or more files"),
        (["missing.warc.gz"], "Cannot read missing.warc.gz: No such file or directory."),
        (["."], "Cannot read .: Is a directory."),
        (["README.md"], "README.md is no WARC or WACZ"),
        (["{warc}", "--articles", "*"], "is no address with a path"),
        (["{warc}", "--articles-from", "missing.txt"], "Cannot read missing.txt"),
        (["{warc}", "--copy", "--leave"], "not allowed with argument"),
        (["{warc}", "-s", "EXTRACT_WORKERS=x"], "EXTRACT_WORKERS"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_is_written(tmp_path, arguments, said):
    path = usual().write(tmp_path / "a.warc.gz")
    done = run(tmp_path / "data", "ingest", *[one.format(warc=path) for one in arguments])
    assert done.returncode == 2
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "archive.db").exists()


def test_damage_has_its_own_exit_code(tmp_path):
    forged = {"archive/data.warc.gz": "sha256:" + "0" * 64}
    path = wacz(tmp_path / "a.wacz", {"data.warc.gz": usual().bytes()}, [{"url": ARTICLE}], sums=forged)
    done = run(tmp_path / "data", "ingest", str(path))
    assert done.returncode == 5
    assert "a.wacz/data.warc.gz does not have the sum that datapackage.json names; it was left out." in done.stdout
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(usual().bytes()[:-40])
    (tmp_path / "empty.warc.gz").write_bytes(b"")
    (tmp_path / "cut.wacz").write_bytes(path.read_bytes()[:200])
    named = [str(tmp_path / name) for name in ("empty.warc.gz", "cut.wacz", "cut.warc.gz")]
    assert run(tmp_path / "data", "ingest", *named[:2], *NEWS).returncode == 2, "nothing is left to bring in"
    done = run(tmp_path / "data", "ingest", *named, *NEWS)
    assert done.returncode == 5
    assert f"Left out: {named[0]} is no WARC or WACZ" in done.stdout.replace("\n", " ")
    assert "Left out: cut.wacz cannot be read as a WACZ" in done.stdout
    assert "Damaged: cut.warc.gz at " in done.stdout
    assert made.FIRST[:10] in done.stdout
