"""A small run of ``python -m benchmarks.quarter``: a few outlets, a few days, real runs on a turned clock, some killed."""

import json
from dataclasses import asdict
from types import SimpleNamespace

import pytest

from benchmarks.quarter.__main__ import quarter
from benchmarks.quarter.days import Plan
from benchmarks.quarter.judge import costs
from benchmarks.quarter.runs import Run
from benchmarks.quarter.world import DAY

TRIED = {
    "articles that were listed are recorded, each once": 20,
    "versions that were seen are recorded, each look once": 40,
    "citations are recorded, each once": 30,
    "deaths and revivals are noticed": 30,
    "one request at a time for each site": 100,
    "robots.txt is read and kept": 60,
    "limits of the Wayback Machine are kept": 50,
    "run times follow what is due, not the age of the archive": 2,
}
"""How much of each has to be looked at, at least: a world in which nothing happened would be right in everything."""


@pytest.mark.timeout(600)  # ten runs, one after another; less than a minute where nothing else is at work
def test_a_small_world_is_archived_as_it_was(tmp_path):
    plan = Plan(runs=1, kills=0.4, beside=0.4, dark=0.3, seed=423, idle=(0.2, 1.0))
    found = quarter(tmp_path / "q", outlets=6, days=6, plan=plan)
    wrong = [f"{finding.question}: {sentence}" for finding in found for sentence in finding.wrong]
    assert wrong == [], json.dumps([asdict(finding) for finding in found], indent=1)
    counted = {finding.question: finding.counted for finding in found}
    assert {question: counted[question] for question in TRIED if counted[question] < TRIED[question]} == {}
    told = {name: value for finding in found for name, value in finding.told.items()}
    assert min(told["killed"], told["beside another"], told["runs without a network"]) >= 1
    assert told["articles with several"] >= 1, "some were edited, and looked at again"


def test_costs_that_grow_with_the_age_of_an_archive_are_found():
    def judged(growth, waiting=10):
        """What a run costs grows so many times from the first day to the last, beside what it does.

        waiting: wishes for snapshots at the last day, ten at the first.
        """
        runs = []
        for day in range(90):
            work = 0 if day in {1, 89} else 50 + day % 7 * 40
            run = Run(day + 1, "due", day + 1, begun=day * DAY, idle=not work, work=work, checks=work // (1 + day % 3))
            run.steps = round((100_000 + 5_000 * run.checks + 900 * work) * (1 + (growth - 1) * day / 89))
            run.cpu, run.waiting = run.steps / 100_000, 10 if day < 45 else waiting
            runs.append(run)
        world = SimpleNamespace(begins=0.0, days=90)
        return costs.cost(SimpleNamespace(runs=SimpleNamespace(done=runs), checks={}, world=world, ask=lambda _: []))

    assert (judged(1.0).counted, judged(1.0).wrong) == (4, [])
    steps = judged(1.0).told["SQLite steps in the last third"]
    assert (steps["a check"], steps["a step of the ledger"]) == (5_900, 900)
    assert [sentence.partition(":")[0] for sentence in judged(5.0).wrong] == ["an idle run", "busy runs"] * 2
    idle = [[one for one in judged(growth, waiting=40).wrong if "idle" in one] for growth in (5.0, 9.0)]
    assert [len(found) for found in idle] == [0, 2], (
        "four times the wishes that wait may cost so many times as much, not more"
    )
