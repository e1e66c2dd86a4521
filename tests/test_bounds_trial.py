"""A short run of ``python -m benchmarks.bounds``: all of it at once, with smaller bounds, so that they are reached soon."""

from benchmarks.bounds.hostile import MiB, cases
from benchmarks.bounds.trial import run

SMALL = {"DOWNLOAD_MAXSIZE": str(2 * MiB), "DOWNLOAD_TIMEOUT": "6", "EXTRACT_TIMEOUT": "5"}


async def test_each_hit_is_recorded_and_memory_stays_within_bounds(tmp_path):
    tried = cases()
    trial = await run(tmp_path, tried, settings=SMALL)
    wrong = {host: sorted(row.recorded) for host, row in trial.rows.items() if not row.fine}
    assert wrong == {}, trial.output
    assert len(trial.rows) > 20
    # 25 bodies of 2 MiB in at most three forms (as sent, decoded, in the WARC's batch), beside what a crawl has anyway
    assert 0 < trial.main < 400 * MiB
    assert trial.worker < 2048 * MiB, "EXTRACT_MEMORY"
