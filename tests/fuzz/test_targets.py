"""No bytes make a parser fail or hang: what once did, and some hundreds of inputs more for each target."""

import json
import logging
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings

from fuzz import inputs
from fuzz.one import HANG, Watch
from fuzz.targets import TARGETS

FILES = [(target, path) for target in TARGETS for path in inputs.corpus(target)]
EXAMPLES = {"page": 15, "judge": 40, "citations_html": 40, "citations_text": 40, "dns": 40}
"""How many inputs of the slower targets; of the others, MANY."""
MANY = 80


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(("target", "path"), FILES, ids=[f"{target}-{path.name}" for target, path in FILES])
def test_the_corpus(target, path):
    begun = time.process_time()
    TARGETS[target](path.read_bytes())
    assert time.process_time() - begun < 3 * HANG, "they were found on a machine that may be three times as fast"


@pytest.mark.parametrize("target", TARGETS)
def test_more_of_the_kind(target):
    @settings(
        max_examples=EXAMPLES.get(target, MANY),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs.strategy(target))
    def check(data):
        begun = time.process_time()
        TARGETS[target](data)
        assert time.process_time() - begun < HANG

    check()


def test_every_target_has_a_corpus_and_every_corpus_a_target():
    folders = {path.name for path in inputs.CORPUS.iterdir() if path.name != "tokens"}
    assert folders == set(TARGETS)
    assert {path.name for path in (inputs.CORPUS / "tokens").iterdir()} == set(TARGETS)
    assert all(inputs.corpus(target) for target in TARGETS)


def test_the_same_number_makes_the_same_input():
    assert [inputs.changed("cdx", number) for number in range(50)] == [
        inputs.changed("cdx", number) for number in range(50)
    ]
    assert all(len(inputs.changed("url", number)) <= inputs.LONGEST for number in range(300))


# --- that a failure would be seen ---


def fails_at_seven(data):
    if b"7" in data:
        raise ValueError("seven")


def test_a_failure_is_kept_once_by_its_smallest_input(tmp_path):
    watch = Watch(fails_at_seven, tmp_path)
    for data in (b"123", b"1237", b"77", b"aaaaaa7"):
        watch(data)
    assert watch.figures.inputs == 4
    (name,) = watch.figures.failures.values()
    assert (tmp_path / name).read_bytes() == b"77"
    assert [path.name for path in tmp_path.glob("crash-*")] == [name]
    assert json.loads((tmp_path / "figures.json").read_text())["failures"] == watch.figures.failures


def test_a_hang_is_kept(tmp_path, monkeypatch):
    moments = iter([0.0, HANG + 0.1, 10.0, 10.0 + HANG - 0.1])
    monkeypatch.setattr("fuzz.one.time.process_time", lambda: next(moments))
    watch = Watch(lambda data: None, tmp_path)
    watch(b"slow")
    watch(b"fast enough")
    assert [path.read_bytes() for path in tmp_path.glob("hang-*")] == [b"slow"]


def test_a_run_by_hand(tmp_path):
    command = [sys.executable, "-m", "fuzz", "--seconds", "0.5", "--out", str(tmp_path), "url"]
    run = subprocess.run(command, cwd=inputs.CORPUS.parent.parent, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 targets, " in run.stdout
    assert json.loads((tmp_path / "url" / "figures.json").read_text())["inputs"] > 10
