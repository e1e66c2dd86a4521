"""How alike two texts are."""

from hypothesis import given
from hypothesis import strategies as st

from citekeep.similarity import similarity

TEXT = "one two three four five six seven eight nine ten eleven twelve"
texts = st.lists(st.sampled_from("abcdefgh"), max_size=30).map(" ".join)


def test_the_same_and_nothing_in_common():
    assert similarity(TEXT, TEXT.upper()) == 1
    assert similarity(TEXT, "alpha beta gamma delta epsilon") == 0
    assert similarity(TEXT, f"{TEXT} and then came the comments of the readers") == 1
    assert 0.3 < similarity(TEXT, "one two three four five six, and another end altogether here") < 0.7


def test_too_short_to_tell():
    assert similarity("one two three", TEXT) is None
    assert similarity("", "") is None


@given(texts, texts)
def test_it_is_a_share_and_has_no_direction(one, other):
    alike = similarity(one, other)
    assert alike is None or 0 <= alike <= 1
    assert alike == similarity(other, one)
