"""What is cited by way of something else, as archive.db has it."""

import importlib.util
from pathlib import Path

import pytest

from citekeep import clock, database
from citekeep.citations.fingerprint import numbered
from citekeep.wayback import verify

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE = "https://news.example/emigration"
SOURCE = "https://znak.example/2022/story"
CAPTURED = f"https://web.archive.org/web/20220305124411/{SOURCE}"
SHORT, AMP, LANDED = "https://t.co/AbC", "https://paper.example/amp/1", "https://paper.example/1"
QUERIES = Path(__file__).resolve().parents[1] / "queries"


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


async def archive(writer, *cites, run="run-1", outcomes=None, public=True):
    cited = numbered([fill.citation(url) if isinstance(url, str) else url for url in cites])
    frontier = fill.begin(writer, run=run)[1]
    return await fill.archive(frontier, ARTICLE, cites=cited, outcomes=outcomes, public=public)


def rows(writer, sql, *values):
    return writer.run_sync(lambda c: c.execute(sql, values).fetchall())


ROADS = """
SELECT url_as_written, cited_via, cited_via_kind, cited_via_service, cited_via_at, link_url, source_known, elsewhere
FROM citation_roads ORDER BY position
"""


async def test_a_link_to_an_archive_is_a_link_to_the_source(writer):
    checks = await archive(writer, CAPTURED)
    assert (
        checks == 2
    )  # the article and the source: the archive's page is read back by the ledger, not asked by the crawl
    assert rows(writer, ROADS) == [(CAPTURED, CAPTURED, "archive", "wayback", "2022-03-05T12:44:11Z", SOURCE, 1, 0)]
    assert rows(writer, "SELECT memento_url, memento_at, origin, quality FROM mementos") == [
        (CAPTURED, "2022-03-05T12:44:11Z", "cited", "unread")
    ]


async def test_the_capture_that_is_cited_is_read_back(writer):
    await archive(writer, CAPTURED)
    (link_id,) = rows(writer, "SELECT id FROM links WHERE url = ?", SOURCE)[0]
    (due,) = writer.run_sync(lambda c: verify.unread(c, "wayback", 9, "https://web.archive.org"))
    assert (due.memento_url, due.link_id) == (CAPTURED, link_id)


async def test_of_a_private_article_nothing_is_read_back(writer):
    await archive(writer, CAPTURED, public=False)
    assert writer.run_sync(lambda c: verify.unread(c, "wayback", 9, "https://web.archive.org")) == []


async def test_what_was_captured_later_was_cited_later(writer, monkeypatch):
    monkeypatch.setattr(clock, "timestamp", lambda: clock.parse("2026-01-01T12:00:00Z"))
    frontier = fill.begin(writer)[1]
    cited = numbered([fill.citation(CAPTURED), fill.citation("https://other.example/1")])
    await fill.archive(frontier, ARTICLE, cites=cited, published_on="2022-01-13", published_basis="json_ld")
    found = rows(writer, "SELECT cited_on_earliest, cited_on_basis FROM citations ORDER BY position")
    assert found == [("2022-03-05", "later_link"), ("2022-01-13", "published")]


async def test_an_archived_copy_beside_its_original_moves_no_date(writer):
    cited = fill.citation(SOURCE)
    cited.cited_via, cited.cited_via_kind, cited.cited_via_service = CAPTURED, "archive", "wayback"
    cited.cited_via_at = "2022-03-05T12:44:11Z"
    frontier = fill.begin(writer)[1]
    await fill.archive(frontier, ARTICLE, cites=numbered([cited]), published_on="2022-01-13", published_basis="json_ld")
    assert rows(writer, "SELECT cited_on_earliest, cited_on_basis FROM citations") == [("2022-01-13", "published")]
    assert rows(writer, "SELECT cited_via, link_url, source_known FROM citation_roads") == [(CAPTURED, SOURCE, 1)]


async def test_a_short_address_is_followed_once_it_was_seen_where_it_leads(writer):
    seen = {"final_url": f"{LANDED}?utm_source=t.co"}
    checks = await archive(writer, SHORT, outcomes={SHORT: seen})
    assert checks == 3  # the article, the short address, and the source that it led to
    row = (SHORT, SHORT, "shortener", "shortener", None, LANDED, 1, 0)
    assert rows(writer, ROADS) == [row]
    rows(writer, "UPDATE links SET next_check_at = '2020-01-01T00:00:00Z' RETURNING 1")
    await archive(writer, SHORT, run="run-2", outcomes={SHORT: {"final_url": "https://casino.example/"}})
    assert rows(writer, ROADS) == [row]  # what was seen first stays
    assert rows(writer, "SELECT count(*) FROM citations") == [(1,)]


