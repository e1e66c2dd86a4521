"""A short run of the faults of ``python -m benchmarks.faults``, seeded: kill -9, full disks, a process put to sleep."""

from collections import Counter

import pytest

from benchmarks.faults import disks, due, kills, state, trouble
from benchmarks.faults.outcome import Outcome
from benchmarks.faults.points import POINTS
from benchmarks.faults.victim import find

pytestmark = pytest.mark.timeout(600)  # many runs, one after another


@pytest.fixture(scope="module")
def reference():
    return kills.undisturbed()


def test_every_point_is_one_of_production_code():
    found = {point.target: find(point.target) for point in POINTS}
    assert [target for target, (holder, name) in found.items() if not hasattr(holder, name)] == []


def test_runs_that_are_killed_come_to_what_an_undisturbed_one_comes_to(reference):
    tally = kills.campaign(4, 2026, reference, at_once=1, say=print)
    assert tally.broken == []
    assert tally.survived == tally.kills
    assert tally.kills.total() >= 4
    assert reference.signature["checks"].total() >= 19, "what is compared is there"
    assert Counter(reference.outcomes.values())["verified"] >= 9


def test_runs_of_what_is_due_that_are_killed_come_to_what_an_undisturbed_one_comes_to():
    tally = due.campaign(3, 1, say=print)
    assert tally.broken == []
    assert tally.survived == tally.kills
    assert tally.kills.total() >= 3


def test_a_full_disk_ends_a_run_with_a_sentence_and_the_next_goes_on(reference):
    outcomes = disks.try_disks(reference, times=1, seed=3, what=["everything"])
    if outcomes[0].skipped:
        pytest.skip(outcomes[0].skipped)
    (outcome,) = outcomes
    assert (outcome.broken, outcome.survived) == ([], 3)
    assert outcome.codes[4] >= 1, outcome.line()


def test_the_result_of_a_process_that_slept_is_refused_and_counted(reference):
    outcome = trouble.suspended(reference, seconds=0.0, seed=1)
    assert (outcome.broken, outcome.survived) == ([], 1)
    assert outcome.counted["stale results refused"] >= 1


def test_what_is_lost_or_doubled_is_told(reference):
    """The comparison itself: a suite that could not fail would say the same of everything."""
    found = {name: rows.copy() for name, rows in reference.signature.items()}
    lost = next(iter(found["checks"]))
    del found["checks"][lost]
    found["citations"].update([next(iter(found["citations"]))])
    told = state.differences(reference.signature, found)
    assert [line.split(" (")[0] for line in told] == ["checks: lost", "citations: too many"]
    outcome = Outcome("any")
    outcome.add("first", ["broken"])
    outcome.add("second", [])
    assert (outcome.line(), outcome.broken) == ("any: 1 of 2 survived; exit codes none", ["any, first: broken"])
