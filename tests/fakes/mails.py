"""Mails as press offices send them, signed by dkimpy, and the DNS records of their keys."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.fakes.dns import Zone

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DOMAIN, SELECTOR, PRESS = "ministry.example", "s1", "press@ministry.example"
TEXT = (
    "At least 14 people were killed when a passenger ferry capsized in a storm on Monday, the ministry said.\r\n\r\n"
    "The ferry sent a distress call at 6.40am. The search goes on, the ministry said in a statement."
)
COVERED = (b"from", b"subject", b"date", b"message-id", b"to", b"mime-version", b"content-type")


@cache
def key(bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(65537, bits)


def record(bits: int = 2048) -> str:
    """Return the DNS record of the key."""
    der = key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(der).decode()}"


def zone(domain: str = DOMAIN) -> Zone:
    """Return the zone in which a domain publishes its key, in strings as DNS holds them."""
    text = record()
    strings = " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))
    return {(f"{SELECTOR}._domainkey.{domain}", "TXT"): [strings]}


def records(name: str) -> tuple[str, ...]:
    """Answer as that DNS does, for tests of pure functions."""
    return (record(),) if name in (f"{SELECTOR}._domainkey.{DOMAIN}", f"{SELECTOR}._domainkey.mail.{DOMAIN}") else ()


def letter(
    subject: str = "Ferry capsizes in storm",
    text: str | None = TEXT,
    *,
    sender: str = f"Press office <{PRESS}>",
    at: datetime = NOON,
    rich: str | None = None,
    **fields: str,
) -> bytes:
    """Return a mail, unsigned; names of further header fields with ``_``."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "desk@aid.example", subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{abs(hash((subject, text, at)))}@{DOMAIN}>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    if text is not None:
        message.set_content(text)
    if rich is not None and text is not None:
        message.add_alternative(rich, subtype="html")
    elif rich is not None:
        message.set_content(rich, subtype="html")
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def signed(
    mail: bytes, domain: str = DOMAIN, *, covered: tuple[bytes, ...] = COVERED, bits: int = 2048, ed25519: bytes = b""
) -> bytes:
    """Return a mail with the signature of a domain before it: by RSA, or by an Ed25519 key (its seed in Base64)."""
    pem = key(bits).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    there = [name for name in covered if b"\n" + name + b":" in b"\n" + mail.lower()]
    relaxed = (b"relaxed", b"relaxed")
    selector, how = (b"ed", b"ed25519-sha256") if ed25519 else (SELECTOR.encode(), b"rsa-sha256")
    field = dkim.sign(
        mail,
        selector,
        domain.encode(),
        ed25519 or pem,
        canonicalize=relaxed,
        include_headers=there,
        signature_algorithm=how,
    )
    return bytes(field) + mail


def release(subject: str = "Ferry capsizes in storm", text: str = TEXT, *, at: datetime = NOON) -> bytes:
    """Return a signed press release."""
    return signed(letter(subject, text, at=at))