@pytest.mark.parametrize(
    "seen",
    [
        {"final_url": SHORT},
        {"final_url": "https://bit.ly/xyz"},
        {"final_url": None},
        {"final_url": "https://t.co/error", "verdict": "not_found", "status": 404},
    ],
)
async def test_a_short_address_that_leads_nowhere_stays_what_is_cited(writer, seen):
    await archive(writer, SHORT, outcomes={SHORT: seen})
    assert rows(writer, "SELECT link_url, source_known FROM citation_roads") == [(SHORT, 0)]


async def test_a_short_address_to_a_dead_page_tells_the_page(writer):
    seen = {"final_url": LANDED, "status": 404, "verdict": "not_found"}
    await archive(writer, SHORT, outcomes={SHORT: seen, LANDED: {"status": 404, "verdict": "not_found"}})
    assert rows(writer, "SELECT link_url, source_known, verdict FROM citation_roads") == [(LANDED, 1, "not_found")]


async def test_a_page_that_warns_tells_where_it_leads(writer):
    await archive(writer, SHORT, outcomes={SHORT: {"final_url": f"https://vk.com/away.php?to={LANDED}"}})
    assert rows(writer, "SELECT link_url FROM citation_roads") == [(LANDED,)]


async def test_an_amp_page_is_a_form_of_its_page(writer):
    seen = {AMP: {"extracted": fill.extraction(form_of=LANDED)}}
    assert await archive(writer, AMP, outcomes=seen) == 3
    row = (AMP, AMP, "amp", "amp", None, LANDED, 1, 0)
    assert rows(writer, "SELECT * FROM (" + ROADS + ")")[0][:6] == row[:6]
    rows(writer, "UPDATE links SET next_check_at = '2020-01-01T00:00:00Z' RETURNING 1")
    await archive(writer, AMP, run="run-2", outcomes=seen)
    assert rows(writer, ROADS)[0][:6] == row[:6]


async def test_an_amp_page_that_is_the_only_one_is_the_source(writer):
    await archive(writer, AMP, outcomes={AMP: {"extracted": fill.extraction(form_of=AMP)}})
    assert rows(writer, ROADS) == []


async def test_two_that_name_one_another_do_not_go_round(writer):
    seen = {AMP: {"extracted": fill.extraction(form_of=LANDED)}, LANDED: {"extracted": fill.extraction(form_of=AMP)}}
    await archive(writer, AMP, outcomes=seen)
    assert rows(writer, "SELECT link_url FROM citation_roads") == [(LANDED,)]


async def test_an_archive_that_took_the_road_for_the_source_is_set_right(writer):
    """As an older Citekeep recorded it: the capture's own address was the link."""
    old = fill.citation(CAPTURED)
    (fixed,) = numbered([fill.citation(CAPTURED)])
    old.fingerprint = fixed.fingerprint
    frontier = fill.begin(writer)[1]
    await fill.archive(frontier, ARTICLE, cites=[old])
    await archive(writer, CAPTURED, run="run-2")
    rows(writer, "UPDATE links SET next_check_at = '2020-01-01T00:00:00Z' WHERE url = ? RETURNING 1", ARTICLE)
    await archive(writer, CAPTURED, run="run-3")
    assert rows(writer, "SELECT l.url FROM citations JOIN links AS l ON l.id = link_id") == [(SOURCE,)]
    assert rows(
        writer, "SELECT count(*) FROM passages AS p JOIN checks AS c ON c.id = check_id WHERE c.link_id <> 3"
    ) == [(0,)]


async def test_what_rests_on_archive_today_alone_is_listed(writer):
    short, long = "https://archive.ph/AbCdE", f"https://archive.is/20220305124411/{SOURCE}"
    kept = "https://archive.today/20220305124411/https://kept.example/1"
    await archive(writer, short, long, kept, CAPTURED.replace("story", "other"))
    sql = (QUERIES / "archive_today_alone.sql").read_text(encoding="utf-8")
    add = (
        "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality)"
        " SELECT id, 'wayback', 'https://web.archive.org/web/20220305124411/' || url, '2022-03-05T12:44:11Z', 'cdx',"
        " '2026-01-01T00:00:00Z', 200, 'verified' FROM links WHERE url = ? RETURNING 1"
    )
    rows(writer, add, "https://kept.example/1")
    found = [(row[1], row[3], row[4]) for row in rows(writer, sql)]
    assert found == [(short, short, 0), (long, SOURCE, 1)]
