"""URLs and hosts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings

from citekeep.addresses import Guard, is_special_use, parse_address, why_refused
from citekeep.connect_to import ConnectTo
from citekeep.exceptions import InputError, NotAskedError
from citekeep.urls import (
    canonical,
    host_of,
    is_http,
    is_urn,
    origin_of,
    parse_input,
    request_form,
    site_of,
    withheld,
    withheld_rule,
)
from citekeep.warc.sort_key import sort_key
from downloadermiddlewares.record_hops import RecordHopsMiddleware
from fuzz.bytes_as import fields, text
from resolver import ascii_host

_GUARD = Guard.parse(["*.allowed.test", "10.1.0.0/16", ":8080"])
_MAP = ConnectTo.parse({"*.mapped.test:443": "127.0.0.1:8443"})


def url(data: bytes) -> None:
    """The forms of a URL are total and idempotent, and what is asked is the page that the key names."""
    given = text(data)
    assert (withheld_rule(given) is None) == (withheld(given) is None)
    try:
        key = canonical(given)
    except InputError:
        assert not is_http(given)
        return
    sent, verbatim = request_form(given)
    assert canonical(key) == key
    assert request_form(sent) == (sent, verbatim)
    assert canonical(sent) == key
    assert sent.isascii()
    assert " " not in sent
    assert "#" not in sent
    assert host_of(sent) == host_of(given)
    assert host_of(given).endswith(site_of(given)) or is_urn(given)
    assert is_urn(given) or origin_of(origin_of(sent)) == origin_of(given)
    if withheld(given) is not None:
        assert withheld(sent) == withheld(given)


def sort_key_of(data: bytes) -> None:
    """The key of an index is one line without a space, for any text."""
    key = sort_key(data.decode("utf-8", "replace"))
    assert not {" ", "\n", "\r"} & set(key)


def host(data: bytes) -> None:
    """Any host is refused, mapped or asked of DNS; none that is an address gets past the guard by its spelling."""
    name = ascii_host(text(data))
    is_special_use(name)
    _MAP.find(name, 443)
    address = parse_address(name)
    if address is not None:
        refusal = _GUARD.refusal(name, address, 443)
        assert refusal is not None or why_refused(address) is None or _GUARD.refusal("x.test", address, 443) is None
    try:
        seen = host_of(f"http://{text(data)}/")
    except InputError:
        return
    read = parse_address(seen)
    assert read is None or str(read) == seen


_HOPS = RecordHopsMiddleware(Settings({"REDIRECT_MAX_TIMES": 10}))
_HOPS.crawler = cast("Any", SimpleNamespace(spider=None))


def redirect(data: bytes) -> None:
    """A Location leads on to a usable URL without a password, is flagged, or is withheld."""
    page, location = fields(data, 2)
    start = f"https://example.org/{page.decode('latin-1')}"
    try:
        asked = request_form(start)[0]
    except InputError:
        return
    request = Request(asked, meta={"exchanges": [], "verbatim_url": True})
    response = Response(asked, status=302, headers={"Location": location.replace(b"\n", b" ")})
    try:
        onward = _HOPS.process_response(request, response)
    except NotAskedError:
        return
    if isinstance(onward, Request):
        assert is_http(onward.url)
        assert withheld(onward.url) is None
        assert request_form(onward.url)[0] == onward.url
    else:
        assert onward.flags or not location.strip()


def typed(data: bytes) -> None:
    """What a person types is a URL or one sentence."""
    try:
        given = parse_input(text(data))
    except InputError as error:
        assert "\n" not in str(error)
        return
    assert is_http(given)
