"""The frontier: claims, leases, whole checks recorded once, what becomes due."""

import asyncio
import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from citekeep import clock, crawls, database
from citekeep.frontier import LEASE_LOST, RECORDED, STALE_TURN, Frontier, LocalFrontier
from citekeep.inputs import AskedArticle

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE = "https://news.example/story"


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.002)
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


@pytest.fixture
def frontier(writer):
    return fill.begin(writer)[1]


def rows(writer, sql, *values):
    return writer.run_sync(lambda c: c.execute(sql, values).fetchall())


async def ask(frontier, *names, **more):
    articles = [AskedArticle(url=name, source="list") for name in names]
    return await frontier.add_articles(articles, **{"public": True, **more})


def as_port(frontier: LocalFrontier) -> Frontier:
    return frontier


# --- claiming ---


async def test_a_lease_carries_what_a_worker_needs(frontier, writer):
    await ask(frontier, "https://News.example:443/story?utm_source=x&id=1#top")
    (lease,) = await as_port(frontier).claim(5)
    (link,) = lease.links
    assert (lease.site, lease.epoch, lease.seconds, lease.delay_ms) == ("news.example", 1, 300.0, 1000)
    assert link.url == "https://news.example/story?id=1"
    assert link.request_url == "https://news.example:443/story?utm_source=x&id=1"
    assert (link.verbatim, link.is_article, link.public, link.turn, link.withheld) == (True, True, True, 0, None)
    assert link.history["checks"] == 0
    await frontier.record([fill.result(lease, link, frontier, extracted=fill.extraction())])
    await frontier.release(lease)
    await ask(frontier, link.url)
    (again,) = (await frontier.claim(5))[0].links
    assert again.turn == 1
    assert again.history["standing"] == "alive"
    assert again.history["last_body_sha256"] == fill.sha256(f"body of {link.url}")
    assert again.history["last_text_sha256"] == fill.sha256("A text about emigration.")
    assert again.history["last_checked_at"]


async def test_a_site_is_claimed_by_one_at_a_time(frontier, writer):
    other = fill.begin(writer, run="run-2")[1]
    await ask(frontier, "https://a.example/1", "https://a.example/2", "https://b.example/1")
    first = await frontier.claim(1)
    second = await other.claim(5)
    assert {lease.site for lease in first} | {lease.site for lease in second} == {"a.example", "b.example"}
    assert not {lease.site for lease in first} & {lease.site for lease in second}
    assert await other.claim(5) == []


async def test_what_was_asked_for_comes_first_then_what_is_cited_then_routine(frontier, writer):
    frontier.terms = replace(frontier.terms, links_per_lease=2)
    await ask(frontier, *(f"https://{name}.example/" for name in "abc"))
    writer.run_sync(lambda c: c.execute("UPDATE links SET priority = 0 WHERE url LIKE '%//b.%'"))
    writer.run_sync(lambda c: c.execute("UPDATE links SET priority = 1 WHERE url LIKE '%//a.%'"))
    assert [lease.site for lease in await frontier.claim(3)] == ["c.example", "a.example", "b.example"]
    await ask(frontier, *(f"https://d.example/{n}" for n in range(5)))
    assert [len(lease.links) for lease in await frontier.claim(9)] == [2]


async def test_only_links_of_enough_priority_are_taken(frontier, writer):
    await ask(frontier, "https://a.example/1", "https://a.example/2", "https://b.example/")
    writer.run_sync(lambda c: c.execute("UPDATE links SET priority = 0 WHERE url != 'https://a.example/1'"))
    frontier.terms = replace(frontier.terms, min_priority=1)
    (lease,) = await frontier.claim(9)
    assert [link.url for link in lease.links] == ["https://a.example/1"]
    assert await frontier.waiting(1) == 1
    assert await frontier.waiting(0) == 3


async def test_paused_and_later_sites_wait(frontier, writer, turn):
    await ask(frontier, "https://a.example/", "https://b.example/")
    (lease,) = await frontier.claim(1)
    await frontier.release(lease, clock.after(100))
    writer.run_sync(
        lambda c: c.execute("UPDATE sites SET paused_until = ? WHERE id != ?", (clock.after(50), lease.site_id))
    )
    assert await frontier.claim(9) == []
    turn(51)
    (other,) = await frontier.claim(9)
    assert other.site != lease.site
    turn(50)
    assert [lease.site for lease in await frontier.claim(9)] == [lease.site]


