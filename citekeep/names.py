"""Names become addresses: DNS asked with its reasons told apart, which the system's resolver does not do.

/etc/hosts is not read: it describes this machine, and what it says of a name is nothing to record of the web.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from citekeep.addresses import Address, parse_address, why_refused

SECOND_ANSWER_SECONDS = 0.5
"""How long AAAA is waited for once A has addresses, or A for AAAA. RFC 8305 section 3 says 50 ms, which is for people who
watch; name servers that never answer AAAA are not rare (RFC 4074), and a name must not fail for them."""

TRY_SECONDS = 3.0  # how long one server is waited for before the next is asked

ROOT_SECONDS = 60.0
"""How long it is believed what a resolver says of the root. It is asked only after silence, or where a denial does not
name its zone."""

PROBLEMS = ("nxdomain", "dns_failed", "local", "timeout", "no_address")
"""What becomes of a name without an address. Where A and AAAA fail in different ways, the earlier of these counts: a name
that does not exist has neither (RFC 8020), and "no_address" holds only if neither is there."""

_NO_RESOLVER = frozenset(
    {
        errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.EADDRNOTAVAIL,
        errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM,
    }
)  # fmt: skip
"""What the operating system says where a resolver cannot be asked: our network, or nobody listens there."""

OWN_NETWORK = "own network"


@dataclass
class NameAnswer:
    """What DNS said of a name.

    outcome: ok, or one of PROBLEMS; "local": no resolver could be reached from here. nameserver: the address of who
    answered where it is a public one, OWN_NETWORK where it is not (what is recorded may be given away, and how our own
    network is built is nobody's business), None where it is not known. ttl: seconds, the least of all records.
    """

    outcome: str
    nameserver: str | None = None
    ttl: int | None = None
    addresses: list[Address] = field(default_factory=list)


class Names:
    """Asks DNS, within ``timeout`` seconds for one name: ``servers`` as (address, port), or else those of the system."""

    def __init__(self, servers: list[tuple[str, int]], timeout: float) -> None:
        self.servers = servers
        self.timeout = timeout
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._root: tuple[str, float] | None = None  # what was said of the root, until when that is believed

    async def ask(self, host: str) -> NameAnswer:
        """Return the addresses of a host, A and AAAA, or why it has none. Raises nothing."""
        try:
            resolver = self._resolver = self._resolver or self._make()
            name = dns.name.from_text(host.rstrip(".") + ".")  # absolute: no search list of this machine's
        except (dns.resolver.NoResolverConfiguration, OSError):
            return NameAnswer("local")
        except (dns.exception.DNSException, UnicodeError, ValueError):
            return NameAnswer("nxdomain")  # a label of more than 63 bytes, or none: no name that could exist
        answers = await _both(
            asyncio.ensure_future(resolver.resolve(name, dns.rdatatype.A)),
            asyncio.ensure_future(resolver.resolve(name, dns.rdatatype.AAAA)),
        )
        good = [answer for answer in answers if isinstance(answer, dns.resolver.Answer)]
        if good:
            ttl = min(answer.rrset.ttl for answer in good if answer.rrset)
            found = [address for answer in good for record in answer if (address := parse_address(record.address))]
            return NameAnswer("ok", _told(str(good[0].nameserver)), ttl, found)
        problems = [answer for answer in answers if isinstance(answer, Exception)]
        outcome = min((_problem(problem) for problem in problems), key=PROBLEMS.index)
        if outcome == "nxdomain" and not any(map(_has_authority, problems)):
            if await self._ask_root(resolver) != "known":
                outcome = "local"  # a captive network, or a resolver cut off from the Internet, denies every name
        elif outcome == "timeout" and await self._ask_root(resolver) == "silence":
            outcome = "local"  # whoever is silent on the root too is the one that fails, not the name's own servers
        only = str(resolver.nameservers[0]) if len(resolver.nameservers) == 1 else None
        return NameAnswer(outcome, None if only is None else _told(only))

    async def _ask_root(self, resolver: dns.asyncresolver.Resolver) -> str:
        """Return "known" where the resolver knows the name servers of the root, as each that reaches the Internet does;
        else "unknown", or "silence".
        """
        now = asyncio.get_running_loop().time()
        if self._root is None or now >= self._root[1]:
            try:
                await resolver.resolve(dns.name.root, dns.rdatatype.NS, lifetime=min(TRY_SECONDS, self.timeout))
                said = "known"
            except (dns.exception.DNSException, OSError) as error:
                said = "silence" if _problem(error) in {"timeout", "local"} else "unknown"
            self._root = (said, now + ROOT_SECONDS)
        return self._root[0]

    def _make(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self.servers)
        if self.servers:
            resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in self.servers]
        resolver.lifetime = self.timeout
        resolver.timeout = min(TRY_SECONDS, self.timeout / 2)
        return resolver


def with_route(found: list[tuple[Address, int]]) -> list[tuple[Address, int]]:
    """Return the addresses and ports that this machine has a route to; all of them where it has none to any.

    Without IPv6 here, a host with addresses of both kinds would else be asked in vain, and its failure taken for ours.
    """
    if len(found) < 2:
        return found
    return [(address, port) for address, port in found if _has_route(address, port)] or found


def _has_route(address: Address, port: int) -> bool:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), port))  # asks the routing table: nothing is sent by it
    except OSError:
        return False
    return True


async def _both(*questions: asyncio.Future[Any]) -> list[Any]:
    """Return the answers, or exceptions in their place; the slower one is left alone soon after a good first one."""
    try:
        done, waiting = await asyncio.wait(questions, return_when=asyncio.FIRST_COMPLETED)
        good = any(question.exception() is None for question in done)
        if waiting:
            await asyncio.wait(waiting, timeout=SECOND_ANSWER_SECONDS if good else None)
        return [question.exception() or question.result() for question in questions if question.done()]
    finally:
        for question in questions:
            question.cancel()


def _has_authority(error: Exception) -> bool:
    """Return whether a denial names the zone that it is for: the SOA record of RFC 2308 section 3."""
    responses = error.kwargs.get("responses", {}) if isinstance(error, dns.resolver.NXDOMAIN) else {}
    return any(rrset.rdtype == dns.rdatatype.SOA for response in responses.values() for rrset in response.authority)


def _problem(error: Exception) -> str:
    """Return the name in PROBLEMS of what dnspython raised."""
    if isinstance(error, dns.resolver.NXDOMAIN):
        return "nxdomain"
    if isinstance(error, dns.resolver.NoAnswer):
        return "no_address"
    if isinstance(error, OSError):
        return "local" if error.errno in _NO_RESOLVER else "dns_failed"
    tried = [entry[3] for entry in getattr(error, "kwargs", {}).get("errors", []) if len(entry) > 3]
    if tried and all(isinstance(problem, OSError) and problem.errno in _NO_RESOLVER for problem in tried):
        return "local"  # no server could even be asked
    if isinstance(error, dns.resolver.LifetimeTimeout) and _silent(tried):
        return "timeout"
    return "dns_failed"


def _silent(tried: Sequence[Any]) -> bool:
    return all(isinstance(problem, dns.exception.Timeout | OSError) for problem in tried)


def _told(nameserver: str) -> str:
    """Return NameAnswer.nameserver for an address, or for dnspython's text of a server ("Do53:127.0.0.1@53")."""
    address = parse_address(nameserver.removeprefix("Do53:").rpartition("@")[0] or nameserver)
    return OWN_NETWORK if address is None or why_refused(address) is not None else str(address)
