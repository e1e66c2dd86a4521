"""Holds an archive to what the made-up world knows of itself: one file for each question, ``Finding`` for each answer."""

from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.whole import judge

__all__ = ["Finding", "judge"]
