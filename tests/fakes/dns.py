"""A real DNS server on a UDP port of loopback: it answers from a zone, or fails as it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]
"""The records, as text, of a name and a type; a name without any type does not exist."""
FAILS = ("SERVFAIL",)
"""In place of records: the server fails."""


@contextmanager
def dns_server(zone: Zone) -> Iterator[int]:
    """Serve a zone, and give the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, zone))
        thread.start()
        try:
            yield port
        finally:
            server.sendto(b"", ("127.0.0.1", port))  # an empty question ends it
            thread.join(10)


def _serve(server: socket.socket, zone: Zone) -> None:
    while True:
        wire, asker = server.recvfrom(4096)
        if not wire:
            return
        server.sendto(_answer(dns.message.from_wire(wire), zone).to_wire(), asker)


def _answer(asked: dns.message.Message, zone: Zone) -> dns.message.Message:
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.RA
    question = asked.question[0]
    name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
    records = zone.get((name, kind), ())
    if tuple(records) == FAILS:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif records:
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
    elif not any(known == name for known, _ in zone):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer
