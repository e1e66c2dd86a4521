"""Cards as they are read from archive.db: what a person said of a citation, links that nothing cites, what to do."""

import importlib.util
import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from citekeep import clock, database, reviews
from citekeep.cards import find, words
from citekeep.cards.card import cards_of_article, cards_of_link
from citekeep.cards.csv_rows import row_of
from citekeep.cards.lines import lines_of
from citekeep.cards.repair import repairs, to_read
from citekeep.cards.scope import Scope, cards, figures, scope_of
from citekeep.exceptions import InputError

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).parent.parent / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE, OTHER = "https://news.example/emigration", "https://other.example/story"
DRAFT = f"urn:sha256:{'0a' * 32}"
EMPTY = "https://empty.example/story"
ONE, TWO = "https://one.example/1", "https://two.example/2"
ADDRESS = "http://203.0.113.5/page"


@pytest.fixture
async def archive(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer)
    await fill.archive(frontier, ARTICLE, cites=[ONE, TWO, ADDRESS])
    await fill.archive(frontier, OTHER, cites=[ONE], text="Of something else.")
    await fill.archive(frontier, EMPTY, text="Of nothing.")
    await fill.archive(
        frontier, DRAFT, cites=["https://three.example/3"], source="file", public=False, text="Of a draft."
    )
    await writer.aclose()
    with closing(database.connect(tmp_path / "archive.db")) as connection, connection:
        yield connection


def read(archive, url, cards_of=cards_of_link):
    return cards_of(archive, find.known(archive, url).link_id, now=clock.now())


def keep_snapshot(archive, url):
    return archive.execute(
        "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality, verified_at)"
        " SELECT id, 'wayback', 'https://web.archive.org/web/20220114083015/' || url, '2022-01-14T08:30:15Z', 'cdx', :now,"
        " 200, 'verified', :now FROM links WHERE url = :url",
        {"now": clock.now(), "url": url},
    ).lastrowid


def keep_passage(archive, column, row_id, answer):
    archive.execute(
        f"INSERT INTO passages (citation_id, {column}, answer, method, compared_at)"
        " SELECT min(id), ?, ?, 'test', ? FROM citations",
        (row_id, answer, clock.now()),
    )


def say(archive, url, verdict, article=None):
    reviewed = reviews.meant(archive, url, article=article)
    reviews.add(archive, reviewed, verdict, by="A. Person", note="seen", until=None)


def test_what_a_person_said_of_a_citation_is_on_its_card_alone(archive):
    say(archive, ONE, "content_drift", ARTICLE)
    told = {card.cited.article_url: card for card in read(archive, ONE)}
    mine, other = told[ARTICLE], told[OTHER]
    assert (mine.now.verdict, mine.now.group, mine.now.standing) == ("content_drift", "changed", "doubtful")
    assert mine.now.sentence == "The page is there, but its text is no longer the one that was cited."
    assert (mine.review.by, other.review, other.now.verdict) == ("A. Person", None, "alive")
    assert "seen by A. Person" in words.reference(mine)
    assert words.since(mine).endswith(f"; A. Person saw it so on {mine.review.made_at[:10]}")
    assert words.since(other).startswith("alive when last looked at")
    first = next(cards(archive, Scope(kind="everything"), now=clock.now()))
    assert first.review is not None, "what is wrong comes first, by whomever it was found"


def test_a_citation_goes_before_its_link_and_a_review_ends(archive):
    say(archive, ONE, "soft_404", ARTICLE)
    say(archive, ONE, "alive")
    assert {card.now.verdict for card in read(archive, ONE)} == {"soft_404", "alive"}
    archive.execute("UPDATE reviews SET until = '2026-01-01T00:00:00Z' WHERE citation_id IS NOT NULL")
    assert {card.now.verdict for card in read(archive, ONE)} == {"alive"}


def test_a_link_that_nothing_cites_shows_its_newest_snapshot(archive):
    keep_snapshot(archive, OTHER)
    (card,) = read(archive, OTHER)
    assert words.shows(card) == "newest known: 2022-01-14"
    assert words.reference(card).endswith(f"archived 2022-01-14 at https://web.archive.org/web/20220114083015/{OTHER}.")
    assert words.to_do(card) == "Cite the page, and give the snapshot beside it."


