"""What the account tells is kept: how many captures a day it may ask for, and that its keys are not taken."""

import pytest

from citekeep.database import Writer
from citekeep.exceptions import WaybackKeysError
from citekeep.health import checks
from citekeep.wayback import budget
from citekeep.wayback.limits import Limits
from citekeep.wayback.spn import User


class Account:
    """Save Page Now as far as it tells of an account: each time the next of what it is to tell."""

    def __init__(self, *tells):
        self.tells = list(tells)

    async def user(self):
        told = self.tells.pop(0)
        if isinstance(told, Exception):
            raise told
        return told


@pytest.fixture
def archive(tmp_path, monkeypatch):
    monkeypatch.setattr("citekeep.database.BATCH_SECONDS", 0.0)
    writer = Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


def user(used, most):
    return User(available=5, processing=0, daily_captures=used, daily_captures_limit=most)


def standing(writer, on=10):
    terms = type("Terms", (), {"saves_refused": on})()
    found = writer.run_sync(lambda connection: list(checks.saves(connection, terms)))
    return [(one.name, one.subject) for one in found]


async def test_the_quota_that_an_account_tells_is_kept_and_its_reserve_left_alone(archive):
    limits = Limits(archive, "wayback", reserve=0.1)
    assert await limits.may_save(Account(user(10, 1_000)))
    assert limits.quota == 1_000
    assert archive.run_sync(budget.known_quota, "wayback", "save") == 1_000
    assert not await Limits(archive, "wayback", reserve=0.1).may_save(Account(user(3_650, 4_000)))
    assert archive.run_sync(budget.known_quota, "wayback", "save") == 4_000, "the newest holds"
    assert await Limits(archive, "wayback", reserve=0.0).may_save(Account(user(None, None)))
    assert archive.run_sync(budget.known_quota, "wayback", "save") == 4_000, "who tells nothing changes nothing"


async def test_keys_that_are_refused_twice_are_an_alarm_until_they_are_taken(archive):
    no = WaybackKeysError("not accepted")
    for times in (1, 2, 3):
        assert not await Limits(archive, "wayback", reserve=0.1).may_save(Account(no))
        assert standing(archive) == ([("saves_refused", "keys of wayback")] if times > 1 else [])
    assert standing(archive, on=0) == [], "off"
    assert await Limits(archive, "wayback", reserve=0.1).may_save(Account(user(0, 100)))
    assert standing(archive) == []
    for _ in range(2):
        await Limits(archive, "wayback", reserve=0.1).may_save(Account(no))
    assert standing(archive) != []
    await Limits(archive, "wayback", reserve=0.1).may_save(None)
    assert standing(archive) == [], "who has no keys any more has none that are refused"
