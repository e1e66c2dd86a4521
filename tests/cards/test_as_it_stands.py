"""What cards, figures and views say follows the article as it is now, the newest look, and what people said."""

import importlib.util
from pathlib import Path

import pytest

from citekeep import clock, database, reviews
from citekeep.cards import find, words
from citekeep.cards.card import cards_of_article, cards_of_link
from citekeep.cards.lines import lines_of
from citekeep.cards.repair import repairs
from citekeep.cards.report import report, sentences
from citekeep.cards.scope import Scope, figures
from citekeep.exceptions import InputError

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).parent.parent / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE, OTHER = "https://news.example/emigration", "https://other.example/story"
ONE, TWO = "https://one.example/1", "https://two.example/2"


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


@pytest.fixture
def turn(monkeypatch):
    now = {"at": clock.parse("2026-01-01T12:00:00Z")}
    monkeypatch.setattr(clock, "timestamp", lambda: now["at"])

    def on(days):
        now["at"] += days * 86_400

    return on


async def archive(writer, run, url=ARTICLE, **more):
    await fill.archive(fill.begin(writer, run=run)[1], url, **more)


def ask(writer, sql, *values):
    return writer.run_sync(lambda c: c.execute(sql, values).fetchall())


def cards(writer, url, of=cards_of_link):
    return writer.run_sync(lambda c: of(c, find.known(c, url).link_id, now=clock.now()))


def keep_snapshot(writer, url, stamp="20220114083015", quality="verified"):
    at = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}Z"
    snapshot = f"https://web.archive.org/web/{stamp}/{url}"
    sql = (
        "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality, verified_at)"
        " SELECT id, 'wayback', ?, ?, 'cdx', ?, 200, ?, ? FROM links WHERE url = ? RETURNING id"
    )
    (row,) = ask(writer, sql, snapshot, at, clock.now(), quality, clock.now(), url)
    return row[0], snapshot


async def test_what_an_article_has_no_longer_is_told_apart(writer, turn):
    await archive(writer, "run-1", cites=[ONE, TWO])
    turn(10)
    edited = {ARTICLE: {"body": "2"}}
    await archive(
        writer, "run-2", cites=[fill.citation(TWO, sentence="It says so still.")], text="Edited.", outcomes=edited
    )
    assert ask(writer, "SELECT link_url, sentence, still_cited FROM citation_status ORDER BY 1, 2") == [
        (ONE, "It says so.", 0), (TWO, "It says so still.", 1), (TWO, "It says so.", 0),
    ]  # fmt: skip
    assert ask(writer, "SELECT url, citing_articles FROM link_rot WHERE url IN (?, ?) ORDER BY 1", ONE, TWO) == [
        (ONE, 0), (TWO, 1),
    ]  # fmt: skip
    assert ask(writer, "SELECT link_url FROM unarchived_citations") == [(TWO,)]
    (shown,) = cards(writer, ARTICLE, cards_of_article)
    assert (shown.link_url, shown.cited.sentence, shown.cited.last_seen_at) == (TWO, "It says so still.", None)
    still, was = cards(writer, TWO)
    assert (still.cited.last_seen_at, was.cited.last_seen_at[:10]) == (None, "2026-01-01")
    (when,) = [line.text for line in lines_of(was) if line.label == "Cited on"]
    assert when.endswith("the article has it no longer: last seen there on 2026-01-01")
    found = writer.run_sync(lambda c: figures(c, Scope(kind="article", name=ARTICLE)))
    assert (found.citations, found.links, found.dropped) == (1, 1, 2)
    assert "2 more citations that the articles have no longer are left out." in list(sentences(found))


async def test_a_reading_that_finds_no_citation_drops_none(writer, turn):
    await archive(writer, "run-1", cites=[ONE])
    turn(10)
    await archive(writer, "run-2", text="It could not be read.", outcomes={ARTICLE: {"body": "2"}})
    assert ask(writer, "SELECT still_cited FROM citation_status") == [(1,)]
    turn(10)
    await archive(writer, "run-3", cites=[ONE], outcomes={ARTICLE: {"body": "1"}})
    assert ask(writer, "SELECT still_cited FROM citation_status") == [(1,)]


async def test_a_page_that_was_cut_off_drops_no_citation(writer, turn):
    await archive(writer, "run-1", cites=[ONE, TWO])
    turn(10)
    await archive(writer, "run-2", cites=[ONE], text="The beginning.", outcomes={ARTICLE: {"body": "2"}})
    told = "SELECT link_url, still_cited FROM citation_status ORDER BY 1"
    assert ask(writer, told) == [(ONE, 1), (TWO, 0)]
    ask(
        writer,
        "UPDATE judgements SET flags = '[\"truncated\"]' WHERE check_id = (SELECT max(last_check_id) FROM versions)",
    )
    assert ask(writer, told) == [(ONE, 1), (TWO, 1)]


