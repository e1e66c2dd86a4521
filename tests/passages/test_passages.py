"""Whether the words of a citation are on a page: pairs with a reader's answer, and what no text may break."""

import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import passages
from citekeep.passages import REASONS, Cited, Shown, compare
from citekeep.passages.compare import ABSENT, PRESENT
from citekeep.passages.figures import figures, is_there
from citekeep.passages.scripts import keys
from citekeep.passages.words import language_of

FLOOR = tomllib.loads(Path(__file__).with_name("floor.toml").read_text(encoding="utf-8"))
PAIRS = passages.read()
ANSWERS = {"present", "partly", "absent", "not_comparable"}


def test_the_answers_are_those_of_a_reader():
    share, _ = passages.score(PAIRS)
    assert share >= FLOOR["floor"], "passages are found worse than before: python -m benchmarks.passages names them"
    assert share <= FLOOR["floor"] + FLOOR["slack"], "the floor can be raised"


def test_nothing_present_is_called_absent_nor_the_other_way_round():
    _, confusion = passages.score(PAIRS)
    assert confusion["present", "absent"] == confusion["absent", "present"] == 0


def test_the_pairs_cover_languages_and_answers():
    assert len(PAIRS) >= 60
    assert {pair["language"] for pair in PAIRS} == {"en", "ru", "uk", "de", "fr"}
    assert min(Counter(pair["answer"] for pair in PAIRS)[answer] for answer in ANSWERS) >= 6
    across = [pair for pair in PAIRS if pair["language"] != pair["shown"]["language"]]
    assert len(across) >= 15


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zelensky", "Зеленського"), ("Selenskyj", "Зеленский"), ("Navalny", "Навальному"), ("Poutine", "Путин"),
        ("Khrushchev", "Хрущёва"), ("Chruschtschow", "Хрущев"), ("Gorbatschow", "Горбачев"), ("Eltsine", "Ельцина"),
        ("Jelzin", "Ельцин"), ("Yushchenko", "Ющенка"), ("Juschtschenko", "Ющенко"), ("Ûŝenko", "Ющенко"),
        ("Kuleba", "Кулебы"), ("Saluschnyj", "Залужного"), ("Jirinovski", "Жириновского"), ("Choïgou", "Шойгу"),
        ("Hrušev's'kyj", "Грушевський"), ("Ґонґадзе", "Гонгадзе"), ("Соловьёв", "Solovyov"), ("Артём", "Artem"),
    ],
)  # fmt: skip
def test_one_name_in_two_spellings(one, other):
    assert keys(one) & keys(other)


@pytest.mark.parametrize(("one", "other"), [("Petrov", "Песков"), ("Putin", "Потанин"), ("Яшин", "Яшкин")])
def test_two_names(one, other):
    assert not keys(one) & keys(other)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,500", 1500), ("1 500", 1500), ("1\u202f500", 1500), ("1.500", 1500), ("1’500", 1500), ("1.5 thousand", 1500),
        ("1,5 тыс.", 1500), ("полторы тысячи", 1500), ("півтори тисячі", 1500), ("fifteen hundred", 1500),
        ("anderthalb Tausend", 1500), ("2.1 billion", 2.1e9), ("2,1 Milliarden", 2.1e9), ("3,5 millions", 3.5e6),
        ("half a million", 5e5), ("one and a half thousand", 1500),
        ("двадцать три", 23), ("thirty-one", 31), ("1,234,567.89", 1234567.89), ("1.5", 1.5),
    ],
)  # fmt: skip
def test_numbers_written_differently(written, value):
    ((figure,), _) = figures(f"of {written} people")
    assert value in figure.values


@pytest.mark.parametrize("text", ["at 12:30", "the Il-76", "COVID-19", "in the 1990s", "her 3rd book", "v1.2.3", "1/2"])
def test_what_is_no_number(text):
    assert figures(text)[0] == []


@pytest.mark.parametrize(
    "text",
    ["13 January 2022", "January 13, 2022", "13 января 2022", "13. Januar 2022", "13.01.2022", "2022-01-13", "13 січня 2022"],
)  # fmt: skip
def test_a_date_is_one_however_it_is_written(text):
    numbers, (day,) = figures(f"On {text}, they left")
    assert (day.day, day.month, day.year, numbers) == (13, 1, 2022, [])


def test_a_round_number_stands_for_what_rounds_to_it():
    ((about,), _) = figures("some 1,500 people")
    assert is_there(about, {1547.0})
    assert not is_there(about, {1551.0})
    ((loose,), _) = figures("some 1,000 people")
    assert not is_there(loose, {1040.0})


