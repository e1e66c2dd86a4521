"""PDFs made by a program of others: every link once, none invented, paragraphs whole, notes at their marks."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen import canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph, SimpleDocTemplate

from citekeep.documents.notes import citations_of
from citekeep.documents.pdf import read_pdf
from citekeep.extraction import extract

STYLES = getSampleStyleSheet()
BODY = ParagraphStyle("body", parent=STYLES["BodyText"], fontSize=10, leading=12)
LONG = "https://www.ledger.test/2021/06/10/extremist-ruling-explained-in-a-very-long-slug-that-wraps/index.html"
FILLING = "Nothing else stands in this paragraph, which is long enough to be broken over several lines of a page."


def made(*story, head=None, template=SimpleDocTemplate, **options):
    stream = io.BytesIO()
    head = head or (lambda *_: None)
    template(stream, pagesize=A4, **options).build(list(story), onFirstPage=head, onLaterPages=head)
    return stream.getvalue()


def drawn():
    stream = io.BytesIO()
    sheet = canvas.Canvas(stream)
    sheet.rect(100, 100, 200, 200)
    sheet.save()
    return stream.getvalue()


def cited(body, language="en"):
    return citations_of(read_pdf(body), language=language, limit=100)


def test_annotations_and_plain_urls_are_cited_once_with_their_sentences():
    body = made(
        Paragraph(
            'The town lost people, <a href="https://uralwire.test/1500">the news site Ural Wire reported in a story that'
            f" runs over the end of its line</a>, as was feared. A bare address stands here: {LONG} and the sentence goes on. "
            'Then (see https://brackets.test/a_(b)) it ends, and <a href="https://same.test/x">https://same.test/x</a> too.',
            BODY,
        )
    )
    found = {one.url_as_written: one for one in cited(body)}
    assert list(found) == ["https://uralwire.test/1500", LONG, "https://brackets.test/a_(b)", "https://same.test/x"]
    link = found["https://uralwire.test/1500"]
    assert (link.kind, link.anchor_text) == (
        "anchor", "the news site Ural Wire reported in a story that runs over the end of its line",
    )  # fmt: skip
    assert link.sentence.startswith("The town lost people, the news site")
    assert link.sentence.endswith("as was feared.")
    assert found[LONG].sentence.endswith("and the sentence goes on.")


def test_running_heads_and_page_numbers_are_no_text():
    def head(sheet, document):
        sheet.drawString(72, 810, f"The Quarterly Report, Volume 3, page {document.page}")
        sheet.drawCentredString(297, 30, str(document.page))

    story = [part for number in range(4) for part in (Paragraph(f"Page {number} says {FILLING}", BODY), PageBreak())]
    document = read_pdf(made(*story, head=head))
    assert [paragraph.text for paragraph in document.paragraphs] == [f"Page {n} says {FILLING}" for n in range(4)]


def test_what_a_layout_broke_is_mended():
    text = "A paragraph about emi\u00adgration, well-\nknown facts and coop-\neration; well-known they are."
    sheet_stream = io.BytesIO()
    sheet = canvas.Canvas(sheet_stream, pagesize=A4)
    for number, line in enumerate(text.replace("\u00ad", "-\n").split("\n")):
        sheet.setFont("Helvetica", 10)
        sheet.drawString(72, 700 - 12 * number, line)
    sheet.save()
    (paragraph,) = read_pdf(sheet_stream.getvalue()).paragraphs
    assert paragraph.text == "A paragraph about emigration, well-known facts and cooperation; well-known they are."


def foot(sheet, document):
    if document.page == 1:
        sheet.setFont("Helvetica", 7)
        sheet.drawString(72, 70, "1 Statistics Office, https://stats.test/2021-migration, a table whose title")
        sheet.drawString(72, 61, "goes on in a second line.")
        sheet.drawString(72, 52, "2 See www.other.test/path.")


def test_notes_at_the_foot_cite_where_their_marks_stand():
    body = made(
        Paragraph(f"The town lost fifteen hundred people.<super>1</super> {FILLING}", BODY),
        Paragraph(f"A second paragraph.<super>2</super> {FILLING}", BODY),
        PageBreak(),
        Paragraph(f"Another page has no notes. {FILLING}", BODY),
        head=foot,
    )
    found = [(one.kind, one.url_as_written, one.sentence) for one in cited(body)]
    assert found == [
        ("footnote", "https://stats.test/2021-migration", "The town lost fifteen hundred people."),
        ("footnote", "https://www.other.test/path", "A second paragraph."),
    ]
    assert "people.1" not in read_pdf(body).paragraphs[0].text


def test_numbered_sources_at_the_end_cite_where_their_numbers_stand():
    sources = "\n".join(f"[{n}] An Author, A Work, https://source-{n}.test/work." for n in range(1, 4)).splitlines()
    body = made(
        Paragraph(f"Many left [1]. {FILLING} Others stayed [2, 3].", BODY),
        Paragraph("References", STYLES["Heading2"]),
        *(Paragraph(source, BODY) for source in sources),
    )
    found = [(one.kind, one.url_as_written, one.sentence) for one in cited(body)]
    assert found == [
        ("footnote", "https://source-1.test/work", "Many left [1]."),
        ("footnote", "https://source-2.test/work", "Others stayed [2, 3]."),
        ("footnote", "https://source-3.test/work", "Others stayed [2, 3]."),
    ]


def test_two_columns_are_read_one_after_the_other():
    stream = io.BytesIO()
    frames = [Frame(50, 50, 230, 740), Frame(310, 50, 230, 740)]
    document = BaseDocTemplate(stream, pagesize=A4)
    document.addPageTemplates([PageTemplate(frames=frames)])
    text = " ".join(f"Sentence {number} of a long paragraph goes from column to column." for number in range(120))
    document.build([Paragraph(text, BODY)])
    assert " ".join(one.text for one in read_pdf(stream.getvalue()).paragraphs) == text


def test_what_it_says_of_itself():
    body = made(Paragraph("Five Million Departures", STYLES["Title"]), Paragraph(FILLING, BODY), author="A. Writer")
    found = extract(body, "https://a.test/x.pdf", content_type="application/pdf", want_citations=True)
    assert (found.outcome, found.title, found.author, found.extractor) == (
        "ok", "Five Million Departures", "A. Writer", "pypdfium2",
    )  # fmt: skip
    assert found.published_basis == "guess"
    assert found.quality == "whole"
    assert found.citations == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"%PDF-1.7 broken", "no PDF that can be read"),
        (made(Paragraph("Locked.", BODY), encrypt="secret"), "a PDF that asks for a password"),
        (drawn(), "a PDF without text: pictures of pages, most likely"),
    ],
)
def test_where_there_is_nothing_to_read_it_says_why(body, why):
    found = extract(body, "https://a.test/x.pdf", content_type="application/pdf")
    assert (found.outcome, found.error_text, found.text) == ("empty", why, "")


def test_a_page_in_the_place_of_a_pdf_is_a_page():
    found = extract(
        b"<html><title>Log in</title><p>Please log in.</p></html>", "https://a.test/", content_type="application/pdf"
    )
    assert found.extractor == "trafilatura"


@settings(max_examples=150)
@given(st.data())
def test_damaged_files_never_raise(data):
    whole = bytearray(made(Paragraph(f'<a href="https://a.test/">A link</a>. {FILLING}', BODY), head=foot))
    for _ in range(data.draw(st.integers(0, 12))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
    read_pdf(bytes(whole))
