"""``kill -9`` at random moments of ``scrapy due``: a small world with its sources, lived through twice, and compared.

What is due is done at two times, two days apart: feeds and sitemaps are read, new articles archived, then looked at again,
edited, moved and dead. One archive is left in peace; the others are killed, again and again, at each of the two.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults import state
from benchmarks.faults.arena import left_of
from benchmarks.faults.kills import HOURS, ROUNDS, Tally, choose
from benchmarks.faults.points import DUE, SNAPSHOTS
from benchmarks.quarter.days import running
from benchmarks.quarter.runs import Runs
from benchmarks.quarter.script import DEATHS
from benchmarks.quarter.world import DAY, World

OUTLETS, DAYS = 5, 8.0
TIMES = (0.1, 2.1)
"""Days at which what is due is done. By the second every article is due again, as it was at most four days old by the first."""

LASTING = {*DEATHS, "moved", "usurped"}
"""What may befall the world here: what looks the same however often, and however much later, it is asked."""

SIGNATURE = state.SIGNATURE | {
    # A wish that was still open when its link was checked again serves for both: how long it is, is the ledger's affair.
    "saves": "SELECT DISTINCT l.url, s.service, s.mode FROM saves AS s JOIN links AS l ON l.id = s.link_id",
    "sources": "SELECT s.name, s.outcome, l.url, l.etag FROM sources AS s JOIN links AS l ON l.id = s.link_id",
    "lists": "SELECT s.name, l.url, p.changed_text, p.gone_at IS NULL FROM source_pages AS p"
    " JOIN sources AS s ON s.id = p.source_id JOIN links AS l ON l.id = p.link_id",
    "listed": "SELECT s.name, l.url, p.changed_text FROM source_articles AS p JOIN sources AS s ON s.id = p.source_id"
    " JOIN articles AS a ON a.id = p.article_id JOIN links AS l ON l.id = a.link_id",
}


@contextmanager
def lived(seed: int) -> Iterator[Runs]:
    """Yield the runs of a small world, the same for the same seed, in a folder that is there for as long."""
    world = World(outlets=OUTLETS, days=DAYS, begins=time.time() // DAY * DAY - 20 * DAY, seed=seed)
    for outlet in world.outlets.values():
        # A link that a private and a public article cite is asked again where the private one happened to come first.
        outlet.private = False
    for site in world.sites():
        site.episodes = [episode for episode in site.episodes if episode.fate in LASTING]
        for page in site.pages.values():
            page.episodes = [episode for episode in page.episodes if episode.fate in LASTING]
    with tempfile.TemporaryDirectory(prefix="citekeep-faults-") as place, running(world, Path(place) / "q") as runs:
        yield runs


def undisturbed(seed: int) -> dict[str, Counter[tuple[object, ...]]]:
    """Return what an archive says that was left in peace; anything wrong with it raises."""
    with lived(seed) as runs:
        told = []
        for days in TIMES:
            runs.turn(runs.world.begins + days * DAY)
            told += _done(runs)
        told += _ended(runs)
        if told:
            raise RuntimeError(f"An undisturbed run is not as it should be: {told}")
        return state.signature(runs.data, SIGNATURE)


def campaign(kills: int, seed: int, *, say: Callable[[str], None], in_a_row: int = 8) -> Tally:
    """Kill runs at least ``kills`` times, ``in_a_row`` of one archive, and compare each with one that was not."""
    expected, total, archives = undisturbed(seed), Tally(), 0
    while total.kills.total() < kills:
        archives += 1
        total.add(series(min(in_a_row, kills - total.kills.total()), seed, f"{seed}.{archives}", expected))
        say(f"{archives} archives of what is due: {total.kills.total()} kills, {total.survived.total()} survived")
    total.counted["archives of what is due compared"] = archives
    return total


def series(kills: int, seed: int, name: str, expected: dict[str, Counter[tuple[object, ...]]]) -> Tally:
    """Kill the runs of one archive so many times, shared among TIMES, let them come to their end, and compare it."""
    chance, tally, phases = random.Random(name), Tally(), list[str]()
    with lived(seed) as runs:
        kept: dict[str, bytes] = {}
        for number, days in enumerate(TIMES, 1):
            runs.turn(runs.world.begins + days * DAY)
            tries = 0
            while len(phases) < kills * number // len(TIMES) and tries < 3 * kills:
                tries += 1
                phase, told = _kill_one(runs, chance, kept)
                if phase is not None:
                    phases.append(phase)
                    tally.survived[phase] += not told
                tally.broken += [f"seed {name}, kill {len(phases)} ({phase}): {one}" for one in told]
            told = _done(runs)
            tally.broken += [f"seed {name}, on day {days}: {one}" for one in told]
        told = [*_ended(runs), *state.touched(runs.data, kept)]
        told += state.differences(expected, state.signature(runs.data, SIGNATURE))
        if told:  # which of them it was is not known: none of this archive counts as survived
            tally.survived.clear()
            tally.broken += [f"seed {name}, at the end (after {', '.join(phases)}): {one}" for one in told]
    tally.kills.update(phases)
    return tally


def _kill_one(runs: Runs, chance: random.Random, kept: dict[str, bytes]) -> tuple[str | None, list[str]]:
    """Start a run that is to be killed; return in which phase it was (None: it came to its end), and what is broken."""
    phase, fault, moment = choose(DUE, chance)
    run = runs.start(DUE, 0, fault=fault)
    if moment is not None:
        runs.kill(run, moment)
    runs.wait(run)
    told = [*state.touched(runs.data, kept), *state.right_after(runs.data)]
    kept |= state.whole_records(runs.data)
    if run.killed:
        return phase, told + [f"process {pid} was left running" for pid in left_of(run.pid)]
    return None, told + [f"exit code {run.code}: {run.output[-1500:]}"] * (not run.ended_well)


def _done(runs: Runs) -> list[str]:
    """Do what is due to its end; return what went wrong."""
    run = runs.wait(runs.start(DUE, 0))
    return [f"exit code {run.code}: {run.output[-1500:]}"] * (not run.ended_well)


def _ended(runs: Runs) -> list[str]:
    """Let the ledger come to its end; return what went wrong, or is broken then."""
    told = []
    for _ in range(ROUNDS):
        runs.turn(runs.serving.now() + HOURS)
        run = runs.wait(runs.start(SNAPSHOTS, 0))
        told += [f"the ledger: exit code {run.code}: {run.output[-1500:]}"] * (not run.ended_well)
        if not state.unsettled(runs.data):
            break
    else:
        told.append("the ledger came to no end")
    twice = Counter(job.url for job in runs.standin.jobs.jobs.values())
    told += [f"handed in {times} times: {url}" for url, times in twice.items() if times > 1]
    return told + state.at_the_end(runs.data)
