"""How whole the text of a page is: what it shows against what was read."""

import time
from types import SimpleNamespace

import pytest

from citekeep import extraction_html
from citekeep.consent import is_consent_notice
from citekeep.extraction import extract
from citekeep.extraction_html import read_html, word_count

URL = "https://news.example/story"
PARAGRAPHS = ["Here " + " ".join(f"word{place}of{number}" for place in range(14)) + "." for number in range(12)]
PAGE = f"<html><body><div>{''.join(f'<p>{text}</p>' for text in PARAGRAPHS)}</div></body></html>"


def a_reading(**texts):
    """Return what stands in for trafilatura: the text that each mode finds, "" where none is named."""

    def read(tree, url, *, mode="standard"):
        return SimpleNamespace(text=texts.get(mode, ""), title=None, author=None, sitename=None, date=None)

    return read


@pytest.mark.parametrize(
    ("texts", "quality"),
    [
        ({"standard": "\n".join(PARAGRAPHS)}, "whole"),
        ({"standard": PARAGRAPHS[0], "fast": "\n".join(PARAGRAPHS)}, "fallback_fast"),
        ({"standard": PARAGRAPHS[0], "recall": "\n".join(PARAGRAPHS[:8])}, "fallback_recall"),
        ({"standard": "Share this page"}, "fallback_baseline"),
        ({}, "fallback_baseline"),
    ],
)
def test_another_mode_reads_what_one_has_missed(monkeypatch, texts, quality):
    monkeypatch.setattr(extraction_html, "_trafilatura", a_reading(**texts))
    found = read_html(PAGE, URL, want_citations=True, limit=10)
    assert (found.outcome, found.quality) == ("ok", quality)
    assert all(text in found.text for text in PARAGRAPHS[:8])


def test_what_no_mode_reads_is_a_fragment(monkeypatch):
    monkeypatch.setattr(extraction_html, "_trafilatura", a_reading(standard=PARAGRAPHS[0], fast="x", recall="y"))
    monkeypatch.setattr(extraction_html, "_baseline", lambda tree: "z")
    found = read_html(PAGE, URL, want_citations=True, limit=10)
    assert (found.outcome, found.quality, found.text) == ("ok", "fragment", PARAGRAPHS[0])


def test_no_text_has_no_quality():
    assert extract(b"<html><body><p></p></body></html>", URL, content_type="text/html").quality is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We use cookies. With your consent our 23 partners process personal data."),
        ("fr", "Nous utilisons des cookies. Avec votre consentement, nos partenaires lisent des données personnelles."),
        ("pl", "Używamy plików cookies. Za twoją zgodą nasi zaufani partnerzy przetwarzają dane osobowe."),
        ("ja", "当サイトではクッキーを使用します。続けると同意したものとみなします。"),
        (None, "Utilizamos cookies propias. Con su consentimiento tratamos datos personales."),
    ],
)
def test_notices_about_consent_are_known(language, text):
    assert is_consent_notice(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The baker sells cookies. They are round. Nobody knows who made the first one of them, or why.",
        "\n".join(PARAGRAPHS),
    ],
)
def test_other_texts_are_none(text):
    assert not is_consent_notice(text, "en")


@pytest.mark.parametrize(
    ("text", "words"),
    [("one two three", 3), ("", 0), ("市議会は月曜日、古い橋を閉鎖した。", 8), ("Городской совет закрыл мост.", 4)],
)
def test_words_are_counted_in_every_script(text, words):
    assert word_count(text) == words


@pytest.mark.timeout(120)
def test_a_page_of_many_links_is_read_with_its_citations():
    says = "and so the report says that the council had known of it for years "
    links = 15_000
    sources = [f"<a href='https://example.org/{n}'>source {n}</a> and what it tells, " for n in range(links)]
    paragraphs = "".join(f"<p>{says}{''.join(sources[n : n + 10])}</p>" for n in range(0, links, 10))
    begun = time.process_time()
    found = extract(
        f"<html><body><article>{paragraphs}</article></body></html>".encode(),
        URL,
        content_type="text/html",
        want_citations=True,
        citations_limit=links,
    )
    assert len(found.citations) == links
    assert time.process_time() - begun < 20  # about 3 s on a quiet machine; a minute where trafilatura reads it all
