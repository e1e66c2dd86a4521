"""The links spider: what is named is checked now, and nothing else; what is due is taken by whoever comes."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace
from unittest.mock import AsyncMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.asked_links import AskedLinks, cited_links, read_links
from citekeep.exceptions import InputError
from spiders.links import LinksSpider
from tests.running import copy_of, in_sandbox

ARTICLE = "https://www.volga-observer.test/2022/01/13/a-year-of-departures"
CHECKED = """SELECT l.url, c.turn FROM checks AS c JOIN links AS l ON l.id = c.link_id
    WHERE c.crawl_id = (SELECT max(id) FROM crawls)"""


@pytest.fixture(scope="module")
def archived(tmp_path_factory, example):
    return copy_of(example, tmp_path_factory.mktemp("links") / "data")


def crawl(archived, *arguments, stdin=None):
    quick = ("-s", "SNAPSHOT_WAIT=0", "-s", "DOWNLOAD_DELAY=0")
    return in_sandbox(archived.folder, "--", "crawl", "links", *arguments, *quick, command="run", stdin=stdin)


def test_what_an_article_cites_is_checked_now_and_nothing_else(archived):
    cited = {
        row["url"] for row in archived.rows("SELECT DISTINCT l.url FROM citations JOIN links AS l ON l.id = link_id")
    }
    again = crawl(archived, "-a", f"article={ARTICLE.replace('www.volga', 'WWW.Volga')}?utm_source=x#end")
    assert again.run.returncode == 0, again.run.stderr
    assert {row["url"] for row in archived.rows(CHECKED)} == cited
    assert {row["turn"] for row in archived.rows(CHECKED)} == {1}, "turns count from 0"
    assert "dns nxdomain: There is no such domain." in again.run.stdout
    assert "doubtful, strike 1;" in again.run.stdout, "two checks of one day are one strike"


def test_a_list_is_checked_and_stays_private(archived):
    asked = "https://statistics.test/never-cited\nnot a url\n\n# a word\nhttps://statistics.test/never-cited#part\n"
    done = crawl(archived, "-a", "urls=-", stdin=asked)
    assert done.run.returncode == 6, done.run.stderr
    assert "line 2: not a url" in done.run.stderr
    assert [row["url"] for row in archived.rows(CHECKED)] == ["https://statistics.test/never-cited"]
    (link,) = archived.rows("SELECT public FROM links WHERE url = 'https://statistics.test/never-cited'")
    assert link["public"] == 0
    assert (
        archived.rows("SELECT 1 FROM saves AS s JOIN links AS l ON l.id = s.link_id WHERE l.url LIKE '%never-cited'")
        == []
    )


def test_nothing_is_asked_before_its_time(archived):
    done = crawl(archived)
    assert done.run.returncode == 0
    assert archived.rows(CHECKED) == []
    assert "0 links checked" in done.run.stdout


def test_an_article_in_any_spelling_is_one_of_this_archive(archived):
    with closing(sqlite3.connect(archived.archive)) as connection:
        url = "http://volga-observer.test/2022/01/13/a-year-of-departures/?utm_source=x"
        assert len(cited_links(connection, url)) == 5


@pytest.mark.parametrize(("anew", "since"), [(False, "2026-01-01T00:00:00Z"), (True, None)])
async def test_what_a_stopped_run_checked_is_asked_again_where_it_is_asked_anew(anew, since):
    asked = AskedLinks(urls=["https://a.test/"], anew=anew)
    spider, added = LinksSpider(asked=asked), AsyncMock()
    archive = SimpleNamespace(frontier=SimpleNamespace(add_links=added), resumed_since="2026-01-01T00:00:00Z")
    spider.crawler = SimpleNamespace(archive=archive)
    await spider.ask()
    added.assert_awaited_once_with(["https://a.test/"], public=False, since=since)
    assert ("anew" in asked.arguments()) is anew, "the one does not go on with the other"


def test_what_is_due_is_shared_by_those_who_come(archived):
    turns = {
        row["id"]: row["turn"] for row in archived.rows("SELECT id, turn FROM links WHERE next_check_at IS NOT NULL")
    }
    with closing(sqlite3.connect(archived.archive)) as connection, connection:
        connection.execute("UPDATE links SET next_check_at = '2020-01-01T00:00:00Z' WHERE next_check_at IS NOT NULL")
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: crawl(archived), range(2)))
    assert [one.run.returncode for one in runs] == [0, 0]
    after = {
        row["id"]: row["turn"] for row in archived.rows("SELECT id, turn FROM links WHERE next_check_at IS NOT NULL")
    }
    assert after.items() >= {link: turn + 1 for link, turn in turns.items()}.items(), "each was checked once"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["article=https://nothing.test/"], "is no article of this archive"),
        (["article=nonsense"], "nonsense"),
        (["urls=/nowhere/at/all"], "Cannot read /nowhere/at/all"),
        (["urls=-", "article=https://a.test/"], "not both"),
        (["publish=1"], "give one"),
        (["publish=yes", "article=https://a.test/"], "neither 1 nor 0"),
        (["url=https://a.test/"], "it knows urls, article, publish"),
    ],
)
def test_bad_input_is_one_sentence(archived, arguments, sentence):
    given = [word for argument in arguments for word in ("-a", argument)]
    done = crawl(archived, *given, stdin="")
    assert done.run.returncode == 2
    assert sentence in done.run.stderr
    assert "Traceback" not in done.run.stderr
    assert len(done.run.stderr.strip().splitlines()) == 1


@given(st.dictionaries(st.sampled_from(["article", "publish"]), st.text(max_size=30)))
def test_any_argument_is_read_or_refused(arguments):
    try:
        asked = read_links(**arguments)
    except InputError:
        return
    assert bool(asked) == bool(arguments.get("article"))
