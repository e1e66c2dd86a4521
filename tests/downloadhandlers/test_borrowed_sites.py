"""A redirect to the site of another run: one request at a time for a site holds over all runs."""

from types import SimpleNamespace

import pytest
from scrapy import Request

from citekeep.exceptions import ArchiveError, LeaseLostError
from downloadhandlers import observe


class Lease:
    """A lease on the site of the link. left: until when its site was given back for."""

    def __init__(self):
        self.lease = SimpleNamespace(site="here.test")
        self.left = None

    def expired(self):
        return False

    def leave(self, until):
        self.left = until


@pytest.fixture
def borrowing(monkeypatch):
    """Return a function that asks for a site: borrowing(site, answers of the frontier) -> (what came, the lease, calls)."""
    monkeypatch.setattr(observe, "BORROW_PAUSE", 0.001)
    monkeypatch.setattr(observe, "BORROW_PATIENCE", 0.05)

    async def ask(site, *answers, **meta):
        calls = []
        given = iter(answers)

        async def borrow(name, seconds):
            calls.append((name, seconds))
            answer = next(given, answers[-1])
            if isinstance(answer, Exception):
                raise answer
            return answer

        frontier = SimpleNamespace(borrow=borrow)
        handler = observe.ObservingDownloadHandler.__new__(observe.ObservingDownloadHandler)
        handler._crawler = SimpleNamespace(archive=SimpleNamespace(frontier=frontier))
        handler._timeout, handler._connect_timeout = 60.0, 15.0
        lease = Lease()
        request = Request(f"https://{site}/", meta={"lease": lease, "download_slot": site, **meta})
        try:
            came = await handler._borrow(request)
        except LeaseLostError as error:
            came = str(error)
        return came, lease, calls

    return ask


async def test_the_site_of_the_link_itself_is_held_already(borrowing):
    assert (await borrowing("here.test", False))[::2] == (None, [])
    assert (await borrowing("there.test", False, control=True))[::2] == (None, [])


async def test_a_site_that_another_run_holds_is_waited_for(borrowing):
    came, lease, calls = await borrowing("there.test", False, False, (7, 3))
    assert (came, lease.left, calls) == ((7, 3), None, [("there.test", 75.0)] * 3)
    assert (await borrowing("there.test", True))[0] is None


@pytest.mark.parametrize(
    ("answer", "told"), [(False, "Another run holds there.test"), (ArchiveError("It is locked."), "It is locked.")]
)
async def test_what_cannot_be_borrowed_is_not_asked(borrowing, answer, told):
    came, lease, _ = await borrowing("there.test", answer)
    assert told in came
    assert (lease.left is not None) == (answer is False), "its own site is left alone for a while, and stays due"
