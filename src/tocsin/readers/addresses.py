"""E-mail addresses as people write them: checked, kept as written, and told apart by a keyed hash."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

from email_validator import EmailNotValidError, validate_email

from tocsin.errors import BadInput

LONGEST = 254
"""Octets of an address at most (RFC 5321 section 4.5.3.1.3, without the angle brackets)."""


class BadAddress(BadInput):
    """This is no e-mail address that mail can be sent to."""


class NeedsSmtputf8(BadAddress):
    """This address needs SMTPUTF8 (RFC 6531), which the relay is not said to offer."""


@dataclass(frozen=True, slots=True)
class Address:
    """A valid address. ``written`` is what mail is sent to; ``normal`` is equal for spellings of one mailbox.

    A ``+tag`` is part of the mailbox: it is kept. ``domain`` is in ASCII (IDNA 2008).
    """

    written: str
    normal: str
    domain: str


def parse_address(text: str, *, smtputf8: bool = False) -> Address:
    """Return the address; raises ``BadAddress`` (``NeedsSmtputf8`` if only that is in the way).

    ``smtputf8`` tells whether the relay takes local parts beyond ASCII. Domains beyond ASCII need nothing of a relay.
    """
    if len(text) > 4 * LONGEST:
        raise BadAddress
    try:
        found = validate_email(text.strip(), check_deliverability=False, strict=True, allow_smtputf8=True)
    except EmailNotValidError as error:
        raise BadAddress(str(error)) from error
    if found.ascii_email is None and not smtputf8:
        raise NeedsSmtputf8
    if len(found.normalized.encode()) > LONGEST:
        raise BadAddress("too long")
    domain = (found.ascii_domain or found.domain).lower()
    return Address(found.normalized, f"{found.local_part.casefold()}@{domain}", domain)


def address_key(secret: bytes, address: Address) -> str:
    """Return a keyed hash (64 hexadecimal digits) that tells one mailbox from another and can't be turned back."""
    key = hmac.digest(secret, b"tocsin address", "sha256")
    return hmac.digest(key, address.normal.encode(), "sha256").hex()


def client_key(secret: bytes, client: str) -> str:
    """Return a keyed hash for whoever has a client's network address, to count sign-ups by."""
    key = hmac.digest(secret, b"tocsin client", "sha256")
    return hmac.digest(key, customer_of(client).encode(), "sha256").hex()


def customer_of(client: str) -> str:
    """Return what tells one customer of a network from another: the address, or its /64.

    One IPv6 customer holds a /64 at least (RFC 6177): its addresses count as one.
    """
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv4Address):
        return client
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
