"""A stand-in Wayback Machine of each test module's own, found as production code finds the real one."""

import pytest

from citekeep.wayback.client import Client
from citekeep.wayback.keys import Keys
from citekeep.wayback.spn import SavePageNow
from sandbox.run import KEYS, Sandbox


@pytest.fixture(scope="module")
def running():
    with Sandbox.in_thread() as sandbox:
        yield sandbox


@pytest.fixture
def standin(running, monkeypatch):
    """The stand-in, rested: a minute and a day have passed since the last test, and nothing is scripted."""
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    archive = running.standin
    archive.clock.turn(2 * 86_400)
    archive.scripts._scripts.clear()
    archive.excluded.clear()
    archive.save.submitted.clear()
    return archive


@pytest.fixture
def keys():
    return Keys(KEYS["IA_ACCESS_KEY_ID"], KEYS["IA_SECRET_ACCESS_KEY"])


@pytest.fixture
async def client(standin):
    async with Client("Citekeep tests") as client:
        yield client


@pytest.fixture
def spn(client, keys):
    return SavePageNow(client, keys)
