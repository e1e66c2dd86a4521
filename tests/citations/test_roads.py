"""Addresses that only lead to a source, as they stand in articles."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html

from citekeep import clock
from citekeep.citations import roads
from citekeep.citations.roads import Road, form_of, road, shortens
from citekeep.urls import canonical, is_http

ROWS = tomllib.loads(Path(roads.__file__).with_name("roads.toml").read_text(encoding="utf-8"))["road"]
AT = "2022-03-05T12:44:11Z"
STORY = "https://znak.example.com/2022-01-14/story?page=2&q=a"
TOLD = [
    # archives: the Wayback Machine in all the ways its captures are written
    (f"https://web.archive.org/web/20220305124411/{STORY}#p3", "archive", "wayback", f"{STORY}#p3", AT),
    (f"http://web.archive.org/web/20220305124411id_/{STORY}", "archive", "wayback", STORY, AT),
    ("https://web.archive.org/web/20220305124411/znak.com/x", "archive", "wayback", "http://znak.com/x", AT),
    ("https://web.archive.org/web/20220305124411/http:/znak.com/x", "archive", "wayback", "http://znak.com/x", AT),
    (
        "https://web.archive.org/web/20220305124411/http%3A%2F%2Fznak.com%2Fx",
        "archive",
        "wayback",
        "http://znak.com/x",
        AT,
    ),
    (f"https://web.archive.org/web/2022/{STORY}", "archive", "wayback", STORY, None),
    ("https://web.archive.org/web/*/znak.com", "archive", "wayback", "http://znak.com", None),
    (f"https://web.archive.org/web/2021*/{STORY}", "archive", "wayback", STORY, None),
    (f"https://web.archive.org/save/{STORY}", "archive", "wayback", STORY, None),
    (f"https://web.archive.org/web/20220230250000/{STORY}", "archive", "wayback", STORY, None),  # no such day
    (
        "https://web.archive.org/web/20220305124411/http://127.0.0.1:8000/x",
        "archive",
        "wayback",
        "http://127.0.0.1:8000/x",
        AT,
    ),
    # archive.today under all its names
    *(
        (f"https://{name}/20220305124411/{STORY}", "archive", "archive_today", STORY, AT)
        for name in (
            "archive.today",
            "archive.ph",
            "archive.is",
            "archive.md",
            "archive.li",
            "archive.vn",
            "archive.fo",
            "www.archive.md",
        )
    ),
    (f"https://archive.is/2022.03.05-124411/{STORY}", "archive", "archive_today", STORY, AT),
    (f"https://archive.ph/newest/{STORY}", "archive", "archive_today", STORY, None),
    (f"https://archive.ph/o/AbCdE/{STORY}", "archive", "archive_today", STORY, None),
    ("https://archive.ph/AbCdE", "archive", "archive_today", None, None),
    ("https://archive.ph/AbCdE/image", "archive", "archive_today", None, None),
    # others
    ("https://perma.cc/AB12-CD34?type=image", "archive", "perma", None, None),
    ("https://ghostarchive.org/archive/XyZ12", "archive", "ghostarchive", None, None),
    (
        "https://ghostarchive.org/varchive/dQw4w9WgXcQ",
        "archive",
        "ghostarchive",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        None,
    ),
    (f"https://arquivo.pt/noFrame/replay/20220305124411/{STORY}", "archive", "arquivo", STORY, AT),
    (f"https://arquivo.pt/wayback/20220305124411/{STORY}", "archive", "arquivo", STORY, AT),
    (
        "https://webcache.googleusercontent.com/search?q=cache:AbCdEfGhIjK-:https://a.com/x%3Fy%3D1+word&hl=en",
        "archive",
        "google_cache",
        "https://a.com/x?y=1",
        None,
    ),
    ("https://www.google.co.uk/search?q=cache:a.com/x", "archive", "google_cache", "http://a.com/x", None),
    ("http://www.webcitation.org/5abcdefg?url=http://a.com/x", "archive", "webcite", "http://a.com/x", None),
    ("https://archive.wikiwix.com/cache/?url=http%3A%2F%2Fa.fr%2Fx", "archive", "wikiwix", "http://a.fr/x", None),
    ("https://megalodon.jp/2011-0410-0027-18/www.a.co.jp/x", "archive", "megalodon", "http://www.a.co.jp/x", None),
    (
        "https://webarchive.nationalarchives.gov.uk/ukgwa/20220305124411/http://a.gov.uk/y",
        "archive",
        "national_archive",
        "http://a.gov.uk/y",
        AT,
    ),
    # AMP
    ("https://www.google.com/amp/s/amp.a.com/x/", "amp", "google_amp", "https://amp.a.com/x/", None),
    ("https://a-com.cdn.ampproject.org/c/s/a.com/x/amp", "amp", "amp_cache", "https://a.com/x/amp", None),
    (
        "https://a-com.cdn.ampproject.org/v/a.com/x?amp_js_v=0.1",
        "amp",
        "amp_cache",
        "http://a.com/x?amp_js_v=0.1",
        None,
    ),
    # redirectors: what stands in a query is decoded once, and what is then still encoded stays
    (
        "https://www.google.com/url?sa=t&q=https://a.com/x%3Fy%3D1&usg=AO",
        "redirector",
        "google",
        "https://a.com/x?y=1",
        None,
    ),
    (
        "https://vk.com/away.php?to=https%3A%2F%2Fa.com%2Fx%3Fq%3D%25D0%25B0&cc_key=",
        "redirector",
        "vk",
        "https://a.com/x?q=%D0%B0",
        None,
    ),
    ("https://vk.com/away.php?to=http%3A%2F%2Fa.ru%2F%EF%F0%E8", "redirector", "vk", "http://a.ru/%EF%F0%E8", None),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.com%2F&h=AT0", "redirector", "facebook", "https://a.com/", None),
    ("https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fa.com", "redirector", "youtube", "https://a.com", None),
    (
        "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.com%2Fx&data=04",
        "redirector",
        "outlook",
        "https://a.com/x",
        None,
    ),
    ("https://urldefense.com/v3/__https://a.com/x__;!!abc!def$", "redirector", "proofpoint", "https://a.com/x", None),
    ("https://href.li/?https://a.com/x?y=1&z=2", "redirector", "dereferer", "https://a.com/x?y=1&z=2", None),
    (
        "https://some.example.org/out/redirect.php?id=4&url=https%3A%2F%2Fa.com%2Fx",
        "redirector",
        "redirector",
        "https://a.com/x",
        None,
    ),
    # wrappers and shorteners
    ("https://translate.google.com/translate?sl=ru&u=http://a.com/x", "wrapper", "translation", "http://a.com/x", None),
    (
        "https://docs.google.com/viewer?url=http%3A%2F%2Fa.com%2Fx.pdf&embedded=true",
        "wrapper",
        "viewer",
        "http://a.com/x.pdf",
        None,
    ),
    (
        "https://lenta-ru.turbopages.org/lenta.ru/s/news/2021/01/01/x/",
        "wrapper",
        "turbo",
        "https://lenta.ru/news/2021/01/01/x/",
        None,
    ),
    ("https://t.me/iv?url=https%3A%2F%2Fa.com%2Fx&rhash=1f2e", "wrapper", "telegram", "https://a.com/x", None),
    ("https://yandex.ru/turbo/s/lenta.ru/news/1", "wrapper", "turbo", "https://lenta.ru/news/1", None),
    ("https://t.co/AbC", "shortener", "shortener", None, None),
    ("https://clck.ru/32abc", "shortener", "shortener", None, None),
    # roads within one another: the outermost, and what is at their end
    (
        "https://web.archive.org/web/20220305124411/https://www.google.com/amp/s/a.com/x",
        "archive",
        "wayback",
        "https://a.com/x",
        AT,
    ),
    ("https://web.archive.org/web/20220305124411/https://t.co/AbC", "archive", "wayback", "https://t.co/AbC", AT),
]
NONE = [
    "https://a.com/x",
    "https://archive.org/details/foo",
    "https://web.archive.org/web/*/http://a.com/x*",
    "https://web.archive.org/",
    "https://bit.ly",
    "https://bit.ly/",
    "https://web.archive.org/web/20120101000000/mailto:a@b.c",
    "https://web.archive.org/web/20120101000000/javascript:x()",
    "https://perma.cc/about",
    "https://archive.ph/",
    "https://archive.ph/search/?q=a.com",
    "https://t.me/channel/12",
    "https://www.youtube.com/watch?v=abc",
    "https://vk.com/wall-1_2",
    "https://www.google.com/search?q=a+b",
    "https://docs.google.com/document/d/1/edit",
    "https://www.linkedin.com/in/foo",
    "https://example.org/login?redirect=https%3A%2F%2Fa.com",
    "https://example.org/redirect?url=https%3A%2F%2Fwww.example.org%2Fx",
    "https://example.org/redirect?url=%2Fx",
    "https://doi.org/10.1000/182",
    "https://google.example.org/url?q=https://a.com",
    "https://notarchive.today/20220305124411/https://a.com",
    "https://youtu.be/dQw4w9WgXcQ",
    "urn:sha256:" + 64 * "0",
    "",
    "mailto:a@b.c",
]


@pytest.mark.parametrize(("url", "kind", "service", "original", "at"), TOLD)
def test_an_address_tells_where_it_leads(url, kind, service, original, at):
    assert road(url) == Road(kind, service, original, at)


@pytest.mark.parametrize("url", NONE)
def test_other_addresses_are_sources_themselves(url):
    assert road(url) is None


def test_a_shortener_is_told_by_its_host():
    assert shortens("t.co")
    assert not shortens("archive.ph")
    assert not shortens("co")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_every_row_says_what_it_is_and_where_that_is_told(row):
    assert row.keys() <= {"name", "kind", "hosts", "paths", "params", "prefix", "short", "source"}
    assert row["kind"] in {"archive", "amp", "shortener", "redirector", "wrapper"}
    assert row["source"]
    assert len(row.get("hosts", [])) == len(set(row.get("hosts", [])))
    assert any(key in row for key in ("paths", "params", "short"))
    assert all("(?P<url>" in pattern for pattern in row.get("paths", []))


HOSTS = sorted({host.replace("*", "com").lstrip(".") for row in ROWS for host in row.get("hosts", ["a.example"])})
PARTS = st.sampled_from(
    ["web", "20220305124411", "2022*", "id_", "https://a.com", "http:", "amp", "s", "url?q=", "?u=", "away.php?to=", "%3A%2F%2F",
     "search?q=cache:", "AbCdE", "redirect?url=", "&", "#", "=", "%", "//", "http%3A%2F%2Fa.com", "[", "]", "@", "٣", " "]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(HOSTS), st.lists(PARTS | st.text(max_size=6), max_size=8), st.sampled_from(["/", "", "?"]))
@example("web.archive.org", ["web", "20220305124411", "http://[::1"], "/")
@example("a.example", ["redirect?url=" * 5, "https://a.com"], "/")
def test_no_address_is_too_odd(host, parts, joint):
    url = f"https://{host}/{joint.join(parts)}"
    found = road(url)
    if found is not None and found.original is not None:
        assert is_http(found.original)
        assert canonical(found.original)
    if found is not None and found.at is not None:
        clock.parse(found.at)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<html ⚡><head><link rel="canonical" href="/story"></head></html>', "https://a.example.com/story"),
        (
            '<html amp lang="en"><head><link href="https://www.a.example.com/s" rel="CANONICAL"></head></html>',
            "https://www.a.example.com/s",
        ),
        ('<html amp><head><link rel="canonical" href="https://elsewhere.org/s"></head></html>', None),
        ('<html amp><head><link rel="canonical" href="http://[bad"></head></html>', None),
        ('<html amp><head><link rel="canonical"></head></html>', "https://a.example.com/amp/story"),
        ("<html amp></html>", None),
        ('<html><head><link rel="canonical" href="/story"></head></html>', None),
    ],
)
def test_an_amp_page_names_the_page_that_it_is_a_form_of(page, expected):
    assert form_of(html.fromstring(page), "https://a.example.com/amp/story") == expected
