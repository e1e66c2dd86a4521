"""The whole job in the sandbox, as a person runs it: command line in, table and archive.db out."""

import gzip
import json
import os
import shutil
import subprocess
import sys

import pytest

from sandbox.run import KEYS
from tests.running import ROOT, Archived, in_sandbox

ARTICLE = "https://www.volga-observer.test/2022/01/13/a-year-of-departures"
QUICK = ["-s", "DOWNLOAD_DELAY=0", "-s", "SNAPSHOTS_ENABLED=0"]


def crawl(folder, *arguments, stdin=None, settings=QUICK):
    """Run a crawl in the sandbox with its data in ``folder``."""
    return in_sandbox(folder, "--", "crawl", *arguments, *settings, command="run", stdin=stdin).run


def rows(folder, sql, *values):
    return Archived(folder, None).rows(sql, *values)


def test_the_table_tells_each_citation(example):
    run = example.run
    assert "A Year of Departures" in run.stdout
    assert run.stderr == "", "no sentence about keys where there are some"
    for words in ("Ural Wire reported", "dns nxdomain", "bot wall", "not found", "404", "403", "archive.db", "Next:"):
        assert words in run.stdout
    assert "\x1b[" not in run.stdout, "NO_COLOR"


def test_the_example_is_recorded_with_its_words(example):
    folder = example.folder
    found = {row["link_url"]: row for row in rows(folder, "select * from citation_status")}
    assert len(found) == 5
    wire = next(row for url, row in found.items() if "uralwire" in url)
    assert (wire["verdict"], wire["verdict_group"], wire["status"], wire["is_external"]) == (
        "dns_nxdomain",
        "dead",
        None,
        1,
    )
    assert "Ural Wire" in wire["anchor_text"]
    assert wire["anchor_text"] in wire["sentence"]
    later = next(row for url, row in found.items() if "/2025/11/08/" in url)
    assert (later["verdict_group"], later["is_external"]) == ("alive", 0)
    text = rows(folder, "select * from article_texts")[0]
    assert text["published_at"] == "2022-01-13T13:40:00Z"
    assert len(text["text"]) > 2000


def snapshots(archived):
    sql = "select link_url, snapshot_url, snapshot_at, snapshot_state from citation_status order by position"
    return {row["link_url"].split("/")[2]: row for row in archived.rows(sql)}


def test_the_snapshot_shows_the_page_as_it_was_cited(example):
    """The dead page: that of January 2022, not the newest, which shows a parked domain."""
    found = snapshots(example)
    assert found["www.uralwire.test"]["snapshot_at"] == "2022-01-14T08:30:15Z"
    assert "2022-01-14" in example.run.stdout
    assert "2023-05-11" not in example.run.stdout
    assert found["www.radio-meridian.test"]["snapshot_at"] == "2021-11-20T12:24:59Z"
    assert found["www.volga-observer.test"]["snapshot_at"] > "2026"
    for host in ("statistics.test", "www.ledger-of-record.test"):
        assert (found[host]["snapshot_url"], found[host]["snapshot_state"]) == (None, "absent")


def test_what_was_asked_of_the_archive_is_in_the_ledger(example):
    sql = "select l.url, s.mode, s.state from saves s join links l on l.id = s.link_id"
    states = {row["url"].split("/")[2]: (row["mode"], row["state"]) for row in example.rows(sql)}
    assert states == {
        "www.volga-observer.test": ("save", "saved"),
        "www.radio-meridian.test": ("save", "saved"),
        "www.uralwire.test": ("lookup", "verified"),
        "statistics.test": ("lookup", "absent"),
        "www.ledger-of-record.test": ("lookup", "absent"),
    }
    sql = "select to_state from save_events e join saves s on s.id = e.save_id where s.state = 'saved' order by e.id"
    assert [row["to_state"] for row in example.rows(sql)].count("submitting") == 3


def test_keys_are_nowhere(example):
    for path in example.folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            kept = gzip.decompress(raw) if path.suffix == ".gz" else raw
            assert not any(key.encode() in kept for key in KEYS.values()), path
    assert not any(key in example.run.stdout + example.run.stderr for key in KEYS.values())


