"""One process of test_frontier_states: claims and records until nothing is due. Arguments: path, run, pause."""

import asyncio
import sys
import time

import archive_fixture as fill

from citekeep import database


async def work(path, run, pause):
    writer = database.Writer(path)
    frontier = fill.begin(writer, run=run, spider=run, seconds=2)[1]
    while leases := await frontier.claim(4):
        for lease in leases:
            await frontier.record([fill.result(lease, link, frontier) for link in lease.links])
            time.sleep(pause)
        await asyncio.gather(*(frontier.release(lease) for lease in leases))
    await writer.aclose()


if __name__ == "__main__":
    database.BATCH_SECONDS = 0.001
    asyncio.run(work(sys.argv[1], sys.argv[2], float(sys.argv[3])))
