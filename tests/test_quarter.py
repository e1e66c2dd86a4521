"""A small run of ``python -m benchmarks.quarter``: a few outlets, a few days, real runs on a turned clock, some killed."""

import json
from dataclasses import asdict

import pytest

from benchmarks.quarter.__main__ import quarter
from benchmarks.quarter.days import Plan

TRIED = {
    "articles that were listed are recorded, each once": 20,
    "versions that were seen are recorded, each look once": 40,
    "citations are recorded, each once": 30,
    "deaths and revivals are noticed": 30,
    "one request at a time for each site": 150,
    "robots.txt is read and kept": 100,
    "limits of the Wayback Machine are kept": 50,
}
"""How much of each has to be looked at, at least: a world in which nothing happened would be right in everything."""


@pytest.mark.timeout(600)  # some fifteen runs, one after another; less than a minute where nothing else is at work
def test_a_small_world_is_archived_as_it_was(tmp_path):
    plan = Plan(runs=1, kills=0.25, beside=0.2, dark=0.1, seed=4)
    found = quarter(tmp_path / "q", outlets=6, days=9, plan=plan)
    wrong = [f"{finding.question}: {sentence}" for finding in found for sentence in finding.wrong]
    assert wrong == [], json.dumps([asdict(finding) for finding in found], indent=1)
    counted = {finding.question: finding.counted for finding in found}
    assert {question: counted[question] for question in TRIED if counted[question] < TRIED[question]} == {}
    told = {name: value for finding in found for name, value in finding.told.items()}
    assert told["killed"] >= 1
    assert told["articles with several"] >= 1, "some were edited, and looked at again"