async def test_a_slip_in_a_review_of_a_snapshot_can_be_taken_back(writer, turn):
    gone = {ONE: {"verdict": "not_found", "status": 404, "standing": "dead"}}
    await archive(writer, "run-1", cites=[ONE], outcomes=gone)
    turn(2)
    _, snapshot = keep_snapshot(writer, ONE, "20260102000000", "unread")
    turn(1)
    reviewed = writer.run_sync(lambda c: reviews.meant(c, snapshot))
    told = "SELECT standing, strikes, substr(alive_until, 1, 10) FROM links WHERE url = ?"
    before = ask(writer, told, ONE)
    assert before == [("dead", 3, None)]
    writer.run_sync(lambda c: reviews.add(c, reviewed, "verified", by="A. Person", note="looked", until=None))
    assert ask(writer, told, ONE) == [("dead", 3, "2026-01-02")], "the next check decides, and is due"
    assert ask(writer, "SELECT next_check_at <= ? FROM links WHERE url = ?", clock.now(), ONE) == [(1,)]
    turn(1)
    writer.run_sync(lambda c: reviews.withdraw(c, reviewed))
    assert ask(writer, told, ONE) == before


async def test_the_words_now_are_those_of_the_newest_look_not_of_the_last_import(writer, turn):
    await archive(writer, "run-1", cites=[ONE])
    sql = "INSERT INTO passages (citation_id, check_id, answer, method, compared_at) VALUES (1, ?, ?, 'm', ?)"
    ((check_id,),) = ask(writer, "SELECT last_check_id FROM links WHERE url = ?", ONE)
    copy = (
        "INSERT INTO checks (link_id, crawl_id, turn, epoch, checked_at, requested_url, status)"
        " SELECT link_id, crawl_id, -1, epoch, '2025-01-01T00:00:00Z', requested_url, 200 FROM checks WHERE id = ? RETURNING id"
    )
    ((imported,),) = ask(writer, copy, check_id)
    ask(writer, sql, check_id, "present", "2026-01-01T12:00:00Z")
    ask(writer, sql, imported, "absent", "2026-01-05T12:00:00Z")
    (card,) = cards(writer, ONE)
    assert card.now_words.answer == "present"


@pytest.mark.parametrize(
    ("verdict", "named"), [("redirect_to_home", False), ("paywall_or_login", False), ("alive", True)]
)
async def test_where_a_link_led_names_it_only_where_that_is_the_page(writer, verdict, named):
    led = "https://one.example/elsewhere"
    outcomes = {ONE: {"verdict": verdict, "standing": "doubtful", "final_url": led}}
    await archive(writer, "run-1", cites=[ONE], outcomes=outcomes)
    found = writer.run_sync(lambda c: find.find(c, led))
    assert (found and found.url) == (ONE if named else None)
    with pytest.raises(
        InputError, match=f"is where {ONE} led: to review that link, name it" if named else "not in this"
    ):
        writer.run_sync(lambda c: reviews.meant(c, led))


async def test_a_review_of_a_citation_is_in_the_figures_of_its_article(writer):
    await archive(writer, "run-1", cites=[ONE, TWO])
    await archive(writer, "run-2", url=OTHER, cites=[ONE], text="Of something else.")

    def review(connection):
        reviewed = reviews.meant(connection, ONE, article=ARTICLE)
        return reviews.add(connection, reviewed, "content_drift", by="A. Person", note="read it", until=None)

    assert writer.run_sync(review) == 1
    found = writer.run_sync(lambda c: figures(c, Scope(kind="article", name=ARTICLE)))
    assert (found.groups, found.standings) == ({"alive": 1, "changed": 1}, {"alive": 1, "doubtful": 1})
    assert (found.rot["broad"], found.told["broad"]) == (1, 2)
    assert writer.run_sync(lambda c: figures(c, Scope(kind="article", name=OTHER))).groups == {"alive": 1}


