"""What many tests share."""

import fcntl
import pickle
from collections import Counter

import pytest

from citekeep import clock
from sandbox.run import Sandbox
from tests import made_archive
from tests.running import in_sandbox

MADE_AS_EVER = ("test_migrations", "test_database", "test_backups")
"""Tests of how an archive is made."""


LONGEST = ("test_quarter", "test_faults")
"""Files with few tests that take long: they begin first, so that in the end no process has one left for itself."""

AS_LONG_AS = {
    "test_killed": 70, "test_bounds_trial": 62, "test_full_disk": 54, "test_outage": 48, "test_replayed_article": 42,
    "test_walk": 36, "test_progress": 33, "test_frontier_states": 30, "test_other_tools": 26, "test_guard_trial": 24,
}  # fmt: skip
"""Others of the kind, and with how many tests they begin: one here, one there, as several at once disturb one another."""


def pytest_collection_modifyitems(items):
    """Put these first, then files with many tests before those with few; what stands in one file stays together."""
    tests = Counter(item.path for item in items)

    def place(item):
        number = AS_LONG_AS.get(item.path.stem, tests[item.path])
        return item.path.stem not in LONGEST, -number, str(item.path)

    items.sort(key=place)


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
def example(tmp_path_factory, worker_id):
    """The example article, archived as `make run` does: politely, with keys, the ledger worked.

    One for all processes of a run of tests: it is looked at, and copied where it is to be changed.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    with (shared / "example.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = shared / "example.pickle"
        if not told.exists():
            archived = in_sandbox(shared / "example")
            assert archived.run.returncode == 0, archived.run.stdout + archived.run.stderr
            told.write_bytes(pickle.dumps(archived))
        return pickle.loads(told.read_bytes())


@pytest.fixture
def turn(monkeypatch):
    """A clock that stands still but for what `turn(seconds)` turns it: no test depends on a second not passing."""
    at = clock.timestamp()
    monkeypatch.setattr(clock, "_offset", 0.0)
    monkeypatch.setattr(clock, "timestamp", lambda: at + clock._offset)
    return clock.turn
