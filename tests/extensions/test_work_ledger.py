"""The ledger beside a crawl: a fault of it is told, and costs the crawl nothing."""

import asyncio
from types import SimpleNamespace

from citekeep.wayback.terms import Terms
from extensions.work_ledger import WorkLedger


async def test_a_ledger_that_stops_by_a_fault_is_told_of():
    archive = SimpleNamespace(ledger_sentence=None)
    extension = WorkLedger(archive, keys=None, terms=Terms(user_agent="test"), wait=0)

    async def fault():
        raise OSError(28, "No space left on device")

    extension.task = asyncio.ensure_future(fault())
    await extension.spider_closed("finished")
    assert archive.ledger_sentence == "The ledger stopped: [Errno 28] No space left on device; the log has more."
