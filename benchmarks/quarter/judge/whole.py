"""All questions, put to one archive."""

from __future__ import annotations

import sqlite3
import traceback
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from contextlib import closing

from benchmarks.faults import state
from benchmarks.quarter.judge import articles, costs, deaths, elsewhere, limits
from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.known import Known, seconds
from benchmarks.quarter.runs import Runs

QUESTIONS = (
    articles.found_once, articles.published, articles.versions, articles.citations,
    deaths.bracketed, deaths.noticed, deaths.vouched, deaths.moved, deaths.not_ours,
    limits.one_at_a_time, limits.delays, limits.retry_after, limits.robots,
    elsewhere.limits, elsewhere.once, elsewhere.private, costs.cost,
)  # fmt: skip


def judge(runs: Runs) -> list[Finding]:
    """Return what is found of an archive at the end of its world's time."""
    with closing(sqlite3.connect(runs.data / "archive.db")) as connection:
        known = Known(runs, connection)
        _count_work(known)
        return [_asked(question, known) for question in (ended, sound, *QUESTIONS)]


def _asked(question: Callable[[Known], Finding], known: Known) -> Finding:
    """Return what a question finds; one that fails itself is told as wrong, as a quarter takes long to be lived again."""
    try:
        return question(known)
    except Exception:  # noqa: BLE001 - told
        return Finding(f"{question.__module__}.{question.__name__}", wrong=[traceback.format_exc()])


def _count_work(known: Known) -> None:
    """Note what each run did, by the time of its row of crawls: runs beside each other have nothing of their own."""
    ledger = [
        seconds(at)
        for (at,) in known.ask("SELECT at FROM save_events UNION ALL SELECT asked_at FROM lookups ORDER BY 1")
    ]
    for started, checks in known.ask(
        "SELECT started_at, (SELECT count(*) FROM checks WHERE crawl_id = c.id) FROM crawls AS c"
    ):
        for run in known.runs.done:
            if run.begun - 1 <= seconds(started) <= run.ended:
                run.checks = checks
                run.work = checks + bisect_right(ledger, run.ended) - bisect_left(ledger, run.begun - 1)


def ended(known: Known) -> Finding:
    """Every run that was not killed ended well, or said in a sentence why it did not."""
    finding = Finding("runs end well, or with a sentence")
    for run in known.runs.done:
        told = run.output.strip()[-300:]
        good = run.killed or run.ended_well or (run.dark and run.code in {1, 4})
        finding.check(good, f"run {run.number} ({run.name}): exit code {run.code}: {told}")
        finding.check("Traceback" not in run.output and "hung" not in run.output, f"run {run.number}: {told}")
    late = known.ask("SELECT count(*) FROM crawls WHERE finished_at IS NULL")[0][0]
    finding.check(not late, f"{late} runs without an end")
    finding.told = {
        "runs": len(known.runs.done), "killed": sum(run.killed for run in known.runs.done),
        "beside another": sum(run.beside is not None for run in known.runs.done),
    }  # fmt: skip
    return finding


def sound(known: Known) -> Finding:
    """The database is sound, every row that names a WARC record names the one that is there, all WARCs can be read."""
    finding = Finding("the archive is sound: database, WARCs, the ledger's story")
    finding.counted = known.ask("SELECT count(*) FROM captures")[0][0]
    finding.wrong = state.sound(known.runs.data)
    due = known.ask("SELECT count(*) FROM links WHERE priority > 0 AND next_check_at IS NOT NULL")[0][0]
    finding.told = {"captures": finding.counted, "left to do": due}
    return finding