@pytest.mark.parametrize(
    ("then", "now", "to_do"),
    [
        ("present", "present", "Cite the page, and give the snapshot beside it."),
        ("present", "absent", "Cite the snapshot: the page no longer says it."),
        ("partly", "absent", "Read the page before you cite it: the cited words were not found on it."),
        ("absent", "absent", "Read the snapshot before you cite it: the cited words were not found in it."),
    ],
)
def test_what_to_do_heeds_where_the_cited_words_are(archive, then, now, to_do):
    memento_id = keep_snapshot(archive, ONE)
    (check_id,) = archive.execute("SELECT last_check_id FROM links WHERE url = ?", (ONE,)).fetchone()
    keep_passage(archive, "memento_id", memento_id, then)
    keep_passage(archive, "check_id", check_id, now)
    card = read(archive, ARTICLE, cards_of_article)[0]
    assert (card.link_url, words.to_do(card)) == (ONE, to_do)


async def test_without_a_snapshot_our_first_check_tells_what_the_page_said_then(archive, tmp_path):
    (check_id,) = archive.execute("SELECT last_check_id FROM links WHERE url = ?", (ONE,)).fetchone()
    keep_passage(archive, "check_id", check_id, "present")
    archive.execute("UPDATE checks SET checked_at = '2026-01-02T03:04:05Z' WHERE id = ?", (check_id,))
    assert read(archive, ONE)[0].then_words is None, "one look is no then and now"
    archive.execute("UPDATE links SET next_check_at = ?, priority = 2 WHERE url = ?", (clock.now(), ONE))
    archive.commit()
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer, run="again")
    (lease,) = await frontier.claim(1)
    await frontier.record([fill.result(lease, lease.links[0], frontier)])
    await writer.aclose()
    (check_id,) = archive.execute("SELECT last_check_id FROM links WHERE url = ?", (ONE,)).fetchone()
    keep_passage(archive, "check_id", check_id, "absent")
    card = read(archive, ARTICLE, cards_of_article)[0]
    assert words.no_longer(card)
    assert words.passage(card.then_words) == "at our check of 2026-01-02: the cited words are there"
    assert words.to_do(card) == "The page no longer says it: see what it said on 2026-01-02, with `scrapy diff`."
    say(archive, ONE, "domain_for_sale")
    archive.execute("UPDATE passages SET answer = 'partly' WHERE answer = 'present'")
    card = read(archive, ARTICLE, cards_of_article)[0]
    assert words.to_do(card).startswith("No snapshot is known, but what we saw on 2026-01-02 is kept")


def test_a_snapshot_without_the_cited_words_mends_nothing_unless_a_person_says_so(archive):
    memento_id = keep_snapshot(archive, ONE)
    keep_passage(archive, "memento_id", memento_id, "absent")
    say(archive, ONE, "usurped")
    cards = [card for card in read(archive, ARTICLE, cards_of_article) if card.link_url == ONE]
    offered, (left,) = repairs(cards, now=clock.timestamp())
    assert (offered, left.url) == ([], ONE)
    assert left.why.startswith("the cited words were not found in its snapshot")
    say(archive, f"https://web.archive.org/web/20220114083015/{ONE}", "verified")
    cards = [card for card in read(archive, ARTICLE, cards_of_article) if card.link_url == ONE]
    assert [one.url for one in repairs(cards, now=clock.timestamp())[0]] == [ONE]


def test_an_article_that_cites_nothing_has_a_report_and_a_link_has_none(archive):
    scope = scope_of(archive, article="empty.example/story/")
    assert (scope.name, figures(archive, scope).citations) == (EMPTY, 0)
    with pytest.raises(InputError, match="is no article of this archive"):
        scope_of(archive, article=ONE)


