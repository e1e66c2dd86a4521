"""A process that writes WARCs until it is killed: every place it was told goes to standard output, one JSON a line.

``python writing.py FOLDER [LIMIT]``: with a limit, files may not grow beyond it, as on a full disk; then what
comes of each of ten exchanges is printed, and the process ends by itself.
"""

import json
import random
import resource
import signal
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

import warc_exchanges as made  # noqa: E402

from citekeep.exceptions import ArchiveError  # noqa: E402


def message(n):
    """Return the n-th response: noise and text of many sizes, every third body one that came before."""
    chance = random.Random(n - n % 3)
    return made.page(
        chance.randbytes(chance.choice([10, 2_000, 40_000])) + b"text " * chance.randint(0, 4_000), b"N: %d" % n
    )


def until_killed(folder):
    running = made.writer(folder, max_bytes=300_000)
    pending, n = [], 0
    while True:
        pending += [
            (n + k, running.submit(made.exchange(message(n + k), url=f"https://a.test/{n + k}"))) for k in range(5)
        ]
        n += 5
        while len(pending) > 20:
            number, future = pending.pop(0)
            ref = future.result()
            print(json.dumps([number, ref.name, ref.offset, ref.length]), flush=True)


def on_a_full_disk(folder, limit):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    running = made.writer(folder)
    noise = random.Random(7)
    for n in range(10):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit if n < 8 else soft, hard))  # at the end there is room again
        try:
            ref = running.submit(made.exchange(made.page(noise.randbytes(3_000), b"N: %d" % n))).result()
        except ArchiveError as error:
            print(json.dumps([n, str(error)]))
        else:
            print(json.dumps([n, ref.name, ref.offset, ref.length]))
    running.close()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        on_a_full_disk(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        until_killed(Path(sys.argv[1]))
