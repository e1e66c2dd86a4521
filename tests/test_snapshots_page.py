"""docs/snapshots.md: its picture is the ledger's table, and nothing of the code's tables is left without words."""

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from citekeep import reviews
from citekeep.verdicts.table import GROUPS
from citekeep.wayback import budget, codes
from citekeep.wayback.ledger import TRANSITIONS
from citekeep.wayback.states import STATES
from docs import snapshots_page

DOCS = Path(__file__).resolve().parent.parent / "docs"


def drawn():
    """The transitions of the picture, read off it: lines through a diamond lead from all that enter it to all it leaves."""
    lines = re.findall(r"^ +(\S+) --> (\S+)$", snapshots_page.picture(), re.MULTILINE)
    diamonds = set(re.findall(r"^ +state (\S+) <<choice>>$", snapshots_page.picture(), re.MULTILINE))
    found = {(a, b) for a, b in lines if a in TRANSITIONS and b in TRANSITIONS}
    for diamond in diamonds:
        entering, leaving = {a for a, b in lines if b == diamond}, {b for a, b in lines if a == diamond}
        found |= {(a, b) for a in entering for b in leaving}
    return found


def test_the_picture_has_every_transition_and_no_other():
    assert drawn() == {(state, after) for state, following in TRANSITIONS.items() for after in following}


def test_every_state_is_told_to_people():
    assert STATES.keys() == TRANSITIONS.keys()


def test_everything_that_the_tables_list_has_words():
    assert snapshots_page.ENDPOINTS.keys() == budget.RATES.keys()
    assert snapshots_page.REFUSALS.keys() == {*codes.CODES.values(), *codes.TRIES}
    assert snapshots_page.wishes().count("\n") == len(GROUPS) + 1


def test_a_duration_is_told_in_its_largest_whole_unit():
    told = {6: "6 seconds", 60: "1 minute", 5_400: "90 minutes", 7_200: "2 hours", 86_400: "1 day", 0.5: "0.5 seconds"}
    assert {seconds: snapshots_page.duration(seconds) for seconds in told} == told


@pytest.mark.parametrize("page", ["snapshots.md", "fact-checkers.md"])
def test_what_a_person_is_told_to_ask_of_the_database_can_be_asked(page, example):
    text = (DOCS / page).read_text(encoding="utf-8")
    questions = re.findall(r'sqlite3 [^"\n]*archive\.db "\n(.*?)"$', text, re.MULTILINE | re.DOTALL)
    assert questions
    with (
        contextlib.closing(sqlite3.connect(f"file:{example.archive}?mode=ro", uri=True)) as archive,
        contextlib.closing(sqlite3.connect(":memory:")) as copy,
    ):
        archive.backup(copy)
        for question in questions:
            copy.execute(question)


def test_a_review_moves_the_proof_of_life_as_the_page_says(example):
    text = (DOCS / "snapshots.md").read_text(encoding="utf-8")
    command = re.findall(r"scrapy review (\S+?)https://www\.example\.org/a-page (\w+) \\\n      --by (.*)", text)
    ((snapshot, quality, _),) = command
    sql = "SELECT last_good_at FROM witness WHERE url LIKE '%//www.uralwire.test/%'"
    with (
        contextlib.closing(sqlite3.connect(f"file:{example.archive}?mode=ro", uri=True)) as archive,
        contextlib.closing(sqlite3.connect(":memory:")) as copy,
    ):
        archive.backup(copy)
        before = copy.execute(sql).fetchone()[0]
        (url,) = copy.execute("SELECT memento_url FROM mementos WHERE memento_url LIKE ?", (f"{snapshot}%",)).fetchone()
        reviewed = reviews.meant(copy, url)
        assert reviews.add(copy, reviewed, reviews.verdict_of(quality, reviewed), by="a", note="b", until=None) == 1
        assert (before[:4], copy.execute(sql).fetchone()[0][:7]) == ("2022", "2022-01")
