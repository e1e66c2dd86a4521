"""The setting CONNECT_TO: which host and port is really connected to, as curl's --connect-to."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass

from citekeep.addresses import Address, parse_address
from citekeep.exceptions import SettingsError


@dataclass(frozen=True)
class ConnectTo:
    """Rules in the order they were given; the first whose host and port fit decides."""

    rules: tuple[tuple[str, int | None, Address, int | None], ...] = ()

    @classmethod
    def parse(cls, setting: Mapping[str, str]) -> ConnectTo:
        """Return the rules of ``{"host[:port]": "address[:port]"}``; a malformed one raises SettingsError."""
        rules = []
        for source, target in setting.items():
            host, port = _host_port("CONNECT_TO", str(source))
            name, to_port = _host_port("CONNECT_TO", str(target))
            address = parse_address(name)
            if address is None:
                raise SettingsError(f"CONNECT_TO: {target!r} is no address[:port]; names are not looked up there.")
            rules.append((host.lower(), port, address, to_port))
        return cls(tuple(rules))

    def find(self, host: str, port: int) -> tuple[Address, int] | None:
        """Return the address and port to connect to instead, or None where no rule fits."""
        name = host.rstrip(".").lower()
        for pattern, only, address, to_port in self.rules:
            if only in {None, port} and fnmatch.fnmatchcase(name, pattern):
                return address, port if to_port is None else to_port
        return None


def _host_port(setting: str, text: str) -> tuple[str, int | None]:
    name, port = text, None
    head, colon, tail = text.rpartition(":")
    if colon and ((text.startswith("[") and "]" in head) or ":" not in head):
        name, port = head, tail
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise SettingsError(f"{setting}: {text!r} has no such port.")
    if not name:
        raise SettingsError(f"{setting}: {text!r} names no host.")
    return name.strip("[]"), None if port is None else int(port)


def parse_servers(servers: list[str]) -> list[tuple[str, int]]:
    """Return the (address, port) pairs of DNS_SERVERS; one that is no address raises SettingsError."""
    found = []
    for server in servers:
        name, port = _host_port("DNS_SERVERS", str(server).strip())
        if parse_address(name) is None:
            raise SettingsError(f"DNS_SERVERS: {server!r} is no address[:port].")
        found.append((name, port or 53))
    return found
