"""What the judge of ``python -m benchmarks.quarter`` takes for the truth: deaths that overlap, and pages that were usurped."""

import gzip
from types import SimpleNamespace

import pytest

from benchmarks.quarter import show
from benchmarks.quarter.judge import articles, deaths, whole
from benchmarks.quarter.judge.known import Check
from benchmarks.quarter.world import DAY, Episode, World

BEGINS = 1_790_000_000.0


@pytest.fixture
def world():
    """A small world in which nothing befalls anybody."""
    made = World(outlets=2, days=30, begins=BEGINS, seed=1)
    for site in made.sites():
        site.episodes.clear()
        for page in site.pages.values():
            page.episodes.clear()
    return made


def day(number):
    return BEGINS + number * DAY


def first_page(world):
    site = next(iter(world.outlets.values()))
    page = site.articles(day(2))[-1]
    return site, page, site.url(page.path)


@pytest.mark.parametrize(
    ("of_site", "of_page", "at", "since"),
    [
        ((), ((5, 10),), 7, 5),
        ((), ((5, 10),), 12, None),
        (((8, 99),), ((5, 10),), 12, 5),
        (((5, 20),), ((8, 10),), 12, 5),
        (((8, 99),), ((2, 4), (5, 8)), 12, 5),
        (((8, 99),), ((5, 10),), 4, None),
    ],
    ids=["one", "revived", "one after another", "one within another", "a break", "not yet"],
)
def test_a_page_is_dead_since_the_first_of_deaths_that_overlap(world, of_site, of_page, at, since):
    site, page, url = first_page(world)
    site.episodes += [Episode("unknown", day(begins), day(ends)) for begins, ends in of_site]
    page.episodes += [Episode("gone", day(begins), day(ends)) for begins, ends in of_page]
    assert world.dead_since(url, day(at)) == (None if since is None else day(since))


def judged(question, world, url, checks, *, alive_until=None, mementos=()):
    """Return what is wrong by a question of the judge, about a link with checks: (day, verdict)."""
    made = [
        Check(url, day(at), 200, None, url, "0", verdict, "changed" if verdict == "usurped" else "alive")
        for at, verdict in checks
    ]
    links = [(url, "alive", alive_until, None)]
    known = SimpleNamespace(
        world=world, checks={url: made}, ask=lambda sql, *_: links if "FROM links" in sql else list(mementos)
    )
    finding = question(known)
    return len(finding.wrong)


def test_what_was_seen_before_it_was_usurped_has_to_be_found(world):
    site, _, url = first_page(world)
    site.episodes.append(Episode("usurped", day(10)))
    assert judged(deaths.noticed, world, url, [(5, "alive"), (12, "usurped")]) == 0
    assert judged(deaths.noticed, world, url, [(5, "alive"), (12, "alive_unverified")]) == 1
    assert judged(deaths.noticed, world, url, [(12, "alive_unverified"), (14, "alive_unverified")]) == 0, (
        "who could tell?"
    )


def test_nothing_may_vouch_for_what_somebody_else_shows(world):
    site, _, url = first_page(world)
    site.episodes.append(Episode("usurped", day(10)))
    before, after = ("2026-09-27T00:00:00Z", "2026-10-11T00:00:00Z")
    checks = [(5, "alive"), (22, "usurped")]

    def vouched(**named):
        return judged(deaths.vouched, world, url, checks, **named)

    assert vouched(alive_until=before, mementos=[(before, "verified"), (after, "rejected")]) == 0
    assert vouched(alive_until=after, mementos=[(after, "verified")]) == 2


def test_what_a_usurper_shows_where_a_zipped_list_was_lists_nothing(world):
    _, page, url = first_page(world)
    base = url.removesuffix(page.path)
    zipped, shown = gzip.compress(url.encode()), b"<!DOCTYPE html><title>Bonus</title>"
    path = next(path for path in show.PLACES.values() if show.is_list(path))
    for body, found in ((zipped, [url]), (shown, []), (b"", [])):
        asked = SimpleNamespace(url=f"{base}{path}", path=path, status=200, body=body, at=day(3))
        assert list(articles.listed(SimpleNamespace(world=world), asked)) == found


def test_a_question_that_fails_is_wrong_and_the_others_are_asked():
    def fails(_):
        raise ValueError("no such world")

    (sentence,) = whole._asked(fails, None).wrong
    assert "no such world" in sentence