def test_the_text_tells_its_language_sooner_than_its_page():
    assert language_of("Об этом стало известно вчера из сообщения, которое было на сайте", "en") == "ru"
    assert language_of("Про це стало відомо з повідомлення, яке було на сайті", "ru") == "uk"
    assert language_of("Москва", "en") is None
    assert language_of("Reuters", "de-AT") == "de"


def test_what_was_not_read_is_not_missing():
    cited = Cited(sentence="Maria Eismont and Ilya Yashin spoke of 24 years.", language="en")
    told = compare(cited, Shown(text="The beginning of the article is here for you.", language="en", whole=False))
    assert (told.answer, told.reason) == ("not_comparable", "part_read")


@pytest.mark.parametrize(
    "text",
    ["მიხეილ სააკაშვილი და ბიძინა ივანიშვილი თბილისში შეხვდნენ. ", "Ο Μιχαήλ Σαακασβίλι συνάντησε τον Μπιτζίνα Ιβανισβίλι. ",
     "萨卡什维利与伊万尼什维利会面。", "التقى ميخائيل ساكاشفيلي مع بيدزينا إيفانيشفيلي. "],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", None])
def test_names_in_letters_that_are_not_recognised_are_not_missing(text, language):
    cited = Cited(
        sentence="Mikheil Saakashvili met Bidzina Ivanishvili, the report says.", anchor="report", language=language
    )
    told = compare(cited, Shown(text=text * 12))
    assert (told.answer, told.reason) == ("not_comparable", "other_script")


def test_figures_are_found_among_letters_that_are_not_recognised():
    cited = Cited(sentence="Of 1,234 people in the lists, 567 were let go, said Bidzina Ivanishvili.", language="en")
    assert compare(cited, Shown(text="სიაში 1 234 ადამიანი იყო, 567 გაათავისუფლეს. " * 5)).answer == "present"
    assert compare(cited, Shown(text="სიაში 1 234 ადამიანი იყო. " * 5)).reason == "other_script"


def test_a_text_without_letters_is_compared():
    assert (
        compare(Cited(sentence="1,234 and 567", language="en"), Shown(text="Of 1,234 there are 567.")).answer
        == "present"
    )


def test_the_site_is_not_missing_because_its_text_does_not_name_it():
    cited = Cited(sentence="A dam broke and 31 people died, Ural Wire wrote.", anchor="Ural Wire", language="en")
    text = "The dam broke in the night. Thirty-one people died."
    assert compare(cited, Shown(text=text, around="Ural Wire", language="en")).answer == "present"
    assert compare(cited, Shown(text=text, language="en")).answer == "partly"


anything = st.text(max_size=400)
written = st.lists(
    st.sampled_from(
        ["Navalny", "Яшина", "1,500", "1.5", "thousand", "«не", "хочу", "уезжать", "отсюда»", "Das", "d’Une", "22", "of",
         "in.", "3,4,", "полторы", "中文"],
    ),
    max_size=40,
).map(" ".join)  # fmt: skip


@given(anything | written, anything | written, anything | written, st.sampled_from([None, "en", "ru", "xx", ""]))
def test_any_texts_have_an_answer(sentence, anchor, text, language):
    told = compare(Cited(sentence=sentence, anchor=anchor, language=language), Shown(text=text, language=language))
    assert told.answer in ANSWERS
    assert (told.reason in REASONS) == (told.answer == "not_comparable")
    if told.answer in {"partly", "absent"}:
        assert told.missing


@given(written, written)
def test_what_holds_all_of_a_sentence_is_never_said_to_lack_it(sentence, more):
    told = compare(Cited(sentence=sentence, language="en"), Shown(text=f"{more} . {sentence} . {more}", language="en"))
    assert told.answer in {"present", "not_comparable"}


@pytest.mark.parametrize(
    "text", ["(" * 50_000, "1 " * 50_000, "«" + "а" * 100_000, "A." * 50_000, "''" * 50_000, "1,000" * 20_000]
)
def test_hostile_texts_take_no_time(text):
    begun = time.process_time()
    compare(Cited(sentence=text, anchor=text), Shown(text=text))
    compare(Cited(sentence="Ilya Yashin said “it is better so” of 1,500 people"), Shown(text=text))
    assert time.process_time() - begun < 3


def test_thresholds_leave_room_between_them():
    assert 0 < ABSENT < PRESENT < 1