async def test_sites_only_leaves_the_others_due(writer):
    frontier = fill.begin(writer, sites_only=["*.test", "b.example"])[1]
    await ask(frontier, "https://a.test/", "https://b.example/", "https://c.example/")
    document = AskedArticle(url="urn:sha256:" + "0" * 64, source="file", body=b"words", body_type="text")
    await frontier.add_articles([document], public=False)
    assert {lease.site for lease in await frontier.claim(9)} == {"a.test", "b.example", "local"}
    assert await frontier.waiting() == 4


async def test_a_dead_holder_s_lease_runs_out_and_its_late_result_is_refused(frontier, writer, turn):
    other = fill.begin(writer, run="run-2")[1]
    await ask(frontier, "https://a.example/")
    (lease,) = await frontier.claim(1)
    turn(299)
    assert await other.claim(1) == []
    turn(3)
    (taken,) = await other.claim(1)
    assert taken.epoch == lease.epoch + 1
    assert await frontier.extend([(lease.site_id, lease.epoch)]) == []
    late = fill.result(lease, lease.links[0], frontier)
    assert await frontier.record([late]) == [LEASE_LOST]
    await frontier.release(lease)  # not its own any more: nothing happens
    assert await frontier.claim(1) == []
    assert await other.record([fill.result(taken, taken.links[0], other)]) == [RECORDED]
    assert rows(writer, "SELECT count(*) FROM checks") == [(1,)]


async def test_an_extended_lease_runs_on(frontier, writer, turn):
    other = fill.begin(writer, run="run-2")[1]
    await ask(frontier, "https://a.example/")
    (lease,) = await frontier.claim(1)
    turn(200)
    assert await frontier.extend([(lease.site_id, lease.epoch), (99, 1)]) == [(lease.site_id, lease.epoch)]
    turn(200)
    assert await other.claim(1) == []
    await frontier.release(lease)
    assert len(await other.claim(1)) == 1


# --- recording ---


async def test_an_article_and_its_citations_are_archived(frontier, writer):
    cites = ["https://a.example/1", "https://b.example/2#part", "https://a.example/1"]
    cites = [fill.citation(url, sentence=f"Sentence {n}.", position=n) for n, url in enumerate(cites)]
    assert await fill.archive(frontier, ARTICLE, cites=cites) == 3
    found = rows(
        writer, "SELECT link_url, sentence, verdict, checked_at IS NOT NULL FROM citation_status ORDER BY position"
    )
    assert found == [
        ("https://a.example/1", "Sentence 0.", "alive", 1),
        ("https://b.example/2", "Sentence 1.", "alive", 1),
        ("https://a.example/1", "Sentence 2.", "alive", 1),
    ]
    assert rows(writer, "SELECT name, records FROM warcs") == [("citekeep-1.warc.gz", None)]
    assert rows(writer, "SELECT count(*), count(warc_id) FROM captures") == [(3, 3)]
    assert rows(writer, "PRAGMA foreign_key_check") == []


async def test_the_same_article_again_adds_checks_and_versions_never_duplicates(frontier, writer, turn):
    cites = ["https://a.example/1", "https://b.example/2"]
    await fill.archive(frontier, ARTICLE, cites=cites)
    turn(86_400)
    again = fill.begin(writer, run="run-2")[1]
    changed = [fill.citation(cites[0], position=5), fill.citation("https://c.example/", position=6)]
    await fill.archive(again, ARTICLE, cites=changed, text="Another text.")
    assert rows(writer, "SELECT count(*) FROM links") == [(4,)]
    assert rows(writer, "SELECT count(*), max(turn) FROM checks WHERE link_id = 1") == [(2, 1)]
    assert rows(writer, "SELECT first_check_id < last_check_id, cited_on_basis FROM citations ORDER BY id") == [
        (1, "first_seen"),
        (0, "first_seen"),
        (0, "between_checks"),
    ]
    # the body had the same digest, so the extractor's first document of it stands
    assert rows(writer, "SELECT count(*) FROM documents") == [(1,)]


