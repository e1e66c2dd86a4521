"""A body read: what it is, in which charset, its text. Whole pages: test_golden_pages."""

import gzip
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citekeep.charset import decode
from citekeep.extraction import EXTRACTOR, VERSION, extract, guess_language, kind_of

URL = "https://news.example/story"
RUSSIAN = (
    "В понедельник на площади открыли памятник тем, кто строил этот город. Подъезд был закрыт, но пришли многие. " * 3
)
UKRAINIAN = (
    "У понеділок на площі відкрили пам'ятник тим, хто будував це місто. Їхали звідусіль, ґречно вклоняючись. " * 3
)


def a_page(text=RUSSIAN, head=""):
    return f"<html><head>{head}<title>t</title></head><body><article><p>{text}</p><p>{text}</p></article></body></html>"


# --- what it is ---


@pytest.mark.parametrize(
    ("body", "declared", "kind"),
    [
        (b"<p>x", "text/html; charset=utf-8", "html"),
        (b"<p>x", "application/xhtml+xml", "html"),
        (b"plain words", "text/plain", "text"),
        (b"<!DOCTYPE html><p>", "text/plain", "html"),
        (b"a < b and <b> too", "text/plain", "text"),
        (b"%PDF-1.7", "application/pdf", "pdf"),
        (b"<html>", "image/png", None),
        (b"<html>", None, "html"),
        (b"words", None, "text"),
        (b"words", "application/octet-stream", "text"),
        (b"\x00\x01\x02", None, None),
        (b"\xff\xd8\xff\xe0", "", None),
        (b"", None, None),
    ],
)
def test_what_a_body_is(body, declared, kind):
    assert kind_of(body, declared) == kind


def test_what_is_no_text_is_not_read():
    found = extract(b"GIF89a https://example.org/a", URL, content_type="image/gif", want_citations=True)
    assert (found.outcome, found.text, found.citations, found.published_on) == ("not_text", "", None, None)
    assert (found.extractor, found.extractor_version) == (EXTRACTOR, VERSION)


# --- charsets ---


@pytest.mark.parametrize("actual", ["utf-8", "utf-8-sig", "windows-1251", "koi8-r", "iso-8859-5", "utf-16"])
@pytest.mark.parametrize("header", [True, False])
def test_a_declared_charset_is_believed(actual, header):
    body = a_page(head="" if header else f'<meta charset="{actual}">').encode(actual)
    assert RUSSIAN in decode(body, f"text/html; charset={actual}" if header else None)


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "x-unknown", "idna", "utf-7", "hex", "unicode_escape"])
@pytest.mark.parametrize("actual", ["utf-8", "windows-1251"])
def test_a_wrong_charset_is_not_believed(actual, declared):
    body = a_page(head=f'<meta charset="{declared}">').encode(actual)
    assert RUSSIAN in decode(body, f"text/html; charset={declared}")
    assert RUSSIAN in decode(body, None)


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Мост закрыт до весны, сказали\n\nСовет закрыл мост, и так до весны будет.\n", "windows-1251"),
        ("Вітряк знову меле, кажуть у Києві. Її їжак ґречний.", "windows-1251"),
        ("Вітряк знову меле, кажуть у Києві. Її їжак ґречний.", "koi8-u"),
    ],
)
def test_a_short_text_of_which_nothing_is_declared_is_not_read_as_of_a_macintosh_or_in_kazakh(text, charset):
    assert decode(text.encode(charset), None) == text


def test_a_few_broken_bytes_late_in_a_page_do_not_make_it_another_charset():
    body = a_page(RUSSIAN * 20).encode() + b"<p>\xff\xfe broken</p>"
    assert RUSSIAN in decode(body, None)


def test_latin_1_is_read_as_the_web_reads_it():
    assert decode("“quoted” – naïve €".encode("windows-1252"), "text/html; charset=iso-8859-1") == "“quoted” – naïve €"


# --- text ---