@pytest.mark.parametrize(
    ("quality", "minutes", "again"),
    [("verified", 30, False), ("verified", 90, True), ("unread", 30, True), ("unread", 90, True)],
)
def test_a_snapshot_is_read_back_before_it_is_offered(archive, quality, minutes, again):
    memento_id = keep_snapshot(archive, ONE)
    at = clock.after(-60 * minutes)
    archive.execute("UPDATE mementos SET quality = ?, verified_at = ? WHERE id = ?", (quality, at, memento_id))
    found = [card for card in read(archive, ARTICLE, cards_of_article) if card.link_url == ONE]
    assert to_read(found, now=clock.timestamp()) == [], "it is alive"
    say(archive, ONE, "not_found")
    found = [card for card in read(archive, ARTICLE, cards_of_article) if card.link_url == ONE]
    assert to_read(found, now=clock.timestamp()) == ([memento_id] if again else [])
    assert bool(repairs(found, now=clock.timestamp())[0]) is not again


def test_what_is_never_named_is_not_to_be_looked_up_elsewhere(archive):
    archive.execute("UPDATE links SET withheld = 'looks_secret' WHERE url = ?", (TWO,))
    archive.execute("UPDATE links SET standing = 'doubtful' WHERE url = ?", (TWO,))
    (card,) = read(archive, TWO)
    assert words.to_do(card).startswith("It is not named to any archive: its address seems to hold a secret.")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (f"https://web.archive.org/web/2024/{ONE}", ONE),
        ("https://web.archive.org/web/20240102030405/http://www.one.example/1", ONE),
        (f"archive.ph/newest/{ONE}", ONE),
        ("https://203.0.113.5/page/", ADDRESS),
        (f" {DRAFT} ", DRAFT),
    ],
)
def test_spellings_of_a_link(archive, text, url):
    assert find.known(archive, text).url == url


def test_an_address_in_numbers_that_is_not_known_is_no_bad_input(archive):
    assert find.find(archive, "http://203.0.113.6/page") is None
    with pytest.raises(InputError, match="is not in this archive"):
        find.known(archive, "http://203.0.113.6/page")


@pytest.mark.parametrize(
    ("where", "because"),
    [
        ("header:cf-mitigated", "a header of the answer, cf-mitigated: challenge"),
        ("header.server", "a header of the answer, server: challenge"),
        ("header", "a header of the answer: challenge"),
        ("hops", "its redirects: challenge"),
        ("name", "the page calls itself: challenge"),
    ],
)
def test_why_names_where_it_was_found(archive, where, because):
    archive.execute(
        "UPDATE judgements SET evidence = json_object('matched', 'challenge', 'where', ?) WHERE check_id ="
        " (SELECT last_check_id FROM links WHERE url = ?)",
        (where, TWO),
    )
    (card,) = read(archive, TWO)
    assert words.because(card) == because


def test_what_is_to_be_known_beside_the_verdict(archive):
    archive.execute("UPDATE judgements SET flags = ?", (json.dumps(["tls_expired", "moved"]),))
    (card,) = read(archive, TWO)
    assert {line.label: line.text for line in lines_of(card)}["Besides"] == (
        "its certificate has expired; it has moved for good"
    )
    assert row_of(card)["flags"] == "tls_expired moved"
    archive.execute("UPDATE judgements SET flags = '[]'")
    (card,) = read(archive, TWO)
    assert "Besides" not in {line.label for line in lines_of(card)}


def test_every_flag_has_its_words():
    named = set(re.findall(r"`(moved|truncated|volatile|tls_\w+)`", (ROOT / "docs" / "verdicts.md").read_text()))
    assert named - {"tls_failed"} == set(words.FLAGS), "a verdict, no flag, is tls_failed"


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ("strikes", "Sure: 3 failures on days apart."),
        ("memento", "Sure: it failed, and captures in an archive show it gone"),
        ("save_job", "Sure: it failed, and so did Save Page Now"),
    ],
)
def test_how_sure_says_on_whose_word(archive, basis, said):
    archive.execute("UPDATE links SET standing = 'dead', strikes = 3, standing_basis = ? WHERE url = ?", (basis, TWO))
    archive.execute(
        "UPDATE judgements SET verdict = 'not_found' WHERE check_id = (SELECT last_check_id FROM links WHERE url = ?)",
        (TWO,),
    )
    (card,) = read(archive, TWO)
    assert words.sure(card).startswith(said)
