"""What many tests share."""

import pytest

from citekeep import clock
from sandbox.run import Sandbox
from tests import made_archive
from tests.running import in_sandbox

MADE_AS_EVER = ("test_migrations", "test_database", "test_backups")
"""Tests of how an archive is made."""


LONGEST = (
    "test_quarter", "test_faults", "test_site_pace", "test_killed", "test_replayed_article", "test_other_tools",
    "test_beside_pywb", "test_requisites", "test_health", "test_due", "test_ingest", "test_rejudge",
    "test_repair", "test_feed", "test_walk", "test_frontier_states", "test_outage", "test_not_saved",
    "test_crawl",
)  # fmt: skip
"""Files of tests that take longest: they begin first, so that in the end no process has a long one left for itself."""


def pytest_collection_modifyitems(items):
    """Put the longest first; what stands in one file stays together."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONGEST)))


@pytest.fixture(autouse=True, scope="module")
def _made_archive(request):
    """Begin archives with a copy of the schema, but for the tests of how it is made."""
    if request.module.__name__.rpartition(".")[2] not in MADE_AS_EVER:
        made_archive.begin_with_a_copy()
    yield
    made_archive.begin_as_ever()


@pytest.fixture(scope="session")
def sandbox():
    """The sandbox, in a thread of its own, one for the whole run; `sandbox.call(coroutine)` works in its loop."""
    with Sandbox.in_thread() as running:
        yield running


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """The example article, archived as `make run` does: politely, with keys, the ledger worked."""
    archived = in_sandbox(tmp_path_factory.mktemp("example"))
    assert archived.run.returncode == 0, archived.run.stdout + archived.run.stderr
    return archived


@pytest.fixture
def turn(monkeypatch):
    """A clock that stands still but for what `turn(seconds)` turns it: no test depends on a second not passing."""
    at = clock.timestamp()
    monkeypatch.setattr(clock, "_offset", 0.0)
    monkeypatch.setattr(clock, "timestamp", lambda: at + clock._offset)
    return clock.turn
