"""When citations were made, by what archive.db holds."""

import importlib.util
import json
from pathlib import Path

import pytest

from citekeep import clock, database, dating
from citekeep.items import Citation
from citekeep.wayback import memento_rows

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE = "https://news.example/2022/01/13/emigration"
EARLY, LATE = "https://gone.example/1", "https://news.example/2025/03/04/a-later-piece"
PAGE = "https://radio.example/a-page"
DATED = {"published_on": "2022-01-13", "published_basis": "json_ld"}


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


@pytest.fixture
def turn(monkeypatch):
    """Turn the clock on by so many days."""
    now = {"at": clock.parse("2026-01-01T12:00:00Z")}
    monkeypatch.setattr(clock, "timestamp", lambda: now["at"])

    def on(days):
        now["at"] += days * 86_400

    return on


async def archive(writer, run="run-1", cites=(EARLY, LATE, PAGE), outcomes=None, **more):
    frontier = fill.begin(writer, run=run)[1]
    await fill.archive(frontier, ARTICLE, cites=cites, outcomes=outcomes, **more)


def dates(writer):
    rows = writer.run_sync(
        lambda c: c.execute(
            "SELECT url_as_written, cited_on_earliest, cited_on_latest, cited_on_basis FROM citations ORDER BY id"
        ).fetchall()
    )
    return {url: tuple(found) for url, *found in rows}


def hold(writer, url, day, cites=None):
    """Let an archive hold a good capture of a URL; read, if it is told what it cites."""

    def work(connection):
        (link_id,) = connection.execute("SELECT id FROM links WHERE url = ?", (url,)).fetchone()
        (memento_id,) = connection.execute(
            "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality)"
            " VALUES (?, 'wayback', ?, ?, 'cdx', ?, 200, ?) RETURNING id",
            (
                link_id, f"https://web.archive.org/web/{day}/{url}", f"{day}T12:00:00Z", clock.now(),
                "unread" if cites is None else "verified",
            ),
        ).fetchone()  # fmt: skip
        if cites is not None:
            dating.keep_memento_citations(connection, memento_id, link_id, list(cites))
        return memento_id

    return writer.run_sync(work)


async def test_a_link_that_is_younger_than_its_article_was_cited_later(writer, turn):
    await archive(writer, **DATED)
    assert dates(writer) == {
        EARLY: ("2022-01-13", "2022-01-13", "published"),
        LATE: ("2025-03-04", "2026-01-01", "later_link"),
        PAGE: ("2022-01-13", "2022-01-13", "published"),
    }


async def test_a_page_that_says_it_is_younger_was_cited_later(writer, turn):
    page = fill.extraction(text="A page.", published_on="2024-06-01", published_basis="json_ld")
    await archive(writer, outcomes={PAGE: {"extracted": page}}, **DATED)
    assert dates(writer)[PAGE] == ("2024-06-01", "2026-01-01", "later_link")
    (page_id,) = writer.run_sync(lambda c: c.execute("SELECT id FROM links WHERE url = ?", (PAGE,)).fetchone())
    hold(writer, PAGE, "2021-06-01")
    writer.run_sync(memento_rows.choose_as_cited, page_id)
    assert dates(writer)[PAGE] == ("2022-01-13", "2022-01-13", "published"), "it was there before its own date"


@pytest.mark.parametrize(
    "told",
    [
        {"published_on": "2024-06-01", "published_basis": "guess"},
        {"published_on": "2021-06-01", "published_basis": "meta"},
    ],
)
async def test_a_guess_and_an_earlier_day_move_nothing(writer, turn, told):
    await archive(writer, outcomes={PAGE: {"extracted": fill.extraction(text="A page.", **told)}}, **DATED)
    assert dates(writer)[PAGE][2] == "published"


async def test_a_front_page_has_no_day(writer, turn):
    page = fill.extraction(text="Today.", published_on="2025-12-31", published_basis="meta")
    await archive(
        writer, cites=["https://radio.example/"], outcomes={"https://radio.example/": {"extracted": page}}, **DATED
    )
    assert dates(writer) == {"https://radio.example/": ("2022-01-13", "2022-01-13", "published")}


