"""A capture of the past takes its place in what is known: by its date, beneath what was seen later."""

import warc_files as made
from warc_files import ARTICLE, CITED, Warc, article, page

NEWS = ("news.test/2015/*",)
OWN = """
INSERT INTO crawls (run, spider, arguments, started_at, since_at, heartbeat_at, finished_at, finish_reason, versions)
VALUES ('own', 'links', '{}', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z',
    'finished', '{}');
INSERT INTO checks (link_id, turn, crawl_id, epoch, checked_at, requested_url, status)
SELECT l.id, l.turn, (SELECT id FROM crawls WHERE run = 'own'), 0, '2026-01-01T00:00:00Z', l.url, 404 FROM links AS l
WHERE l.url = 'http://source.test/report';
INSERT INTO judgements (check_id, rules_version, verdict, flags, evidence, judged_at)
SELECT max(id), 2, 'not_found', '[]', '{"rule": "status_404"}', '2026-01-01T00:00:00Z' FROM checks;
UPDATE links SET turn = turn + 1, last_check_id = (SELECT max(id) FROM checks), standing = 'doubtful', strikes = 1,
    last_strike_at = '2026-01-01T00:00:00Z', next_check_at = '2030-01-01T00:00:00Z'
WHERE url = 'http://source.test/report';
"""
"""A check of our own that found the cited page gone."""


def cites(*urls, at=made.FIRST, **more):
    warc = Warc()
    warc.add(ARTICLE, article(*urls, **more), at=at)
    return warc


def test_an_old_capture_extends_what_is_known_and_overrules_nothing(archive, files):
    archive.ingest(cites(CITED).write(files / "article.warc.gz"), patterns=NEWS)
    archive.change(OWN)
    warc = Warc()
    warc.add(CITED, page("The report"), at="2019-05-05T10:00:00Z")
    done = archive.ingest(warc.write(files / "source.warc.gz"))
    assert done.summary.checks == 1
    standing, strikes, alive_until, basis, *_ = archive.standing(CITED)
    assert (standing, strikes, alive_until, basis) == ("doubtful", 1, "2019-05-05T10:00:00Z", "import")
    assert archive.rows("SELECT next_check_at, turn FROM links WHERE url = ?", CITED) == [("2030-01-01T00:00:00Z", 2)]
    assert archive.rows("SELECT verdict, checked_at FROM link_now WHERE url = ?", CITED) == [
        ("not_found", "2026-01-01T00:00:00Z")
    ]
    ((said, then_basis, then_at),) = archive.rows("SELECT said, then_basis, then_at FROM passage_now")
    assert (then_basis, then_at) == ("own_check", "2019-05-05T10:00:00Z")
    assert "gone" in said or said == "cannot be told"


def test_strikes_follow_time_whatever_the_order_of_the_files(archive, files):
    archive.ingest(cites(CITED).write(files / "article.warc.gz"), patterns=NEWS)
    for number, (day, status) in enumerate(
        [("2018-01-01", 404), ("2016-01-01", 404), ("2017-01-01", 200), ("2019-01-01", 404), ("2020-01-01", 404)]
    ):
        warc = Warc()
        warc.add(CITED, page("The report"), at=f"{day}T10:00:00Z", status=f"{status} OK")
        archive.ingest(warc.write(files / f"{number}.warc.gz"))
    assert archive.standing(CITED) == (
        "dead", 3, "2017-01-01T10:00:00Z", "import", "2018-01-01T10:00:00Z", "import",
    )  # fmt: skip
    ((due,),) = archive.rows("SELECT next_check_at < '2021' FROM links WHERE url = ?", CITED)
    assert due, "what others saw long ago is to be looked at now"