async def test_a_repeated_result_is_recorded_once(frontier, writer):
    await ask(frontier, ARTICLE)
    (lease,) = await frontier.claim(1)
    one = fill.result(lease, lease.links[0], frontier, wish="save")
    assert await frontier.record([one, one]) == [RECORDED, RECORDED]
    assert await frontier.record([one]) == [RECORDED]
    other = replace(one, check={**one.check, "checked_at": "2020-01-01T00:00:00Z"})
    assert await frontier.record([other]) == [STALE_TURN]
    assert await frontier.record([replace(one, link_id=99)]) == [STALE_TURN]
    assert await frontier.record([replace(one, turn=5)]) == [STALE_TURN]
    for table in ("checks", "captures", "judgements", "saves"):
        assert rows(writer, f"SELECT count(*) FROM {table}") == [(1,)], table


async def test_cited_links_are_not_asked_twice_in_one_run_but_again_in_the_next(frontier, writer, turn):
    checks = await fill.archive(frontier, ARTICLE, cites=["https://a.example/1"])
    assert checks == 2
    await ask(frontier, "https://other.example/")
    (lease,) = await frontier.claim(5)
    await frontier.record([fill.result(lease, lease.links[0], frontier, extracted=fill.extraction(cites=[ARTICLE]))])
    await frontier.release(lease)
    assert await frontier.waiting() == 0  # ARTICLE was checked in this run
    turn(10)
    assert await fill.archive(fill.begin(writer, run="run-2")[1], ARTICLE, cites=["https://a.example/1"]) == 2


async def test_an_error_page_is_not_the_article(frontier, writer, turn):
    await fill.archive(frontier, ARTICLE, cites=["https://a.example/1"])
    turn(100)
    again = fill.begin(writer, run="run-2")[1]
    gone = {
        "verdict": "not_found",
        "status": 404,
        "standing": "doubtful",
        "body": "Not found",
        "extracted": fill.extraction("Not found.", cites=["https://menu.example/"], title="404"),
    }
    await fill.archive(again, ARTICLE, outcomes={ARTICLE: gone})
    assert rows(writer, "SELECT text FROM article_texts") == [("A text about emigration.",)]
    assert rows(writer, "SELECT link_url FROM citation_status") == [("https://a.example/1",)]
    assert rows(writer, "SELECT readings FROM article_versions") == [(1,)]  # nor a version of it
    assert rows(writer, "SELECT count(DISTINCT document_id) FROM checks WHERE link_id = 1") == [(2,)]  # but it is kept


async def test_private_citations_are_never_wished_for_until_they_are_public(frontier, writer):
    outcomes = {"https://a.example/1": {"wish": "save"}}
    await fill.archive(frontier, ARTICLE, cites=["https://a.example/1"], outcomes=outcomes, public=False)
    assert rows(writer, "SELECT url, public FROM links ORDER BY id") == [(ARTICLE, 0), ("https://a.example/1", 0)]
    assert rows(writer, "SELECT * FROM saves") == []
    await ask(frontier, ARTICLE)
    assert rows(writer, "SELECT sum(public) FROM links") == [(2,)]
    await ask(frontier, ARTICLE, public=False)
    assert rows(writer, "SELECT sum(public) FROM links") == [(2,)]


async def test_what_a_public_article_cites_is_wished_for_though_a_private_one_cited_it_first(frontier, writer):
    cited = "https://a.example/1"
    outcomes = {cited: {"wish": "save"}}
    await fill.archive(frontier, ARTICLE, cites=[cited], outcomes=outcomes, public=False)
    assert rows(writer, "SELECT turn FROM links WHERE url LIKE '%a.example%'") == [(1,)]
    await fill.archive(frontier, "https://news.example/other", cites=[cited], outcomes=outcomes)
    assert rows(writer, "SELECT turn, public FROM links WHERE url LIKE '%a.example%'") == [(2, 1)], (
        "once more, and no more"
    )
    assert rows(
        writer, "SELECT l.url FROM saves AS s JOIN links AS l ON l.id = s.link_id WHERE l.url LIKE '%a.example%'"
    ) == [(cited,)]