def test_a_page_without_a_text_is_empty():
    for body in (b"", b"<html></html>", b"<script>var a = 1</script>", b"<!-- nothing -->", b"   \n"):
        found = extract(body, URL, content_type="text/html", want_citations=True)
        assert (found.outcome, found.text, found.word_count) == ("empty", "", 0), body
        assert not found.citations


def test_citations_are_looked_for_only_where_wanted():
    body = a_page().encode()
    assert extract(body, URL, content_type="text/html").citations is None
    assert extract(body, URL, content_type="text/html", want_citations=True).citations == []
    assert extract(b"Some words here.", URL, kind="text").citations is None


def test_a_person_may_say_what_it_is():
    assert extract(a_page().encode(), URL, content_type="application/pdf", kind="html").outcome == "ok"
    assert extract(b"<p>words", URL, content_type="text/html", kind="text").text == "<p>words"


def test_citations_are_capped():
    links = "".join(
        f'<a href="https://example.org/{n}">source number {n}</a> says a thing or two about it, ' for n in range(100)
    )
    body = f"<html><body><article><p>{links}</p></article></body></html>".encode()
    assert len(extract(body, URL, content_type="text/html", want_citations=True, citations_limit=7).citations) == 7
    text = "\n\n".join(f"It is written at https://example.org/{n} in full." for n in range(100)).encode()
    assert len(extract(text, URL, kind="text", want_citations=True, citations_limit=7).citations) == 7


ENGLISH = "The cat and the dog sat in the sun."


@pytest.mark.parametrize(("text", "language"), [(RUSSIAN, "ru"), (UKRAINIAN, "uk"), (ENGLISH, "en"), ("", None)])
def test_the_language_of_a_text_is_guessed(text, language):
    assert guess_language(text) == language


# --- hostile bytes ---

SCRAPS = """<p> </p> <a href=' '> </a> <base href=//[> http://[::1 <blockquote class=twitter-tweet> <div class=related> <br><br>
<!-- --> <![CDATA[ <?x words. <script type=application/ld+json> { "datePublished":" </script> <svg> <table><td> &#xD800; &#0; ъ"""
MARKUP = st.lists(
    st.sampled_from([scrap.encode() for scrap in SCRAPS.split()] + [b"\x00", b"\xff", b" "]) | st.binary(max_size=20),
    max_size=60,
).map(b"".join)
TYPES = st.sampled_from(["text/html", "text/html; charset=utf-16", "text/plain", None, "text/html; charset=\x00", "é;"])


@settings(max_examples=300, deadline=None)
@given(MARKUP | st.binary(max_size=400), TYPES, st.sampled_from(["html", "text", None]))
def test_no_bytes_raise(body, declared, kind):
    found = extract(body, URL, content_type=declared, want_citations=True, kind=kind)
    assert found.outcome in {"ok", "empty", "not_text"}
    for citation in found.citations or []:
        assert citation.url_as_written.startswith(("http://", "https://"))
        assert len(citation.fingerprint) == 64
    json.dumps([found.text, found.title]).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 50_000 + b"deep",
        b"<a href=/x>" * 50_000,
        b"<p class='" + b"related " * 100_000 + b"'>words</p>",
        b"<p>" + b"a." * 200_000,
        b"<p>" + b"https://" * 100_000,
        b"<meta charset=" * 50_000,
        b"<p>" + b"<b><i>" * 30_000 + b"x",
        b"<meta charset=koi8-r>" + b"\xc0zlib" * 100_000,
    ],
    ids=["deep", "links", "names", "stops", "schemes", "metas", "unclosed", "letters"],
)
@pytest.mark.timeout(60)
def test_pages_made_to_cost_time_do_not(body):
    begun = time.process_time()  # what it costs, whatever else the machine does
    extract(body, URL, content_type="text/html", want_citations=True)
    extract(body, URL, kind="text", want_citations=True)
    assert time.process_time() - begun < 15


def test_a_compressed_body_is_no_text():
    assert extract(gzip.compress(b"<html>" * 100), URL).outcome == "not_text"
