"""One target fuzzed by one engine, in a process of its own: ``python -m fuzz.one TARGET ENGINE SECONDS FOLDER``.

Its figures are written to FOLDER/figures.json every second, the input under way to FOLDER/current: what comes of a
process that died is still known.
"""

from __future__ import annotations

import hashlib
import json
import logging
import mmap
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

HANG = 2.0  # seconds of processor time that an input of at most 64 KiB may take; of waiting, see __main__
_ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Figures:
    """inputs: how many; slowest: seconds of the slowest one; failures: {where in the code: name of the file that shows it}."""

    inputs: int = 0
    slowest: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)


class Watch:
    """Calls a target, counts, times, and keeps the inputs that make it fail, one for each place in the code."""

    def __init__(self, check: Callable[[bytes], None], folder: Path) -> None:
        self.check, self.folder = check, folder
        self.figures = Figures()
        self._written = 0.0
        (folder / "current").write_bytes(bytes(8 + 2**17))
        with (folder / "current").open("r+b") as stream:
            self._current = mmap.mmap(stream.fileno(), 0)

    def __call__(self, data: bytes) -> None:
        """Check one input. Raises nothing but what ends the process."""
        self._current[:8] = len(data).to_bytes(8, "big")
        self._current[8 : 8 + len(data)] = data
        begun = time.process_time()
        try:
            self.check(data)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic in Rust is no Exception
            self._keep("crash", f"{type(error).__name__} at {_where(error)}", data)
        took = time.process_time() - begun
        self.figures.inputs += 1
        if took > self.figures.slowest:
            self.figures.slowest = round(took, 3)
            (self.folder / "slowest").write_bytes(data)
        if took > HANG:
            self._keep("hang", f"more than {HANG:g} s", data)
        if time.monotonic() - self._written > 1:
            self._written = time.monotonic()
            self.write()

    def _keep(self, kind: str, place: str, data: bytes) -> None:
        known = self.figures.failures.get(place)
        if known is None or len(data) < (self.folder / known).stat().st_size:
            name = f"{kind}-{hashlib.sha256(data).hexdigest()[:12]}"
            (self.folder / name).write_bytes(data)
            if known is not None and known != name:
                (self.folder / known).unlink()
            self.figures.failures[place] = name
            self.write()

    def write(self) -> None:
        """Write the figures down."""
        part = self.folder / "figures.part"
        part.write_text(json.dumps(asdict(self.figures)), encoding="utf-8")
        part.replace(self.folder / "figures.json")


def _where(error: BaseException) -> str:
    """Return the last line of ours on the way to an error; that of the target itself only where there is no other."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_ROOT)
    ]
    frames = [frame for frame in frames if ".venv" not in frame.filename and not frame.filename.endswith("fuzz/one.py")]
    ours = [frame for frame in frames if "/fuzz/" not in frame.filename] or frames
    return f"{Path(ours[-1].filename).relative_to(_ROOT)}:{ours[-1].lineno}" if ours else "?"


def with_hypothesis(target: str, folder: Path, seconds: float) -> None:
    """Check inputs that hypothesis makes, a fresh seed every thousand, for so many seconds."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings  # noqa: PLC0415

    from fuzz.inputs import corpus, strategy  # noqa: PLC0415
    from fuzz.targets import TARGETS  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    watch = Watch(TARGETS[target], folder)
    for path in corpus(target):
        watch(path.read_bytes())
    ends = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < ends:
        rounds += 1

        @seed(time.time_ns())
        @settings(
            max_examples=1_000, database=None, deadline=None, phases=[Phase.generate], verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy(target))
        def one_round(data: bytes) -> None:
            if time.monotonic() < ends:
                watch(data)

        one_round()
    watch.write()


def with_atheris(target: str, folder: Path, seconds: float) -> None:
    """Check inputs that libFuzzer makes, led by what they reach in our code and in that which parses for us."""
    import atheris  # noqa: PLC0415

    with atheris.instrument_imports(include=["citekeep", "downloadermiddlewares", "resolver", "protego", "warcio"]):
        from fuzz.targets import TARGETS  # noqa: PLC0415
    from fuzz.inputs import CORPUS, LONGEST, tokens  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    words = folder / "tokens.dict"
    words.write_text("".join(f'"{_escaped(token)}"\n' for token in tokens(target)), encoding="ascii")
    found = folder / "found"
    found.mkdir(exist_ok=True)
    (CORPUS / target).mkdir(exist_ok=True)
    options = [
        f"-max_total_time={int(seconds)}", f"-max_len={LONGEST}", f"-timeout={int(10 * HANG)}", "-rss_limit_mb=3000",
        f"-artifact_prefix={folder}/", f"-dict={words}", "-print_final_stats=0", "-verbosity=0", "-len_control=20",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(found), str(CORPUS / target)], Watch(TARGETS[target], folder))
    atheris.Fuzz()


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


ENGINES = {"hypothesis": with_hypothesis, "atheris": with_atheris}

if __name__ == "__main__":
    name, engine, limit, where = sys.argv[1:]
    ENGINES[engine](name, Path(where), float(limit))
