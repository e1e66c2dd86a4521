"""What many tests share."""

import pytest

from sandbox.run import Sandbox
from tests.running import in_sandbox


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
