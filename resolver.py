"""TWISTED_DNS_RESOLVER: how names become addresses, and which of these may be connected to.

Every connection passes here, literals too, and Twisted connects to exactly the addresses that are handed on: so there
is no gap between what the guard has judged and what is asked. /etc/hosts is not read: it describes this machine, and
what it says of a name is nothing that may be recorded of the web (CONNECT_TO is for that).
"""

from __future__ import annotations

import asyncio
import errno
import math
import socket
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

from citekeep.addresses import Address, Guard, is_special_use, parse_address
from citekeep.connect_to import ConnectTo, parse_servers

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

OUTCOMES_KEPT = 4_096
SECOND_ANSWER_SECONDS = 0.5
"""How long the answer to AAAA is waited for once A has addresses, or A for AAAA. RFC 8305 section 3 says 50 ms, which is
for people who watch; name servers that never answer AAAA are not rare, and a name must not fail for them."""
_OUR_NETWORK = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.ENOBUFS}


@dataclass
class Outcome:
    """What became of the last question for a host.

    outcome: asking (not yet known), ok, mapped, literal, refused (by the guard), special_use_name, nxdomain, no_address,
    dns_failed, timeout or local (no resolver could be reached from here). addresses: all that were found. refused:
    {address: reason}. ms: duration. finished: time.monotonic() then, infinity while it is asked.
    """

    outcome: str = "asking"
    nameserver: str | None = None
    ttl: int | None = None
    addresses: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    ms: int = 0
    finished: float = math.inf

    def facts(self) -> dict[str, Any]:
        """Return what items.Exchange keeps as ``dns``."""
        return {
            "outcome": self.outcome,
            "nameserver": self.nameserver,
            "ttl": self.ttl,
            "addresses": self.addresses[:20],
            "refused": self.refused,
        }


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name
        self.task: asyncio.Future[None] | None = None

    def cancel(self) -> None:
        """Stop asking."""
        if self.task is not None:
            self.task.cancel()


@implementer(IHostnameResolver)
class Resolver:
    """Maps (CONNECT_TO), asks DNS with its reasons told apart, and hands on only what the guard lets through."""

    def __init__(
        self, reactor: Any, *, connect_to: ConnectTo, guard: Guard, servers: list[tuple[str, int]], timeout: float
    ) -> None:
        self.reactor = reactor
        self.connect_to = connect_to
        self.guard = guard
        self.servers = servers
        self.timeout = timeout
        self.outcomes: OrderedDict[str, Outcome] = OrderedDict()
        self._dns: dns.asyncresolver.Resolver | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """Return the resolver; a setting that cannot be used raises SettingsError, which names it."""
        settings = crawler.settings
        return cls(
            reactor,
            connect_to=ConnectTo.parse(settings.getdict("CONNECT_TO")),
            guard=Guard.parse(settings.getlist("ADDRESS_GUARD_ALLOW")),
            servers=parse_servers(settings.getlist("DNS_SERVERS")),
            timeout=settings.getfloat("DNS_TIMEOUT"),
        )

    def install_on_reactor(self) -> None:
        """Make this the reactor's resolver: ``reactor.nameResolver`` is it from then on."""
        self.reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Hand on the addresses of a host that may be connected to; what became of it is kept in ``outcomes``."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        resolution.task = asyncio.ensure_future(self._resolve(resolutionReceiver, hostName, portNumber))
        return resolution

    async def _resolve(self, receiver: Any, host: str, port: int) -> None:
        begun = time.monotonic()
        outcome = Outcome()
        self._keep(host, outcome)
        try:
            found = await self._find(host, port, outcome)
            outcome.addresses = [str(address) for address, _ in found]
            allowed = self._allowed(host, found, outcome)
            if found and not allowed:
                outcome.outcome = "refused"
            for address, at in with_route(allowed):
                family = IPv4Address if address.version == 4 else IPv6Address
                receiver.addressResolved(family("TCP", str(address), at))
        except asyncio.CancelledError:
            outcome.outcome = "timeout"
            raise
        finally:
            outcome.finished = time.monotonic()
            outcome.ms = round((outcome.finished - begun) * 1000)
            receiver.resolutionComplete()

    def _allowed(self, host: str, found: list[tuple[Address, int]], outcome: Outcome) -> list[tuple[Address, int]]:
        allowed = []
        for address, port in found:
            refusal = self.guard.refusal(host, address, port)
            if refusal is None:
                allowed.append((address, port))
            else:
                outcome.refused[str(address)] = refusal
        return allowed

    def _keep(self, host: str, outcome: Outcome) -> None:
        self.outcomes[host] = outcome
        self.outcomes.move_to_end(host)
        while len(self.outcomes) > OUTCOMES_KEPT:
            self.outcomes.popitem(last=False)

    async def _find(self, host: str, port: int, outcome: Outcome) -> list[tuple[Address, int]]:
        mapped = self.connect_to.find(host, port)
        literal = parse_address(host)
        if mapped is not None:
            outcome.outcome = "mapped"
            return [mapped]
        if literal is not None:
            outcome.outcome = "literal"
            return [(literal, port)]
        if (is_special_use(host) or "." not in host.rstrip(".")) and not self.guard.names(host):
            outcome.outcome = "special_use_name"
            return []
        return [(address, port) for address in await self._ask(host, outcome)]

    async def _ask(self, host: str, outcome: Outcome) -> list[Address]:
        name = host.rstrip(".") + "."  # absolute: no search list of this machine's
        try:
            resolver = self._dns = self._dns or self._resolver()
        except (dns.exception.DNSException, OSError):
            outcome.outcome = "local"  # this machine names no resolver
            return []
        answers = await _both(
            asyncio.ensure_future(resolver.resolve(name, dns.rdatatype.A)),
            asyncio.ensure_future(resolver.resolve(name, dns.rdatatype.AAAA)),
        )
        good = [answer for answer in answers if isinstance(answer, dns.resolver.Answer)]
        if good:
            outcome.outcome = "ok"
            outcome.nameserver = str(good[0].nameserver)
            outcome.ttl = min((answer.rrset.ttl for answer in good if answer.rrset), default=None)
            return [address for answer in good for record in answer if (address := parse_address(record.address))]
        problems = [answer for answer in answers if isinstance(answer, Exception)]
        outcome.outcome = min((_name_of(problem) for problem in problems), key=PROBLEMS.index)
        outcome.nameserver = next((server for problem in problems if (server := _nameserver(problem))), None)
        return []

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self.servers)
        if self.servers:
            resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in self.servers]
        resolver.lifetime = self.timeout
        resolver.timeout = min(3.0, self.timeout / 2)
        return resolver


