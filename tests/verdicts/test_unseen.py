"""What the judge makes of responses it was not made with (benchmarks/responses; the README there says how they came)."""

import pytest

from benchmarks.unseen import HISTORY, told
from benchmarks.verdicts import scores


@pytest.mark.parametrize("without_title", [False, True], ids=["whole", "without title"])
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_most_are_told_no_page_that_is_there_is_lost_and_no_refusal_is_a_death(name: str, without_title: bool) -> None:
    rows = list(told(name, without_title=without_title))
    assert [row.name for row in rows if row.broken] == []
    assert scores([(row.truth, row.said) for row in rows if row.truth != HISTORY]) >= 0.9


def test_of_pages_about_such_pages_few_are_lost() -> None:
    rows = list(told("d"))
    assert len([row.name for row in rows if row.broken]) <= 3
    assert scores([(row.truth, row.said) for row in rows]) >= 0.95
