"""Recipients as SMTP wants them, and the tag by which a bounce names its delivery."""

from __future__ import annotations

import hashlib
import hmac
import re
from functools import lru_cache

import idna
import msgspec

from tocsin.errors import BadInput

_LOCAL = re.compile(r"[^\x00-\x20\x7f-\x9f\s()<>\[\]:;@\\,\"]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f.:IPv]{2,50}\]")
_TAG = re.compile(r"([0-9a-f]{1,16})-([0-9a-f]{1,16})-([0-9a-f]{12})")
_MAC_OCTETS = 6


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """An address on the wire: the domain in ASCII; ``utf8`` when the local part needs SMTPUTF8 (RFC 6531)."""

    address: str
    domain: str
    utf8: bool


def recipient(address: str) -> Recipient:
    """Return an address as it is written into an envelope; raise ``BadInput`` if it could not stand there."""
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        raise BadInput("address: has characters that no envelope carries")
    ascii_domain = _ascii_domain(domain)
    return Recipient(f"{local}@{ascii_domain}", ascii_domain, not local.isascii())


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    # IDNA 2008, as the address was checked: by the older one that Python has, "faß.example" is "fass.example".
    try:
        ascii_domain = domain.lower() if domain.isascii() else idna.encode(domain).decode("ascii")
    except idna.IDNAError as error:
        raise BadInput(f"address: {error}") from error
    if not _DOMAIN.fullmatch(ascii_domain):
        raise BadInput("address: has characters that no envelope carries")
    return ascii_domain


class Tags:
    """Signed names of deliveries, in letters that survive any mail system: ``version-subscriber-mac`` in hexadecimal.

    They stand in the Return-Path and in the Message-ID, so that a bounce is matched by either, without a look-up.
    """

    def __init__(self, secret: bytes) -> None:
        key = hashlib.blake2b(b"tocsin delivery tag", key=secret[:64]).digest()
        self._keyed = hashlib.blake2b(digest_size=_MAC_OCTETS, key=key)

    def tag(self, version: int, subscriber: int) -> str:
        """Return the tag, which is always the same for the same delivery."""
        name = f"{version:x}-{subscriber:x}"
        mac = self._keyed.copy()
        mac.update(name.encode())
        return f"{name}-{mac.hexdigest()}"

    def read(self, text: str) -> tuple[int, int] | None:
        """Return (version, subscriber) of the first tag in ``text`` that is ours, or None."""
        for found in _TAG.finditer(text.lower()):
            version, subscriber = int(found[1], 16), int(found[2], 16)
            if hmac.compare_digest(self.tag(version, subscriber), found[0]):
                return version, subscriber
        return None
