"""The pace: close to 80 % of each documented rate where there is work, never at the limit, also over restarts."""

import asyncio
from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import ledger_day
from citekeep import clock
from citekeep.exceptions import WaybackThrottledError
from citekeep.wayback import budget
from citekeep.wayback.limits import Limits, left_of
from citekeep.wayback.spn import User
from citekeep.wayback.terms import LOOKUPS_AT_ONCE
from sandbox.alone import NOON
from sandbox.wayback.limits import Rates


@given(
    per_minute=st.sampled_from([3, 7, 30, 60]),
    waits=st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 9.0, 45.0, 300.0]), min_size=1, max_size=80),
)
def test_no_sixty_seconds_hold_more_than_the_peak(per_minute, waits):
    with pytest.MonkeyPatch.context() as patch:
        now = [NOON]
        patch.setattr(clock, "timestamp", lambda: now[0])
        pace = budget.Pace(per_minute)
        asked = []
        for idle in waits:
            now[0] += idle
            while (wait := pace.wait()) > 0:
                now[0] += max(wait, 0.001)
            pace.spend()
            asked.append(now[0])
        for first in asked:
            assert sum(first <= at < first + 60 for at in asked) <= ceil(per_minute * budget.PEAK)
        seconds = asked[-1] - asked[0]
        assert len(asked) - 1 <= seconds * per_minute * budget.SHARE / 60 + max(1, per_minute * budget.SHARE / 2 + 1)


@pytest.mark.parametrize(
    ("name", "pool", "hours"),
    [
        ("saves", "save", 0.4),
        ("slow index", "save", 0.4),
        ("look-ups", "index", 0.4),
        ("histories", "index", 0.4),
    ],
)
def test_hours_of_work_hold_75_to_85_percent_and_meet_no_429(name, pool, hours):
    """The answers take as long as those of the live service; ``python -m benchmarks.ledger_day`` runs whole days."""
    day, standin = ledger_day.run(ledger_day.SCENARIOS[name], hours, seed=7)
    per_minute = getattr(standin.limits.rates, pool)
    assert 0.75 <= day.share(pool, per_minute, hours) <= 0.85
    assert day.fullest_minute(pool) <= ceil(per_minute * budget.PEAK) + LOOKUPS_AT_ONCE  # some are on their way
    assert standin.limits.throttled.total() == 0


def test_a_day_that_is_nearly_used_up_keeps_the_reserve():
    few = replace(ledger_day.SCENARIOS["quota"], rates=lambda: Rates(day=50))
    day, standin = ledger_day.run(few, 0.3, seed=7)
    assert len(day.asked["save"]) == 45
    assert standin.limits.throttled.total() == 0


def test_where_captures_take_minutes_their_sessions_are_in_use():
    slow, hours = ledger_day.SCENARIOS["slow saves"], 0.4
    day, standin = ledger_day.run(slow, hours, seed=7)
    assert day.captured / (standin.limits.rates.sessions * hours * 3_600) >= 0.8
    assert day.crowded <= 0.02 * len(day.asked["save"])
    assert standin.limits.throttled.total() == 0


async def test_without_keys_a_day_ends_at_80_percent_of_its_captures(ledger):
    window, most = clock.now()[:10], 160
    await ledger.writer.run(
        lambda c: c.execute("INSERT INTO counters VALUES ('wayback', 'save_keyless', ?, ?)", (window, most - 1))
    )
    assert await ledger.writer.run(budget.take, "wayback", "save_keyless") == 0
    clock.turn(60)
    left = 86_400 - clock.timestamp() % 86_400
    assert await ledger.writer.run(budget.take, "wayback", "save_keyless") == pytest.approx(left, abs=5)


async def test_runs_one_after_another_share_one_limit(standin, ledger):
    await ledger.wish(*(f"https://site-{n}.test/" for n in range(60)), mode="lookup")
    for _ in range(8):
        await ledger.work(seconds=2)
    assert 20 <= standin.limits.asked["index"] <= 30
    assert standin.limits.throttled.total() == 0


async def test_a_wish_that_waited_long_is_submitted_without_asking_the_index_anew(standin, ledger):
    standin.limits.rates.day = 0
    await ledger.wish("https://site.test/")
    await ledger.work()
    assert ledger.states() == {"https://site.test/": "wanted"}
    clock.turn(12.5 * 3_600)  # until the next day
    standin.limits.rates.day = 100
    await ledger.work()
    assert ledger.states() == {"https://site.test/": "saved"}
    assert standin.limits.asked["index"] == 1


async def test_what_is_asked_at_the_same_time_does_not_share_a_place(ledger):
    limits = Limits(ledger.writer, "wayback", reserve=0.0)
    given = await asyncio.gather(*(limits.may_ask("cdx") for _ in range(60)))
    assert sum(given) == (ceil(30 * budget.PEAK) - 1) // 2


async def test_what_fails_at_the_same_time_is_one_outage(ledger):
    limits = Limits(ledger.writer, "wayback", reserve=0.0)
    waits = [limits.failed("cdx", WaybackThrottledError("CDX: too many requests.")) for _ in range(3)]
    assert waits == [60.0, 60.0, 60.0]
    clock.turn(61)
    assert limits.failed("cdx", WaybackThrottledError("CDX: too many requests.")) == 120.0


async def test_an_outage_is_not_cut_short_by_the_pace(ledger):
    limits = Limits(ledger.writer, "wayback", reserve=0.0)
    limits.failed("cdx", WaybackThrottledError("CDX: too many requests."))
    limits.shut("cdx", 2.5)
    clock.turn(50)
    assert not await limits.may_ask("cdx")
    clock.turn(11)
    assert await limits.may_ask("cdx")


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({"available": 3, "daily_captures": 0, "daily_captures_limit": 100}, 3),
        ({"available": 3, "daily_captures": 89, "daily_captures_limit": 100}, 1),
        ({"available": 3, "daily_captures": 90, "daily_captures_limit": 100}, 0),
        ({"available": 3, "daily_captures": 500, "daily_captures_limit": 100}, 0),
        ({"available": 0, "daily_captures": 0, "daily_captures_limit": 100}, 0),
        ({"available": -1}, 0),
        ({}, 1),
    ],
)
def test_what_the_account_allows_beyond_the_reserve(told, left):
    assert left_of(User(**told), 0.1) == left
