"""Markdown: every way to write a link, footnotes back to their marks, code that cites nothing."""

from hypothesis import given
from hypothesis import strategies as st

from citekeep.documents.markdown import read_markdown
from citekeep.documents.notes import citations_of
from citekeep.extraction import extract

TEXT = """---
title: "Five Million Departures"
author: A. Writer
date: 2022-01-13
lang: en
---

# Five Million Departures

The town lost *fifteen hundred* people, [Ural Wire reported](https://uralwire.test/1500 "a title").[^1] Another
sentence cites [the tables][tables] and <https://auto.test/link> and https://bare.test/a_(b). See www.plain.test/path, too.

| place | source |
|---|---|
| Here | [a table cites](https://cell.test/) |

> A quotation cites [its source](https://quoted.test/).

`https://code.test/` and

    https://indented.test/

```
https://fenced.test/
```

[relative](../other.md) and [mail](mailto:a@b.test) are no sources. Said twice.[^1][^long]

Within a line <a class="x" href="https://inline.test/?a=1&amp;b=2">HTML *leads*</a> on, <a name="here"></a>too.

<p>Markup cites <a href="https://markup.test/">in its own way</a>.</p>

[tables]: https://statistics.test/tables/2021
[^1]: Statistics Office, <https://stats.test/2021>.
[^long]: A long note.

    Its second paragraph cites https://second.test/.
"""


def cited(text=TEXT):
    return citations_of(read_markdown(text), language="en", limit=100)


def test_every_way_to_write_a_link_and_nothing_else():
    found = {(one.kind, one.url_as_written, one.anchor_text) for one in cited()}
    assert found == {
        ("anchor", "https://uralwire.test/1500", "Ural Wire reported"),
        ("anchor", "https://statistics.test/tables/2021", "the tables"),
        ("plain_text", "https://auto.test/link", "https://auto.test/link"),
        ("plain_text", "https://bare.test/a_(b)", "https://bare.test/a_(b)"),
        ("plain_text", "https://www.plain.test/path", "www.plain.test/path"),
        ("anchor", "https://cell.test/", "a table cites"),
        ("anchor", "https://quoted.test/", "its source"),
        ("anchor", "https://markup.test/", "in its own way"),
        ("anchor", "https://inline.test/?a=1&b=2", "HTML leads"),
        ("footnote", "https://stats.test/2021", "https://stats.test/2021"),
        ("footnote", "https://second.test/", "https://second.test/"),
    }


def test_a_note_cites_where_its_marks_stand():
    sentences = [one.sentence for one in cited() if one.url_as_written == "https://stats.test/2021"]
    assert sentences == ["The town lost fifteen hundred people, Ural Wire reported.", "Said twice."]


def test_front_matter_is_not_text_and_says_what_it_is():
    found = extract(TEXT.encode(), "https://a.test/", kind="markdown", want_citations=True)
    assert (found.outcome, found.extractor, found.language) == ("ok", "markdown", "en")
    assert (found.title, found.author) == ("Five Million Departures", "A. Writer")
    assert (found.published_on, found.published_basis) == ("2022-01-13", "guess")
    assert "lang:" not in found.text
    assert "[^1]" not in found.text
    assert len(found.citations) == len({one.fingerprint for one in found.citations})


@given(st.text(alphabet="ab [](){}<>!^:#*_`~|\n\t\\/-.1https://x.test", max_size=200))
def test_any_text_is_read_and_places_are_within_it(text):
    document = read_markdown(text)
    for paragraph in [*document.paragraphs, *(note.paragraph for note in document.notes)]:
        assert all(0 <= place.start < place.end <= len(paragraph.text) for place in paragraph.urls)
        assert all(0 <= mark.position <= len(paragraph.text) for mark in paragraph.marks)
        assert all(one.end <= two.start for one, two in zip(paragraph.urls, paragraph.urls[1:], strict=False))
    citations_of(document, language=None, limit=50)
