"""Which addresses Tocsin may connect to: public ones, and those the operator allows by name.

The check sits where a socket is made, after every resolver and every spelling of an address (``0x7f.1``, IPv4 inside
IPv6, a name that resolves to loopback), so that no redirect and no second lookup goes around it.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
# RFC 8215: where in it the IPv4 address stands is the network's own affair.
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")


class AddressRefused(OSError):
    """This address is not public and not allowed by the configuration.

    An ``OSError``, since it is raised inside the connecting client; its ``errno`` is ``EACCES``.
    """


@dataclass(frozen=True, slots=True)
class Guard:
    """The networks that may be reached besides the public ones."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def allowing(cls, networks: Iterable[str]) -> Guard:
        """Return a guard that also allows these networks (``127.0.0.0/8``); a text that is none raises ValueError."""
        return cls(tuple(ip_network(network) for network in networks))

    def permits(self, address: str) -> bool:
        """Return whether a numeric address may be connected to; anything that is no address may not."""
        try:
            ip = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return all(self._one_permitted(each) for each in _faces(ip))

    def open_socket(self, info: AddressInfo) -> socket.socket:
        """Return a new socket for what ``getaddrinfo`` answered, or raise AddressRefused (aiohttp's socket factory)."""
        family, kind, protocol, _, where = info
        if not self.permits(str(where[0])):
            raise AddressRefused(errno.EACCES, f"{where[0]} is not a public address")
        return socket.socket(family, kind, protocol)

    def _one_permitted(self, ip: Address) -> bool:
        return is_public(ip) or any(ip in network for network in self.allowed if network.version == ip.version)


SocketFactory = Callable[[AddressInfo], socket.socket]


def is_public(ip: Address) -> bool:
    """Return whether an address is globally reachable by the IANA registries, and names one host (no multicast)."""
    local = isinstance(ip, IPv6Address) and (ip in _LOCAL_NAT64 or ip.is_site_local)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or local)


def _faces(ip: Address) -> tuple[Address, ...]:
    """Return the addresses that a connection to this one may end at: itself, or the IPv4 ones it carries."""
    if isinstance(ip, IPv4Address):
        return (ip,)
    if ip.ipv4_mapped is not None:
        return (ip.ipv4_mapped,)
    if ip.sixtofour is not None:
        return (ip, ip.sixtofour)
    if ip.teredo is not None:
        return (ip, *ip.teredo)
    if ip in _NAT64:
        return (IPv4Address(int(ip) & 0xFFFFFFFF),)
    return (ip,)
