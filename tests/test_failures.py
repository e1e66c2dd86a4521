"""Every failure of the sandbox's table, met by the real crawl, is recorded as the table says."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.failures import FAILURES

ROOT = Path(__file__).resolve().parent.parent
QUICK = {
    "DOWNLOAD_TIMEOUT": "4",
    "CONNECT_TIMEOUT": "2",
    "DNS_TIMEOUT": "2",
    "DOWNLOAD_MAXSIZE": str(2**20),
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS": "100",
    "SNAPSHOTS_ENABLED": "0",
    "PROBES_ENABLED": "0",  # what is asked beside a page has tests of its own
}

CHECKS = """
select l.url, c.status, c.error, c.error_phase, c.reason, c.id, j.verdict, j.flags
from checks c join links l on l.id = c.link_id join judgements j on j.check_id = c.id
"""
CAPTURES = """
select purpose, hop, url, status, error, tls, truncated, warc_id, dns, ip from captures where check_id = ? order by id
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """archive.db after one crawl of every host of the table."""
    folder = tmp_path_factory.mktemp("failures")
    urls = folder / "urls.txt"
    urls.write_text("".join(f"{failure.url}\n" for failure in FAILURES), encoding="utf-8")
    settings = [part for name, value in QUICK.items() for part in ("-s", f"{name}={value}")]
    run = subprocess.run(
        [sys.executable, "-m", "sandbox", "run", "--", "crawl", "article", "-a", f"urls={urls}", *settings,
         "-s", "SITES_ONLY="],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder)}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert run.returncode in {0, 5}, run.stdout[-3000:] + run.stderr[-3000:]
    return sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.host)
def test_failure_is_recorded_as_what_it_is(archive, failure):
    rows = [row for row in archive.execute(CHECKS) if row[0] == failure.url]
    assert len(rows) == 1, "one check for each host"
    _, status, error, phase, reason, check_id, verdict, _ = rows[0]
    captures = archive.execute(CAPTURES, (check_id,)).fetchall()
    seen = [row for row in captures if row[0] in {"page", "hop"}] or captures
    faults = sorted({fault for row in seen if row[5] for fault in json.loads(row[5])["faults"]})
    want = failure.recorded
    if failure.host == "reset.test" and phase == "connect":
        phase = want.error_phase  # whether the reset overtakes the connection is the kernel's to say
    got = {
        "status": status,
        "error": error,
        "error_phase": phase,
        "reason": reason,
        "tls_faults": tuple(faults),
        "truncated": seen[-1][6] if seen else None,
    }
    if want.reason is None:  # where our own rules end the way, the hop that they refuse is not asked
        got["hops"] = sum(row[0] == "hop" for row in captures)
    assert got == {name: getattr(want, name) for name in got}, f"{verdict}: {captures}"


def test_bytes_that_came_lie_in_a_warc(archive):
    answered = archive.execute("select count(*), count(warc_id) from captures where status is not null").fetchone()
    assert answered[0] > 30
    assert answered[0] == answered[1]


def test_the_guard_let_nothing_through(archive):
    last = archive.execute(
        "select p.ip, p.dns ->> 'outcome' from checks c join captures p on p.id = (select max(id) from captures where"
        " check_id = c.id) where c.reason = 'address_refused'"
    ).fetchall()
    assert len(last) > 5
    assert set(last) == {(None, "refused")}
