"""Notes of pages, their marks, and what references say beside their links, by what must hold of all of them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from citekeep.citations.blocks import blocks_of
from citekeep.citations.html import find_citations
from citekeep.citations.references import Reference, accessed_on, of_note

URL = "https://news.example/story"
WORDS = "and so it went on for some time after that day, as everybody knew it would."
MARKS = {
    "plain": '<a href="#n{0}">{0}</a>',
    "sup": '<sup id="r{0}"><a href="#n{0}">[{0}]</a></sup>',
    "inside": '<a href="#n{0}"><sup>{0}</sup></a>',
    "full": '<a href="/story#n{0}">*</a>',
    "role": '<a href="#n{0}" role="doc-noteref">see the note {0}</a>',
}
LISTS = {
    "li": "<ol>{}</ol>",
    "p": "<div class='notes'>{}</div>",
    "br": "<p>{}</p>",
}
NOTES = {
    "li": '<li id="n{0}">{1} <a href="#r{0}">↩</a></li>',
    "p": '<p><a name="n{0}" href="#r{0}">[{0}]</a> {1}</p>',
    "br": '<a name="n{0}"></a>{0}. {1}<br>',
}


def found_in(page, text=None, language="en"):
    tree = html.fromstring(page)
    blocks = blocks_of(tree)
    text = "\n".join(block.text for block in blocks) if text is None else text
    return blocks, find_citations(tree, url=URL, body_text=text, language=language, limit=1_000)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 4), max_size=3), min_size=1, max_size=5),
    st.lists(st.integers(1, 2), min_size=4, max_size=4),
    st.sampled_from(sorted(MARKS)),
    st.sampled_from(sorted(NOTES)),
)
def test_each_link_of_a_note_is_cited_once_by_each_sentence_with_its_mark(marked, links, mark, kind):
    paragraphs = [
        f"<p>Sentence {at} went before it {WORDS} Number {at} was said{''.join(MARKS[mark].format(n) for n in notes)}. Then"
        f" {WORDS}</p>"
        for at, notes in enumerate(marked)
    ]
    noted = [
        NOTES[kind].format(n, " ".join(f'See <a href="https://s.example/{n}/{m}">paper {m}</a>' for m in range(count)))
        for n, count in enumerate(links, start=1)
    ]
    page = f"<html><body><article>{''.join(paragraphs)}{LISTS[kind].format(''.join(noted))}</article></body></html>"
    blocks, found = found_in(
        page, text="\n".join(block.text for block in blocks_of(html.fromstring(page))[: len(marked)])
    )
    cited = [(c.paragraph, c.url_as_written) for c in found if c.paragraph < len(marked)]
    wanted = {
        (at, f"https://s.example/{n}/{m}")
        for at, notes in enumerate(marked)
        for n in notes
        for m in range(links[n - 1])
    }
    assert sorted(cited) == sorted(wanted)
    assert [c.paragraph for c in found] == sorted(c.paragraph for c in found)
    assert [c.position for c in found] == list(range(len(found)))
    for c in found:
        if c.paragraph < len(marked):
            assert c.kind == "footnote"
            assert c.sentence.startswith(f"Number {c.paragraph} was said")
            text = blocks[c.paragraph].text
            assert c.before in text
            assert text.endswith(c.after) or c.after in text


LABELLED = [
    ("en", "Retrieved 5 May 2020.", "2020-05-05"),
    ("en", ". Archived from the original on 3 March 2019. Accessed on May 5, 2020.", "2020-05-05"),
    ("en", "(last accessed 2020-05-05)", "2020-05-05"),
    ("ru", "Дата обращения: 5 мая 2020. Архивировано 6 июня 2021 года.", "2020-05-05"),
    ("uk", "Процитовано 5 травня 2020", "2020-05-05"),
    ("de", "abgerufen am 5. Mai 2020", "2020-05-05"),
    ("fr", "(consulté le 5 mai 2020)", "2020-05-05"),
    ("es", "Consultado el 5 de mayo de 2020", "2020-05-05"),
    ("pt", "Consultado em 5 de maio de 2020", "2020-05-05"),
    ("it", "URL consultato il 5 maggio 2020", "2020-05-05"),
    ("nl", "Geraadpleegd op 5 mei 2020", "2020-05-05"),
    ("pl", "[dostęp 2020-05-05]", "2020-05-05"),
    ("cs", "[cit. 2020-05-05]", "2020-05-05"),
    ("sv", "Läst 5 maj 2020", "2020-05-05"),
    ("no", "Besøkt 5. mai 2020", "2020-05-05"),
    ("da", "Hentet 5. maj 2020", "2020-05-05"),
    ("fi", "Viitattu 5.5.2020", "2020-05-05"),
    ("tr", "Erişim tarihi: 5 Mayıs 2020", "2020-05-05"),
    ("hu", "Hozzáférés: 2020. május 5.", "2020-05-05"),
    ("el", "Ανακτήθηκε στις 5 Μαΐου 2020", "2020-05-05"),
    ("he", "אוחזר ב-5 במאי 2020", "2020-05-05"),
    ("id", "Diakses tanggal 5 Mei 2020", "2020-05-05"),
    ("ja", "2020年5月5日閲覧。", "2020-05-05"),
    ("ko", "2020년 5월 5일에 확인함.", "2020-05-05"),
    ("zh", "2020-05-05查阅", "2020-05-05"),
    ("zh", "访问日期:2020年5月5日", "2020-05-05"),
    # nothing that is sure
    ("en", "Accessed 05/06/2020", None),
    ("en", "Published 5 May 2020", None),
    ("en", "accessed by nobody", None),
    ("en", "Retrieved 5 May 2999", None),
    ("en", "", None),
]


@pytest.mark.parametrize(("language", "text", "day"), LABELLED)
def test_a_reference_says_when_it_was_looked_at(language, text, day):
    assert accessed_on(text, language) == day


@settings(max_examples=200)
@given(
    st.text(max_size=80) | st.sampled_from([text for _, text, _ in LABELLED]),
    st.sampled_from([None, "en", "ru", "ja", "xx"]),
)
def test_no_text_is_too_odd(text, language):
    day = accessed_on(text + text, language)
    assert day is None or len(day) == 10


SOURCE = "https://www.paper.example/1"


def references(*links):
    return [Reference(url, words, rest) for url, words, rest in links]


@pytest.mark.parametrize(
    ("links", "kept"),
    [
        ([(SOURCE, "Title", ""), ("https://archive.ph/AbC12", "Archived", "")], [(SOURCE, "Title", "https://archive.ph/AbC12")]),
        ([(SOURCE, "Title", ""), ("https://archive.ph/AbC12", "a thread about it", "")],
         [(SOURCE, "Title", None), ("https://archive.ph/AbC12", "a thread about it", None)]),
        ([(f"https://web.archive.org/web/2020/{SOURCE}/", "Title", ""), (SOURCE, "the original", "")],
         [(SOURCE, "Title", f"https://web.archive.org/web/2020/{SOURCE}/")]),
        ([(SOURCE, "A", ""), ("https://web.archive.org/web/2020/https://other.example/", "Archived", "")],
         [(SOURCE, "A", None), ("https://web.archive.org/web/2020/https://other.example/", "Archived", None)]),
        ([("https://archive.ph/AbC12", "Archived", "")], [("https://archive.ph/AbC12", "Archived", None)]),
        ([(SOURCE, "A", ""), ("https://b.example/", "B", ""), ("https://perma.cc/AB12-CD34", "perma.cc/AB12-CD34", "")],
         [(SOURCE, "A", None), ("https://b.example/", "B", "https://perma.cc/AB12-CD34")]),
    ],
)  # fmt: skip
def test_an_archived_copy_belongs_to_what_it_is_a_copy_of(links, kept):
    found = of_note(references(*links), "en")
    assert [(one.url, one.words, one.cited_via) for one in found] == kept


def test_marks_in_what_is_no_article_make_no_citations():
    page = (
        f"<html><body><article><p>One {WORDS} Two {WORDS}</p></article>"
        '<div class="sidebar"><p>Popular this week<a href="#n1">1</a> and more of it</p></div>'
        '<ol><li id="n1">See <a href="https://s.example/1">paper</a></li></ol></body></html>'
    )
    assert found_in(page, text=f"One {WORDS} Two {WORDS}")[1] == []


def test_contents_and_links_upwards_are_no_marks():
    page = (
        '<html><body><article><ul><li><a href="#a">1</a></li><li><a href="#b">2</a></li></ul>'
        f'<div id="a"><p>One {WORDS} By <a href="https://s.example/1">a paper</a> it was so.</p></div>'
        f'<div id="b"><p>Two {WORDS} By <a href="https://s.example/2">a book</a> it was not. <a href="#a">up</a></p></div>'
        "</article></body></html>"
    )
    assert [(c.url_as_written, c.kind) for c in found_in(page)[1]] == [
        ("https://s.example/1", "anchor"),
        ("https://s.example/2", "anchor"),
    ]


def test_notes_that_lead_to_one_another_come_to_an_end():
    notes = "".join(
        f'<li id="n{n}">See <a href="#n{m}">{m}</a> and <a href="https://s.example/{n}">paper</a></li>'
        for n, m in ((1, 2), (2, 3), (3, 4), (4, 5), (5, 1))
    )
    page = f'<html><body><article><p>One {WORDS}<a href="#n1">1</a> Two {WORDS}</p><ol>{notes}</ol></article></body></html>'
    found = [c.url_as_written for c in found_in(page)[1] if c.paragraph == 0]
    assert found == ["https://s.example/1", "https://s.example/2", "https://s.example/3"]


@pytest.mark.parametrize("shape", ["marks", "links", "both", "deep", "chain"])
def test_the_time_is_linear(shape):
    many = 1_500
    marks = {"marks": many, "both": many // 2}.get(shape, 2)
    links = {"links": many, "both": many // 2}.get(shape, 2)
    body = "".join(f'said {n}<a href="#n{n % 7}">{n % 7}</a>[<a href="#n1">1</a>] ' for n in range(marks))
    noted = "".join(f'<a href="https://s.example/{n}">p{n}</a> <a href="#m">^</a> ' for n in range(links))
    notes = "".join(f'<li id="n{n}">{noted}</li>' for n in range(7))
    if shape == "deep":
        notes = "<div>" * 200 + f"<ol>{notes * 20}</ol>" + "</div>" * 200
    if shape == "chain":
        notes = "".join(
            f'<li id="n{n}">{"".join(f"<a href=#n{m}>{m % 99}</a> " for m in range(n + 1, min(n + 40, 400)))}'
            f'<a href="https://s.example/{n}">p</a></li>'
            for n in range(400)
        )
    page = f"<html><body><article><p>{body}{WORDS}</p><ol>{notes}</ol></article></body></html>"
    started = time.process_time()
    assert len(found_in(page)[1]) <= 1_000
    assert time.process_time() - started < 10