async def test_wishes_open_one_save_each(frontier, writer, turn):
    for number, mode in enumerate(["lookup", "save", "lookup"]):
        turn(100)
        run = fill.begin(writer, run=f"run-{number + 5}")[1]
        await fill.archive(run, ARTICLE, outcomes={ARTICLE: {"wish": mode}})
    assert rows(writer, "SELECT mode, state FROM saves") == [("save", "wanted")]
    assert rows(writer, "SELECT from_state, to_state FROM save_events") == [(None, "wanted")]
    writer.run_sync(lambda c: c.execute("UPDATE saves SET state = 'refused'"))
    turn(100)
    await fill.archive(fill.begin(writer, run="run-9")[1], ARTICLE, outcomes={ARTICLE: {"wish": "save"}})
    assert rows(writer, "SELECT state FROM saves ORDER BY id") == [("refused",), ("wanted",)]


async def test_withheld_and_unusable_links_are_recorded_never_lost(frontier, writer):
    cites = ["https://a.example/logout?token=0123456789abcdef0123456789abcdef", "http://[bad", "ftp://a.example/f"]
    await fill.archive(frontier, ARTICLE, cites=cites)
    found = dict(rows(writer, "SELECT url_as_written, withheld FROM citations JOIN links ON links.id = link_id"))
    assert set(found) == set(cites)
    assert found["http://[bad"] == "invalid_url"
    assert found["ftp://a.example/f"] == "unsupported_scheme"
    assert found[cites[0]] in {"looks_secret", "acts_on_get"}


async def test_a_saved_document_survives_a_kill_and_goes_once_it_is_recorded(frontier, writer, turn):
    name = "urn:sha256:" + "1" * 64
    document = AskedArticle(url=name, source="file", body=b"The words.", body_type="text")
    await frontier.add_articles([document], public=False)
    await frontier.claim(1)
    turn(400)  # its holder was killed
    (lease,) = await frontier.claim(1)
    (link,) = lease.links
    assert (link.local_body, link.local_type, link.public) == (b"The words.", "text", False)
    extracted = fill.extraction("The words.", cites=["https://a.example/"])
    told = {"verdict": "saved_document", "standing": "not_checked", "status": None}
    assert await frontier.record([fill.result(lease, link, frontier, extracted=extracted, **told)]) == [RECORDED]
    assert rows(writer, "SELECT * FROM local_documents") == []
    assert rows(writer, "SELECT text FROM article_texts") == [("The words.",)]
    assert rows(writer, "SELECT body_sha256 FROM documents") == [(fill.sha256("The words."),)]


async def test_hostile_text_is_recorded_not_refused(frontier, writer):
    nasty = "half \ud800 pair, NUL \0, and \U0001f600"
    await ask(frontier, ARTICLE)
    (lease,) = await frontier.claim(1)
    extracted = fill.extraction(
        nasty,
        cites=[fill.citation("https://a.example/" + nasty, sentence=nasty, anchor=nasty)],
        title=nasty,
        published_on="0000-99-99",
        published_at="yesterday",
        published_basis="hearsay",
        published_text=nasty,
    )
    one = fill.result(lease, lease.links[0], frontier, extracted=extracted, content_type=nasty, error="unheard_of")
    one.captures[0] |= {"status": 1000, "error": "unheard_of", "error_text": nasty, "tls": {"subject": nasty}, "hop": 0}
    one.judgement.evidence["matched"] = nasty
    one.check["status"] = 7
    assert await frontier.record([one]) == [RECORDED]
    assert rows(writer, "SELECT status, error FROM checks") == [(None, "other")]
    assert rows(writer, "SELECT published_at FROM article_texts") == [(None,)]


async def test_robots_facts_come_with_the_next_lease_while_they_are_fresh(frontier, writer, turn):
    await ask(frontier, ARTICLE)
    (lease,) = await frontier.claim(1)
    one = fill.result(lease, lease.links[0], frontier)
    read_at = clock.now()
    one.robots = {
        "https://news.example": {"status": 200, "body": b"User-agent: *", "read_at": read_at},
        "https://other.example": {"status": None, "body": b"", "read_at": read_at},
        "not an origin": {"status": 200, "body": b"", "read_at": read_at},
    }
    await frontier.record([one])
    await frontier.release(lease)
    await ask(frontier, ARTICLE)
    (lease,) = await frontier.claim(1)
    assert lease.robots == {"https://news.example": {"status": 200, "body": b"User-agent: *", "read_at": read_at}}
    await frontier.release(lease)
    turn(86_401)
    assert (await frontier.claim(1))[0].robots == {}