async def test_what_came_between_two_checks(writer, turn):
    await archive(writer, cites=[EARLY], **DATED)
    turn(10)
    late = "https://late.example/"
    await archive(writer, run="run-2", cites=[EARLY, late], text="More.", outcomes={ARTICLE: {"body": "2"}}, **DATED)
    assert dates(writer) == {
        EARLY: ("2022-01-13", "2022-01-13", "published"),
        late: ("2026-01-01", "2026-01-11", "between_checks"),
    }
    turn(10)
    other = fill.extraction(cites=[EARLY, late, PAGE], text="Yet more.", **DATED)
    other.extractor_version = "2"
    await archive(writer, run="run-3", outcomes={ARTICLE: {"body": "3", "extracted": other}})
    assert dates(writer)[PAGE] == ("2022-01-13", "2022-01-13", "published"), (
        "what an older extractor missed may have been there"
    )


async def test_a_sentence_that_was_edited_is_no_new_citation_of_the_link(writer, turn):
    await archive(writer, cites=[fill.citation(EARLY)], **DATED)
    turn(10)
    again = fill.citation(EARLY, sentence="It says so still.")
    await archive(writer, run="run-2", cites=[again], text="Edited.", outcomes={ARTICLE: {"body": "2"}}, **DATED)
    rows = writer.run_sync(lambda c: c.execute("SELECT cited_on_basis FROM citations ORDER BY id").fetchall())
    assert rows == [("published",), ("published",)]


async def test_the_references_own_day_goes_first(writer, turn):
    looked_at = Citation(
        url_as_written=EARLY, anchor_text="a", sentence="s", before="", after="", paragraph=0, position=0, kind="footnote",
        fingerprint="f", cited_via="https://web.archive.org/web/2022/x", cited_via_kind="archive",
        cited_via_at="2022-02-02T00:00:00Z", accessed_on="2022-02-03",
    )  # fmt: skip
    await archive(writer, cites=[looked_at], **DATED)
    assert dates(writer)[EARLY] == ("2022-02-03", "2022-02-03", "accessed")
    kept = "SELECT cited_via, cited_via_kind, cited_via_at, accessed_on FROM citations"
    assert writer.run_sync(lambda c: c.execute(kept).fetchone()) == (
        "https://web.archive.org/web/2022/x", "archive", "2022-02-02T00:00:00Z", "2022-02-03",
    )  # fmt: skip


async def test_captures_of_the_article_tell_when_a_citation_came(writer, turn):
    await archive(writer)
    assert dates(writer)[EARLY] == (None, "2026-01-01", "first_seen")
    hold(writer, ARTICLE, "2023-05-05", cites=[f"{EARLY}#part"])
    hold(writer, ARTICLE, "2022-02-02", cites=[])
    assert dates(writer) == {
        EARLY: ("2022-02-02", "2023-05-05", "memento"),
        LATE: ("2025-03-04", "2026-01-01", "memento"),
        PAGE: ("2023-05-05", "2026-01-01", "memento"),
    }
    hold(writer, ARTICLE, "2026-02-02", cites=[])
    assert dates(writer)[PAGE] == ("2023-05-05", "2026-01-01", "memento"), "what went later tells nothing"


async def test_the_captures_of_an_undated_article_are_read_by_halves(writer, turn):
    await archive(writer, cites=[EARLY])
    ids = [hold(writer, ARTICLE, f"{year}-01-01") for year in range(2015, 2024)]
    (article,) = writer.run_sync(lambda c: c.execute("SELECT id FROM links WHERE url = ?", (ARTICLE,)).fetchone())

    def asked():
        writer.run_sync(dating.read_captures, article)
        rows = writer.run_sync(
            lambda c: c.execute(
                "SELECT id FROM mementos WHERE next_verify_at IS NOT NULL AND quality = 'unread'"
            ).fetchall()
        )
        return [number for (number,) in rows]

    def read(number, cites):
        writer.run_sync(
            lambda c: c.execute("UPDATE mementos SET quality = 'verified', tries = 1 WHERE id = ?", (number,))
        )
        writer.run_sync(dating.keep_memento_citations, number, article, cites)

    order = []
    while found := asked():
        (number,) = found
        order.append(2015 + ids.index(number))
        read(number, [EARLY] if order[-1] >= 2019 else [])
    assert order == [2015, 2020, 2018, 2019]
    assert dates(writer)[EARLY] == ("2018-01-01", "2019-01-01", "memento")
    links = writer.run_sync(lambda c: c.execute("SELECT links FROM memento_citations").fetchall())
    assert {len(json.loads(text)) for (text,) in links} == {0, 1}


