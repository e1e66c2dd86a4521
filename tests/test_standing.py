"""Proofs of life and death: what captures and jobs of others add to our own checks, and what is written of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.archive_fixture as fill
from citekeep import clock, database
from citekeep.cards.card import cards_of_link
from citekeep.cards.words import sure
from citekeep.proofs import Captured, Failed, Seen, conclude, to_read
from citekeep.schedule import STANDINGS, Rules, schedule
from citekeep.standing import be_patient, settle
from citekeep.verdicts.table import BY_NAME, VERDICTS

DAY = 86_400.0
NOW = "2026-03-01T12:00:00Z"
GROUPS = {row.name: (row.group, row.strikes) for row in VERDICTS}


def own(verdict, at=NOW, check_id=1):
    group, struck = GROUPS[verdict]
    return Seen(check_id=check_id, at=at, verdict=verdict, group=group, struck=struck)


def memento(at, status=200, quality="unread", reason="", memento_id=1):
    return Captured(memento_id=memento_id, at=at, status=status, quality=quality, reason=reason)


GONE_FOR_LONG = [
    memento("2021-01-01T00:00:00Z", memento_id=1),
    memento("2022-03-05T00:00:00Z", quality="verified", memento_id=2),
    memento("2022-06-01T00:00:00Z", 404, memento_id=3),
    memento("2023-06-01T00:00:00Z", 410, memento_id=4),
]


def test_captures_that_show_it_gone_for_long_make_one_strike_enough():
    found = conclude("doubtful", [own("not_found")], GONE_FOR_LONG)
    assert (found.standing, found.basis) == ("dead", "memento")
    assert (found.alive_until.at, found.alive_until.basis, found.alive_until.row_id) == (
        "2022-03-05T00:00:00Z", "memento", 2,
    )  # fmt: skip
    assert (found.dead_by.at, found.dead_by.basis, found.dead_by.row_id) == ("2022-06-01T00:00:00Z", "memento", 3)


@pytest.mark.parametrize("verdict", ["timeout", "dns_error", "conn_reset"])
def test_what_only_we_cannot_reach_dies_by_a_witness_alone(verdict):
    alone = conclude("unreachable_from_here", [own(verdict)], GONE_FOR_LONG[:2])
    assert (alone.standing, alone.dead_by) == ("unreachable_from_here", None)
    assert conclude("unreachable_from_here", [own(verdict)], GONE_FOR_LONG).standing == "dead"


@pytest.mark.parametrize(
    ("standing", "last", "mementos"),
    [
        ("doubtful", "not_found", [*GONE_FOR_LONG, memento("2024-01-01T00:00:00Z")]),  # a later good one
        ("doubtful", "not_found", GONE_FOR_LONG[:3]),  # once is no time span
        ("doubtful", "not_found", [memento("2022-06-01T00:00:00Z", 404), memento("2022-06-02T00:00:00Z", 404)]),
        ("doubtful", "not_found", [memento("2022-06-01T00:00:00Z", 403), memento("2023-06-02T00:00:00Z", 503)]),
        ("refused", "bot_wall", GONE_FOR_LONG),  # a refusal never dies
        ("doubtful", "content_drift", GONE_FOR_LONG),  # it answers
        ("doubtful", "js_shell", GONE_FOR_LONG),
    ],
)
def test_what_is_no_witness_of_a_death(standing, last, mementos):
    found = conclude(standing, [own(last)], mementos)
    assert (found.standing, found.basis, found.dead_by) == (standing, None, None)


def test_captures_read_back_and_found_bad_prove_a_death_too():
    read = [
        memento("2022-06-01T00:00:00Z", 200, "rejected", "parked: The domain is parked."),
        memento("2023-06-01T00:00:00Z", 200, "rejected", "soft_404: Not found."),
    ]
    assert conclude("doubtful", [own("parked")], read).basis == "memento"
    walls = [memento(m.at, 200, "rejected", "bot_wall: A wall.") for m in read]
    assert conclude("doubtful", [own("parked")], walls).basis is None


def test_only_captures_that_were_read_prove_life():
    assert conclude("doubtful", [own("not_found")], [memento("2024-01-01T00:00:00Z")]).alive_until is None
    read = [memento("2024-01-01T00:00:00Z", quality="verified")]
    assert conclude("doubtful", [own("parked")], read).alive_until.at == read[0].at


def test_each_reading_halves_what_is_open():
    """Of 300 captures that all say 200, the page was parked from the 200th on."""
    captures = [memento(clock.text(n * DAY), memento_id=n) for n in range(300)]
    readings = 0
    while (chosen := to_read(captures)) is not None:
        readings += 1
        quality, reason = ("verified", "") if chosen < 200 else ("rejected", "parked: The domain is parked.")
        captures[chosen] = memento(clock.text(chosen * DAY), quality=quality, reason=reason, memento_id=chosen)
    assert readings <= 10
    found = conclude("dead", [own("parked")], captures)
    assert (found.alive_until.row_id, found.dead_by.row_id) == (199, 200)


def test_what_is_read_lies_after_the_last_life_and_before_the_first_death():
    assert to_read([]) is None
    assert to_read(GONE_FOR_LONG) is None, "404s follow the last good one"
    before = memento("2022-04-01T00:00:00Z", memento_id=9)
    assert to_read([*GONE_FOR_LONG, before]) == 9
    newest = memento("2024-01-01T00:00:00Z", memento_id=9)
    assert to_read([*GONE_FOR_LONG, newest]) == 9, "has it come back?"
    assert to_read([*GONE_FOR_LONG, newest, memento("2025-01-01T00:00:00Z", 404)]) is None


@pytest.mark.parametrize(
    ("verdict", "code", "standing"),
    [
        ("not_found", "not-found", "dead"),
        ("dns_nxdomain", "invalid-host-resolution", "dead"),
        ("not_found", "invalid-host-resolution", "doubtful"),
        ("not_found", "no-access", "doubtful"),
        ("not_found", "celery", "doubtful"),
        ("timeout", "read-timeout", "doubtful"),
        ("server_error", "bad-gateway", "doubtful"),
    ],
)
def test_a_save_job_that_failed_the_same_way_is_a_second_witness(verdict, code, standing):
    found = conclude("doubtful", [own(verdict)], [], [Failed(at="2026-02-20T00:00:00Z", code=code)])
    assert (found.standing, found.basis) == (standing, "save_job" if standing == "dead" else None)


def test_a_job_that_failed_before_the_page_was_last_seen_alive_proves_nothing():
    checks = [own("alive", "2026-02-25T00:00:00Z", 1), own("not_found", NOW, 2)]
    found = conclude("doubtful", checks, [], [Failed(at="2026-02-20T00:00:00Z", code="not-found")])
    assert found.standing == "doubtful"


def test_strikes_alone_make_an_interval_from_the_last_life_to_the_first_strike():
    checks = [own("alive", "2026-01-01T00:00:00Z", 1), own("timeout", "2026-01-20T00:00:00Z", 2)]
    checks += [own("gone", f"2026-02-{day:02}T00:00:00Z", day) for day in (3, 6, 9)]
    found = conclude("dead", checks, [])
    assert (found.basis, found.alive_until.row_id, found.dead_by.row_id) == ("strikes", 1, 3)


def test_an_archive_that_saw_it_alive_since_takes_the_strikes_back():
    checks = [own("gone", f"2026-02-{day:02}T00:00:00Z", day) for day in (3, 6, 9)]
    unread = memento("2026-02-20T00:00:00Z")
    assert conclude("dead", checks, [unread]).standing == "dead", "a status is not enough against our own eyes"
    found = conclude("dead", checks, [memento("2026-02-20T00:00:00Z", quality="verified")])
    assert (found.standing, found.cleared, found.dead_by) == ("doubtful", True, None)


def test_a_failure_that_others_share_strikes_slowly():
    history = {"standing": "unreachable_from_here", "strikes": 0, "last_checked_at": clock.text(0), "witnessed": True}
    after = schedule("timeout", history, now=NOW)
    assert (after.standing, after.strikes, after.struck) == ("doubtful", 1, True)
    sixth = history | {"standing": "doubtful", "strikes": 5}
    assert schedule("timeout", sixth, now=NOW).standing == "dead"
    assert schedule("timeout", sixth | {"strikes": 4}, now=NOW).standing == "doubtful"


times = st.integers(0, 2_000_000_000).map(clock.text)


@given(
    standing=st.sampled_from([*STANDINGS, None]),
    checks=st.lists(st.builds(own, st.sampled_from(sorted(BY_NAME)), times, st.integers(1, 99)), max_size=6),
    mementos=st.lists(
        st.builds(
            memento, times, st.sampled_from([None, 200, 301, 403, 404, 410, 503]),
            st.sampled_from(["unread", "verified", "rejected", "lost", "identical"]),
            st.sampled_from(["", "soft_404: x", "not a verdict"]), st.integers(1, 99),
        ),
        max_size=6,
    ),
    failures=st.lists(st.builds(Failed, at=times, code=st.sampled_from(["not-found", "no-access", ""])), max_size=3),
)  # fmt: skip
def test_any_rows_give_an_answer_that_does_not_contradict_itself(standing, checks, mementos, failures):
    found = conclude(standing, checks, mementos, failures)
    assert found.standing in {standing, "dead", "doubtful"}
    assert (found.standing == "dead") == (found.basis is not None)
    if found.dead_by is not None:
        assert found.standing == "dead"
        assert found.alive_until is None or found.alive_until.at < found.dead_by.at
    assert conclude(standing, checks[::-1], mementos[::-1], failures) == found


# --- in the database ---


@pytest.fixture
def writer(tmp_path):
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


def rows(writer, sql):
    return writer.run_sync(lambda c: c.execute(sql).fetchall())


def add_mementos(writer, *captures):
    def add(connection):
        for link_id, at, status in captures:
            url = f"https://web.archive.org/web/{clock.stamp14(at)}/{link_id}"
            connection.execute(
                "INSERT INTO mementos (link_id, service, memento_url, memento_at, origin, found_at, status, quality)"
                " VALUES (?, 'wayback', ?, ?, 'cdx', ?, ?, iif(? = 200, 'verified', 'unread'))",
                (link_id, url, at, clock.now(), status, status),
            )
            settle(connection, link_id)

    writer.run_sync(add)


NXDOMAIN = {"verdict": "dns_nxdomain", "standing": "doubtful", "status": None, "error": "nxdomain"}


async def test_41_of_41_dead_alive_until_march_2022_of_a_host_first_seen_today(writer):
    urls = [f"https://znak.test/{n}" for n in range(41)]
    await fill.archive(
        fill.begin(writer)[1], "https://article.test/", cites=urls, outcomes=dict.fromkeys(urls, NXDOMAIN)
    )
    found = rows(writer, "SELECT id FROM links WHERE url LIKE 'https://znak.test/%' ORDER BY id")
    for n, (link_id,) in enumerate(found):
        add_mementos(
            writer,
            (link_id, f"2022-0{1 + n % 3}-05T00:00:00Z", 200),
            (link_id, f"2022-0{4 + n % 3}-05T00:00:00Z", 404),
            (link_id, "2023-01-01T00:00:00Z", 404),
        )
    told = "SELECT dead, links, alive_until, dead_by, said FROM host_autopsy WHERE host = 'znak.test'"
    assert rows(writer, told) == [
        (41, 41, "2022-03-05T00:00:00Z", "2022-04-05T00:00:00Z", "41 of 41 dead, alive until 2022-03-05")
    ]
    bases = (
        "SELECT DISTINCT standing, standing_basis, alive_until_basis, dead_by_basis FROM links WHERE url LIKE '%znak%'"
    )
    assert rows(writer, bases) == [("dead", "memento", "memento", "memento")]


async def test_an_article_is_no_source_of_its_own_and_is_proof_that_its_host_lives(writer):
    article, gone = "https://paper.test/story", "https://paper.test/gone"
    await fill.archive(fill.begin(writer)[1], article, cites=[gone], outcomes={gone: NXDOMAIN})
    told = "SELECT links, checked, answering, looking_dead, alive_until IS NOT NULL FROM host_autopsy"
    assert rows(writer, told) == [(1, 1, 0, 1, 1)]
    ((link_id,),) = rows(writer, f"SELECT id FROM links WHERE url = '{gone}'")
    for most in (3, 5):  # cards say of how many strikes the last run let a link die
        writer.run_sync(be_patient, Rules(strikes_to_die=most))
        (card,) = writer.run_sync(lambda c: cards_of_link(c, link_id, now=clock.now()))
        assert sure(card).startswith(f"Not yet: strike {card.now.strikes} of {most};")


async def test_a_success_clears_and_a_witness_who_was_wrong_is_heard_no_more(writer):
    url = "https://a.test/x"
    await fill.archive(fill.begin(writer)[1], "https://article.test/", cites=[url], outcomes={url: NXDOMAIN})
    ((link_id,),) = rows(writer, f"SELECT id FROM links WHERE url = '{url}'")
    add_mementos(writer, (link_id, "2022-06-01T00:00:00Z", 404), (link_id, "2023-06-01T00:00:00Z", 404))
    state = f"SELECT standing, standing_basis, dead_by_basis, strikes FROM links WHERE id = {link_id}"
    assert rows(writer, state) == [("dead", "memento", "memento", 0)]
    add_mementos(writer, (link_id, "2024-06-01T00:00:00Z", 200))
    assert rows(writer, state) == [("doubtful", None, None, 0)]
    writer.run_sync(lambda c: c.execute("UPDATE mementos SET quality = 'rejected', reason = 'soft_404: x'") and None)
    writer.run_sync(settle, link_id)
    assert rows(writer, state)[0][:2] == ("dead", "memento")


async def test_the_settings_of_the_run_are_followed(writer):
    writer.run_sync(be_patient, Rules(strikes_to_die=10, strike_days=100))
    url = "https://a.test/x"
    await fill.archive(fill.begin(writer)[1], "https://article.test/", cites=[url], outcomes={url: NXDOMAIN})
    ((link_id,),) = rows(writer, f"SELECT id FROM links WHERE url = '{url}'")
    add_mementos(writer, (link_id, "2022-06-01T00:00:00Z", 404), (link_id, "2023-06-01T00:00:00Z", 404))
    assert rows(writer, f"SELECT standing FROM links WHERE id = {link_id}") == [("doubtful",)]
    add_mementos(writer, (link_id, "2025-06-01T00:00:00Z", 404))
    assert rows(writer, f"SELECT standing FROM links WHERE id = {link_id}") == [("dead",)]
