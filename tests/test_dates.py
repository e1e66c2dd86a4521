"""When a page says it was published."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from citekeep import clock
from citekeep.dates import date_in, not_before, published, published_in_text, read

URL = "https://news.example/story"


def when(head="", body="", url=URL, guess=None, language=None):
    tree = html.fromstring(f"<html><head><title>t</title>{head}</head><body>{body}</body></html>")
    found = published(tree, url, guess, language=language)
    return None if found is None else (found.basis, found.text, found.on, found.at)


def ld(text):
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    ("text", "on", "at"),
    [
        ("2024-03-31", "2024-03-31", None),
        ("2024-03-31T23:30:00-05:00", "2024-03-31", "2024-04-01T04:30:00Z"),
        ("2024-03-31T23:30:00.123+0200", "2024-03-31", "2024-03-31T21:30:00Z"),
        ("2024-03-31T23:30Z", "2024-03-31", "2024-03-31T23:30:00Z"),
        ("2024-03-31 23:30:00", "2024-03-31", None),  # a time without a zone is no moment
        ("20240331T233000Z", "2024-03-31", "2024-03-31T23:30:00Z"),
        ("20240331", "2024-03-31", None),
        ("2024/3/1", "2024-03-01", None),
        ("20240331233000", "2024-03-31", None),
        ("2024-03-31T23:30:00+02", "2024-03-31", "2024-03-31T21:30:00Z"),
        ("2024-03-31T23:30:00 CET", "2024-03-31", None),  # names of zones mean more than one, but for RFC 5322's
        ("Sun, 31 Mar 2024 23:30:00 GMT", "2024-03-31", "2024-03-31T23:30:00Z"),
        ("March 31, 2024 11:30 pm EDT", "2024-03-31", "2024-04-01T03:30:00Z"),
        ("1711927800", "2024-03-31", "2024-03-31T23:30:00Z"),
        ("1711927800000", "2024-03-31", "2024-03-31T23:30:00Z"),
        ("2024-03-31T25:00:00Z", "2024-03-31", None),  # the day stays where the hour is none
        ("2024-03-31T10:00:00+99:00", "2024-03-31", None),
    ],
)
def test_a_written_date_is_read_with_as_much_as_it_says(text, on, at):
    found = read(text)
    assert (found.on.isoformat(), found.at, found.other) == (on, at, None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("13 January 2022", "en"), ("Thursday, Jan. 13, 2022 at 10:05", "en"), ("13-Jan-2022", "en"),
        ("13 января 2022 г., 10:05", "ru"), ("13 січня 2022", "uk"), ("13. Januar 2022", "de"),
        ("le 13 janvier 2022", "fr"), ("13 de enero de 2022", "es"), ("13 de janeiro de 2022 às 10:00", "pt"),
        ("13 gennaio 2022", "it"), ("13 stycznia 2022", "pl"), ("13. ledna 2022", "cs"), ("2022. január 13.", "hu"),
        ("2022 m. sausio 13 d.", "lt"), ("2022. gada 13. janvāris", "lv"), ("13. tammikuuta 2022", "fi"),
        ("13 ianuarie 2022", "ro"), ("13 Ocak 2022", "tr"), ("13 Ιανουαρίου 2022", "el"), ("13 בינואר 2022", "he"),
        ("١٣ يناير ٢٠٢٢", "ar"), ("१३ जनवरी २०२२", "hi"), ("13 มกราคม 2565", "th"), ("13 tháng 1, 2022", "vi"),
        ("2022年1月13日", "ja"), ("2022년 1월 13일", "ko"), ("13 იანვარი 2022", "ka"), ("13 yanvar 2022", "az"),
        ("13.01.2022", "de"), ("13/01/2022", "fr"), ("01/13/2022", "en"),
    ],
)  # fmt: skip
def test_a_day_is_read_in_many_languages(text, language):
    assert read(text, language).on == date(2022, 1, 13)


def test_a_month_that_two_languages_share_is_told_by_the_language():
    assert read("5 listopada 2021", "pl").on == date(2021, 11, 5)
    assert read("5. listopada 2021.", "hr").on == date(2021, 10, 5)
    assert read("5 listopada 2021") is None


def test_a_form_that_can_be_read_in_two_ways_gives_both_days():
    found = read("03/04/2022")
    assert {found.on, found.other} == {date(2022, 4, 3), date(2022, 3, 4)}
    assert read("03/03/2022").other is read("03.04.2022").other is None


def test_tomorrow_may_be_today_somewhere_and_later_is_the_future():
    today, turn = clock.timestamp(), 86_400
    assert read(clock.text(today + turn)[:10]) is not None
    assert read(clock.text(today + 3 * turn)[:10]) is None


@pytest.mark.parametrize(
    "text",
    ["", "2024", "2024-02", "May 2022", "© 2024", "2024-02-30", "2024-13-01", "yesterday", "0000-00-00", "1970-01-01",
     "1970-01-01T00:00:00+00:00", "0", "3024-01-01", "99999999999999", "31 February 2022", "13 Jan 22"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert read(text) is None


@given(
    st.text(max_size=60) | st.from_regex(r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2})?([+-]\d{2}:?\d{2}|Z)?)?.*")
)
def test_no_text_raises(text):
    found = read(text, "pl")
    assert found is None or found.on.year >= 1990


def test_structured_data_comes_before_meta_before_time_before_the_address_before_a_guess():
    head = ld('{"@type": "NewsArticle", "datePublished": "2021-05-01T10:00:00Z"}')
    meta = '<meta property="article:published_time" content="2021-05-02">'
    time = '<time class="published" datetime="2021-05-03">'
    dated = "https://news.example/2021/05/04/story"
    assert when(head + meta, time, dated, "2021-05-05") == (
        "json_ld",
        "2021-05-01T10:00:00Z",
        "2021-05-01",
        "2021-05-01T10:00:00Z",
    )
    assert when(meta, time, dated, "2021-05-05")[:3] == ("meta", "2021-05-02", "2021-05-02")
    assert when("", time, dated, "2021-05-05")[:3] == ("time_element", "2021-05-03", "2021-05-03")
    assert when("", "", dated, "2021-05-05") == ("url", "2021/05/04", "2021-05-04", None)
    assert when("", "", URL, "2021-05-05") == ("guess", "2021-05-05", "2021-05-05", None)
    assert when() is None


def test_a_date_that_is_none_gives_way_to_the_next():
    meta = '<meta property="article:published_time" content="soon"><meta name="date" content="2020-01-02">'
    assert when(meta)[:2] == ("meta", "2020-01-02")
    assert when(url="https://news.example/2021/13/45/story") is None


def test_the_date_of_a_comment_or_a_picture_is_not_the_articles():
    pictures = '[{"@type": "ImageObject", "datePublished": "2001-01-01"}, {"@type": ["Comment"], "datePublished": "2002-01-01"}]'
    assert when(ld(pictures)) is None
    assert when("", '<time datetime="2021-01-01"></time><time datetime="2022-01-01"></time>') is None  # which of them?


def test_broken_structured_data_is_read_as_far_as_it_goes():
    assert (
        when(ld('{"@type": "Article", "datePublished": "2021-05-01", "name": "an "open" quotation"}'))[2]
        == "2021-05-01"
    )
    assert when(ld("{" * 10_000)) is None
    assert when(ld("[" * 100_000 + "]" * 100_000)) is None
    assert when(ld('{"@graph": [null, 7, "x", {"datePublished": 7}]}')) is None
    assert when(ld('<!-- {"@type": "Article", "datePublished": "2021-05-01"} -->'))[2] == "2021-05-01"
    assert when(ld('/*<![CDATA[*/ {"@type": "Article", "datePublished": "2021-05-01"} /*]]>*/'))[2] == "2021-05-01"


@pytest.mark.parametrize(
    "data",
    [
        '{"@graph": [{"@type": "WebPage", "datePublished": "2020-01-01"},'
        ' {"@type": "NewsArticle", "datePublished": "2021-05-01"}]}',
        '[{"@type": "Organization", "datePublished": "1999-01-01"},'
        ' {"@type": ["Thing", "BlogPosting"], "datePublished": "2021-05-01"}]',
        '{"@type": "WebPage", "mainEntity": {"@type": "Article", "datePublished": ["2021-05-01"]}}',
        '{"@type": "http://schema.org/ScholarlyArticle", "datePublished": {"@type": "xsd:date", "@value": "2021-05-01"}}',
        '{"@type": "NewsArticle", "datePublished": "May 1, 2021"}',
        '{"@type": "NewsArticle", "datePublished": 1619863200}',
        '{"@type": "NewsArticle", "datePublished": "", "dateCreated": "2021-05-01"}',
        '{"@type": "NewsArticle", "dateModified": "2023-01-01", "datePublished": "2021-05-01"}',
        '[{"@type": "NewsArticle", "url": "https://news.example/other", "datePublished": "2022-09-09"},'
        ' {"@type": "NewsArticle", "url": "https://news.example/story", "datePublished": "2021-05-01"}]',
        '{"@type": "NewsArticle", "datePublished": "2021-05-01",'
        ' "comment": [{"@type": "Comment", "datePublished": "2020-01-01"}]}',
        '{"@graph": [{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "datePublished": "2019-01-01"}]},'
        ' {"@type": "NewsArticle", "datePublished": "2021-05-01"}]}',
    ],
)
def test_the_article_among_the_things_that_a_page_describes(data):
    assert when(ld(data))[::2] == ("json_ld", "2021-05-01")


@pytest.mark.parametrize(
    "data",
    ['{"@type": "NewsArticle", "dateModified": "2021-05-01"}', '{"@type": "Event", "datePublished": "2021-05-01"}',
     '{"@type": "NewsArticle", "datePublished": true}', '{"@type": "NewsArticle", "datePublished": {"a": [1]}}'],
)  # fmt: skip
def test_json_ld_without_a_date_of_publication_gives_none(data):
    assert when(ld(data)) is None


def test_a_day_that_could_be_two_is_told_by_another_date_or_is_a_guess():
    meta = '<meta name="pubdate" content="03/04/2022">'
    assert when(meta) == ("guess", "03/04/2022", "2022-04-03", None)
    assert when(meta, url="https://news.example/2022/03/04/story")[:3] == ("meta", "03/04/2022", "2022-03-04")
    assert when(meta, '<time itemprop="datePublished" datetime="2022-04-03">')[:3] == (
        "meta",
        "03/04/2022",
        "2022-04-03",
    )
    assert when(meta, url="https://news.example/2021/12/31/story") == ("url", "2021/12/31", "2021-12-31", None)


def test_an_evening_in_new_york_is_its_own_day_not_that_of_greenwich():
    meta = '<meta property="article:published_time" content="2019-11-20T02:59:46Z">'
    found = when(meta, url="https://news.example/2019/11/19/story")
    assert found == ("meta", "2019-11-20T02:59:46Z", "2019-11-19", "2019-11-20T02:59:46Z")
    assert when(meta, url="https://news.example/2019/11/12/story")[2] == "2019-11-20", "a week is no zone"


@pytest.mark.parametrize(
    "body",
    [
        '<article><h1>t</h1><time datetime="2021-05-01">May</time><p>x</p></article><time datetime="2023-01-01">n</time>',
        '<article><header><time datetime="2021-05-01">May</time></header><p>x</p></article><time datetime="2023-01-01">n</time>',
        '<main><h1>t</h1><p>x</p></main><div class="comments"><time datetime="2023-01-01">n</time></div>'
        '<time pubdate datetime="2021-05-01">May</time>',
        '<h1>t</h1><p>x</p><span itemprop="datePublished" content="2021-05-01">1 May</span><time datetime="2023-01-01">n</time>',
        '<abbr class="published" title="2021-05-01T10:00:00Z">then</abbr>',
        '<time class="entry-date updated" datetime="2023-01-01">n</time>'
        '<time class="entry-date published" datetime="2021-05-01">May</time>',
        '<main><h1>t</h1><div>Updated <time datetime="2023-01-01">n</time></div><div>On <time>1 May 2021</time></div></main>',
        '<aside><time datetime="2023-01-01">n</time></aside><footer><time datetime="2023-01-02">n</time></footer>'
        '<article><time datetime="2021-05-01"></article>',
        '<div itemscope itemtype="http://schema.org/Comment"><time itemprop="datePublished" datetime="2023-01-01">n</time></div>'
        '<time itemprop="datePublished" datetime="2021-05-01">May</time>',
        '<div class="content-sidebar-wrap"><h1>t</h1><time datetime="2021-05-01">May</time></div>',
    ],
)  # fmt: skip
def test_the_element_that_dates_the_article_is_not_that_of_another_thing(body):
    assert when("", body)[::2] == ("time_element", "2021-05-01")


def test_what_stands_beside_the_headline_is_a_guess_and_goes_before_the_extractors():
    body = '<article><h1>t</h1><div class="byline">By A. N. Other | 1 May 2021</div><p>x</p></article><footer>© 2024</footer>'
    assert when("", body, guess="2024-01-01") == ("guess", "By A. N. Other | 1 May 2021", "2021-05-01", None)
    modified = body.replace("By A. N. Other |", "Last updated")
    assert when("", modified) is None
    assert when("", "<footer>© 2024</footer>", guess="2024-01-01")[0] == "guess"


@pytest.mark.parametrize(
    "body",
    [
        '<article><h1>t</h1><p>x</p></article><div>Others: <time datetime="2024-02-03">3 Feb</time></div>',
        '<article><h1>t</h1><p>x</p></article><div>Others: <span class="published">3 Feb 2024</span></div>',
        "<div><time>Saturday, 3 February 2024</time></div><main><h1>t</h1><p>x</p></main>",
        '<div role="main"><h1>t</h1></div><div><time class="post-date" datetime="2024-02-03">3 Feb</time></div>',
        '<div><div><div><div><h1>t</h1></div></div></div></div><div><time datetime="2024-02-03">3 Feb</time></div>',
        '<p>x</p><time datetime="2024-02-03">3 Feb</time>',
    ],
)
def test_a_date_that_stands_outside_of_the_article_is_a_guess(body):
    assert when("", body)[::2] == ("guess", "2024-02-03")
    byline = body.replace("<h1>t</h1>", '<h1>t</h1><div class="byline">By A. N. Other | 1 May 2021</div>')
    assert when("", byline)[::2] == ("guess", "2021-05-01" if byline != body else "2024-02-03")


@pytest.mark.parametrize(
    ("url", "on", "least"),
    [
        ("https://a.example/2022/01/13/story", "2022-01-13", "2022-01-13"),
        ("https://a.example/2022/1/3/story", "2022-01-03", "2022-01-03"),
        ("https://a.example/news/2022-01-13-story", "2022-01-13", "2022-01-13"),
        ("https://a.example/story-2022-01-13", "2022-01-13", "2022-01-13"),
        ("https://a.example/world/2022/jan/13/story", "2022-01-13", "2022-01-13"),
        ("https://a.example/20220113/story", "2022-01-13", "2022-01-13"),
        ("https://a.example/story-20220113/", "2022-01-13", "2022-01-13"),
        ("https://a.example/2022/01/story", None, "2022-01-01"),
        ("https://a.example/2022/story", None, None),
        ("https://a.example/story?date=2022-01-13", None, None),
        ("https://a.example/p/12022011301", None, None),
        ("https://a.example/2022/13/45/story", None, None),
        ("https://a.example/2099/01/13/story", None, None),
        ("http://[", None, None),
    ],
)
def test_the_date_in_a_urls_path(url, on, least):
    found = date_in(url)
    assert (found and found[1].on.isoformat()) == on
    assert not_before(url) == least


@given(st.text(max_size=80))
def test_no_url_raises(path):
    assert date_in(f"https://a.example/{path}") is None or not_before(f"https://a.example/{path}")


@pytest.mark.parametrize(
    ("text", "url", "expected"),
    [
        ("Bees are back\n\nBy A. N. Other, 13 January 2022\n\nA text.", "urn:sha256:0", ("guess", "2022-01-13")),
        ("Bees are back\n\nA text.", "https://a.example/2022/01/13/bees", ("url", "2022-01-13")),
        ("Bees are back\n\nhttps://a.example/2022-01-13/other\n\nA text.", "urn:sha256:0", None),
        ("Bees are back\n\nUpdated 13 January 2022\n\nA text.", "urn:sha256:0", None),
        ("Bees are back\n\n" + "A text of some length. " * 10 + "It was 13 January 2022.", "urn:sha256:0", None),
        ("\n" * 30 + "13 January 2022", "urn:sha256:0", None),
    ],
)
def test_a_plain_text_is_dated_by_its_address_or_by_a_guess_at_its_head(text, url, expected):
    found = published_in_text(text, url, language="en")
    assert (found and (found.basis, found.on)) == expected


def test_a_page_of_nested_and_many_dates_is_read_in_little_time():
    nested = '<div class="published date">' * 200 + "<p>word</p>" * 20_000
    begun = time.process_time()
    assert when("", f"<article><h1>t</h1>{nested}</article>") is None
    assert when("", "<article><h1>t</h1></article>" + '<time class="date">x</time>' * 20_000) is None
    assert when(ld("[" + '{"@type": "NewsArticle", "datePublished": "x"},' * 20_000 + "{}]")) is None
    assert time.process_time() - begun < 5
