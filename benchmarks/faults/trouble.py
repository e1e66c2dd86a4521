"""Faults around a run: a locked database, a clock that jumps, a process put to sleep, no open files, many processes."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults import state
from benchmarks.faults.arena import Arena
from benchmarks.faults.kills import Reference, ended_well
from benchmarks.faults.outcome import Outcome, new_arena, said
from benchmarks.faults.points import BEFORE, CRAWL, SNAPSHOTS, TORN

DONE = (0, 5, 7)
"""Exit codes of a run that shared the work: it was done, those pages that it read were no articles, or others had them."""

WAITED = 20.0  # seconds for something to happen in a run
BUSY = "citekeep.database:BUSY_TIMEOUT"
PATIENCE = "citekeep.database:Writer.__init__.__kwdefaults__"
CHECKS = "SELECT count(*) FROM checks"
JUDGED = {"point": "pipelines.judge_link:JudgeLinkPipeline.judgement_of", "when": BEFORE, "delay": 0.0}


def ask(folder: Path, question: str) -> int:
    """Return the number that a question has for an answer; 0 where there is no archive or no such table yet."""
    path = folder / "archive.db"
    if not path.exists():
        return 0
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=10)
    try:
        return int(connection.execute(question).fetchone()[0])
    except sqlite3.OperationalError as error:
        if "no such table" in str(error) or "locked" in str(error):
            return 0
        raise
    finally:
        connection.close()


def until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> bool:
    """Wait until something holds or the process has ended; return whether it came to hold."""
    end = time.monotonic() + WAITED
    while not holds():
        if process.poll() is not None or time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


# --- the database is locked ---


@contextmanager
def locked(folder: Path, how: str) -> Iterator[None]:
    """Hold the write lock of archive.db, as another process's long transaction does."""
    connection = sqlite3.connect(folder / "archive.db", isolation_level=None, timeout=10)
    try:
        connection.execute(f"BEGIN {how}")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def database_locked(reference: Reference, *, seconds: float, seed: int) -> Outcome:
    """Locked for ``seconds``: waited out, in the middle of a crawl and of the ledger; too long for a run, it ends with 4."""
    outcome, chance = Outcome("database locked"), random.Random(seed)
    waits = {} if seconds > 60 else {BUSY: 0.2}  # a short lock is as long to a run that waits less for each statement
    short = {BUSY: 0.2, PATIENCE: {"locked_patience": 0.5}}
    with new_arena() as arena:
        for how, name in (("IMMEDIATE", CRAWL), ("EXCLUSIVE", SNAPSHOTS)):
            process = arena.start(name, {"constants": waits})
            _middle(arena, process, name, chance)
            with locked(arena.folder, how):
                time.sleep(seconds)
            ended = arena.wait(process)
            outcome.add(f"{name}, {how}, {seconds:g} s", [*said(ended, 0), *state.right_after(arena.folder)], ended)
        told = ended_well(arena, reference)
        outcome.add("both, compared at the end", told)
    with new_arena() as arena:
        process = arena.start(CRAWL, {"constants": short})
        _middle(arena, process, CRAWL, chance)
        with locked(arena.folder, "IMMEDIATE"):
            ended = arena.wait(process)
        told = [*said(ended, 4), *state.right_after(arena.folder)]
        with locked(arena.folder, "EXCLUSIVE"):
            refused = [arena.run(CRAWL, {"constants": short}), arena.run(SNAPSHOTS, {"constants": short})]
        told += [one for run in refused for one in said(run, 4)]
        told += [f"not one sentence: {run.output}" for run in refused if "locked" not in run.output]
        outcome.add(
            "for longer than a run is patient, then at its start", told + ended_well(arena, reference), ended, *refused
        )
    return outcome


def _middle(arena: Arena, process: subprocess.Popen[str], name: str, chance: random.Random) -> None:
    question = CHECKS if name == CRAWL else "SELECT count(*) FROM save_events"
    wanted = ask(arena.folder, question) + chance.randint(1, 5)
    until(lambda: ask(arena.folder, question) >= wanted, process)


# --- the clock jumps ---


