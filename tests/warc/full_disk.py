"""``scrapy`` on a disk that fills up: from the third flush on, no WARC can be written. Arguments: those of ``scrapy``."""

import errno
import os
import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from scrapy.cmdline import execute

from citekeep.warc.files import OpenFile

flush, calls = OpenFile.flush, count(1)


def flush_until_full(file):
    if next(calls) < 3:
        flush(file)
    elif file.unflushed:
        file.stream.write(file.unflushed[0][:100])  # the part of a record for which there was room
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


if __name__ == "__main__":
    OpenFile.flush = flush_until_full
    execute(["scrapy", *sys.argv[1:]])