async def test_proofs_of_life_and_death_bracket_a_death(frontier, writer, turn):
    async def check(number, **told):
        turn(86_400)
        await fill.archive(fill.begin(writer, run=f"run-{number + 5}")[1], ARTICLE, outcomes={ARTICLE: told})
        return rows(writer, "SELECT alive_until, dead_by, last_strike_at, standing FROM links")[0]

    alive_until, dead_by, _, _ = await check(0)
    assert alive_until is not None
    assert dead_by is None
    gone = {"verdict": "not_found", "status": 404, "standing": "dead"}
    assert (await check(1, **gone))[:2] == (alive_until, clock.now())
    first_seen_dead = clock.now()
    assert (await check(2, **gone))[:2] == (alive_until, first_seen_dead)
    alive_again, dead_by, struck, standing = await check(3)
    assert (alive_again, dead_by, struck, standing) == (clock.now(), None, None, "alive")


async def test_equal_texts_are_stored_once_and_found_by_search(frontier, writer):
    text = "Российские журналисты уехали; ёжик остался."
    await fill.archive(frontier, ARTICLE, text=text)
    await fill.archive(frontier, "https://news.example/copy", text=text)
    assert rows(writer, "SELECT count(*) FROM texts") == [(1,)]
    assert rows(writer, "SELECT count(*) FROM documents") == [(2,)]
    search = "SELECT count(*) FROM texts_search WHERE texts_search MATCH fold(?)"
    assert [rows(writer, search, words)[0][0] for words in ("российского журналиста", "ежик", "медведь")] == [1, 1, 0]


async def test_a_document_that_crashed_gives_way_to_one_that_did_not(frontier, writer, turn):
    crashed = replace(fill.extraction(""), outcome="timed_out", citations=None)
    await fill.archive(frontier, ARTICLE, outcomes={ARTICLE: {"extracted": crashed}})
    assert rows(writer, "SELECT text FROM article_texts") == []
    turn(10)
    await fill.archive(fill.begin(writer, run="run-2")[1], ARTICLE)
    assert rows(writer, "SELECT outcome, title FROM documents") == [("ok", "A title")]
    assert len(rows(writer, "SELECT text FROM article_texts")) == 1


# --- runs ---


async def test_an_interrupted_run_is_gone_on_with(writer, turn):
    crawl, frontier = fill.begin(writer, arguments={"urls": "-"})
    await ask(frontier, "https://a.example/", "https://b.example/")
    (lease,) = await frontier.claim(1)
    await frontier.record([fill.result(lease, lease.links[0], frontier)])
    turn(crawls.DEAD_AFTER + 2)
    second, again = fill.begin(writer, run="run-2", arguments={"urls": "-"})
    assert (second.resumes_id, second.since_at) == (crawl.crawl_id, crawl.since_at)
    assert await ask(again, "https://a.example/", "https://b.example/", since=second.since_at) == 1
    assert {lease.site for lease in await again.claim(9)} == {"a.example", "b.example"} - {lease.site}
    writer.run_sync(lambda c: crawls.finish(c, second.crawl_id, reason="finished", stats={"odd": object()}))
    assert rows(writer, "SELECT finish_reason FROM crawls ORDER BY id") == [("interrupted",), ("finished",)]
    assert rows(writer, "SELECT count(*) FROM sites WHERE claimed_by IS NOT NULL OR asked_at IS NULL") == [(0,)]
    assert fill.begin(writer, run="run-3", arguments={"urls": "-"})[0].resumes_id is None


async def test_a_beating_run_is_not_taken_for_killed(writer, turn):
    crawl, _ = fill.begin(writer)
    turn(crawls.DEAD_AFTER - 5)
    writer.run_sync(lambda c: crawls.beat(c, crawl.crawl_id))
    turn(crawls.DEAD_AFTER - 5)
    assert writer.run_sync(crawls.mark_interrupted) == 0
    turn(10)
    assert writer.run_sync(crawls.mark_interrupted) == 1
    writer.run_sync(lambda c: crawls.beat(c, crawl.crawl_id))  # it was only suspended
    assert rows(writer, "SELECT finished_at FROM crawls") == [(None,)]


