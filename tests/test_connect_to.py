"""CONNECT_TO and DNS_SERVERS: what they mean, and that a slip is named."""

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.connect_to import ConnectTo, parse_servers
from citekeep.exceptions import SettingsError

LOOPBACK = ip_address("127.0.0.1")


@pytest.mark.parametrize(
    ("rule", "target", "question", "answer"),
    [
        ("a.test", "127.0.0.1", ("a.test", 443), (LOOPBACK, 443)),
        ("a.test", "127.0.0.1:8443", ("a.test", 443), (LOOPBACK, 8443)),
        ("a.test:443", "127.0.0.1:8443", ("a.test", 443), (LOOPBACK, 8443)),
        ("a.test:443", "127.0.0.1:8443", ("a.test", 80), None),
        ("A.Test", "127.0.0.1", ("a.TEST.", 80), (LOOPBACK, 80)),
        ("*.test", "127.0.0.1", ("b.a.test", 80), (LOOPBACK, 80)),
        ("*.test", "127.0.0.1", ("test", 80), None),
        ("*", "127.0.0.1:1", ("example.org", 80), (LOOPBACK, 1)),
        ("a.test", "[::1]:81", ("a.test", 80), (ip_address("::1"), 81)),
        ("a.test", "::1", ("a.test", 80), (ip_address("::1"), 80)),
        ("[::1]:80", "127.0.0.1:81", ("::1", 80), (LOOPBACK, 81)),
        ("::1", "127.0.0.1", ("::1", 80), (LOOPBACK, 80)),
        ("a.test", "127.0.0.1", ("b.test", 80), None),
    ],
)
def test_what_a_rule_says(rule, target, question, answer):
    assert ConnectTo.parse({rule: target}).find(*question) == answer


def test_the_first_rule_that_fits_decides():
    rules = ConnectTo.parse({"a.test": "127.0.0.2", "*.test": "127.0.0.3", "*": "127.0.0.4"})
    assert [str(rules.find(host, 80)[0]) for host in ("a.test", "b.test", "c.example")] == [
        "127.0.0.2",
        "127.0.0.3",
        "127.0.0.4",
    ]


@pytest.mark.parametrize(
    ("rule", "target", "named"),
    [
        ("a.test", "b.test", "b.test"),
        ("a.test", "", ""),
        ("a.test", "127.0.0.1:0", "127.0.0.1:0"),
        ("a.test", "127.0.0.1:65536", "127.0.0.1:65536"),
        ("a.test", "127.0.0.1:http", "127.0.0.1:http"),
        ("a.test", "127.0.0.1:٣", "127.0.0.1:٣"),
        ("a.test", "127.0.0.1:²", "127.0.0.1:²"),
        ("a.test:", "127.0.0.1", "a.test:"),
        ("", "127.0.0.1", ""),
        (":80", "127.0.0.1", ":80"),
    ],
)
def test_a_malformed_rule_is_named(rule, target, named):
    with pytest.raises(SettingsError, match="CONNECT_TO") as raised:
        ConnectTo.parse({rule: target})
    assert repr(named) in str(raised.value)


def test_servers_of_dns():
    assert parse_servers(["9.9.9.9", " 127.0.0.1:5353 ", "[::1]:54", "::1"]) == [
        ("9.9.9.9", 53), ("127.0.0.1", 5353), ("::1", 54), ("::1", 53),
    ]  # fmt: skip


@pytest.mark.parametrize("server", ["", "dns.example", "9.9.9.9:", "9.9.9.9:99999", ":53", "9.9.9"])
def test_a_server_that_is_none_is_named(server):
    with pytest.raises(SettingsError, match="DNS_SERVERS"):
        parse_servers([server])


@given(st.text(max_size=12), st.text(max_size=12) | st.just("127.0.0.1:80"))
def test_any_setting_is_taken_or_named(rule, target):
    with contextlib.suppress(SettingsError):
        assert len(ConnectTo.parse({rule: target}).rules) == 1
    with contextlib.suppress(SettingsError):
        ((_, port),) = parse_servers([target])
        assert 0 < port < 65_536
