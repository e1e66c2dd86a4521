"""Full disks: small file systems in memory, mounted in a namespace of this process's own, filled while runs write to them.

``try_disks`` calls ``python -m benchmarks.faults.disks TIMES SEED REFERENCE KIND...`` in that namespace, which prints the
outcomes as JSON.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults import state
from benchmarks.faults.arena import ROOT, Arena
from benchmarks.faults.kills import Reference, ended_well
from benchmarks.faults.outcome import Outcome, new_arena, said
from benchmarks.faults.points import CRAWL, SNAPSHOTS

NEEDS = {"WARC": 60_000, "database and its log": 2_500_000, "everything": 2_500_000}
"""What is on the disk, and bytes that a run writes to it, about: so many may be free when it starts."""

SIZE = 64 * 2**20
NAMESPACE = ["unshare", "--map-root-user", "--mount"]


def try_disks(reference: Reference, *, times: int, seed: int, what: Iterable[str] = tuple(NEEDS)) -> list[Outcome]:
    """Return the outcomes of ``times`` full disks of each kind (of NEEDS).

    Where no file system may be mounted, that is what they say.
    """
    may = subprocess.run(
        [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True, check=False
    )
    if may.returncode != 0:
        return [Outcome(_name(kind), skipped=f"no file system may be mounted ({may.stderr.strip()})") for kind in what]
    with tempfile.NamedTemporaryFile(suffix=".pickle") as known:
        known.write(pickle.dumps(reference))
        known.flush()
        done = subprocess.run(
            [*NAMESPACE, sys.executable, "-m", "benchmarks.faults.disks", str(times), str(seed), known.name, *what],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return [Outcome(**told) for told in json.loads(done.stdout)]


def _name(what: str) -> str:
    return f"full disk: {what}"


@contextmanager
def mounted(place: Path) -> Iterator[Path]:
    """Have a small file system at ``place``, for this process and those it starts."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(place: Path, free: int) -> Path:
    """Fill a file system until ``free`` bytes are left; return the file that takes the room."""
    filler = place / "filler"
    left = os.statvfs(place)
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(1, left.f_bavail * left.f_frsize - free))
    return filler


def full_disk(what: str, reference: Reference, *, times: int, chance: random.Random) -> Outcome:
    """Fill the disk before a crawl and before the ledger: each ends with a sentence, and goes on once there is room."""
    outcome = Outcome(_name(what))
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="citekeep-faults-") as top:
            folder = Path(top) / "data"
            with mounted(Path(top) / "warcs" if what == "WARC" else folder) as place:
                outside = str(Path(top) / "warcs")
                settings = {} if what == "everything" else {"WARC_DIR": outside, "LOG_DIR": str(Path(top) / "logs")}
                folder.mkdir(exist_ok=True)
                if what != "everything":
                    Path(outside).mkdir(exist_ok=True)
                    (folder / "warcs").symlink_to(outside)
                with new_arena(folder, **settings) as arena:
                    _fill_and_empty(arena, place, NEEDS[what], reference, outcome, chance)
    return outcome


def _fill_and_empty(
    arena: Arena, place: Path, needs: int, reference: Reference, outcome: Outcome, chance: random.Random
) -> None:
    for name in (CRAWL, SNAPSHOTS):
        free = chance.choice((0, chance.randrange(needs), chance.randrange(needs)))
        if name == SNAPSHOTS:
            if not state.finished(arena.folder):
                arena.run(CRAWL)
            free //= 10
        filler = fill(place, free)
        ended = arena.run(name)
        told = [*said(ended, 0, 4), *state.right_after(arena.folder)]
        filler.unlink()
        if ended.code == 4:
            outcome.counted["runs that ended for it"] += 1
            if len([line for line in ended.output.splitlines() if "Cannot" in line]) != 1:
                told.append(f"not one sentence: {ended.output[-1500:]}")
        outcome.add(f"{name} with {free} bytes free", told, ended)
    outcome.add("compared once there was room", ended_well(arena, reference))


def main(times: int, seed: int, known: str, *kinds: str) -> None:
    """Print the outcomes of these kinds."""
    reference: Reference = pickle.loads(Path(known).read_bytes())
    chance = random.Random(seed)
    outcomes = [full_disk(what, reference, times=times, chance=chance) for what in kinds]
    print(json.dumps([vars(outcome) for outcome in outcomes]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
