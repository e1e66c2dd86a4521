"""Two texts compared: what is told of them puts both together again, whatever they are."""

from hypothesis import given
from hypothesis import strategies as st

from citekeep.drift.compare import PARAGRAPHS_MAX, SAME, compare
from citekeep.drift.page import shown

BEFORE = "The mayor denied it on Monday.\nFifteen hundred people left the town in 2021.\nA third paragraph."
AFTER = (
    "The mayor denied it on Monday.\nA new paragraph.\nFifteen hundred people left the town in 2022, it is said.\nEnd."
)

texts = st.lists(st.text("ab éЯ中.,-", max_size=30), max_size=12).map("\n".join) | st.text(max_size=60)


def test_an_edited_paragraph_is_shown_as_one_with_the_words_that_changed():
    drift = compare(BEFORE, AFTER)
    assert [block.kind for block in drift.blocks] == ["same", "gained", "edited", "lost", "gained"]
    edited = drift.blocks[2]
    assert ("lost", "2021") in edited.parts
    assert any(kind == "gained" and "2022" in text for kind, text in edited.parts)
    assert (drift.lost["2021"], drift.gained["2022"], drift.gained["said"]) == (1, 1, 1)
    assert drift.words_lost == sum(drift.lost.values())
    assert "people" not in drift.lost
    assert 0 < drift.similarity < 1


def test_the_same_text_is_the_same_and_short_texts_have_no_similarity():
    assert compare(BEFORE, BEFORE).same
    assert compare(BEFORE, BEFORE).similarity == 1.0
    assert compare("One.", "Two.").similarity is None


@given(texts, texts)
def test_blocks_put_both_texts_together_again(before, after):
    drift = compare(before, after)
    for text, side in ((before, "before"), (after, "after")):
        paragraphs = [line.strip() for line in text.split("\n") if line.strip()]
        assert [getattr(block, side) for block in drift.blocks if getattr(block, side)] == paragraphs
    assert drift.same == all(block.before == block.after for block in drift.blocks)
    counted = [block if isinstance(block, int) else 1 for block in shown(drift.blocks)]
    assert sum(counted) == len(drift.blocks)


def test_what_is_beyond_the_bound_is_compared_as_one_paragraph():
    text = "\n".join(f"Paragraph {number}." for number in range(PARAGRAPHS_MAX + 50))
    drift = compare(text, text + "\nOne more.")
    assert len(drift.blocks) <= PARAGRAPHS_MAX + 2
    assert [block.kind for block in drift.blocks[:PARAGRAPHS_MAX]] == [SAME] * PARAGRAPHS_MAX
    assert not drift.same
