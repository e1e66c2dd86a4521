"""When a citation came is told by captures of its article: the ledger reads them, by halves."""

import importlib.util
from pathlib import Path

from citekeep.reading import read

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).parent.parent / "archive_fixture.py")
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE = "https://news.example/undated"
CITED = "https://cited.example/a-page?utm_source=news"


class Here:
    """Reads pages in this process."""

    async def read(self, body, seen, history, **named):
        return read(body, seen, history, **named)


def page(*, cites):
    said = f'the <a href="{CITED}">register of the county</a>' if cites else "the register of the county"
    paragraphs = "".join(
        f"<p>In the month number {n} many people left the country, as {said} has it, and few came back to it.</p>"
        if n == 5
        else f"<p>In the month number {n} many people left the country, and few of them came back to it later on.</p>"
        for n in range(12)
    )
    return f"<html><head><title>Departures</title></head><body><article><h1>Departures</h1>{paragraphs}</article></body></html>"


async def archive(ledger, **more):
    _, frontier = fill.begin(ledger.writer)
    outcomes = {ARTICLE: {"wish": "lookup", "verdict": "alive"}}
    await fill.archive(frontier, ARTICLE, cites=[CITED], outcomes=outcomes, **more)


async def test_captures_of_an_undated_article_are_read_until_it_is_known_when_its_citation_came(ledger, holds):
    for year in range(2015, 2023):
        holds(ARTICLE, f"{year}0301120000", body=page(cites=year >= 2019).encode() + b" " * year)
    await archive(ledger)
    await ledger.work(reader=Here())
    (row,) = ledger.rows("SELECT * FROM citation_dates")
    assert (row["cited_on_earliest"], row["cited_on_latest"], row["cited_on_basis"]) == (
        "2018-03-01", "2019-03-01", "memento",
    )  # fmt: skip
    (read_back,) = ledger.rows("SELECT count(*) AS n FROM memento_citations")
    assert 4 <= read_back["n"] <= 6, "not all of them"


async def test_the_captures_of_a_dated_article_are_not_read(ledger, holds):
    holds(ARTICLE, "20190301120000", "20200301120000", body=page(cites=True).encode())
    await archive(ledger, published_on="2018-12-31", published_basis="meta")
    await ledger.work(reader=Here())
    (row,) = ledger.rows("SELECT * FROM citation_dates")
    assert (row["cited_on"], row["cited_on_basis"]) == ("2018-12-31", "published")
