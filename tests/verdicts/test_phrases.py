"""Phrases looked for together are found as one regular expression of all of them finds them."""

import re
import tomllib
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citekeep.verdicts import lists, marker
from citekeep.verdicts.phrases import Phrases, Strings, needles_of

KINDS = tomllib.loads((Path(marker.__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
ALL = {kind: [phrase for phrases in by_language.values() for phrase in phrases] for kind, by_language in KINDS.items()}
FILLER = st.text(st.sampled_from("ab 1.,\n-'’жћ是页 page site blocked not found 404"), max_size=30)


def texts(kind: str) -> st.SearchStrategy[str]:
    """Return texts that hold phrases of a kind, parts of them, and what is none."""
    phrase = st.sampled_from(ALL[kind]).flatmap(lambda one: st.from_regex(one, fullmatch=True))
    part = st.tuples(phrase, st.integers(0, 30)).map(lambda pair: pair[0][pair[1] :])
    return st.lists(st.one_of(FILLER, phrase, part), max_size=4).map("".join)


def spans(matches):
    return [(match.span(), match[0]) for match in islice(matches, 20)]


@pytest.mark.parametrize("kind", ALL)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_found_as_by_one_expression_of_all(kind: str, data: st.DataObject) -> None:
    text = data.draw(texts(kind))
    joined = re.compile("(?:" + "|".join(ALL[kind]) + ")")
    sought = lists.phrases(kind)
    start = data.draw(st.integers(0, 5))
    end = data.draw(st.integers(start, len(text) + 5))
    assert spans(sought.finditer(text)) == spans(joined.finditer(text))
    assert spans([sought.search(text, start, end)] if sought.search(text, start, end) else []) == spans(
        [joined.search(text, start, end)] if joined.search(text, start, end) else []
    )


@pytest.mark.parametrize("kind", ["block_name", "consent_name", "denied_name", "missing_name", "server_error_name"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_whole_names_found_as_by_one_expression(kind: str, data: st.DataObject) -> None:
    name = data.draw(texts(kind))
    joined = re.compile(r"^(?:" + "|".join(ALL[kind]) + r")\W*$")
    found, expected = lists.whole(kind).search(name), joined.search(name)
    assert (found and found.span()) == (expected and expected.span())


def test_needles_are_in_every_match() -> None:
    assert needles_of("not (?:found|there)") == ["found", "there"]
    assert needles_of(r"(?:\n|^)\W*(?:bad )?gateway") == ["gateway"]
    assert needles_of(r"\w+ ?(?:x|\d)") is None
    assert needles_of("(?:ab)*") is None
    assert needles_of("(?:abc)+d") == ["abc"]


def test_most_phrases_have_needles() -> None:
    without = [phrase for phrases in ALL.values() for phrase in phrases if needles_of(phrase) is None]
    assert without == [], "a phrase without a string that it cannot be without is searched for on every page"


@given(st.lists(st.text("ab\nж", max_size=3), min_size=1, max_size=8), st.text("ab\nж", max_size=20))
def test_strings_found_as_one_by_one(strings: list[str], text: str) -> None:
    assert Strings(strings).found(text) == {place for place, string in enumerate(strings) if string in text}


def test_half_a_character_is_no_fault() -> None:
    assert Strings(["b", "c"]).found("\ud800b") == {0}
    assert Phrases(["page"]).search("\ud800 page").group() == "page"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_found_with_all_strings_together_is_what_is_found_of_a_kind_alone(kind):
    needles = [needle for phrase in ALL[kind] for needle in needles_of(phrase) or ()]
    others = ["captcha", "error 404", "sign in", "this domain is for sale", "страница не найдена", "\ud800"]
    alone, together = Phrases(ALL[kind]), lists.phrases(kind)
    for text in (" and ".join([*others, *needles, *others]), " ".join(others), "the river has risen since"):
        assert spans(together.finditer(text)) == spans(alone.finditer(text))
    strings = Strings([*needles, ""], lists.lexicon(markup=False))
    assert strings.found(" ".join(needles)) == {*range(len(needles) + 1)}
    assert strings.found("0") == {len(needles)}
    assert Strings(["never seen", "so"], lists.lexicon(markup=False)).found("so it was") == {1}, (
        "of others it finds its own"
    )
