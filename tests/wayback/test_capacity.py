"""Whether the ledger keeps up, as it says itself."""

import pytest

from citekeep import clock, database
from citekeep.wayback import capacity
from citekeep.wayback.capacity import Capacity, Counts
from citekeep.wayback.worker import SERVICE

DAY = 86_400.0


def told(**counts):
    usual = {
        "days": 7.0, "wanted": 0, "needless": 0, "begun": 0, "submitted": 0, "waiting": 0,
        "oldest_wanted_at": None,
    }  # fmt: skip
    if counts.get("waiting"):
        usual["oldest_wanted_at"] = "2026-11-01T00:00:00Z"
    return Capacity(counts=Counts(**usual | counts), most=capacity.most(keys=True, quota=3_000, reserve=0.1))


@pytest.mark.parametrize(
    ("keys", "quota", "reserve", "per_day", "words"),
    [
        (False, None, 0.1, 160, "anonymous quota of 200"),
        (True, None, 0.1, 8_064, "80% of 7 a minute"),  # of 30,000 a day, the pace reaches 8,064
        (True, 3_000, 0.1, 2_700, "the account's quota of 3,000"),
        (True, 0, 0.1, 0, "the account's quota of 0"),
        (True, 1_000_000, 0.0, 8_064, "80% of 7 a minute"),
    ],
)
def test_the_most_is_what_binds_first(keys, quota, reserve, per_day, words):
    most = capacity.most(keys=keys, quota=quota, reserve=reserve)
    assert most.per_day == pytest.approx(per_day)
    assert words in most.set_by


def test_what_keeps_up_says_so():
    able = told(wanted=700, needless=350, begun=350, submitted=360)
    assert (able.never_per_day, able.days_to_empty) == (0.0, 0.0)
    assert "None waits" in able.sentences()[-1]


def test_a_backlog_that_shrinks_has_an_end():
    able = told(wanted=700, needless=0, begun=1_400, submitted=1_400, waiting=500)
    assert able.days_to_empty == pytest.approx(5.0)
    assert "within 5 days" in able.sentences()[-1]


@pytest.mark.parametrize(("begun", "advice"), [(18_900, "limit is reached"), (700, "more often")])
def test_what_is_never_submitted_is_named_with_the_remedy(begun, advice):
    able = told(wanted=21_000, needless=0, begun=begun, submitted=begun, waiting=9_000)
    assert able.never_per_day == pytest.approx((21_000 - begun) / 7)
    assert able.days_to_empty is None
    assert "will never be submitted" in able.sentences()[-1]
    assert advice in able.sentences()[-1]


def test_where_nothing_was_submitted_nothing_ever_will_be():
    able = told(wanted=5, waiting=5)
    assert "none ever will be" in able.sentences()[-1]
    assert able.days_to_empty is None


def test_json_has_what_the_sentences_say():
    able = told(wanted=70, begun=70, submitted=70, waiting=3)
    row = able.as_json()
    assert (row["waiting"], row["most_per_day"], row["begun_per_day"]) == (3, 2_700, 10)
    assert row["sentences"] == able.sentences()


def counted(ledger):
    connection = database.connect(ledger.path, read_only=True)
    try:
        return capacity.count(connection, SERVICE)
    finally:
        connection.close()


async def test_an_empty_ledger_is_counted(ledger):
    assert counted(ledger) == Counts(
        days=1.0, wanted=0, needless=0, begun=0, submitted=0, waiting=0, oldest_wanted_at=None
    )


async def test_what_happened_is_counted(ledger, standin, holds):
    """One page is archived already, one is refused for now and tried again, one is saved, one waits."""
    begun_at = clock.now()
    holds("https://archived.test/", "20261030000000")
    standin.script("https://busy.test/", "error", code="error:gateway-timeout", times=1)
    await ledger.wish("https://archived.test/", "https://busy.test/", "https://live.test/")
    summary = await ledger.work(seconds=1_800)
    assert summary.quota == 30_000
    await ledger.wish("https://late.test/")
    await ledger.wish("https://private.test/", public=False)
    counts = counted(ledger)
    assert (counts.needless, counts.begun, counts.submitted) == (1, 2, 3)
    assert counts.waiting == 1
    assert begun_at < counts.oldest_wanted_at <= clock.now()


async def test_what_is_older_than_the_window_is_not_counted(ledger):
    await ledger.wish("https://old.test/")
    await ledger.work()
    clock.turn(30 * DAY)
    await ledger.wish("https://new.test/")
    counts = counted(ledger)
    assert (counts.days, counts.wanted, counts.submitted, counts.waiting) == (7.0, 1, 0, 1)
