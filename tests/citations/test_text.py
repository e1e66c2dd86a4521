"""Citations in plain text: every address once, none invented, each with its sentence."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from citekeep.citations.text import find_citations, paragraphs_of

WORD = st.sampled_from(
    [
        "Trees",
        "fell",
        "на",
        "площади",
        "and/or",
        "e.g.",
        "1,500",
        "(again)",
        "«да»",
        "http",
        "www.",
        "://",
        "10:30",
        "a.b",
    ]
)
ADDRESS = st.builds(
    "{}://{}/{}{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["example.org", "news.example.com:8080", "музей.example"]),
    st.sampled_from(["", "a", "2024/01/a-long-slug_of-words", "wiki/Mill_(building)", "%D0%B0", "~x"]),
    st.sampled_from(["", "?q=1&p=2", "#top", "?x=(1)", "/"]),
)
AROUND = st.sampled_from(
    [
        ("", ""),
        ("(", ")"),
        ("[", "]"),
        ("<", ">"),
        ('"', '"'),
        ("«", "»"),
        ("“", "”"),
        ("", "."),
        ("", ","),
        ("(", ")."),
        ("", ";"),
        ("", "…"),
    ]
)


@st.composite
def texts(draw):
    """Draw a text with addresses planted in it, and the addresses in order."""
    paragraphs, planted = [], []
    for _ in range(draw(st.integers(1, 4))):
        parts = []
        for _ in range(draw(st.integers(0, 3))):
            parts += draw(st.lists(WORD, min_size=1, max_size=4))
            address, (before, after) = draw(ADDRESS), draw(AROUND)
            planted.append(address)
            parts.append(f"{before}{address}{after}")
        parts += [*draw(st.lists(WORD, max_size=4)), "words"]  # so that it is running text
        paragraphs.append(" ".join(parts))
    return "\n\n".join(paragraphs), planted


@settings(max_examples=300, deadline=None)
@given(texts())
def test_each_address_is_found_once_and_none_is_invented(drawn):
    text, planted = drawn
    paragraphs = paragraphs_of(text)
    found = find_citations(paragraphs, language=None, limit=1_000)
    assert [citation.url_as_written for citation in found] == planted
    for citation in found:
        paragraph = paragraphs[citation.paragraph].text
        assert citation.before + citation.anchor_text + citation.after in paragraph
        assert citation.anchor_text in citation.sentence
        assert citation.sentence in paragraph


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(WORD | ADDRESS | st.sampled_from(["\n", "\n\n", "\f", "\r", "\x00"]), max_size=30).map("".join)
)
def test_no_text_raises(text):
    for citation in find_citations(paragraphs_of(text), language=None, limit=50):
        assert citation.url_as_written.lower().startswith(("http://", "https://"))


def urls(text):
    return [citation.url_as_written for citation in find_citations(paragraphs_of(text), language="en", limit=50)]


def test_an_address_broken_by_a_layout_is_mended():
    for whole in (
        "https://example.org/a/very-long-address-that-goes-on/and-on/to-the-end-of-the-line.html",
        "https://example.org/reports?year=2024&section=water&page=12&format=printable",
    ):
        for cut in range(58, len(whole) - 2):
            if whole[cut - 1] in "/-&=?":
                assert urls(f"It stands at\n{whole[:cut]}\n{whole[cut:]}\nand nowhere else.") == [whole]


def test_what_angle_brackets_hold_is_one_address_over_a_break():
    assert urls("And <https://example.org/\nseven/eight-nine>! Words.") == ["https://example.org/seven/eight-nine"]
    assert urls("And <https://example.org/a>\nb> c.") == ["https://example.org/a"]
    assert urls("And <https://example.org/a\nis more> than it.") == ["https://example.org/a"]


def test_addresses_on_lines_of_their_own_are_not_glued_together():
    block = "https://example.org/one-long-address-that-fills-the-line-of-the-page-as-it-is\nhttps://example.net/two\nwww.example.com/three"
    assert urls(f"Words.\n\n{block}\n\nMore words.") == [*block.split("\n")[:2], "https://www.example.com/three"]


def test_the_next_line_is_not_glued_to_a_whole_address():
    assert urls("It is at https://example.org/a\nThe next sentence begins here.") == ["https://example.org/a"]
    assert urls("It is at https://example.org/a/\nwhich is a page.") == ["https://example.org/a/"]
    assert urls("1. https://example.org/a/\n2. https://example.org/b/\n") == [
        "https://example.org/a/",
        "https://example.org/b/",
    ]
    assert urls("Sources: https://example.org/a\n- another line\n- one more") == ["https://example.org/a"]


def test_an_address_twice_in_a_block_apart_counts_once_and_in_two_sentences_twice():
    assert urls("Words.\n\nhttps://example.org/a\nhttps://example.org/a") == ["https://example.org/a"]
    assert len(urls("One says https://example.org/a here. Another says https://example.org/a there.")) == 2


def test_a_text_of_addresses_alone_has_no_sentences():
    (found,) = find_citations(paragraphs_of("https://example.org/a"), language=None, limit=5)
    assert (found.url_as_written, found.sentence) == ("https://example.org/a", "")


def test_an_address_with_many_brackets_behind_it_costs_little():
    begun = time.process_time()
    assert urls("At http://example.org/a" + ")" * 500_000) == ["http://example.org/a"]  # took minutes, one by one
    assert time.process_time() - begun < 5


def test_many_addresses_and_many_sentences_cost_little():
    """Time grows with the text, not with addresses times sentences (2,000 of each took 26 s that way)."""
    block = "".join(f"https://e{number}.example/some-slug-words\n" for number in range(2_000))
    text = "Trees fall here. It rained on them.\n\n" * 2_000 + block
    begun = time.process_time()
    assert len(find_citations(paragraphs_of(text), language="en", limit=5_000)) == 2_000
    assert time.process_time() - begun < 5
