"""A name that does not exist, and a network that only says so."""

import asyncio

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from citekeep.names import OWN_NETWORK, Names, _told

SOA = "ns.test. hostmaster.test. 1 3600 600 86400 60"


class Denier(asyncio.DatagramProtocol):
    """Denies every name but, where told so, the root; ``soa``: whether a denial names its zone."""

    def __init__(self, *, soa, root):
        self.soa = soa
        self.root = root
        self.asked = []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        query = dns.message.from_wire(data)
        question = query.question[0]
        self.asked.append(question.name.to_text())
        answer = dns.message.make_response(query)
        if question.name.to_text() == "." and self.root:
            answer.answer.append(dns.rrset.from_text(".", 60, "IN", "NS", "a.root-servers.net."))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
            if self.soa:
                answer.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", SOA))
        self.transport.sendto(answer.to_wire(), addr)


@pytest.mark.parametrize(
    ("soa", "root", "outcome", "asks_root"),
    [
        (True, False, "nxdomain", 0),
        (False, True, "nxdomain", 1),
        (False, False, "local", 1),
    ],
)
async def test_a_denial_is_believed_where_it_names_its_zone_or_the_root_is_known(soa, root, outcome, asks_root):
    loop = asyncio.get_running_loop()
    transport, denier = await loop.create_datagram_endpoint(
        lambda: Denier(soa=soa, root=root), local_addr=("127.0.0.1", 0)
    )
    try:
        names = Names([transport.get_extra_info("sockname")[:2]], 2.0)
        assert [(await names.ask(f"gone{n}.test")).outcome for n in range(3)] == [outcome] * 3
        assert denier.asked.count(".") == asks_root, "it is asked once a minute at most"
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("Do53:9.9.9.9@53", "9.9.9.9"),
        ("2620:fe::fe", "2620:fe::fe"),
        ("192.168.1.1", OWN_NETWORK),
        ("Do53:10.20.0.2@53", OWN_NETWORK),
        ("127.0.0.53", OWN_NETWORK),
        ("fe80::1%eth0", OWN_NETWORK),
    ],
)
def test_the_address_of_a_resolver_is_told_only_where_it_is_a_public_one(server, told):
    assert _told(server) == told
