"""The pace: close to 80 % of each documented rate where there is work, never at the limit, also over restarts."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import ledger_day
from citekeep import clock
from citekeep.wayback import budget
from citekeep.wayback.limits import left_of
from citekeep.wayback.spn import User
from sandbox.alone import NOON


@given(
    per_minute=st.sampled_from([3, 7, 30, 60]),
    waits=st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 9.0, 45.0, 300.0]), min_size=1, max_size=80),
)
def test_no_sixty_seconds_hold_more_than_the_share(per_minute, waits):
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
            assert sum(first <= at < first + 60 for at in asked) <= ceil(per_minute * budget.SHARE)
        seconds = asked[-1] - asked[0]
        assert len(asked) - 1 <= seconds * per_minute * budget.SHARE / 60 + max(1, per_minute * budget.SHARE / 2 + 1)


@pytest.mark.parametrize(
    ("name", "pool", "hours"), [("saves", "save", 0.5), ("look-ups", "index", 0.4), ("quota", "save", 0.3)]
)
def test_hours_of_work_hold_75_to_85_percent_and_meet_no_429(name, pool, hours):
    """The answers take as long as those of the live service; ``python -m benchmarks.ledger_day`` runs whole days."""
    day, standin = ledger_day.run(ledger_day.SCENARIOS[name], hours, seed=7)
    asked = day.hours[pool].total()
    assert 0.75 <= asked / (getattr(standin.limits.rates, pool) * 60 * hours) <= 0.85
    assert max(day.minutes[pool].values()) < getattr(standin.limits.rates, pool)
    assert standin.limits.throttled.total() == 0


def test_without_keys_a_day_ends_at_80_percent_of_its_captures():
    day, standin = ledger_day.run(ledger_day.SCENARIOS["no keys"], 1.6, seed=7)
    assert day.hours["anonymous"].total() == 160
    assert standin.limits.throttled.total() == 0


async def test_runs_one_after_another_share_one_limit(standin, ledger):
    await ledger.wish(*(f"https://site-{n}.test/" for n in range(60)), mode="lookup")
    for _ in range(8):
        await ledger.work(seconds=2)
    assert 20 <= standin.limits.asked["index"] <= 30
    assert standin.limits.throttled.total() == 0


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
