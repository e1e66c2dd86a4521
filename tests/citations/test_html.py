"""Citations in pages, by what must hold of every one of them."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from citekeep.citations.blocks import blocks_of
from citekeep.citations.html import find_citations
from citekeep.citations.tokens import words_of

URL = "https://news.example/story"
SOME_WORDS = [
    "Trees",
    "Monday.",
    "«Да»,",
    "сказал",
    "А.",
    "Кузнецов.",
    "e.g.",
    "naïve",
    "—",
    "1,500",
    "日本語。",
    "「はい。」と",
    "हिन्दी।",
    "ต่อไป",
    "قال: «نعم».",
    "5.",
    "(vgl.",
    "S.",
    "12)",
    "ok?!",
]
WORDS = st.lists(
    st.sampled_from(SOME_WORDS),
    min_size=1,
    max_size=12,
).map(" ".join)
PIECES = st.lists(st.tuples(WORDS, WORDS | st.just("") | st.just("  padded  ")), min_size=1, max_size=6)


def page_of(paragraphs):
    """Return a page whose every link has an address of its own, and how many links that is."""
    count = 0
    parts = []
    for pieces in paragraphs:
        parts.append("<p>")
        for text, anchor in pieces:
            parts.append(f'{text} <a href="https://example.org/{count}">{anchor}</a> ')
            count += 1
        parts.append("and so it went on for some time after that day.</p>")
    return html.fromstring(f"<html><body><article>{''.join(parts)}</article></body></html>"), count


@settings(max_examples=150, deadline=None)
@given(
    st.lists(PIECES, min_size=1, max_size=4), st.sampled_from([None, "en", "de", "ru", "ja", "hi", "th", "ar", "xx"])
)
def test_a_citation_can_be_put_together_again(paragraphs, language):
    page, _ = page_of(paragraphs)
    blocks = blocks_of(page)
    found = find_citations(page, url=URL, body_text="\n".join(b.text for b in blocks), language=language, limit=1_000)
    for position, citation in enumerate(found):
        block = blocks[citation.paragraph]
        (anchor,) = (a for a in block.anchors if a.href == citation.url_as_written)
        start = block.text.index(citation.anchor_text, anchor.start)
        end = start + len(citation.anchor_text)
        assert (start, end) <= (anchor.end, anchor.end)
        assert block.text[:start].endswith(citation.before)
        assert block.text[end:].startswith(citation.after)
        around = [at for at in range(len(block.text)) if block.text.startswith(citation.sentence, at)]
        assert any(at <= start and end <= at + len(citation.sentence) for at in around)  # the anchor is never cut
        assert max(len(citation.before), len(citation.after)) <= 200
        assert citation.position == position
    assert len({citation.fingerprint for citation in found}) == len(found)
    assert len({citation.url_as_written for citation in found}) == len(found)  # each link once


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4))
def test_blocks_hold_every_word_and_every_link_once(paragraphs):
    page, count = page_of(paragraphs)
    blocks = blocks_of(page)
    assert sum(len(block.anchors) for block in blocks) == count
    whole = " ".join(page.text_content().split())
    assert words_of(" ".join(block.text for block in blocks)) == words_of(whole)
    for block in blocks:
        for anchor in block.anchors:
            assert block.anchor_text(anchor) == " ".join(anchor.element.text_content().split())


def cited(body, text=None, url=URL):
    page = html.fromstring(f"<html><body>{body}</body></html>")
    text = "\n".join(block.text for block in blocks_of(page)) if text is None else text
    return [
        (c.kind, c.url_as_written, c.anchor_text)
        for c in find_citations(page, url=url, body_text=text, language="en", limit=99)
    ]


LONG = "and the rest of the sentence is long enough to be read as a part of the article"


def link(number, words="a source"):
    return f'<a href="https://example.org/{number}">{words}</a>'


def test_only_what_stands_in_the_text_counts():
    body = f"<p>See {link(1, 'this')} {LONG}.</p><p>See {link(2)} in another place, {LONG[:40]}.</p>"
    assert [url for _, url, _ in cited(body, f"See this {LONG}.")] == ["https://example.org/1"]
    assert cited(body, "") == []


def test_malformed_addresses_are_left_out_and_break_nothing():
    hrefs = [
        "http://[::1",
        "https://",
        "http:///x",
        "ftp://example.org/a",
        "tel:112",
        "data:text/html,x",
        "//",
        "http://exa mple.org/a",
        "\x01",
    ]
    links = " ".join(f'<a href="{href}">a source</a> {LONG}' for href in hrefs)
    assert all(url.startswith("http") for _, url, _ in cited(f"<p>{links}</p>"))


def test_a_link_around_paragraphs_counts_once():
    words = f"<div><p>One thing and {LONG} as it is.</p><p>Another thing and {LONG} as it was.</p></div>"
    body = link(1, words)
    assert len(cited(body)) <= 1


def test_hidden_text_is_not_read():
    assert cited(f'<p hidden>See <a href="https://example.org/1">this</a> {LONG}.</p>') == []


def test_sharing_is_no_citation():
    body = f'<p>Read <a href="https://www.facebook.com/sharer/sharer.php?u=x">this</a> and {link(1)} {LONG}.</p>'
    assert [url for _, url, _ in cited(body)] == ["https://example.org/1"]


def test_a_page_without_an_address_keeps_its_absolute_links():
    body = f'<p>Read <a href="https://example.org/1">this</a> and <a href="/relative">that</a> {LONG}.</p>'
    assert [url for _, url, _ in cited(body, url="urn:sha256:00")] == ["https://example.org/1"]


def test_one_endless_sentence_of_links_costs_little():
    words = "".join(f"words before {link(number)} and words after it " for number in range(2_000))
    page = html.fromstring(f"<html><body><p>{words}</p></body></html>")
    begun = time.process_time()
    assert len(find_citations(page, url=URL, body_text=page.text_content(), language="en", limit=5_000)) == 2_000
    assert time.process_time() - begun < 8  # about 0.7 s on a quiet machine; 10 s and more where each looks at all


def test_a_short_paragraph_that_names_its_source_is_a_citation():
    story = "The bridge stays closed until spring, because the inquiry has not ended. " * 4
    text = ["Source: Reuters.", "Об этом сообщило издание в четверг."]
    page = html.fromstring(
        f"<html><body><article><p>{story}</p><p>Source: <a href='/1'>Reuters</a>.</p>"
        "<p>Об этом сообщило <a href='/2'>издание</a> в четверг.</p><p><a href='/3'>Sport</a></p></article></body></html>"
    )
    found = find_citations(page, url=URL, body_text="\n".join([story, *text, "Sport"]), language=None, limit=10)
    assert [(c.url_as_written, c.sentence) for c in found] == [
        ("https://news.example/1", text[0]),
        ("https://news.example/2", text[1]),
    ]