async def test_one_result_that_cannot_be_stored_fails_alone(frontier, writer):
    await ask(frontier, "https://a.example/", "https://b.example/")
    one, two = [(lease, lease.links[0]) for lease in await frontier.claim(2)]
    bad = fill.result(*one, frontier)
    bad.judgement.verdict = "no_such_verdict"
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await frontier.record([bad, fill.result(*two, frontier)])
    await asyncio.sleep(0)
    assert rows(writer, "SELECT link_id FROM checks") == [(two[1].link_id,)]


# --- a run that ended ---


async def test_a_run_that_has_recorded_its_end_claims_nothing(writer, frontier):
    """Its spider may still be asking for more: nobody would give back what it got."""
    await ask(frontier, ARTICLE)
    writer.run_sync(lambda c: crawls.finish(c, frontier.crawl_id, reason="archive_failed", stats={}))
    assert await frontier.claim(10) == []
    other = fill.begin(writer, run="run-2")[1]
    assert len(await other.claim(10)) == 1


# --- a clock that is put back ---


async def test_what_was_asked_for_or_cited_is_due_though_the_clock_was_put_back(writer, frontier, turn):
    """Its time is when it was asked for: a day ahead now. It is no reason to leave it out, and to say that all was done."""
    await fill.archive(frontier, ARTICLE, cites=["https://done.example/"])
    await ask(frontier, ARTICLE)
    (lease,) = await frontier.claim(10)
    cites = fill.extraction(cites=["https://new.example/a", "https://new.example/b"])
    await frontier.record([fill.result(lease, lease.links[0], frontier, extracted=cites)])
    await frontier.release(lease)
    await ask(frontier, "https://other.example/article")
    turn(-86_400)
    assert await frontier.waiting(1) == 3
    leases = await frontier.claim(10)
    assert sorted(link.url for lease in leases for link in lease.links) == [
        "https://new.example/a",
        "https://new.example/b",
        "https://other.example/article",
    ], "what is routine waits for its time"


async def test_of_a_site_what_is_at_risk_and_what_many_cite_is_asked_first(writer, frontier, turn):
    urls = [f"https://cited.example/{n}" for n in range(4)]
    doubtful = {urls[3]: {"verdict": "not_found", "standing": "doubtful", "status": 404}}
    await fill.archive(frontier, ARTICLE, cites=urls, outcomes=doubtful)
    for number in range(2):
        _, again = fill.begin(writer, run=f"again-{number}")
        await fill.archive(again, f"https://news.example/more-{number}", cites=[urls[2]])
    turn(400 * 86_400)
    _, later = fill.begin(writer, run="later")
    leases = {lease.site: lease for lease in await later.claim(5)}
    assert [link.url for link in leases["cited.example"].links] == [urls[3], urls[2], urls[0], urls[1]]


async def test_of_links_asked_for_together_the_longest_unseen_is_asked_first(writer, frontier, turn):
    urls = [f"https://cited.example/{n}" for n in range(3)]
    await fill.archive(frontier, ARTICLE, cites=urls)
    turn(60)
    _, person = fill.begin(writer, run="person", asked_only=True)
    await person.add_links([urls[0]], public=False)
    (lease,) = await person.claim(1)
    await person.record([fill.result(lease, lease.links[0], person)])
    await person.release(lease)
    turn(60)
    await person.add_links(urls, public=False)
    (lease,) = await person.claim(1)
    assert [link.url for link in lease.links] == [urls[1], urls[2], urls[0]]


