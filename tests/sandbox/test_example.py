"""The example is what examples/README.md says: an article whose five citations have fared differently."""

import json
import re

import lxml.html
import pytest

from sandbox.fetch import FetchFailedError, fetch
from sandbox.run import ARTICLE, EXAMPLES

FATES = {
    "www.uralwire.test": "nxdomain",
    "www.radio-meridian.test": (200, 2),
    "www.ledger-of-record.test": (403, 0),
    "statistics.test": (404, 0),
    "www.volga-observer.test": (200, 0),
}
NO_CITATIONS = (
    "//nav//a", "//*[@class='byline']//a", "//*[@class='share-buttons']//a", "//aside//a", "//*[@class='tags']//a",
    "//*[@class='newsletter-signup']//a", "//footer//a", "//figcaption//a",
)  # fmt: skip


@pytest.fixture(scope="module")
def article(sandbox):
    body = sandbox.call(fetch(sandbox.web, ARTICLE)).body
    page = lxml.html.fromstring(body.decode())
    page.make_links_absolute(ARTICLE)
    return page


def test_the_text_cites_five_pages_each_with_its_fate(sandbox, article):
    others = {link for path in NO_CITATIONS for link in article.xpath(path)}
    cited = [link.get("href") for link in article.xpath("//article//p//a") if link not in others]
    assert len(cited) == 5
    fates = {}
    for url in cited:
        host = url.split("/")[2]
        try:
            page = sandbox.call(fetch(sandbox.web, url))
            fates[host] = (page.status, len(page.hops))
        except FetchFailedError as error:
            fates[host] = error.error
    assert fates == FATES


def test_it_holds_links_of_each_kind_that_is_no_citation(article):
    for path in NO_CITATIONS:
        assert article.xpath(path), path


def test_its_date_is_in_its_head_and_not_in_its_footer(article):
    (data,) = article.xpath("//script[@type='application/ld+json']/text()")
    assert json.loads(data)["datePublished"].startswith("2022-01-13T")
    assert article.xpath("//meta[@property='article:published_time']/@content") == ["2022-01-13T16:40:00+03:00"]
    assert "© 2024" in article.xpath("string(//footer)")


def test_every_page_is_of_decent_length():
    articles = [*EXAMPLES.glob("web/*/20*/**/*.html"), *EXAMPLES.glob("web/*/news/**/*.html")]
    articles = [path for path in articles if "ledger-of-record" not in str(path)]
    assert len(articles) == 4
    for path in articles:
        assert len(lxml.html.fromstring(path.read_bytes()).text_content().split()) > 200, path


def test_what_the_archive_holds_is_of_links_that_are_cited(article):
    held = json.loads((EXAMPLES / "wayback.json").read_text())
    hrefs = set(article.xpath("//article//a/@href"))
    assert {row["url"] for row in held} <= hrefs
    for row in held:
        assert re.fullmatch(r"\d{14}", row["timestamp"])
        assert (EXAMPLES / row["file"]).is_file()
    of_closed = sorted(row["timestamp"] for row in held if "uralwire" in row["url"])
    assert [stamp[:6] for stamp in of_closed] == ["202201", "202202", "202305"]
    newest = next(row for row in held if row["timestamp"] == of_closed[-1])
    assert "for sale" in (EXAMPLES / newest["file"]).read_text()


def test_the_plain_text_cites_three_of_the_pages(article):
    text = (EXAMPLES / "article.txt").read_text()
    urls = re.findall(r"^https?://\S+$", text, flags=re.MULTILINE)
    assert len(urls) == len(re.findall("https?://", text)) == 3
    assert set(urls) <= set(article.xpath("//article//a/@href"))
