"""The DNS server, over UDP and TCP."""

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import dns as ours
from sandbox.dns import DnsServer


@pytest.fixture(scope="module")
def ask(sandbox):
    def ask(name, kind="A", over=dns.query.udp):
        return over(dns.message.make_query(name, kind), "127.0.0.1", port=sandbox.dns.port, timeout=2)

    return ask


@pytest.mark.parametrize("over", [dns.query.udp, dns.query.tcp])
def test_hosts_of_the_sandbox_are_here(ask, over):
    for name in ("www.volga-observer.test", "WWW.Volga-Observer.TEST", "ok.test"):
        (rrset,) = ask(name, over=over).answer
        assert [item.to_text() for item in rrset] == ["127.0.0.1"]


def test_a_host_of_ipv4_alone_has_no_aaaa(ask):
    answer = ask("ok.test", "AAAA")
    assert answer.rcode() == dns.rcode.NOERROR
    assert not answer.answer
    assert [item.to_text() for item in ask("loopback.test", "AAAA").answer[0]] == ["::1"]


def test_unknown_names_do_not_exist_and_those_of_others_are_refused(ask):
    assert ask("www.uralwire.test").rcode() == dns.rcode.NXDOMAIN
    for name in ("example.com", "web.archive.org", "test.com", "."):
        assert ask(name).rcode() == dns.rcode.REFUSED


def test_a_long_answer_comes_over_tcp(ask):
    assert ask("many-addresses.test").flags & dns.flags.TC
    assert len(ask("many-addresses.test", over=dns.query.tcp).answer[0]) == 60


@given(st.binary(max_size=200))
def test_no_bytes_break_it(wire):
    answer = DnsServer(lambda name: ours.HERE).answer(wire, limit=512)
    assert answer is None or len(answer) <= 512
