"""Extraction is no worse than it was: the floors stand in extraction_floor.toml."""

import os
import tomllib
from pathlib import Path

import pytest

from benchmarks import citations, varied

FLOOR = tomllib.loads(Path(__file__).with_name("extraction_floor.toml").read_text(encoding="utf-8"))
DEVSET = os.environ.get("CITEKEEP_DEVSET", "")
WORDS = varied.read_languages()


def holds(measured, floor):
    """Hold a measured figure to its floor, and the floor to what is measured."""
    assert measured >= floor, "extraction has become worse: see extraction_floor.toml"
    assert measured <= floor + FLOOR["slack"] or floor >= 1 - FLOOR["slack"], "the floor can be raised"


def test_a_floor_has_a_reason():
    for name, floor in FLOOR.items():
        assert name == "slack" or len(floor["why"].split()) > 5


def test_made_up_articles_in_many_languages():
    scores = [varied.score(words, template) for words in WORDS for template in varied.TEMPLATES]
    assert len(WORDS) >= 25
    holds(citations.f1(scores), FLOOR["varied"]["links_f1"])


def test_their_sentences():
    holds(varied.sentences_right(WORDS), FLOOR["varied"]["sentences"])


@pytest.mark.skipif(not DEVSET, reason="CITEKEEP_DEVSET names no folder of real pages with known answers")
def test_real_pages():
    folder = Path(DEVSET)
    _, found, _, _ = citations.read(folder)
    holds(citations.f1(citations.score_links(folder, found).values()), FLOOR["real"]["links_f1"])
    holds(citations.score_body(folder, found)[2], FLOOR["real"]["body_f1"])
