"""What many tests share."""

import pytest

from sandbox.run import Sandbox


@pytest.fixture(scope="session")
def sandbox():
    """The sandbox, in a thread of its own, one for the whole run; `sandbox.call(coroutine)` works in its loop."""
    with Sandbox.in_thread() as running:
        yield running
