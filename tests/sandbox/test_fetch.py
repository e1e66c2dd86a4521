"""The sandbox's web as the stand-in Wayback Machine sees it."""

import pytest

from sandbox.failures import FAILURES
from sandbox.fetch import FetchFailedError, fetch


def get(sandbox, url):
    return sandbox.call(fetch(sandbox.web, url))


@pytest.mark.parametrize("failure", [f for f in FAILURES if f.recorded.error], ids=lambda failure: failure.host)
def test_a_host_that_fails_gives_no_page(sandbox, failure):
    with pytest.raises(FetchFailedError) as caught:
        get(sandbox, failure.url)
    assert caught.value.error == failure.recorded.error


@pytest.mark.parametrize("code", [404, 451, 503])
def test_an_error_page_is_a_page(sandbox, code):
    assert get(sandbox, f"http://status-{code}.test/page").status == code


def test_redirects_are_followed_and_kept(sandbox):
    page = get(sandbox, "http://moved-301.test/page")
    assert (page.final_url, page.status) == ("http://moved-301.test/moved", 200)
    assert page.hops == (("http://moved-301.test/page", 301, "/moved"),)
    with pytest.raises(FetchFailedError, match="too_many_redirects"):
        get(sandbox, "http://loop.test/page")


@pytest.mark.parametrize("url", ["http://unheard-of.test/", "http://inside.test/page", "http:///x", "nonsense"])
def test_what_cannot_be_asked_gives_no_page(sandbox, url):
    with pytest.raises(FetchFailedError):
        get(sandbox, url)


def test_the_missing_intermediate_can_be_had(sandbox):
    page = get(sandbox, "http://certificates.test/intermediate.der")
    assert page.headers == [("Content-Type", "application/pkix-cert")]
    assert page.body.startswith(b"\x30\x82")


def test_the_bundle_holds_our_authority_and_those_of_this_machine(sandbox):
    bundle = sandbox.ca_bundle.read_bytes()
    assert bundle.startswith(sandbox.certificates.authority.cert_pem.bytes())
    assert bundle.count(b"BEGIN CERTIFICATE") > 50
    assert sandbox.certificates.untrusted.cert_pem.bytes() not in bundle
