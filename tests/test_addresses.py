"""Which addresses may be asked: every range of IANA's registries, every way to wrap one, every entry of the setting."""

import contextlib
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.addresses import Guard, embedded, is_special_use, parse_address, why_refused
from citekeep.exceptions import SettingsError

# https://www.iana.org/assignments/iana-ipv4-special-registry, multicast and the reserved space beside it
SPECIAL_4 = [
    "0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32",
    "192.0.0.171/32", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.88.99.2/32",
    "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
    "240.0.0.0/4", "255.255.255.255/32", "168.63.129.16/32",
]  # fmt: skip

# https://www.iana.org/assignments/iana-ipv6-special-registry, and what is not handed out for global use at all
SPECIAL_6 = [
    "::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001:1::1/128", "2001:1::2/128",
    "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28",
    "2001:30::/28", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
    "fec0::/10", "ff00::/8", "::ffff:0:0:0/96", "4000::/3", "8000::/1",
]  # fmt: skip

PUBLIC_4 = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0",
    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15",
    "168.63.129.17",
]  # fmt: skip
PUBLIC_6 = [
    "2001:200::", "2001:4860:4860::8888", "2606:4700:4700::1111", "2620:4f:7fff::", "2a00::", "3ffe::",
    "2001:db9::",
]  # fmt: skip

WRAPPED = {
    "mapped": lambda inner: IPv6Address(0xFFFF << 32 | inner),
    "compatible": lambda inner: IPv6Address(inner),
    "nat64": lambda inner: IPv6Address(int(IPv6Address("64:ff9b::")) | inner),
    "6to4": lambda inner: IPv6Address(0x2002 << 112 | inner << 80 | 0xABCD),
    "isatap": lambda inner: IPv6Address(int(IPv6Address("2a00:1450::5efe:0:0")) | inner),
    "isatap, global": lambda inner: IPv6Address(int(IPv6Address("2a00:1450::200:5efe:0:0")) | inner),
    "teredo": lambda inner: IPv6Address(0x20010000 << 96 | 0x41424344 << 64 | 0x8000EFBF << 32 | inner ^ 0xFFFFFFFF),
}


def inside(networks):
    """Return a strategy of addresses within the networks, ends included."""
    return st.sampled_from([ip_network(network) for network in networks]).flatmap(
        lambda network: st.one_of(
            st.sampled_from([network.network_address, network.broadcast_address]),
            st.integers(int(network.network_address), int(network.broadcast_address)).map(
                type(network.network_address)
            ),
        )
    )


@given(inside(SPECIAL_4))
def test_no_special_ipv4_address_is_public(address):
    assert why_refused(address)


@given(inside(SPECIAL_6))
def test_no_special_ipv6_address_is_public(address):
    assert why_refused(address)


@pytest.mark.parametrize("network", [*SPECIAL_4, *SPECIAL_6])
def test_each_range_to_its_ends(network):
    wanted = ip_network(network)
    for address in (wanted.network_address, wanted.broadcast_address):
        assert why_refused(address), address


@pytest.mark.parametrize("address", [*PUBLIC_4, *PUBLIC_6])
def test_its_neighbours_are_public(address):
    assert why_refused(ip_address(address)) is None


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_what_python_calls_private_is_refused(address):
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert why_refused(address)


@given(st.integers(0, 2**128 - 1).map(IPv6Address) | inside(["2000::/3"]))
def test_only_global_unicast_is_public(address):
    if why_refused(address) is None and embedded(address) is None:
        assert address in IPv6Network("2000::/3")
        assert not address.is_private


@pytest.mark.parametrize("form", WRAPPED)
@given(inner=st.integers(2, 2**32 - 1) | inside(SPECIAL_4).map(int).filter(lambda n: n > 1))
def test_an_address_in_an_address_is_judged_by_itself(form, inner):
    outer, inner = WRAPPED[form](inner), IPv4Address(inner)
    assert embedded(outer) == inner
    assert bool(why_refused(outer)) == bool(why_refused(inner))
    if why_refused(inner):
        assert str(inner) in why_refused(outer)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"]
)
def test_metadata_services_of_clouds_are_refused(address):
    assert Guard().refusal("metadata.example", ip_address(address), 80)


@given(st.integers(0, 65_535))
def test_only_the_ports_of_the_web(port):
    refusal = Guard().refusal("example.org", ip_address("1.1.1.1"), port)
    assert refusal == (None if port in {80, 443} else f"port {port} is not allowed")


