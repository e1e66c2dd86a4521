"""Which addresses may be asked: our own list of what is public, and the exceptions a setting names.

Python's ``ipaddress.is_global`` differs between versions and passes forms that lead inside (NAT64, 6to4, v4-compatible,
site-local, multicast), so the list is kept here, from IANA's special-purpose address registries, each with its source.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from citekeep.exceptions import SettingsError

Address = IPv4Address | IPv6Address

REFUSED_NETWORKS = {
    "0.0.0.0/8": "this network, RFC 791",
    "10.0.0.0/8": "private, RFC 1918",
    "100.64.0.0/10": "shared by carriers, RFC 6598",
    "127.0.0.0/8": "loopback, RFC 1122",
    "168.63.129.16/32": "the host of a virtual machine at Azure, which answers every guest",
    "169.254.0.0/16": "link-local and cloud metadata, RFC 3927",
    "172.16.0.0/12": "private, RFC 1918",
    "192.0.0.0/24": "protocol assignments, RFC 6890",
    "192.0.2.0/24": "documentation, RFC 5737",
    "192.31.196.0/24": "AS112, RFC 7535",
    "192.52.193.0/24": "AMT, RFC 7450",
    "192.88.99.0/24": "6to4 relays, RFC 7526",
    "192.168.0.0/16": "private, RFC 1918",
    "192.175.48.0/24": "AS112, RFC 7534",
    "198.18.0.0/15": "benchmarking, RFC 2544",
    "198.51.100.0/24": "documentation, RFC 5737",
    "203.0.113.0/24": "documentation, RFC 5737",
    "224.0.0.0/4": "multicast, RFC 5771",
    "240.0.0.0/4": "reserved, RFC 1112",
}
"""IPv4 networks no request may reach, with the reason."""

GLOBAL_UNICAST = IPv6Network("2000::/3")
"""The only IPv6 space that is handed out for global use (RFC 4291, IANA's registry): all the rest is refused."""

REFUSED_NETWORKS_6 = {
    "2001::/23": "protocol assignments, RFC 2928 (Teredo within it is judged by its inner address)",
    "2001:db8::/32": "documentation, RFC 3849",
    "2620:4f:8000::/48": "AS112, RFC 7534",
    "3fff::/20": "documentation, RFC 9637",
}
"""IPv6 networks within GLOBAL_UNICAST no request may reach, with the reason."""

SPECIAL_USE_NAMES = ("test", "invalid", "localhost", "onion", "local", "internal", "home.arpa", "alt")
"""Names that are on no public network: RFC 6761, RFC 7686, RFC 6762, ICANN's .internal, RFC 8375, RFC 9476."""

DEFAULT_PORTS = frozenset({80, 443})

_NETWORKS = [(IPv4Network(network), reason) for network, reason in REFUSED_NETWORKS.items()]
_NETWORKS_6 = [(IPv6Network(network), reason) for network, reason in REFUSED_NETWORKS_6.items()]
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_TEREDO = IPv6Network("2001::/32")  # RFC 4380
_SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214, section 6.1: bits 64 to 95
_COMPATIBLE = IPv6Network("::/96")  # RFC 4291, section 2.5.5.1


def why_refused(address: Address) -> str | None:
    """Return why no request may reach ``address``, or None where it is public.

    An IPv4 address carried inside an IPv6 one (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) is judged by itself.
    """
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in _NETWORKS if address in network), None)
    inner = embedded(address)
    if inner is not None:
        reason = why_refused(inner)
        return f"holds {inner}: {reason}" if reason else None
    if address not in GLOBAL_UNICAST:
        return "not global unicast, RFC 4291"
    return next((reason for network, reason in _NETWORKS_6 if address in network), None)


def embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address carries, if its form carries one that packets end up at."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    if address in _TEREDO:
        return IPv4Address(~int(address) & 0xFFFFFFFF)
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def is_special_use(host: str) -> bool:
    """Return whether a name is on no public network (SPECIAL_USE_NAMES)."""
    name = host.rstrip(".").lower()
    return any(name == special or name.endswith(f".{special}") for special in SPECIAL_USE_NAMES)


def parse_address(text: str) -> Address | None:
    """Return the address that a literal is (brackets and a zone are cut off), or None for a name."""
    try:
        return ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


_PORT = re.compile(r":([0-9]{1,5})$")
_HOST = re.compile(r"(?=.*[^0-9.])[^\s/:\[\]@]+")  # a name or pattern; digits alone are a port without its colon


@dataclass(frozen=True)
class Guard:
    """The address guard: public addresses on ports 80 and 443, and what ADDRESS_GUARD_ALLOW adds.

    An entry that names a host or a network allows it on the default ports; one with a port allows just that port; a
    bare ":port" allows the port for every address that is public or allowed otherwise.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset()
    host_ports: frozenset[tuple[str, int]] = field(default=frozenset())

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Guard:
        """Return the guard that ADDRESS_GUARD_ALLOW describes; an entry that is none raises SettingsError."""
        networks: list[IPv4Network | IPv6Network] = []
        hosts: list[str] = []
        ports: set[int] = set()
        host_ports: set[tuple[str, int]] = set()
        for entry in (str(text).strip().lower() for text in entries):
            name, port = _split_port(entry)
            if port is not None and not 0 < port < 65536:
                raise SettingsError(f"ADDRESS_GUARD_ALLOW: {entry!r} has no such port.")
            if entry.startswith(":") and not name and port is not None:
                ports.add(port)
            elif (network := _network(name)) is not None and port is None:
                networks.append(network)
            elif _HOST.fullmatch(name) or (network is not None and "/" not in name):
                if port is None:
                    hosts.append(name)
                else:
                    host_ports.add((name, port))
            else:
                raise SettingsError(f"ADDRESS_GUARD_ALLOW: {entry!r} is no host, network or :port.")
        return cls(tuple(networks), tuple(hosts), frozenset(ports), frozenset(host_ports))

    def refusal(self, host: str, address: Address, port: int) -> str | None:
        """Return why a connection to ``address``:``port`` for ``host`` is refused, or None where it may be made."""
        if self._by_port(host, address, port):
            return None
        reason = None if _fits(host, self.hosts) or self._inside(address) else why_refused(address)
        if reason is None and port not in DEFAULT_PORTS and port not in self.ports:
            return f"port {port} is not allowed"
        return reason

    def names(self, host: str) -> bool:
        """Return whether the setting names this host, by itself or by a pattern."""
        return _fits(host, [*self.hosts, *(pattern for pattern, _ in self.host_ports)])

    def _inside(self, address: Address) -> bool:
        return any(address in network for network in self.networks if network.version == address.version)

    def _by_port(self, host: str, address: Address, port: int) -> bool:
        patterns = [pattern for pattern, allowed in self.host_ports if allowed == port]
        networks = [network for pattern in patterns if (network := _network(pattern)) is not None]
        return _fits(host, patterns) or any(address in n for n in networks if n.version == address.version)


def _fits(host: str, patterns: Iterable[str]) -> bool:
    name = host.rstrip(".").lower()
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _split_port(entry: str) -> tuple[str, int | None]:
    if entry.count(":") > 1 and not entry.startswith("["):
        return entry, None  # an IPv6 address without brackets
    found = _PORT.search(entry)
    return (entry[: found.start()].strip("[]"), int(found[1])) if found else (entry.strip("[]"), None)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return None if "%" in text else ip_network(text, strict=False)  # Python takes a zone, which names no network
    except ValueError:
        return None
