"""The resolver against a real DNS server: what it hands on, what it keeps back, and what it notes of the reason."""

import asyncio
import socket
from types import SimpleNamespace

import dns.rcode
import pytest
from scrapy.settings import Settings
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface.verify import verifyObject

from citekeep.exceptions import SettingsError
from resolver import OUTCOMES_KEPT, Resolver, ascii_host
from sandbox import dns as ours
from sandbox.dns import Answer, DnsServer

ZONE = {
    "here.test": ours.HERE,
    "both.test": Answer(addresses=("127.0.0.1", "::1")),
    "mixed.test": Answer(addresses=("10.0.0.1", "127.0.0.1", "169.254.169.254")),
    "inside.test": Answer(addresses=("10.0.0.1", "fd00::1")),
    "wrapped.test": Answer(addresses=("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::")),
    "empty.test": ours.NO_ADDRESS,
    "failing.test": ours.SERVER_FAILURE,
    "refusing.test": ours.NOT_OURS,
    "silent.test": ours.SILENCE,
    "garbage.test": ours.GARBAGE,
    "xn--bcher-kva.test": ours.HERE,
    "under_score.test": ours.HERE,
    "odd.test": Answer(addresses=(), rcode=dns.rcode.FORMERR),
}


class Receiver:
    """Twisted's side of a question."""

    def __init__(self):
        self.found = []
        self.done = asyncio.Event()

    def resolutionBegan(self, resolution):
        self.resolution = resolution

    def addressResolved(self, address):
        self.found.append((address.host, address.port))
        assert isinstance(address, IPv6Address if ":" in address.host else IPv4Address)

    def resolutionComplete(self):
        assert not self.done.is_set(), "complete only once"
        self.done.set()


def make(**settings):
    return Resolver.from_crawler(SimpleNamespace(settings=Settings(settings)), None)


@pytest.fixture
async def server():
    running = DnsServer(lambda name: ZONE.get(name, ours.NO_SUCH_NAME))
    await running.start()
    yield running
    await running.close()


@pytest.fixture
def resolver(server):
    # "*.test:7": names of .test may be asked, and nothing else is allowed by it on the ports that are used here.
    return make(
        DNS_SERVERS=[f"127.0.0.1:{server.port}"], DNS_TIMEOUT=0.6, ADDRESS_GUARD_ALLOW=["127.0.0.1", "::1", "*.test:7"]
    )


async def ask(resolver, host, port=80):
    receiver = Receiver()
    resolver.resolveHostName(receiver, host, port)
    await asyncio.wait_for(receiver.done.wait(), 5)
    return receiver.found, resolver.outcomes[ascii_host(host)]


# --- names ---


async def test_a_name_becomes_its_addresses(resolver):
    found, outcome = await ask(resolver, "here.test", 443)
    assert found == [("127.0.0.1", 443)]
    assert outcome.outcome == "ok"
    assert outcome.facts() == {
        "outcome": "ok", "nameserver": "own network", "ttl": ours.TTL, "addresses": ["127.0.0.1"], "refused": {},
    }  # fmt: skip
    assert 0 <= outcome.ms < 5_000


async def test_both_families_are_asked(resolver):
    found, outcome = await ask(resolver, "both.test")
    assert sorted(outcome.addresses) == ["127.0.0.1", "::1"]
    assert ("127.0.0.1", 80) in found
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("::1", 80))
        except OSError:
            return  # this machine has no IPv6: its address is left out
    assert ("::1", 80) in found


@pytest.mark.parametrize("host", ["xn--bcher-kva.test", "bücher.test", "BÜCHER.test", "under_score.test", "HERE.TEST."])
async def test_unusual_spellings_are_found(resolver, host):
    assert (await ask(resolver, host))[0] == [("127.0.0.1", 80)]


@pytest.mark.parametrize(
    ("host", "outcome"),
    [
        ("nowhere.test", "nxdomain"),
        ("empty.test", "no_address"),
        ("failing.test", "dns_failed"),
        ("refusing.test", "dns_failed"),
        ("odd.test", "dns_failed"),
        ("example.org", "dns_failed"),
        ("silent.test", "timeout"),
        (f"{'a' * 64}.test", "nxdomain"),
        ("a..test", "nxdomain"),
    ],
)
async def test_each_way_of_no_answer_has_its_name(resolver, host, outcome):
    found, kept = await ask(resolver, host)
    assert (found, kept.outcome, kept.addresses) == ([], outcome, [])


async def test_what_is_no_dns_message_is_no_answer(resolver):
    found, kept = await ask(resolver, "garbage.test")
    assert found == []
    assert kept.outcome in {"dns_failed", "timeout"}


async def test_it_is_our_own_failure_where_no_resolver_can_be_reached():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    resolver = make(DNS_SERVERS=[f"127.0.0.1:{port}"], DNS_TIMEOUT=0.4, ADDRESS_GUARD_ALLOW=["*.test:7"])
    assert (await ask(resolver, "here.test"))[1].outcome == "local"


