"""TWISTED_DNS_RESOLVER: how names become addresses, and which of these may be connected to.

Every connection passes here, literals too, and Twisted connects to exactly the addresses that are handed on: so there
is no gap between what the guard has judged and what is asked.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from twisted.internet import _idna
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

from citekeep.addresses import Address, Guard, is_special_use, parse_address
from citekeep.connect_to import ConnectTo, parse_servers
from citekeep.names import Names, with_route

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

OUTCOMES_KEPT = 4_096


@dataclass
class Outcome:
    """What became of the last question for a host.

    outcome: asking (not yet known), ok, mapped, literal, refused (by the guard), special_use_name, or one of
    citekeep.names.PROBLEMS. addresses: all that were found. refused: {address: reason}. ms: duration. finished:
    time.monotonic() then, infinity while it is asked.
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

    def __init__(self, reactor: Any, *, connect_to: ConnectTo, guard: Guard, names: Names) -> None:
        self.reactor = reactor
        self.connect_to = connect_to
        self.guard = guard
        self.names = names
        self.outcomes: OrderedDict[str, Outcome] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """Return the resolver; a setting that cannot be used raises SettingsError, which names it."""
        settings = crawler.settings
        return cls(
            reactor,
            connect_to=ConnectTo.parse(settings.getdict("CONNECT_TO")),
            guard=Guard.parse(settings.getlist("ADDRESS_GUARD_ALLOW")),
            names=Names(parse_servers(settings.getlist("DNS_SERVERS")), settings.getfloat("DNS_TIMEOUT")),
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
        host = ascii_host(hostName)
        resolution.task = asyncio.ensure_future(self._resolve(resolutionReceiver, host, portNumber))
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
        except Exception:
            outcome.outcome = "dns_failed"
            logger.exception("Unforeseen failure while asking for %s", host)
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
        answer = await self.names.ask(host)
        outcome.outcome, outcome.nameserver, outcome.ttl = answer.outcome, answer.nameserver, answer.ttl
        return [(address, port) for address in answer.addresses]


def ascii_host(host: str) -> str:
    """Return a host as it stands in a URL, in lower case and punycode: Twisted hands on what it reads as."""
    if host.isascii():
        return host.lower()
    try:
        return _idna._idnaBytes(host).decode("ascii").lower()
    except UnicodeError:
        return host.lower()