async def test_a_review_of_a_snapshot_reaches_all_that_rests_on_it(writer, turn):
    gone = {ONE: {"verdict": "not_found", "status": 404, "standing": "doubtful"}}
    await archive(writer, "run-1", cites=[ONE], outcomes=gone)
    memento_id, snapshot = keep_snapshot(writer, ONE)
    (link_id,) = ask(writer, "SELECT id FROM links WHERE url = ?", ONE)[0]
    ask(
        writer, "INSERT INTO saves (link_id, service, state, wanted_at, changed_at, memento_id)"
        " VALUES (?, 'wayback', 'verified', ?, ?, ?)", link_id, clock.now(), clock.now(), memento_id,
    )  # fmt: skip

    def review(connection, verdict=None):
        reviewed = reviews.meant(connection, snapshot)
        if verdict is None:
            return reviews.withdraw(connection, reviewed)
        return reviews.add(connection, reviewed, verdict, by="A. Person", note="looked", until=None)

    life = "SELECT substr(alive_until, 1, 10), alive_until_basis FROM links WHERE url = ?"
    told = "SELECT snapshot_url, snapshot_state FROM citation_status"
    writer.run_sync(review, "verified")
    assert (ask(writer, life, ONE), ask(writer, told)) == ([("2022-01-14", "memento")], [(snapshot, "verified")])
    turn(1)
    writer.run_sync(review, "rejected")
    assert (ask(writer, life, ONE), ask(writer, told)) == ([(None, None)], [(None, "rejected")])
    turn(1)
    writer.run_sync(review)
    turn(1)
    assert (ask(writer, life, ONE), ask(writer, told)) == ([("2022-01-14", "memento")], [(snapshot, "verified")])


async def test_a_review_of_a_snapshot_is_of_each_link_that_has_it(writer):
    plain_one = ONE.replace("https://", "http://")
    await archive(writer, "run-1", cites=[ONE, plain_one])
    _, snapshot = keep_snapshot(writer, ONE)
    ask(writer, "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality)"
        " SELECT (SELECT id FROM links WHERE url = ?), service, memento_url, memento_at, origin, found_at, status, quality"
        " FROM mementos", plain_one)  # fmt: skip
    reviewed = writer.run_sync(lambda c: reviews.meant(c, snapshot))
    writer.run_sync(lambda c: reviews.add(c, reviewed, "rejected", by="A. Person", note="looked", until=None))
    assert ask(writer, "SELECT quality, count(*) FROM memento_now GROUP BY 1") == [("rejected", 2)]


async def test_what_was_not_asked_was_not_looked_at(writer):
    asked_nothing = {ONE: {"verdict": "robots", "status": None, "standing": "not_checked", "reason": "robots"}}
    await archive(writer, "run-1", cites=[ONE, TWO], outcomes=asked_nothing)
    assert ask(writer, "SELECT host, links, checked FROM host_autopsy ORDER BY 1") == [
        ("one.example", 1, 0), ("two.example", 1, 1),
    ]  # fmt: skip
    made = writer.run_sync(lambda c: report(c, Scope(kind="article", name=ARTICLE), now=clock.now()))
    assert made.figures.checked == 1
    assert "2 citations of 2 links in 1 article; 1 of the links were looked at." in list(sentences(made.figures))
    (card,) = cards(writer, ONE)
    assert "last checked" not in words.reference(card)
    reviewed = writer.run_sync(lambda c: reviews.meant(c, ONE))
    writer.run_sync(lambda c: reviews.add(c, reviewed, "alive", by="A. Person", note="looked", until=None))
    assert ask(writer, "SELECT * FROM disagreements") == [], "no rule said anything"


async def test_many_looks_tell_what_the_last_alone_does_not(writer):
    outcomes = {
        ONE: {"verdict": "server_error", "status": 500, "standing": "dead"},
        TWO: {"verdict": "empty", "standing": "doubtful"},
    }
    await archive(writer, "run-1", cites=[ONE, TWO], outcomes=outcomes)
    keep_snapshot(writer, ONE)
    ask(writer, "UPDATE links SET standing = 'dead', strikes = 6 WHERE url = ?", ONE)
    found = cards(writer, ARTICLE, cards_of_article)
    offered, left = repairs(found, now=clock.timestamp())
    assert [(one.url, one.url_status) for one in offered] == [(ONE, "dead")]
    assert [one.url for one in left] == [TWO]
    assert "strike 0" not in words.sure(found[1])


async def test_a_document_that_is_gone_was_read_all_the_same(writer, turn):
    document = fill.extraction(text="A document.", cites=[TWO])
    await archive(writer, "run-1", cites=[ONE], outcomes={ONE: {"extracted": document}})
    ask(
        writer, "INSERT OR IGNORE INTO document_citations (document_id, position, url, url_as_written, anchor_text, sentence,"
        " kind) SELECT document_id, 0, ?, ?, 'so', 'It is so.', 'anchor' FROM checks WHERE requested_url = ?", TWO, TWO, ONE,
    )  # fmt: skip
    told = "SELECT document_url, url FROM citations_of_documents"
    assert ask(writer, told) == [(ONE, TWO)]
    turn(40)
    gone = {ONE: {"verdict": "not_found", "status": 404, "standing": "doubtful"}}
    await archive(writer, "run-2", cites=[ONE], outcomes=gone)
    assert ask(writer, "SELECT count(*) FROM checks WHERE requested_url = ?", ONE) == [(2,)]
    assert ask(writer, told) == [(ONE, TWO)]
