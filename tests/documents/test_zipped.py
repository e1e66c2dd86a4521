"""DOCX and EPUB: written by another library or by hand, with their links and notes; bombs, tricks and damage end quietly."""

import io
import zipfile

import pytest
from docx import Document as NewDocx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from hypothesis import given, settings
from hypothesis import strategies as st

from citekeep.documents.docx import read_docx
from citekeep.documents.epub import page_of_epub
from citekeep.documents.notes import citations_of
from citekeep.extraction import extract, kind_of

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FOOTNOTES = f"""<w:footnotes {nsdecls("w")} {nsdecls("r")}>
<w:footnote w:id="2"><w:p><w:r><w:t>Statistics Office, https://stats.test/2021.</w:t></w:r></w:p></w:footnote>
</w:footnotes>"""


def docx():
    made = NewDocx()
    made.core_properties.title, made.core_properties.author = "Five Million Departures", "A. Writer"
    made.core_properties.language = "en-GB"
    made.add_heading("Five Million Departures", 0)
    paragraph = made.add_paragraph("The town lost people, ")
    relation = made.part.relate_to("https://uralwire.test/1500", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    paragraph._p.append(
        parse_xml(
            f'<w:hyperlink {nsdecls("w", "r")} r:id="{relation}"><w:r><w:t>Ural Wire reported</w:t></w:r></w:hyperlink>'
        )
    )
    paragraph.add_run(".")
    paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:footnoteReference w:id="2"/></w:r>'))
    paragraph.add_run(" See https://bare.test/a, too.")
    field = made.add_paragraph("By a field: ")
    for part in (
        '<w:fldChar w:fldCharType="begin"/>',
        '<w:instrText xml:space="preserve"> HYPERLINK "https://field.test/" </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        "<w:t>the report</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ):
        field._p.append(parse_xml(f"<w:r {nsdecls('w')}>{part}</w:r>"))
    cell = made.add_table(1, 1).rows[0].cells[0].paragraphs[0]
    cell.add_run("A cell cites https://cell.test/.")
    gone = made.add_paragraph("Deleted: ")
    gone._p.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>https://deleted.test/</w:delText></w:r></w:del>"))
    assert gone._p.find(qn("w:del")) is not None
    stream = io.BytesIO()
    made.save(stream)
    with zipfile.ZipFile(stream, "a") as file:
        file.writestr("word/footnotes.xml", FOOTNOTES)
    return stream.getvalue()


def test_a_docx_cites_by_relation_field_note_and_in_plain_text():
    found = [
        (c.kind, c.url_as_written, c.anchor_text, c.sentence)
        for c in citations_of(read_docx(docx()), language="en", limit=9)
    ]
    assert found == [
        ("anchor", "https://uralwire.test/1500", "Ural Wire reported", "The town lost people, Ural Wire reported."),
        ("footnote", "https://stats.test/2021", "https://stats.test/2021", "The town lost people, Ural Wire reported."),
        ("plain_text", "https://bare.test/a", "https://bare.test/a", "See https://bare.test/a, too."),
        ("anchor", "https://field.test/", "the report", "By a field: the report"),
        ("plain_text", "https://cell.test/", "https://cell.test/", "A cell cites https://cell.test/."),
    ]


def test_a_docx_says_what_it_is():
    found = extract(docx(), "https://a.test/x", content_type=DOCX_TYPE)
    assert (found.title, found.author, found.language, found.published_basis) == (
        "Five Million Departures", "A. Writer", "en", "guess",
    )  # fmt: skip
    assert "deleted.test" not in found.text


def epub(chapters=("<p>One <a href='https://one.test/'>cites</a> a source that many more words follow.</p>",), **files):
    stream = io.BytesIO()
    manifest = "".join(
        f'<item id="c{n}" href="text/c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("mimetype", "application/epub+zip")
        file.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>',
        )
        file.writestr(
            "OEBPS/content.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            "<dc:title>A Book</dc:title><dc:creator>A. Writer</dc:creator><dc:language>uk</dc:language>"
            f"<dc:date>2020-05-04</dc:date></metadata><manifest>{manifest}</manifest><spine>{spine}</spine></package>",
        )
        for number, chapter in enumerate(chapters):
            file.writestr(f"OEBPS/text/c{number}.xhtml", f"<html><body>{chapter}</body></html>")
        for name, content in files.items():
            file.writestr(name, content)
    return stream.getvalue()


LONG = " It is a paragraph of a book, and so it goes on for some more words than a headline would have." * 4


def test_a_book_is_read_chapter_after_chapter_and_its_inner_links_cite_nothing():
    body = epub(
        (
            f'<p>The first <a href="https://one.test/">source of it</a> is here.{LONG}</p>',
            f'<p>See <a href="c0.xhtml">chapter one</a> and <a href="https://two.test/">another</a> source.{LONG}</p>',
        )
    )
    found = extract(body, "urn:sha256:00", content_type="application/epub+zip", want_citations=True)
    assert [one.url_as_written for one in found.citations] == ["https://one.test/", "https://two.test/"]
    assert (found.title, found.author, found.language, found.published_on) == (
        "A Book",
        "A. Writer",
        "uk",
        "2020-05-04",
    )
    assert found.text.index("The first") < found.text.index("another")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (docx(), "docx"),
        (epub(), "epub"),
        (b"%PDF-1.4\n", "pdf"),
        (b"PK\x03\x04 some other zip", None),
        (b"\x00\x01", None),
    ],
)
def test_kinds_are_told_by_their_bytes(body, kind):
    assert kind_of(body, "application/octet-stream") == kind
    assert kind_of(body, None) == kind


def bomb(name):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file, file.open(name, "w", force_zip64=True) as member:
        for _ in range(40):
            member.write(b" " * 2**20)
    return stream.getvalue()


def test_bombs_and_tricks_are_told_and_cost_little():
    assert "unpacks to more than" in read_docx(bomb("word/document.xml")).error_text
    assert "unpacks to more than" in page_of_epub(bomb("META-INF/container.xml"))[1].error_text
    laughs = "<!DOCTYPE x [" + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(9)) + "]>"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(
            "word/document.xml",
            f"{laughs}<w:document {nsdecls('w')}><w:p><w:r><w:t>&a8;</w:t></w:r></w:p></w:document>",
        )
        file.writestr("../../etc/passwd", "x")
    assert len(" ".join(one.text for one in read_docx(stream.getvalue()).paragraphs)) < 100
    assert "no ZIP file" in read_docx(b"nothing").error_text


WHOLE = {"docx": docx(), "epub": epub()}


@settings(deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_damaged_files_never_raise(kind, data):
    whole = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
    assert extract(bytes(whole), "https://a.test/", kind=kind, want_citations=True).outcome in {"ok", "empty"}
