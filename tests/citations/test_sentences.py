"""The sentence around a place in a text."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.citations.sentences import WORDS_MAX, sentence_at, spans


@pytest.mark.parametrize(
    ("language", "text", "at", "sentence"),
    [
        ("en", "It rained. Dr. A. Moss stayed in, i.e. at home. Nobody came.", "Moss", "Dr. A. Moss stayed in, i.e. at home."),
        ("en", 'She said: "It is over." Then she left.', "left", "Then she left."),
        ("ru", "В 1903 г. его построил А. П. Кузнецов. Потом он уехал.", "Кузнецов", "В 1903 г. его построил А. П. Кузнецов."),
        ("ru", "«Уходите! — сказал он. — Уже поздно». Все ушли.", "поздно", "«Уходите! — сказал он. — Уже поздно»."),
        ("uk", "Музей ім. І. Я. Франка зачинено. Причини не відомі.", "Франка", "Музей ім. І. Я. Франка зачинено."),
        (None, "One sentence. Another one.", "Another", "Another one."),
        ("xx", "One sentence. Another one.", "Another", "Another one."),
        ("ja", "雨が降った。家にいた。", "家", "家にいた。"),
    ],
)  # fmt: skip
def test_a_sentence(language, text, at, sentence):
    start = text.index(at)
    first, last = sentence_at(text, start, start + len(at), language)
    assert text[first:last] == sentence


LINES = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("language", "line"), [(code, line) for code, of in LINES.items() for line in of["sentences"]])
def test_abbreviations_initials_and_quotations_do_not_end_a_sentence(language, line):
    before, after = (
        LINES[language].get("before", "First sentence here. "),
        LINES[language].get("after", " Then they all left."),
    )
    text = f"{before}{line}{after}"
    for at in (0, len(line) // 2, len(line) - 1):
        first, last = sentence_at(text, len(before) + at, len(before) + at + 1, language)
        assert text[first:last] == line


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("en", "He said no. Then he left.", 2),
        ("de", "Das war so. Dann ging er.", 2),
        ("uk", "Він написав лист. Потім пішов.", 2),
        ("de", "Das war im Jahr 2024. Dann ging er.", 2),
    ],
)
def test_a_word_that_may_be_an_abbreviation_still_ends_a_sentence(language, text, sentences):
    assert len(spans(text, language)) == sentences


@given(st.text(alphabet="aб. !?\n»—A1", max_size=80), st.data())
def test_the_place_lies_within_its_sentence(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = sentence_at(text, start, end, data.draw(st.sampled_from(["en", "ru", None])))
    assert 0 <= first <= start <= end <= last <= len(text)


def test_a_sentence_without_an_end_is_cut_around_the_place():
    text = "word " * 5_000 + "here " + "word " * 5_000
    start = text.index("here")
    first, last = sentence_at(text, start, start + 4, "en")
    assert "here" in text[first:last]
    assert len(text[first:last].split()) <= WORDS_MAX + 1
