"""``kill -9`` at random moments: archive after archive, each crawled with kills until it is done, then compared."""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.faults import state
from benchmarks.faults.arena import Arena, Ended, left_of
from benchmarks.faults.points import CRAWL, DUE, POINTS, SNAPSHOTS, TORN
from sandbox.run import Sandbox

ANY_MOMENT = {CRAWL: "any moment of a crawl", DUE: "any moment of what is due", SNAPSHOTS: "any moment of the ledger"}
USUAL = {CRAWL: 3.5, DUE: 5.0, SNAPSHOTS: 2.5}
"""Seconds of a run: a kill from outside comes within them."""

DELAYS = (0.0, 0.0, 0.002, 0.02)  # seconds between a point and the kill
IN_A_ROW = 8  # kills of one archive at most, before it is let come to its end
ROUNDS = 12  # of the ledger, to come to its end: an unknown submission is looked up for hours
HOURS = 3 * 3_600.0


@dataclass
class Tally:
    """What kills came to, by phase. broken: what was wrong after each that was not survived."""

    kills: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take up what another series came to."""
        for mine, its in zip(
            (self.kills, self.survived, self.counted), (other.kills, other.survived, other.counted), strict=True
        ):
            mine.update(its)
        self.broken += other.broken


@dataclass(frozen=True)
class Reference:
    """What an undisturbed run came to."""

    signature: dict[str, Counter[tuple[object, ...]]]
    outcomes: dict[str, str]


def undisturbed(settings: dict[str, Any] | None = None) -> Reference:
    """Return what a run comes to that nothing befalls; anything wrong with it raises."""
    with tempfile.TemporaryDirectory(prefix="citekeep-faults-") as place, Sandbox.in_thread() as sandbox:
        arena = Arena(sandbox, Path(place), settings)
        told = [*come_to_an_end(arena), *state.at_the_end(arena.folder)]
        if told:
            raise RuntimeError(f"An undisturbed run is not as it should be: {told}")
        return Reference(state.signature(arena.folder), state.outcomes(arena.folder))


def campaign(kills: int, seed: int, reference: Reference, *, at_once: int, say: Callable[[str], None]) -> Tally:
    """Kill runs at least ``kills`` times, ``at_once`` archives at a time."""
    total, archives = Tally(), 0
    with ThreadPoolExecutor(at_once) as pool:
        while (left := kills - total.kills.total()) > 0:
            each = min(IN_A_ROW, -(-left // at_once))
            seeds = [f"{seed}.{archives + n}" for n in range(at_once)]
            for tally in pool.map(lambda one: series(each, one, reference), seeds):  # noqa: B023 - used within the round
                total.add(tally)
            archives += at_once
            say(f"{archives} archives: {total.kills.total()} kills, {total.survived.total()} survived")
    total.counted["archives compared"] = archives
    return total


def series(kills: int, seed: str, reference: Reference) -> Tally:
    """Kill the runs of one archive so many times, or until there is nothing left to do, and compare it."""
    chance, tally, phases = random.Random(seed), Tally(), list[str]()
    with tempfile.TemporaryDirectory(prefix="citekeep-faults-") as place, Sandbox.in_thread() as sandbox:
        arena = Arena(sandbox, Path(place))
        while len(phases) < kills and (name := _unfinished(arena)) is not None:
            phase, ended, told = _kill_one(arena, name, chance)
            if ended.code == -signal.SIGKILL:
                phases.append(phase)
                tally.survived[phase] += not told
            tally.broken += [f"seed {seed}, kill {len(phases)} ({phase}): {one}" for one in told]
        told = ended_well(arena, reference)
        if told:  # which of them it was is not known: none of this archive counts as survived
            tally.survived.clear()
            tally.broken += [f"seed {seed}, at the end (after {', '.join(phases)}): {one}" for one in told]
        tally.kills.update(phases)
        tally.counted.update(_counts(arena))
    return tally


def _unfinished(arena: Arena) -> str | None:
    """Return the command that has something left to do."""
    if not state.finished(arena.folder):
        return CRAWL
    return SNAPSHOTS if state.open_saves(arena.folder) else None


def _kill_one(arena: Arena, name: str, chance: random.Random) -> tuple[str, Ended, list[str]]:
    """Start a run that is to be killed; return in which phase, how it ended (it may not have come so far), what is broken."""
    phase, fault, moment = choose(name, chance)
    process = arena.start(name, fault)
    ended = _strike(arena, process, moment)
    if name == SNAPSHOTS:
        arena.let_time_pass()
    told = [*state.touched(arena.folder, arena.kept), *state.right_after(arena.folder)]
    arena.kept |= state.whole_records(arena.folder)
    if ended.code == -signal.SIGKILL:
        told += [f"process {pid} was left running" for pid in left_of(process.pid)]
    elif ended.code != 0:
        told.append(f"exit code {ended.code}: {ended.output[-2000:]}")
    return phase, ended, told


def choose(name: str, chance: random.Random) -> tuple[str, dict[str, Any], float | None]:
    """Return a phase with a fault that kills there, or with the seconds after which to kill from outside."""
    if chance.random() < 0.3:
        return ANY_MOMENT[name], {}, chance.uniform(0.05, USUAL[name])
    among = [point for point in POINTS if name in point.commands]
    phase = chance.choice(sorted({point.phase for point in among}))
    point = chance.choice([point for point in among if point.phase == phase])
    when = chance.choice(point.whens)
    delay = 0.0 if when == TORN else chance.choice(DELAYS)
    call = chance.randint(1, point.calls)
    return point.phase, {"point": point.target, "when": when, "call": call, "delay": delay}, None


def _strike(arena: Arena, process: subprocess.Popen[str], moment: float | None) -> Ended:
    if moment is not None:
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
    return arena.wait(process)


def come_to_an_end(arena: Arena) -> list[str]:
    """Let a crawl and the ledger finish what is left; return what went wrong."""
    told = []
    if not state.finished(arena.folder):
        ended = arena.run(CRAWL)
        if ended.code != 0:
            told.append(f"the last crawl: exit code {ended.code}: {ended.output[-2000:]}")
    told += closed_by_the_next(arena)
    for _ in range(ROUNDS):
        arena.let_time_pass(HOURS)
        ended = arena.run(SNAPSHOTS)
        if ended.code != 0:
            told.append(f"the ledger: exit code {ended.code}: {ended.output[-2000:]}")
        if not state.unsettled(arena.folder):
            return told
    return [*told, "the ledger came to no end"]


def ended_well(arena: Arena, reference: Reference) -> list[str]:
    """Let everything come to its end; return what is broken or other than after an undisturbed run."""
    return [
        *come_to_an_end(arena),
        *state.at_the_end(arena.folder),
        *state.touched(arena.folder, arena.kept),
        *compare(arena, reference),
    ]


def closed_by_the_next(arena: Arena) -> list[str]:
    """Start once more, though nothing is due: a run that was killed after it had recorded its end left files open."""
    ended = arena.run(CRAWL, again=False)
    return [] if ended.code == 0 else [f"nothing was due: exit code {ended.code}: {ended.output[-2000:]}"]


def compare(arena: Arena, reference: Reference) -> list[str]:
    """Return in what an archive differs from an undisturbed one, as far as what happened does not allow it."""
    return [
        *state.differences(reference.signature, state.signature(arena.folder)),
        *_saves(arena, reference.outcomes),
    ]


def _saves(arena: Arena, expected: dict[str, str]) -> Iterator[str]:
    """No page is handed in twice; each wish ends as it would have, or says that none came about of what was never sent."""
    found = state.outcomes(arena.folder)
    yield from (f"handed in {times} times: {url}" for url, times in arena.posted.items() if times > 1)
    for url, outcome in expected.items():
        given_up = found.get(url) == "absent" and not arena.posted[url]
        # handed in, and found in the index by a later wish: of a clock that was put forward it is another day
        own = (found.get(url), outcome) == ("found", "saved") and arena.posted[url] == 1
        if found.get(url) != outcome and not given_up and not own:
            yield f"save of {url}: {found.get(url)}, not {outcome}"


def _counts(arena: Arena) -> Iterator[str]:
    """Yield what is worth counting, once for each time."""
    with state.copied(arena.folder) as connection:
        questions = {
            "runs marked as interrupted": "SELECT count(*) FROM crawls WHERE finish_reason = 'interrupted'",
            "submissions found to be unknown": "SELECT count(*) FROM save_events WHERE to_state = 'unknown'"
            " AND from_state = 'submitting'",
            "of these, resolved to a capture": "SELECT count(DISTINCT a.save_id) FROM save_events a JOIN save_events b"
            " USING (save_id) WHERE a.to_state = 'unknown' AND a.from_state = 'submitting'"
            " AND b.from_state = 'unknown' AND b.to_state IN ('saved', 'found')",
            "of these, never sent, and said so": "SELECT count(DISTINCT a.save_id) FROM save_events a JOIN save_events b"
            " USING (save_id) WHERE a.to_state = 'unknown' AND a.from_state = 'submitting'"
            " AND b.from_state = 'unknown' AND b.to_state = 'absent'",
            "checks compared": "SELECT count(*) FROM checks",
            "captures read back": "SELECT count(*) FROM captures WHERE warc_id IS NOT NULL",
        }
        for what, question in questions.items():
            yield from [what] * connection.execute(question).fetchone()[0]
    yield from ["cut records set aside (.tail)"] * len(list(arena.folder.glob("warcs/*.tail")))
    yield from ["WARCs read to their end"] * len(list(arena.folder.glob("warcs/*.warc.gz")))