def test_without_keys_the_first_sentence_says_so_and_pages_are_saved_all_the_same(tmp_path):
    options = ["--no-keys", "--", "-s", "DOWNLOAD_DELAY=0", "-s", "SNAPSHOT_WAIT=8"]
    archived = in_sandbox(tmp_path, *options)
    assert archived.run.returncode == 0, archived.run.stderr
    first = (archived.run.stderr + archived.run.stdout).splitlines()[0]
    assert first.startswith("No keys for Save Page Now")
    assert "https://archive.org/account/s3.php" in first
    saved = archived.rows("select count(*) n from saves where state = 'saved'")[0]["n"]
    assert saved in {1, 2}, "three a minute are allowed, of which the ledger leaves a fifth alone"
    waiting = archived.rows("select state from saves where mode = 'save' and state not in ('saved', 'verified')")
    assert len(waiting) == 3 - saved
    assert {row["state"] for row in waiting} == {"wanted"}


def test_hops_keep_every_exchange(example):
    folder = example.folder
    hops = rows(
        folder,
        "select p.* from captures p join checks c on c.id = p.check_id join links l on l.id = c.link_id"
        " where l.url like 'http://www.radio-meridian.test/%' and p.purpose in ('page', 'hop') order by p.id",
    )
    assert [(row["hop"], row["status"]) for row in hops] == [(0, 301), (1, 301), (2, 200)]
    assert all(row["ip"] == "127.0.0.1" and row["total_ms"] is not None and row["warc_id"] for row in hops)
    assert json.loads(hops[-1]["tls"])["faults"] == []


def test_the_same_article_again_adds_checks_and_no_duplicates(example, tmp_path):
    folder = shutil.copytree(example.folder, tmp_path / "copy")
    before = rows(folder, "select (select count(*) from links) links, (select count(*) from citations) citations,"
                  " (select count(*) from checks) checks, (select count(*) from documents) documents")[0]  # fmt: skip
    again = crawl(folder, "article", "-a", f"url={ARTICLE}")
    assert again.returncode == 0
    after = rows(folder, "select (select count(*) from links) links, (select count(*) from citations) citations,"
                 " (select count(*) from checks) checks, (select count(*) from documents) documents")[0]  # fmt: skip
    assert (after["links"], after["citations"], after["documents"]) == (
        before["links"],
        before["citations"],
        before["documents"],
    )
    assert after["checks"] == 2 * before["checks"]


def test_every_capture_with_a_place_is_in_its_warc(example):
    folder = example.folder
    from citekeep.items import WarcRef
    from citekeep.warc.reader import read

    captures = rows(
        folder, 'select w.name, p."offset" as place, p.length, p.url from captures p join warcs w on w.id = p.warc_id'
    )
    assert len(captures) > 10
    for row in captures:
        stored = read(folder / "warcs", WarcRef(name=row["name"], offset=row["place"], length=row["length"]))
        assert stored.url == row["url"]


def test_a_url_may_be_long(tmp_path):
    run = crawl(tmp_path, "article", "-a", f"url=https://good-tls.test/{'p' * 3000}")
    assert run.returncode in {0, 5}, run.stderr
    assert rows(tmp_path, "select count(*) n from checks where length(requested_url) > 3000") == [{"n": 1}]


def test_no_folder_to_write_to_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    run = crawl(tmp_path / "file", "article", "-a", "url=https://good-tls.test/")
    assert run.returncode == 4
    assert run.stderr.startswith("Cannot write to")
    assert "Traceback" not in run.stderr


