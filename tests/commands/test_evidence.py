"""``scrapy evidence``: a card for each citation, looked at just now; nothing is published by asking."""

import importlib.util
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep import database
from citekeep.cards import find
from citekeep.exceptions import InputError
from tests.running import ROOT, copy_of, in_sandbox

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).parent.parent / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE = "https://www.volga-observer.test/2022/01/13/a-year-of-departures"
GONE = "https://www.uralwire.test/en/2022-01-13/fifteen_hundred_activists_and_journalists_gone_in_one_year"
NAMED = "SELECT (SELECT count(*) FROM lookups) AS lookups, (SELECT count(*) FROM save_events) AS events"


@pytest.fixture(scope="module")
def archived(tmp_path_factory, example):
    return copy_of(example, tmp_path_factory.mktemp("evidence") / "data")


def evidence(archived, *arguments):
    return in_sandbox(archived.folder, "--", "evidence", *arguments, command="run").run


def checks(archived):
    return archived.rows("SELECT count(*) AS n FROM checks")[0]["n"]


def test_a_card_for_each_citation_of_an_article(archived):
    before, named = checks(archived), archived.rows(NAMED)
    done = evidence(archived, ARTICLE, "--json", "-s", "DOWNLOAD_DELAY=0")
    assert done.returncode == 0, done.stderr
    cards = {card["link_url"]: card for card in json.loads(done.stdout)}
    assert checks(archived) == before + len(cards)
    gone = cards[GONE]
    assert gone["now"]["sentence"] == "There is no such domain."
    assert (gone["now"]["standing"], gone["now"]["strikes"]) == ("doubtful", 1), "a day has one strike"
    assert gone["snapshot"]["at"][:10] == "2022-01-14"
    assert gone["cited"]["on"] == "2022-01-13"
    assert archived.rows(NAMED) == named, "to ask for evidence names nothing to anybody"


def test_a_link_in_other_spellings_as_people_read_it(archived):
    before = checks(archived)
    done = evidence(archived, "http://uralwire.test/" + GONE.split("/", 3)[3] + "/?utm_source=x#top", "--lang", "ru")
    assert done.returncode == 0, done.stderr
    assert checks(archived) == before + 1
    for said in ("Then", "Now", "Because", "Since when", "How sure", "What to do", "Reference", "Cite the snapshot."):
        assert said in done.stdout
    assert "домена" in done.stdout


def test_a_link_that_nothing_cites_is_checked_and_stays_private(archived):
    named = archived.rows(NAMED)
    done = evidence(archived, "statistics.test/never-seen")
    assert done.returncode == 0, done.stderr
    assert "by no article of this archive" in done.stdout
    assert "not found, 404" in done.stdout
    assert archived.rows("SELECT public FROM links WHERE url = 'https://statistics.test/never-seen'") == [{"public": 0}]
    assert archived.rows(NAMED) == named


def test_offline_asks_nobody(archived):
    before = checks(archived)
    done = evidence(archived, GONE, "--offline")
    assert (done.returncode, checks(archived)) == (0, before)
    assert "There is no such domain." in done.stdout
    assert done.stderr == ""


def test_what_another_run_keeps_is_told_from_before(archived):
    writer = database.Writer(archived.archive)
    try:
        _, other = fill.begin(writer, run="other", seconds=300)
        with closing(database.connect(archived.archive)) as connection, connection:
            connection.execute("UPDATE links SET next_check_at = '2020-01-01T00:00:00Z' WHERE url = ?", (GONE,))
        (lease,) = writer.run_sync(lambda c: claims_of(c, other))
        done = evidence(archived, GONE, "--seconds", "10")
        assert done.returncode == 5, done.stderr
        assert f"Not looked at now: {GONE} (last looked at on" in done.stderr
        assert "There is no such domain." in done.stdout
    finally:
        writer.run_sync(lambda c: c.execute("UPDATE sites SET claimed_by = NULL, claimed_until = NULL").rowcount)
        writer.close()
    assert lease.site == "uralwire.test"


def claims_of(connection, frontier):
    from citekeep import claims

    return claims.claim(connection, frontier.terms, 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["no url at all"], "no url at all"),
        (["mailto:a@b.test"], "mailto"),
        (["--", "--offline"], "'--offline' is no usable URL"),
        (["https://nothing.test/", "--offline"], "is not in this archive"),
        ([GONE, "--seconds", "0"], "--seconds: 0 is no number"),
        ([], "Name one URL"),
        ([GONE, GONE], "Name one URL"),
        ([GONE, "-s", "DOWNLOAD_DELAY=x"], "DOWNLOAD_DELAY"),
    ],
)
def test_bad_input_is_one_sentence(archived, arguments, sentence):
    done = evidence(archived, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_offline_without_an_archive_makes_none(tmp_path):
    class Nothing:
        folder = tmp_path

    done = evidence(Nothing, GONE, "--offline")
    assert (done.returncode, list(tmp_path.iterdir())) == (4, [])
    assert "archive an article first" in done.stderr


def test_make_check_hands_the_url_on_as_it_is_written(tmp_path):
    url = "mailto:$(touch x)'a b"
    make = subprocess.run(
        ["make", "-o", "setup", "check", f"PY={sys.executable}", f"URL={url}"],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert make.returncode == 2
    assert url in make.stderr
    assert "Usage" not in make.stdout


@given(st.text(max_size=80))
def test_any_text_names_a_url_or_none(text):
    try:
        url = find.address(text)
    except InputError:
        return
    assert url.startswith(("http://", "https://"))
    assert all(spelling.startswith(("http://", "https://")) for spelling in find.spellings(url))