# --- the guard ---


async def test_only_what_the_guard_lets_through_is_handed_on(resolver):
    found, outcome = await ask(resolver, "mixed.test")
    assert found == [("127.0.0.1", 80)]
    assert outcome.outcome == "ok"
    assert sorted(outcome.refused) == ["10.0.0.1", "169.254.169.254"]


@pytest.mark.parametrize(
    "host", ["inside.test", "wrapped.test", "10.0.0.1", "::ffff:10.0.0.1", "169.254.169.254", "fe80::1"]
)
async def test_a_host_with_no_other_address_is_refused(resolver, host):
    found, outcome = await ask(resolver, host)
    assert (found, outcome.outcome) == ([], "refused")
    assert sorted(outcome.refused) == sorted(outcome.addresses) != []


async def test_other_ports_are_refused(resolver):
    found, outcome = await ask(resolver, "here.test", 22)
    assert (found, outcome.outcome) == ([], "refused")
    assert "port 22" in outcome.refused["127.0.0.1"]


async def test_each_answer_is_judged_anew(resolver, monkeypatch):
    seen = []
    for address in ("127.0.0.1", "10.0.0.1", "127.0.0.1"):
        monkeypatch.setitem(ZONE, "rebinds.test", Answer(addresses=(address,)))
        found, outcome = await ask(resolver, "rebinds.test")
        seen.append((found, outcome.outcome))
    assert seen == [([("127.0.0.1", 80)], "ok"), ([], "refused"), ([("127.0.0.1", 80)], "ok")]


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("1.1.1.1", "1.1.1.1")])
async def test_literals_are_judged_and_not_asked_for(host, address):
    resolver = make(DNS_SERVERS=["127.0.0.1:9"], ADDRESS_GUARD_ALLOW=["127.0.0.1", "::1"])
    found, outcome = await ask(resolver, host, 443)
    assert (found, outcome.outcome) == ([(address, 443)], "literal")


# --- names that are nowhere, and maps ---


@pytest.mark.parametrize(
    "host", ["a.test", "a.invalid", "localhost", "a.localhost", "a.onion", "intranet", "2130706433"]
)
async def test_names_on_no_public_network_are_not_asked_for(host):
    found, outcome = await ask(make(DNS_SERVERS=["127.0.0.1:9"]), host)
    assert (found, outcome.outcome) == ([], "special_use_name")


async def test_a_map_decides_before_dns_and_the_guard_after_it():
    resolver = make(
        DNS_SERVERS=["127.0.0.1:9"],
        CONNECT_TO={"a.test:443": "127.0.0.1:8443", "*.test": "127.0.0.1:8080", "b.example": "10.0.0.1"},
        ADDRESS_GUARD_ALLOW=["127.0.0.1:8443", "127.0.0.1:8080"],
    )
    assert await ask(resolver, "a.test", 443) == ([("127.0.0.1", 8443)], resolver.outcomes["a.test"])
    assert resolver.outcomes["a.test"].outcome == "mapped"
    assert (await ask(resolver, "a.test", 80))[0] == [("127.0.0.1", 8080)]
    assert (await ask(resolver, "b.example"))[1].outcome == "refused"


async def test_settings_that_cannot_be_used_are_named():
    for name, value in (
        ("CONNECT_TO", {"a.test": "b.test"}),
        ("ADDRESS_GUARD_ALLOW", ["10.0.0.0/99"]),
        ("DNS_SERVERS", ["dns"]),
    ):
        with pytest.raises(SettingsError, match=name):
            make(**{name: value})


# --- what is kept ---


async def test_what_is_kept_has_a_bound():
    resolver = make(DNS_SERVERS=["127.0.0.1:9"])
    for number in range(OUTCOMES_KEPT + 10):
        receiver = Receiver()
        resolver.resolveHostName(receiver, f"host{number}.invalid", 80)
    await receiver.done.wait()
    assert len(resolver.outcomes) == OUTCOMES_KEPT


async def test_a_question_that_is_given_up_ends(resolver):
    receiver = Receiver()
    resolution = resolver.resolveHostName(receiver, "silent.test", 80)
    await asyncio.sleep(0)
    resolution.cancel()
    await asyncio.wait_for(receiver.done.wait(), 1)
    assert resolver.outcomes["silent.test"].outcome == "timeout"


async def test_nothing_unforeseen_leaves_a_question_open(resolver, monkeypatch, caplog):
    async def fails(host):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(resolver.names, "ask", fails)
    found, outcome = await ask(resolver, "here.test")
    assert (found, outcome.outcome) == ([], "dns_failed")
    assert "here.test" in caplog.text


def test_it_is_what_twisted_wants():
    verifyObject(IHostnameResolver, make())
