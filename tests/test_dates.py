"""When a page says it was published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from citekeep.dates import published, read

URL = "https://news.example/story"


def when(head="", body="", url=URL, guess=None):
    tree = html.fromstring(f"<html><head><title>t</title>{head}</head><body>{body}</body></html>")
    found = published(tree, url, guess)
    return None if found is None else (found.basis, found.text, found.on, found.at)


def ld(text):
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    ("text", "on", "at"),
    [
        ("2024-03-31", "2024-03-31", None),
        ("2024-03-31T23:30:00-05:00", "2024-03-31", "2024-04-01T04:30:00Z"),
        ("2024-03-31T23:30:00.123+0200", "2024-03-31", "2024-03-31T21:30:00Z"),
        ("2024-03-31T23:30Z", "2024-03-31", "2024-03-31T23:30:00Z"),
        ("2024-03-31 23:30:00", "2024-03-31", None),  # a time without a zone is no moment
        ("20240331T233000Z", "2024-03-31", "2024-03-31T23:30:00Z"),
        ("20240331", "2024-03-31", None),
        ("2024/3/1", "2024-03-01", None),
    ],
)
def test_a_written_date_is_read_with_as_much_as_it_says(text, on, at):
    found = read(text, "meta")
    assert (found.on, found.at, found.text) == (on, at, text)


@pytest.mark.parametrize(
    "text",
    ["", "2024", "2024-02-30", "2024-13-01", "yesterday", "0000-00-00", "1970-01-01", "3024-01-01", "2024-03-31T25:00:00Z",
     "2024-03-31T10:00:00+99:00"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert read(text, "meta") is None


@given(
    st.text(max_size=60) | st.from_regex(r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2})?([+-]\d{2}:?\d{2}|Z)?)?.*")
)
def test_no_text_raises(text):
    found = read(text, "guess")
    assert found is None or len(found.on) == 10


def test_structured_data_comes_before_meta_before_time_before_the_address_before_a_guess():
    head = ld('{"@type": "NewsArticle", "datePublished": "2021-05-01T10:00:00Z"}')
    meta = '<meta property="article:published_time" content="2021-05-02">'
    time = '<time class="published" datetime="2021-05-03">'
    dated = "https://news.example/2021/05/04/story"
    assert when(head + meta, time, dated, "2021-05-05") == (
        "json_ld",
        "2021-05-01T10:00:00Z",
        "2021-05-01",
        "2021-05-01T10:00:00Z",
    )
    assert when(meta, time, dated, "2021-05-05")[:3] == ("meta", "2021-05-02", "2021-05-02")
    assert when("", time, dated, "2021-05-05")[:3] == ("time_element", "2021-05-03", "2021-05-03")
    assert when("", "", dated, "2021-05-05") == ("url", "2021/05/04", "2021-05-04", None)
    assert when("", "", URL, "2021-05-05") == ("guess", "2021-05-05", "2021-05-05", None)
    assert when() is None


def test_a_date_that_is_none_gives_way_to_the_next():
    meta = '<meta property="article:published_time" content="soon"><meta name="date" content="2020-01-02">'
    assert when(meta)[:2] == ("meta", "2020-01-02")
    assert when(url="https://news.example/2021/13/45/story") is None


def test_the_date_of_a_comment_or_a_picture_is_not_the_articles():
    pictures = '[{"@type": "ImageObject", "datePublished": "2001-01-01"}, {"@type": ["Comment"], "datePublished": "2002-01-01"}]'
    assert when(ld(pictures)) is None
    assert when("", '<time datetime="2021-01-01"></time><time datetime="2022-01-01"></time>') is None  # which of them?


def test_broken_structured_data_is_read_as_far_as_it_goes():
    assert (
        when(ld('{"@type": "Article", "datePublished": "2021-05-01", "name": "an "open" quotation"}'))[2]
        == "2021-05-01"
    )
    assert when(ld("{" * 10_000)) is None
    assert when(ld("[" * 100_000 + "]" * 100_000)) is None
    assert when(ld('{"@graph": [null, 7, "x", {"datePublished": 20210501}]}')) is None
