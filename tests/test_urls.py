"""URLs: the key, the wire form, sites, and what is withheld."""

import contextlib
import gzip
import json
import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from twisted.web.client import URI, _ensureValidURI

from citekeep import urls
from citekeep.exceptions import InputError
from citekeep.url_rules import WITHHELD_RULES

KEYS = [
    ("HTTP://Example.COM:80/a/./b/../c?b=2&utm_source=x&a=1#f", "http://example.com/a/c?b=2&a=1"),
    ("https://example.com", "https://example.com/"),
    ("https://example.com.", "https://example.com/"),
    ("https://example.com/?", "https://example.com/"),
    ("https://example.com:443/", "https://example.com/"),
    ("https://example.com:8443/", "https://example.com:8443/"),
    ("https://example.com:/x", "https://example.com/x"),
    ("https://пример.рф/путь?q=ё", "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C?q=%D1%91"),
    ("https://ПРИМЕР.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
    ("http://example.com/%7efoo%2fbar", "http://example.com/~foo%2Fbar"),
    ("http://example.com/100%", "http://example.com/100%"),
    ("http://example.com/100%25", "http://example.com/100%25"),
    ("http://example.com/%zz%7e", "http://example.com/%zz~"),
    ("http://example.com/%%34%31", "http://example.com/%%34%31"),
    ("http://example.com/%4%31%31", "http://example.com/%4%311"),
    ("https://en.wikipedia.org/wiki/Bee?wprov=sfla1", "https://en.wikipedia.org/wiki/Bee"),
    ("http://example.com/a//b/", "http://example.com/a//b/"),
    ("http://example.com/%2e%2E/a", "http://example.com/a"),
    ("http://example.com/a/..", "http://example.com/"),
    ("http://example.com/a b|c", "http://example.com/a%20b%7Cc"),
    ("http://example.com/?fbclid=1&gclid=2", "http://example.com/"),
    ("http://example.com/?UTM_Source=1&id=%41", "http://example.com/?id=A"),
    ("https://www.youtube.com/watch?v=abc&si=def", "https://www.youtube.com/watch?v=abc"),
    ("https://example.com/watch?v=abc&si=def", "https://example.com/watch?v=abc&si=def"),
    ("http:\\\\example.com\\a", "http://example.com/a"),
    ("  http://exam\nple.com/a\t ", "http://example.com/a"),
    ("http://0x7f.1/", "http://127.0.0.1/"),
    ("http://2130706433/", "http://127.0.0.1/"),
    ("http://[2001:DB8:0::1]:80/", "http://[2001:db8::1]/"),
    ("http://user:pass@example.com/", "http://user:pass@example.com/"),
]

UNUSABLE = [
    "", " ", "http://", "http:///", "https://?q", "ftp://example.com/", "mailto:a@example.com", "javascript:alert(1)",
    "example.com", "/relative", "http://a b/", "http://a..b/", "http://example.com:99999/", "http://example.com:x/",
    "http://[::1/", "http://[::g]/", "http://[fe80::1%25eth0]/", "http://1.2.3.4.5/", "http://256.1.1.1/",
    "http://exa<mple.com/", "http://" + "a" * 64 + ".com/", "http://" + "a." * 130 + "com/",
    "http://example.com/" + "a" * urls.MAX_LENGTH, "urn:sha256:0", "http://%00/", "http://\ud800.com/",
]  # fmt: skip


@pytest.mark.parametrize(("url", "key"), KEYS)
def test_the_key_of_a_url(url, key):
    assert urls.canonical(url) == key
    assert urls.canonical(key) == key


@pytest.mark.parametrize("url", UNUSABLE)
def test_what_is_no_url_is_an_input_error_of_one_sentence(url):
    for function in (urls.canonical, urls.request_form, urls.site_of, urls.host_of, urls.origin_of, urls.parse_input):
        if function is urls.parse_input and url == "example.com":
            continue
        with pytest.raises(InputError) as caught:
            function(url)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300
    assert not urls.is_http(url)
    assert urls.withheld(url) is None


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("https://Example.com/A%7eb/../c?x={y}|z^#part", "https://example.com/A%7eb/../c?x={y}|z^"),
        ("https://example.com/a b\u00a0c", "https://example.com/a%20b%C2%A0c"),
        ("https://example.com/?q=ё 1", "https://example.com/?q=%D1%91%201"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.com?q", "https://example.com/?q"),
        ("https://example.com:443/", "https://example.com:443/"),
        ("https://example.com/a?utm_source=b", "https://example.com/a?utm_source=b"),
        ("https://example.com/\ud800", "https://example.com/%EF%BF%BD"),
        ("https://example.com/100%", "https://example.com/100%"),
    ],
)
def test_the_wire_form_is_as_written_but_for_what_cannot_go_over_the_wire(url, wire):
    assert urls.request_form(url) == (wire, True)


