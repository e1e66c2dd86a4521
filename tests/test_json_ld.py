"""Broken JSON-LD costs no time; what is whole is left as it is."""

import json
import time

import pytest

from citekeep.extraction import extract
from citekeep.json_ld import tamed

PAGE = '<html><head><title>T</title><script type="application/ld+json">{}</script></head><body><p>{}</p></body></html>'
WHOLE = {
    "@type": "NewsArticle",
    "author": {"name": "A. Writer"},
    "articleBody": "<p>One.</p> 1 < 2 <!-- x --> " * 1_000,
}


@pytest.mark.parametrize("text", ["", "{", "<" * 4_000, json.dumps(WHOLE)])
def test_what_is_short_or_whole_is_left_alone(text):
    assert tamed(text) == text


def test_tags_without_an_end_lose_their_sign():
    text = json.dumps({"headline": "<!--" * 2_000})
    assert json.loads(tamed(text)) == {"headline": " !--" * 2_000}


def test_of_what_is_no_json_the_beginning_is_left():
    assert tamed('{"headline": "H", ' + "x" * 10_000) == '{"headline": "H", ' + "x" * (4_000 - 18)


@pytest.mark.parametrize("unit", ["<", "<!--", '"author":', '"person"', '"publisher":', '"@type":"', "[", '{"a":'])
def test_a_page_of_it_costs_no_time(unit):
    words = "Nobody counted the trees before they fell, and nobody will. " * 10
    begun = time.process_time()
    found = extract(PAGE.format(unit * (200_000 // len(unit)), words).encode(), "https://example.org/")
    assert time.process_time() - begun < 4  # a second at most; without taming it is most of a minute
    assert "Nobody counted" in found.text


def test_nor_does_a_page_of_many_paragraphs():
    """Which trafilatura gives to jusText, as it finds no text in them itself."""
    begun = time.process_time()
    extract(PAGE.format("", "<p>-->" * 20_000).encode(), "https://example.org/")
    assert time.process_time() - begun < 8  # two seconds; with jusText it is half a minute


def test_the_tree_is_as_it_was_for_those_who_read_it_next():
    """Dates are read after the text: by a pattern where JSON-LD is broken."""
    broken = '{"x": "' + "x" * 5_000 + '", "datePublished": "2024-03-05T10:00:00Z", '
    found = extract(PAGE.format(broken, "Some words of a page. " * 30).encode(), "https://example.org/")
    assert (found.published_on, found.published_basis) == ("2024-03-05", "json_ld")
