"""What full-text search takes for the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.folding import fold


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Россия", "России"),
        ("ЁЖИК", "ежик"),
        ("эмиграции", "эмиграция"),
        ("Świątek café", "swiatek cafe"),
        ("emigrated", "emigrating"),
        ("здоров’я", "здоров'я"),
        ("e\u0301lite", "Élite"),
    ],
)
def test_the_same(written, asked):
    assert fold(written) == fold(asked)


@pytest.mark.parametrize(("one", "other"), [("май", "маи"), ("їжак", "іжак"), ("ґава", "гава"), ("war", "wars of")])
def test_not_the_same(one, other):
    assert fold(one) != fold(other)


@given(st.text())
def test_any_text_folds_to_words_that_are_a_query(text):
    folded = fold(text)
    assert folded == folded.strip()
    assert all(word.replace("_", "a").isalnum() for word in folded.split())


def test_nothing_is_nothing():
    assert fold(None) == fold("") == ""