def test_a_newer_capture_of_a_browser_lifts_a_refusal(archive, files):
    archive.ingest(cites(CITED).write(files / "article.warc.gz"), patterns=NEWS)
    archive.change(OWN.replace("not_found", "bot_wall").replace("404", "403").replace("doubtful", "refused"))
    warc = Warc()
    warc.add(CITED, page("The report"), at="2026-02-02T10:00:00Z")
    archive.ingest(warc.write(files / "browser.warc.gz"))
    assert archive.standing(CITED)[:4] == ("alive", 0, "2026-02-02T10:00:00Z", "import")


def test_versions_of_an_article_are_in_the_order_of_time(archive, files):
    later = cites(CITED, "http://new.test/", at="2016-01-01T10:00:00Z", title="A later title", extra="It was edited.")
    archive.ingest(later.write(files / "later.warc.gz"), patterns=NEWS)
    first = cites(CITED, "http://dropped.test/", at="2015-03-09T10:00:00Z")
    archive.ingest(first.write(files / "first.warc.gz"), patterns=NEWS)
    assert archive.rows(
        "SELECT version, first_seen_at, title, links, links_added, links_removed FROM article_versions ORDER BY place"
    ) == [
        (1, "2015-03-09T10:00:00Z", "Who is leaving, and why", 2, None, None),
        (2, "2016-01-01T10:00:00Z", "A later title", 2, 1, 1),
    ]
    assert archive.rows("SELECT title FROM article_texts") == [("A later title",)]
    seen = archive.rows(
        "SELECT l.url, f.checked_at, u.checked_at, ci.cited_on_latest FROM citations AS ci JOIN links AS l ON l.id = ci.link_id"
        " JOIN checks AS f ON f.id = ci.first_check_id JOIN checks AS u ON u.id = ci.last_check_id ORDER BY l.url"
    )
    assert [(url, first[:4], last[:4]) for url, first, last, _ in seen] == [
        ("http://dropped.test/", "2015", "2015"),
        ("http://new.test/", "2016", "2016"),
        (CITED, "2015", "2016"),
    ]
    assert [on for *_, on in seen] == ["2015-03-01", "2016-01-01", "2015-03-01"], "the new one came between the two"
    (dates,) = archive.rows(
        "SELECT cited_on_earliest, cited_on_basis FROM citations AS ci JOIN links AS l ON l.id = ci.link_id"
        " WHERE l.url = 'http://new.test/'"
    )
    assert dates == ("2015-03-09", "between_checks")


def test_passages_hold_from_the_check_that_saw_them(archive, files):
    """Present, then absent: the older capture comes last, and what is there now stays what it was."""
    words = "He counted 12,345 people at the border in Verkhny Lars on that day, as Elena Petrova had told him."
    warc = Warc()
    warc.add(
        ARTICLE,
        article().replace(
            b"</article>", f'<p>{words[:-1]} (<a href="{CITED}">{words[:20]}</a>).</p></article>'.encode()
        ),
    )
    archive.ingest(warc.write(files / "a.warc.gz"), patterns=NEWS)
    for day, told in (
        ("2020-01-01", "Nothing of it stands here any more, and it is about something else."),
        ("2016-01-01", words),
    ):
        warc = Warc()
        warc.add(CITED, page("A page", (told + " ") * 5), at=f"{day}T10:00:00Z")
        archive.ingest(warc.write(files / f"{day}.warc.gz"))
    ((then, then_at, now, now_at, said),) = archive.rows(
        "SELECT then_answer, then_at, now_answer, now_at, said FROM passage_now"
    )
    assert (then, then_at[:4], now, now_at[:4], said) == ("present", "2016", "absent", "2020", "no longer there")


def test_public_only_where_a_person_says_so(archive, files):
    path = cites(CITED).write(files / "a.warc.gz")
    archive.ingest(path, patterns=NEWS, public=True, collection="emigration")
    assert archive.rows("SELECT public, collection FROM articles") == [(1, "emigration")]
    assert archive.rows("SELECT min(public) FROM links") == [(1,)]
    assert archive.rows("SELECT collection FROM crawls") == [("emigration",)]
