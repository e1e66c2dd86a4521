"""TWISTED_DNS_RESOLVER: how names become addresses, and which of these may be connected to.

Every connection passes here, literals too, and Twisted connects to exactly the addresses that are handed on: so there
is no gap between what the guard has judged and what is asked. /etc/hosts is not read: it describes this machine, and
what it says of a name is nothing that may be recorded of the web (CONNECT_TO is for that).
"""

from __future__ import annotations

import asyncio
import errno
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

from citekeep.addresses import Address, Guard, is_special_use, parse_address
from citekeep.connect_to import ConnectTo, parse_servers

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

OUTCOMES_KEPT = 4_096
_OUR_NETWORK = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.ENOBUFS}


@dataclass
class Outcome:
    """What became of the last question for a host.

    outcome: ok, mapped, literal, refused (by the guard), special_use_name, nxdomain, no_address, dns_failed, timeout
    or local (no resolver could be reached from here). finished: time.monotonic() then. ms: duration. refused: {address:
    reason}.
    """

    outcome: str = "ok"
    nameserver: str | None = None
    ttl: int | None = None
    addresses: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    ms: int = 0
    finished: float = 0.0

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
        try:
            for address, at in await self._find(host, port, outcome):
                refusal = self.guard.refusal(host, address, at)
                if refusal is None:
                    family = IPv4Address if address.version == 4 else IPv6Address
                    receiver.addressResolved(family("TCP", str(address), at))
                else:
                    outcome.refused[str(address)] = refusal
            if outcome.refused and len(outcome.refused) == len(outcome.addresses):
                outcome.outcome = "refused"
        finally:
            outcome.finished = time.monotonic()
            outcome.ms = round((outcome.finished - begun) * 1000)
            self._keep(host, outcome)
            receiver.resolutionComplete()

    def _keep(self, host: str, outcome: Outcome) -> None:
        self.outcomes[host] = outcome
        self.outcomes.move_to_end(host)
        while len(self.outcomes) > OUTCOMES_KEPT:
            self.outcomes.popitem(last=False)

    async def _find(self, host: str, port: int, outcome: Outcome) -> list[tuple[Address, int]]:
        mapped = self.connect_to.find(host, port)
        literal = parse_address(host)
        if mapped is not None:
            outcome.outcome, found = "mapped", [mapped]
        elif literal is not None:
            outcome.outcome, found = "literal", [(literal, port)]
        elif (is_special_use(host) or "." not in host.rstrip(".")) and not self.guard.names(host):
            outcome.outcome, found = "special_use_name", []
        else:
            found = [(address, port) for address in await self._ask(host, outcome)]
        outcome.addresses = [str(address) for address, _ in found]
        return found

    async def _ask(self, host: str, outcome: Outcome) -> list[Address]:
        name = host.rstrip(".") + "."  # absolute: no search list of this machine's
        try:
            resolver = self._dns = self._dns or self._resolver()
            answers = await resolver.resolve_name(name)
        except dns.resolver.NXDOMAIN as error:
            outcome.outcome = "nxdomain"
            outcome.nameserver = _nameserver(error)
        except dns.resolver.NoAnswer:
            outcome.outcome = "no_address"
        except dns.resolver.NoNameservers as error:
            outcome.outcome = "local" if _all_ours(error.kwargs.get("errors", [])) else "dns_failed"
        except dns.resolver.LifetimeTimeout as error:
            outcome.outcome = _why_no_answer(error.kwargs.get("errors", []))
        except dns.resolver.NoResolverConfiguration:
            outcome.outcome = "local"
        except (dns.exception.DNSException, UnicodeError, ValueError):
            outcome.outcome = "dns_failed"
        except OSError as error:
            outcome.outcome = "local" if error.errno in _OUR_NETWORK else "dns_failed"
        else:
            outcome.nameserver = next((str(answer.nameserver) for answer in answers.values()), None)
            outcome.ttl = min((answer.rrset.ttl for answer in answers.values() if answer.rrset), default=None)
            return [address for text in answers.addresses() if (address := parse_address(text)) is not None]
        return []

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self.servers)
        if self.servers:
            resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in self.servers]
        resolver.lifetime = self.timeout
        resolver.timeout = min(3.0, self.timeout / 2)
        return resolver


def _nameserver(error: dns.resolver.NXDOMAIN) -> str | None:
    responses = error.kwargs.get("responses") or {}
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
