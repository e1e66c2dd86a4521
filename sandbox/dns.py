"""A DNS server on loopback for the names of the sandbox: good answers, and each way in which there is none."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from sandbox.server import HOST, Reader, Server, Writer

ZONE = "test."
TTL = 60  # seconds
SOA = f"ns.{ZONE} hostmaster.{ZONE} 1 3600 600 86400 60"
UDP_SIZE = 512  # bytes: more is cut off and asked for again over TCP (RFC 1035, section 4.2.1)


@dataclass(frozen=True)
class Answer:
    """What the server says of one name: its addresses, or none; a code other than NOERROR; or nothing at all.

    silent: no answer ever comes. garbage: what comes is no DNS message.
    """

    addresses: tuple[str, ...] = (HOST,)
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    silent: bool = False
    garbage: bool = False


HERE = Answer()
NO_SUCH_NAME = Answer(addresses=(), rcode=dns.rcode.NXDOMAIN)
NO_ADDRESS = Answer(addresses=())
SERVER_FAILURE = Answer(addresses=(), rcode=dns.rcode.SERVFAIL)
NOT_OURS = Answer(addresses=(), rcode=dns.rcode.REFUSED)
SILENCE = Answer(addresses=(), silent=True)
GARBAGE = Answer(addresses=(), garbage=True)

Zone = Callable[[str], Answer]
"""From a name (lower case, without the last dot) to what is said of it."""


class DnsServer:
    """Answers over UDP and TCP on one port. Names outside its origin are refused: nothing is known of them here."""

    def __init__(self, zone: Zone, *, origin: str = ZONE) -> None:
        self.zone = zone
        self.origin = origin
        self.port = 0
        self._tcp = Server()
        self._udp: asyncio.DatagramTransport | None = None

    async def start(self) -> int:
        """Listen, on the same port for both, and return it."""
        for _ in range(20):
            port = await self._tcp.listen(self._talk)
            # The port that is free for TCP may be taken for UDP: then the next one.
            with contextlib.suppress(OSError):
                loop = asyncio.get_running_loop()
                self._udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(self), local_addr=(HOST, port))
                self.port = port
                return port
        raise OSError("no port was free for both UDP and TCP")

    async def close(self) -> None:
        """Stop listening."""
        if self._udp is not None:
            self._udp.close()
        await self._tcp.close()

    def answer(self, wire: bytes, *, limit: int) -> bytes | None:
        """Return the answer to a question, cut to ``limit`` bytes; None where none is given."""
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError, struct.error):
            return None
        name = question.name.to_text().lower()
        said = self.zone(name.rstrip(".")) if name.endswith(f".{self.origin}") else NOT_OURS
        if said.silent:
            return None
        if said.garbage:
            return wire[:2] + b"\xff\xff no DNS message"
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        response.set_rcode(said.rcode)
        wanted = [a for a in said.addresses if (question.rdtype == dns.rdatatype.AAAA) == (":" in a)]
        if wanted and question.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}:
            response.answer.append(
                dns.rrset.from_text(question.name, TTL, "IN", dns.rdatatype.to_text(question.rdtype), *wanted)
            )
        elif said.rcode in {dns.rcode.NXDOMAIN, dns.rcode.NOERROR}:  # a denial names its zone (RFC 2308)
            response.authority.append(dns.rrset.from_text(self.origin, TTL, "IN", "SOA", SOA))
        return _within(response, limit)

    async def _talk(self, reader: Reader, writer: Writer) -> None:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = self.answer(await reader.readexactly(length), limit=65_535)
            if answer is not None:
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()


def _within(response: dns.message.Message, limit: int) -> bytes:
    whole = response.to_wire(max_size=65_535)
    if len(whole) <= limit:
        return whole
    response.answer.clear()
    response.flags |= dns.flags.TC
    return response.to_wire()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self.server = server
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self.server.answer(data, limit=UDP_SIZE)
        if answer is not None and self.transport is not None:
            self.transport.sendto(answer, addr)