@pytest.mark.parametrize(
    ("url", "site", "host", "origin"),
    [
        ("https://news.bbc.co.uk/1", "bbc.co.uk", "news.bbc.co.uk", "https://news.bbc.co.uk"),
        ("http://name.github.io:8080/", "name.github.io", "name.github.io", "http://name.github.io:8080"),
        ("http://localhost/", "localhost", "localhost", "http://localhost"),
        ("http://www.znak.test/", "znak.test", "www.znak.test", "http://www.znak.test"),
        ("http://127.0.0.1:80/", "127.0.0.1", "127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:81/", "::1", "::1", "http://[::1]:81"),
        ("https://почта.пример.рф/", "xn--e1afmkfd.xn--p1ai", "xn--80a1acny.xn--e1afmkfd.xn--p1ai", None),
        (urls.urn_of(b"x"), "local", "local", "local"),
    ],
)
def test_site_host_and_origin(url, site, host, origin):
    assert urls.site_of(url) == site
    assert urls.host_of(url) == host
    assert origin is None or urls.origin_of(url) == origin


def test_a_document_without_url_passes_through():
    urn = urls.urn_of(b"text")
    assert re.fullmatch(r"urn:sha256:[0-9a-f]{64}", urn)
    assert urls.canonical(urn) == urn
    assert urls.request_form(urn) == (urn, False)
    assert urls.withheld(urn) is None
    assert not urls.is_http(urn)


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("example.com", "https://example.com"),
        ("example.com:8080/a?b#c", "https://example.com:8080/a?b#c"),
        ("пример.рф/статья", "https://пример.рф/статья"),
        (" <https://example.com/a> ", "https://example.com/a"),
        ("http://localhost:8000/", "http://localhost:8000/"),
    ],
)
def test_what_a_person_types(line, url):
    assert urls.parse_input(line) == url


@pytest.mark.parametrize(
    "line", ["localhost", "article.txt", "two words.com", "a@b", "-", "https://a.com https://b.com"]
)
def test_what_a_person_types_in_error(line):
    with pytest.raises(InputError):
        urls.parse_input(line)


SECRET = [
    "https://user:pass@example.com/", "https://user@example.com/",
    "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=A&X-Amz-Signature=abc", "https://example.com/r?token=abcdef123",
    "https://example.com/users/password/edit?reset_password_token=abcdefgh12345678", "https://example.com/?auth=abcdef12",
    "https://example.com/x;jsessionid=ABCDEF1234567890",
    "https://example.com/?password_reset_token=abcdef12", "https://example.com/?pass_token=abcdef12",
    "https://example.com/?access%5Ftoken=abcdef123", "https://discord.gg/abcdef", "https://t.me/+AbCdEf",
    "https://t.me/joinchat/AAAA", "https://acc.blob.core.windows.net/c/b?sv=2020&sig=" + "A" * 43 + "%3D",
    "https://zoom.us/j/123456789?pwd=abcdefgh", "https://chat.whatsapp.com/AbC123", "https://we.tl/t-abc",
    "https://example.com/?k=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.abc", "https://example.com/reset-password/0123456789abcdef",
    "https://co.sharepoint.com/:w:/g/abc", "https://example.com/?key=3f1c9b7a5d2e4f608192a3b4c5d6e7f8",
]  # fmt: skip
ACTING = [
    "https://example.com/unsubscribe", "https://example.com/users/logout.php", "https://example.com/?action=delete&id=3",
    "https://x.us1.list-manage.com/unsubscribe?u=1", "https://example.com/?do=logout", "https://example.com/sign_out/",
    "https://wiki.example.com/w/index.php?title=A&action=rollback", "https://example.com/confirm/0123456789abcdef0",
    "https://shop.example.com/?add-to-cart=12", "https://example.com/account/delete", "https://example.com/users/12/delete/",
    "https://example.com/wp-login.php?action=rp&key=abcdefghij&login=me",
]  # fmt: skip
PLAIN = [
    "https://example.com/news/how-to-unsubscribe-from-everything", "https://example.com/2022/01/12/token-of-love",
    "https://example.com/delete-facebook-movement", "https://example.com/story?id=12&page=2", "https://example.com/?code=uk",
    "https://t.me/durov/12", "https://t.me/s/durov", "https://example.com/password-managers-compared",
    "https://example.com/logout-day-2020-history", "https://example.com/a-1234567890abcdef1234567890abcdef",
    "https://example.com/help/how-users-delete-things", "https://example.com/news/;semicolon=story",
    "https://docs.example.com/api/token", "https://example.com/?signature-dish=pasta", "https://example.com/confirm-or-deny",
    "https://en.wikipedia.org/w/index.php?title=X&action=edit", "https://www.dropbox.com/s/abc/file.pdf",
    "https://example.com/invitation-to-the-blues", "https://example.com/?hash=top", "https://example.com/verify/facts",
]  # fmt: skip