def test_make_hands_on_a_url_as_it_stands(tmp_path):
    url = "http://nope.invalid/$x/it's;touch${IFS}x"
    run = subprocess.run(
        ["make", "-o", ".venv/.ready", "run", f"URL={url}", f"PY={sys.executable}"],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert rows(tmp_path, "select requested_url u from checks") == [{"u": url}], run.stderr


def test_a_file_is_private_until_published(tmp_path):
    document = tmp_path / "article.txt"
    document.write_bytes((ROOT / "examples" / "article.txt").read_bytes())
    run = crawl(tmp_path, "article", "-a", f"file={document}", settings=["-s", "DOWNLOAD_DELAY=0"])
    assert run.returncode == 0, run.stdout + run.stderr
    assert "private" in run.stdout
    assert rows(tmp_path, "select count(*) n from links where public = 1") == [{"n": 0}]
    assert rows(tmp_path, "select (select count(*) from saves) s, (select count(*) from lookups) l") == [
        {"s": 0, "l": 0}
    ]
    assert "file" not in rows(tmp_path, "select arguments from crawls")[0]["arguments"].replace('"source": "file"', "")


def test_lists_come_from_standard_input_and_bad_lines_are_named(tmp_path):
    lines = "# a comment\n\nhttps://good-tls.test/page\nnot a url\nftp://nowhere.test/\n"
    run = crawl(tmp_path, "article", "-a", "urls=-", stdin=lines)
    assert run.returncode == 6, run.stdout + run.stderr
    assert "line 4" in run.stderr
    assert "line 5" in run.stderr
    assert rows(tmp_path, "select count(*) n from checks") == [{"n": 1}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["article", "-a", "url=nonsense"], "nonsense"),
        (["article", "-a", "urls=/no/such/file"], "/no/such/file"),
        (["article", "-a", "file=/no/such/file.txt"], "/no/such/file.txt"),
        (["article", "-a", "publish=maybe", "-a", "url=https://good-tls.test/"], "maybe"),
        (["article", "-a", "colour=red"], "colour"),
        (["article", "-a", "url=https://good-tls.test/", "-s", "CONNECT_TO={\"x\": \"nowhere\"}"], "CONNECT_TO"),
        (["article", "-a", "url=https://good-tls.test/", "-s", "ADDRESS_GUARD_ALLOW=a b"], "ADDRESS_GUARD_ALLOW"),
        (["article", "-a", "url=https://good-tls.test/", "-s", "WARC_MAXSIZE=fast"], "WARC_MAXSIZE"),
        (["article", "-a", "url=https://good-tls.test/", "-s", "CONCURRENT_REQUESTS=0"], "CONCURRENT_REQUESTS"),
        (["article", "-a", "url=https://good-tls.test/", "-s", "CHECK_AFTER_DAYS=1e99"], "CHECK_AFTER_DAYS"),
        (["article", "-a", "url=https://good-tls.test/", "-s", "ROBOTSTXT_OBEY=maybe"], "ROBOTSTXT_OBEY"),
        (["article", "-a", "url=https://good-tls.test/", "-s", "FINGERPRINTS=/no/such.csv"], "/no/such.csv"),
        (["article", "-a", "url=https://good-tls.test/", "-s", "CONTROL_URLS=example.org"], "CONTROL_URLS"),
        (["nospider"], "nospider"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, arguments, words):
    run = crawl(tmp_path, *arguments)
    assert run.returncode == 2, run.stdout + run.stderr
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_a_database_that_is_none_is_left_alone(tmp_path):
    (tmp_path / "archive.db").write_bytes(b"no database at all" * 100)
    run = crawl(tmp_path, "article", "-a", "url=https://good-tls.test/page")
    assert run.returncode in {2, 4}
    assert "archive.db" in run.stderr
    assert "Traceback" not in run.stderr
    assert (tmp_path / "archive.db").read_bytes().startswith(b"no database")


def test_an_article_that_cannot_be_read_has_its_own_exit_code(tmp_path):
    run = crawl(tmp_path, "article", "-a", "url=https://no-such-host.test/page")
    assert run.returncode == 5, run.stdout + run.stderr


def test_what_looks_secret_is_listed_and_never_asked(tmp_path):
    document = tmp_path / "draft.txt"
    document.write_text(
        "The committee wrote a letter, which we have seen.\n\n"
        "https://good-tls.test/page?access_token=abcdef0123456789abcdef0123456789\n"
        "https://good-tls.test/unsubscribe?user=7\n",
        encoding="utf-8",
    )
    run = crawl(tmp_path, "article", "-a", f"file={document}")
    assert run.returncode == 0, run.stdout + run.stderr
    found = {row["reason"] for row in rows(tmp_path, "select reason from checks where reason is not null")}
    assert {"looks_secret", "acts_on_get"} <= found
    assert rows(tmp_path, "select count(*) n from captures where url like '%good-tls%'") == [{"n": 0}]
    assert "not asked" in run.stdout
