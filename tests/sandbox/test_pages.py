"""Pages from a directory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.http import Request
from sandbox.pages import Pages


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    (folder / "secret.json").write_text('{"location": "http://elsewhere.test/"}')
    (folder / "secret.txt").write_text("secret")
    site = folder / "a.test"
    (site / "news").mkdir(parents=True)
    (site / "index.html").write_text("front")
    (site / "news" / "one.html").write_text("one")
    (site / "news" / "one.json").write_text('{"status": 403, "reason": "No", "headers": [["X-One", "1"]]}')
    (site / "news" / "old.json").write_text('{"status": 308, "location": "/news/one"}')
    (site / "404.html").write_text("missing")
    (site / "_host.json").write_text('{"https_only": true, "missing": "404.html"}')
    return Pages(folder)


def ask(pages, target, scheme="https", host="a.test"):
    return pages.answer(Request(method="GET", target=target, host=host, scheme=scheme))


def test_a_path_is_a_file_with_or_without_its_ending(pages):
    assert ask(pages, "/").body == b"front"
    assert ask(pages, "/news/one").body == ask(pages, "/news/one.html").body == b"one"
    assert ask(pages, "/news/one?x=1").body == b"one"


def test_the_json_beside_a_page_sets_status_and_headers(pages):
    response = ask(pages, "/news/one")
    assert (response.status, response.reason) == (403, "No")
    assert response.headers == [("Content-Type", "text/html; charset=utf-8"), ("X-One", "1")]


def test_a_json_alone_is_a_redirect(pages):
    response = ask(pages, "/news/old")
    assert response.status == 308
    assert ("Location", "/news/one") in response.headers


def test_https_only_and_missing_hold_for_the_host(pages):
    assert ("Location", "https://a.test/news/one?x=1") in ask(pages, "/news/one?x=1", scheme="http").headers
    missing = ask(pages, "/nothing")
    assert (missing.status, missing.body) == (404, b"missing")


@given(st.text(max_size=60) | st.sampled_from(["../secret.txt", "%2e%2e/secret.txt", "../secret", "_host.json"]))
def test_no_path_leads_out_of_a_host(pages, path):
    response = ask(pages, f"/{path}")
    assert response.body in {b"front", b"one", b"missing", b"<p>This page has moved.</p>\n"}
    assert not any("elsewhere" in value for _, value in response.headers)


def test_a_path_too_long_for_a_file_is_missing(pages):
    assert ask(pages, "/" + "x" * 5000).status == 404
