"""Secrets of second factors lie in the store encrypted: whoever reads a copy of the database can't make their codes.

The key is derived from the installation's own secret, which lies beside the database, not in it. Each sealed secret is
bound to its person: moved to another's row it opens nothing.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tocsin.store.people import all_people, exchange_totp
from tocsin.wiring import Parts

log = structlog.get_logger()

_MARK = "v1."
"""Before what is sealed; a secret as it was kept before is base32 and has no dot."""
_NONCE = 12


def sealed(secret: bytes, person: int, plain: str) -> str:
    """Return a person's secret as it is kept (AES-256-GCM)."""
    nonce = os.urandom(_NONCE)
    return _MARK + urlsafe_b64encode(nonce + _cipher(secret).encrypt(nonce, plain.encode(), _bound(person))).decode()


def opened(secret: bytes, person: int, kept: str) -> str | None:
    """Return what was sealed; None when it was sealed with another secret, for somebody else, or is damaged."""
    if not kept.startswith(_MARK):
        return kept
    try:
        octets = urlsafe_b64decode(kept.removeprefix(_MARK))
        return _cipher(secret).decrypt(octets[:_NONCE], octets[_NONCE:], _bound(person)).decode()
    except (InvalidTag, ValueError):
        log.warning("desk.factor.unreadable", person=person, why="it was sealed with another secret file")
        return None


def seal_all(parts: Parts) -> int:
    """Seal what was kept before secrets were sealed, and count it; may be done by several processes at once."""
    with parts.store.write() as connection:
        plain = [(one.id, one.totp) for one in all_people(connection) if one.totp and not one.totp.startswith(_MARK)]
        return sum(exchange_totp(connection, who, kept, sealed(parts.secret, who, kept)) for who, kept in plain)


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=b"tocsin second factors v1").derive(secret))


def _bound(person: int) -> bytes:
    return b"person %d" % person
