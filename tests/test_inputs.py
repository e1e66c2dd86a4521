"""What a person says of an article: when it was published."""

import importlib.util
from pathlib import Path

import pytest

from citekeep import database
from citekeep.exceptions import InputError
from citekeep.inputs import AskedArticle, read_input

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

ARTICLE, CITED = "https://news.example/story", "https://cited.example/"


@pytest.mark.parametrize("text", ["2022-01-13", "13 January 2022", "2022-01-13T10:00:00Z"])
def test_the_day_of_an_article_may_be_said(text, tmp_path):
    asked = read_input(url=ARTICLE, published=text)
    assert asked.articles[0].published == text
    assert asked.arguments()["published"] == text
    document = tmp_path / "a.txt"
    document.write_text("A text.")
    assert read_input(file=str(document), published=text).articles[0].published == text
    assert "published" not in read_input(url=ARTICLE).arguments()


@pytest.mark.parametrize("text", ["03/04/2022", "2099-01-01", "2022", "yesterday", "1970-01-01"])
def test_what_is_no_one_day_is_refused_in_a_sentence(text):
    with pytest.raises(InputError, match="is no day that is past"):
        read_input(url=ARTICLE, published=text)


def test_a_list_has_no_day(tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text(ARTICLE)
    with pytest.raises(InputError, match="when one article was published"):
        read_input(urls=str(listed), published="2022-01-13")


async def test_what_a_person_says_outranks_the_page_for_good(tmp_path):
    writer = database.Writer(tmp_path / "archive.db")
    known = "SELECT a.published_on, a.published_basis, ci.cited_on_earliest FROM articles AS a JOIN citations AS ci"

    def dates():
        return writer.run_sync(lambda c: c.execute(known).fetchall())

    _, frontier = fill.begin(writer)
    await fill.archive(frontier, ARTICLE, cites=[CITED], published_on="2024-01-01", published_basis="meta")
    assert dates() == [("2024-01-01", "meta", "2024-01-01")]
    said = AskedArticle(url=ARTICLE, source="url", published="13 January 2022")
    await frontier.add_articles([said], public=True)
    assert dates() == [("2022-01-13", "user", "2022-01-13")], "at once"
    again = fill.begin(writer, run="run-2")[1]
    await fill.archive(again, ARTICLE, cites=[CITED], published_on="2024-01-01", published_basis="meta")
    assert dates() == [("2022-01-13", "user", "2022-01-13")]
    await writer.aclose()
