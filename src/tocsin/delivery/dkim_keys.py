"""Making DKIM keys, and the DNS record that publishes one."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tocsin.delivery.dkim import Ed25519Key, Key, RsaKey

RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class NewKey:
    """A private key as PEM, the DNS name of its public part, and the text of that record."""

    pem: bytes
    name: str
    record: str

    @property
    def zone_line(self) -> str:
        """The record as a line of a zone file; strings of DNS end at 255 octets."""
        strings = " ".join(f'"{self.record[at : at + 250]}"' for at in range(0, len(self.record), 250))
        return f"{self.name}. IN TXT ( {strings} )"


def new_key(domain: str, selector: str, kind: Literal["rsa", "ed25519"] = "rsa") -> NewKey:
    """Make a key for ``selector._domainkey.domain``: RSA with 2048 bits (RFC 8301), or Ed25519 (RFC 8463)."""
    private = rsa.generate_private_key(65537, RSA_BITS) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key: Key = RsaKey(private) if isinstance(private, rsa.RSAPrivateKey) else Ed25519Key(private)
    return NewKey(pem, f"{selector}._domainkey.{domain}", dns_record(key))


def dns_record(key: Key) -> str:
    """Return the text of the TXT record that publishes a key (RFC 6376 section 3.6.1)."""
    if isinstance(key, Ed25519Key):
        public = key.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={b64encode(public).decode()}"
    assert isinstance(key, RsaKey)  # noqa: S101 (there are two kinds)
    public = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"