async def test_a_dated_article_costs_no_reading_of_its_captures(writer, turn):
    await archive(writer, cites=[EARLY], **DATED)
    hold(writer, ARTICLE, "2023-01-01")
    for url in (ARTICLE, EARLY):
        (link,) = writer.run_sync(lambda c, url=url: c.execute("SELECT id FROM links WHERE url = ?", (url,)).fetchone())
        writer.run_sync(dating.read_captures, link)
    assert writer.run_sync(
        lambda c: c.execute("SELECT count(*) FROM mementos WHERE next_verify_at IS NOT NULL").fetchone()
    ) == (0,)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (("2022-01-13", "meta"), ("2024-01-01", "guess"), ("2022-01-13", "meta")),
        (("2024-01-01", "guess"), ("2022-01-13", "meta"), ("2022-01-13", "meta")),
        (("2022-01-13", "meta"), (None, None), ("2022-01-13", "meta")),
        (("2022-01-13", "meta"), ("2022-01-14", "json_ld"), ("2022-01-14", "json_ld")),
    ],
)
async def test_a_later_guess_does_not_replace_what_is_known(writer, turn, first, second, kept):
    for number, (on, basis) in enumerate((first, second)):
        turn(5)
        told = {"published_on": on, "published_basis": basis, "text": f"Version {number}."}
        await archive(writer, f"run-{number}", [EARLY], {ARTICLE: {"body": str(number)}}, **told)
    assert writer.run_sync(lambda c: c.execute("SELECT published_on, published_basis FROM articles").fetchone()) == kept
    on, basis = kept
    assert dates(writer)[EARLY] == (on, on, "published")


async def test_the_same_bytes_under_another_url_do_not_lend_their_basis(writer, turn):
    same = {"body": "the same bytes under three URLs"}
    frontier = fill.begin(writer)[1]
    for url, told in (
        ("https://news.example/2022/01/13/story", {"published_on": "2022-01-13", "published_basis": "url"}),
        ("https://news.example/guessed", {"published_on": "2025-11-08", "published_basis": "guess"}),
        ("https://news.example/2022/01/14/story", {"published_on": "2022-01-14", "published_basis": "url"}),
    ):
        await fill.archive(frontier, url, outcomes={url: same}, **told)
    rows = writer.run_sync(
        lambda c: c.execute("SELECT published_on, published_basis FROM articles ORDER BY id").fetchall()
    )
    assert rows == [("2022-01-13", "url"), ("2025-11-08", "guess"), ("2022-01-14", "url")]


async def test_the_setting_of_the_views_is_that_of_the_last_run(writer):
    writer.run_sync(dating.say_as_cited_within, 14)
    kept = "SELECT value FROM settings WHERE name = 'as_cited_within_days'"
    assert writer.run_sync(lambda c: c.execute(kept).fetchall()) == [(14,)]


async def test_a_check_of_the_page_before_it_was_an_article_looked_for_no_citation(writer, turn):
    other = "https://other.example/story"
    await fill.archive(fill.begin(writer, run="run-0")[1], other, cites=[ARTICLE], text="Of another.",
                       outcomes={ARTICLE: {"extracted": fill.extraction()}})  # fmt: skip
    turn(10)
    await archive(writer, cites=[EARLY], outcomes={ARTICLE: {"body": "2"}}, text="More.", **DATED)
    assert dates(writer)[EARLY] == ("2022-01-13", "2022-01-13", "published")