async def test_of_sites_those_at_risk_are_claimed_first(writer, frontier, turn):
    urls = [f"https://site-{n}.example/" for n in range(4)]
    doubtful = {urls[3]: {"verdict": "not_found", "standing": "doubtful", "status": 404}}
    await fill.archive(frontier, ARTICLE, cites=urls, outcomes=doubtful)
    writer.run_sync(
        lambda c: c.execute("UPDATE links SET next_check_at = '2026-01-01T00:00:00Z' WHERE url = ?", urls[:1])
    )
    turn(400 * 86_400)
    _, later = fill.begin(writer, run="later")
    first, second = [(await later.claim(1))[0].site for _ in range(2)]
    assert (first, second) == ("site-3.example", "site-0.example"), "then what is due longest"
    plan = rows(
        writer,
        "EXPLAIN QUERY PLAN SELECT 1 FROM links AS l WHERE l.site_id = 1 AND l.next_check_at <= 'x'"
        " AND l.standing IN ('doubtful', 'unreachable_from_here')",
    )
    assert "links_risky" in plan[0][3]


# --- a site that a redirect leads to ---


async def test_a_site_is_borrowed_for_one_request_and_nobody_claims_it_meanwhile(frontier, writer):
    await ask(frontier, ARTICLE)
    other = fill.begin(writer, run="other")[1]
    writer.run_sync(lambda c: c.execute("UPDATE sites SET not_before_at = '2000-01-01T00:00:00Z'"))
    borrowed = await as_port(frontier).borrow("news.example", 60)
    assert await other.claim(5) == []
    assert await other.borrow("news.example", 60) is False
    assert await frontier.borrow("news.example", 90) is True, "it is this run's already"
    assert await frontier.borrow("unheard-of.example", 60) is True, "no run can hold it"
    await frontier.give_back(borrowed)
    assert rows(writer, "SELECT not_before_at FROM sites") == [("2000-01-01T00:00:00Z",)]
    (lease,) = await other.claim(5)
    await frontier.give_back(borrowed)
    assert await frontier.borrow("news.example", 60) is False, "what is given back late takes nothing from others"
    wishes = [wish for wish in await other.asked_for() if wish[1] is None]
    assert [wish[0] for wish in wishes] == [lease.site_id], "who holds it learns that somebody wants it"
    await other.release(lease)
    assert await frontier.borrow("news.example", 60)
    assert not [wish for wish in await frontier.asked_for() if wish[1] is None]


async def test_a_wish_that_nobody_renews_is_over(frontier, writer):
    await ask(frontier, ARTICLE)
    await frontier.claim(5)
    assert await fill.begin(writer, run="other")[1].borrow("news.example", 60) is False
    clock.turn(60)
    try:
        assert not [wish for wish in await frontier.asked_for() if wish[1] is None]
    finally:
        clock.turn(-60)


async def test_whoever_takes_a_site_over_keeps_the_pause_at_which_it_was_asked(frontier, writer, monkeypatch):
    now = clock.timestamp()
    monkeypatch.setattr(clock, "timestamp", lambda: now)
    await ask(frontier, ARTICLE)
    other = fill.begin(writer, run="other")[1]
    (lease,) = await frontier.claim(5)
    await frontier.release(lease, rest_ms=30_000)
    borrowed = await other.borrow("news.example", 60)
    assert 29 <= borrowed.rest <= 30
    now += 85
    assert await frontier.claim(5) == [], "its time begins after the rest"
    now += 10
    (lease,) = await frontier.claim(5)
    assert lease.pace["rest_ms"] == 30_000
    await frontier.release(lease)
    borrowed = await other.borrow("news.example", 60)
    assert borrowed.rest == 0.0, "nothing was asked since"
    await other.give_back(borrowed, 1_000)
    now += 11
    assert 19 <= (await frontier.borrow("news.example", 60)).rest <= 20, "who borrows it may not know what it wants"


async def test_a_lease_of_this_run_that_ran_out_stays_what_it_is(frontier):
    await ask(frontier, ARTICLE)
    (lease,) = await frontier.claim(5)
    clock.turn(1_000)
    try:
        assert await frontier.borrow("news.example", 60) is True
        assert await frontier.extend([(lease.site_id, lease.epoch)]) == [(lease.site_id, lease.epoch)]
    finally:
        clock.turn(-1_000)


async def test_what_a_killed_run_had_borrowed_is_free_when_its_time_is_over(frontier, writer):
    await ask(frontier, ARTICLE)
    other = fill.begin(writer, run="other")[1]
    assert await frontier.borrow("news.example", 60)
    clock.turn(120)
    try:
        assert len(await other.claim(5)) == 1
    finally:
        clock.turn(-120)
