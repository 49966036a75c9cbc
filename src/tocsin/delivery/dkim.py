"""DKIM signatures (RFC 6376, relaxed/relaxed) at the price of the signature itself.

Whatever is equal for all readers of a message is canonicalised and hashed once, when the message is compiled.
"""

from __future__ import annotations

import hashlib
import re
from binascii import b2a_base64
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tocsin.errors import BadInput

SMALLEST_RSA = 1024
"""Bits; verifiers refuse less (RFC 8301)."""

_PADDING = PKCS1v15()
_HASH = Prehashed(SHA256())
_LINE = 72


class Key(Protocol):
    """A private key: its DKIM algorithm, and how it signs a SHA-256 digest."""

    @property
    def algorithm(self) -> bytes:
        """The name that goes into ``a=``."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """Return the signature over a digest of 32 octets."""
        ...


@dataclass(frozen=True, slots=True)
class RsaKey:
    """rsa-sha256."""

    private: RSAPrivateKey
    algorithm: bytes = b"rsa-sha256"

    def sign(self, digest: bytes) -> bytes:
        """Return the PKCS #1 v1.5 signature; the interpreter's lock is free meanwhile."""
        return self.private.sign(digest, _PADDING, _HASH)


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """ed25519-sha256 (RFC 8463): PureEdDSA over the digest."""

    private: Ed25519PrivateKey
    algorithm: bytes = b"ed25519-sha256"

    def sign(self, digest: bytes) -> bytes:
        """Return the signature, 64 octets."""
        return self.private.sign(digest)


def read_key(pem: bytes) -> Key:
    """Return the private key of a PEM text; raise ``BadInput`` when it is none that DKIM knows."""
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput(f"DKIM key: {error}") from error
    if isinstance(private, Ed25519PrivateKey):
        return Ed25519Key(private)
    if isinstance(private, RSAPrivateKey) and private.key_size >= SMALLEST_RSA:
        return RsaKey(private)
    raise BadInput("DKIM key: neither Ed25519 nor RSA of at least 1024 bits")


@dataclass(frozen=True, slots=True)
class Signer:
    """A key under its published name ``selector._domainkey.domain``."""

    domain: str
    selector: str
    key: Key


class Seal:
    """A signer made ready for one compiled message."""

    def __init__(self, signer: Signer, names: tuple[str, ...], constant: bytes, at: datetime) -> None:
        """Take the signed fields' names in the order of hashing and the relaxed form of those equal for all readers."""
        self.sign = signer.key.sign
        self._state = hashlib.sha256(constant)
        start = b"DKIM-Signature: v=1; a=%b; c=relaxed/relaxed; d=%b; s=%b;\r\n t=%d; h=%b;\r\n bh=" % (
            signer.key.algorithm,
            signer.domain.encode("idna"),
            signer.selector.encode("ascii"),
            at.timestamp(),
            _folded_names(names),
        )
        self._raw = start
        self._relaxed = relaxed_header(start)

    def digest(self, varying: bytes, body_hash: bytes) -> bytes:
        """Return what is to be signed for one message, 32 octets.

        ``varying`` is the relaxed form of the signed fields that follow the constant ones; ``body_hash`` is in base64.
        """
        state = self._state.copy()
        state.update(b"%b%b%b; b=" % (varying, self._relaxed, body_hash))
        return state.digest()

    def field(self, body_hash: bytes, signature: bytes) -> bytes:
        """Return the DKIM-Signature field of one message."""
        text = b2a_base64(signature, newline=False)
        lines = b"\r\n ".join([text[at : at + _LINE] for at in range(0, len(text), _LINE)])
        return b"%b%b;\r\n b=%b\r\n" % (self._raw, body_hash, lines)


def relaxed_header(field: bytes) -> bytes:
    """Return a header field's relaxed form without its line end (RFC 6376 section 3.4.2)."""
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


def relaxed_headers(block: bytes) -> bytes:
    """Return the relaxed form of a block of header fields, each with its line end."""
    fields = re.split(rb"\r\n(?![ \t])", block.removesuffix(b"\r\n"))
    return b"".join(relaxed_header(field) + b"\r\n" for field in fields)


def relaxed_body(body: bytes) -> bytes:
    """Return a body's relaxed form (RFC 6376 section 3.4.4); its lines end with CRLF."""
    plain = re.sub(rb"[ \t]+(?=\r\n|\Z)", b"", re.sub(rb"[ \t]+", b" ", body))
    kept = re.sub(rb"(\r\n)+\Z", b"", plain)
    return kept + b"\r\n" if kept else b""


def _folded_names(names: tuple[str, ...]) -> bytes:
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > _LINE - 8:
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n ".join(lines).rstrip(":").encode("ascii")