PROBLEMS = ("nxdomain", "no_address", "dns_failed", "timeout", "local")
"""What becomes of a name without an address. Where A and AAAA fail in different ways, the earlier says more of it: but
"no_address" to one and silence to the other is silence, which _both tells by asking for both."""


async def _both(*questions: asyncio.Future[Any]) -> list[Any]:
    """Return the answers, or exceptions in their place; the slower one is left alone soon after a good first one."""
    try:
        done, waiting = await asyncio.wait(questions, return_when=asyncio.FIRST_COMPLETED)
        good = any(question.exception() is None for question in done)
        if waiting:
            await asyncio.wait(waiting, timeout=SECOND_ANSWER_SECONDS if good else None)
    finally:
        for question in questions:
            question.cancel()
    return [
        question.exception() or question.result()
        for question in questions
        if question.done() and not question.cancelled()
    ]


def with_route(found: list[tuple[Address, int]]) -> list[tuple[Address, int]]:
    """Return the addresses that this machine has a route to; all of them where it has none to any.

    Without IPv6 here, a host with addresses of both kinds would else be asked in vain, and its failure taken for ours.
    """
    if len(found) < 2:
        return found
    return [(address, port) for address, port in found if _has_route(address, port)] or found


def _has_route(address: Address, port: int) -> bool:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), port))  # asks the routing table; a datagram socket sends nothing for it
    except OSError:
        return False
    return True


def _name_of(problem: Exception) -> str:
    """Return the name of PROBLEMS for what dnspython raised."""
    if isinstance(problem, dns.resolver.NXDOMAIN):
        return "nxdomain"
    if isinstance(problem, dns.resolver.NoAnswer):
        return "no_address"
    if isinstance(problem, dns.resolver.LifetimeTimeout):
        return _why_no_answer(problem.kwargs.get("errors", []))
    if isinstance(problem, dns.resolver.NoNameservers):
        return "local" if _all_ours(problem.kwargs.get("errors", [])) else "dns_failed"
    if isinstance(problem, OSError):
        return "local" if problem.errno in _OUR_NETWORK else "dns_failed"
    return "dns_failed"


def _nameserver(problem: Exception) -> str | None:
    if isinstance(problem, dns.resolver.NoAnswer):
        return str(getattr(problem.kwargs.get("response"), "nameserver", None) or "") or None
    responses = getattr(problem, "kwargs", {}).get("responses") or {}
    return next((str(getattr(response, "nameserver", None) or "") or None for response in responses.values()), None)


def _why_no_answer(errors: Sequence[Any]) -> str:
    """Return local, timeout where no server answered, dns_failed where one answered with what is no answer."""
    problems = [error[3] if isinstance(error, tuple) and len(error) > 3 else error for error in errors]
    if _all_ours(errors):
        return "local"
    silent = all(isinstance(problem, dns.exception.Timeout | OSError) for problem in problems)
    return "timeout" if silent else "dns_failed"


def _all_ours(errors: Sequence[Any]) -> bool:
    """Return whether no server could even be asked, for want of a network or of file handles of our own."""
    problems = [error[3] if isinstance(error, tuple) and len(error) > 3 else error for error in errors]
    return bool(problems) and all(isinstance(p, OSError) and p.errno in _OUR_NETWORK for p in problems)