def clock_jumps(reference: Reference, *, times: int, seed: int) -> Outcome:
    """The clock of a running crawl is put forward and back by hours and days."""
    outcome, chance = Outcome("clock jumps"), random.Random(seed)
    for number in range(times):
        with new_arena(CONCURRENT_REQUESTS=1) as arena:  # so that sites are claimed before and after each jump
            jumps = [chance.choice((-1, 1)) * chance.choice((60.0, 3_600.0, 30_000.0, 90_000.0)) for _ in range(3)]
            jumps[0] = -3_600.0 if number == 0 else jumps[0]
            first = {
                "point": "citekeep.claims:claim",
                "when": BEFORE,
                "call": 2,
                "delay": 0.0,
                "signal": signal.SIGUSR1,
            }
            process = arena.start(CRAWL, {"jumps": jumps} | first)
            reached = 1
            for _ in jumps[1:]:
                wanted = ask(arena.folder, CHECKS) + chance.randint(1, 5)
                if until(lambda wanted=wanted: ask(arena.folder, CHECKS) >= wanted, process):  # type: ignore[misc]
                    process.send_signal(signal.SIGUSR1)
                    reached += 1
            ended = arena.wait(process)
            told = [*said(ended, 0), *state.right_after(arena.folder), *_looks_back(arena.folder)]
            arena.let_time_pass(200_000.0)  # whatever was put off by a clock that ran ahead
            outcome.add(f"by {jumps[:reached]} s", told + ended_well(arena, reference), ended)
            outcome.counted["jumps"] += reached
    return outcome


def _looks_back(folder: Path) -> list[str]:
    left = ask(folder, "SELECT count(*) FROM links WHERE priority > 0")
    return [f"{left} links were left due by a run that said it was done"] if left else []


# --- a WARC is cut within its last record ---


def cut_records(reference: Reference, *, times: int, seed: int) -> Outcome:
    """Killed with half of a record written: the next run sets the half aside and touches no byte before it."""
    outcome, chance = Outcome("truncated last record"), random.Random(seed)
    for call in chance.sample(range(1, 12), times):
        with new_arena() as arena:
            fault = {"point": "citekeep.warc.files:OpenFile.flush", "when": TORN, "call": call, "delay": 0.0}
            ended = arena.run(CRAWL, fault)
            (path,) = (arena.folder / "warcs").glob("*.warc.gz.open")
            name, cut = path.name.removesuffix(".open"), path.read_bytes()
            arena.kept = state.whole_records(arena.folder)
            told = state.right_after(arena.folder) + ended_well(arena, reference)
            whole = arena.kept[name]
            after = _bytes(path.with_name(name)), _bytes(path.with_name(f"{name}.tail"))
            if ended.code != -signal.SIGKILL or after != (whole, cut[len(whole) :]):
                told.append(f"{name} is not its {len(whole)} whole bytes, with the others set aside")
            outcome.add(f"at write {call}", told, ended)
            outcome.counted["bytes of whole records compared"] += sum(map(len, arena.kept.values()))
    return outcome


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


# --- a process is put to sleep ---


def suspended(reference: Reference, *, seconds: float, seed: int) -> Outcome:
    """Stopped with a result in hand; another takes its sites over; continued, its result is refused and counted.

    seconds: how long it sleeps, longer than its lease of 10; 0: the clock of the other is put forward instead.
    """
    outcome, chance = Outcome("suspended process"), random.Random(seed)
    with new_arena(LEASE_SECONDS=10) as arena:
        fault = JUDGED | {"call": chance.randint(2, 6), "signal": signal.SIGSTOP}
        sleeper = arena.start(CRAWL, fault)
        asleep = until(lambda: _state_of(sleeper.pid) == "T", sleeper)
        told = [] if asleep else ["it did not fall asleep"]
        _leave_no_lock(arena.folder, sleeper)
        time.sleep(seconds)
        if not seconds:
            arena.let_time_pass(15.0)
        other = arena.run(CRAWL, again=False)
        told += [*said(other, *DONE), *state.right_after(arena.folder)]
        sleeper.send_signal(signal.SIGCONT)
        ended = arena.wait(sleeper)
        told += said(ended, *DONE)
        refused = ask(
            arena.folder,
            "SELECT coalesce(sum(coalesce(stats ->> '$.\"record/lease_lost\"', 0) +"
            " coalesce(stats ->> '$.\"record/stale_turn\"', 0)), 0) FROM crawls",
        )
        if not refused:
            told.append("no stale result was refused and counted")
        outcome.counted["stale results refused"] = refused
        arena.let_time_pass(60.0)
        outcome.add("with a result in hand", told + ended_well(arena, reference), other, ended)
    return outcome


