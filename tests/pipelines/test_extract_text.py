"""The pipeline that reads: from a Check with a body to its Extraction and its Verdict."""

from types import SimpleNamespace

import pytest
from scrapy.utils.test import get_crawler

from citekeep import clock
from citekeep.items import Check, DueLink
from citekeep.workers import Workers
from pipelines.extract_text import AT_ONCE, ExtractTextPipeline

URL = "https://news.example/trees"
BODY = (
    b"<html><title>Trees</title><body><article><h1>Trees</h1>"
    + b"<p>Nobody counted the trees before they fell, says <a href='/count'>the count of last year</a>, and then it rained.</p>"
    * 3
    + b"</article>"
)


@pytest.fixture
async def extract_text():
    workers = Workers(count=1)
    crawler = get_crawler(settings_dict={"CITATIONS_PER_ARTICLE": 2, "EXTRACT_ENABLED": True})
    crawler.archive = SimpleNamespace(workers=workers)
    yield ExtractTextPipeline.from_crawler(crawler)
    await workers.close()


def a_check(body=BODY, status=200, content_type="text/html", link=None, **fields):
    link = {"is_article": True, **(link or {})}
    due = DueLink(link_id=1, url=URL, request_url=URL, **link)
    return Check(
        link=due, epoch=1, site_id=1, checked_at=clock.now(), requested_url=URL, final_url=URL, body=body, status=status,
        content_type=content_type, **fields,
    )  # fmt: skip


async def test_an_article_is_read_and_judged_in_one_trip(extract_text):
    check = a_check()
    assert await extract_text.process_item(check) is check
    assert check.extraction.outcome == "ok"
    assert check.extraction.title == "Trees"
    assert [c.url_as_written for c in check.extraction.citations] == ["https://news.example/count"] * 2  # the limit
    assert check.verdict.group == "alive"
    assert extract_text.stats.get_value("extract_text/ok") == 1


async def test_of_a_link_that_is_no_article_the_text_is_read_and_no_citations(extract_text):
    check = await extract_text.process_item(a_check(link={"is_article": False}))
    assert (check.extraction.outcome, check.extraction.citations) == ("ok", None)


async def test_relative_links_are_of_the_page_that_answered(extract_text):
    check = a_check()
    check.final_url = "https://other.example/b/c"
    await extract_text.process_item(check)
    assert check.extraction.citations[0].url_as_written == "https://other.example/count"


async def test_what_is_no_document_is_not_read(extract_text):
    checks = [
        a_check(body=b"", status=None, error="nxdomain", error_phase="dns"),
        a_check(body=b"", reason="robots", status=None),
        a_check(body=b"<html>Not found", status=404),
        a_check(body=b"\x1f\x8b", error="bad_encoding"),
    ]
    for check in checks:
        await extract_text.process_item(check)
        assert check.extraction is None
    assert extract_text.workers._pool is None  # nothing was sent away for these
    assert not extract_text.stats.get_stats()


async def test_a_long_error_page_is_judged_in_a_worker_and_gives_no_text(extract_text):
    check = await extract_text.process_item(a_check(body=BODY + b" " * AT_ONCE, status=404))
    assert check.extraction is None
    assert check.verdict.group == "dead"


async def test_where_texts_are_not_wanted_a_link_is_judged_in_a_worker_and_an_article_read(extract_text):
    extract_text.texts = False
    link = await extract_text.process_item(a_check(link={"is_article": False}))
    article = await extract_text.process_item(a_check())
    assert (link.extraction, link.verdict.group) == (None, "alive")
    assert article.extraction.outcome == "ok"


async def test_a_type_that_nothing_reads_says_so(extract_text):
    check = await extract_text.process_item(a_check(body=b"GIF89a and so on", content_type="image/gif"))
    assert (check.extraction.outcome, check.extraction.text) == ("not_text", "")
    assert extract_text.stats.get_value("extract_text/not_text") == 1


async def test_a_local_document_is_read_from_its_own_bytes(extract_text):
    text = "Trees have fallen here\n\nSee https://example.org/count for the numbers of last year."
    link = {"local_body": text.encode(), "local_type": "text", "is_article": True}
    check = await extract_text.process_item(a_check(body=b"", status=None, content_type=None, link=link))
    assert check.extraction.title == "Trees have fallen here"
    assert [c.url_as_written for c in check.extraction.citations] == ["https://example.org/count"]


async def test_other_items_pass_as_they_are(extract_text):
    item = {"not": "a check"}
    assert await extract_text.process_item(item) is item


async def test_a_page_that_costs_its_worker_is_an_outcome(extract_text):
    extract_text.workers.timeout = 0.001
    check = await extract_text.process_item(a_check(body=BODY + b"<p>words " * 200_000))
    assert (check.extraction.outcome, check.verdict) == ("timed_out", None)
    assert extract_text.stats.get_value("extract_text/timed_out") == 1