@pytest.mark.parametrize("url", SECRET)
def test_what_looks_secret_is_withheld(url):
    assert urls.withheld(url) == "looks_secret"


@pytest.mark.parametrize("url", ACTING)
def test_what_acts_on_get_is_withheld(url):
    assert urls.withheld(url) == "acts_on_get"


@pytest.mark.parametrize("url", PLAIN)
def test_ordinary_pages_are_not_withheld(url):
    assert urls.withheld_rule(url) is None


def test_every_rule_has_a_reason_and_one_name():
    assert len({rule.name for rule in WITHHELD_RULES}) == len(WITHHELD_RULES)
    assert all(rule.why and rule.reason in {"looks_secret", "acts_on_get"} for rule in WITHHELD_RULES)


DEVSET = os.environ.get("CITEKEEP_DEVSET", "")


@pytest.mark.skipif(not DEVSET, reason="CITEKEEP_DEVSET names no folder of real pages with known answers")
def test_links_of_real_pages_are_usable_and_few_are_withheld():
    data = Path(DEVSET)
    hrefs = set()
    for page in (data / "pages").rglob("*.html.gz"):
        html = gzip.decompress(page.read_bytes()).decode("utf-8", "replace")
        hrefs.update(re.findall(r"href=[\"'](https?://[^\"'<>]+)", html))
    hrefs.update(
        link["url"] for page in json.loads((data / "links.json").read_text()).values() for link in page["links"]
    )
    assert len(hrefs) > 1000
    held = [url for url in hrefs if urls.withheld(url)]
    assert len(held) < len(hrefs) * 0.005, held


# --- properties ---

_pieces = st.sampled_from(
    ["http", "https", "://", ":", "/", "//", "\\", "?", "#", "@", "[", "]", "::1", "%", "%2", "%2e", "%41", "..", ".",
     "a", "B", "ё", "\ud800", " ", "\n", "xn--", "example.com", "&", "=", "utm_x", "1", "0x", "256", "|", "\0", "😀"]
)  # fmt: skip
texts = st.one_of(st.text(max_size=60), st.lists(_pieces, max_size=14).map("".join))
likely = st.builds(
    lambda scheme, host, rest: f"{scheme}://{host}{rest}",
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(
        ["example.com", "пример.рф", "a.b.co.uk.", "u:p@example.com", "1.2.3.4", "[::1]:8080", "x:80", "faß.de"]
    ),
    st.lists(_pieces, max_size=12).map(lambda parts: "/" + "".join(parts)),
)


@given(st.one_of(texts, likely))
def test_any_text_is_a_url_or_an_input_error(text):
    functions = (urls.canonical, urls.request_form, urls.site_of, urls.origin_of, urls.host_of, urls.parse_input)
    for function in functions:
        with contextlib.suppress(InputError):
            function(text)
    assert urls.is_http(text) in {True, False}
    assert urls.withheld(text) in {None, "looks_secret", "acts_on_get"}


@given(likely)
def test_the_key_is_idempotent_and_the_wire_form_has_the_same(url):
    if not urls.is_http(url):
        return
    key = urls.canonical(url)
    wire, verbatim = urls.request_form(url)
    assert verbatim
    assert urls.canonical(key) == key
    assert urls.canonical(wire) == key
    assert urls.request_form(wire)[0] == wire
    assert urls.request_form(key)[0] == key
    assert urls.host_of(wire) == urls.host_of(key)
    assert urls.origin_of(wire) == urls.origin_of(key)


@given(likely)
def test_scrapy_and_twisted_take_the_wire_form_as_it_is(url):
    if not urls.is_http(url):
        return
    wire, _ = urls.request_form(url)
    request = Request(wire, meta={"verbatim_url": True})
    assert request.url == wire
    raw = _ensureValidURI(wire.encode("ascii"))
    parsed = URI.fromBytes(raw)
    assert parsed.host
    assert 0 < parsed.port < 65_536
    assert parsed.originForm.startswith(b"/")


@given(st.text(alphabet="%%%0149aAfFgZ~é/.", max_size=12))
def test_percent_signs_that_encode_nothing_stay_and_what_is_encoded_keeps_its_meaning(rest):
    key = urls.canonical(f"http://example.com/q?{rest}")
    assert urls.canonical(key) == key
    assert urls.canonical(urls.request_form(f"http://example.com/q?{rest}")[0]) == key
    assert unquote_to_bytes(key) == unquote_to_bytes(f"http://example.com/q?{rest}" if rest else "http://example.com/q")