HERE, INTRANET, PUBLIC = (ip_address(text) for text in ("127.0.0.1", "10.1.2.3", "1.1.1.1"))


@pytest.mark.parametrize(
    ("entry", "allowed", "refused"),
    [
        ("127.0.0.1", [("x", HERE, 80)], [("x", HERE, 8080), ("x", INTRANET, 80)]),
        ("10.1.0.0/16", [("x", INTRANET, 443)], [("x", HERE, 443)]),
        ("10.1.0.7/16", [("x", INTRANET, 443)], [("x", HERE, 443)]),
        ("fd00::/8", [("x", ip_address("fd00::1"), 80)], [("x", ip_address("fe80::1"), 80), ("x", INTRANET, 80)]),
        ("Wiki.Intranet.Example", [("wiki.intranet.example", INTRANET, 80), ("wiki.intranet.example.", INTRANET, 80)],
         [("www.intranet.example", INTRANET, 80), ("wiki.intranet.example", INTRANET, 81)]),
        ("*.test", [("a.test", HERE, 80), ("a.b.test", HERE, 80)], [("test", HERE, 80), ("a.test.example", HERE, 80)]),
        (":8080", [("x", PUBLIC, 8080)], [("x", HERE, 8080), ("x", PUBLIC, 8081)]),
        ("127.0.0.1:8080", [("x", HERE, 8080)], [("x", HERE, 80), ("x", INTRANET, 8080)]),
        ("[::1]:8080", [("x", ip_address("::1"), 8080)], [("x", ip_address("::1"), 80), ("x", HERE, 8080)]),
        ("::1", [("x", ip_address("::1"), 80)], [("x", ip_address("::1"), 8080)]),
        ("*.test:8443", [("a.test", HERE, 8443)], [("a.test", HERE, 443), ("b.example", HERE, 8443)]),
    ],
)  # fmt: skip
def test_what_an_entry_allows(entry, allowed, refused):
    guard = Guard.parse([f" {entry} "])
    for question in allowed:
        assert guard.refusal(*question) is None, question
    for question in refused:
        assert guard.refusal(*question), question
    assert guard.refusal("example.org", PUBLIC, 443) is None


def test_entries_add_up():
    guard = Guard.parse(["10.0.0.0/8", ":8080"])
    assert guard.refusal("x", INTRANET, 8080) is None
    assert guard.names("x") is False
    assert Guard.parse(["*.test", "a.example:81"]).names("A.Example.") is True


@pytest.mark.parametrize(
    "entry",
    ["", " ", ":", ":0", ":65536", ":123456", "a.test:", "a.test:0", "10.0.0.0/33", "10.0.0.0/8:80", "http://a.test", "a b",
     "user@a.test", "a.test/x", "8080", "192.168", "a:b:c", "[::1", "fe80::1%eth0", "[]:80"],
)  # fmt: skip
def test_a_bad_entry_is_named(entry):
    with pytest.raises(SettingsError, match="ADDRESS_GUARD_ALLOW") as raised:
        Guard.parse(["127.0.0.1", entry])
    assert repr(entry.strip()) in str(raised.value)


@given(st.text(max_size=20))
def test_any_entry_is_taken_or_named(entry):
    with contextlib.suppress(SettingsError):
        assert Guard.parse([entry]) != Guard()


@pytest.mark.parametrize(
    "host", ["test", "a.test", "A.INVALID.", "localhost", "x.onion", "printer.local", "a.home.arpa"]
)
def test_names_that_are_nowhere(host):
    assert is_special_use(host)


@pytest.mark.parametrize("host", ["example.org", "test.example", "mytest", "localhost.example", "contest", "arpa"])
def test_names_that_are_somewhere(host):
    assert not is_special_use(host)


@pytest.mark.parametrize(
    ("text", "address"),
    [("1.2.3.4", "1.2.3.4"), ("[::1]", "::1"), ("fe80::1%eth0", "fe80::1"), ("1.2.3", None), ("0x7f.1", None), ("", None),
     ("01.2.3.4", None), ("example.org", None)],
)  # fmt: skip
def test_literals(text, address):
    assert parse_address(text) == (ip_address(address) if address else None)


def test_the_lists_hold_each_other():
    """A range that is refused here is special in the registries: nothing public is refused by a slip of a mask."""
    from citekeep.addresses import REFUSED_NETWORKS

    known = [IPv4Network(network) for network in SPECIAL_4]
    assert all(any(IPv4Network(network).subnet_of(k) for k in known) for network in REFUSED_NETWORKS)