def _leave_no_lock(folder: Path, sleeper: subprocess.Popen[str]) -> None:
    """Let a sleeper end the transaction that its other thread is in: SQLite has everybody wait for one that holds a lock,
    as ``database_locked`` tries. A moment is too short for the result in its hand to be recorded.
    """
    for _ in range(200):
        connection = sqlite3.connect(folder / "archive.db", isolation_level=None, timeout=0)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            return
        except sqlite3.OperationalError:
            sleeper.send_signal(signal.SIGCONT)
            time.sleep(0.003)
            sleeper.send_signal(signal.SIGSTOP)
        finally:
            connection.close()


def _state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


# --- out of file descriptors ---


def no_open_files(reference: Reference, *, limits: tuple[int, ...]) -> Outcome:
    """A run that may open few files ends with a sentence, or is done; it blames no link for it."""
    outcome = Outcome("out of file descriptors")
    for limit in limits:
        with new_arena() as arena:
            ended = arena.run(CRAWL, {"files": limit})
            told = [*said(ended, 0, 1, 4, 5), *state.right_after(arena.folder)]
            if (arena.folder / "archive.db").exists():
                told += _blamed(arena.folder, reference)
                outcome.counted["checks put down to ourselves"] += ask(arena.folder, f"{CHECKS} WHERE error = 'local'")
            again = arena.run(CRAWL)
            told += [
                *said(again, 0),
                *(one for one in state.right_after(arena.folder)),
                *_blamed(arena.folder, reference),
            ]
            outcome.add(f"at most {limit}", told, ended, again)
    return outcome


def _blamed(folder: Path, reference: Reference) -> list[str]:
    """Return the links of which something else was said than an undisturbed run says, save that we could not ask."""
    right = {(url, verdict) for url, _, verdict in reference.signature["judgements"]}
    with state.copied(folder) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'checks'").fetchone() is None:
            return []
        rows = connection.execute(
            'SELECT l.url, j.verdict, c.error, v."group" FROM checks AS c JOIN links AS l ON l.id = c.link_id'
            " JOIN judgements AS j ON j.check_id = c.id JOIN verdicts AS v ON v.name = j.verdict"
        ).fetchall()
    wrong = [row for row in rows if (row[0], row[1]) not in right]
    return [
        f"{row} is said, and is not so"
        for row in wrong
        if not (row[1] == row[2] == "local" and row[3] == "not_checked")
    ]


# --- several processes ---


def several(reference: Reference, *, processes: int, kills: int, seed: int) -> Outcome:
    """So many crawls at once on one archive, ``kills`` of them killed and begun again, the ledger worked beside them."""
    name = f"{processes} processes on one archive" + (", some killed" if kills else "")
    outcome, chance = Outcome(name), random.Random(seed)
    with new_arena(CONCURRENT_REQUESTS=1, DOWNLOAD_DELAY=0.2) as arena:  # so that there is something for each
        arena.run(CRAWL, {"point": "citekeep.claims:claim", "when": BEFORE, "call": 1, "delay": 0.0})
        running = {arena.start(CRAWL, again=False) for _ in range(processes)} | {arena.start(SNAPSHOTS)}
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, 1.0))
            victim = chance.choice(sorted(running, key=lambda process: process.pid))
            victim.kill()
            arena.wait(victim)
            running.remove(victim)
            running.add(arena.start(CRAWL, again=False))
        runs = [arena.wait(process) for process in running]
        told = [one for run in runs for one in said(run, *DONE)]
        outcome.counted["processes that recorded checks"] = ask(
            arena.folder, "SELECT count(DISTINCT crawl_id) FROM checks"
        )
        outcome.add("compared at the end", told + ended_well(arena, reference), *runs)
    return outcome
