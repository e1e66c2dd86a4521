"""What cited documents cite is kept with them, and nothing of it is asked for."""

import importlib.util
import io
from pathlib import Path

import pytest
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate

from citekeep import database
from citekeep.extraction import extract

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE, REPORT, LIVE = "https://news.example/1", "https://office.example/report.pdf", "https://sea.example/tides"
STORY = (
    'The tide came twice, as <a href="https://sea.example/tides#noon">the harbour office</a> wrote down.',
    "It is told in full at https://t.co.example/road and nowhere else. Nobody was hurt.",
)


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.0)
    writer = database.Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


def a_pdf():
    stream = io.BytesIO()
    body = getSampleStyleSheet()["BodyText"]
    SimpleDocTemplate(stream).build([Paragraph(text, body) for text in STORY])
    return stream.getvalue()


def rows(writer, sql, *values):
    return writer.run_sync(lambda c: c.execute(sql, values).fetchall())


async def archive(writer, *cites, read=None, run="run-1"):
    frontier = fill.begin(writer, run=run)[1]
    outcomes = {REPORT: {"extracted": read or extract(a_pdf(), REPORT, content_type="application/pdf")}}
    return await fill.archive(frontier, ARTICLE, cites=cites, outcomes=outcomes)


async def test_a_cited_pdf_is_read_for_its_text_and_for_what_it_cites(writer):
    assert (
        await archive(writer, REPORT, LIVE) == 3
    )  # the article and its two links: what the PDF cites is not asked for
    told = "SELECT document_url, position, url, anchor_text, sentence, kind, standing FROM citations_of_documents"
    assert rows(writer, told) == [
        (REPORT, 0, LIVE, "the harbour office", "The tide came twice, as the harbour office wrote down.", "anchor", "alive"),
        (REPORT, 1, "https://t.co.example/road", "https://t.co.example/road",
         "It is told in full at https://t.co.example/road and nowhere else.", "plain_text", None),
    ]  # fmt: skip
    assert rows(writer, "SELECT url FROM links ORDER BY id") == [(ARTICLE,), (REPORT,), (LIVE,)]
    (text,) = rows(
        writer, "SELECT t.text FROM documents d JOIN texts t ON t.id = d.text_id WHERE extractor = 'pypdfium2'"
    )
    assert text[0].startswith("The tide came twice")


async def test_the_same_document_read_twice_cites_the_same(writer):
    await archive(writer, REPORT)
    read = extract(a_pdf(), REPORT, content_type="application/pdf")
    writer.run_sync(lambda c: c.execute("UPDATE documents SET outcome = 'timed_out' WHERE extractor = 'pypdfium2'"))
    await archive(writer, REPORT, read=read, run="run-2")
    assert rows(writer, "SELECT count(*), max(position) FROM document_citations") == [(2, 1)]


def test_of_an_article_they_are_its_citations():
    read = extract(a_pdf(), REPORT, content_type="application/pdf", want_citations=True)
    assert read.cites is None
    assert len(read.citations) == 2


def test_of_a_page_nothing_is_looked_for():
    read = extract(b"<html><body><p><a href='https://sea.example/'>the sea</a></p>", ARTICLE, content_type="text/html")
    assert (read.citations, read.cites) == (None, None)
