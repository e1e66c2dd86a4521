"""What a check saw, as the judge is shown it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.items import Check, DueLink, Exchange, Extraction
from citekeep.retry_after import LONGEST
from citekeep.verdicts import observation_of, with_page
from citekeep.verdicts.network_rules import retry_after
from citekeep.verdicts.observation import BODY_LIMIT, Observation, text_of

RUSSIAN = "<html><body>Страница не найдена, вернитесь на главную</body></html>"


@pytest.mark.parametrize(
    ("body", "content_type", "encoding"),
    [
        (RUSSIAN.encode(), "text/html; charset=utf-8", None),
        (RUSSIAN.encode(), "text/html", None),
        (RUSSIAN.encode(), None, None),
        (RUSSIAN.encode("cp1251"), "text/html; charset=windows-1251", None),
        (RUSSIAN.encode("cp1251"), "text/html", None),
        (RUSSIAN.encode("cp1251"), "text/html; charset=nonsense", None),
        (RUSSIAN.encode("cp1251"), "text/html", "windows-1251"),
        (RUSSIAN.replace("<body>", "<meta charset=koi8-r><body>").encode("koi8-r"), "text/html", None),
        (b"\xff\xfe" + RUSSIAN.encode("utf-16-le"), "text/html", None),
        (b"\xef\xbb\xbf" + RUSSIAN.encode(), "text/html; charset=iso-8859-1", None),
    ],
)
def test_text_is_read_in_its_encoding(body, content_type, encoding):
    assert "Страница не найдена" in text_of(body, content_type, encoding)


def test_what_is_no_text_is_none():
    assert text_of(b"%PDF-1.7", "application/pdf") is None
    assert text_of(b"\x89PNG", None) is None


@given(st.binary(max_size=200), st.one_of(st.none(), st.text(max_size=20)), st.one_of(st.none(), st.text(max_size=12)))
def test_no_bytes_and_no_charset_break_it(body, charset, encoding):
    text_of(b"<p>" + body, f"text/html; charset={charset}", encoding)
    text_of(body, charset, encoding)


def test_a_long_body_is_cut():
    assert len(text_of(b"<p>" + b"a" * (2 * BODY_LIMIT), "text/html")) == BODY_LIMIT


def a_check(**fields):
    link = fields.pop("link", DueLink(link_id=1, url="https://a.example/x", request_url="https://a.example/x"))
    return Check(
        link=link, epoch=1, site_id=1, checked_at="2026-01-01T00:00:00Z", requested_url=link.request_url, **fields
    )  # fmt: skip


def test_hops_headers_and_faults_come_from_the_exchanges_of_the_page_alone():
    check = a_check(
        status=200,
        body=b"<p>x",
        content_type="text/html",
        exchanges=[
            Exchange(url="https://a.example/robots.txt", purpose="robots", status=200, tls={"faults": ["other"]}),
            Exchange(url="https://a.example/x", status=301, tls={"faults": ["expired"]}),
            Exchange(
                url="https://b.example/y", purpose="hop", hop=1, status=200, headers=[("Server", "x")], truncated="time"
            ),
        ],
        extraction=Extraction(outcome="ok", extractor="t", extractor_version="1", text="Text", title="Title"),
    )
    seen = with_page(observation_of(check, words=("cited",)), check.body, check.encoding, check.extraction)
    assert seen.hops == (("https://a.example/x", 301),)
    assert seen.headers == (("Server", "x"),)
    assert seen.tls_faults == ("expired",)
    assert (seen.title, seen.text, seen.words, seen.truncated) == ("Title", "Text", ("cited",), True)


def test_a_saved_document_is_one_with_or_without_an_address():
    urn = DueLink(link_id=1, url="urn:sha256:" + "0" * 64, request_url="urn:sha256:" + "0" * 64)
    given_body = DueLink(
        link_id=1, url="https://a.example/", request_url="https://a.example/", local_body=b"x", local_type="text"
    )
    assert observation_of(a_check(link=urn)).saved_document
    assert observation_of(a_check(link=given_body)).saved_document
    assert not observation_of(a_check()).saved_document


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("Retry-After", "120")], 120),
        ([("Retry-After", "Wed, 21 Oct 2026 07:30:00 GMT"), ("Date", "Wed, 21 Oct 2026 07:28:00 GMT")], 120),
        ([("Retry-After", "Wed, 21 Oct 2026 07:20:00 GMT"), ("Date", "Wed, 21 Oct 2026 07:28:00 GMT")], 0),
        ([("Retry-After", "Wed, 21 Oct 2026 07:20:00 GMT")], None),
        ([("Retry-After", "soon")], None),
        ([("Retry-After", "-5")], None),
        ([("Retry-After", "9" * 50)], LONGEST),
        ([], None),
    ],
)
def test_how_long_a_server_asks_us_to_wait(headers, seconds):
    assert retry_after(Observation(requested_url="https://a.example/", headers=tuple(headers))) == seconds
