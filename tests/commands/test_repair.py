"""``scrapy repair``: what mends an article, with snapshots read back just now, and reasons for what is left alone."""

import csv
import io
import json
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from citekeep.cards.repair import Repair, robust_link, wiki_parameters
from tests.running import copy_of, in_sandbox

ARTICLE = "https://www.volga-observer.test/2022/01/13/a-year-of-departures"
GONE = "https://www.uralwire.test/en/2022-01-13/fifteen_hundred_activists_and_journalists_gone_in_one_year"
SHOWN = f"https://web.archive.org/web/20220114083015/{GONE}"


@pytest.fixture(scope="module")
def archived(tmp_path_factory, example):
    return copy_of(example, tmp_path_factory.mktemp("repair") / "data")


def change(archived, sql, *values):
    with closing(sqlite3.connect(archived.archive)) as connection, connection:
        assert connection.execute(sql, values).rowcount > 0


def repair(archived, *arguments):
    return in_sandbox(archived.folder, "--", "repair", *arguments, command="run").run


@pytest.fixture(scope="module")
def dead(archived):
    """The archive, after days in which the dead link died."""
    change(archived, "UPDATE links SET standing = 'dead', strikes = 3 WHERE url = ?", GONE)
    return archived


def test_what_is_in_doubt_is_left_alone(archived):
    done = repair(archived, ARTICLE, "--offline")
    assert (done.returncode, done.stdout) == (5, "")
    assert f"Left alone: {GONE}: not decided yet: its standing is doubtful, strike 1." in done.stderr
    assert "a person with a browser may see the page" in done.stderr


def test_a_snapshot_is_read_back_before_it_is_offered(dead):
    change(dead, "UPDATE mementos SET verified_at = '2026-01-01T00:00:00Z' WHERE memento_url = ?", SHOWN)
    done = repair(dead, ARTICLE, "--offline")
    assert f"{GONE}: its snapshot was last read back on 2026-01-01, and not just now." in done.stderr
    done = repair(dead, ARTICLE)
    assert "Reading 1 snapshots back" in done.stderr
    link = html.fromstring(done.stdout)
    assert dict(link.attrib) == {
        "href": SHOWN, "data-originalurl": GONE, "data-versionurl": SHOWN, "data-versiondate": "2022-01-13",
    }  # fmt: skip
    assert link.text == "the Yekaterinburg news site Ural Wire reported"
    (row,) = dead.rows("SELECT verified_at, quality FROM mementos WHERE memento_url = ?", SHOWN)
    assert row["verified_at"] > "2026-01-01"
    assert row["quality"] == "verified"


def test_what_a_wiki_takes(dead):
    done = repair(dead, ARTICLE, "--format", "wiki")
    assert done.stdout == f"|url={GONE} |archive-url={SHOWN} |archive-date=2022-01-14 |url-status=dead\n"


def test_rows_for_programs_and_those_that_are_alive(dead):
    told = json.loads(repair(dead, ARTICLE, "--format", "json", "--alive").stdout)
    statuses = {one["url"]: one["url_status"] for one in told["repairs"]}
    assert statuses[GONE] == "dead"
    assert set(statuses.values()) == {"dead", "live"}
    live = next(one for one in told["repairs"] if one["url_status"] == "live")
    assert html.fromstring(live["html"]).get("href") == live["url"], "it is there: the link stays what it is"
    (row,) = csv.DictReader(io.StringIO(repair(dead, ARTICLE, "--format", "csv").stdout))
    assert (row["url"], row["version_url"], row["url_status"]) == (GONE, SHOWN, "dead")


def test_of_a_snapshot_that_turned_bad_the_next_best_is_offered(dead):
    change(dead, "UPDATE mementos SET quality = 'rejected' WHERE memento_url = ?", SHOWN)
    link = html.fromstring(repair(dead, ARTICLE).stdout)
    assert link.get("href") == SHOWN.replace("20220114083015", "20220220191142")
    change(dead, "UPDATE mementos SET quality = 'rejected' WHERE memento_url LIKE '%uralwire%'")
    assert repair(dead, ARTICLE, "--offline").stdout == ""
    change(dead, "UPDATE mementos SET quality = 'verified' WHERE memento_url = ?", SHOWN)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["https://nothing.test/"], "is not in this archive"),
        ([GONE], "cites nothing"),
        ([], "Name one article"),
        ([ARTICLE, "--format", "bbcode"], "bbcode"),
    ],
)
def test_bad_input_is_one_sentence(archived, arguments, sentence):
    done = repair(archived, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


URLS = st.text(max_size=60).map(lambda text: f"https://a.test/{text}")


@given(URLS, st.text(max_size=40), st.sampled_from(["dead", "live", "usurped"]))
def test_no_text_breaks_out(url, anchor, status):
    one = Repair(
        url=url, anchor=anchor, cited_on=None, version_url=f"https://web.archive.org/web/20220114083015/{url}",
        version_at="2022-01-14T08:30:15Z", url_status=status, reviewed_by=None,
    )  # fmt: skip
    link = html.fromstring(robust_link(one))
    assert link.tag == "a"
    assert len(list(link.iter())) == 1
    parameters = wiki_parameters(one)
    assert parameters.count("|") == 4
    assert not set("[]{}<>") & set(parameters)
