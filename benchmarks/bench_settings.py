"""The project's settings, without politeness to a loopback server, and with the lag of the event loop measured."""

import os

from settings import *  # noqa: F403
from settings import EXTENSIONS as _EXTENSIONS

DOWNLOAD_DELAY = 0
CONCURRENT_REQUESTS = 64
SNAPSHOTS_ENABLED = False
ADDRESS_GUARD_ALLOW = ["127.0.0.1", ":" + os.environ.get("BENCH_PORT", "0")]
CONNECT_TO = {"*.test": "127.0.0.1:" + os.environ.get("BENCH_PORT", "0")}
EXTENSIONS = {k: v for k, v in _EXTENSIONS.items() if "ledger" not in k}
if "BENCH_LAG" in os.environ:
    EXTENSIONS["benchmarks.lag.LoopLag"] = 900
EXTRACT_ENABLED = os.environ.get("BENCH_EXTRACT") != ""
EXTRACT_WORKERS = 2
LOG_LEVEL = "WARNING"
PROBES_ENABLED = False  # what is compared with makes no requests beside its pages
