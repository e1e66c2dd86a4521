"""From verdicts to standing, strikes and the next check."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep import clock
from citekeep.schedule import DAY, NEXT_BY_VERDICT, STANDINGS, UNREACHABLE, Rules, schedule
from citekeep.verdicts.table import BY_NAME, VERDICTS

NOW = "2026-03-01T12:00:00Z"


def days(number):
    return clock.text(clock.parse(NOW) + number * DAY)


class Link:
    """A link that is checked again and again; its history is what the database would keep."""

    def __init__(self):
        self.history = {"standing": None, "strikes": 0, "last_checked_at": None}

    def check(self, verdict, at):
        after = schedule(verdict, self.history, now=days(at))
        self.history |= {"standing": after.standing, "strikes": after.strikes, "last_checked_at": days(at)}
        if after.struck:
            self.history["last_strike_at"] = days(at)
        return after


def test_dead_after_three_strikes_three_days_apart():
    link = Link()
    first = link.check("not_found", 0)
    assert (first.standing, first.strikes, first.struck, first.next_check_at) == ("doubtful", 1, True, days(3))
    early = link.check("not_found", 1)
    assert (early.standing, early.strikes, early.struck, early.next_check_at) == ("doubtful", 1, False, days(3))
    assert link.check("not_found", 3).strikes == 2
    last = link.check("not_found", 6)
    assert (last.standing, last.strikes) == ("dead", 3)
    assert last.next_check_at == days(36)


def test_a_daily_check_strikes_every_third_day_where_the_last_strike_is_known():
    link = Link()
    standings = [link.check("gone", day).standing for day in range(8)]
    assert standings == ["doubtful"] * 6 + ["dead"] * 2


def test_without_the_time_of_the_last_strike_the_last_check_stands_for_it():
    history = {"standing": "doubtful", "strikes": 1, "last_checked_at": days(-2)}
    assert schedule("gone", history, now=NOW).strikes == 1
    assert schedule("gone", history | {"last_checked_at": days(-3)}, now=NOW).strikes == 2


def test_one_success_clears():
    link = Link()
    for day in (0, 3, 6):
        link.check("dns_nxdomain", day)
    alive = link.check("alive_unverified", 40)
    assert (alive.standing, alive.strikes, alive.next_check_at) == ("alive", 0, days(70))


def test_dead_links_are_asked_again_at_growing_intervals_up_to_a_year():
    link = Link()
    for day in (0, 3, 6):
        link.check("gone", day)
    at, pauses = 6.0, []
    for _ in range(6):
        due = (clock.parse(link.check("gone", at).next_check_at) - clock.parse(NOW)) / DAY
        pauses.append(due - at)
        at = due
    assert pauses[1:] == sorted(pauses[1:])
    assert pauses[1] >= 60
    assert pauses[-1] == 365


def test_a_server_error_needs_twice_as_many_strikes():
    link = Link()
    standings = [link.check("server_error", 3 * n).standing for n in range(6)]
    assert standings == ["doubtful"] * 5 + ["dead"]


@pytest.mark.parametrize("verdict", sorted(UNREACHABLE))
def test_what_only_we_may_be_unable_to_reach_never_dies(verdict):
    link = Link()
    at, pauses = 0.0, []
    for _ in range(8):
        after = link.check(verdict, at)
        assert (after.standing, after.strikes) == ("unreachable_from_here", 0)
        due = (clock.parse(after.next_check_at) - clock.parse(NOW)) / DAY
        pauses.append(due - at)
        at = due
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("verdict", ["bot_wall", "blocked_page", "access_denied", "paywall_or_login", "consent_wall"])
def test_a_refusal_never_strikes(verdict):
    link = Link()
    for day in range(0, 100, 10):
        after = link.check(verdict, day)
        assert (after.standing, after.strikes, after.struck) == ("refused", 0, False)
    link = Link()
    for day in (0, 3):
        link.check("not_found", day)
    assert link.check(verdict, 6).strikes == 2


def test_neither_refusal_nor_outage_makes_a_dead_link_anything_else():
    for verdict in ("bot_wall", "timeout", "rate_limited", "local", "js_shell", "robots"):
        history = {"standing": "dead", "strikes": 3, "last_checked_at": days(-30)}
        after = schedule(verdict, history, now=NOW)
        assert (after.standing, after.strikes) == ("dead", 3)


def test_an_outage_of_our_own_changes_nothing_and_is_made_good_within_the_hour():
    for standing in (*STANDINGS, None):
        after = schedule("local", {"standing": standing, "strikes": 1, "last_checked_at": days(-3)}, now=NOW)
        assert (after.standing, after.strikes) == (standing or "not_checked", 1)
        assert after.next_check_at == days(1 / 24)


def test_a_server_is_asked_again_when_it_said():
    assert schedule("rate_limited", {}, now=NOW, retry_after=2 * DAY).next_check_at == days(2)
    assert schedule("rate_limited", {}, now=NOW, retry_after=1).next_check_at == days(1 / 24)
    assert schedule("rate_limited", {}, now=NOW, retry_after=1e12).next_check_at == days(7)
    assert schedule("rate_limited", {}, now=NOW).next_check_at == days(1)


def test_settings_are_followed():
    rules = Rules(check_after_days=7, strikes_to_die=1, strike_days=1)
    assert schedule("alive", {}, now=NOW, rules=rules).next_check_at == days(7)
    assert schedule("gone", {}, now=NOW, rules=rules).standing == "dead"


def test_what_was_not_asked_is_not_due_by_itself_or_has_a_time():
    for row in VERDICTS:
        if row.group == "not_checked":
            assert row.name in NEXT_BY_VERDICT
    assert schedule("looks_secret", {}, now=NOW).next_check_at is None


@given(
    verdict=st.sampled_from(sorted(BY_NAME)),
    standing=st.one_of(st.none(), st.sampled_from(STANDINGS)),
    strikes=st.integers(0, 10_000),
    ago=st.one_of(st.none(), st.integers(-10, 4000)),
    retry_after=st.one_of(st.none(), st.floats(0, 1e18)),
)
def test_any_history_gives_a_standing(verdict, standing, strikes, ago, retry_after):
    history = {"standing": standing, "strikes": strikes, "last_checked_at": None if ago is None else days(-ago)}
    after = schedule(verdict, history, now=NOW, retry_after=retry_after)
    assert after.standing in STANDINGS
    assert after.strikes in {0, strikes, strikes + 1}
    assert after.struck == (after.strikes == strikes + 1)
    assert not after.struck or BY_NAME[verdict].strikes
    assert after.standing != "dead" or standing == "dead" or BY_NAME[verdict].strikes
    assert after.next_check_at is None or days(0) <= after.next_check_at <= days(366)


def visits(history, until, *, changes=lambda day: False):
    """Return the days on which a living link is visited, each time when it is due."""
    history, found = dict(history, standing="alive", strikes=0), []
    day = 0.0
    while day < until:
        changed = bool(found) and changes(day)
        if changed or "quiet_since" not in history:
            history["quiet_since"] = days(day)
        found.append(day)
        after = schedule("alive", history, now=days(day), changed=changed)
        history["last_checked_at"] = days(day)
        day = (clock.parse(after.next_check_at) - clock.parse(NOW)) / DAY
    return found


def test_an_article_is_revisited_at_doubling_intervals_while_it_is_quiet():
    assert visits({"article_since": days(0)}, 40) == [0, 0.25, 0.5, 1, 2, 4, 8, 16, 32]


def test_an_article_that_changes_is_revisited_soon_and_a_live_page_not_for_ever():
    seen = visits({"article_since": days(0)}, 12, changes=lambda day: 3.9 < day < 4.1)
    assert [round(day, 2) for day in seen if day > 4][:2] == [4.4, 4.84], "not sooner than after a tenth of its age"
    live = visits({"article_since": days(0)}, 365, changes=lambda day: True)
    assert len(live) < 70
    assert min(later - day for day, later in pairwise(live[20:])) > 0.5


def test_an_old_article_is_a_link_like_others():
    assert visits({"article_since": days(-400)}, 100) == visits({}, 100)


def test_a_link_is_checked_less_often_the_longer_it_was_quiet():
    seen = visits({}, 1000)
    waits = [round(later - day) for day, later in pairwise(seen)]
    assert waits[:2] == [30, 30]
    assert waits == sorted(waits)
    assert waits[-1] == 120, "four times CHECK_AFTER_DAYS at most"
